# SPDX-License-Identifier: MIT
"""Runs of dtrain in Python: `from dtrain import Run`, which needs nothing but Python itself. The other
modules need NumPy, h5py or matplotlib. Importing them changes nothing in the program that does."""
from dtrain.failure import Failure
from dtrain.run import Run

__all__ = ["Failure", "Run"]
