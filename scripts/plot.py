#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Draws the two figures of the book's notebook: the loss over the iterations, and the accuracies
over the epochs; several runs together.

A RUN is a run directory, or a checkpoint in one. Writes loss.png, loss.svg, accuracy.png and
accuracy.svg into FOLDER, by default the directory of the first RUN.
"""
from pathlib import Path

from failure import parser, run
import outputs

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

from runs import Run

TRAIN_COLOR, TEST_COLOR = "tab:blue", "tab:orange"
# The lower panel of the accuracies leaves out the first steep part of the curves.
ZOOM_FROM = 0.2


def plain(text):
    """A path as matplotlib shows it: without formulas, and not hidden from the legend."""
    return ("./" if text.startswith("_") else "") + text.replace("$", r"\$")


def running_mean(losses):
    """The length of the window, a hundredth of the run but at least 10, and the mean over each."""
    window = min(max(10, len(losses) // 100), len(losses))
    sums = np.cumsum(np.insert(losses, 0, 0.0))
    return window, (sums[window:] - sums[:-window]) / window


def draw_loss(axes, runs):
    for at, run in enumerate(runs):
        color, several = f"C{at}", len(runs) > 1
        iterations = np.array([line["iteration"] for line in run.losses])
        losses = np.array([line["loss"] for line in run.losses], float)
        if len(losses) == 0:
            continue
        window, means = running_mean(losses)
        axes.plot(iterations, losses, color=color, alpha=0.25, linewidth=0.5,
                  label=None if several else "each iteration")
        axes.plot(iterations[window - 1:], means, color=color, linewidth=1.8,
                  label=(f"{plain(run.name)}, " if several else "")
                  + f"running mean of {window:,} iterations")
    axes.set_xlabel("iteration")
    axes.set_ylabel("loss of the mini-batch")
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.3)
    if axes.get_legend_handles_labels()[0]:
        axes.legend(loc="upper right")


def zoomed_limits(runs):
    """From the lowest to the highest accuracy in percent, without the start of the runs."""
    values = [100 * line[f"{split}_accuracy"] for run in runs for line in run.evaluations
              if line["iteration"] >= ZOOM_FROM * run.evaluations[-1]["iteration"]
              for split in ("train", "test")]
    margin = max(0.05 * (max(values) - min(values)), 0.05)
    return min(values) - margin, max(values) + margin


def draw_accuracy(whole, zoomed, runs):
    """Two panels above each other: from 0 to 100 %, and where training and test set differ."""
    several = len(runs) > 1
    for at, run in enumerate(runs):
        epochs = [line["iteration"] / run.epoch_iterations() for line in run.evaluations]
        for split, style, marker, color in (("train", "-", "o", TRAIN_COLOR),
                                            ("test", "--", "s", TEST_COLOR)):
            for axes in (whole, zoomed):
                axes.plot(epochs, [100 * line[f"{split}_accuracy"] for line in run.evaluations],
                          style, marker=marker, markersize=3.5, color=f"C{at}" if several else color,
                          label=f"{plain(run.name)}, {split}" if several else f"{split} set")
    whole.set_ylim(0, 100)
    zoomed.set_ylim(*zoomed_limits(runs))
    zoomed.set_xlabel("epoch")
    zoomed.text(0.01, 0.97, "enlarged", transform=zoomed.transAxes, va="top", color="gray")
    zoomed.xaxis.get_major_locator().set_params(integer=True)
    for axes in (whole, zoomed):
        axes.set_ylabel("accuracy, %")
        axes.grid(alpha=0.3)
    zoomed.legend(loc="lower right")


def loss_figure(runs, size):
    figure, axes = plt.subplots(figsize=size, layout="constrained")
    draw_loss(axes, runs)
    return figure


def accuracy_figure(runs, size):
    figure, panels = plt.subplots(2, 1, figsize=size, sharex=True, layout="constrained",
                                  height_ratios=(2, 3))
    draw_accuracy(*panels, runs)
    return figure


def title_of(runs):
    if len(runs) > 1:
        return f"{len(runs)} runs"
    run = runs[0]
    return (f"{plain(run.name)}: {plain(run.option('gradient'))} gradients, "
            f"test accuracy {100 * run.evaluations[-1]['test_accuracy']:.2f} %")


def save(figure, path):
    for kind in ("png", "svg"):
        with outputs.replacing(path.with_suffix(f".{kind}"), outputs.is_picture) as temporary:
            figure.savefig(temporary, dpi=130, metadata={"Date": None} if kind == "svg" else None)


def main():
    arguments = parser(__doc__)
    arguments.add_argument("runs", nargs="+", metavar="RUN")
    arguments.add_argument("-o", "--output", type=Path, metavar="FOLDER")
    given = arguments.parse_args()
    runs = [Run(source) for source in given.runs]
    output = given.output or runs[0].folder
    output.mkdir(parents=True, exist_ok=True)
    # Equal runs give equal files: no date, no random names.
    matplotlib.rcParams["svg.hashsalt"] = "dtrain"
    for name, draw in (("loss", loss_figure), ("accuracy", accuracy_figure)):
        figure = draw(runs, (7, 4.2))
        figure.suptitle(title_of(runs), fontsize=11)
        save(figure, output / f"{name}.png")
        plt.close(figure)
        print(f"{output}/{name}.png, {name}.svg")


if __name__ == "__main__":
    run(main)
