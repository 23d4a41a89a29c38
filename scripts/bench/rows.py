# SPDX-License-Identifier: MIT
"""What bench.py measures: the rows of its tables, and the ratios. An iteration of PyTorch has the loss after
the update, as dtrain's, unless the row says so."""
from typing import NamedTuple

from measurements import (ALL_ROWS, CORES, FULL, INPUTS, evaluation_cpu, first_iteration, iteration,
                          iteration_by_outer_clock, iteration_cpu, on_busy_machine, peak_memory, peer, peer_cpu,
                          start_with_many_rows, whole_run)

RANKS = [2**k for k in range(12) if 2**k <= max(8, CORES)]


class Row(NamedTuple):
    table: str
    name: str
    program: str         # a name from bench.py's find_programs; "PyTorch" stands for each version of it
    measure: object      # a function of measurements.py, called with the program, an Amount and the settings
    settings: dict = {}
    unit: str = "ms"
    older: bool = False  # whether the older dtrain is measured, too


class Network(NamedTuple):
    """A network that people train, and its batch."""
    name: str
    hidden: str
    batch: int
    activation: str = "sigmoid"
    init_std: str = "0.01"

    def units(self):
        return {"hidden": self.hidden, "activation": self.activation}


NETWORKS = [Network("784-50-10", "50", 100), Network("784-200-10", "200", 100),
            Network("784-1000-10", "1000", 100),
            Network("100x4 relu", "100,100,100,100", 128, "relu", "he"),
            Network("512-256 relu", "512,256", 256, "relu", "he"),
            Network("100x4 sigmoid", "100,100,100,100", 128, "sigmoid", "xavier")]
# Those whose evaluation is timed.
EVALUATED = ("784-50-10", "784-1000-10", "100x4 relu")
GRADIENTS = ("backprop", "numerical")
BITS, LOSSES = (64, 32), (("", "yes"), (", no loss after the update", "no"))
PEERS = [(f"float{bits}{words}", {"bits": bits, "loss": loss}) for bits in BITS for words, loss in LOSSES]


def count(ranks):
    return "1 rank" if ranks == 1 else f"{ranks} ranks"


def default_network():
    table = "An iteration on one core"
    yield Row(table, "dtrain, 1 rank", "dtrain", iteration, older=True)
    for words, settings in PEERS:
        yield Row(table, f"PyTorch, {words}", "PyTorch", peer, settings)
    yield Row(table, "dtrain, 1 rank, by a clock outside", "dtrain", iteration_by_outer_clock)
    for step in ("1e-2", "0.5"):
        yield Row(table, f"dtrain, 1 rank, h = {step}", "dtrain", iteration, {"step": step}, older=True)
    yield Row(table, "dtrain, 1 rank, backprop", "dtrain", iteration, {"gradient": "backprop"})
    yield Row(table, "dtrain, 1 rank, AVX2 only", "AVX2", iteration, older=True)
    yield Row(table, "dtrain, 1 rank, clang", "clang", iteration)
    yield Row(table, "the book's loop in NumPy, extrapolated", "NumPy", peer, {"what": "numpy"})

    table = f"An iteration of several processes on {CORES} cores"
    for ranks in RANKS[1:]:
        yield Row(table, f"dtrain, {ranks} ranks", "dtrain", iteration, {"ranks": ranks}, older=True)
    for words, settings in PEERS:
        yield Row(table, f"PyTorch DDP, {words}", "PyTorch", peer, {**settings, "processes": 2})

    table = "The same while another process keeps one core busy"
    for ranks in (2, 8):
        yield Row(table, f"dtrain, {ranks} ranks, busy core", "dtrain", on_busy_machine,
                  {"measure": iteration, "ranks": ranks}, older=True)
    yield Row(table, "PyTorch DDP, float32, busy core", "PyTorch", on_busy_machine,
              {"measure": peer, "bits": 32, "processes": 2})


