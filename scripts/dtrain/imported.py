# SPDX-License-Identifier: MIT
"""Datasets that were made before: each has a name with a hash of all that it depends on."""
import hashlib
from pathlib import Path

from dtrain.tables.recipe import VERSION

HASH_LETTERS = 12
BLOCK_BYTES = 1 << 20


def add_file(digest, path):
    with open(path, "rb") as file:
        for block in iter(lambda: file.read(BLOCK_BYTES), b""):
            digest.update(block)


def add_source(digest, source):
    """Adds the content of a file, or the names and contents of the files in a folder."""
    path = Path(source)
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    for file in files:
        if file.is_file():
            digest.update(f"{file.relative_to(path)}\n{file.stat().st_size}\n".encode(errors="surrogateescape"))
            add_file(digest, file)


def path_of(folder, source, test, settings):
    """Where the dataset of these sources lies, made with these settings: {name: value}."""
    digest = hashlib.sha256(repr((VERSION, source, sorted(settings.items()))).encode(errors="surrogateescape"))
    for one in (source, test):
        if one:
            add_source(digest, one)
    name = Path(source).name.partition(".")[0] or "data"
    return Path(folder) / f"{name.replace(':', '-')}-{digest.hexdigest()[:HASH_LETTERS]}.h5"
