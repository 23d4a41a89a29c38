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

from failure import Failure
from runs import TIMING, read_lines, read_record

SCRIPTS = Path(__file__).resolve().parent.parent
DATA, TRAIN_ROWS, ALL_ROWS, INPUTS = SCRIPTS.parent / "data" / "mnist.h5", 60000, 70000, 784
CORES = len(os.sched_getaffinity(0))
RANKS = [2**k for k in range(12) if 2**k <= max(8, CORES)]
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
        return max(1, self.block * 5000 // (batch * hidden))


FULL, QUICK = Amount(block=200, blocks=4, whole=10000), Amount(block=4, blocks=1, whole=40)


def command_line(options):
    return [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]


class Launched(NamedTuple):
    record: dict    # run.json
    timing: list    # timing.jsonl: a line for each evaluation
    seconds: float  # of the whole process, with MPI's start
    peak: float     # MB of resident memory (VmHWM) of the largest process: a rank, as mpirun is small


def launch(program, ranks, **options):
    """Trains. The names of the options have _ for -."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        process = subprocess.Popen(
            [SCRIPTS / "launch.sh", "mpirun", "-np", str(ranks), program, "--quiet", f"--data={DATA}",
             f"--run-dir={folder}/run", *command_line(options)], env={**os.environ, "RANKS": str(ranks)})
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise Failure(f"{program}: ends with exit code {process.returncode} on {ranks} ranks")
        run = Path(folder, "run")
        return Launched(read_record(run), read_lines(run / "timing.jsonl", TIMING), seconds,
                        usage.ru_maxrss * 1024 / 1e6)


def iteration(program, amount, ranks=1, batch=100, hidden=50, **options):
    block = amount.block_of(batch, hidden)
    timing = launch(program, ranks, batch_size=batch, hidden=hidden, iterations=(amount.blocks + 1) * block,
                    eval_every=block, checkpoint_every=10**9, **options).timing
    # The first line is about the start, the second about the block that warms up.
    return statistics.median(1e3 * (line["compute"]["mean"] + line["reduction"]["mean"]) / block
                             for line in timing[2:])


def iteration_by_outer_clock(program, amount):
    """From the seconds of two whole runs that differ only in their number of iterations."""
    short, long = (launch(program, 1, iterations=n, eval_every=10**9, checkpoint_every=10**9).seconds
                   for n in (amount.whole // 4, amount.whole // 2))
    return 1e3 * (long - short) / (amount.whole // 4)


def peer(program, amount, what="torch", batch=100, hidden=50, **options):
    options = {"batch": batch, "hidden": hidden, "block": amount.block_of(batch, hidden),
               "blocks": amount.blocks, **options}
    process = subprocess.run([sys.executable, program, what, DATA, *command_line(options)], text=True,
                             stdout=subprocess.PIPE, env={**os.environ, "OPENBLAS_NUM_THREADS": "1"})
    if process.returncode:
        raise Failure(f"{program}: {what} ends with exit code {process.returncode}")
    return 1e3 * statistics.median(map(float, process.stdout.split()))


def on_busy_machine(program, amount, measure, **settings):
    """Another measurement, while a process that is none of its own keeps one core busy."""
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
    program: str         # a name from bench.py's PROGRAMS
    measure: object      # a function above, called with the program's file, an Amount and the settings
    settings: dict = {}
    unit: str = "ms"
    older: bool = False  # whether the older dtrain is measured, too


def count(ranks):
    return "1 rank" if ranks == 1 else f"{ranks} ranks"


def make_rows():
    table = "An iteration on one core"
    yield Row(table, "dtrain, 1 rank", "dtrain", iteration, older=True)
    for bits in (64, 32):
        yield Row(table, f"PyTorch, float{bits}", "PyTorch", peer, {"bits": bits})
        yield Row(table, f"PyTorch, float{bits}, no loss after the update", "PyTorch", peer,
                  {"bits": bits, "loss": "no"})
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
    for bits in (64, 32):
        two = {"bits": bits, "processes": 2}
        yield Row(table, f"DDP, float{bits}", "PyTorch", peer, two)
        yield Row(table, f"DDP, float{bits}, no loss after the update", "PyTorch", peer, {**two, "loss": "no"})

    table = "The same while another process keeps one core busy"
    for ranks in (2, 8):
        yield Row(table, f"dtrain, {ranks} ranks, busy core", "dtrain", on_busy_machine,
                  {"measure": iteration, "ranks": ranks}, older=True)
    yield Row(table, "DDP, float32, busy core", "PyTorch", on_busy_machine,
              {"measure": peer, "bits": 32, "processes": 2})

    table = "Evaluation and whole runs, all included"
    yield Row(table, "evaluation of 60,000 rows, 1 rank", "dtrain", evaluation, older=True)
    yield Row(table, "one iteration and two evaluations, 1 rank", "dtrain", first_iteration, unit="s", older=True)
    for ranks in (1, 2):
        yield Row(table, f"default run, {count(ranks)}", "dtrain", whole_run, {"ranks": ranks},
                  "s", older=True)

    table = "Peak memory of a rank"
    for ranks in (1, 2):
        shard = ALL_ROWS * INPUTS / ranks / 1e6
        yield Row(table, f"on {count(ranks)}, dense shard {shard:.1f} MB", "dtrain", peak_memory,
                  {"ranks": ranks}, "MB", older=True)

    table = "Growth: an iteration on one core"
    for hidden in (50, 200, 1000):
        for batch in (100, 1000, 10000):
            size, title = {"hidden": hidden, "batch": batch}, f"H = {hidden}, B = {batch:,}"
            yield Row(table, f"dtrain, {title}", "dtrain", iteration, size)
            for bits in (64, 32):
                yield Row(table, f"PyTorch, float{bits}, {title}", "PyTorch", peer, {**size, "bits": bits})

    for table, growing in (("Strong scaling: B = 1,000", False), ("Weak scaling: B = 1,000 for each rank", True)):
        for ranks in RANKS:
            batch = 1000 * ranks if growing else 1000
            yield Row(table, f"dtrain, {count(ranks)}, B = {batch:,}{' (weak)' * growing}", "dtrain", iteration,
                      {"ranks": ranks, "batch": batch})


# What the tables compare besides older and newer.
PAIRS = [("dtrain, 1 rank", f"PyTorch, float{bits}{rest}") for bits in (64, 32)
         for rest in ("", ", no loss after the update")]
PAIRS += [("dtrain, 2 ranks", f"DDP, float{bits}{rest}") for bits in (64, 32)
          for rest in ("", ", no loss after the update")]
PAIRS += [("dtrain, 8 ranks", "dtrain, 2 ranks"), ("dtrain, 2 ranks", "dtrain, 1 rank"),
          ("dtrain, 1 rank, by a clock outside", "dtrain, 1 rank"),
          ("dtrain, 1 rank, AVX2 only", "dtrain, 1 rank"), ("dtrain, 1 rank, clang", "dtrain, 1 rank")]
