#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes a network's weights for other programs.

SOURCE is a run directory, whose newest intact checkpoint is taken, a checkpoint, or another HDF5
file with weights. OUT's name says the format: npz and safetensors hold W1 (D, H), b1, W2, b2 and so
on, and their names where the activation is not sigmoid, or the loss not softmax: arrays of one
string, "activation" and "loss", in npz, metadata in safetensors. onnx holds a graph from "inputs"
(N, D), pixels as v / 255, to "probabilities" (N, K) or, for the loss squares, "targets" (N, M). All
in float64. ONNX needs the package onnx (Debian: python3-onnx).
"""
import json
import re
import zipfile
from pathlib import Path

from dtrain.command import parser, run, start

start()
import numpy as np

from dtrain import outputs
from dtrain.weights import array_names, named_arrays, read_network

ONNX_OPERATORS = {"sigmoid": "Sigmoid", "tanh": "Tanh", "relu": "Relu"}


def write_npz(network, path):
    np.savez(path, **named_arrays(network.layers), **network.attributes)


def is_npz(path):
    try:
        with zipfile.ZipFile(path) as file:
            names = [name.removesuffix(".npy") for name in file.namelist()]
            return [name for name in names if name not in ("activation", "loss")] == array_names(names)
    except zipfile.BadZipFile:
        return False


def write_safetensors(network, path):
    """The format is a length, a JSON header and the tensors' bytes, little-endian."""
    arrays = named_arrays(network.layers)
    header, offset = {"__metadata__": {"format": "np", **network.attributes}}, 0
    for name, values in arrays.items():
        end = offset + values.nbytes
        header[name] = {"dtype": "F64", "shape": list(values.shape), "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(len(text).to_bytes(8, "little") + text
                     + b"".join(values.astype("<f8").tobytes() for values in arrays.values()))


def is_safetensors(path):
    return re.match(rb'{"__metadata__": {"format": "np"(, "(activation|loss)": "\w+")*}, "W1": {"dtype": "F64"',
                    outputs.head(path)[8:]) is not None


def onnx_nodes(network):
    """The operations from "inputs" to "probabilities" or "targets". Their results are x_W1, a1, z, z_W2 and a2;
    with more layers x_W1, a1, z1, z1_W2, a2, z2 and so on."""
    from onnx.helper import make_node

    last, below, prefix = len(network.layers), "inputs", "x"
    for n in range(1, last + 1):
        yield make_node("MatMul", [below, f"W{n}"], [f"{prefix}_W{n}"])
        result = "targets" if n == last and network.predicts_numbers else f"a{n}"
        yield make_node("Add", [f"{prefix}_W{n}", f"b{n}"], [result])
        if n < last:
            below = prefix = "z" if last == 2 else f"z{n}"
            yield make_node(ONNX_OPERATORS[network.activation], [f"a{n}"], [below])
    if not network.predicts_numbers:
        yield make_node("Softmax", [f"a{last}"], ["probabilities"], axis=1)


def write_onnx(network, path):
    from onnx import TensorProto, checker, helper, numpy_helper, save

    inputs, *_, count = network.widths
    result = "targets" if network.predicts_numbers else "probabilities"
    graph = helper.make_graph(
        list(onnx_nodes(network)), "dtrain",
        [helper.make_tensor_value_info("inputs", TensorProto.DOUBLE, ["N", inputs])],
        [helper.make_tensor_value_info(result, TensorProto.DOUBLE, ["N", count])],
        [numpy_helper.from_array(values, name) for name, values in named_arrays(network.layers).items()])
    model = helper.make_model(graph, producer_name="dtrain",
                              opset_imports=[helper.make_opsetid("", 13)])
    checker.check_model(model)
    save(model, str(path))


def is_onnx(path):
    """The file begins with the version of ONNX, one byte, and the producer's name."""
    return outputs.head(path)[2:].startswith(b"\x12\x06dtrain")


FORMATS = {".npz": (write_npz, is_npz), ".safetensors": (write_safetensors, is_safetensors),
           ".onnx": (write_onnx, is_onnx)}


def main():
    arguments = parser(__doc__)
    arguments.add_argument("source", metavar="SOURCE", help="RUN, or FILE.h5[:/GROUP]")
    arguments.add_argument("out", metavar="OUT", type=Path, help=", ".join(f"*{f}" for f in FORMATS))
    arguments.add_argument("--force", action="store_true", help="replace any file at OUT")
    given = arguments.parse_args()
    if given.out.suffix not in FORMATS:
        arguments.error(f"{given.out}: the name must end in one of {', '.join(FORMATS)}")
    write, is_own = FORMATS[given.out.suffix]
    source, network = read_network(given.source)
    with outputs.replacing(given.out, is_own, [source], given.force) as path:
        write(network, path)
    print(given.out)


if __name__ == "__main__":
    run(main)
