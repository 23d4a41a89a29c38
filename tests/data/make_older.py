#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Makes older.h5, and the unfinished runs of it that tests/training/older.sh goes on with.

    make_older.py DTRAIN MODEL.so     DTRAIN: of version 0.3.0; MODEL.so: tests/training/hostile_model.c

run_0.3.0_validation was terminated between two checkpoints, run_0.3.0_model finished at a shorter length.
The options are those of older.sh, with more iterations there.
"""
import os
import subprocess
import sys
import time
from pathlib import Path

import h5py
import numpy as np

COMMON = "--data older.h5 --batch-size 10 --sampling epoch --eval-every 6 --checkpoint-every 9 --keep 1 --quiet".split()
VALIDATION = ("--hidden 4 --activation tanh --init-std xavier --optimizer adam --learning-rate 0.01 --gradient literal "
              "--validation-rows 20 --iterations 100000 --run-dir run_0.3.0_validation").split()
MODEL = "--model ./model.so --init-std 0.1 --iterations 27 --run-dir run_0.3.0_model".split()


def make_data():
    rng = np.random.default_rng(5)
    with h5py.File("older.h5", "w") as file:
        for split, rows in (("train", 60), ("test", 12)):
            features = rng.normal(size=(rows, 5)).astype(np.float32)
            file[split + "/images"] = features
            file[split + "/labels"] = np.digitize(features[:, 0] * features[:, 1], [-0.3, 0.3]).astype(np.uint8)


def train(options):
    # By a relative name, as all of the command line is recorded.
    return subprocess.Popen(["./dtrain", *COMMON, *options])


dtrain, model = map(os.path.abspath, sys.argv[1:])
os.chdir(Path(__file__).parent)
os.symlink(dtrain, "dtrain")
os.symlink(model, "model.so")
try:
    make_data()
    assert train(MODEL).wait() == 0
    run = train(VALIDATION)
    while not os.path.exists("run_0.3.0_validation/checkpoints/iteration-0000018.h5"):
        time.sleep(0.001)
    time.sleep(0.002)
    run.terminate()
    assert run.wait() == 75
finally:
    os.unlink("dtrain")
    os.unlink("model.so")
