#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Makes a dataset of 7x7 floats: MNIST, averaged over fields of 4x4 pixels.

    make_small.py MNIST.h5 OUT.h5
"""
import sys

import h5py
import numpy as np

with h5py.File(sys.argv[1], "r") as mnist, h5py.File(sys.argv[2], "w") as small:
    for split in ("train", "test"):
        images = mnist[f"{split}/images"][:].reshape(-1, 7, 4, 7, 4).mean(axis=(2, 4)) / 255
        small[f"{split}/images"] = images.astype(np.float32)
        small[f"{split}/labels"] = mnist[f"{split}/labels"][:]
    small.attrs["name"] = "MNIST, 7x7"
    small.attrs["license"] = mnist.attrs["license"]
