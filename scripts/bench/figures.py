#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Draws what bench.py measured.

FILE is its benchmark.json. Writes beside it benchmark.png (an iteration), networks.png (an iteration
of networks of several sizes), growth.png (the time for a sample and a hidden unit) and scaling.png,
each if its rows were measured.
"""
import itertools
import json
import operator
import re
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

OUR_COLORS = {"dtrain": "tab:blue", "dtrain, backprop": "tab:blue", "dtrain, numerical": "tab:cyan"}
THEIR_COLORS = ("tab:gray", "tab:orange", "tab:brown", "tab:red", "tab:olive", "tab:pink")
MARKS = {50: "o-", 200: "s--", 1000: "^:"}
DEEP_MARKS = {"relu": "s", "sigmoid": "D"}
INPUTS, CLASSES = 784, 10


def series_of(row):
    """The program, and how it computes."""
    how = f"float{row['settings']['bits']}" if "bits" in row["settings"] else row["settings"].get("gradient")
    return f"{row['program']}, {how}" if how else row["program"]


def colors_of(rows):
    """The color of each series, in the order of the rows."""
    theirs = itertools.cycle(THEIR_COLORS)
    return {series: OUR_COLORS.get(series) or next(theirs) for series in dict.fromkeys(map(series_of, rows))}


def draw_iterations(axes, rows, cores):
    axes.figure.set_figheight(max(5.5, 0.3 * len(rows)))
    names, medians = [row["name"] for row in rows][::-1], [row["median"] for row in rows][::-1]
    axes.barh(names, medians, color=["tab:blue" if "dtrain" in name else "lightgray" for name in names])
    axes.set_xscale("log")
    axes.set_xlim(min(medians) / 3, 6 * max(medians))
    axes.set_xlabel("milliseconds for an iteration")
    for at, ms in enumerate(medians):
        axes.text(1.1 * ms, at, f"{ms:,.2f}" if ms < 100 else f"{ms:,.0f}", va="center")


def products_of(row):
    """How many million times a forward pass of the batch multiplies an input with a weight."""
    widths = [INPUTS, *map(int, row["settings"]["hidden"].split(",")), CLASSES]
    return 1e-6 * row["settings"]["batch"] * sum(map(operator.mul, widths, widths[1:]))


def name_networks(axes, rows, outermost, offset):
    """Writes the name of each network beside its lowest or highest point."""
    for size in dict.fromkeys(map(products_of, rows)):
        points = [row for row in rows if products_of(row) == size]
        axes.annotate(re.match("[^ ,]+", points[0]["name"])[0], (size, outermost(row["median"] for row in points)),
                      (0, offset), textcoords="offset points", ha="center", fontsize=8)


def draw_networks(axes, rows, cores):
    """A line for each series through the networks with one hidden layer, and marks for the deeper ones."""
    deep = [row for row in rows if "," in row["settings"]["hidden"]]
    flat = [row for row in rows if row not in deep]
    colors = colors_of(rows)
    for series, color in colors.items():
        points = sorted((products_of(row), row["median"]) for row in flat if series_of(row) == series)
        axes.plot([size for size, _ in points], [ms for _, ms in points], "o-", color=color, label=series)
    for activation, mark in DEEP_MARKS.items():
        axes.plot([], [], mark, color="black", label=f"several hidden layers, {activation}")
    for row in deep:
        axes.plot(products_of(row), row["median"], DEEP_MARKS[row["settings"]["activation"]],
                  color=colors[series_of(row)], alpha=0.8)
    name_networks(axes, flat, min, -14)
    name_networks(axes, deep, max, 8)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.margins(0.1)
    axes.set_xlabel("million products of an input and a weight in a forward pass of the batch")
    axes.set_ylabel("milliseconds for an iteration")
    axes.legend(fontsize=8, ncols=2, loc="lower center", bbox_to_anchor=(0.5, 1))


def draw_growth(axes, rows, cores):
    """A line for each series and number of hidden units."""
    colors = colors_of(rows)
    for series, hidden in dict.fromkeys((series_of(row), row["settings"]["hidden"]) for row in rows):
        points = [row for row in rows if (series_of(row), row["settings"]["hidden"]) == (series, hidden)]
        batches = [row["settings"]["batch"] for row in points]
        axes.plot(batches, [1e6 * row["median"] / batch / hidden for row, batch in zip(points, batches)],
                  MARKS[hidden], color=colors[series], label=f"{series}, H = {hidden}")
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
            "networks.png": ("Networks", draw_networks, (8, 6.5)),
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
