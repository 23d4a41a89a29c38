#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Times dtrain and its peers in turns, and writes a table and a plot.

    report.py BUILD_FOLDER DATASET OUTPUT_FOLDER [ROUNDS]
"""
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

build, dataset, output = map(Path, sys.argv[1:4])
rounds = int(sys.argv[4]) if len(sys.argv) > 4 else 5
one_thread = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def dtrain(ranks, *options, iterations=600, block=100):
    """Seconds for an iteration, one number a block of iterations: slowest rank's compute, and the
    mean of the reduction with its waiting."""
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        subprocess.run(
            ["mpirun", "-np", str(ranks), build / "dtrain", "--data", dataset, "--quiet",
             "--iterations", str(iterations), "--eval-every", str(block),
             "--checkpoint-every", str(10 * iterations), "--run-dir", run, *map(str, options)],
            check=True)
        lines = [json.loads(line) for line in open(run / "timing.jsonl")]
    return [(l["compute"]["mean"] + l["reduction"]["mean"]) / block for l in lines[2:]]


def peer(name):
    text = subprocess.run(
        ["/usr/bin/python3", Path(__file__).with_name("peers.py"), name, dataset],
        check=True, env=one_thread, stdout=subprocess.PIPE, text=True).stdout
    return [float(line) for line in text.split()]


def start_up():
    """Seconds of a whole process that trains one iteration without evaluating."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        subprocess.run([build / "dtrain", "--data", dataset, "--quiet", "--iterations", "1",
                        "--run-dir", Path(folder) / "run"], check=True)
        return [time.perf_counter() - start]


def whole_run(ranks):
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        subprocess.run(["mpirun", "-np", str(ranks), build / "dtrain", "--data", dataset,
                        "--quiet", "--run-dir", Path(folder) / "run"], check=True)
        return [time.perf_counter() - start]


def processor():
    for line in open("/proc/cpuinfo"):
        if line.startswith("model name"):
            return line.split(":")[1].strip()
    return platform.machine()


contest = {
    "dtrain numerical, 1 rank": lambda: dtrain(1),
    "PyTorch backprop, float64": lambda: peer("torch64"),
    "PyTorch backprop, float32": lambda: peer("torch32"),
    "dtrain backprop, 1 rank": lambda: dtrain(1, "--gradient", "backprop"),
    "dtrain numerical, 2 ranks": lambda: dtrain(2),
    "PyTorch DDP (gloo), 2 processes, float64": lambda: peer("ddp64"),
    "PyTorch DDP (gloo), 2 processes, float32": lambda: peer("ddp32"),
    "the book's loop in NumPy (extrapolated)": lambda: peer("numpy"),
}
scaling = {
    **{f"{n} ranks": (n,) for n in (1, 2, 4, 8)},
    **{f"1 rank, batch {b}": (1, "--batch-size", b) for b in (10, 1000)},
    **{f"2 ranks, batch {b}": (2, "--batch-size", b) for b in (10, 1000)},
    **{f"1 rank, {h} hidden units": (1, "--hidden", h) for h in (10, 200)},
    **{f"2 ranks, {h} hidden units": (2, "--hidden", h) for h in (10, 200)},
    **{f"1 rank, step {s}": (1, "--step", s) for s in (1e-3, 1e-2, 0.5)},
}

seconds = {name: [] for name in contest}
for turn in range(rounds):
    for name, measure in contest.items():
        seconds[name] += measure()
        print(f"round {turn + 1}: {name}: {1e3 * np.median(seconds[name]):.3f} ms", flush=True)

lines = [f"{processor()}, {os.cpu_count()} cores; medians of {rounds} rounds, in turns", "",
         "| an iteration, B = 100 | ms | of dtrain numerical, 1 rank |", "|---|---|---|"]
unit = np.median(seconds["dtrain numerical, 1 rank"])
for name, values in seconds.items():
    ms = 1e3 * np.median(values)
    lines.append(f"| {name} | {ms:.3f} | {ms / 1e3 / unit:.2f} |")
pairs = [("dtrain numerical, 1 rank", "PyTorch backprop, float64"),
         ("dtrain numerical, 1 rank", "PyTorch backprop, float32"),
         ("dtrain numerical, 2 ranks", "PyTorch DDP (gloo), 2 processes, float64"),
         ("dtrain numerical, 2 ranks", "PyTorch DDP (gloo), 2 processes, float32"),
         ("dtrain numerical, 1 rank", "dtrain backprop, 1 rank")]
lines += ["", "| ratio | |", "|---|---|"]
for ours, theirs in pairs:
    lines.append(f"| {ours} / {theirs} | {np.median(seconds[ours]) / np.median(seconds[theirs]):.2f} |")
lines += ["", "| dtrain, an iteration | ms |", "|---|---|"]
for name, arguments in scaling.items():
    ms = 1e3 * np.median(dtrain(*arguments, iterations=300, block=50))
    lines.append(f"| {name} | {ms:.3f} |")
lines += ["", "| whole processes | s |", "|---|---|"]
lines.append(f"| one iteration, 1 rank, with its 2 evaluations | {np.median([start_up() for _ in range(5)]):.2f} |")
for ranks in (1, 2):
    lines.append(f"| default run, 10,000 iterations, {ranks} rank{'s' * (ranks > 1)} "
                 f"| {np.median([whole_run(ranks) for _ in range(3)]):.1f} |")
for title, command in (("phases, trained or not", ["bench_core", ""]),):
    text = subprocess.run([build / "scripts/bench" / command[0], *command[1:]], check=True,
                          stdout=subprocess.PIPE, text=True).stdout
    lines += ["", f"{title}:", "```", text.strip(), "```"]

output.mkdir(parents=True, exist_ok=True)
(output / "benchmark.md").write_text("\n".join(lines) + "\n")
figure, axes = plt.subplots(figsize=(8, 3.4))
names = list(seconds)[::-1]
axes.barh(names, [1e3 * np.median(seconds[n]) for n in names],
          color=["tab:blue" if n.startswith("dtrain") else "lightgray" for n in names])
axes.set_xscale("log")
axes.set_xlabel("milliseconds for an iteration (logarithmic)")
for at, name in enumerate(names):
    ms = 1e3 * np.median(seconds[name])
    axes.text(1.1 * ms, at, f"{ms:,.2f}" if ms < 100 else f"{ms:,.0f}", va="center")
axes.set_xlim(0.1, 3e5)
figure.tight_layout()
figure.savefig(output / "benchmark.png", dpi=120)
print("\n".join(lines))
print(f"\nwritten to {output}/benchmark.md and benchmark.png")
