# SPDX-License-Identifier: MIT
"""Python of interchange_layers.sh: networks in files as dtrain, the scripts and other programs write them.

    interchange_layers.py networks          writes NETWORKS as HDF5 files
    interchange_layers.py exported KINDS    what export.py and import_weights.py made of them
    interchange_layers.py linear            writes state_dicts of PyTorch
    interchange_layers.py imported          what import_weights.py made of these
    interchange_layers.py torch             saves models of PyTorch, NAME.pt, and their outputs, NAME.npy
    interchange_layers.py torch_imported NAME...    imported, these models have the same outputs
    interchange_layers.py refused           writes files that hold no such network
"""
import json
import sys

import h5py
import numpy as np

from formulas import OPERATIONS, graph_outputs, probabilities, read_arrays, read_safetensors
from make_weights import draw


def drawn(*widths):
    return draw(widths, seed=len(widths))


x = np.random.default_rng(0).normal(size=(50, 7))
two, three, sixteen = drawn(7, 6, 4), drawn(7, 6, 5, 4), drawn(7, *[5] * 15, 4)
NETWORKS = {"sigmoid_3": (three, "sigmoid"), "tanh_2": (two, "tanh"), "tanh_3": (three, "tanh"),
            "relu_3": (three, "relu"), "relu_16": (sixteen, "relu")}


def write(path, arrays, group="/", **attributes):
    with h5py.File(path, "w") as file:
        for name, values in arrays.items():
            file.require_group(group)[name] = values
        file[group].attrs.update(attributes)


def write_safetensors(path, arrays, metadata, kind="F64"):
    header, data = {"__metadata__": metadata}, b""
    for name, values in arrays.items():
        header[name] = {"dtype": kind, "shape": values.shape, "data_offsets": [len(data), len(data) + values.nbytes]}
        data += values.tobytes()
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text + data)


def check_same(found, expected):
    assert list(found) == list(expected)
    for name in expected:
        assert found[name].dtype == np.float64 and np.array_equal(found[name], expected[name]), name


def check_file(path, expected, attributes):
    """An HDF5 file of import_weights.py. dtrain reads strings of fixed length."""
    with h5py.File(path) as file:
        check_same({name: file[name][:] for name in expected}, expected)
        assert set(file) == set(expected) and dict(file.attrs) == attributes, dict(file.attrs)


def networks():
    for name, (arrays, activation) in NETWORKS.items():
        write(f"{name}.h5", arrays, **({} if activation == "sigmoid" else {"activation": np.bytes_(activation)}))
    # A group as in a checkpoint; and what other programs may write: another kind of string, and the default.
    write("group.h5", three, "/parameters", activation="tanh")
    write("named.h5", three, activation="sigmoid")


def exported(kinds):
    for name, (expected, activation) in NETWORKS.items():
        named = {} if activation == "sigmoid" else {"activation": activation}
        npz = dict(np.load(f"{name}.npz"))
        assert {key: str(npz.pop(key)) for key in ["activation"] if key in npz} == named
        check_same(npz, expected)
        tensors, metadata = read_safetensors(f"{name}.safetensors")
        assert metadata == {"format": "np"} | named, metadata
        check_same(tensors, expected)
        if "onnx" in kinds:
            check_outputs(name, graph_outputs(f"{name}.onnx", x))
        for kind in ("npz", "safetensors"):
            check_file(f"{name}.{kind}.h5", expected, {key: text.encode() for key, text in named.items()})
        check_forward(name)


def check_outputs(name, found):
    assert np.abs(found - probabilities(NETWORKS[name][0], x, NETWORKS[name][1])).max() < 1e-14, name


def check_forward(name):
    """The report's forward pass."""
    from dtrain import weights

    expected, activation = NETWORKS[name]
    network = weights.read_network(f"{name}.h5")[1]
    check_outputs(name, network.forward(x))
    *hidden, last = network.activations(x)
    check_outputs(name, last)
    assert len(hidden) == len(expected) // 2 - 1
    z = x
    for n, found in enumerate(hidden, 1):
        z = OPERATIONS[activation.capitalize()](z @ expected[f"W{n}"] + expected[f"b{n}"])
        assert np.abs(found - z).max() < 1e-14 * max(1, np.abs(z).max()), (name, n)


def state_dict(arrays, **words):
    """The arrays as PyTorch has them: the layer WORD=N has W{N} and b{N}."""
    return {f"{word}.{kind}": np.ascontiguousarray(arrays[f"{letter}{n}"].T)
            for word, n in words.items() for kind, letter in (("weight", "W"), ("bias", "b"))}


