#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Counts what the number of processes changes in a training, and prints a table.

dtrain and PyTorch's DistributedDataParallel (gloo, one thread a process) train the default run on
several numbers of processes: from dtrain's initial weights, on the same rows in the same order. A cell
has the number of test images that are predicted differently from the training on the first number
of processes, the number of weights whose bits differ, and the largest difference of a weight.
"""
import functools
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

# OpenBLAS reads this when it is loaded: one thread a process.
os.environ["OPENBLAS_NUM_THREADS"] = "1"
# The package dtrain is above this folder.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from dtrain.command import parser, run, start

start()
import numpy as np

from dtrain import weights
from dtrain.failure import Failure
from measurements import DATA, NEVER, SCRIPTS
from peers import in_processes, join, load, make_net


def dtrain(program, ranks, *arguments):
    """What dtrain prints."""
    process = subprocess.run([SCRIPTS / "launch.sh", "mpirun", "-np", str(ranks), program, *arguments],
                             text=True, stdout=subprocess.PIPE)
    if process.returncode:
        raise Failure(f"{program}: ends with exit code {process.returncode} on {ranks} ranks")
    return process.stdout


class Training(NamedTuple):
    start: dict   # the initial weights
    rows: object  # (iterations, batch)
    learning_rate: float


def train_dtrain(program, training, ranks):
    """The predictions of the test set, and the weights {name: values}."""
    with tempfile.TemporaryDirectory() as folder:
        dtrain(program, ranks, "--quiet", f"--data={DATA}", f"--run-dir={folder}/run",
               f"--iterations={len(training.rows)}", f"--learning-rate={training.learning_rate}",
               f"--eval-every={NEVER}", f"--checkpoint-every={NEVER}")
        checkpoint, network = weights.read_network(Path(folder, "run"))
        lines = dtrain(program, 1, "predict", checkpoint, f"--images={DATA}", "--json").splitlines()
        return np.array([json.loads(line)["class"] for line in lines]), weights.named_arrays(network.layers)


def work_torch(rank, store, file, training, dtype, processes):
    """The training by one of the processes; the first one writes the result to the file."""
    import torch

    torch.set_num_threads(1)
    x, t = map(torch.from_numpy, load(DATA, dtype))
    net = make_net(training.start["b1"].size, x.dtype)
    with torch.no_grad():
        for parameter, values in zip(net.parameters(), training.start.values()):
            parameter.copy_(torch.from_numpy(values.T))
    replica = join(net, rank, processes, store)
    optimizer = torch.optim.SGD(net.parameters(), lr=training.learning_rate)
    loss_of = torch.nn.CrossEntropyLoss()
    for own in np.array_split(training.rows, processes, axis=1)[rank]:
        optimizer.zero_grad(set_to_none=True)
        # The mean over processes whose shares differ in size is not that over the batch.
        share = len(own) * processes / training.rows.shape[1]
        (loss_of(replica(x[own]), t[own]) * share).backward()
        optimizer.step()
    if rank == 0:
        images = torch.from_numpy(load(DATA, dtype, "test")[0])
        trained = {name: values.detach().numpy() for name, values in zip(training.start, net.parameters())}
        np.savez(file, predictions=net(images).argmax(axis=1), **trained)


def train_torch(dtype, training, processes):
    """As train_dtrain()."""
    with tempfile.TemporaryDirectory() as folder:
        in_processes(processes, work_torch, f"{folder}/run.npz", training, dtype, processes)
        trained = dict(np.load(f"{folder}/run.npz"))
        return trained.pop("predictions"), trained


def compare(first, second):
    """A cell of the table."""
    predictions = np.count_nonzero(first[0] != second[0])
    pairs = [(values.ravel(), second[1][name].ravel()) for name, values in first[1].items()]
    bits = sum(np.count_nonzero(a.view(f"u{a.itemsize}") != b.view(f"u{b.itemsize}")) for a, b in pairs)
    largest = max(np.abs(a - b).max() for a, b in pairs)
    return f"{predictions:,} | {bits:,} | {largest:.0e}"


def prepare(given):
    """The training of dtrain's seed 0."""
    start = train_dtrain(given.dtrain, Training({}, [], given.learning_rate), 1)[1]
    rows = dtrain(given.dtrain, 1, "batches", f"--iterations={given.iterations}").split()
    return Training(start, np.array(rows, dtype=np.int64).reshape(given.iterations, -1), given.learning_rate)


def main():
    arguments = parser(__doc__)
    arguments.add_argument("--dtrain", type=Path, metavar="PROGRAM", required=True)
    arguments.add_argument("--iterations", type=int, default=10000, metavar="N")
    arguments.add_argument("--learning-rate", type=float, default=0.1, metavar="X")
    arguments.add_argument("--processes", type=int, nargs="+", default=[1, 2, 3, 4, 8], metavar="N",
                           help="a number may come twice")
    given = arguments.parse_args()
    training = prepare(given)
    programs = {"dtrain": functools.partial(train_dtrain, given.dtrain),
                **{f"PyTorch DDP, {dtype.__name__}": functools.partial(train_torch, dtype)
                   for dtype in (np.float32, np.float64)}}
    print("| | processes | other predictions | other weights | largest difference | accuracy |\n"
          "|---|---|---|---|---|---|")
    labels = load(DATA, np.float32, "test")[1]
    for name, train in programs.items():
        results = [train(training, processes) for processes in given.processes]
        for processes, result in zip(given.processes, results):
            print(f"| {name} | {processes} | {compare(results[0], result)} | {np.mean(result[0] == labels):.4f} |",
                  flush=True)


if __name__ == "__main__":
    run(main)
