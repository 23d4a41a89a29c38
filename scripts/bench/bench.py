#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Times dtrain beside PyTorch and the book's loop in NumPy, in turns, and prints tables.

A round takes one number for each row, so that whatever else the machine does meets all of them. A row
shows the median and the quartiles over the rounds; a ratio is taken in each round. Writes
FOLDER/benchmark.md, and FOLDER/benchmark.json for figures.py.
"""
import importlib.util
import json
import os
import platform
import re
import statistics
import subprocess
import sys
from pathlib import Path

# The package dtrain is above this folder.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from dtrain import outputs
from dtrain.command import parser, run, start
from dtrain.failure import Failure

start()

from measurements import CORES, FULL, PAIRS, QUICK, launch, make_rows

# The programs that options name, with their help.
PROGRAMS = {"dtrain": ("--dtrain", "the dtrain to measure"), "AVX2": ("--avx2", "one for AVX2 only"),
            "clang": ("--clang", "one made by clang"),
            "older dtrain": ("--against", "an older one, measured in turns with it"),
            "older AVX2": ("--against-avx2", "an older one for AVX2 only")}
OUR_TABLE = outputs.starts_with(b"# Benchmark")
OUR_DATA = outputs.starts_with(b'{\n "machine"')


def find_programs(given):
    """The file of each program, or None where there is none, and the words for that."""
    files = {name: getattr(given, option[2:].replace("-", "_")) for name, (option, _) in PROGRAMS.items()}
    missing = {name: f"not given ({option})" for name, (option, _) in PROGRAMS.items()}
    for name, modules in (("PyTorch", ("torch", "numpy", "h5py")), ("NumPy", ("numpy", "h5py"))):
        absent = [f"python3-{module}" for module in modules if not importlib.util.find_spec(module)]
        files[name] = None if absent else Path(__file__).with_name("peers.py")
        missing[name] = f"not installed (Debian: {', '.join(absent)})"
    return files, missing


def describe(programs):
    """Lines about the machine, and about each program that is there."""
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    yield f"{model[1] if model else platform.machine()}, {CORES} cores, {platform.system()} {platform.release()}"
    yield f"load average at the start: {os.getloadavg()[0]:.1f}"
    for name in PROGRAMS:
        if programs[name]:
            record = launch(programs[name], 1, iterations=1).record
            build = record["build"]
            yield (f"{name}: {record['version']} ({record['revision']}), {build['compiler']} {build['flags']}, "
                   f"instruction set {build['instruction_set']}, {record['libraries']['mpi'].split(',')[0]}")
    if programs["PyTorch"]:
        yield subprocess.run([sys.executable, programs["PyTorch"], "about"], check=True, text=True,
                             stdout=subprocess.PIPE).stdout.strip()


def choose_rows(programs, given):
    """The rows that are wanted, each followed by that of the older program. The quick mode takes one
    row of each kind."""
    kinds = set()
    for row in make_rows():
        kind = (row.measure, row.program)
        if not re.search(given.only, row.name) or given.quick and kind in kinds:
            continue
        kinds.add(kind)
        yield row
        if row.older and programs[f"older {row.program}"]:
            yield row._replace(name=f"{row.name}, older", program=f"older {row.program}")


def spread(values, unit=""):
    """Median and quartiles, as two cells of a table."""
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive") if len(values) > 1 else 3 * values
    digits = 3 if middle < 10 else 1 if middle < 1000 else 0
    return f"{middle:,.{digits}f}{unit} | {low:,.{digits}f} to {high:,.{digits}f}"


def tables(rows, values, missing):
    """The lines of the tables of rows, and then of ratios."""
    head = ("", "| | median | quartiles |", "|---|---|---|")
    for at, row in enumerate(rows):
        if at == 0 or row.table != rows[at - 1].table:
            yield from ("", f"## {row.table}", *head)
        cells = spread(values[row.name], f" {row.unit}") if row.name in values else f"{missing[row.program]} |"
        yield f"| {row.name} | {cells} |"
    yield from ("", "## Ratios", *head)
    pairs = [(ours, theirs, theirs) for ours, theirs in PAIRS]
    for ours, theirs, words in pairs + [(row.name, f"{row.name}, older", "older") for row in rows]:
        if ours in values and theirs in values:
            yield f"| {ours} / {words} | {spread([a / b for a, b in zip(values[ours], values[theirs])])} |"


def measure_in_turns(rows, programs, given):
    """The numbers of each row, one for each round."""
    values = {row.name: [] for row in rows if programs[row.program]}
    for turn in range(given.rounds):
        for row in rows:
            if row.name in values:
                number = row.measure(programs[row.program], QUICK if given.quick else FULL, **row.settings)
                values[row.name].append(number)
                print(f"round {turn + 1} of {given.rounds}: {row.name}: {number:.3f} {row.unit}", flush=True)
    return values


def data(rows, values):
    """The rows as figures.py reads them."""
    for row in rows:
        yield {"table": row.table, "name": row.name, "unit": row.unit, "values": values.get(row.name, []),
               "settings": {name: value for name, value in row.settings.items() if not callable(value)}}


def main():
    arguments = parser(__doc__)
    for name, (option, words) in PROGRAMS.items():
        arguments.add_argument(option, type=Path, metavar="PROGRAM", help=words, required=name == "dtrain")
    arguments.add_argument("--rounds", type=int, default=5, metavar="N")
    arguments.add_argument("--only", default="", metavar="PATTERN", help="the rows whose names match")
    arguments.add_argument("--quick", action="store_true", help="one row of each kind, and few iterations: a trial")
    arguments.add_argument("-o", "--output", type=Path, default=Path("benchmark"), metavar="FOLDER")
    given = arguments.parse_args()
    if given.rounds < 1:
        raise Failure("--rounds: must be at least 1")
    programs, missing = find_programs(given)
    rows = list(choose_rows(programs, given))
    machine = [*describe(programs), f"rounds, in turns: {given.rounds}"]
    values = measure_in_turns(rows, programs, given)
    table = "\n".join(["# Benchmark", "", *(f"- {line}" for line in machine), *tables(rows, values, missing)])
    given.output.mkdir(parents=True, exist_ok=True)
    with outputs.replacing(given.output / "benchmark.md", OUR_TABLE) as path:
        path.write_text(table + "\n")
    with outputs.replacing(given.output / "benchmark.json", OUR_DATA) as path:
        path.write_text(json.dumps({"machine": machine, "cores": CORES, "rows": list(data(rows, values))}, indent=1))
    print(table)


if __name__ == "__main__":
    run(main)
