#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Makes a dataset of float features with mean 0 and deviation 1 over the training set.

    standardize.py IN.h5 OUT.h5

The test set is shifted and scaled by the training set's numbers, which OUT.h5 keeps in
/standardize/mean and /standardize/deviation. Features that never change become 0.
"""
import sys

import h5py
import numpy as np


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with h5py.File(sys.argv[1], "r") as source, h5py.File(sys.argv[2], "w") as out:
        values = source["train/images"][:].astype(np.float64)
        mean, deviation = values.mean(axis=0), values.std(axis=0)
        scale = np.where(deviation > 0, 1 / np.where(deviation > 0, deviation, 1), 0)
        for split in ("train", "test"):
            images = source[f"{split}/images"][:].astype(np.float64)
            out[f"{split}/images"] = ((images - mean) * scale).astype(np.float32)
            source.copy(f"{split}/labels", out, f"{split}/labels")
        out["standardize/mean"], out["standardize/deviation"] = mean, deviation
        for name, value in source.attrs.items():
            out.attrs[name] = value


if __name__ == "__main__":
    main()
