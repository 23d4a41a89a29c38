# SPDX-License-Identifier: MIT
"""Datasets of any size, made on the spot: copies of the rows of MNIST, each shifted by up to two pixels
in each direction and a little darker, as in infinite MNIST. The test set stays as it is."""
import os

import h5py
import numpy as np

SHIFT = 2
CHUNK, BLOCK = 1000, 20000


def shifted(images, rng):
    """Such copies of images (S, 28, 28)."""
    samples, height, width = images.shape
    padded = np.pad(images, ((0, 0), (SHIFT, SHIFT), (SHIFT, SHIFT)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (height, width), axis=(1, 2))
    down, right = rng.integers(0, 2 * SHIFT + 1, (2, samples))
    light = rng.integers(192, 257, (samples, 1, 1)).astype(np.uint16)
    return (windows[np.arange(samples), down, right] * light >> 8).astype(np.uint8)


def write_shifted(mnist_file, file, rows, compression=None):
    """Writes so many training rows, in the order of MNIST, over and over. `compression`: a level of gzip,
    or None."""
    rng = np.random.default_rng(0)
    with h5py.File(mnist_file) as mnist, h5py.File(file, "w") as out:
        out.attrs["n_classes"] = 10
        for name in ("images", "labels"):
            out[f"test/{name}"] = mnist[f"test/{name}"][:]
        images, labels = mnist["train/images"][:], mnist["train/labels"][:]
        how = {"chunks": (min(rows, CHUNK), *images.shape[1:]), "compression": compression}
        target = out.create_dataset("train/images", (rows, *images.shape[1:]), np.uint8, **how)
        for begin in range(0, rows, BLOCK):
            numbers = np.arange(begin, min(begin + BLOCK, rows)) % len(images)
            target[begin:begin + len(numbers)] = shifted(images[numbers], rng)
        out["train/labels"] = labels[np.arange(rows) % len(labels)]
    # What is still to be written would disturb a measurement.
    with open(file, "rb") as written:
        os.fsync(written)
