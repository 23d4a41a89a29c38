# SPDX-License-Identifier: MIT
"""Python of interchange.sh: what is exported from the run `run`, and files that other programs may write.

    interchange.py exported         out.npz and out.safetensors give the predictions of dtrain
    interchange.py graph            so does out.onnx
    interchange.py torch            so does a model of PyTorch, which is saved to model.pt
    interchange.py torch_files      writes .pt files that hold something else
    interchange.py other_files      writes npz and safetensors files that hold something else, or are cut off
    interchange.py damaged          makes a checkpoint of the run `many` infinite, which is noticed
    interchange.py raw              writes the dataset raw.h5, of which one feature is constant
    interchange.py standardize RAW.h5 OUT.h5    standardize.py, which shows its progress at once
    interchange.py standardized     standard.h5 is raw.h5, standardized
"""
import os
import sys

import h5py
import numpy as np

from formulas import check_predictions, graph_outputs, probabilities, read_arrays, read_safetensors, read_split


def inputs():
    return read_split(os.environ["MNIST_FILE"], "test")[0]


def exported():
    x = inputs()
    tensors, metadata = read_safetensors("out.safetensors")
    for arrays in read_arrays("run/checkpoints/iteration-0000900.h5"), np.load("out.npz"), tensors:
        check_predictions("predictions", probabilities(arrays, x))
    # Files of sigmoid networks name no activation.
    assert np.load("out.npz").files == ["W1", "b1", "W2", "b2"]
    assert metadata == {"format": "np"}


def graph():
    import onnx

    check_predictions("predictions", graph_outputs("out.onnx", inputs()))
    outputs = [node.output[0] for node in onnx.load("out.onnx").graph.node]
    assert outputs == ["x_W1", "a1", "z", "z_W2", "a2", "probabilities"], outputs


def torch():
    import torch

    model = torch.nn.Sequential(torch.nn.Linear(784, 50), torch.nn.Sigmoid(), torch.nn.Linear(50, 10)).double()
    arrays = np.load("out.npz")
    with torch.no_grad():
        for layer, W, b in ((model[0], "W1", "b1"), (model[2], "W2", "b2")):
            layer.weight.copy_(torch.tensor(arrays[W].T))
            layer.bias.copy_(torch.tensor(arrays[b]))
        check_predictions("predictions", torch.softmax(model(torch.tensor(inputs())), 1).numpy())
    torch.save(model.state_dict(), "model.pt")


class Evil:
    """Makes the file `evil` when it is unpickled."""
    def __reduce__(self):
        return open, (os.path.abspath("evil"), "w")


def torch_files():
    import torch

    state = torch.load("model.pt")
    torch.save({**state, "0.weight": Evil()}, "evil.pt")
    torch.save(Evil(), "old.pt", _use_new_zipfile_serialization=False)
    torch.save({**state, "epoch": 3}, "epoch.pt")
    torch.save({"model": state}, "nested.pt")
    torch.save([1, 2], "list.pt")
    torch.save({**state, "0.weight": state["0.weight"].to(torch.complex64)}, "complex.pt")
    torch.save({**state, "0.weight": state["0.weight"].to_sparse()}, "sparse.pt")
    torch.jit.trace(torch.nn.Linear(3, 2), torch.ones(3)).save("script.pt")
    torch.save({name: torch.nn.Parameter(value.bfloat16()) for name, value in state.items()}, "short.pt")


def read_bytes(path):
    with open(path, "rb") as file:
        return file.read()


def write_bytes(path, data):
    with open(path, "wb") as file:
        file.write(data)


def other_files():
    arrays = dict(np.load("out.npz"))
    np.savez("object.npz", **{**arrays, "b1": np.array([print, "x"], object)})
    np.savez("words.npz", **{**arrays, "b1": np.array(["x"] * 50)})
    np.savez("short.npz", **{**arrays, "b1": arrays["b1"][1:]})
    np.savez("nan.npz", **{**arrays, "b1": arrays["b1"] * np.nan})
    np.savez("names.npz", W1=arrays["W1"])
    np.save("array.npy", arrays["W1"])
    data = read_bytes("out.safetensors")
    write_bytes("half.safetensors", data[:len(data) // 2])
    write_bytes("stub.safetensors", data[:5])
    write_bytes("kind.safetensors", data.replace(b'"F64"', b'"I64"', 1))
    write_bytes("half.npz", read_bytes("out.npz")[:90000])


def damaged():
    from dtrain import program, weights

    with h5py.File("many/checkpoints/iteration-10000000.h5", "r+") as file:
        file["parameters/b2"][3] = float("inf")
    # Also without the program, which checks the hash.
    program.find = lambda: None
    assert weights.read("many")[0].name == "iteration-9999999.h5"


def raw():
    x = 50 + 1e3 * np.random.default_rng(2).normal(size=(900, 6))
    x[:, 3] = 0.1  # whose mean is not exactly itself
    t = (x[:, 0] > 50).astype(int)
    with h5py.File("raw.h5", "w") as file:
        file["train/images"], file["test/images"] = x[:600], x[600:]
        file["train/labels"], file["test/labels"] = t[:600], t[600:]


def standardize(*arguments):
    import standardize
    from dtrain import progress

    progress.PROGRESS_AFTER = -1
    sys.argv[1:] = arguments
    standardize.main()


def standardized():
    with h5py.File("standard.h5") as file:
        x = file["train/images"][:]
    assert abs(x.mean(axis=0)).max() < 1e-6 and np.allclose(x.std(axis=0), [1, 1, 1, 0, 1, 1])


globals()[sys.argv[1]](*sys.argv[2:])
