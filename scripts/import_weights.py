#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Makes a file for dtrain --weights from NumPy's or PyTorch's.

IN holds W1 (D, H), b1 (H), W2, b2 and so on, or the state_dict of two or more torch.nn.Linear layers
in their order, whose weights are (H, D) and so on. Its name says the format: npz, safetensors, pt or
pth. Only tensors are read: no code that a file may hold is run.
"""
import pickle
import re
import warnings
from pathlib import Path

from failure import Failure, parser, run
import outputs

import h5py
import numpy as np

from runs import parse
from weights import (ACTIVATIONS, DEFAULT_ACTIVATION, LAYERS_MIN, array_names, make_network,
                     named_arrays)

SAFETENSORS_KINDS = {"F64": "<f8", "F32": "<f4", "F16": "<f2"}


def read_npz(path):
    with np.load(path, allow_pickle=False) as file:
        tensors = dict(file)
    return tensors, str(tensors.pop("activation", DEFAULT_ACTIVATION))


def sorted_by_number(names):
    """The safetensors library sorts names by their letters, 10.weight before 2.weight. Here those
    are sorted by their numbers; names in another order stay as they are."""
    def parts(name):
        return [int(part) if part.isdecimal() else part for part in re.split(r"(\d+)", name)]

    return sorted(names, key=parts) if names == sorted(names) else names


def read_safetensors(path):
    """A length, a JSON header and the tensors' bytes."""
    data = path.read_bytes()
    begin = 8 + int.from_bytes(data[:8], "little")
    header = parse(data[8:begin].decode())
    metadata, tensors = header.pop("__metadata__", {}), {}
    for name in sorted_by_number(list(header)):
        first, last = (begin + offset for offset in header[name]["data_offsets"])
        numbers = np.frombuffer(data[first:last], SAFETENSORS_KINDS[header[name]["dtype"]])
        tensors[name] = numbers.reshape(header[name]["shape"])
    return tensors, str(metadata.get("activation", DEFAULT_ACTIVATION))


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
    return {str(name): as_array(name, tensor) for name, tensor in tensors.items()}, DEFAULT_ACTIVATION


# By suffix: the function that reads a file, and how the file begins. PyTorch's files from before
# 2020, which are not zip archives, are refused, so that there is only one way into the unpickler to guard.
READERS = {".npz": (read_npz, b"PK\x03\x04"), ".pt": (read_torch, b"PK\x03\x04"),
           ".pth": (read_torch, b"PK\x03\x04"), ".safetensors": (read_safetensors, b"")}


def read(path):
    """The tensors of a file as {name: array}, and the name of its activation."""
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


def find_arrays(tensors, path):
    """{"W1": W, "b1": b, "W2": ...}, by those names or by those of linear layers, in their order."""
    names = array_names(tensors)
    if all(name in tensors for name in names):
        return {name: tensors[name] for name in names}
    weights = [value.T for name, value in tensors.items() if name.endswith("weight")]
    biases = [value for name, value in tensors.items() if name.endswith("bias")]
    if len(weights) != len(biases) or len(weights) < LAYERS_MIN:
        found = ", ".join(map(str, tensors)) or "nothing"
        raise Failure(f"{path}: holds neither W1, b1, W2, b2, ... nor two or more linear layers, but {found}")
    return named_arrays(zip(weights, biases))


def as_network(tensors, activation, path):
    arrays = find_arrays({name: np.asarray(value) for name, value in tensors.items()}, path)
    for name, values in arrays.items():
        if values.dtype.kind not in "fiu":
            raise Failure(f"{path}: {name} is no array of numbers")
    return make_network({name: values.astype(np.float64) for name, values in arrays.items()},
                        activation, path)


def is_weights_file(path):
    try:
        with h5py.File(path, "r") as file:
            return set(file) == set(array_names(file))
    except OSError:
        return False


def main():
    arguments = parser(__doc__)
    arguments.add_argument("source", metavar="IN", type=Path, help=", ".join(f"*{s}" for s in READERS))
    arguments.add_argument("out", metavar="OUT.h5", type=Path)
    arguments.add_argument("--activation", choices=ACTIVATIONS, help="of the hidden units; by default "
                           f"what IN says or, where it says nothing, {DEFAULT_ACTIVATION}")
    arguments.add_argument("--force", action="store_true", help="replace any file at OUT.h5")
    given = arguments.parse_args()
    if given.source.suffix not in READERS:
        arguments.error(f"{given.source}: the name must end in one of {', '.join(READERS)}")
    tensors, activation = read(given.source)
    network = as_network(tensors, given.activation or activation, given.source)
    with outputs.replacing(given.out, is_weights_file, [given.source], given.force) as path:
        with h5py.File(path, "w") as file:
            for name, values in named_arrays(network.layers).items():
                file[name] = values
            for name, text in network.attributes.items():
                # A string of fixed length: dtrain reads no others.
                file.attrs[name] = np.bytes_(text)
    print(f"{given.out}: {network}")


if __name__ == "__main__":
    run(main)
