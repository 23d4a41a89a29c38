# SPDX-License-Identifier: MIT
"""A model for --model-command that predicts classes. Its environment says what happens when the class of the row whose
input is CLASS_ROW is asked for; each time, a file is left in the folder CLASS_MARKS:

    CLASS_FAULT   "wait" (for ever), "crash", "nonsense", or "" (it answers); with "once" behind it, only the first time
"""
import os
import signal

import dtrain_model

MARKS, ROW = os.environ["CLASS_MARKS"], float(os.environ["CLASS_ROW"])
FAULT, _, TIMES = os.environ.get("CLASS_FAULT", "").partition(" ")


def loss(theta, call):
    return (theta[0] + call.inputs[0] / 8 - call.label) ** 2


def predict(theta, call):
    if call.inputs[0] == ROW:
        count = len(os.listdir(MARKS))
        open(f"{MARKS}/{count}", "x").close()
        if not (TIMES and count):
            be_hit()
    return int(call.inputs[0]) // 2 % 2


def be_hit():
    if FAULT == "wait":
        while True:
            signal.pause()
    if FAULT == "crash":
        os._exit(3)
    if FAULT == "nonsense":
        os.write(4, b"no class\n")


dtrain_model.serve(loss, predict=predict, name="classes", parameters=[{"name": "offset", "initial": 0.25}])
