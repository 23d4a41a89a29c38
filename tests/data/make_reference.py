# SPDX-License-Identifier: MIT
"""Makes reference.h5 of the numbers that the book's own NumPy code computed.

    make_reference.py BOOK.h5 reference.h5

BOOK.h5 holds weights, gradients and losses made by the book's two_layer_net.py and gradient.py:
float64 parameters, pixels uint8/255 as float32, loss -mean(log(y_t + 1e-7)), h = 1e-4.
"""
import sys

import h5py

GROUPS = [
    "initial",
    "initial_numerical_gradient_batch0",
    "initial_backprop_gradient_batch0",
    "trained",
    "trained_numerical_gradient_batch1",
]

with h5py.File(sys.argv[1]) as book, h5py.File(sys.argv[2], "w") as reference:
    reference.attrs["about"] = book.attrs["about"]
    reference["batch_rows"] = book["batch_rows"][:3]
    reference["numerical_train_loss_3"] = book["numerical_train_loss_3"][:]
    for group in GROUPS:
        for tensor in ("W1", "b1", "W2", "b2"):
            name = f"{group}/{tensor}"
            reference.create_dataset(
                name, data=book[name][:], compression=9, shuffle=True, track_times=False
            )
