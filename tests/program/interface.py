# SPDX-License-Identifier: MIT
"""Python of interface.sh.

    interface.py images     writes the first 200 test images of MNIST in other formats, and one of them as PNG
    interface.py scores     compares what eval and predict printed of MNIST with NumPy
"""
import gzip
import json
import os
import sys

import h5py
import numpy as np

from formulas import check_predictions, probabilities, read_arrays, read_split, scores as expected_scores
from make_png import make_png


def images():
    with h5py.File(os.environ["MNIST_FILE"]) as file:
        digits = file["test/images"][:200]
    header = b"".join(n.to_bytes(4, "big") for n in (0x803, *digits.shape))
    with gzip.open("images.gz", "wb") as file:
        file.write(header + digits.tobytes())
    with open("digit.png", "wb") as file:
        file.write(make_png(28, 28, digits[3].tobytes()))
    with h5py.File("images.h5", "w") as file:
        file["mine"] = digits.astype(np.float32) / np.float32(255)


def check_eval(got, y, t):
    """Compares the output of eval --json; returns the predictions and the confusion matrix."""
    p = y.argmax(axis=1)
    confusion = np.zeros((10, 10), int)
    np.add.at(confusion, (t, p), 1)
    loss, accuracy = expected_scores(y, t)
    assert got["rows"] == len(t) and got["confusion"] == confusion.tolist()
    assert abs(got["loss"] - loss) < 1e-12
    assert got["accuracy"] == accuracy
    for k, line in enumerate(got["classes"]):
        assert line["class"] == k and line["rows"] == (t == k).sum()
        assert abs(line["precision"] - confusion[k, k] / (p == k).sum()) < 1e-12
        assert abs(line["recall"] - confusion[k, k] / (t == k).sum()) < 1e-12
    return p, confusion


def scores():
    weights = read_arrays("plain/checkpoints/iteration-0001200.h5")
    for split in ("test", "train"):
        x, t = read_split(os.environ["MNIST_FILE"], split)
        y = probabilities(weights, x)
        with open(f"{split}.json") as file:
            p, confusion = check_eval(json.load(file), y, t)
        if split == "test":
            with open("table") as file:
                table = file.read().split("\n")
            right = confusion[0, 0]
            assert table[3].split() == ["0", "980", f"{right / (p == 0).sum():.4f}", f"{right / 980:.4f}"]
            assert [row.split() for row in table[-11:-1]] == [[str(k), *map(str, confusion[k])] for k in range(10)]
            check_predictions("all.jsonl", y)


globals()[sys.argv[1]]()
