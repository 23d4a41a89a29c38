# SPDX-License-Identifier: MIT
"""Prints members of a JSON file, or attributes of an HDF5 file, in one line.

    show.py run.json options/hidden events/-1/event ...     as JSON; of a .jsonl file, those of its last line
    show.py FILE.h5 hidden ...                              texts of fixed length, as dtrain writes them
"""
import json
import sys

path, *names = sys.argv[1:]


def member(value, name):
    for key in name.split("/"):
        value = value[int(key) if isinstance(value, list) else key]
    return json.dumps(value)


if path.endswith(".h5"):
    import h5py

    with h5py.File(path) as file:
        found = [file.attrs[name].decode() for name in names]
else:
    with open(path, encoding="utf-8") as file:
        text = file.readlines()[-1] if path.endswith(".jsonl") else file.read()
    found = [member(json.loads(text), name) for name in names]
print(*found)
