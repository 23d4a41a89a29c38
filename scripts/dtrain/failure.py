# SPDX-License-Identifier: MIT
"""What goes wrong, in words for a user: one line `OBJECT: what is wrong`."""
import os
import re
import stat
import sys
import unicodedata

# Who speaks on standard error: a command's name, once it has started (command.py).
speaker = "dtrain"


class Failure(Exception):
    """Something that a user can cause; the text is `OBJECT: what is wrong`."""


def check_plain(path):
    """Raises Failure for what is no plain file: a pipe, for example, would be waited for without end."""
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise Failure(f"{path}: is no plain file")


def describe_import(error, module):
    """The line for a module that is missing, or there but broken: then it may raise anything."""
    missing = re.match(r"No module named '(\w+)", str(error))
    if missing or isinstance(error, ModuleNotFoundError):
        package = missing[1] if missing else (error.name or module).partition(".")[0]
        return f"{package}: is not installed (Debian: python3-{package.lower()})"
    return f"{module}: cannot be loaded: {(str(error).splitlines() or [type(error).__name__])[0]}"


def describe(error):
    """The line for the user; None for an error that is a fault of the program itself."""
    if isinstance(error, OSError):
        return f"{error.filename or 'input or output'}: {error.strerror or error}"
    if isinstance(error, MemoryError):
        return "memory: there is not enough of it"
    if isinstance(error, KeyboardInterrupt):
        return "interrupted"
    return str(error) if isinstance(error, Failure) else None


def tell(text):
    """Prints a line for the user on standard error. Control characters, as of a file's name, are escaped."""
    line = "".join(repr(letter)[1:-1] if unicodedata.category(letter) == "Cc" else letter
                   for letter in " ".join(text.splitlines()))
    print(f"{speaker}:", line, file=sys.stderr, flush=True)
