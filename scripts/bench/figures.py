#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Draws what bench.py measured.

FILE is its benchmark.json. Writes beside it benchmark.png (an iteration), growth.png (the time for a
sample and a hidden unit) and scaling.png, each if its rows were measured.
"""
import json
import statistics
import sys
from pathlib import Path

# The package dtrain is above this folder.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from dtrain.command import load_matplotlib, parser, run, start

start()
load_matplotlib()
import matplotlib.pyplot as plt

from dtrain import outputs

COLORS = {"dtrain": "tab:blue", "PyTorch, float64": "tab:gray", "PyTorch, float32": "tab:orange"}
MARKS = {50: "o-", 200: "s--", 1000: "^:"}


def draw_iterations(axes, rows, cores):
    names, medians = [row["name"] for row in rows][::-1], [row["median"] for row in rows][::-1]
    axes.barh(names, medians, color=["tab:blue" if "dtrain" in name else "lightgray" for name in names])
    axes.set_xscale("log")
    axes.set_xlim(min(medians) / 3, 6 * max(medians))
    axes.set_xlabel("milliseconds for an iteration")
    for at, ms in enumerate(medians):
        axes.text(1.1 * ms, at, f"{ms:,.2f}" if ms < 100 else f"{ms:,.0f}", va="center")


def draw_growth(axes, rows, cores):
    """A line for each program and number of hidden units."""
    for series in dict.fromkeys(row["name"].rpartition(", B")[0] for row in rows):
        points = [row for row in rows if row["name"].startswith(f"{series}, B")]
        batches, hidden = [row["settings"]["batch"] for row in points], points[0]["settings"]["hidden"]
        axes.plot(batches, [1e6 * row["median"] / batch / hidden for row, batch in zip(points, batches)],
                  MARKS[hidden], color=COLORS[series.rpartition(", H")[0]], label=series)
    axes.set_xscale("log")
    axes.set_ylim(bottom=0)
    axes.set_xlabel("samples in a batch")
    axes.set_ylabel("nanoseconds for a sample and a hidden unit")
    axes.legend(fontsize=8, ncols=3, loc="lower center", bbox_to_anchor=(0.5, 1))


def draw_scaling(axes, rows, cores):
    """Samples a second, relative to one rank. Ranks that share the cores cannot be faster than these."""
    for table in dict.fromkeys(row["table"] for row in rows):
        points = [row for row in rows if row["table"] == table]
        rates = [row["settings"]["batch"] / row["median"] for row in points]
        axes.plot([row["settings"]["ranks"] for row in points], [rate / rates[0] for rate in rates], "o-", label=table)
    ranks = sorted({row["settings"]["ranks"] for row in rows})
    axes.plot(ranks, [min(n, cores) for n in ranks], ":", color="gray", label=f"ideal on {cores} cores")
    axes.set_xscale("log", base=2)
    axes.set_ylim(bottom=0)
    axes.set_xlabel("ranks")
    axes.set_ylabel("samples a second, of those of 1 rank")
    axes.legend()


# A picture shows the tables whose titles contain the words.
PICTURES = {"benchmark.png": ("An iteration", draw_iterations, (8, 5.5)),
            "growth.png": ("Growth", draw_growth, (8, 5)), "scaling.png": ("scaling", draw_scaling, (6, 4))}


def main():
    arguments = parser(__doc__)
    arguments.add_argument("file", type=Path, metavar="FILE")
    file = arguments.parse_args().file
    content = json.loads(file.read_text())
    measured = [{**row, "median": statistics.median(row["values"])} for row in content["rows"] if row["values"]]
    for name, (words, draw, size) in PICTURES.items():
        rows = [row for row in measured if words in row["table"]]
        if rows:
            figure, axes = plt.subplots(figsize=size, layout="constrained")
            axes.grid(alpha=0.3)
            draw(axes, rows, content["cores"])
            for axis in (axes.xaxis, axes.yaxis):
                if axis.get_scale() == "log":
                    axis.set_major_formatter("{x:,g}")
                    axis.set_minor_formatter("")
            with outputs.replacing(file.with_name(name), outputs.is_picture) as temporary:
                figure.savefig(temporary, dpi=120)
            print(file.with_name(name))


if __name__ == "__main__":
    run(main)
