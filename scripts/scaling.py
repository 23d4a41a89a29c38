#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes one table and one plot of runs that differ in their number of ranks.

FOLDER holds a run directory for each number of ranks. Writes FOLDER/scaling.md and, where matplotlib
is installed, FOLDER/scaling.png.
"""
import statistics
from pathlib import Path

from dtrain import outputs
from dtrain.command import load_matplotlib, parser, run, start
from dtrain.failure import Failure, describe_import
from dtrain.run import TIMING, read_lines, read_record

start()

TITLES = ("ranks", "hosts", "iteration, ms", "compute, ms", "reduction and waiting, ms", "speed-up",
          "efficiency")


def read(folder):
    """The numbers of ranks and hosts, and the milliseconds an iteration spends in compute and in
    reduction: medians over the blocks between evaluations."""
    record = read_record(folder)
    lines = read_lines(folder / "timing.jsonl", TIMING)
    # No iteration comes before the first evaluation, and up to the second caches warm up.
    blocks = [(line["iteration"] - before["iteration"], line)
              for before, line in zip(lines[1:], lines[2:]) if line["iteration"] > before["iteration"]]
    if not blocks:
        raise Failure(f"{folder}: needs three evaluations (--eval-every)")

    def median(phase):
        return statistics.median(1e3 * line[phase]["mean"] / count for count, line in blocks)

    compute, reduction = median("compute"), median("reduction")
    if compute + reduction <= 0:
        raise Failure(f"{folder}/timing.jsonl: holds no times")
    return record["ranks"], len(set(record["hosts"])), compute, reduction


def table(runs):
    first_ranks, _, compute, reduction = runs[0]
    base = first_ranks * (compute + reduction)
    yield f"| {' | '.join(TITLES)} |"
    yield "|---" * len(TITLES) + "|"
    for ranks, hosts, compute, reduction in runs:
        speedup = base / (compute + reduction)
        yield (f"| {ranks} | {hosts} | {compute + reduction:.3f} | {compute:.3f} | {reduction:.3f} "
               f"| {speedup:.2f} | {100 * speedup / ranks:.0f} % |")


def plot(runs, path):
    load_matplotlib()
    import matplotlib.pyplot as plt

    ranks = [run[0] for run in runs]
    total = [run[2] + run[3] for run in runs]
    figure, axes = plt.subplots(figsize=(6, 4))
    axes.plot(ranks, [ranks[0] * total[0] / n for n in ranks], "--", color="gray", label="ideal")
    axes.plot(ranks, total, "o-", color="tab:blue", label="iteration")
    axes.plot(ranks, [run[3] for run in runs], "s:", color="tab:orange", label="reduction and waiting")
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.set_xticks(ranks, map(str, ranks))
    axes.set_xlabel("MPI ranks")
    axes.set_ylabel("milliseconds an iteration")
    axes.grid(True, which="both", alpha=0.3)
    axes.legend()
    figure.tight_layout()
    with outputs.replacing(path, outputs.is_picture) as temporary:
        figure.savefig(temporary, dpi=120)


def main():
    arguments = parser(__doc__)
    arguments.add_argument("study", metavar="FOLDER", type=Path)
    study = arguments.parse_args().study
    if not study.is_dir():
        raise Failure(f"{study}: is no folder")
    runs = sorted(read(path.parent) for path in study.glob("*/run.json"))
    if not runs:
        raise Failure(f"{study}: holds no runs")
    text = "\n".join(table(runs))
    with outputs.replacing(study / "scaling.md", outputs.starts_with(b"| ranks |")) as path:
        path.write_text(text + "\n")
    print(text)
    try:
        plot(runs, study / "scaling.png")
    except ImportError as error:
        print(f"no plot: {describe_import(error, 'matplotlib')}")


if __name__ == "__main__":
    run(main)
