# SPDX-License-Identifier: MIT
"""Python of weights_source.sh.

    weights_source.py damage FILE           flips a bit in the middle of the file
    weights_source.py copy CHECKPOINT OUT   copies the weights of a checkpoint into another HDF5 file
"""
import sys

import h5py


def damage(path):
    with open(path, "r+b") as file:
        data = bytearray(file.read())
        data[len(data) // 2] ^= 1
        file.seek(0)
        file.write(data)


def copy(checkpoint, out):
    with h5py.File(checkpoint, "r") as file, h5py.File(out, "w") as other:
        file.copy("parameters", other)


globals()[sys.argv[1]](*sys.argv[2:])