def linear():
    state = state_dict(sixteen, **{str(2 * n): n + 1 for n in range(16)})
    np.savez("state.npz", **state)
    write_safetensors("state.safetensors", {name: state[name] for name in sorted(state)}, {"format": "pt"})
    # Names without numbers tell no order: neither that of their letters nor that of the file.
    write_safetensors("words.safetensors", state_dict(sixteen, input=1, hidden=2, again=3, output=16), {"format": "pt"})
    write_safetensors("shapes.safetensors", state_dict(three, body=2, head=3, stem=1), {"format": "pt"})
    for path, shapes in (("ring.npz", {"up": (5, 4), "down": (4, 5)}), ("apart.npz", {"one": (5, 4), "two": (3, 2)})):
        np.savez(path, **{f"{word}.{kind}": values for word, shape in shapes.items()
                          for kind, values in (("weight", np.ones(shape)), ("bias", np.ones(shape[0])))})
    # bfloat16 is the upper half of a float32.
    halves = {name: (values.astype("<f4").view("<u4") >> 16).astype("<u2") for name, values in three.items()}
    write_safetensors("short.safetensors", halves, {"format": "pt"}, "BF16")


def imported():
    for kind in ("npz", "safetensors"):
        check_file(f"state.{kind}.h5", sixteen, {"activation": b"relu"})
    for order, numbers in (("hidden,again", (1, 2, 3, 16)), ("again,hidden", (1, 3, 2, 16))):
        found = read_arrays(f"{order}.h5", "/")
        for n, number in enumerate(numbers, 1):
            for letter in "Wb":
                assert np.array_equal(found[f"{letter}{n}"], sixteen[f"{letter}{number}"]), (order, letter, n)
    shapes, short = read_arrays("shapes.h5", "/"), read_arrays("short.h5", "/")
    check_same({name: shapes[name] for name in three}, three)
    for name, values in three.items():
        assert short[name].dtype == np.float64 and np.abs(short[name] / values - 1).max() < 2**-7


def torch():
    import torch

    widths = (7, 6, *[5] * 6, 4)
    for name, kind in (("sigmoid", torch.nn.Sigmoid), ("tanh", torch.nn.Tanh), ("relu", torch.nn.ReLU)):
        layers = [layer for below, above in zip(widths, widths[1:]) for layer in (torch.nn.Linear(below, above), kind())]
        model = torch.nn.Sequential(*layers[:-1]).double()
        torch.save(model.state_dict(), f"{name}.pt")
        with torch.no_grad():
            np.save(f"{name}.npy", torch.softmax(model(torch.tensor(x)), 1).numpy())


def torch_imported(*activations):
    from dtrain import weights

    for activation in activations:
        network = weights.read_network(f"{activation}.h5")[1]
        assert network.activation == activation
        assert np.abs(network.forward(x) - np.load(f"{activation}.npy")).max() < 1e-14


def write_both(name, drop=(), attributes={}, **changed):
    """The network `three`, changed, as HDF5 and npz file."""
    found = {key: values for key, values in {**three, **changed}.items() if key not in drop}
    write(f"{name}.h5", found, **attributes)
    np.savez(f"{name}.npz", **found, **attributes)


def refused_networks():
    write_both("unknown", attributes={"activation": "gelu"})
    write_both("number", attributes={"activation": 3.0})
    write_both("list", attributes={"activation": ["tanh", "relu"]})
    # A string of variable length lies in HDF5's heap, which is damaged here.
    write("heap.h5", three, activation="tanh")
    with open("heap.h5", "r+b") as file:
        data = file.read()
        file.seek(0)
        file.write(data.replace(b"GCOL", b"XCOL"))
    write_both("no_bias", drop=("b3",))
    write_both("gap", drop=("W2", "b2"))
    write_both("one_layer", drop=("W2", "b2", "W3", "b3"))
    write_both("shapes", W3=np.ones((6, 4)))
    write_both("bias", b2=np.ones(4))
    write_both("cube", W2=np.ones((6, 5, 1)))
    write_both("nan", W3=three["W3"] * np.nan)
    write_both("empty", W3=np.ones((5, 0)), b3=np.ones(0))
    write_safetensors("unknown.safetensors", three, {"format": "np", "activation": "gelu"})
    write_safetensors("list.safetensors", three, {"format": "np", "activation": ["tanh"]})


def refused_layers():
    many = {f"{kind}{n}": np.ones((2,) * dimensions) for n in range(1, 18) for kind, dimensions in (("W", 2), ("b", 1))}
    write("many.h5", many)
    np.savez("many.npz", **many)
    np.savez("many_linear.npz", **state_dict(many, **{str(n - 1): n for n in range(1, 18)}))
    np.savez("norm.npz", **{f"{n}.{kind}": np.ones((2,) * (n != 1 and kind == "weight") + (2,))
                            for n in range(3) for kind in ("weight", "bias")})
    np.savez("scaled.npz", **three, gamma1=np.ones(6))
    np.savez("one_linear.npz", **{"0.weight": np.ones((2, 2)), "0.bias": np.ones(2)})
    np.savez("no_bias_linear.npz", **{"0.weight": np.ones((2, 2)), "0.bias": np.ones(2), "2.weight": np.ones((2, 2))})


def refused():
    refused_networks()
    refused_layers()
    # Of other programs: not to be replaced.
    np.savez("foreign.npz", **three, scale=1.0)
    write_safetensors("foreign.safetensors", three, {"format": "np", "author": "somebody"})
    write("foreign.h5", {**three, "scale": np.ones(1)})


globals()[sys.argv[1]](*sys.argv[2:])
