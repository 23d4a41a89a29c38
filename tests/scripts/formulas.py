# SPDX-License-Identifier: MIT
"""The book's formulas, and the operations of ONNX graphs, in NumPy."""
import numpy as np


def softmax(a):
    e = np.exp(a - a.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


OPERATIONS = {"MatMul": np.matmul, "Add": np.add, "Softmax": softmax, "Sigmoid": lambda a: 1 / (1 + np.exp(-a)),
              "Tanh": np.tanh, "Relu": lambda a: a * (a > 0)}


def probabilities(arrays, x, activation="sigmoid"):
    """Of inputs x (N, D), by W1, b1, W2, b2, ...."""
    layers = sum(name.startswith("W") for name in arrays)
    for n in range(1, layers + 1):
        a = x @ arrays[f"W{n}"] + arrays[f"b{n}"]
        x = OPERATIONS[activation.capitalize()](a)
    return softmax(a)


def graph_outputs(path, x):
    """The "probabilities" of an ONNX file. There is no ONNX runtime here: NumPy computes its nodes."""
    import onnx
    from onnx.numpy_helper import to_array

    graph = onnx.load(path).graph
    values = {tensor.name: to_array(tensor) for tensor in graph.initializer}
    values["inputs"] = x
    for node in graph.node:
        values[node.output[0]] = OPERATIONS[node.op_type](*(values[name] for name in node.input))
    return values["probabilities"]


def read_safetensors(path):
    """The arrays, and the metadata."""
    import json

    with open(path, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        assert file.tell() % 8 == 0
        data = file.read()
    metadata = header.pop("__metadata__")
    return {name: np.frombuffer(data[slice(*tensor["data_offsets"])]).reshape(tensor["shape"])
            for name, tensor in header.items()}, metadata
