# SPDX-License-Identifier: MIT
"""The weights with which a run began, as the report gets them.

    initial_weights.py same RUN SOURCE       they have the bits of its first checkpoint, and are from SOURCE
    initial_weights.py says RUN WORDS        the words are in what the report says of their source, or of why
                                             they are not shown
"""
import sys

import numpy as np

from dtrain import Failure, Run, weights
from dtrain.beginning import first_network


def first(name):
    return first_network(Run(name), weights.read(name)[1])


def same(name, source):
    found, words = first(name)
    expected = weights.read_file(f"{name}/checkpoints/iteration-0000000.h5")
    assert words == source, words
    assert found.widths == expected.widths and found.activation == expected.activation, found
    arrays = weights.named_arrays(expected.layers)
    for array, values in weights.named_arrays(found.layers).items():
        assert np.array_equal(values, arrays[array]), (name, array)


def says(name, words):
    try:
        said = first(name)[1]
    except Failure as error:
        said = str(error)
    assert words in said, said


globals()[sys.argv[1]](*sys.argv[2:])
