#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Draws the two figures of the book's notebook: the loss over the iterations, and the accuracies
over the epochs; several runs together.

    plot.py RUN [RUN...] [-o FOLDER]

Writes loss.png, loss.svg, accuracy.png and accuracy.svg into FOLDER, by default the first RUN.
"""
import argparse
from pathlib import Path

from runs import Run  # before matplotlib.pyplot: it chooses how to draw

import matplotlib
import matplotlib.pyplot as plt


def draw_loss(axes, runs):
    for at, run in enumerate(runs):
        color = f"C{at}"
        axes.plot([line["iteration"] for line in run.losses], [line["loss"] for line in run.losses],
                  color=color, alpha=0.25, linewidth=0.5)
        axes.plot(*run.smoothed_losses(), color=color, linewidth=1.8,
                  label=run.name if len(runs) > 1 else "running mean")
    axes.set_xlabel("iteration")
    axes.set_ylabel("loss of the mini-batch")
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.3)
    axes.legend()


def draw_accuracy(axes, runs):
    many = len(runs) > 1
    for at, run in enumerate(runs):
        per_epoch = run.record["dataset"]["train_rows"] / int(run.option("batch-size"))
        epochs = [line["iteration"] / per_epoch for line in run.evaluations]
        for split, style, color in (("train", "-", f"C{at}"), ("test", "--", f"C{at}" if many else "C1")):
            axes.plot(epochs, [100 * line[f"{split}_accuracy"] for line in run.evaluations],
                      style, marker=".", color=color,
                      label=f"{run.name}, {split}" if many else f"{split} set")
    axes.set_xlabel("epoch")
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.set_ylabel("accuracy, %")
    axes.set_ylim(0, 100)
    axes.grid(alpha=0.3)
    axes.legend(loc="lower right")


def title_of(runs):
    if len(runs) > 1:
        return f"{len(runs)} runs"
    run = runs[0]
    last = run.evaluations[-1]
    return (f"{run.name}: {run.option('gradient')} gradients, "
            f"test accuracy {100 * last['test_accuracy']:.2f} %")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="+", metavar="RUN")
    parser.add_argument("-o", "--output", type=Path, metavar="FOLDER")
    arguments = parser.parse_args()
    runs = [Run(folder) for folder in arguments.runs]
    output = arguments.output or runs[0].folder
    output.mkdir(parents=True, exist_ok=True)
    # Equal runs give equal files: no date, no random names.
    matplotlib.rcParams["svg.hashsalt"] = "dtrain"
    for name, draw in (("loss", draw_loss), ("accuracy", draw_accuracy)):
        figure, axes = plt.subplots(figsize=(7, 4.2))
        draw(axes, runs)
        axes.set_title(title_of(runs), fontsize=11)
        figure.tight_layout()
        for kind in ("png", "svg"):
            figure.savefig(output / f"{name}.{kind}", dpi=130,
                           metadata={"Date": None} if kind == "svg" else None)
        plt.close(figure)
        print(f"{output}/{name}.png, {name}.svg")


if __name__ == "__main__":
    main()
