# SPDX-License-Identifier: MIT
"""Compares the runs NAME-DECAY of optimizers.sh with NumPy's and PyTorch's.
    optimizers.py targets            writes targets.h5, which has targets in place of labels, and squares.h5;
                                     datasets with weights; and relu.h5
    optimizers.py softmax|squares    compares
"""
import importlib.util
import json
import shutil
import sys

import h5py
import numpy as np

RATE, EPSILON, NAMES = 0.02, 1e-7, ("W1", "b1", "W2", "b2")
if sys.argv[1] == "targets":
    shutil.copy("start.h5", "squares.h5")
    random = np.random.default_rng(3)
    with h5py.File("squares.h5", "a") as file:
        file.attrs["loss"] = "squares"
    with h5py.File("data.h5") as file, h5py.File("targets.h5", "w") as out:
        for split in ("train", "test"):
            out[f"{split}/images"] = file[f"{split}/images"][:]
            out[f"{split}/targets"] = random.standard_normal((len(file[f"{split}/images"]), 3))
    def weighted(name, weights):
        shutil.copy("data.h5", name)
        with h5py.File(name, "a") as file:
            file["train/weights"] = weights

    weights = random.uniform(0, 3, 200)
    weighted("weighted.h5", weights)
    weights[11] = -1
    weighted("negative.h5", weights)
    weighted("few.h5", weights[:199])
    shutil.copy("start.h5", "relu.h5")
    with h5py.File("relu.h5", "a") as file:
        file.attrs["activation"] = "relu"
    sys.exit()
SQUARES = sys.argv[1] == "squares"
with open("rows") as file:
    batches = [list(map(int, line.split())) for line in file]
with h5py.File("targets.h5" if SQUARES else "data.h5") as file:
    images = file["train/images"][:].astype(float)
    labels = file["train/targets"][:] if SQUARES else file["train/labels"][:].astype(int)
with h5py.File("start.h5") as file:
    start = {name: file[name][:] for name in NAMES}


def loss_and_gradient(p, rows, weights=None):
    """Of the loss -log(y_t + 1e-7), or of half the squared error."""
    x, t, n = images[rows], labels[rows], np.arange(len(rows))
    weight = np.ones(len(rows)) if weights is None else weights[rows]
    z = 1 / (1 + np.exp(-(x @ p["W1"] + p["b1"])))
    a = z @ p["W2"] + p["b2"]
    if SQUARES:
        loss, by_a = ((a - t)**2).sum() / 2 / len(rows), (a - t) / len(rows)
    else:
        y = np.exp(a - a.max(axis=1, keepdims=True))
        y /= y.sum(axis=1, keepdims=True)
        own = y[n, t].copy()
        loss, by_a = -(weight * np.log(own + EPSILON)).mean(), y.copy()
        by_a[n, t] -= 1
        by_a *= (weight * own / (own + EPSILON))[:, None] / len(rows)
    by_a1 = by_a @ p["W2"].T * z * (1 - z)
    return loss, {"W1": x.T @ by_a1, "b1": by_a1.sum(axis=0),
                  "W2": z.T @ by_a, "b2": by_a.sum(axis=0)}


def move(name, g, state, t):
    """What is subtracted, over the learning rate."""
    def kept(key, factor, added):
        state[key] = factor * state.get(key, 0) + added
        return state[key]

    if name == "sgd":
        return g
    if name in ("momentum", "nesterov"):
        v = kept("momentum_buffer", 0.9, g)
        return v if name == "momentum" else g + 0.9 * v
    if name == "adagrad":
        return g / (np.sqrt(kept("sum", 1, g * g)) + 1e-10)
    if name == "rmsprop":
        return g / (np.sqrt(kept("square_avg", 0.99, 0.01 * g * g)) + 1e-8)
    m, v = kept("exp_avg", 0.9, 0.1 * g), kept("exp_avg_sq", 0.999, 0.001 * g * g)
    return m / (1 - 0.9**t) / (np.sqrt(v) / np.sqrt(1 - 0.999**t) + 1e-8)


