# SPDX-License-Identifier: MIT
"""matplotlib as the scripts need it, whatever the user has set: it draws into files, with its own
defaults, and says nothing. Scripts import this module in place of matplotlib."""
import contextlib
import logging
import os

__all__ = ["plt"]


@contextlib.contextmanager
def without_settings():
    """A time in which matplotlib finds no file of settings: none in this folder, and an empty one
    elsewhere. One that it cannot read would end the script."""
    os.environ["MATPLOTLIBRC"] = os.devnull
    os.environ["MPLBACKEND"] = "Agg"
    here = os.open(".", os.O_PATH)
    os.chdir("/")
    try:
        yield
    finally:
        os.fchdir(here)
        os.close(here)


# What it misses (a folder for its cache, letters of a font) is no fault of the user.
logging.getLogger("matplotlib").setLevel(logging.ERROR)
with without_settings():
    import matplotlib
    import matplotlib.pyplot as plt
# Equal runs give equal files: no random names.
matplotlib.rcParams["svg.hashsalt"] = "dtrain"
