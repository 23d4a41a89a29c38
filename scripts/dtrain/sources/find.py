# SPDX-License-Identifier: MIT
"""The kinds of sources, and how each is recognized."""
import importlib
from dataclasses import dataclass
from pathlib import Path

from dtrain.failure import Failure, check_plain
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
    columns: list = None  # lists of names of the columns, of which one may fit, where there is no header
    inputs: str = None  # names of arrays
    targets: str = None
    size: tuple = None  # (H, W) of all pictures
    color: bool = False
    raw: bool = False
    given: tuple = ()  # the names of those that the user has given
    bytes: bool = None  # whether images are bytes, or floats; None: as their values suggest


# The options that only some sources take.
OF_TEXT = ("delimiter", "decimal", "thousands", "encoding", "header", "missing_texts")
OF_ARRAYS = ("inputs", "targets")
OF_PICTURES = ("size", "color")


@dataclass
class Source:
    """`is_this(path, head)` recognizes a source by its path or its first bytes; `open` names the function
    that opens it: MODULE.FUNCTION below dtrain.sources. It returns a Table, or Pictures. `takes` are the options
    that have an effect."""
    is_this: object
    open: str
    takes: tuple = ()


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
    Source(lambda path, head: path.is_dir(), "pictures.open_folder", OF_PICTURES),
    Source(with_magic(b"\x89HDF", b"MATLAB 7.3"), "arrays.open_hdf5", OF_ARRAYS),
    Source(with_magic(b"\x93NUMPY"), "arrays.open_npy"),
    Source(is_npz, "arrays.open_npz", OF_ARRAYS),
    Source(with_suffix(".parquet"), "frames.open_parquet"),
    Source(with_suffix(".feather"), "frames.open_feather"),
    Source(with_suffix(".xlsx", ".xls", ".ods"), "frames.open_excel"),
    Source(with_suffix(".json"), "frames.open_json"),
    Source(with_suffix(".jsonl", ".ndjson"), "frames.open_json_lines"),
    Source(with_suffix(".libsvm", ".svm", ".svmlight"), "frames.open_libsvm"),
    Source(is_arff, "arff.open_arff"),
    Source(with_magic(b"\0\0"), "arrays.open_idx"),
    Source(with_magic(*IMAGE_MAGICS), "pictures.open_file", OF_PICTURES),
    Source(lambda path, head: True, "delimited.Delimited", OF_TEXT),
)


# What is read only if it is not compressed as a whole.
UNPACKED = (b"\x89HDF", b"\x93NUMPY", b"PK\3\4", b"MATLAB")


def head_of(path):
    """The first bytes of a file, uncompressed unless it is an archive."""
    check_plain(path)
    with open(path, "rb") as file:
        packed = file.read(HEAD_BYTES)
    if packed.startswith(b"PK"):
        return packed
    with open_plain(path) as file:
        head = file.read(HEAD_BYTES)
    if head != packed and head.startswith(UNPACKED):
        raise Failure(f"{path}: is packed as a whole: unpack it")
    return head


def check_options(name, source, options):
    """Refuses an option that would have no effect."""
    for option in options.given:
        if option in OF_TEXT + OF_ARRAYS + OF_PICTURES and option not in source.takes:
            what = "tables of text" if option in OF_TEXT else "arrays" if option in OF_ARRAYS else "pictures"
            shown = {"missing_texts": "missing-text", "header": "header (or --no-header)"}.get(option, option)
            raise Failure(f"{name}: --{shown} is for {what}, which this is not")


def open_source(name, options):
    """Opens what `name` is: a file, a folder, or sklearn:NAME."""
    if name.startswith("sklearn:"):
        from dtrain.sources.frames import open_bundled
        return open_bundled(name, options)
    path = Path(name)
    head = b"" if path.is_dir() else head_of(path)
    source = next(source for source in SOURCES if source.is_this(path, head))
    check_options(name, source, options)
    module, function = source.open.split(".")
    return getattr(importlib.import_module(f"dtrain.sources.{module}"), function)(path, options)
