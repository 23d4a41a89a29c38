#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The folders of src/ are floors: reads all #include lines, and names each that points to a folder
above, or to a library that is another folder's business.

    arrows.py SRC
"""
import pathlib
import re
import sys

# What a folder includes beside itself. The installed header, dtrain/, is everyone's.
ALLOWED = {
    "common": set(),
    "core": {"common"},
    "ranks": {"common"},
    "options": {"common"},
    "files": {"core", "ranks", "common"},
    "training": {"files", "core", "ranks", "options", "common"},
    "commands": {"training", "files", "core", "ranks", "options", "common"},
    "": {"commands", "training", "files", "core", "ranks", "options", "common"},  # the program
}
# Where a library may be included; everywhere else it may not.
LIBRARIES = {
    "mpi.h": {"ranks"},
    "hdf5.h": {"files", ""},  # the program silences HDF5's own messages
    "jansson.h": {"files", "commands"},
    "zlib.h": {"files"},
}
# Still there; each goes with the change that makes it superfluous.
FOR_NOW = {("training", "commands")}
INCLUDE = re.compile(r'^\s*#\s*include\s+["<]([^">]+)[">]')


def faults(source):
    """The forbidden arrows, as lines "FILE:LINE: FOLDER includes WHAT"."""
    for path in sorted(source.rglob("*.[ch]")):
        folder = path.parent.name if path.parent != source else ""
        for number, line in enumerate(path.read_text().splitlines(), 1):
            match = INCLUDE.match(line)
            if not match:
                continue
            target, _, name = match[1].rpartition("/")
            forbidden = target in ALLOWED and target not in ALLOWED[folder] | {"", folder}
            if (folder, target) in FOR_NOW:
                continue
            if forbidden or folder not in LIBRARIES.get(name, {folder}):
                yield f"{path}:{number}: {folder or 'the program'} includes {match[1]}"


def main():
    found = list(faults(pathlib.Path(sys.argv[1])))
    print("\n".join(found) or "no arrow points upwards")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
