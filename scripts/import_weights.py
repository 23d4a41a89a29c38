#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes a file for dtrain --weights from NumPy's or PyTorch's.

IN holds W1 (D, H), b1 (H), W2, b2 and so on, or the state_dict of two or more torch.nn.Linear
layers, whose weights are (H, D) and so on. The order of layers follows from their numbers, as in
0.weight and 2.weight, or from their shapes; otherwise say it by --layers. IN's name says the format:
npz, safetensors, or pt, pth, ckpt or bin. Only tensors are read: no code that a file may hold is run.
"""
import pickle
import re
import warnings
import zipfile
from pathlib import Path

from dtrain.command import parser, run, start

start()
import h5py
import numpy as np

from dtrain import outputs
from dtrain.failure import Failure, check_plain
from dtrain.run import parse
from dtrain.weights import (ACTIVATIONS, DEFAULT_ACTIVATION, DEFAULT_LOSS, LAYERS_MAX, LAYERS_MIN, LOSSES,
                            array_names, make_network, named_arrays)

# The types of safetensors; BF16 is the upper half of a float32, which NumPy does not know.
SAFETENSORS_KINDS = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2"}
# How files of other kinds begin that may be given by mistake.
KINDS = {b"PK\x03\x04": "a zip archive of other files", b"\x89HDF": "HDF5, which --weights may read itself",
         b"\x93NUMPY": "a single array of NumPy: put all into one file by np.savez",
         b"\x80": "a pickle, as PyTorch wrote it before 2020: save it again with a newer PyTorch",
         b"\x89PNG": "a PNG picture", b"\xff\xd8\xff": "a JPEG picture", b"GIF8": "a GIF picture",
         b"\x1f\x8b": "packed by gzip: unpack it", b"%PDF": "a PDF document",
         b"MATLAB": "MATLAB's: save the arrays by np.savez", b"\x00\x00\x08": "IDX, as of MNIST: see dtrain import",
         b"\x08": "ONNX: save the state_dict() of the network", b"": "of a kind unknown here"}
NAMES_SHOWN = 8


def kind_of(path):
    """What a file is, judged by its beginning, if it is not what its name says."""
    start = outputs.head(path)
    if not start:
        return "empty"
    if start.startswith(b"PK\x03\x04") and zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as file:
            names = file.namelist()
        if any(name.endswith("/data.pkl") for name in names):
            return "PyTorch's: name it .pt"
        if names and all(name.endswith(".npy") for name in names):
            return "NumPy's: name it .npz"
    if re.fullmatch(rb"[\t\n\r -~\x80-\xff]+", start) and not start.startswith(b"\xff\xd8"):
        return "text, such as CSV: save the arrays by np.savez"
    return next(kind for beginning, kind in KINDS.items() if start.startswith(beginning))


def shown(tensors):
    """The names and shapes of tensors, for a message."""
    words = [f"{name} {np.shape(value)}" for name, value in list(tensors.items())[:NAMES_SHOWN]]
    if len(tensors) > NAMES_SHOWN:
        words.append(f"and {len(tensors) - NAMES_SHOWN} more")
    return ", ".join(words) or "nothing"


def read_npz(path):
    """np.load gives the bytes of members that are not arrays."""
    tensors = {}
    with np.load(path, allow_pickle=False) as file:
        for name in file.files:
            try:
                tensors[name] = file[name]
            except ValueError as error:
                if "allow_pickle" not in str(error):
                    raise
                raise Failure(f"{path}: {name} holds objects of Python, no numbers; they are not read") from None
    return tensors, {name: str(tensors.pop(name)) for name in ("activation", "loss") if name in tensors}


def read_safetensors(path):
    """A length, a JSON header and the tensors' bytes."""
    data = path.read_bytes()
    begin = 8 + int.from_bytes(data[:8], "little")
    header = parse(data[8:begin].decode())
    metadata, tensors = header.pop("__metadata__", {}), {}
    for name, tensor in header.items():
        kind, shape = tensor["dtype"], tensor["shape"]
        first, last = (begin + offset for offset in tensor["data_offsets"])
        if kind not in SAFETENSORS_KINDS:
            raise Failure(f"{path}: {name} {tuple(shape)} is of type {kind}; save it as one of "
                          f"{', '.join(SAFETENSORS_KINDS)}")
        numbers = np.frombuffer(data[first:last], SAFETENSORS_KINDS[kind])
        if kind == "BF16":
            numbers = (numbers.astype("<u4") << 16).view("<f4")
        tensors[name] = numbers.reshape(shape)
    return tensors, metadata


