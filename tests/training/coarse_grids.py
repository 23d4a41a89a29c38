# SPDX-License-Identifier: MIT
"""Compares the run `backprop` of coarse_grids.sh with NumPy's, which has no grids: losses, each on record
once, and norms of gradients."""
import numpy as np
from formulas import probabilities, read_arrays, read_lines, read_split, scores

RATE, MOMENTUM = 3e-9, 0.5
images, labels = read_split("1e9.h5", "train")
with open("rows") as file:
    batches = [list(map(int, line.split())) for line in file]


def gradient(p, rows):
    """Of the loss -log(y_t + 1e-7) of a network with one layer of relu units."""
    x, t, n = images[rows], labels[rows], np.arange(len(rows))
    z = np.maximum(x @ p["W1"] + p["b1"], 0)
    y = probabilities(p, x, "relu")
    by_a = y - np.eye(y.shape[1])[t]
    by_a *= (y[n, t] / (y[n, t] + 1e-7))[:, None] / len(rows)
    by_a1 = by_a @ p["W2"].T * (z > 0)
    return {"W1": x.T @ by_a1, "b1": by_a1.sum(axis=0), "W2": z.T @ by_a, "b2": by_a.sum(axis=0)}


theta = read_arrays("backprop/checkpoints/iteration-0000000.h5")
velocity = {name: 0 for name in theta}
losses, norms = [], []
for rows in batches:
    of_batch = gradient(theta, rows)
    norms.append(np.sqrt(sum((g * g).sum() for g in of_batch.values())))
    for name, g in of_batch.items():
        velocity[name] = MOMENTUM * velocity[name] + g
        theta[name] = theta[name] - RATE * velocity[name]
    losses.append(scores(probabilities(theta, images[rows], "relu"), labels[rows])[0])

lines = read_lines("backprop/metrics.jsonl")
own = [(line["iteration"], line["loss"]) for line in lines if "loss" in line]
assert [iteration for iteration, _ in own] == list(range(1, len(batches) + 1)), own
# Later on, what NumPy rounds otherwise has grown too much.
off = [abs(loss / losses[iteration - 1] - 1) for iteration, loss in own[:14]]
assert max(off) < 1e-7, off
norm = {line["iteration"]: line["gradient_norm"] for line in lines if "gradient_norm" in line}
assert max(abs(norm[iteration] / norms[iteration - 1] - 1) for iteration in (7, 14)) < 1e-6, (norm, norms)
