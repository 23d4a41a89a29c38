#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Trains with larger batches and on more rows, on several numbers of ranks, and prints a table.

Datasets of other sizes than MNIST's are made on the spot: copies of its rows, shifted and a little
darker. A line of the table has the milliseconds of an iteration; the seconds of a run beside
iterations and evaluations, which is its start, and its end; and the memory at its peak: the resident
memory of the largest rank (RSS), and the proportional share (PSS) of the largest rank and of all
together, in which the memory that ranks share counts once. Medians over the rounds.
"""
import contextlib
import os
import shutil
import statistics
import sys
import tempfile
import threading
from pathlib import Path
from typing import NamedTuple

# The package dtrain is above this folder.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from dtrain.command import parser, run, start
from dtrain.failure import Failure

start()
from measurements import DATA, FULL, INPUTS, NEVER, QUICK, TRAIN_ROWS, launch, start_seconds
from shifted import write_shifted

LOOK_EVERY = 0.05  # seconds
HEAD = ("rows", "batch", "ranks", "iteration, ms", "start and end, s", "largest rank: RSS, MB", "PSS, MB",
        "all ranks: PSS, MB")


class Memory(NamedTuple):
    """In MB."""
    rss: float  # of the largest rank
    pss: float  # of the largest rank
    all: float  # PSS of all ranks


def parents():
    """The parent of each process."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        # One that has ended meanwhile is none.
        with contextlib.suppress(OSError):
            found[int(path.parent.name)] = int(path.read_text().rpartition(")")[2].split()[1])
    return found


def descendants():
    """The processes that this one has started, directly or not."""
    parent_of = parents()
    for process in parent_of:
        ancestor = process
        while ancestor in parent_of and ancestor != os.getpid():
            ancestor = parent_of[ancestor]
        if ancestor == os.getpid() != process:
            yield Path("/proc", str(process))


def megabytes(process, file, name):
    """A number in a file of the process; 0 once that has ended."""
    with contextlib.suppress(OSError):
        for line in (process / file).read_text().splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1]) * 1024 / 1e6
    return 0


def memory_now(program):
    ranks = []
    for process in descendants():
        with contextlib.suppress(OSError):
            if (process / "exe").samefile(program):
                ranks.append(process)
    shares = [megabytes(process, "smaps_rollup", "Pss") for process in ranks]
    peaks = [megabytes(process, "status", "VmHWM") for process in ranks]
    return Memory(max(peaks, default=0), max(shares, default=0), sum(shares))


def watch_memory(program, ranks, **options):
    """Looks at the ranks of a run again and again."""
    seen, ended = [], threading.Event()

    def look():
        while not ended.wait(LOOK_EVERY):
            seen.append(memory_now(program))

    watch = threading.Thread(target=look)
    watch.start()
    try:
        launch(program, ranks, **options)
    finally:
        ended.set()
        watch.join()
    return Memory(*map(max, zip(*seen)))


def measure(program, ranks, data, batch, amount):
    """The numbers of a line. Memory is that of another run, as to look at it takes time."""
    block = max(1, amount.block * 500 // batch)
    options = {"data": data, "batch_size": batch, "checkpoint_every": NEVER}
    timed = launch(program, ranks, iterations=2 * block, eval_every=block, **options)
    last = timed.timing[-1]
    return (1e3 * (last["compute"]["mean"] + last["reduction"]["mean"]) / block, start_seconds(timed),
            *watch_memory(program, ranks, iterations=max(1, block // 100), eval_every=NEVER, **options))


@contextlib.contextmanager
def dataset(rows, given):
    """The file with so many rows, which is there as long as the context."""
    if rows == TRAIN_ROWS:
        yield DATA
        return
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        # Compressed, a row takes about 190 bytes.
        needed, free = rows * (300 if given.compression else INPUTS), shutil.disk_usage(folder).free
        if needed > free:
            raise Failure(f"{folder}: {rows:,} rows take up to {needed / 1e6:,.0f} MB, but {free / 1e6:,.0f} MB are "
                          f"free; --folder names another folder")
        file = Path(folder, "rows.h5")
        write_shifted(DATA, file, rows, given.compression or None)
        yield file


def main():
    arguments = parser(__doc__)
    arguments.add_argument("--dtrain", type=Path, metavar="PROGRAM", required=True)
    arguments.add_argument("--batches", type=int, nargs="+", default=[100, 1000, 10000], metavar="B",
                           help=f"with {TRAIN_ROWS:,} rows")
    arguments.add_argument("--rows", type=int, nargs="+", default=[1000000, 8000000], metavar="N",
                           help="with the first batch")
    arguments.add_argument("--ranks", type=int, nargs="+", default=[1, 2, 8], metavar="N")
    arguments.add_argument("--rounds", type=int, default=3, metavar="N")
    arguments.add_argument("--compression", type=int, default=1, metavar="LEVEL", help="of gzip; 0: none")
    arguments.add_argument("--folder", type=Path, help="where to make the datasets; default: a temporary folder")
    arguments.add_argument("--quick", action="store_true", help="few iterations: a trial")
    given = arguments.parse_args()
    amount = QUICK if given.quick else FULL
    print(f"| {' | '.join(HEAD)} |\n{'|---' * len(HEAD)}|")
    sizes = [(TRAIN_ROWS, batch) for batch in given.batches] + [(rows, given.batches[0]) for rows in given.rows]
    for rows, batch in sizes:
        with dataset(rows, given) as data:
            for ranks in given.ranks:
                numbers = zip(*(measure(given.dtrain, ranks, data, batch, amount) for _ in range(given.rounds)))
                ms, seconds, *memory = map(statistics.median, numbers)
                print(f"| {rows:,} | {batch:,} | {ranks} | {ms:.3f} | {seconds:.2f} | "
                      f"{' | '.join(f'{number:,.0f}' for number in memory)} |", flush=True)


if __name__ == "__main__":
    run(main)