def rate_at(schedule, t):
    """Of iteration t, from 1 on; None: the same for all."""
    u = t - 1 - 20
    if schedule is None:
        return RATE
    if u < 0:
        return RATE * t / 21
    return RATE * {"constant": 1, "step": 0.1**(u // 50), "linear": 1 - min(u, 50) / 50,
                   "cosine": (1 + np.cos(np.pi * min(u, 50) / 50)) / 2}[schedule]


def numpy_run(name, decay, schedule=None, weights=None):
    """The losses, and the states {parameter: {state vector: values}}."""
    p, states, losses = {key: value.copy() for key, value in start.items()}, {}, []
    for t, rows in enumerate(batches, 1):
        for key, g in loss_and_gradient(p, rows, weights)[1].items():
            g = g + decay * p[key] if key.startswith("W") else g
            p[key] = p[key] - rate_at(schedule, t) * move(name, g, states.setdefault(key, {}), t)
        losses.append(loss_and_gradient(p, rows, weights)[0])
    return losses, states


def torch_run(name, decay, schedule=None):
    import torch

    p = {key: torch.tensor(value, requires_grad=True) for key, value in start.items()}
    groups = [{"params": [p["W1"], p["W2"]], "weight_decay": decay}, {"params": [p["b1"], p["b2"]]}]
    make = {"adagrad": torch.optim.Adagrad, "rmsprop": torch.optim.RMSprop,
            "adam": torch.optim.Adam}.get(name, torch.optim.SGD)
    extra = {"momentum": {"momentum": 0.9}, "nesterov": {"momentum": 0.9, "nesterov": True}}.get(name, {})
    optimizer, losses = make(groups, lr=RATE, **extra), []
    rates = torch_schedule(schedule, optimizer) if schedule else None

    def loss_of(rows):
        x, t = torch.tensor(images[rows]), torch.tensor(labels[rows])
        a = torch.sigmoid(x @ p["W1"] + p["b1"]) @ p["W2"] + p["b2"]
        if SQUARES:
            return torch.nn.functional.mse_loss(a, t, reduction="sum") / 2 / len(rows)
        return -torch.log(torch.softmax(a, 1)[range(len(rows)), t] + EPSILON).mean()

    for rows in batches:
        optimizer.zero_grad()
        loss_of(rows).backward()
        optimizer.step()
        if rates:
            rates.step()
        losses.append(loss_of(rows).item())
    return losses


def torch_schedule(schedule, optimizer):
    from torch.optim import lr_scheduler as s

    main = {"constant": lambda: s.ConstantLR(optimizer, factor=1), "step": lambda: s.StepLR(optimizer, 50),
            "linear": lambda: s.LinearLR(optimizer, 1, 0, 50),
            "cosine": lambda: s.CosineAnnealingLR(optimizer, 50)}[schedule]
    warmup = s.LinearLR(optimizer, 1 / 21, 1, 20)
    return s.SequentialLR(optimizer, [warmup, main()], [20])


def read_losses(run):
    with open(f"{run}/metrics.jsonl") as file:
        return [line["loss"] for line in map(json.loads, file) if "loss" in line]


def check_checkpoint(name, decay, states):
    keys = sorted(states["W1"])
    with h5py.File(f"{PREFIX}{name}-{decay}/checkpoints/iteration-0000150.h5") as file:
        assert file.attrs.get("optimizer") == (None if name == "sgd" else name.encode())
        assert ("weight-decay" in file.attrs) == (decay != "0") and "momentum" not in file.attrs
        assert set(file) == {"parameters", *(["optimizer"] if keys else [])}, set(file)
        assert sorted(file["optimizer"] if keys else []) == keys
        for key in keys:
            flat = np.concatenate([states[tensor][key].ravel() for tensor in NAMES])
            assert file["optimizer"][key].shape == (53,)
            assert np.abs(file["optimizer"][key][:] - flat).max() < 1e-11


PREFIX = "squares-" if SQUARES else ""
has_torch = importlib.util.find_spec("torch")
for name in ("sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam"):
    for decay in ("0", "0.01"):
        losses = read_losses(f"{PREFIX}{name}-{decay}")
        expected, states = numpy_run(name, float(decay))
        off = np.abs(np.subtract(losses, expected)).max()
        assert len(losses) == 150 and off < 1e-11, (name, decay, off)
        if has_torch:
            off = np.abs(np.subtract(losses, torch_run(name, float(decay)))).max()
            assert off < 1e-9, ("PyTorch", name, decay, off)
        check_checkpoint(name, decay, states)
for schedule in () if SQUARES else ("constant", "step", "cosine", "linear"):
    losses = read_losses(f"rate-{schedule}")
    off = np.abs(np.subtract(losses, numpy_run("momentum", 0, schedule)[0])).max()
    assert len(losses) == 150 and off < 1e-11, (schedule, off)
    # Beyond its horizon, dtrain's cosine stays where it is; PyTorch's rises again.
    if has_torch:
        off = np.abs(np.subtract(losses, torch_run("momentum", 0, schedule)))[:70 if schedule == "cosine" else None]
        assert off.max() < 1e-9, ("PyTorch", schedule, off.max())
if not SQUARES:
    with h5py.File("weighted.h5") as file:
        of_rows = file["train/weights"][:]
    counts = np.bincount(labels)
    for name, weights in {"rows": of_rows, "classes": np.array([0.5, 2, 0])[labels],
                          "balanced": (len(labels) / (3 * counts))[labels],
                          "both": of_rows * np.array([3, 1, 0.25])[labels]}.items():
        off = np.abs(np.subtract(read_losses(f"weights-{name}"), numpy_run("sgd", 0, None, weights)[0])).max()
        assert off < 1e-11, (name, off)
    off = np.abs(np.subtract(read_losses("across-numerical"), read_losses("across-literal"))).max()
    assert off < 1e-11, off
    assert np.abs(np.subtract(read_losses("across-numerical"), read_losses("across-backprop"))).max() > 1e-6
print("PyTorch's own optimizers agree" if has_torch else "PyTorch is not installed: compared with NumPy only")
