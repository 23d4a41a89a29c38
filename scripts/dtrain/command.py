# SPDX-License-Identifier: MIT
"""What makes a script a command: it fails with one line `NAME: OBJECT: what is wrong` and exit code 1,
and draws the same pictures whatever the user has set. A command calls start() before it imports
modules that may not be installed."""
import argparse
import contextlib
import logging
import os
import re
import signal
import sys
import traceback
import warnings
from pathlib import Path

from dtrain import failure
from dtrain.failure import Failure

INTERRUPTED = 128 + signal.SIGINT


def module_of(trace):
    """The module that a command was about to import when it failed; None if it was not."""
    folders = Path(__file__).resolve().parent, Path(sys.argv[0]).resolve().parent
    frames = [frame for frame in traceback.extract_tb(trace)
              if Path(frame.filename).resolve().is_relative_to(folders[0])
              or Path(frame.filename).resolve().is_relative_to(folders[1])]
    found = re.match(r"(?:import|from)\s+(\w+)", frames[-1].line) if frames else None
    return found and found[1]


def report(kind, error, trace):
    """Takes the place of Python's traceback for errors that a user can cause."""
    module = None if isinstance(error, (Failure, KeyboardInterrupt)) else module_of(trace)
    line = failure.describe_import(error, module) if module else failure.describe(error)
    if line is None:
        return sys.__excepthook__(kind, error, trace)
    with contextlib.suppress(OSError):
        print(end="", flush=True)
    failure.tell(line)
    # An ordinary exit would try again to write to a full disk, and print a traceback.
    os._exit(INTERRUPTED if kind is KeyboardInterrupt else 1)


def stop(number, _):
    """Ends the command so that it removes its temporary files on the way."""
    # A second signal must not cut that short.
    signal.signal(number, signal.SIG_IGN)
    sys.exit(128 + number)


def start():
    """Makes this process a command. Its name is `dtrain NAME` if dtrain has started it, which says
    so by Python's option -X, and otherwise that of its file."""
    # getattr: Pythons other than CPython may lack it.
    name = getattr(sys, "_xoptions", {}).get("dtrain")
    failure.speaker = f"dtrain {name}" if name else Path(sys.argv[0]).name
    sys.excepthook = report
    # Warnings are for programmers; PYTHONWARNINGS could make errors of them.
    warnings.simplefilter("ignore")
    # A closed pipe ends a command silently, as it ends other programs.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    for number in (signal.SIGTERM, signal.SIGHUP):
        # What was ignored when the command began stays ignored, as by nohup.
        if signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, stop)
    if sys.stdout:
        # Paths may hold bytes that are not UTF-8. With PYTHONUNBUFFERED print() would write at once,
        # and not write(), which names what fails.
        sys.stdout.reconfigure(errors="surrogateescape", write_through=False)


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
    return argparse.ArgumentParser(prog=failure.speaker, description=description,
                                   formatter_class=argparse.RawDescriptionHelpFormatter)


@contextlib.contextmanager
def without_settings():
    """A time in which matplotlib finds no file of settings: none in this folder, and an empty one
    elsewhere. One that it cannot read would end the command."""
    os.environ["MATPLOTLIBRC"] = os.devnull
    os.environ["MPLBACKEND"] = "Agg"
    here = os.open(".", os.O_PATH)
    os.chdir("/")
    try:
        yield
    finally:
        os.fchdir(here)
        os.close(here)


def load_matplotlib():
    """Loads matplotlib so that it draws into files, with its own defaults, and says nothing. A command
    calls this before it imports what draws."""
    # What it misses (a folder for its cache, letters of a font) is no fault of the user.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    with without_settings():
        # matplotlib needs NumPy, and would be blamed for its faults.
        import numpy
        del numpy
        import matplotlib
        import matplotlib.pyplot
    # Equal runs give equal files: no random names.
    matplotlib.rcParams["svg.hashsalt"] = "dtrain"
