#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes a dataset of float features with mean 0 and deviation 1 over the training set.

The test set is shifted and scaled by the training set's numbers, which OUT.h5 keeps in
/standardize/mean and /standardize/deviation. Features that never change become 0.
"""
from pathlib import Path

from dtrain.command import parser, run, start

start()
import h5py
import numpy as np

from dtrain import outputs
from dtrain.failure import Failure
from dtrain.hdf5 import find_set, open_file, read_rows, targets_name
from dtrain.progress import Progress

BLOCK_NUMBERS = 1 << 20


def blocks(images, progress):
    """The rows of an array in blocks: pairs of the first row's number and float64 values."""
    rows = max(1, BLOCK_NUMBERS * len(images) // images.size)
    if images.chunks:
        # Whole chunks: each chunk is unpacked only once.
        rows += -rows % images.chunks[0]
    for first in range(0, len(images), rows):
        values = read_rows(images, first, first + rows).astype(np.float64)
        if not np.isfinite(values).all():
            raise Failure(f"{images.file.filename}: {images.name} holds a number that is not finite")
        yield first, values
        progress.add(len(values))


def moments(images, progress):
    """Mean and deviation of each feature; a deviation of exactly 0 for those that never change."""
    total = squares = 0
    low, high = np.inf, -np.inf
    for _, values in blocks(images, progress):
        total = total + values.sum(axis=0)
        low, high = np.minimum(low, values.min(axis=0)), np.maximum(high, values.max(axis=0))
    mean = total / len(images)
    for _, values in blocks(images, progress):
        squares = squares + ((values - mean) ** 2).sum(axis=0)
    return mean, np.where(low == high, 0, np.sqrt(squares / len(images)))


def standardize(source, out):
    """Writes the dataset; returns a line about its size."""
    name = targets_name(source)
    sets = {split: find_set(source, split, name) for split in ("train", "test") if split == "train" or split in source}
    train = sets["train"][0]
    for images, _ in sets.values():
        if train.shape[1:] != images.shape[1:]:
            raise Failure(f"{source.filename}: {train.name} and {images.name} differ in their features")
    progress = Progress()
    progress.begin("standardizing", 2 * len(train) + sum(len(images) for images, _ in sets.values()))
    mean, deviation = moments(train, progress)
    scale = np.divide(1, deviation, out=np.zeros_like(deviation), where=deviation > 0)
    for split, (images, _) in sets.items():
        target = out.create_dataset(f"{split}/images", images.shape, np.float32)
        for first, values in blocks(images, progress):
            target[first:first + len(values)] = (values - mean) * scale
        for other in source[split]:
            if other != "images":
                source.copy(f"{split}/{other}", out, f"{split}/{other}")
    progress.end()
    out["standardize/mean"], out["standardize/deviation"] = mean, deviation
    for name, value in source.attrs.items():
        out.attrs[name] = value
    return (f"{' + '.join(str(len(images)) for images, _ in sets.values())} rows of {mean.size} features, "
            f"{np.count_nonzero(deviation == 0)} of which never change")


def is_standardized(path):
    try:
        with h5py.File(path, "r") as file:
            return "standardize/mean" in file
    except OSError:
        return False


def main():
    arguments = parser(__doc__)
    arguments.add_argument("source", metavar="IN.h5")
    arguments.add_argument("out", metavar="OUT.h5", type=Path)
    arguments.add_argument("--force", action="store_true", help="replace any file at OUT.h5")
    given = arguments.parse_args()
    with open_file(given.source) as source, \
            outputs.replacing(given.out, is_standardized, [given.source], given.force) as path:
        with h5py.File(path, "w") as out:
            size = standardize(source, out)
    print(f"{given.out}: {size}")


if __name__ == "__main__":
    run(main)
