# SPDX-License-Identifier: MIT
"""How the scripts fail: with one line `NAME.py: OBJECT: what is wrong` and exit code 1. Scripts
import this module before any that may not be installed."""
import argparse
import contextlib
import os
import re
import signal
import sys
import traceback
import warnings
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parent
INTERRUPTED = 128 + signal.SIGINT


class Failure(Exception):
    """Ends a script; the text is `OBJECT: what is wrong`."""


def module_of(trace):
    """The module that a script was about to import when it failed; None where it was not."""
    frames = [frame for frame in traceback.extract_tb(trace)
              if Path(frame.filename).resolve().is_relative_to(SCRIPTS)]
    found = re.match(r"(?:import|from)\s+(\w+)", frames[-1].line) if frames else None
    return found and found[1]


def describe_import(error, module):
    """The line for a module that is missing, or there but broken: then it may raise anything."""
    missing = re.match(r"No module named '(\w+)", str(error))
    if missing or isinstance(error, ModuleNotFoundError):
        package = missing[1] if missing else (error.name or module).partition(".")[0]
        return f"{package}: is not installed (Debian: python3-{package})"
    return f"{module}: cannot be loaded: {(str(error).splitlines() or [type(error).__name__])[0]}"


def describe(error):
    """The line for the user; None for an error that is a fault of the script itself."""
    if isinstance(error, OSError):
        return f"{error.filename or 'input or output'}: {error.strerror or error}"
    if isinstance(error, MemoryError):
        return "memory: there is not enough of it"
    if isinstance(error, KeyboardInterrupt):
        return "interrupted"
    return str(error) if isinstance(error, Failure) else None


def report(kind, error, trace):
    """Takes the place of Python's traceback for errors that a user can cause."""
    module = None if isinstance(error, (Failure, KeyboardInterrupt)) else module_of(trace)
    line = describe_import(error, module) if module else describe(error)
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
# Warnings are for programmers; PYTHONWARNINGS could make errors of them.
warnings.simplefilter("ignore")
# A closed pipe ends a script silently, as it ends other programs.
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
if sys.stdout:
    # Paths may hold bytes that are not UTF-8.
    sys.stdout.reconfigure(errors="surrogateescape")
