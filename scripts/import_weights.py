#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Makes a file for dtrain --weights from NumPy's or PyTorch's.

    import_weights.py IN.npz|IN.safetensors|IN.pt OUT.h5

Takes W1 (D, H), b1 (H), W2 (H, K), b2 (K); or the state_dict of two torch.nn.Linear layers, whose
weights are (H, D) and (K, H).
"""
import json
import sys
from pathlib import Path

import h5py
import numpy as np

NAMES = ("W1", "b1", "W2", "b2")


def read_npz(path):
    with np.load(path) as file:
        return dict(file)


def read_safetensors(path):
    data = path.read_bytes()
    begin = 8 + int.from_bytes(data[:8], "little")
    kinds = {"F64": "<f8", "F32": "<f4"}
    return {name: np.frombuffer(data[begin + t["data_offsets"][0]:begin + t["data_offsets"][1]],
                                kinds[t["dtype"]]).reshape(t["shape"])
            for name, t in json.loads(data[8:begin]).items() if name != "__metadata__"}


def read_torch(path):
    import torch

    return {name: tensor.numpy() for name, tensor in torch.load(path, map_location="cpu").items()}


def as_layers(tensors, path):
    """W1, b1, W2, b2, by those names or by those of two linear layers, in their order."""
    if all(name in tensors for name in NAMES):
        return [tensors[name] for name in NAMES]
    weights = [value for name, value in tensors.items() if name.endswith("weight")]
    biases = [value for name, value in tensors.items() if name.endswith("bias")]
    if len(weights) != 2 or len(biases) != 2:
        sys.exit(f"{path}: holds neither W1, b1, W2, b2 nor two linear layers, but {list(tensors)}")
    return [weights[0].T, biases[0], weights[1].T, biases[1]]


def main():
    readers = {".npz": read_npz, ".safetensors": read_safetensors, ".pt": read_torch,
               ".pth": read_torch}
    if len(sys.argv) != 3 or Path(sys.argv[1]).suffix not in readers:
        sys.exit(__doc__)
    path = Path(sys.argv[1])
    W1, b1, W2, b2 = as_layers(readers[path.suffix](path), path)
    if W1.ndim != 2 or W2.ndim != 2 or (W1.shape[1:], W2.shape[:1], W2.shape[1:]) != (
            b1.shape, b1.shape, b2.shape):
        sys.exit(f"{path}: the shapes do not fit: {W1.shape}, {b1.shape}, {W2.shape}, {b2.shape}")
    with h5py.File(sys.argv[2], "w") as file:
        for name, values in zip(NAMES, (W1, b1, W2, b2)):
            file[name] = np.asarray(values, np.float64)
    print(f"{sys.argv[2]}: {W1.shape[0]}-{W1.shape[1]}-{W2.shape[1]}")


if __name__ == "__main__":
    main()
