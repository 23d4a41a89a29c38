#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Writes a network's weights for other programs.

SOURCE is a run directory, whose newest sound checkpoint is taken, a checkpoint, or another HDF5
file with weights. OUT's name says the format: npz and safetensors hold W1 (D, H), b1, W2 (H, K), b2;
onnx a graph from "inputs" (N, D), pixels as v / 255, to "probabilities" (N, K). All in float64.
ONNX needs the package onnx (Debian: python3-onnx).
"""
import json
import zipfile
from pathlib import Path

from failure import Failure, parser, run
import outputs

import numpy as np

from weights import NAMES, read_network


def write_npz(weights, path):
    np.savez(path, **weights)


def is_npz(path):
    try:
        with zipfile.ZipFile(path) as file:
            return file.namelist() == [f"{name}.npy" for name in NAMES]
    except zipfile.BadZipFile:
        return False


def write_safetensors(weights, path):
    """The format is a length, a JSON header and the tensors' bytes, little-endian."""
    header, offset = {"__metadata__": {"format": "np"}}, 0
    for name, values in weights.items():
        end = offset + values.nbytes
        header[name] = {"dtype": "F64", "shape": list(values.shape), "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(len(text).to_bytes(8, "little") + text
                     + b"".join(values.astype("<f8").tobytes() for values in weights.values()))


def is_safetensors(path):
    return outputs.head(path)[8:].startswith(b'{"__metadata__": {"format": "np"}, "W1": {"dtype": "F64"')


def write_onnx(weights, path):
    from onnx import TensorProto, checker, helper, numpy_helper, save

    inputs, classes = weights["W1"].shape[0], weights["W2"].shape[1]
    nodes = [helper.make_node("MatMul", ["inputs", "W1"], ["x_W1"]),
             helper.make_node("Add", ["x_W1", "b1"], ["a1"]),
             helper.make_node("Sigmoid", ["a1"], ["z"]),
             helper.make_node("MatMul", ["z", "W2"], ["z_W2"]),
             helper.make_node("Add", ["z_W2", "b2"], ["a2"]),
             helper.make_node("Softmax", ["a2"], ["probabilities"], axis=1)]
    graph = helper.make_graph(
        nodes, "dtrain",
        [helper.make_tensor_value_info("inputs", TensorProto.DOUBLE, ["N", inputs])],
        [helper.make_tensor_value_info("probabilities", TensorProto.DOUBLE, ["N", classes])],
        [numpy_helper.from_array(values, name) for name, values in weights.items()])
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
    source, weights = read_network(given.source)
    with outputs.replacing(given.out, is_own, [source], given.force) as path:
        write(weights, path)
    print(given.out)


if __name__ == "__main__":
    run(main)