def networks():
    table = "Networks: the processor's time for an iteration (B = 100; 128 with four hidden layers, 256 with two)"
    for network in NETWORKS:
        size = {**network.units(), "batch": network.batch}
        for gradient in GRADIENTS:
            yield Row(table, f"{network.name}, dtrain, {gradient}", "dtrain", iteration_cpu,
                      {**size, "init_std": network.init_std, "gradient": gradient}, older=True)
        for bits in BITS:
            yield Row(table, f"{network.name}, PyTorch, float{bits}", "PyTorch", peer_cpu, {**size, "bits": bits})

    table = "The processor's time for an evaluation of 60,000 rows"
    for network in NETWORKS:
        if network.name in EVALUATED:
            yield Row(table, f"{network.name}, evaluation", "dtrain", evaluation_cpu, network.units(), older=True)


def whole_runs():
    table = "Whole runs, and peak memory of a rank"
    yield Row(table, "1 iteration, start and end included, 1 rank", "dtrain", first_iteration, unit="s", older=True)
    for words, compression in (("", None), (", compressed", 1)):
        yield Row(table, f"start and end with {FULL.rows:,} rows{words}, 1 rank", "dtrain", start_with_many_rows,
                  {"compression": compression}, "s", older=True)
    for ranks in (1, 2):
        size, shard = {"ranks": ranks}, f"dense shard {ALL_ROWS * INPUTS / ranks / 1e6:.1f} MB"
        yield Row(table, f"default run, all included, {count(ranks)}", "dtrain", whole_run, size, "s", older=True)
        yield Row(table, f"memory, {count(ranks)}, {shard}", "dtrain", peak_memory, size, "MB", older=True)


def growth():
    table = "Growth: an iteration on one core"
    for hidden, batch in ((hidden, batch) for hidden in (50, 200, 1000) for batch in (100, 1000, 10000)):
        size, words = {"hidden": hidden, "batch": batch}, f"H = {hidden}, B = {batch:,}"
        yield Row(table, f"dtrain, {words}", "dtrain", iteration, size)
        for bits in BITS:
            yield Row(table, f"PyTorch, float{bits}, {words}", "PyTorch", peer, {**size, "bits": bits})

    table, deep = "The network of chapter 6: an iteration of 784-100-100-100-100-10, B = 128", {
        "hidden": "100,100,100,100", "batch": 128}
    for ranks in (1, 2):
        yield Row(table, f"dtrain, {count(ranks)}, four hidden layers", "dtrain", iteration,
                  {**deep, "ranks": ranks, "init_std": "xavier"})
    yield Row(table, "dtrain, 1 rank, four hidden layers, tanh", "dtrain", iteration,
              {**deep, "init_std": "he", "activation": "tanh"})

    for ranks in RANKS:
        yield Row("Strong scaling: B = 1,000", f"dtrain, {count(ranks)}, B = 1,000", "dtrain", iteration,
                  {"ranks": ranks, "batch": 1000})
    for ranks in RANKS:
        yield Row("Weak scaling: B = 1,000 for each rank", f"dtrain, {count(ranks)}, 1,000 each", "dtrain",
                  iteration, {"ranks": ranks, "batch": 1000 * ranks})


def make_rows():
    for part in (default_network, networks, whole_runs, growth):
        yield from part()


# What is compared, besides newer and older.
PAIRS = [*(("dtrain, 1 rank", f"PyTorch, {words}") for words, _ in PEERS),
         *(("dtrain, 2 ranks", f"PyTorch DDP, {words}") for words, _ in PEERS),
         ("dtrain, 8 ranks", "dtrain, 2 ranks"), ("dtrain, 2 ranks", "dtrain, 1 rank"),
         *((f"{network.name}, dtrain, {gradient}", f"{network.name}, PyTorch, float{bits}")
           for network in NETWORKS for gradient in GRADIENTS for bits in BITS),
         *((f"{network.name}, dtrain, numerical", f"{network.name}, dtrain, backprop") for network in NETWORKS),
         ("dtrain, 2 ranks, four hidden layers", "dtrain, 1 rank, four hidden layers"),
         *((f"dtrain, 1 rank, {words}", "dtrain, 1 rank") for words in ("by a clock outside", "AVX2 only", "clang"))]
