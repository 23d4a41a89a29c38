#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Draws the two figures of the book's notebook: the loss over the iterations, and the accuracies
over the epochs; several runs together. The accuracies are those of the training rows and of the
test set or, where a run has them, of the validation rows.

A RUN is a run directory, or a checkpoint in one. Writes loss.png, loss.svg, accuracy.png and
accuracy.svg into FOLDER, by default the directory of the first RUN.
"""
from pathlib import Path

from dtrain.command import load_matplotlib, parser, run as run_script, start

start()
load_matplotlib()
import matplotlib.pyplot as plt

from dtrain import outputs
from dtrain.figures import accuracy_figure, loss_figure, plain
from dtrain.run import Run


def title_of(runs):
    if len(runs) > 1:
        return f"{len(runs)} runs"
    run = runs[0]
    split, score = ("test", run.test) if run.test else (run.held_out, run.evaluations[-1])
    return (f"{plain(run.name)}: {plain(run.option('gradient'))} gradients, "
            f"{split} accuracy {100 * score[f'{split}_accuracy']:.2f} %")


def save(figure, path):
    """Without a date, so that equal runs give equal files."""
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
    for name, draw in (("loss", loss_figure), ("accuracy", accuracy_figure)):
        figure = draw(runs, (7, 4.2))
        figure.suptitle(title_of(runs), fontsize=11)
        save(figure, output / f"{name}.png")
        plt.close(figure)
        print(f"{output}/{name}.png, {name}.svg")


if __name__ == "__main__":
    run_script(main)
