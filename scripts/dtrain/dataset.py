# SPDX-License-Identifier: MIT
"""Writes datasets of dtrain (data/README.md)."""
import json
import os

import h5py
import numpy as np

# Few enough for a chunk of images to be read fast, as by dtrain's own import; and of large images fewer.
CHUNK_ROWS, CHUNK_BYTES = 1000, 1 << 26
GZIP_LEVEL = 6
# More than HDF5 needs for what is not rows.
OVERHEAD_BYTES = 1 << 20


def rows_at_once(shape):
    """How many images of that shape are read, and lie in a chunk."""
    return max(1, min(CHUNK_ROWS, CHUNK_BYTES // max(1, int(np.prod(shape)))))


def check_space(path, arrays, counts):
    """Raises OSError where a dataset of so many rows in each split does not fit on the disk, or into a quota.
    HDF5 itself may crash where it cannot write."""
    row = sum(np.prod(shape, dtype=int) * np.dtype(kind).itemsize for shape, kind in arrays.values())
    with open(path, "rb+") as file:
        os.posix_fallocate(file.fileno(), 0, int(row) * sum(counts.values()) + OVERHEAD_BYTES)


class Writer:
    """An open dataset file. arrays is {name: (shape of a row, dtype)}, the same for each split of counts, {split:
    rows}. Rows are appended split by split and block by block."""

    def __init__(self, path, attributes, recipe, arrays, counts):
        check_space(path, arrays, counts)
        self.file = h5py.File(path, "w")
        for name, value in attributes.items():
            if value is not None:
                self.file.attrs[name] = value
        text = json.dumps(recipe, ensure_ascii=False, allow_nan=False)
        self.file.create_dataset("recipe", data=np.bytes_(text.encode()),
                                 dtype=h5py.string_dtype("utf-8", len(text.encode())))
        self.done = {}
        for split, rows in counts.items():
            if rows:
                self.create(split, rows, arrays)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.file.close()

    def create(self, split, rows, arrays):
        """Makes room for the rows of a split. Bytes are compressed; other numbers would hardly become smaller."""
        for name, (shape, kind) in arrays.items():
            chunk = (min(rows, rows_at_once(shape)), *shape)
            packed = {}
            if kind == np.uint8 and shape:
                packed = dict(chunks=chunk, compression="gzip", compression_opts=GZIP_LEVEL, fletcher32=True)
            self.file.create_dataset(f"{split}/{name}", (rows, *shape), kind, **packed)
        self.done[split] = 0

    def append(self, split, arrays):
        """Appends rows: {name: values}, all of the same length."""
        first, count = self.done[split], len(next(iter(arrays.values())))
        for name, values in arrays.items():
            self.file[f"{split}/{name}"][first:first + count] = values
        self.done[split] = first + count
