# SPDX-License-Identifier: MIT
"""dtrain in Python. `from dtrain import Run` reads a run and needs nothing but Python itself; `from dtrain
import DtrainClassifier, DtrainRegressor` needs scikit-learn and h5py. The other modules need NumPy, h5py or
matplotlib. Importing them changes nothing in the program that does."""
from dtrain.failure import Failure
from dtrain.run import Run

__all__ = ["Failure", "Run"]


def __getattr__(name):
    # Only a program that asks for an estimator needs scikit-learn.
    if name not in ("DtrainClassifier", "DtrainRegressor"):
        raise AttributeError(f"module 'dtrain' has no attribute '{name}'")
    from dtrain import estimators
    return getattr(estimators, name)
