# SPDX-License-Identifier: MIT
"""Helper of initial_weights.sh.

    initial_weights.py data FILE            writes a small dataset
    initial_weights.py same RUN SOURCE      the weights with which the report says that a run began
                                            have the bits of its first checkpoint, and are from SOURCE
"""
import sys

import h5py
import numpy as np

from dtrain import Run, weights
from dtrain.beginning import first_network


def write_data(path):
    numbers = np.random.default_rng(1)
    with h5py.File(path, "w") as file:
        for split in ("train", "test"):
            file[f"{split}/images"] = numbers.normal(size=(30, 10)).astype("f4")
            file[f"{split}/labels"] = np.arange(30) % 3


def check_same(name, source):
    run = Run(name)
    found, words = first_network(run, weights.read(name)[1])
    expected = weights.read_file(f"{name}/checkpoints/iteration-0000000.h5")
    assert words == source, words
    assert found.widths == expected.widths and found.activation == expected.activation, found
    arrays = weights.named_arrays(expected.layers)
    for array, values in weights.named_arrays(found.layers).items():
        assert np.array_equal(values, arrays[array]), (name, array)


if __name__ == "__main__":
    {"data": write_data, "same": check_same}[sys.argv[1]](*sys.argv[2:])
