#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Makes a file for dtrain --weights from NumPy's or PyTorch's.

IN holds W1 (D, H), b1 (H), W2 (H, K), b2 (K), or the state_dict of two torch.nn.Linear layers, whose
weights are (H, D) and (K, H). Its name says the format: npz, safetensors, pt or pth. Only tensors are
read: no code that a file may hold is run.
"""
import pickle
import warnings
from pathlib import Path

from failure import Failure, parser, run
import outputs

import h5py
import numpy as np

from runs import parse
from weights import NAMES, check_shapes

SAFETENSORS_KINDS = {"F64": "<f8", "F32": "<f4", "F16": "<f2"}


def read_npz(path):
    with np.load(path, allow_pickle=False) as file:
        return dict(file)


def read_safetensors(path):
    """A length, a JSON header and the tensors' bytes."""
    data = path.read_bytes()
    begin = 8 + int.from_bytes(data[:8], "little")
    header = parse(data[8:begin].decode())
    header.pop("__metadata__", None)
    return {name: np.frombuffer(data[begin + tensor["data_offsets"][0]:begin + tensor["data_offsets"][1]],
                                SAFETENSORS_KINDS[tensor["dtype"]]).reshape(tensor["shape"])
            for name, tensor in header.items()}


def refuse_script(*_, **__):
    raise ValueError("it holds a program (TorchScript)")


def as_array(name, tensor):
    import torch

    if not isinstance(tensor, torch.Tensor):
        raise ValueError(f"{name} is no tensor")
    # NumPy has no bfloat16.
    return (tensor.double() if tensor.is_floating_point() else tensor).detach().numpy()


def read_torch(path):
    import torch

    # Before version 2.6, torch.load runs TorchScript archives whatever weights_only says.
    torch.jit.load = refuse_script
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tensors = torch.load(path, map_location="cpu", weights_only=True)
    if not isinstance(tensors, dict):
        raise ValueError(f"it is a {type(tensors).__name__}")
    return {str(name): as_array(name, tensor) for name, tensor in tensors.items()}


# By suffix: the function that reads a file, and how the file begins. PyTorch's files from before
# 2020, which are not zip archives, are refused, so that there is only one way into the unpickler to guard.
READERS = {".npz": (read_npz, b"PK\x03\x04"), ".pt": (read_torch, b"PK\x03\x04"),
           ".pth": (read_torch, b"PK\x03\x04"), ".safetensors": (read_safetensors, b"")}


def read(path):
    """The tensors of a file as {name: array}."""
    reader, beginning = READERS[path.suffix]
    if not outputs.head(path).startswith(beginning):
        raise Failure(f"{path}: is no {path.suffix[1:]} file (a zip archive)")
    try:
        return reader(path)
    except (ImportError, MemoryError):
        raise
    except pickle.UnpicklingError:
        # PyTorch's own text advises the user to run code from the file.
        reason = "save the state_dict of the network alone"
    # Damaged and foreign files make the libraries raise exceptions of any kind.
    except Exception as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
    raise Failure(f"{path}: is damaged, or holds more than tensors: {reason}")


def as_network(tensors, path):
    """W1, b1, W2, b2, by those names or by those of two linear layers, in their order."""
    tensors = {name: np.asarray(value) for name, value in tensors.items()}
    if not all(name in tensors for name in NAMES):
        weights = [value.T for name, value in tensors.items() if name.endswith("weight")]
        biases = [value for name, value in tensors.items() if name.endswith("bias")]
        if len(weights) != 2 or len(biases) != 2:
            names = ", ".join(map(str, tensors)) or "nothing"
            raise Failure(f"{path}: holds neither W1, b1, W2, b2 nor two linear layers, but {names}")
        tensors = dict(zip(NAMES, (weights[0], biases[0], weights[1], biases[1])))
    for name in NAMES:
        if tensors[name].dtype.kind not in "fiu":
            raise Failure(f"{path}: {name} is no array of numbers")
    network = {name: tensors[name].astype(np.float64) for name in NAMES}
    check_shapes(network, path)
    return network


def is_weights_file(path):
    try:
        with h5py.File(path, "r") as file:
            return set(file) == set(NAMES)
    except OSError:
        return False


def main():
    arguments = parser(__doc__)
    arguments.add_argument("source", metavar="IN", type=Path, help=", ".join(f"*{s}" for s in READERS))
    arguments.add_argument("out", metavar="OUT.h5", type=Path)
    arguments.add_argument("--force", action="store_true", help="replace any file at OUT.h5")
    given = arguments.parse_args()
    if given.source.suffix not in READERS:
        arguments.error(f"{given.source}: the name must end in one of {', '.join(READERS)}")
    network = as_network(read(given.source), given.source)
    with outputs.replacing(given.out, is_weights_file, [given.source], given.force) as path:
        with h5py.File(path, "w") as file:
            for name, values in network.items():
                file[name] = values
    print(f"{given.out}: {network['W1'].shape[0]}-{network['W1'].shape[1]}-{network['W2'].shape[1]}")


if __name__ == "__main__":
    run(main)
