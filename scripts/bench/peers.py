#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The same training by other programs. Prints the seconds of an iteration, one number for each block
of iterations, by the clock on the wall or of the processor's time for this process.

torch: backpropagation and SGD; each process has one thread. With several processes it is
       DistributedDataParallel over gloo, and each has its part of the batch.
numpy: the book's loop, extrapolated: it makes two forward passes of the batch for each parameter, and
       only some of them are timed.
about: prints the versions instead, and which BLAS does the matrix products.
"""
import argparse
import contextlib
import ctypes
import datetime
import itertools
import os
import re
import sys
import tempfile
import time

import h5py
import numpy as np

CLASSES, PASSES = 10, 200
KERNELS_WITHOUT_AVX = ("Prescott", "Core2", "Penryn", "Nehalem", "Generic")
CLOCKS = {"wall": time.perf_counter, "cpu": time.process_time}


def load(path, dtype, split="train"):
    with h5py.File(path) as file:
        images = file[f"{split}/images"][:].reshape(-1, 784).astype(dtype) / dtype(255)
        return images, file[f"{split}/labels"][:].astype(np.int64)


def softmax_loss(params, x, t):
    a1 = x @ params["W1"] + params["b1"]
    z1 = 1 / (1 + np.exp(-a1))
    a2 = z1 @ params["W2"] + params["b2"]
    y = np.exp(a2 - a2.max(axis=1, keepdims=True))
    y /= y.sum(axis=1, keepdims=True)
    return -np.mean(np.log(y[np.arange(len(t)), t] + 1e-7))


def time_numpy(given):
    x, t = load(given.data, np.float64)
    rng = np.random.default_rng(0)
    hidden = int(given.hidden)
    params = {"W1": 0.01 * rng.normal(size=(784, hidden)), "b1": np.zeros(hidden),
              "W2": 0.01 * rng.normal(size=(hidden, CLASSES)), "b2": np.zeros(CLASSES)}
    rows = rng.integers(0, len(x), given.batch)
    x, t = x[rows], t[rows]
    for _ in range(given.blocks):
        start = time.perf_counter()
        for _ in range(PASSES):
            softmax_loss(params, x, t)
        seconds = (time.perf_counter() - start) / PASSES
        print(2 * sum(p.size for p in params.values()) * seconds)


def make_net(hidden, dtype, activation="sigmoid"):
    """Units of that activation between linear layers; `hidden` is "H" or "H,H,..."."""
    import torch

    unit = {"sigmoid": torch.nn.Sigmoid, "tanh": torch.nn.Tanh, "relu": torch.nn.ReLU}[activation]
    widths = [784, *map(int, str(hidden).split(","))]
    layers = [layer for pair in zip(widths, widths[1:]) for layer in (torch.nn.Linear(*pair), unit())]
    return torch.nn.Sequential(*layers, torch.nn.Linear(widths[-1], CLASSES)).to(dtype)


def join(net, rank, processes, store):
    """The net as one of several processes trains it: its gradients are the means over all of them."""
    import torch.distributed

    if processes == 1:
        return net
    torch.distributed.init_process_group("gloo", f"file://{store}", datetime.timedelta(minutes=2),
                                         rank=rank, world_size=processes)
    return torch.nn.parallel.DistributedDataParallel(net, gradient_as_bucket_view=True)


def in_processes(count, work, *arguments):
    """Calls work(rank, store, *arguments) in each of so many processes."""
    import torch.multiprocessing

    os.environ["GLOO_SOCKET_IFNAME"] = "lo"
    with tempfile.TemporaryDirectory() as folder:
        processes = [torch.multiprocessing.get_context("fork").Process(
            target=work, args=(rank, f"{folder}/store", *arguments)) for rank in range(count)]
        for process in processes:
            process.start()
        for process in processes:
            process.join()
    if any(process.exitcode for process in processes):
        sys.exit(1)


def time_torch(rank, store, given):
    import torch
    import torch.distributed

    torch.set_num_threads(1)
    torch.manual_seed(rank)
    x, t = map(torch.from_numpy, load(given.data, np.float64 if given.bits == 64 else np.float32))
    net = make_net(given.hidden, x.dtype, given.activation)
    replica = join(net, rank, given.processes, store)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    loss_of = torch.nn.CrossEntropyLoss()

    def step():
        """An iteration; returns the loss of this process's part of the batch after the update."""
        rows = torch.randint(0, len(x), (given.batch // given.processes,))
        images, labels = x[rows], t[rows]
        optimizer.zero_grad(set_to_none=True)
        loss_of(replica(images), labels).backward()
        optimizer.step()
        if given.loss == "no":
            return 0.0
        with torch.no_grad():
            return loss_of(net(images), labels).item()

    clock = CLOCKS[given.clock]
    begin = clock()
    # The first block warms up. Several processes must agree on the number of blocks, so they have no --seconds.
    for block in itertools.count():
        start = clock()
        losses = torch.tensor([step() for _ in range(given.block)])
        # One reduction for the losses of a whole block: cheaper than one in each iteration.
        if given.processes > 1 and given.loss == "yes":
            torch.distributed.all_reduce(losses)
        if block > 0 and rank == 0:
            print((clock() - start) / given.block)
        if block >= given.blocks and clock() - begin >= given.seconds:
            return


def time_processes(given):
    in_processes(given.processes, time_torch, given)


def libraries(pattern):
    """The files of such libraries that this process has loaded."""
    with open("/proc/self/maps") as maps:
        return sorted({match[0] for match in re.finditer(rf"/\S*/{pattern}\S*", maps.read())})


def openblas_kernels():
    """The name of the processor whose kernels OpenBLAS runs; "" if it does not tell."""
    for library in libraries("libopenblas"):
        with contextlib.suppress(AttributeError):
            name = ctypes.CDLL(library).openblas_get_corename
            name.restype = ctypes.c_char_p
            return name().decode()
    return ""


def choose_kernels():
    """Begins again if OpenBLAS does not know this processor and runs kernels without AVX, several times
    slower, as that of Debian 12 does on many a newer one."""
    with open("/proc/cpuinfo") as cpuinfo:
        flags = re.search(r"^flags.*", cpuinfo.read(), re.MULTILINE)
    flags = flags[0].split() if flags else ()
    best = "SKYLAKEX" if "avx512vl" in flags else "HASWELL" if "avx2" in flags else None
    if best and openblas_kernels() in KERNELS_WITHOUT_AVX and "OPENBLAS_CORETYPE" not in os.environ:
        os.environ["OPENBLAS_CORETYPE"] = best
        os.execv(sys.executable, sys.orig_argv)


def about(_):
    """With the reference BLAS, these programs would be several times slower."""
    import torch

    blas = [os.path.basename(library) for library in libraries("lib[^/ ]*blas")]
    slow = "" if any("openblas" in name for name in blas) else " (no OpenBLAS: slower than need be)"
    kernels = openblas_kernels()
    print(f"PyTorch {torch.__version__}, NumPy {np.__version__}, {', '.join(blas)}{slow}"
          f"{kernels and f' with kernels for {kernels}'}")


if __name__ == "__main__":
    choose_kernels()
    options = argparse.ArgumentParser(description=__doc__,
                                      formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("what", choices=("torch", "numpy", "about"))
    options.add_argument("data", nargs="?", help="dataset with the shape of MNIST")
    for name, default in (("bits", 64), ("processes", 1), ("batch", 100), ("block", 100), ("blocks", 4)):
        options.add_argument(f"--{name}", type=int, default=default)
    options.add_argument("--hidden", default="50", help="units of each hidden layer: H[,H...]")
    options.add_argument("--activation", choices=("sigmoid", "tanh", "relu"), default="sigmoid")
    options.add_argument("--clock", choices=CLOCKS, default="wall")
    options.add_argument("--seconds", type=float, default=0, help="at least so long, by that clock")
    options.add_argument("--loss", choices=("yes", "no"), default="yes", help="the loss after the update")
    given = options.parse_args()
    {"torch": time_processes, "numpy": time_numpy, "about": about}[given.what](given)
