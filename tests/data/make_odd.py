#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Writes a dataset of float features with odd numbers of rows and inputs: make_odd.py OUT.h5"""
import sys

import h5py
import numpy as np

rng = np.random.default_rng(3)
features = rng.normal(size=(1110, 33)).astype(np.float32) * (rng.random((1110, 33)) < 0.6)
labels = (features[:, :7] @ rng.normal(size=(7, 5))).argmax(axis=1)
with h5py.File(sys.argv[1], "w") as f:
    f["train/images"], f["train/labels"] = features[:1009], labels[:1009]
    f["test/images"], f["test/labels"] = features[1009:], labels[1009:]
