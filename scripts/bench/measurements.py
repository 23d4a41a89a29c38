# SPDX-License-Identifier: MIT
"""What bench.py measures: the rows of its tables, and how each gets a number.

An iteration of dtrain takes what timing.jsonl says of compute and reduction (with the waiting), as the
mean over the ranks and the median over some blocks of iterations. One row compares this with a clock
outside. An iteration of PyTorch has the loss after the update, as dtrain's, unless the row says so.
"""
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from dtrain.failure import Failure
from dtrain.run import TIMING, read_lines, read_record

SCRIPTS = Path(__file__).resolve().parent.parent
DATA, TRAIN_ROWS, ALL_ROWS, INPUTS = SCRIPTS.parent / "data" / "mnist.h5", 60000, 70000, 784
CORES = len(os.sched_getaffinity(0))
RANKS = [2**k for k in range(12) if 2**k <= max(8, CORES)]
NEVER = 10**9
KEEPS_A_CORE_BUSY = """import os
os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])
print(flush=True)
while True: pass"""


class Amount(NamedTuple):
    """How much is done for one number."""
    block: int   # iterations in a block, for 100 samples and 50 hidden units
    blocks: int  # blocks that count, after one that warms up
    whole: int   # iterations of a whole run

    def block_of(self, batch, hidden):
        """`hidden` is the units of a hidden layer, or "H,H,..." of several."""
        units = sum(map(int, str(hidden).split(",")))
        layers = str(hidden).count(",") + 1
        return max(1, self.block * 5000 // (batch * units * layers))


FULL, QUICK = Amount(block=200, blocks=4, whole=10000), Amount(block=4, blocks=1, whole=40)


class Launched(NamedTuple):
    record: dict    # run.json
    timing: list    # timing.jsonl: a line for each evaluation
    seconds: float  # of the whole process, with MPI's start
    peak: float     # MB of resident memory (VmHWM) of the largest process: a rank, as mpirun is small


def command_line(options):
    return [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]


def launch(program, ranks, **options):
    """Trains. The names of the options have _ for -."""
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder, "run")
        start = time.perf_counter()
        process = subprocess.Popen(
            [SCRIPTS / "launch.sh", "mpirun", "-np", str(ranks), program, "--quiet", f"--data={DATA}",
             f"--run-dir={run}", *command_line(options)], env={**os.environ, "RANKS": str(ranks)})
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise Failure(f"{program}: ends with exit code {process.returncode} on {ranks} ranks")
        return Launched(read_record(run), read_lines(run / "timing.jsonl", TIMING), seconds,
                        usage.ru_maxrss * 1024 / 1e6)


def iteration(program, amount, ranks=1, batch=100, hidden=50, **options):
    block = amount.block_of(batch, hidden)
    timing = launch(program, ranks, batch_size=batch, hidden=hidden, iterations=(amount.blocks + 1) * block,
                    eval_every=block, checkpoint_every=NEVER, **options).timing
    # The first line is about the start, the second about the block that warms up.
    return statistics.median(1e3 * (line["compute"]["mean"] + line["reduction"]["mean"]) / block
                             for line in timing[2:])


