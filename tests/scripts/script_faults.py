# SPDX-License-Identifier: MIT
"""Python of script_faults.sh.

    script_faults.py files                      writes HDF5 files, of which only raw.h5 is a dataset
    script_faults.py closed_pipe COMMAND...     the command ends silently where nobody reads what it prints
"""
import os
import signal
import subprocess
import sys

import h5py
import numpy as np


def files():
    def dataset(name, images, labels):
        with h5py.File(name, "w") as file:
            for split in ("train", "test"):
                file[f"{split}/images"], file[f"{split}/labels"] = images, labels

    features = np.random.default_rng(1).normal(size=(50, 6))
    dataset("raw.h5", features, np.arange(50) % 3)
    dataset("few_labels.h5", features, np.arange(49))
    dataset("infinite.h5", np.full((50, 6), np.inf), np.arange(50))
    with h5py.File("odd_shapes.h5", "w") as file:
        file["W1"], file["b1"], file["W2"], file["b2"] = np.ones((4, 3)), np.ones(2), np.ones((3, 2)), np.ones(2)
    with h5py.File("model.h5", "w") as file:
        file["theta"] = np.ones(5)


def closed_pipe(*command):
    reader, writer = os.pipe()
    os.close(reader)
    ended = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE)
    assert (ended.returncode, ended.stderr) == (-signal.SIGPIPE, b""), ended


globals()[sys.argv[1]](*sys.argv[2:])
