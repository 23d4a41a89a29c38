# SPDX-License-Identifier: MIT
"""Reads a network's weights from a run directory, a checkpoint or another HDF5 file."""
import ctypes
import re
import sys
from pathlib import Path

import numpy as np

from failure import Failure, describe
from hdf5 import find_array, open_file, read_rows
from runs import checkpoints, split_group

NAMES = ("W1", "b1", "W2", "b2")
# The line before the HDF5 part of a checkpoint: the file's length, and the XXH3 of what follows.
USER_BLOCK_BYTES = 512
USER_BLOCK = re.compile(rb"dtrain checkpoint 1 bytes=(\d{20}) xxh3=([0-9a-f]{32})\n")


class Hash128(ctypes.Structure):
    _fields_ = [("low", ctypes.c_uint64), ("high", ctypes.c_uint64)]


def xxh3(data):
    """The XXH3 of the data, by the library that dtrain uses; None where that is not installed."""
    try:
        function = ctypes.CDLL("libxxhash.so.0").XXH3_128bits
    except (OSError, AttributeError):
        return None
    function.restype, function.argtypes = Hash128, [ctypes.c_char_p, ctypes.c_size_t]
    digest = function(data, len(data))
    return b"%016x%016x" % (digest.high, digest.low)


def check_bytes(path, must_be_checkpoint):
    """Raises Failure where a checkpoint's bytes are not those that were written."""
    with open(path, "rb") as file:
        block = file.read(USER_BLOCK_BYTES)
        line = USER_BLOCK.match(block)
        if not line and (must_be_checkpoint or block.startswith(b"dtrain checkpoint")):
            raise Failure(f"{path}: is no checkpoint, or a damaged one")
        data = file.read() if line else b""
    if line and (int(line[1]) != len(block) + len(data) or xxh3(data) not in (None, line[2])):
        raise Failure(f"{path}: is damaged; its bytes are not those that were written")


def check_shapes(weights, source):
    """W1 (D, H), b1 (H), W2 (H, K), b2 (K), or a model's theta (P), all of finite numbers."""
    for name, values in weights.items():
        if values.size == 0 or not np.isfinite(values).all():
            raise Failure(f"{source}: {name} is empty or holds a number that is not finite")
    if "theta" in weights:
        return
    shapes = [weights[name].shape for name in NAMES]
    if (len(shapes[0]), len(shapes[2])) != (2, 2) or shapes[0][1:] != shapes[1] or \
            shapes[2] != shapes[1] + shapes[3]:
        raise Failure(f"{source}: the shapes do not fit: "
                      + ", ".join(f"{name} {shape}" for name, shape in zip(NAMES, shapes)))


def read_file(path, group_name=None, must_be_checkpoint=False):
    """The weights of one file as {name: float64 values}; by default those in /parameters, or at
    the root where there is no such group."""
    check_bytes(path, must_be_checkpoint)
    with open_file(path) as file:
        name = group_name or ("/parameters" if "parameters" in file else "/")
        group = file.get(name)
        if not hasattr(group, "keys"):
            raise Failure(f"{path}: has no group {name}")
        names = ("theta",) if "theta" in group else NAMES
        weights = {name: read_rows(find_array(group, name)).astype(np.float64) for name in names}
    check_shapes(weights, path)
    return weights


def read_newest(folder, group_name=None):
    """The newest sound checkpoint of a run, and its weights; says which ones it passes over."""
    found = checkpoints(folder)
    for path in found:
        try:
            return path, read_file(path, group_name, must_be_checkpoint=True)
        except (Failure, OSError) as error:
            print(f"{Path(sys.argv[0]).name}: {describe(error)}; passed over", file=sys.stderr)
    what = "none of its checkpoints is sound" if found else "has no checkpoint"
    raise Failure(f"{folder}: {what}")


def read(source):
    """The file and the weights of a run directory (its newest sound checkpoint) or
    FILE[:/GROUP]."""
    path, group_name = split_group(source)
    if path.is_dir():
        return read_newest(path, group_name)
    return path, read_file(path, group_name)


def read_network(source):
    """As read(), of networks only: a model's parameters are refused."""
    path, weights = read(source)
    if "theta" in weights:
        raise Failure(f"{path}: holds the parameters of a model, not W1, b1, W2, b2")
    return path, weights
