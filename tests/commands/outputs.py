# SPDX-License-Identifier: MIT
"""Python of outputs.sh.

    outputs.py imports      new.h5 and named.h5 are the imported IDX files, and only the latter is described
    outputs.py place        prints the number that dtrain derives from host and PID namespace
"""
import os
import socket
import sys

import h5py


def imports():
    with h5py.File("new.h5") as new, h5py.File("named.h5") as named:
        assert dict(new.attrs) == {"n_classes": 3}, dict(new.attrs)
        texts = {name: named.attrs[name].decode() for name in ("name", "source", "license")}
        assert texts == {"name": "Tiny", "source": "here", "license": "none"}, texts
        for name in ("train/images", "train/labels", "test/images", "test/labels"):
            assert (new[name][()] == named[name][()]).all()
        assert bytes(new["test/images"][()].tobytes()) == bytes(range(12 * 16))


def place():
    number = 2166136261
    for byte in [*socket.gethostname().encode(), os.stat("/proc/self/ns/pid").st_ino]:
        number = (number ^ byte) * 16777619 % 2**32
    print(number >> 12 | 1)


globals()[sys.argv[1]]()
