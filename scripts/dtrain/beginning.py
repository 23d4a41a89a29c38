# SPDX-License-Identifier: MIT
"""The weights that a run began with: those with which dtrain begins a run of the same options."""
import numpy as np

from dtrain import program
from dtrain.failure import Failure
from dtrain.run import has_norms
from dtrain.weights import named_arrays, read_unchecked

# Sums of squares in another order differ by less.
NORM_TOLERANCE = 1e-9


def check_norms(network, run, source):
    """Raises Failure if the norms on record differ. Older runs have none on record."""
    first = run.evaluations[0]
    if first["iteration"] > 0 or not has_norms(first):
        return
    for name, values in named_arrays(network.layers).items():
        norm = np.linalg.norm(values)
        if abs(norm - first["weight_norms"].get(name, np.inf)) > NORM_TOLERANCE * norm:
            raise Failure(f"{source}: {name} is not the one that the run began with")


def first_network(run, network):
    """The Network that the run began with, and in words where it is from. `network` is a later one
    of the same run. Failure or OSError if the weights are no longer available."""
    given = run.option("weights")
    with program.first_checkpoint(run.folder, run.record["dataset"]["path"]) as path:
        first = read_unchecked(path)
    source = given or f"seed {run.option('seed')}"
    if (first.widths, first.attributes) != (network.widths, network.attributes):
        raise Failure(f"{source}: is another network than that of the run")
    check_norms(first, run, source)
    return first, f"read from {given}" if given else "drawn from its seed"
