# SPDX-License-Identifier: MIT
"""Checks the run `whole` of validation.sh against NumPy: which rows are held out, the scores of each
evaluation, the norms, the best checkpoint, and where patience ends the run."""
import json
from pathlib import Path

import h5py
import numpy as np

from dtrain import weights

ROWS, HELD_OUT, EPOCH, PATIENCE, RATE, EPSILON = 400, 60, 17, 8, 2, 1e-7
with open("rows") as file:
    drawn = {int(row) for line in file for row in line.split()}
held_out = np.array(sorted(set(range(ROWS)) - drawn))
assert len(held_out) == HELD_OUT, len(held_out)
v = np.arange(HELD_OUT)
assert (held_out >= v * ROWS // HELD_OUT).all() and (held_out < (v + 1) * ROWS // HELD_OUT).all(), held_out

with h5py.File("data.h5") as file:
    sets = {split: (file[f"{split}/images"][:].astype(float), file[f"{split}/labels"][:])
            for split in ("train", "test")}


def score(network, split, rows=slice(None)):
    """Mean loss and accuracy."""
    inputs, labels = (values[rows] for values in sets[split])
    y = network.forward(inputs)
    return -np.log(y[np.arange(len(labels)), labels] + EPSILON).mean(), (y.argmax(axis=1) == labels).mean()


def check(line, name, expected):
    got = line[f"{name}_loss"], line[f"{name}_accuracy"]
    assert abs(got[0] - expected[0]) < 1e-12 and got[1] == expected[1], (line, name, expected)


lines = [json.loads(line) for line in open("whole/metrics.jsonl")]
evaluations = [line for line in lines if "epoch" in line]
last = evaluations[-1]["iteration"]
for line in evaluations:
    assert "test_loss" not in line, line
    network = weights.read_unchecked(Path(f"whole/checkpoints/iteration-{line['iteration']:07d}.h5"))
    check(line, "train", score(network, "train", np.array(sorted(drawn))))
    check(line, "validation", score(network, "train", held_out))
    for name, values in weights.named_arrays(network.layers).items():
        assert abs(line["weight_norms"][name] - np.linalg.norm(values)) < 1e-13, line
assert [line for line in lines if "test_loss" in line] == [lines[-1]], "not one score on the test set"
assert lines[-1]["iteration"] == last
check(lines[-1], "test", score(network, "test"))

# Plain gradient descent: the step from one checkpoint to the next is the gradient times the rate.
assert evaluations[0]["gradient_norm"] is None
for line in evaluations[1:]:
    before, after = (weights.read_unchecked(Path(f"steps/checkpoints/iteration-{i:07d}.h5"))
                     for i in (line["iteration"] - 1, line["iteration"]))
    step = [b - a for one, two in zip(before.layers, after.layers) for a, b in zip(one, two)]
    norm = np.sqrt(sum((values ** 2).sum() for values in step)) / RATE
    assert abs(line["gradient_norm"] / norm - 1) < 1e-12, (line, norm)

accuracies = [line["validation_accuracy"] for line in evaluations]
best = EPOCH * int(np.argmax(accuracies))
assert last == best + PATIENCE * EPOCH, (best, last)
for line in evaluations:
    seen = [one for one in evaluations if one["iteration"] <= line["iteration"]]
    first_best = max(seen, key=lambda one: one["validation_accuracy"])
    with h5py.File(f"whole/checkpoints/iteration-{line['iteration']:07d}.h5") as file:
        assert file.attrs["best_iteration"] == first_best["iteration"], dict(file.attrs)
        assert file.attrs["best_score"] == first_best["validation_accuracy"], dict(file.attrs)
finish = json.load(open("whole/run.json"))["events"][-1]
assert finish["event"] == "finish" and finish["iteration"] == last, finish
assert finish["reason"] == f"--patience {PATIENCE}", finish
print(best, last)
