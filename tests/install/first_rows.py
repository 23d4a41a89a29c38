# SPDX-License-Identifier: MIT
"""Copies the first rows of each part of a dataset: first_rows.py DATA.h5 OUT.h5 ROWS"""
import sys

import h5py

data, out, rows = sys.argv[1:]
with h5py.File(data) as all_rows, h5py.File(out, "w") as few:
    for name in ("train/images", "train/labels", "test/images", "test/labels"):
        few[name] = all_rows[name][:int(rows)]
