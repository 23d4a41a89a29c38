#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks that the folders of src/ depend on each other in one order only. Names each #include line
that points to a folder above or to a library of other folders, and each use of MPI outside ranks/.

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
# Other folders see mpi.h through the headers of ranks/. Parallel HDF5 needs a communicator.
MPI_ALLOWED = {"files/dataset.c"}
MPI_NAME = re.compile(r"\bMPI_\w+")
NO_CODE = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)
INCLUDE = re.compile(r'^\s*#\s*include\s+["<]([^">]+)[">]')


def mpi_names(source, path, folder):
    """The uses of MPI in a file that may have none, as lines "FILE:LINE: FOLDER uses NAME"."""
    if folder == "ranks" or path.relative_to(source).as_posix() in MPI_ALLOWED:
        return
    # Comments and strings become empty lines, so that the line numbers stay right.
    code = NO_CODE.sub(lambda match: "\n" * match[0].count("\n"), path.read_text())
    for number, line in enumerate(code.splitlines(), 1):
        for name in MPI_NAME.findall(line):
            yield f"{path}:{number}: {folder or 'the program'} uses {name}"


def faults(source):
    """The forbidden #include lines, as "FILE:LINE: FOLDER includes WHAT", and uses of MPI."""
    for path in sorted(source.rglob("*.[ch]")):
        folder = path.parent.name if path.parent != source else ""
        yield from mpi_names(source, path, folder)
        for number, line in enumerate(path.read_text().splitlines(), 1):
            match = INCLUDE.match(line)
            if not match:
                continue
            target, _, name = match[1].rpartition("/")
            forbidden = target in ALLOWED and target not in ALLOWED[folder] | {"", folder}
            if forbidden or folder not in LIBRARIES.get(name, {folder}):
                yield f"{path}:{number}: {folder or 'the program'} includes {match[1]}"


def main():
    found = list(faults(pathlib.Path(sys.argv[1])))
    print("\n".join(found) or "no arrow points upwards")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