def iteration_by_outer_clock(program, amount):
    """From the seconds of two whole runs that differ only in their number of iterations."""
    short, long = (launch(program, 1, iterations=n, eval_every=NEVER, checkpoint_every=NEVER).seconds
                   for n in (amount.whole // 4, amount.whole // 2))
    return 1e3 * (long - short) / (amount.whole // 4)


def peer(program, amount, what="torch", batch=100, hidden=50, **options):
    options.update(batch=batch, hidden=hidden, block=amount.block_of(batch, hidden), blocks=amount.blocks)
    process = subprocess.run([sys.executable, program, what, DATA, *command_line(options)], text=True,
                             stdout=subprocess.PIPE, env={**os.environ, "OPENBLAS_NUM_THREADS": "1"})
    if process.returncode:
        raise Failure(f"{program}: {what} ends with exit code {process.returncode}")
    return 1e3 * statistics.median(map(float, process.stdout.split()))


def on_busy_machine(program, amount, measure, **settings):
    """Another measurement, while a foreign process keeps one core busy."""
    with subprocess.Popen([sys.executable, "-c", KEEPS_A_CORE_BUSY], stdout=subprocess.PIPE) as busy:
        try:
            busy.stdout.readline()
            return measure(program, amount, **settings)
        finally:
            busy.kill()


def evaluation(program, amount):
    """The part of the training set in the time for both sets."""
    timing = launch(program, 1, iterations=amount.blocks, eval_every=1).timing
    return 1e3 * TRAIN_ROWS / ALL_ROWS * statistics.median(line["evaluation"]["mean"] for line in timing)


def first_iteration(program, amount):
    return launch(program, 1, iterations=1).seconds


def whole_run(program, amount, ranks):
    return launch(program, ranks, iterations=amount.whole).seconds


def peak_memory(program, amount, ranks):
    return launch(program, ranks, iterations=amount.block).peak


class Row(NamedTuple):
    table: str
    name: str
    program: str         # a name from bench.py's find_programs
    measure: object      # a function above, called with the program's file, an Amount and the settings
    settings: dict = {}
    unit: str = "ms"
    older: bool = False  # whether the older dtrain is measured, too


BITS, LOSSES = (64, 32), (("", "yes"), (", no loss after the update", "no"))
PEERS = [(f"float{bits}{words}", {"bits": bits, "loss": loss}) for bits in BITS for words, loss in LOSSES]


def count(ranks):
    return "1 rank" if ranks == 1 else f"{ranks} ranks"


def make_rows():
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
        yield Row(table, f"DDP, {words}", "PyTorch", peer, {**settings, "processes": 2})

    table = "The same while another process keeps one core busy"
    for ranks in (2, 8):
        yield Row(table, f"dtrain, {ranks} ranks, busy core", "dtrain", on_busy_machine,
                  {"measure": iteration, "ranks": ranks}, older=True)
    yield Row(table, "DDP, float32, busy core", "PyTorch", on_busy_machine,
              {"measure": peer, "bits": 32, "processes": 2})

    table = "Evaluation, whole runs, and peak memory of a rank"
    yield Row(table, "evaluation of 60,000 rows, 1 rank", "dtrain", evaluation, older=True)
    yield Row(table, "1 iteration, start and end included, 1 rank", "dtrain", first_iteration, unit="s", older=True)
    for ranks in (1, 2):
        size, shard = {"ranks": ranks}, f"dense shard {ALL_ROWS * INPUTS / ranks / 1e6:.1f} MB"
        yield Row(table, f"default run, all included, {count(ranks)}", "dtrain", whole_run, size, "s", older=True)
        yield Row(table, f"memory, {count(ranks)}, {shard}", "dtrain", peak_memory, size, "MB", older=True)

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
    for activation in ("tanh", "relu"):
        yield Row(table, f"dtrain, 1 rank, four hidden layers, {activation}", "dtrain", iteration,
                  {**deep, "init_std": "he", "activation": activation})
    yield Row(table, "dtrain, 1 rank, four hidden layers, backprop", "dtrain", iteration,
              {**deep, "init_std": "xavier", "gradient": "backprop"})
    for bits in BITS:
        yield Row(table, f"PyTorch, float{bits}, four hidden layers", "PyTorch", peer, {**deep, "bits": bits})

    for ranks in RANKS:
        yield Row("Strong scaling: B = 1,000", f"dtrain, {count(ranks)}, B = 1,000", "dtrain", iteration,
                  {"ranks": ranks, "batch": 1000})
    for ranks in RANKS:
        yield Row("Weak scaling: B = 1,000 for each rank", f"dtrain, {count(ranks)}, 1,000 each", "dtrain",
                  iteration, {"ranks": ranks, "batch": 1000 * ranks})


# What is compared, besides newer and older.
PAIRS = [*(("dtrain, 1 rank", f"PyTorch, {words}") for words, _ in PEERS),
         *(("dtrain, 2 ranks", f"DDP, {words}") for words, _ in PEERS),
         ("dtrain, 8 ranks", "dtrain, 2 ranks"), ("dtrain, 2 ranks", "dtrain, 1 rank"),
         ("dtrain, 1 rank, four hidden layers", "dtrain, 1 rank, four hidden layers, backprop"),
         ("dtrain, 2 ranks, four hidden layers", "dtrain, 1 rank, four hidden layers"),
         *(("dtrain, 1 rank, four hidden layers", f"PyTorch, float{bits}, four hidden layers") for bits in BITS),
         *((f"dtrain, 1 rank, {words}", "dtrain, 1 rank") for words in ("by a clock outside", "AVX2 only", "clang"))]
