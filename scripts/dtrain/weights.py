# SPDX-License-Identifier: MIT
"""Reads a network's weights from a run directory, a checkpoint or another HDF5 file."""
import re
from dataclasses import dataclass

import numpy as np

from dtrain import program
from dtrain.failure import Failure, check_plain, describe, tell
from dtrain.hdf5 import find_array, open_file, read_rows, read_text
from dtrain.run import checkpoints, split_group

LAYERS_MIN, LAYERS_MAX = 2, 16
# How a checkpoint begins, before its HDF5 part.
MARK = b"dtrain checkpoint "


def sigmoid(a):
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-a))


ACTIVATIONS = {"sigmoid": sigmoid, "tanh": np.tanh, "relu": lambda a: np.maximum(a, 0)}
# A loss, and what it makes of the outputs: probabilities, or numbers as they are.
def softmax(a):
    y = np.exp(a - a.max(axis=1, keepdims=True))
    return y / y.sum(axis=1, keepdims=True)


LOSSES = {"softmax": softmax, "squares": lambda a: a}
# Those of a network whose file names none.
DEFAULT_ACTIVATION, DEFAULT_LOSS = "sigmoid", "softmax"


def named_arrays(layers):
    """Pairs of W and b as {"W1": W, "b1": b, "W2": ...}."""
    return {f"{kind}{n}": values for n, layer in enumerate(layers, 1)
            for kind, values in zip("Wb", layer)}


@dataclass
class Network:
    """`layers` is a list of pairs, W (inputs, outputs) and b (outputs), all float64."""
    layers: list
    activation: str
    loss: str = DEFAULT_LOSS

    @property
    def predicts_numbers(self):
        return self.loss == "squares"

    @property
    def attributes(self):
        """What a file says about the network beside its arrays, as {name: text}."""
        told = {"activation": self.activation, "loss": self.loss}
        return {name: text for name, text in told.items() if text not in (DEFAULT_ACTIVATION, DEFAULT_LOSS)}

    @property
    def widths(self):
        """From the inputs D to the outputs K."""
        return [len(self.layers[0][0]), *(len(b) for _, b in self.layers)]

    def __str__(self):
        return ", ".join(["-".join(map(str, self.widths)), *self.attributes.values()])

    def activations(self, inputs):
        """For inputs (N, D): those of each hidden layer (N, H), one after the other, and finally
        the probabilities or numbers (N, K)."""
        z = inputs
        for W, b in self.layers[:-1]:
            z = ACTIVATIONS[self.activation](z @ W + b)
            yield z
        W, b = self.layers[-1]
        yield LOSSES[self.loss](z @ W + b)

    def forward(self, inputs):
        """The probabilities or numbers (N, K) of inputs (N, D)."""
        for z in self.activations(inputs):
            pass
        return z


def check_bytes(path, must_be_checkpoint):
    """Raises Failure where a checkpoint's bytes are not those that were written."""
    check_plain(path)
    with open(path, "rb") as file:
        is_checkpoint = file.read(len(MARK)) == MARK
    if is_checkpoint:
        program.check_checkpoint(path)
    elif must_be_checkpoint:
        raise Failure(f"{path}: is no checkpoint, or a damaged one")


def array_names(names):
    """W1, b1, W2, b2, ... up to the last layer that has an array among `names`: two layers at
    least, and at most one more than a network may have."""
    numbers = [int(name[1:]) for name in names if re.fullmatch(r"[Wb][1-9][0-9]*", name)]
    layers = min(max([LAYERS_MIN, *numbers]), LAYERS_MAX + 1)
    return [f"{kind}{n}" for n in range(1, layers + 1) for kind in "Wb"]


def check_numbers(arrays, source):
    for name, values in arrays.items():
        if values.size == 0 or not np.isfinite(values).all():
            raise Failure(f"{source}: {name} is empty or holds a number that is not finite")


def make_network(arrays, activation, loss, source):
    """The Network of {"W1": W, "b1": b, "W2": ...}, in this order; Failure where it would be none."""
    check_numbers(arrays, source)
    values = list(arrays.values())
    layers = list(zip(values[::2], values[1::2]))
    if len(layers) > LAYERS_MAX:
        raise Failure(f"{source}: has more than {LAYERS_MAX} layers")
    below = layers[0][0].shape[:1]
    for W, b in layers:
        if W.ndim != 2 or W.shape != below + b.shape:
            raise Failure(f"{source}: the shapes do not fit: " + ", ".join(
                f"{name} {array.shape}" for name, array in arrays.items()))
        below = b.shape
    if activation not in ACTIVATIONS:
        raise Failure(f"{source}: the activation '{activation}' is none of {', '.join(ACTIVATIONS)}")
    if loss not in LOSSES:
        raise Failure(f"{source}: the loss '{loss}' is none of {', '.join(LOSSES)}")
    return Network(layers, activation, loss)


def read_group(group, source):
    """The Network in a group, or a model's theta (P)."""
    def read_array(name):
        return read_rows(find_array(group, name)).astype(np.float64)

    if "theta" in group:
        theta = read_array("theta")
        check_numbers({"theta": theta}, source)
        return theta
    arrays = {name: read_array(name) for name in array_names(group)}
    return make_network(arrays, read_text(group, "activation", DEFAULT_ACTIVATION),
                        read_text(group, "loss", DEFAULT_LOSS), source)


def read_file(path, group_name=None, must_be_checkpoint=False):
    """As read_unchecked(); Failure where the file is a damaged checkpoint."""
    check_bytes(path, must_be_checkpoint)
    return read_unchecked(path, group_name)


def read_unchecked(path, group_name=None):
    """The Network, or a model's theta, of one file; by default that in /parameters, or at the root
    where there is no such group."""
    with open_file(path) as file:
        name = group_name or ("/parameters" if "parameters" in file else "/")
        group = file.get(name)
        if not hasattr(group, "keys"):
            raise Failure(f"{path}: has no group {name}")
        return read_group(group, path)


def read_newest(folder, group_name=None):
    """The newest intact checkpoint of a run, and its weights; says which ones it skips."""
    found = checkpoints(folder)
    for path in found:
        try:
            return path, read_file(path, group_name, must_be_checkpoint=True)
        except (Failure, OSError) as error:
            tell(f"{describe(error)}; skipped")
    what = "none of its checkpoints is intact" if found else "has no checkpoint"
    raise Failure(f"{folder}: {what}")


def read(source):
    """The file, and the Network or a model's theta, of a run directory (its newest intact
    checkpoint) or FILE[:/GROUP]."""
    path, group_name = split_group(source)
    if path.is_dir():
        return read_newest(path, group_name)
    return path, read_file(path, group_name)


def read_network(source):
    """As read(), for networks only: a model's parameters are refused."""
    path, network = read(source)
    if not isinstance(network, Network):
        raise Failure(f"{path}: holds the parameters of a model, not of a network")
    return path, network
