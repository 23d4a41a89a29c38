#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Times dtrain beside PyTorch and the book's loop in NumPy, in turns, and prints tables.

A round takes one number for each row, so that whatever else the machine does meets all of them. A row
shows the median and the quartiles over the rounds; a ratio is taken in each round. Writes
FOLDER/benchmark.md, and FOLDER/benchmark.json for figures.py. PyTorch is that of this Python, if it has
one, and that of each --torch.
"""
import importlib.util
import itertools
import json
import os
import platform
import re
import shlex
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

from measurements import CORES, FULL, QUICK, launch
from rows import PAIRS, make_rows

# The programs that options name, with their help.
PROGRAMS = {"dtrain": ("--dtrain", "the dtrain to measure"), "AVX2": ("--avx2", "one for AVX2 only"),
            "clang": ("--clang", "one made by clang"),
            "older dtrain": ("--against", "an older one, measured in turns with it"),
            "older AVX2": ("--against-avx2", "an older one for AVX2 only")}
OUR_TABLE = outputs.starts_with(b"# Benchmark")
OUR_DATA = outputs.starts_with(b'{\n "machine"')


def ask_about(command):
    """What a PyTorch says about itself: "PyTorch VERSION, ..."."""
    try:
        process = subprocess.run([*command, "about"], text=True, stdout=subprocess.PIPE)
    except OSError as error:
        raise Failure(f"{command[0]}: {error.strerror}") from None
    if process.returncode:
        raise Failure(f"--torch '{shlex.join(command[:-1])}': starts no Python with torch, numpy and h5py that can "
                      f"read {command[-1]}")
    return process.stdout.strip()


def find_peers(pythons):
    """The commands of each PyTorch and of NumPy, by name and version; the words for those that are missing;
    and what each PyTorch says about itself."""
    script = str(Path(__file__).resolve().with_name("peers.py"))
    commands, missing, about = {}, {}, []
    for name, modules in (("PyTorch", ("torch", "numpy", "h5py")), ("NumPy", ("numpy", "h5py"))):
        absent = [f"python3-{module}" for module in modules if not importlib.util.find_spec(module)]
        commands[name] = None if absent else [sys.executable, script]
        missing[name] = f"not installed (Debian: {', '.join(absent)})"
    own = commands.pop("PyTorch")
    for command in [*([own] if own else []), *([*shlex.split(python), script] for python in pythons)]:
        about.append(ask_about(command))
        name = about[-1].partition(",")[0]
        if name in commands:
            raise Failure(f"--torch '{shlex.join(command[:-1])}': is {name} again")
        commands[name] = command
    return commands, missing, about


def find_programs(given):
    """The file or command of each program, None where there is none; the words for that; and what each
    PyTorch says about itself."""
    files = {name: getattr(given, option[2:].replace("-", "_")) for name, (option, _) in PROGRAMS.items()}
    commands, missing, about = find_peers(given.torch)
    missing.update({name: f"not given ({option})" for name, (option, _) in PROGRAMS.items()})
    return {**files, **commands}, missing, about


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


def versions(row, programs):
    """The row for each version of its program: those of PyTorch, or dtrain and the older one."""
    if row.program == "PyTorch":
        found = [name for name in programs if name.startswith("PyTorch ")]
        return [row._replace(name=row.name.replace("PyTorch", name), program=name) for name in found] or [row]
    if row.older and programs[f"older {row.program}"]:
        return [row, row._replace(name=f"{row.name}, older", program=f"older {row.program}")]
    return [row]


def choose_rows(programs, given):
    """The rows that are wanted: lists of their versions, by the name in make_rows(). The quick mode takes one
    row of each kind."""
    chosen, kinds = {}, set()
    for row in make_rows():
        kind = (row.measure, row.program)
        if re.search(given.only, row.name) and not (given.quick and kind in kinds):
            kinds.add(kind)
            chosen[row.name] = versions(row, programs)
    return chosen


def spread(values, unit=""):
    """Median and quartiles, as two cells of a table."""
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive") if len(values) > 1 else 3 * values
    digits = 3 if middle < 10 else 1 if middle < 1000 else 0
    return f"{middle:,.{digits}f}{unit} | {low:,.{digits}f} to {high:,.{digits}f}"


def compare(chosen, values):
    """What the table of ratios compares: the names of two rows, and the words for the second one."""
    for names in PAIRS:
        ours, theirs = (chosen.get(name, []) for name in names)
        measured = [row for row in theirs if row.name in values]
        if any(row.program.startswith("PyTorch") for row in measured):
            fastest = min(measured, key=lambda row: statistics.median(values[row.name]))
            for our, their in itertools.product(ours, measured):
                mark = " (the fastest)" if their is fastest and len(measured) > 1 else ""
                yield our.name, their.name, f"{their.name}{mark}"
        else:
            yield from ((our.name, their.name, their.name) for our, their in zip(ours, theirs))
    for rows in chosen.values():
        yield from ((rows[0].name, row.name, "older") for row in rows if row.program.startswith("older"))


def tables(chosen, values, missing):
    """The lines of the tables of rows, and then of ratios."""
    head, title = ("", "| | median | quartiles |", "|---|---|---|"), None
    for row in itertools.chain(*chosen.values()):
        if row.table != title:
            title = row.table
            yield from ("", f"## {title}", *head)
        cells = spread(values[row.name], f" {row.unit}") if row.name in values else f"{missing[row.program]} |"
        yield f"| {row.name} | {cells} |"
    yield from ("", "## Ratios", *head)
    for ours, theirs, words in compare(chosen, values):
        if ours in values and theirs in values:
            yield f"| {ours} / {words} | {spread([a / b for a, b in zip(values[ours], values[theirs])])} |"


def measure_in_turns(rows, programs, given):
    """The numbers of each row, one for each round."""
    values = {row.name: [] for row in rows if programs.get(row.program)}
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
        settings = {name: value for name, value in row.settings.items() if not callable(value)}
        yield {"table": row.table, "name": row.name, "program": row.program, "unit": row.unit,
               "values": values.get(row.name, []), "settings": settings}


def main():
    arguments = parser(__doc__)
    for name, (option, words) in PROGRAMS.items():
        arguments.add_argument(option, type=Path, metavar="PROGRAM", help=words, required=name == "dtrain")
    arguments.add_argument("--torch", action="append", default=[], metavar="COMMAND",
                           help="starts a Python that has another PyTorch; may be given again")
    arguments.add_argument("--rounds", type=int, default=5, metavar="N")
    arguments.add_argument("--only", default="", metavar="PATTERN", help="the rows whose names match")
    arguments.add_argument("--quick", action="store_true", help="one row of each kind, and few iterations: a trial")
    arguments.add_argument("-o", "--output", type=Path, default=Path("benchmark"), metavar="FOLDER")
    given = arguments.parse_args()
    if given.rounds < 1:
        raise Failure("--rounds: must be at least 1")
    programs, missing, about = find_programs(given)
    chosen = choose_rows(programs, given)
    rows = list(itertools.chain(*chosen.values()))
    machine = [*describe(programs), *about, f"rounds, in turns: {given.rounds}"]
    values = measure_in_turns(rows, programs, given)
    table = "\n".join(["# Benchmark", "", *(f"- {line}" for line in machine), *tables(chosen, values, missing)])
    given.output.mkdir(parents=True, exist_ok=True)
    with outputs.replacing(given.output / "benchmark.md", OUR_TABLE) as path:
        path.write_text(table + "\n")
    with outputs.replacing(given.output / "benchmark.json", OUR_DATA) as path:
        path.write_text(json.dumps({"machine": machine, "cores": CORES, "rows": list(data(rows, values))}, indent=1))
    print(table)


if __name__ == "__main__":
    run(main)
