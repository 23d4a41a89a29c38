# SPDX-License-Identifier: MIT
"""The kinds of sources, and how each is recognized."""
import importlib
from dataclasses import dataclass
from pathlib import Path

from dtrain.failure import check_plain
from dtrain.sources.compressed import open_plain, plain_suffix

HEAD_BYTES = 4096


@dataclass
class Options:
    """How a source is to be read, as far as that is not found from itself."""
    delimiter: str = None
    decimal: str = None
    thousands: str = None
    encoding: str = None
    header: bool = None
    missing_texts: list = None
    inputs: str = None  # names of arrays
    targets: str = None
    size: tuple = None  # (H, W) of all pictures
    color: bool = False
    raw: bool = False


@dataclass
class Source:
    """`is_this(path, head)` recognizes a source by its path or its first bytes; `open` names the function
    that opens it: MODULE.FUNCTION below dtrain.sources. It returns a Table, or Pictures."""
    is_this: object
    open: str


def with_suffix(*suffixes):
    return lambda path, head: plain_suffix(path) in suffixes


def with_magic(*magics):
    return lambda path, head: head.startswith(magics)


def is_arff(path, head):
    return plain_suffix(path) == ".arff" or head.lstrip().lower().startswith(b"@relation")


def is_npz(path, head):
    return path.suffix.lower() == ".npz"


IMAGE_MAGICS = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*", b"P5", b"P2")
SOURCES = (
    Source(lambda path, head: path.is_dir(), "pictures.open_folder"),
    Source(with_magic(b"\x89HDF", b"MATLAB 7.3"), "arrays.open_hdf5"),
    Source(with_magic(b"\x93NUMPY"), "arrays.open_npy"),
    Source(is_npz, "arrays.open_npz"),
    Source(with_suffix(".parquet"), "frames.open_parquet"),
    Source(with_suffix(".feather"), "frames.open_feather"),
    Source(with_suffix(".xlsx", ".xls", ".ods"), "frames.open_excel"),
    Source(with_suffix(".json"), "frames.open_json"),
    Source(with_suffix(".jsonl", ".ndjson"), "frames.open_json_lines"),
    Source(with_suffix(".libsvm", ".svm", ".svmlight"), "frames.open_libsvm"),
    Source(is_arff, "arff.open_arff"),
    Source(with_magic(b"\0\0"), "arrays.open_idx"),
    Source(with_magic(*IMAGE_MAGICS), "pictures.open_file"),
    Source(lambda path, head: True, "delimited.Delimited"),
)


def head_of(path):
    """The first bytes of a file, uncompressed unless it is an archive."""
    check_plain(path)
    with open(path, "rb") as file:
        head = file.read(HEAD_BYTES)
    if head.startswith(b"PK"):
        return head
    with open_plain(path) as file:
        return file.read(HEAD_BYTES)


def open_source(name, options):
    """Opens what `name` is: a file, a folder, or sklearn:NAME."""
    if name.startswith("sklearn:"):
        from dtrain.sources.frames import open_bundled
        return open_bundled(name, options)
    path = Path(name)
    head = b"" if path.is_dir() else head_of(path)
    source = next(source for source in SOURCES if source.is_this(path, head))
    module, function = source.open.split(".")
    return getattr(importlib.import_module(f"dtrain.sources.{module}"), function)(path, options)
