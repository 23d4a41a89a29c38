# SPDX-License-Identifier: MIT
"""Checks the runs of training.sh: both learned, and the weights of the last checkpoint, in NumPy, have the
scores that dtrain wrote."""
import os

import h5py
import numpy as np

from formulas import probabilities, read_arrays, read_lines, read_split, scores

digits = read_lines("digits/metrics.jsonl")
losses = [line["loss"] for line in digits if "loss" in line]
assert [line["iteration"] for line in digits if "loss" in line] == list(range(1, 601))
assert losses[0] > 2.29 and np.mean(losses[-50:]) < 1, losses[-1]
assert digits[-1]["epoch"] == 1 and digits[-1]["test_accuracy"] > 0.75, digits[-1]

path = "digits/checkpoints/iteration-0000600.h5"
with h5py.File(path) as file:
    assert file.attrs["iteration"] == 600
x, t = read_split(os.environ["MNIST_FILE"], "test")
loss, accuracy = scores(probabilities(read_arrays(path), x), t)
assert accuracy == digits[-1]["test_accuracy"]
assert abs(loss - digits[-1]["test_loss"]) < 1e-12, (loss, digits[-1])

own = read_lines("own/metrics.jsonl")
assert own[-1]["train_accuracy"] > 0.9, own[-1]
