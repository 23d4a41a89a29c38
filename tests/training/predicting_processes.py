#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Models in processes of their own that are stopped or hit while they predict a class: a class that did not come is not
taken for a wrong one.
    predicting_processes.py MPIRUN DTRAIN MODEL      in an empty folder; the model is not used
"""
import os
import shlex
import shutil
import signal
import sys
import time
from pathlib import Path

import h5py
import numpy as np

from formulas import read_lines
from planted_runs import FAILED, STOPPED, TIMEOUT, Runs, check_same

COMMAND = f"/usr/bin/python3 {shlex.quote(str(Path(__file__).with_name('class_model.py')))}"
TRAIN, TEST = 8, 4
LAST = TRAIN + TEST - 1  # the last row of all; each row has its number as its only input


def make_data():
    with h5py.File("rows.h5", "w") as file:
        for split, begin, count in (("train", 0, TRAIN), ("test", TRAIN, TEST)):
            rows = np.arange(begin, begin + count)
            file[f"{split}/images"] = rows[:, np.newaxis].astype("f4")
            file[f"{split}/labels"] = rows // 2 % 2


def plant(fault=""):
    """What happens at the last row; nothing is remembered of the runs before."""
    shutil.rmtree("marks", ignore_errors=True)
    os.mkdir("marks")
    os.environ.update(CLASS_MARKS=os.path.abspath("marks"), CLASS_ROW=str(LAST), CLASS_FAULT=fault)


def scores_of(run):
    return [line for line in read_lines(f"{run}/metrics.jsonl") if "epoch" in line]


def check_stops(runs):
    """Nothing is evaluated behind the last row, so that nothing else shows that the class is missing."""
    for ranks in (1, 3):
        plant("wait")
        runs.remove("stopped")
        job, end = runs.start(ranks, "stopped"), time.monotonic() + TIMEOUT
        while not os.listdir("marks") and job.poll() is None and time.monotonic() < end:
            time.sleep(0.01)
        for rank in runs.ranks_of("stopped"):
            os.kill(rank, signal.SIGTERM)
        assert job.wait(TIMEOUT) == STOPPED
        assert not scores_of("stopped"), f"a score of which a class is missing: {scores_of('stopped')}"
        plant()
        runs.run(ranks, "stopped", "--resume")
        check_same("stopped", "clean")


def check_hits(runs):
    """A row whose class is lost is left out, as one without a loss is; it is asked for again if it may be."""
    for fault, options in (("crash", []), ("nonsense", []), ("wait", ["--evaluation-timeout", "5"])):
        plant(fault + " once")
        runs.afresh(2, "hit", *options, "--on-failure", "skip")
        hit, clean = scores_of("hit")[0], scores_of("clean")[0]
        assert hit["test_lost"] == 1 and "train_lost" not in hit, hit
        assert hit["test_accuracy"] == (TEST - 1) / TEST and hit["test_loss"] != clean["test_loss"], hit
        assert scores_of("hit")[1] == scores_of("clean")[1]
        plant(fault + " once")
        said = runs.afresh(2, "hit", *options, code=FAILED)
        assert said[-1].startswith("dtrain: iteration 0: 1 of 4 rows of the test set cannot be evaluated: "), said
        plant(fault + " once")
        runs.afresh(2, "hit", *options, "--retries", "1")
        assert scores_of("hit") == scores_of("clean"), scores_of("hit")


def main():
    mpirun, dtrain, _ = sys.argv[1:]
    make_data()
    runs = Runs(mpirun, dtrain, None, "--model-command", COMMAND, "--data", "rows.h5", "--batch-size", "2",
                "--iterations", "2", "--no-check")
    plant()
    runs.run(1, "clean")
    assert [line["test_accuracy"] for line in scores_of("clean")] == [1, 1], scores_of("clean")
    check_stops(runs)
    check_hits(runs)
    print("a class that did not come is not a wrong one")


main()
