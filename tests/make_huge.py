# SPDX-License-Identifier: MIT
"""Writes huge.h5: groups of weights so large that a number overflows.

net         hidden units at one half and large weights of both signs: the derivative overflows
last        the same with the last hidden unit alone, against the biases
opposite    weights that are finite, but not the difference between them: nor is the derivative
exponent    the probabilities of the image 1 overflow, those of the image 0 do not
"""
import h5py
import numpy as np

odd = np.arange(10) % 2
GROUPS = {
    "net": {"W1": np.zeros((784, 4)), "b1": np.zeros(4), "W2": np.outer([1, -1, 1, -1], 1e10 * odd), "b2": np.zeros(10)},
    "last": {"W1": np.zeros((784, 4)), "b1": np.zeros(4), "W2": np.outer([0, 0, 0, 1], 1e10 * odd), "b2": -5e9 * odd},
    "opposite": {"W1": np.zeros((784, 1)), "b1": np.zeros(1), "W2": 1e308 * (2 * odd[None] - 1), "b2": np.zeros(10)},
    "exponent": {"W1": np.ones((2, 1)), "b1": np.full(1, 100.0), "W2": np.array([[1e308, -1e308, 0]]),
                 "b2": np.array([1e308, -1e308, 0]), "images": np.array([[-200, 0], [0, 0]], np.float32)},
}
with h5py.File("huge.h5", "w") as file:
    for group, arrays in GROUPS.items():
        for name, values in arrays.items():
            file[f"{group}/{name}"] = values
