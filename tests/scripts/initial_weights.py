# SPDX-License-Identifier: MIT
"""Compares the weights that runs began with, as the report has them, with those that dtrain wrote.

    initial_weights.py networks             the runs of initial_weights.sh
    initial_weights.py refused RUN WORDS    those of this run are not to be had, and the message has the words
"""
import sys

import numpy as np

import weights
from failure import describe
from initial import first_network
from runs import Run

WIDTHS = {"plain": [784, 50, 10], "deep": [784, 100, 50, 20, 10], "other_seed": [784, 50, 10],
          "low_seed": [784, 50, 10], "high_seed": [784, 50, 10], "small": [10, 5, 3], "zero": [10, 5, 3]}


def begun(name, first=None):
    """The network as the report has it, what it says of it, and the checkpoint's."""
    later = weights.read(name)[1]
    return *first_network(Run(name), later), weights.read(f"{first or name}/checkpoints/iteration-0000000.h5")[1]


def networks():
    found = {}
    for name, widths in WIDTHS.items():
        network, source, expected = begun(name)
        found[name] = network.layers[0][0]
        assert source == "drawn from its seed", source
        assert network.widths == expected.widths == widths and network.activation == expected.activation
        for (W, b), (other_W, other_b) in zip(network.layers, expected.layers):
            assert (np.abs(W - other_W) <= 1e-15 * np.abs(other_W)).all(), (name, np.abs(W / other_W - 1).max())
            assert W.any() == (name != "zero") and not b.any() and not other_b.any()
    for one, other in (("plain", "other_seed"), ("low_seed", "high_seed")):
        assert (found[one] != found[other]).all(), (one, other)
    network, source, expected = begun("given", "small")
    assert source == "read from small/checkpoints/iteration-0000000.h5", source
    for layer, other in zip(network.layers, expected.layers):
        assert all(np.array_equal(*pair) for pair in zip(layer, other))


def refused(run, words):
    try:
        begun(run)
    except Exception as error:
        assert words in (describe(error) or ""), error
    else:
        raise AssertionError(f"{run} should not have been taken")


globals()[sys.argv[1]](*sys.argv[2:])
