# SPDX-License-Identifier: MIT
"""Python of layers.sh.

    layers.py networks      compares the runs sigmoid, tanh and relu, and what the commands say of them, with
                            NumPy; and writes their weights to NAME.h5 as another program would, and the
                            numbers of the last with each activation to NAME-by-name.h5
    layers.py plain         a checkpoint of a run by default has the attributes of version 0.1.0, and the norm
"""
import json
import sys

import h5py

from formulas import check_predictions, probabilities, read_arrays, read_lines, read_split, scores
from user_block import xxh3

NAMES = "sigmoid", "tanh", "relu"
SHAPES = {"W1": (6, 5), "b1": (5,), "W2": (5, 4), "b2": (4,), "W3": (4, 3), "b3": (3,)}
PLAIN = ("classes model hidden batch-size learning-rate seed init-std weights gradient step sampling "
         "eval-every arithmetic iteration fingerprint gradient_norm")


def shapes(arrays):
    return {key: array.shape for key, array in arrays.items()}


def check_files(name, checkpoint):
    with h5py.File(checkpoint) as file:
        assert file.attrs["hidden"] == b"5,4" and file.attrs["init-std"] == b"he"
        expected = None if name == "sigmoid" else name.encode()
        assert file.attrs.get("activation") == file["parameters"].attrs.get("activation") == expected
    with h5py.File(f"{name}-gradients.h5") as file:
        for method in "numerical", "literal", "backprop":
            assert shapes(file[method]) == SHAPES


def write_weights(path, arrays, activation):
    """As another program would; None: without the name of an activation."""
    with h5py.File(path, "w") as file:
        for tensor, values in arrays.items():
            file[tensor] = values
        if activation:
            # h5py's texts are of variable length.
            file.attrs["activation"] = activation


def digest(arrays, activation):
    """That of a network, as data/README.md describes it."""
    lines = [] if activation == "sigmoid" else [f"activation {activation}\n".encode()]
    for name, values in sorted(arrays.items(), key=lambda item: (item[0][1:], item[0])):
        lines += [f"{name} {' '.join(map(str, values.shape))}\n".encode(), values.astype("<f8").tobytes()]
    return xxh3(b"".join(lines)).decode()


def networks():
    x, t = read_split("data.h5", "test")
    for name in NAMES:
        checkpoint = f"{name}/checkpoints/iteration-0000150.h5"
        check_files(name, checkpoint)
        arrays = read_arrays(checkpoint)
        assert shapes(arrays) == SHAPES
        y = probabilities(arrays, x, name)
        loss, accuracy = scores(y, t)
        with open(f"{name}.json") as file:
            got = json.load(file)
        assert got["accuracy"] == accuracy and abs(got["loss"] - loss) < 1e-12, got
        check_predictions(f"{name}.jsonl", y)
        write_weights(f"{name}.h5", arrays, name if name != "sigmoid" else None)
        with open(f"{name}.digest") as file:
            assert file.readline() == f"parameters {digest(arrays, name)}\n"
    for name in NAMES:
        write_weights(f"{name}-by-name.h5", arrays, name)
    losses = [read_lines(f"{name}/metrics.jsonl")[-1]["train_loss"] for name in NAMES]
    assert len(set(losses)) == 3, losses


def plain():
    with h5py.File("plain/checkpoints/iteration-0000001.h5") as file:
        assert set(file.attrs) == set(PLAIN.split()), set(file.attrs) ^ set(PLAIN.split())
        assert file.attrs["hidden"] == b"50" and file.attrs["init-std"] == b"0.01"
        assert not file["parameters"].attrs and list(file["parameters"]) == ["W1", "W2", "b1", "b2"]


globals()[sys.argv[1]]()
