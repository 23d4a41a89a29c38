# SPDX-License-Identifier: MIT
"""The book's formulas, and the operations of ONNX graphs, in NumPy; and what dtrain read and wrote, to
compare with them."""
import json

import h5py
import numpy as np


def softmax(a):
    e = np.exp(a - a.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


OPERATIONS = {"MatMul": np.matmul, "Add": np.add, "Softmax": softmax, "Sigmoid": lambda a: 1 / (1 + np.exp(-a)),
              "Tanh": np.tanh, "Relu": lambda a: a * (a > 0), "Sub": np.subtract, "Mul": np.multiply, "Div": np.divide,
              "IsNaN": np.isnan, "Where": np.where}
# The numbers of types in ONNX.
ONNX_TYPES = {1: np.float32, 2: np.uint8, 11: np.float64}


def probabilities(arrays, x, activation="sigmoid"):
    """Of inputs x (N, D), by W1, b1, W2, b2, ...."""
    layers = sum(name.startswith("W") for name in arrays)
    for n in range(1, layers + 1):
        a = x @ arrays[f"W{n}"] + arrays[f"b{n}"]
        x = OPERATIONS[activation.capitalize()](a)
    return softmax(a)


def scores(y, t):
    """Mean loss and accuracy of probabilities y (N, K) where the labels are t (N)."""
    return -np.log(y[np.arange(len(t)), t] + 1e-7).mean(), np.mean(y.argmax(axis=1) == t)


def check_predictions(path, y):
    """Compares what `dtrain predict --json` printed with probabilities y (N, K)."""
    lines = read_lines(path)
    assert [line["class"] for line in lines] == y.argmax(axis=1).tolist()
    assert np.abs([line["probability"] for line in lines] - y.max(axis=1)).max() < 1e-12


def graph_values(path, x):
    """All results of an ONNX file for inputs of its type. There is no ONNX runtime here: NumPy computes its nodes."""
    import onnx
    from onnx.numpy_helper import to_array

    model = onnx.load(path)
    # This infers the type and the shape of each result.
    onnx.checker.check_model(model, full_check=True)
    graph = model.graph
    assert ONNX_TYPES[graph.input[0].type.tensor_type.elem_type] == x.dtype
    values = {tensor.name: to_array(tensor) for tensor in graph.initializer}
    values["inputs"] = x
    for node in graph.node:
        taken = [values[name] for name in node.input]
        if node.op_type == "Cast":
            made = taken[0].astype(ONNX_TYPES[node.attribute[0].i])
        else:
            made = OPERATIONS[node.op_type](*taken)
        values[node.output[0]] = made
    assert ONNX_TYPES[graph.output[0].type.tensor_type.elem_type] == made.dtype
    return values


def graph_outputs(path, x):
    """The "probabilities" of an ONNX file."""
    return graph_values(path, x)["probabilities"]


def read_lines(path):
    """The objects of a file with one on each line, such as metrics.jsonl."""
    with open(path) as file:
        return [json.loads(line) for line in file]


def read_arrays(path, group="parameters"):
    with h5py.File(path) as file:
        return {name: values[:] for name, values in file[group].items()}


def read_split(path, split):
    """Inputs (N, D), where bytes become numbers from 0 to 1 in single precision first, and labels (N)."""
    with h5py.File(path) as file:
        images, labels = file[f"{split}/images"][:], file[f"{split}/labels"][:].astype(int)
    if images.dtype == np.uint8:
        images = images / np.float32(255)
    return images.reshape(len(images), -1).astype(float), labels


def read_safetensors(path):
    """The arrays, and the metadata."""
    with open(path, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        assert file.tell() % 8 == 0
        data = file.read()
    metadata = header.pop("__metadata__")
    return {name: np.frombuffer(data[slice(*tensor["data_offsets"])]).reshape(tensor["shape"])
            for name, tensor in header.items()}, metadata
