#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Writes a network's weights for other programs.

    export.py RUN|WEIGHTS.h5 OUT.npz|OUT.safetensors|OUT.onnx

Of a run, those of its newest checkpoint. npz and safetensors hold W1 (D, H), b1, W2 (H, K), b2;
ONNX a graph from "inputs" (N, D), pixels as v / 255, to "probabilities" (N, K). All in float64.
ONNX needs the package onnx (Debian: python3-onnx).
"""
import json
import sys
from pathlib import Path

import h5py
import numpy as np

NAMES = ("W1", "b1", "W2", "b2")


def read(source):
    path = Path(source)
    if path.is_dir():
        checkpoints = sorted(path.glob("checkpoints/iteration-*.h5"))
        if not checkpoints:
            sys.exit(f"{source}: has no checkpoint")
        path = checkpoints[-1]
    with h5py.File(path, "r") as file:
        group = file["parameters"] if "parameters" in file else file
        if not all(name in group for name in NAMES):
            sys.exit(f"{path}: holds no W1, b1, W2, b2")
        return {name: group[name][:].astype(np.float64) for name in NAMES}


def write_npz(weights, path):
    np.savez(path, **weights)


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


def write_onnx(weights, path):
    try:
        from onnx import TensorProto, checker, helper, numpy_helper, save
    except ImportError:
        sys.exit("export.py: ONNX needs the package onnx (apt install python3-onnx)")
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


WRITERS = {".npz": write_npz, ".safetensors": write_safetensors, ".onnx": write_onnx}


def main():
    if len(sys.argv) != 3 or Path(sys.argv[2]).suffix not in WRITERS:
        sys.exit(__doc__)
    path = Path(sys.argv[2])
    WRITERS[path.suffix](read(sys.argv[1]), path)
    print(path)


if __name__ == "__main__":
    main()
