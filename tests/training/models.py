# SPDX-License-Identifier: MIT
"""Compares the gradient of hostile_model.c that gradcheck wrote in models.sh with the derivative."""
import h5py
import numpy as np

with h5py.File("data.h5") as data, h5py.File("gradients.h5") as gradients:
    x, t = data["train/images"][:8].astype(float), data["train/labels"][:8]
    exact = -(np.sign(t - 0.5 * x.sum(axis=1))[:, None] * x).mean(axis=0)
    assert list(gradients) == ["literal"] and np.abs(gradients["literal/theta"][:] - exact).max() < 1e-9
