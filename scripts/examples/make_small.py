#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes a dataset of 7x7 floats: MNIST, averaged over fields of 4x4 pixels."""
import sys
from pathlib import Path

# The package dtrain is above this folder, or beside it where dtrain is installed.
above = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(above), str(above / "python")]

from dtrain.command import parser, run, start

start()
import h5py
import numpy as np

from dtrain import outputs
from dtrain.failure import Failure
from dtrain.hdf5 import find_set, open_file, read_rows

NAME = "MNIST, 7x7"


def make_small(mnist, small):
    for split in ("train", "test"):
        images, labels = find_set(mnist, split)
        if images.shape[1:] != (28, 28):
            raise Failure(f"{mnist.filename}: {images.name} are not of 28x28 pixels")
        fields = read_rows(images).reshape(-1, 7, 4, 7, 4)
        small[f"{split}/images"] = (fields.mean(axis=(2, 4)) / 255).astype(np.float32)
        small[f"{split}/labels"] = read_rows(labels)
    small.attrs["name"] = NAME
    if "license" in mnist.attrs:
        small.attrs["license"] = mnist.attrs["license"]


def is_small(path):
    try:
        with h5py.File(path, "r") as file:
            return file.attrs.get("name") == NAME
    except OSError:
        return False


def main():
    arguments = parser(__doc__)
    arguments.add_argument("mnist", metavar="MNIST.h5")
    arguments.add_argument("out", metavar="OUT.h5", type=Path)
    arguments.add_argument("--force", action="store_true", help="replace any file at OUT.h5")
    given = arguments.parse_args()
    with open_file(given.mnist) as mnist, \
            outputs.replacing(given.out, is_small, [given.mnist], given.force) as path:
        with h5py.File(path, "w") as small:
            make_small(mnist, small)
    print(given.out)


if __name__ == "__main__":
    run(main)