def refuse_script(*_, **__):
    raise Failure("is a program (TorchScript); save the state_dict() of the network alone")


def check_tensors(found, path):
    """Raises Failure if what torch.load found is not a dictionary of tensors; a checkpoint of a
    trainer holds one under some key."""
    import torch

    if not isinstance(found, dict):
        raise Failure(f"{path}: holds a {type(found).__name__}; save the state_dict() of the network alone")
    for name, value in found.items():
        if isinstance(value, dict) and any(isinstance(inner, torch.Tensor) for inner in value.values()):
            raise Failure(f"{path}: is the checkpoint of a trainer; its network is under the key {name!r}: "
                          f"torch.save(torch.load({path.name!r})[{name!r}], 'network.pt')")
    for name, value in found.items():
        if not isinstance(value, torch.Tensor):
            raise Failure(f"{path}: {name} is no tensor but {type(value).__name__}; save the state_dict() "
                          "of the network alone")
        if value.layout != torch.strided:
            raise Failure(f"{path}: {name} is a sparse tensor; save its to_dense()")


def as_array(tensor):
    # NumPy has no bfloat16.
    return (tensor.double() if tensor.is_floating_point() else tensor).detach().numpy()


def read_torch(path):
    import torch

    # Before version 2.6, torch.load runs TorchScript archives whatever weights_only says.
    torch.jit.load = refuse_script
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tensors = torch.load(path, map_location="cpu", weights_only=True)
    check_tensors(tensors, path)
    return {str(name): as_array(tensor) for name, tensor in tensors.items()}, {}


def is_zip_of(ending):
    """A kind of files: zip archives that hold a file with this ending, or are cut off."""
    def is_kind(path):
        if not zipfile.is_zipfile(path):
            return outputs.head(path).startswith(b"PK\x03\x04")
        with zipfile.ZipFile(path) as file:
            return any(name.endswith(ending) for name in file.namelist())
    return is_kind


def is_safetensors(path):
    """The header is longer than its first byte, and JSON."""
    start = outputs.head(path)
    return start[8:9] == b"{" or 0 < len(start) < 8


# By suffix: the function that reads a file, and whether it is of that kind. PyTorch's files from before
# 2020, which are not zip archives, are refused, so that there is only one way into the unpickler to guard.
READERS = {".npz": (read_npz, is_zip_of(".npy")), ".safetensors": (read_safetensors, is_safetensors),
           **dict.fromkeys((".pt", ".pth", ".ckpt", ".bin"), (read_torch, is_zip_of(".pkl")))}


def read(path):
    """The tensors of a file as {name: array}, and what it says about the network, such as {"activation": name}."""
    reader, is_kind = READERS[path.suffix]
    check_plain(path)
    if not is_kind(path):
        raise Failure(f"{path}: is no {path.suffix[1:]} file but {kind_of(path)}")
    try:
        return reader(path)
    except Failure as error:
        raise Failure(str(error) if str(error).startswith(str(path)) else f"{path}: {error}") from None
    except (ImportError, MemoryError):
        raise
    except pickle.UnpicklingError:
        # PyTorch's own text advises the user to run code from the file.
        raise Failure(f"{path}: holds more than tensors; save the state_dict() of the network alone") from None
    # Damaged files make the libraries raise exceptions of any kind.
    except Exception as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise Failure(f"{path}: is damaged: {reason}") from None


def linear_layers(tensors, path):
    """{"NAME": (W, b)} of a state_dict that holds nothing else; W is transposed to (inputs, outputs)."""
    layers, others = {}, dict(tensors)
    for name in tensors:
        prefix, weight, bias = name.removesuffix("weight"), name, name.removesuffix("weight") + "bias"
        if name.endswith("weight") and bias in tensors and np.ndim(tensors[weight]) == 2:
            layers[prefix.rstrip(".") or "(no name)"] = others.pop(weight).T, others.pop(bias)
    if len(layers) < LAYERS_MIN:
        raise Failure(f"{path}: holds neither W1, b1, W2, b2, ... nor two or more linear layers, but "
                      f"{shown(tensors)}")
    if others:
        raise Failure(f"{path}: holds more than linear layers, each NAME.weight of two dimensions and "
                      f"NAME.bias: {shown(others)}")
    return layers


def by_number(names):
    """The names in the order of their numbers, where they differ in nothing else, or None: 2.weight
    comes before 10.weight."""
    numbers = {name: [int(part) for part in re.findall(r"\d+", name)] for name in names}
    differ = len(set(map(tuple, numbers.values()))) == len(names)
    alike = len({re.sub(r"\d+", "0", name) for name in names}) == 1
    return sorted(names, key=numbers.get) if differ and alike else None


