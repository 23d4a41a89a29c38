#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks that the folders of src/ depend on each other in one order only. Names each #include line
that points to a folder above, and each use of MPI or HDF5 where it may not be used. Then draws the
folders and their arrows, each with the number of its #include lines.

    arrows.py SRC
"""
import collections
import pathlib
import re
import sys

CORE = {"core/numbers", "core/samples", "core/model", "core/gradient", "core/differences", "core/update",
        "core/selftest"}
SUBSTRATE = {"ranks", "files", "common"}
# What a folder includes besides itself. The installed header, dtrain/, is everyone's.
ALLOWED = {
    "common": set(),
    "core/numbers": {"common"},
    "core/samples": {"core/numbers", "common"},
    "core/model": {"core/samples", "core/numbers", "common"},
    "core/update": {"core/model", "core/numbers", "common"},
    "core/gradient": {"core/model", "core/samples", "core/numbers", "common"},
    "core/differences": {"core/model", "core/samples", "core/numbers", "common"},
    "core/selftest": CORE | {"common"},
    "ranks": {"common"},
    "files": {"common"},
    "options": {"common"},
    "data": CORE | SUBSTRATE,
    "runs": CORE | SUBSTRATE,
    "engine/protocol": {"common"},
    "engine/process": {"engine/protocol", "core/differences", "files", "common"},
    "engine/server": {"engine/protocol", "core/model", "core/numbers", "core/samples", "common"},
    "engine": {"engine/process", "engine/protocol"} | CORE | SUBSTRATE,
    "training": {"data", "runs", "engine", "options"} | CORE | SUBSTRATE,
    "commands": {"training", "data", "runs", "options"} | CORE | SUBSTRATE,
    "": {"commands", "training", "data", "runs", "options"} | CORE | SUBSTRATE,  # the program
}
# Where a library may be included; everywhere else it may not.
LIBRARIES = {
    "mpi.h": {"ranks"},
    "hdf5.h": {"files", "data", "runs"},
    "jansson.h": {"runs", "commands", "engine/protocol"},
    "zlib.h": {"data"},
    "png.h": {"data"},
    "xxhash.h": {"common"},
}
# Folders that may use the names of a library; others could see them through headers.
NAMES = {
    re.compile(r"\bMPI_\w+"): {"ranks"},
    re.compile(r"\b(?:H5\w+|hid_t|herr_t|hsize_t|hssize_t)\b"): {"files", "data", "runs"},
}
NO_CODE = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)
INCLUDE = re.compile(r'^\s*#\s*include\s+["<]([^">]+)[">]')


def title(folder):
    return folder or "the program"


def forbidden_names(path, folder):
    """The uses of MPI and HDF5 in a file that may have none, as lines "FILE:LINE: FOLDER uses NAME"."""
    # Comments and strings become empty lines, so that the line numbers stay right.
    code = NO_CODE.sub(lambda match: "\n" * match[0].count("\n"), path.read_text())
    for names, folders in NAMES.items():
        for number, line in enumerate(code.splitlines(), 1):
            if folder not in folders:
                yield from (f"{path}:{number}: {title(folder)} uses {name}" for name in names.findall(line))


def includes(path):
    """The #include lines of a file: line number, folder ("" for none) and name of the header."""
    for number, line in enumerate(path.read_text().splitlines(), 1):
        match = INCLUDE.match(line)
        if match:
            target, _, name = match[1].rpartition("/")
            yield number, target, name


def look(source):
    """The faults, and a count of #include lines for each pair of folders."""
    faults, arrows = [], collections.Counter()
    for path in sorted(source.rglob("*.[ch]")):
        folder = path.parent.relative_to(source).as_posix().removeprefix(".")
        if folder not in ALLOWED:
            faults.append(f"{path}: {folder} is not in the order of folders")
            continue
        faults.extend(forbidden_names(path, folder))
        for number, target, name in includes(path):
            if target in ALLOWED and target not in ("", folder):
                arrows[folder, target] += 1
            upwards = target in ALLOWED and target not in ALLOWED[folder] | {"", folder}
            if upwards or folder not in LIBRARIES.get(name, {folder}):
                faults.append(f"{path}:{number}: {title(folder)} includes {f'{target}/{name}'.lstrip('/')}")
    return faults, arrows


def draw(source, arrows):
    """Prints a line for each folder, from the bottom up: its files, and the folders that it includes."""
    for folder in sorted(ALLOWED, key=lambda name: len(ALLOWED[name])):
        files = len(list((source / folder).glob("*.c")))
        below = [f"{target} {count}" for (start, target), count in sorted(arrows.items()) if start == folder]
        print(f"{title(folder):14} {files:3} files  {', '.join(below)}".rstrip())


def main():
    source = pathlib.Path(sys.argv[1])
    faults, arrows = look(source)
    if not faults:
        draw(source, arrows)
    print("\n".join(faults) or "no arrow points upwards")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
