#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Seconds for an iteration of the same training by other programs, on the shipped MNIST.

    peers.py numpy|torch32|torch64|ddp32|ddp64 DATASET      prints one number a block

numpy: the book's loop, float64: two forward passes of the batch for each of the 39,760 parameters.
       Some forward passes are timed, and the number is 79,520 times their median: extrapolated.
torch: autograd and SGD, one thread; ddp: DistributedDataParallel over gloo, two processes of one
       thread each, half the batch each. 32 and 64 are the bits of the floats; dtrain's are 64.
"""
import os
import sys
import time

import h5py
import numpy as np

BATCH, HIDDEN, CLASSES, BLOCKS, BLOCK = 100, 50, 10, 5, 100


def load(dtype):
    with h5py.File(sys.argv[2]) as f:
        images = f["train/images"][:].reshape(-1, 784).astype(np.float32) / np.float32(255)
        return images.astype(dtype), f["train/labels"][:].astype(np.int64)


def softmax_loss(params, x, t):
    a1 = x @ params["W1"] + params["b1"]
    z1 = 1 / (1 + np.exp(-a1))
    a2 = z1 @ params["W2"] + params["b2"]
    y = np.exp(a2 - a2.max(axis=1, keepdims=True))
    y /= y.sum(axis=1, keepdims=True)
    return -np.mean(np.log(y[np.arange(len(t)), t] + 1e-7))


def time_numpy():
    x, t = load(np.float64)
    rng = np.random.default_rng(0)
    params = {
        "W1": 0.01 * rng.normal(size=(784, HIDDEN)), "b1": np.zeros(HIDDEN),
        "W2": 0.01 * rng.normal(size=(HIDDEN, CLASSES)), "b2": np.zeros(CLASSES),
    }
    passes = 2 * sum(p.size for p in params.values())
    rows = rng.integers(0, len(x), BATCH)
    x, t = x[rows], t[rows]
    for _ in range(BLOCKS):
        seconds = []
        for _ in range(200):
            start = time.perf_counter()
            softmax_loss(params, x, t)
            seconds.append(time.perf_counter() - start)
        print(passes * np.median(seconds), flush=True)


def time_torch(bits, rank=0, size=1):
    import torch
    import torch.distributed

    torch.set_num_threads(1)
    torch.manual_seed(0)
    x, t = load(np.float64 if bits == "64" else np.float32)
    x, t = torch.from_numpy(x), torch.from_numpy(t)
    net = torch.nn.Sequential(
        torch.nn.Linear(784, HIDDEN), torch.nn.Sigmoid(), torch.nn.Linear(HIDDEN, CLASSES)
    ).to(x.dtype)
    if size > 1:
        torch.distributed.init_process_group("gloo", rank=rank, world_size=size)
        net = torch.nn.parallel.DistributedDataParallel(net)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    loss_of = torch.nn.CrossEntropyLoss()
    for block in range(BLOCKS + 1):
        start = time.perf_counter()
        for _ in range(BLOCK):
            rows = torch.randint(0, len(x), (BATCH // size,))
            optimizer.zero_grad()
            loss = loss_of(net(x[rows]), t[rows])
            loss.backward()
            optimizer.step()
        # The first block warms up.
        if block > 0 and rank == 0:
            print((time.perf_counter() - start) / BLOCK, flush=True)


def time_ddp(bits):
    import torch.multiprocessing

    os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT="29511")
    start = torch.multiprocessing.get_context("fork").Process
    second = start(target=time_torch, args=(bits, 1, 2))
    second.start()
    time_torch(bits, 0, 2)
    second.join()


if __name__ == "__main__":
    what = sys.argv[1]
    if what == "numpy":
        time_numpy()
    elif what.startswith("torch"):
        time_torch(what[-2:])
    else:
        time_ddp(what[-2:])
