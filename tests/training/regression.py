# SPDX-License-Identifier: MIT
"""Datasets with targets, for regression.sh, and what NumPy says of its runs.
    regression.py make           writes the datasets
    regression.py check RUN      compares RUN with NumPy
"""
import sys

import h5py
import numpy as np

from formulas import read_arrays, read_lines

INPUTS, TARGETS = 5, 3


def write(path, change=None, splits=("train", "test"), **extra):
    """A dataset whose targets are a curved function of the features; `change` edits the file."""
    random = np.random.default_rng(7)
    mixing = random.normal(size=(INPUTS, TARGETS))
    with h5py.File(path, "w") as file:
        for split, rows in (("train", 301), ("test", 90)):
            x = random.normal(size=(rows, INPUTS)).astype(np.float32)
            t = np.tanh(x @ mixing) + 0.1 * random.normal(size=(rows, TARGETS))
            if split in splits:
                file[f"{split}/images"], file[f"{split}/targets"] = x, t
        if change:
            change(file)


def put(file, name, values):
    if name in file:
        del file[name]
    if values is not None:
        file[name] = values


def spoil(row, value):
    def change(file):
        file["train/targets"][row, 1] = value
    return change


def make():
    def label(file):
        for split in file:
            file[f"{split}/labels"] = (file[f"{split}/targets"][:, 0] > 0).astype("u1")
    write("data.h5")
    write("train_only.h5", splits=("train",))
    write("no_test_targets.h5", lambda file: put(file, "test/targets", None))
    write("nan.h5", spoil(17, np.nan))
    write("huge.h5", spoil(30, 1e300))
    write("narrow.h5", lambda file: put(file, "test/targets", file["test/targets"][:, :2]))
    write("short.h5", lambda file: put(file, "train/targets", file["train/targets"][:300]))
    write("words.h5", lambda file: put(file, "train/targets", [b"a"] * 301))
    write("vector.h5", lambda file: [put(file, f"{split}/targets", file[f"{split}/targets"][:, 0].astype("f4"))
                                     for split in ("train", "test")])
    write("constant.h5", lambda file: put(file, "train/targets", np.full((301, 3), 2.5)))

    write("both.h5", label)

    # A test target far out, and targets so large that a loss has 17 digits before its point.
    write("far_test.h5", lambda file: file["test/targets"].__setitem__((3, 1), 1e12))
    write("large.h5", lambda file: [put(file, f"{split}/targets", 1e8 * file[f"{split}/targets"][:] + 1.5e8)
                                    for split in ("train", "test")])
    write("classes.h5", lambda file: [label(file), put(file, "test", None), put(file, "train/targets", None)])

    # Fares: most are small, and some are thirty deviations out.
    def fares(file):
        random = np.random.default_rng(1)
        for split, rows in (("train", 301), ("test", 90)):
            fare = random.lognormal(size=rows)
            fare[::50] = fare.mean() + 30 * fare.std()
            put(file, f"{split}/targets", fare)
    write("fares.h5", fares)


def check(run):
    p = read_arrays(f"{run}/checkpoints/iteration-0000200.h5")
    evaluation = [line for line in read_lines(f"{run}/metrics.jsonl") if "train_loss" in line][-1]
    for split in ("train", "test"):
        with h5py.File("data.h5") as file:
            x, t = file[f"{split}/images"][:].astype(float), file[f"{split}/targets"][:]
        a = 1 / (1 + np.exp(-(x @ p["W1"] + p["b1"]))) @ p["W2"] + p["b2"]
        errors = (a - t)**2
        expected = {"loss": errors.sum(axis=1).mean() / 2, "rmse": np.sqrt(errors.mean()),
                    "r2": (1 - errors.mean(axis=0) / t.var(axis=0)).mean()}
        for name, value in expected.items():
            assert abs(evaluation[f"{split}_{name}"] - value) < 1e-12, (split, name, value, evaluation)
        if split == "test":
            lines = read_lines("predictions")
            assert np.abs(np.array([line["targets"] for line in lines]) - a).max() < 1e-12
            reported = read_lines("evaluation")[0]
            assert reported["loss"] == evaluation["test_loss"] and reported["r2"] == evaluation["test_r2"]
            assert abs(reported["mae"] - np.abs(a - t).mean()) < 1e-12
            for m, target in enumerate(reported["targets"]):
                assert abs(target["rmse"] - np.sqrt(errors[:, m].mean())) < 1e-12
                assert abs(target["r2"] - (1 - errors[:, m].mean() / t[:, m].var())) < 1e-12


make() if sys.argv[1] == "make" else check(sys.argv[2])
