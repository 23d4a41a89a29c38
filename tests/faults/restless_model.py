# SPDX-License-Identifier: MIT
"""planted_model.py, with processes of its own that get out of reach. Each evaluation adds a byte to RESTLESS_COUNT and
takes RESTLESS_SLEEP seconds; RESTLESS_KIND says what is started with the model. "tells" tells of a failure when it is
asked to end, and "slow" is never ready."""
import os
import runpy
import shlex
import signal
import subprocess
import time
from pathlib import Path

import dtrain_model


def start_sessions():
    for _ in range(2):
        subprocess.Popen(["sleep", "1000"], start_new_session=True)


def start_daemon():
    """A double fork: its parent is gone at once."""
    child = os.fork()
    if child == 0:
        os.setsid()
        if os.fork() == 0:
            os.execvp("sleep", ["sleep", "1000"])
        os._exit(0)
    os.waitpid(child, 0)


def be_deaf():
    """To what asks for an end; and so is the child."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    subprocess.Popen(["sleep", "1000"])


def start_mpirun():
    subprocess.Popen([*shlex.split(os.environ["RESTLESS_MPIRUN"]), "-np", "2", "sleep", "1000"],
                     start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def tell():
    def fail(*_):
        raise dtrain_model.Failed("interrupted")

    signal.signal(signal.SIGTERM, fail)


def note_call():
    with open(os.environ["RESTLESS_COUNT"], "ab", buffering=0) as file:
        file.write(b".")


def never_end(place):
    note_call()
    while True:
        signal.pause()


KINDS = {"plain": lambda: None, "sessions": start_sessions, "daemon": start_daemon, "deaf": be_deaf,
         "mpirun": start_mpirun, "tells": tell, "slow": lambda: None}


def serve(loss, **others):
    def slow_loss(theta, call):
        note_call()
        time.sleep(float(os.environ["RESTLESS_SLEEP"]))
        return loss(theta, call)

    if os.environ["RESTLESS_KIND"] == "slow":
        others["setup"] = never_end
    serve_at_once(slow_loss, **others)


serve_at_once, dtrain_model.serve = dtrain_model.serve, serve
KINDS[os.environ["RESTLESS_KIND"]]()
runpy.run_path(str(Path(__file__).resolve().parents[1] / "training" / "planted_model.py"))
