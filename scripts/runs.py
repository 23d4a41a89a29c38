# SPDX-License-Identifier: MIT
"""Reads run directories: what plot.py and report.py share."""
import json
import sys
from pathlib import Path

try:
    import h5py
    import matplotlib
    import numpy as np
except ImportError as error:
    sys.exit(f"{error.name} is not installed (Debian: python3-h5py, python3-matplotlib)")
matplotlib.use("Agg")


class Run:
    """A run directory's record, metrics and timing."""

    def __init__(self, folder):
        self.folder = Path(folder)
        try:
            self.record = json.loads((self.folder / "run.json").read_text())
            lines = self._lines("metrics.jsonl")
            self.timing = self._lines("timing.jsonl")
        except OSError as error:
            sys.exit(f"{error.filename}: {error.strerror}: {folder} is no run directory")
        self.losses = [line for line in lines if "loss" in line]
        self.evaluations = [line for line in lines if "train_accuracy" in line]
        if not self.evaluations:
            sys.exit(f"{folder}: has no evaluation yet")

    def _lines(self, name):
        """A run at work may be in the middle of its last line."""
        text = (self.folder / name).read_text()
        return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]

    @property
    def name(self):
        return str(self.folder)

    def option(self, name):
        return self.record["options"][name]["value"]

    def smoothed_losses(self):
        """Iterations, and the losses' mean over the last hundredth of the run (at least 10)."""
        iterations = np.array([line["iteration"] for line in self.losses])
        losses = np.array([line["loss"] for line in self.losses])
        width = min(max(10, len(losses) // 100), max(1, len(losses)))
        if len(losses) == 0:
            return iterations, losses
        sums = np.cumsum(np.insert(losses, 0, 0.0))
        return iterations[width - 1:], (sums[width:] - sums[:-width]) / width

    def checkpoints(self):
        return sorted((self.folder / "checkpoints").glob("iteration-*.h5"))

    def weights(self):
        """W1, b1, W2, b2 of the newest checkpoint."""
        if not self.checkpoints():
            sys.exit(f"{self.folder}: has no checkpoint")
        with h5py.File(self.checkpoints()[-1], "r") as file:
            return [file["parameters"][name][:] for name in ("W1", "b1", "W2", "b2")]

    def test_set(self):
        """The dataset's test images as stored, as (N, D) numbers, and their labels."""
        path = self.record["dataset"]["path"]
        if not Path(path).exists():
            sys.exit(f"{path}: the run's dataset is not there any more")
        with h5py.File(path, "r") as file:
            images, labels = file["test/images"][:], file["test/labels"][:].astype(int)
        values = images.reshape(len(images), -1)
        if values.dtype == np.uint8:
            values = values / np.float32(255)
        return images, values.astype(float), labels


def predict(weights, inputs):
    """Probabilities (N, K)."""
    W1, b1, W2, b2 = weights
    a2 = 1 / (1 + np.exp(-(inputs @ W1 + b1))) @ W2 + b2
    y = np.exp(a2 - a2.max(axis=1, keepdims=True))
    return y / y.sum(axis=1, keepdims=True)
