# SPDX-License-Identifier: MIT
"""What runs of a model that evaluates have beside others: its parameters over the iterations, which evaluations
failed, and how long they took."""
from collections import Counter

import matplotlib.pyplot as plt
import numpy as np

from dtrain.figures import plain

PANELS_ACROSS = 4
# Inches.
PANEL_WIDTH, PANEL_HEIGHT, TIMES_SIZE = 2.7, 1.9, (5.4, 3.7)
LONGEST_SHOWN = 5
NAME_LETTERS = 28
# Beside the names of parameters.
NO_PARAMETER = ""


def title_of(name):
    """Only the beginning of a long name."""
    return plain(name if len(name) <= NAME_LETTERS else name[:NAME_LETTERS - 1] + "\u2026")


def draw_bounds(axes, bounds):
    """Those that are not farther from the values than these from each other, which would else be a flat line."""
    low, high = axes.get_ylim()
    for bound in bounds:
        if bound is not None and 2 * low - high <= bound <= 2 * high - low:
            axes.axhline(bound, linestyle="--", color="tab:red", linewidth=1)


def theta_figure(course, parameters):
    """A panel for each of {name: [(iteration, value), ...]}. Bounds are dashed, where they are near."""
    bounds = {parameter["name"]: (parameter["lower"], parameter["upper"]) for parameter in parameters}
    across = min(len(course), PANELS_ACROSS)
    down = -(-len(course) // across)
    figure, panels = plt.subplots(down, across, figsize=(PANEL_WIDTH * across, PANEL_HEIGHT * down), squeeze=False,
                                  layout="constrained")
    for axes, (name, points) in zip(panels.flat, course.items()):
        axes.plot(*np.array(points, float).T, "o-", markersize=2.5, linewidth=1.2)
        draw_bounds(axes, bounds.get(name, ()))
        axes.set_title(title_of(name), fontsize="medium")
        axes.tick_params(labelsize="small")
        axes.grid(alpha=0.3)
    for axes in list(panels.flat)[len(course):]:
        axes.set_visible(False)
    return figure


def count_failures(failures):
    """[(parameter, cause, how many, how many of these were lost)], most first. The parameter is NO_PARAMETER for the
    losses of rows as they are."""
    all_of, lost = Counter(), Counter()
    for line in failures:
        key = str(line.get("parameter", NO_PARAMETER)), line["cause"]
        all_of[key] += 1
        lost[key] += line["lost"]
    return [(*key, count, lost[key]) for key, count in all_of.most_common()]


def overall(lines, share):
    """"busy" or "ideal" over all lines; None where none tells it."""
    told = [(line["seconds"]["sum"], line[share]) for line in lines if line[share]]
    return sum(seconds for seconds, _ in told) / sum(seconds / part for seconds, part in told) if told else None


def longest(lines):
    """The evaluations that took longest, in falling order."""
    every = [evaluation for line in lines for evaluation in line["longest"]]
    return sorted(every, key=lambda evaluation: -evaluation["seconds"])[:LONGEST_SHOWN]


def counts_by_octave(lines):
    """{o: how many took from 2^o to 2^(o + 1) seconds}, without gaps; empty if there are none."""
    counts = Counter()
    for line in lines:
        for octave, count in line["histogram"]:
            counts[octave] += count
    return {octave: counts[octave] for octave in range(min(counts), max(counts) + 1)} if counts else {}


def in_seconds(seconds):
    """With a unit that makes it readable: "36 ms"."""
    for unit, size in (("s", 1), ("ms", 1e-3), ("\u00b5s", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"


def times_figure(counts):
    """The histogram of {octave: count}: each bar is as wide as twice the time."""
    figure, axes = plt.subplots(figsize=TIMES_SIZE, layout="constrained")
    octaves = list(counts)
    axes.bar(octaves, list(counts.values()), 1, align="edge", color="tab:blue", edgecolor="white", linewidth=0.5)
    ends = octaves + [octaves[-1] + 1]
    shown = ends[::1 + len(ends) // 10]
    axes.set_xticks(shown, [in_seconds(2.0**end) for end in shown], rotation=45, ha="right", fontsize="small")
    axes.set_ylabel("evaluations")
    axes.grid(axis="y", alpha=0.3)
    return figure
