# SPDX-License-Identifier: MIT
"""Writes the weights of a network, drawn from a normal distribution.

    make_weights.py OUT.h5 WIDTHS SEED STD      WIDTHS: from the inputs to the classes, such as 6,5,3
"""
import sys

import h5py
import numpy as np


def draw(widths, seed, std=1):
    """The arrays W1, b1, W2, b2, ...."""
    rng, arrays = np.random.default_rng(seed), {}
    for n, (below, above) in enumerate(zip(widths, widths[1:]), 1):
        arrays[f"W{n}"] = std * rng.normal(size=(below, above))
        arrays[f"b{n}"] = std * rng.normal(size=above)
    return arrays


if __name__ == "__main__":
    out, widths, seed, std = sys.argv[1:]
    with h5py.File(out, "w") as file:
        for name, values in draw([int(width) for width in widths.split(",")], int(seed), float(std)).items():
            file[name] = values
