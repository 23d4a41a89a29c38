#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The loss, gradient, residuals and Jacobian of a model by `dtrain gradient`, for optimizers of SciPy.

    scipy_client.py     fits the pond of pond.py by L-BFGS-B, on two ranks

It needs NumPy, SciPy and h5py (Debian: python3-scipy, python3-h5py), and dtrain and mpirun in PATH.
"""
import hashlib
import os
import subprocess
import sys

import h5py
from scipy.optimize import minimize


class Simulation:
    """`command` is mpirun, dtrain gradient and its options, as a list. Each point has a file in `folder`, so a script
    that was killed finds all its points again, and dtrain goes on with the last one. If you edit the simulation or its
    data, or change an option that matters to the result, take another folder."""

    def __init__(self, command, folder):
        self.command, self.folder = command, folder
        os.makedirs(folder, exist_ok=True)

    def read(self, theta, name):
        point = ",".join(f"{number:.17g}" for number in theta)
        path = os.path.join(self.folder, hashlib.sha256(point.encode()).hexdigest()[:16] + ".h5")
        if not os.path.exists(path):
            code = subprocess.run([*self.command, f"--at={point}", f"--output={path}"], check=False).returncode
            # The mpirun of a script that was killed may have gone on, and have written the file meanwhile.
            if code != 0 and not os.path.exists(path):
                sys.exit(f"dtrain gradient has ended with exit code {code} at {point}")
        with h5py.File(path) as file:
            return file[name][()]

    def value(self, theta):
        return self.read(theta, "value")

    def gradient(self, theta):
        return self.read(theta, "gradient")

    def residuals(self, theta):
        return self.read(theta, "values").ravel()

    def jacobian(self, theta):
        return self.read(theta, "jacobian").reshape(-1, len(theta))


if __name__ == "__main__":
    model = os.path.join(os.path.dirname(os.path.abspath(__file__)), "pond.py")
    pond = Simulation(["mpirun", "-np", "2", "dtrain", "gradient", "--quiet",
                       "--model-command", f"'{sys.executable}' '{model}'"], "pond_points")
    fit = minimize(pond.value, [1.0, 0.2, 0.1], jac=pond.gradient, method="L-BFGS-B", bounds=[(0, 5), (0, 2), (0, 2)])
    print("theta", *fit.x, "loss", fit.fun)
