# SPDX-License-Identifier: MIT
"""Writes files without losing others: an output replaces what is there only if that is an older
output of the same kind, and only once it is complete."""
import os
import secrets
import stat
from contextlib import contextmanager, suppress
from pathlib import Path

from dtrain.failure import Failure

HEAD_BYTES = 4096


def head(path):
    with open(path, "rb") as file:
        return file.read(HEAD_BYTES)


def starts_with(*beginnings):
    """A kind of files, known by their first bytes."""
    return lambda path: head(path).startswith(beginnings)


def is_picture(path):
    """PNG, or SVG as matplotlib writes it."""
    start = head(path)
    return start.startswith(b"\x89PNG\r\n") or b"<!DOCTYPE svg" in start


def is_checkpoint_of_run(path):
    """Whether a file is a checkpoint in a run directory, whose loss could not be repaired."""
    return path.parent.name == "checkpoints" and head(path).startswith(b"dtrain checkpoint ")


def check(path, is_own_kind, inputs, force):
    """Raises Failure where path must not be written: it is an input, no plain file, a checkpoint
    of a run, or (unless forced) neither empty nor of the script's own kind; where that is None, any file."""
    if not path.exists():
        if not path.absolute().parent.is_dir():
            raise Failure(f"{path}: cannot be written: there is no folder {path.parent}")
        return
    if not path.is_file():
        raise Failure(f"{path}: is no plain file and is not replaced")
    if any(os.path.samefile(path, source) for source in inputs):
        raise Failure(f"{path}: is the input; choose another name for the output")
    if not os.access(path, os.W_OK):
        raise Failure(f"{path}: is write-protected")
    if is_checkpoint_of_run(Path(os.path.realpath(path))):
        raise Failure(f"{path}: is a checkpoint of a run and is never replaced")
    if not force and not is_own_kind:
        raise Failure(f"{path}: exists already: replace it with --force, or choose another name")
    if not force and path.stat().st_size > 0 and not is_own_kind(path):
        raise Failure(f"{path}: is there already, and this script did not make it; choose another "
                      f"name, or {'remove it' if force is None else 'say --force'}")


@contextmanager
def replacing(path, is_own_kind, inputs=(), force=None):
    """Yields the name of an empty file in the same folder, which becomes `path` if all goes well.
    Otherwise it is removed, and what was at `path` stays as it was. is_own_kind(path) says whether
    a file may be replaced without force; force is None for scripts without --force."""
    check(path, is_own_kind, inputs, force)
    # A symbolic link stays, and the file that it leads to is replaced.
    target = Path(os.path.realpath(path))
    temporary = target.with_name(f".{secrets.token_hex(8)}.partial{path.suffix}")
    try:
        os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        yield temporary
        if target.exists():
            temporary.chmod(stat.S_IMODE(target.stat().st_mode))
        with open(temporary, "rb+") as file:
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except (OSError, RuntimeError) as error:
        # HDF5's errors have no strerror.
        reason = getattr(error, "strerror", None) or error
        raise Failure(f"{path}: cannot be written: {reason}") from None
    finally:
        with suppress(OSError):
            temporary.unlink()