def by_shape(layers):
    """The orders in which each layer takes what the one before it gives, but not more than two."""
    found = []
    if len({W.shape for W, _ in layers.values()}) < len(layers):
        # Layers of the same shape can change places.
        return [list(layers)] * 2

    def extend(order):
        if len(order) == len(layers):
            found.append(order)
        for name, (W, _) in layers.items():
            fits = not order or layers[order[-1]][0].shape[1] == W.shape[0]
            if fits and name not in order and len(found) < 2:
                extend([*order, name])

    extend([])
    return found


def order_of(layers, path):
    """The names of the layers from the inputs on; Failure if the order cannot be told."""
    numbered = by_number(list(layers))
    if numbered or len(layers) > LAYERS_MAX:
        return numbered or list(layers)
    orders = by_shape(layers)
    if len(orders) == 1:
        return orders[0]
    why = "could be more than one" if orders else "fits in none"
    raise Failure(f"{path}: the names of its layers have no numbers, and by their shapes (inputs, outputs) the order "
                  f"{why}: {shown({name: W for name, (W, _) in layers.items()})}; name all of them from the "
                  "inputs on, as --layers NAME,NAME")


def find_arrays(tensors, chosen, path):
    """{"W1": W, "b1": b, "W2": ...}, by those names or those of linear layers, and the layers' names in
    the order taken. `chosen` is that of --layers, or None."""
    names = array_names(tensors)
    if all(name in tensors for name in names):
        others = {name: value for name, value in tensors.items() if name not in names}
        if others:
            raise Failure(f"{path}: holds more than {', '.join(names)}: {shown(others)}")
        if chosen:
            raise Failure(f"{path}: holds {', '.join(names)}, whose order is known; leave out --layers")
        return {name: tensors[name] for name in names}, []
    layers = linear_layers(tensors, path)
    if chosen and sorted(chosen) != sorted(layers):
        raise Failure(f"{path}: --layers must name each of its layers once: {', '.join(layers)}")
    order = chosen or order_of(layers, path)
    return named_arrays(layers[name] for name in order), order


def as_network(tensors, activation, loss, chosen, path):
    """The Network, and the names of its layers in the order taken."""
    arrays, order = find_arrays({name: np.asarray(value) for name, value in tensors.items()}, chosen, path)
    for name, values in arrays.items():
        if values.dtype.kind not in "fiu":
            raise Failure(f"{path}: {name} is no array of numbers, but of {values.dtype}")
    return make_network({name: values.astype(np.float64) for name, values in arrays.items()},
                        activation, loss, path), order


def choose(name, option, told, default, path):
    """From the option, or from the file if it says something; they must not contradict each other."""
    said = told.get(name)
    if option and said and option != said:
        raise Failure(f"{path}: its {name} is '{said}', and --{name} says {option}; leave the option out")
    return option or (default if said is None else str(said))


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
    arguments.add_argument("--loss", choices=LOSSES, help="squares: the network predicts numbers; by default "
                           f"what IN says or, where it says nothing, {DEFAULT_LOSS}")
    arguments.add_argument("--layers", metavar="NAME,...", type=lambda text: text.split(","),
                           help="the layers of a state_dict from the inputs on, such as fc1,fc2")
    arguments.add_argument("--force", action="store_true", help="replace any file at OUT.h5")
    given = arguments.parse_args()
    if given.source.suffix not in READERS:
        found = f"; this file is {kind_of(given.source)}" if given.source.is_file() else ""
        arguments.error(f"{given.source}: the name must end in one of {', '.join(READERS)}{found}")
    tensors, told = read(given.source)
    activation = choose("activation", given.activation, told, DEFAULT_ACTIVATION, given.source)
    loss = choose("loss", given.loss, told, DEFAULT_LOSS, given.source)
    network, order = as_network(tensors, activation, loss, given.layers, given.source)
    with outputs.replacing(given.out, is_weights_file, [given.source], given.force) as path:
        with h5py.File(path, "w") as file:
            for name, values in named_arrays(network.layers).items():
                file[name] = values
            for name, text in network.attributes.items():
                # A string of fixed length: dtrain reads no others.
                file.attrs[name] = np.bytes_(text)
    taken = f"\nlayers, from the inputs on: {', '.join(order)}" if order else ""
    print(f"{given.out}: {network}{taken}")


if __name__ == "__main__":
    run(main)
