# SPDX-License-Identifier: MIT
"""The weights with which the report says that a run began have the bits of its first checkpoint.

    initial_weights.py RUN SOURCE      SOURCE: where the report says that they are from
"""
import sys

import numpy as np

from dtrain import Run, weights
from dtrain.beginning import first_network

name, source = sys.argv[1:]
found, words = first_network(Run(name), weights.read(name)[1])
expected = weights.read_file(f"{name}/checkpoints/iteration-0000000.h5")
assert words == source, words
assert found.widths == expected.widths and found.activation == expected.activation, found
arrays = weights.named_arrays(expected.layers)
for array, values in weights.named_arrays(found.layers).items():
    assert np.array_equal(values, arrays[array]), (name, array)
