# SPDX-License-Identifier: MIT
"""A dataset made of shifted copies.

    shifted_rows.py MNIST
"""
import itertools
import sys

import h5py
import numpy as np
from shifted import SHIFT, write_shifted

MNIST_ROWS, MORE = 60000, 100


def is_darker(image, copy):
    """Whether it is the same image, by up to a quarter darker."""
    return (copy <= image).all() and (copy >= 0.75 * image - 1).all()



for compression in (None, 1):
    write_shifted(sys.argv[1], "rows.h5", MNIST_ROWS + MORE, compression)
    with h5py.File(sys.argv[1]) as mnist, h5py.File("rows.h5") as made:
        assert made["train/images"].compression == (compression and "gzip")
        assert made["train/images"].shape == (MNIST_ROWS + MORE, 28, 28) and made["train/images"].dtype == np.uint8
        for name in ("images", "labels"):
            assert (made[f"test/{name}"][:] == mnist[f"test/{name}"][:]).all()
        labels = mnist["train/labels"][:]
        assert (made["train/labels"][:] == np.concatenate([labels, labels[:MORE]])).all()
        originals = mnist["train/images"][:MORE]
        first, second = made["train/images"][:MORE], made["train/images"][-MORE:]

assert (first != second).any(axis=(1, 2)).mean() > 0.9, "the second copies are the first ones"
offsets = set()
for original, copy in zip(np.pad(originals, ((0, 0), (SHIFT, SHIFT), (SHIFT, SHIFT))).astype(float), first):
    fits = [offset for offset in itertools.product(range(2 * SHIFT + 1), repeat=2)
            if is_darker(original[offset[0]:, offset[1]:][:28, :28], copy)]
    assert len(fits) == 1, fits
    offsets.update(fits)
assert len(offsets) > 15, offsets
