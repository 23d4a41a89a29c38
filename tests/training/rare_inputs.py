# SPDX-License-Identifier: MIT
"""The input 2 of optimizers.sh, which is 0 in all rows or in all but the first.

    rare_inputs.py make     writes blank.h5 and rare.h5, which are data.h5 with that input
    rare_inputs.py check    nothing that their runs saved is infinite, and the weights of an input that is
                            always 0 are those of the start
"""
import glob
import json
import sys

import h5py
import numpy as np


def make():
    with h5py.File("data.h5") as data, h5py.File("blank.h5", "w") as blank, h5py.File("rare.h5", "w") as rare:
        for name in ("train/images", "train/labels", "test/images", "test/labels"):
            values = data[name][:]
            rare[name] = values
            if name.endswith("images"):
                values[:, 2] = 0
                rare[name][1:, 2] = 0
            blank[name] = values


def check():
    with h5py.File("start.h5") as file:
        start = file["W1"][2]
    blank, rare = glob.glob("blank-*/checkpoints/*.h5"), glob.glob("rare/checkpoints/*.h5")
    assert len(blank) == 12 and len(rare) == 3, (blank, rare)
    for path in blank + rare:
        def is_finite(name, values):
            assert isinstance(values, h5py.Group) or np.isfinite(values[:]).all(), (path, name)

        with h5py.File(path) as file:
            file.visititems(is_finite)
            assert path in rare or np.array_equal(file["parameters/W1"][2], start), path
    with open("rare/run.json") as file:
        assert json.load(file)["events"][-1]["event"] == "diverge"


globals()[sys.argv[1]]()
