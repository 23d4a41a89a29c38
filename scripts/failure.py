# SPDX-License-Identifier: MIT
"""How the scripts fail: with one line `NAME.py: OBJECT: what is wrong` and exit code 1. Scripts
import this module before any that may not be installed."""
import argparse
import contextlib
import os
import signal
import sys
from pathlib import Path

INTERRUPTED = 128 + signal.SIGINT


class Failure(Exception):
    """Ends a script; the text is `OBJECT: what is wrong`."""


def describe(error):
    """The line for the user; None for an error that is a fault of the script itself."""
    if isinstance(error, ImportError) and error.name:
        package = error.name.partition(".")[0]
        return f"{package}: is not installed (Debian: python3-{package})"
    if isinstance(error, OSError):
        return f"{error.filename or 'input or output'}: {error.strerror or error}"
    if isinstance(error, MemoryError):
        return "memory: there is not enough of it"
    if isinstance(error, KeyboardInterrupt):
        return "interrupted"
    return str(error) if isinstance(error, Failure) else None


def report(kind, error, trace):
    """Takes the place of Python's traceback for errors that a user can cause."""
    line = describe(error)
    if line is None:
        return sys.__excepthook__(kind, error, trace)
    with contextlib.suppress(OSError):
        print(end="", flush=True)
    print(f"{Path(sys.argv[0]).name}:", " ".join(line.splitlines()), file=sys.stderr, flush=True)
    # An ordinary exit would try again to write to a full disk, and print a traceback.
    os._exit(INTERRUPTED if kind is KeyboardInterrupt else 1)


def write(text):
    """Writes to standard output at once."""
    try:
        print(text, end="", flush=True)
    except OSError as error:
        raise Failure(f"standard output: {error.strerror}") from None


def run(main):
    """Calls main(), and writes what it has printed."""
    main()
    write("")


def parser(description):
    """An argument parser whose help shows the description as it is written."""
    return argparse.ArgumentParser(description=description,
                                   formatter_class=argparse.RawDescriptionHelpFormatter)


sys.excepthook = report
# A closed pipe ends a script silently, as it ends other programs.
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
if sys.stdout:
    # Paths may hold bytes that are not UTF-8.
    sys.stdout.reconfigure(errors="surrogateescape")
