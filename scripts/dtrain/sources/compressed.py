# SPDX-License-Identifier: MIT
"""Opens files that may be compressed: .gz, .xz, .bz2 and .zip."""
import bz2
import contextlib
import gzip
import lzma
import zipfile
import zlib

from dtrain.failure import Failure, check_plain

MAGICS = {b"\x1f\x8b": gzip.open, b"\xfd7zXZ": lzma.open, b"BZh": bz2.open}
SUFFIXES = (".gz", ".xz", ".bz2", ".zip")
# What goes wrong while a compressed file is read.
ERRORS = (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile, zipfile.BadZipFile)


def open_member(path):
    """The only file of an archive."""
    archive = zipfile.ZipFile(path)
    members = [member for member in archive.infolist() if not member.is_dir()]
    if len(members) != 1:
        raise Failure(f"{path}: is an archive of {len(members)} files: unpack the one that is meant")
    if members[0].flag_bits & 1:
        raise Failure(f"{path}: is encrypted: unpack it")
    return archive.open(members[0])


@contextlib.contextmanager
def open_plain(path):
    """Opens a file for reading its bytes, uncompressed; Failure where they cannot be uncompressed."""
    check_plain(path)
    with open(path, "rb") as file:
        magic = file.read(6)
    opener = next((opener for start, opener in MAGICS.items() if magic.startswith(start)), None)
    if magic.startswith(b"PK\3\4"):
        opener = open_member
    try:
        with (opener or (lambda name: open(name, "rb")))(path) as file:
            yield file
    except ERRORS as error:
        raise Failure(f"{path}: cannot be uncompressed: {error}") from None


def plain_suffix(path):
    """The suffix of a file's name, in small letters, without that of its compression."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    return next((suffix for suffix in reversed(suffixes) if suffix not in SUFFIXES), "")
