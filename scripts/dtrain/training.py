# SPDX-License-Identifier: MIT
"""Trains a network on arrays of NumPy, by the program dtrain. All files are in a temporary folder, of which
nothing stays."""
import tempfile
from dataclasses import dataclass
from pathlib import Path

import h5py

from dtrain import program
from dtrain.failure import Failure
from dtrain.run import Run, best_checkpoint, checkpoints
from dtrain.weights import Network, read_unchecked


@dataclass
class Training:
    """What is left of a run: its network, the loss of each iteration's batch, and its evaluations, as lines of
    metrics.jsonl."""
    network: Network
    losses: list
    evaluations: list


def write_dataset(path, arrays):
    with h5py.File(path, "w") as file:
        for name, values in arrays.items():
            file[f"train/{name}"] = values


def read_training(folder):
    """The weights are those that did best on the validation rows or, if there are none, the last."""
    run = Run(folder)
    path = best_checkpoint(folder) if run.validation_rows else checkpoints(folder)[0]
    network = read_unchecked(path)
    if not isinstance(network, Network):
        raise Failure(f"{run.option('model')}: is a model, and no network")
    return Training(network, [line["loss"] for line in run.losses], run.evaluations)


def train(arrays, options, ranks):
    """Trains on {"images": (N, D), "labels" or "targets": ..., "weights": (N)}, the last of which may be left out,
    with so many ranks. `options` are words of the command line. Failure, in dtrain's words, where it fails."""
    with tempfile.TemporaryDirectory(prefix="dtrain-") as folder:
        data, run = Path(folder) / "rows.h5", Path(folder) / "run"
        write_dataset(data, arrays)
        try:
            program.run("train", *options, "--data", data, "--run-dir", run, "--quiet", ranks=ranks)
            return read_training(run)
        except Failure as error:
            # Whoever calls this knows no files.
            raise type(error)(str(error).replace(f"{folder}/", "")) from None
