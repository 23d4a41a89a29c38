# SPDX-License-Identifier: MIT
"""How the rows of bench.py get their numbers: a function here runs a program and returns one number.

An iteration of dtrain takes what timing.jsonl says of compute and reduction (with the waiting), as the
mean over the ranks and the median over some blocks of iterations. A function whose name ends in _cpu
returns the time of the processor instead, which hardly depends on what else runs on the machine: for
dtrain, by how much two whole runs differ.
"""
import functools
import math
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
NEVER = 10**9
ONLY_ITERATIONS = {"eval_every": NEVER, "checkpoint_every": NEVER}
KEEPS_A_CORE_BUSY = """import os
os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])
print(flush=True)
while True: pass"""


class Amount(NamedTuple):
    """How much is done for one number."""
    block: int      # iterations in a block, for 100 samples and 50 hidden units
    blocks: int     # blocks that count, after one that warms up
    whole: int      # iterations of a whole run
    seconds: float  # of the processor, at least: what a time of the processor is taken from
    rows: int       # of the large dataset

    def block_of(self, batch, hidden):
        """`hidden` is the units of a hidden layer, or "H,H,..." of several."""
        units = sum(map(int, str(hidden).split(",")))
        layers = str(hidden).count(",") + 1
        return max(1, self.block * 5000 // (batch * units * layers))


FULL = Amount(block=200, blocks=4, whole=10000, seconds=3, rows=1000000)
QUICK = Amount(block=4, blocks=1, whole=40, seconds=0.05, rows=2000)


class Launched(NamedTuple):
    record: dict    # run.json
    timing: list    # timing.jsonl: a line for each evaluation
    seconds: float  # of the whole process, with MPI's start
    cpu: float      # seconds of the processor, of all processes
    peak: float     # MB of resident memory (VmHWM) of the largest process: a rank, as mpirun is small

    def mean(self, *phases):
        """Seconds of these phases, over all lines: the mean over the ranks."""
        return sum(line[phase]["mean"] for line in self.timing for phase in phases)


def command_line(options):
    return [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]


def launch(program, ranks, data=DATA, **options):
    """Trains. The names of the options have _ for -."""
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder, "run")
        start = time.perf_counter()
        process = subprocess.Popen(
            [SCRIPTS / "launch.sh", "mpirun", "-np", str(ranks), program, "--quiet", f"--data={data}",
             f"--run-dir={run}", *command_line(options)], env={**os.environ, "RANKS": str(ranks)})
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise Failure(f"{program}: ends with exit code {process.returncode} on {ranks} ranks")
        return Launched(read_record(run), read_lines(run / "timing.jsonl", TIMING), seconds,
                        usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024 / 1e6)


def iteration(program, amount, ranks=1, batch=100, hidden=50, **options):
    block = amount.block_of(batch, hidden)
    timing = launch(program, ranks, batch_size=batch, hidden=hidden, iterations=(amount.blocks + 1) * block,
                    eval_every=block, checkpoint_every=NEVER, **options).timing
    # The first line is about the start, the second about the block that warms up.
    return statistics.median(1e3 * (line["compute"]["mean"] + line["reduction"]["mean"]) / block
                             for line in timing[2:])


def iteration_by_outer_clock(program, amount):
    """From the seconds of two whole runs that differ only in their number of iterations."""
    short, long = (launch(program, 1, iterations=n, **ONLY_ITERATIONS).seconds
                   for n in (amount.whole // 4, amount.whole // 2))
    return 1e3 * (long - short) / (amount.whole // 4)


def iteration_cpu(program, amount, batch, **options):
    """The second run is longer by as many iterations as the first one says that are enough."""
    train = functools.partial(launch, program, 1, batch_size=batch, **ONLY_ITERATIONS, **options)
    few = 10
    short = train(iterations=few)
    more = math.ceil(amount.seconds * few / short.mean("compute"))
    return 1e3 * (train(iterations=few + more).cpu - short.cpu) / more


def evaluation_cpu(program, amount, **options):
    """The part of the training set in the time for both sets. The iterations between the evaluations
    have one sample, and change almost nothing."""
    train = functools.partial(launch, program, 1, batch_size=1, learning_rate=1e-6, gradient="backprop",
                              checkpoint_every=NEVER, **options)
    short = train(iterations=1, eval_every=1)
    more = math.ceil(amount.seconds * 2 / short.mean("evaluation"))
    long = train(iterations=1 + more, eval_every=1)
    return 1e3 * TRAIN_ROWS / ALL_ROWS * (long.cpu - short.cpu) / more


def peer(command, amount, what="torch", batch=100, hidden=50, **options):
    options.update(batch=batch, hidden=hidden, block=amount.block_of(batch, hidden), blocks=amount.blocks)
    process = subprocess.run([*command, what, DATA, *command_line(options)], text=True, stdout=subprocess.PIPE,
                             env={**os.environ, "OPENBLAS_NUM_THREADS": "1"})
    if process.returncode:
        raise Failure(f"{command[0]}: {what} ends with exit code {process.returncode}")
    return 1e3 * statistics.median(map(float, process.stdout.split()))


def peer_cpu(command, amount, **options):
    return peer(command, amount, clock="cpu", seconds=amount.seconds / 2, **options)


def on_busy_machine(program, amount, measure, **settings):
    """Another measurement, while a foreign process keeps one core busy."""
    with subprocess.Popen([sys.executable, "-c", KEEPS_A_CORE_BUSY], stdout=subprocess.PIPE) as busy:
        try:
            busy.stdout.readline()
            return measure(program, amount, **settings)
        finally:
            busy.kill()


def first_iteration(program, amount):
    return launch(program, 1, iterations=1).seconds


def start_seconds(launched):
    """What a run takes beside its phases, which is its start, and its end."""
    return launched.seconds - launched.mean("compute", "reduction", "evaluation", "checkpoint")


@functools.cache
def large_dataset(rows, compression):
    """A file that is there as long as this process. The folder is kept with the file's name."""
    from shifted import write_shifted

    folder = tempfile.TemporaryDirectory()
    file = Path(folder.name, "rows.h5")
    write_shifted(DATA, file, rows, compression)
    return folder, file


def start_with_many_rows(program, amount, compression):
    _, data = large_dataset(amount.rows, compression)
    return start_seconds(launch(program, 1, data=data, iterations=0))


def whole_run(program, amount, ranks):
    return launch(program, ranks, iterations=amount.whole).seconds


def peak_memory(program, amount, ranks):
    return launch(program, ranks, iterations=amount.block).peak
