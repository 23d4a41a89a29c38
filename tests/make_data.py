# SPDX-License-Identifier: MIT
"""Writes a small dataset of random float features; make_data.py --help tells its options."""
import argparse

import h5py
import numpy as np

parser = argparse.ArgumentParser(description="Writes a small dataset of random float features.")
parser.add_argument("out")
parser.add_argument("--rows", type=int, nargs=2, metavar=("TRAIN", "TEST"), required=True)
parser.add_argument("--inputs", type=int, required=True)
parser.add_argument("--seed", type=int, required=True)
parser.add_argument("--scale", type=float, default=1, help="the features are multiplied by it")
parser.add_argument("--signs", action="store_true", help="the features are -scale and scale")
parser.add_argument("--blank", type=int, default=0, help="the first training rows of this number are 0")
labels = parser.add_mutually_exclusive_group(required=True)
labels.add_argument("--classes", type=int, help="the labels take turns")
labels.add_argument("--drawn-classes", type=int, help="the labels are drawn")
labels.add_argument("--wrong", type=float, metavar="SHARE",
                    help="a label is whether the first two features have the same sign; this share is wrong")
given = parser.parse_args()
rng = np.random.default_rng(given.seed)


def draw_labels(features):
    rows = len(features)
    if given.classes:
        return np.arange(rows) % given.classes
    if given.drawn_classes:
        return rng.integers(0, given.drawn_classes, rows)
    same_sign = features[:, 0] * features[:, 1] > 0
    return (same_sign ^ (rng.random(rows) < given.wrong) if given.wrong else same_sign).astype(int)


with h5py.File(given.out, "w") as file:
    for split, rows in zip(("train", "test"), given.rows):
        drawn = rng.normal(size=(rows, given.inputs))
        features = (given.scale * (np.sign(drawn) if given.signs else drawn)).astype(np.float32)
        file[f"{split}/images"], file[f"{split}/labels"] = features, draw_labels(features)
    file["train/images"][:given.blank] = 0
