#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Draws the two figures of the book's notebook: the loss over the iterations, and the accuracies
over the epochs; several runs together. The accuracies are those of the training rows and of the
test set or, where a run has them, of the validation rows. For networks that predict numbers they are
R2 and, for one run whose dataset is there, a third figure has the predicted numbers against the true
ones.

A RUN is a run directory, or a checkpoint in one. Writes loss.png, loss.svg, accuracy.png (or r2.png,
predictions.png) and the same as .svg into FOLDER, by default the directory of the first RUN. Of runs
without data there is only the loss.
"""
from pathlib import Path

from dtrain.command import load_matplotlib, parser, run as run_script, start

start()
load_matplotlib()
import matplotlib.pyplot as plt

from dtrain import outputs, weights
from dtrain.failure import Failure, tell
from dtrain.figures import accuracy_figure, loss_figure, plain, predictions_figure
from dtrain.predictions import read_rows_of, split_to_show
from dtrain.run import Run


def title_of(runs):
    if len(runs) > 1:
        return f"{len(runs)} runs"
    run = runs[0]
    if not run.splits:
        return f"{plain(run.name)}: {plain(run.option('gradient'))} gradients"
    split, score = ("test", run.test) if run.test else (run.held_out, run.evaluations[-1])
    value = score[f"{split}_{run.measure or 'loss'}"]
    if not run.measure:
        shown = f"loss {value:.4g}"
    elif not run.predicts_numbers:
        shown = f"accuracy {100 * value:.2f} %"
    else:
        shown = f"RMSE {run.rmse(score, split):.4g}" + ("" if value is None else f", R2 {value:.4f}")
    return f"{plain(run.name)}: {plain(run.option('gradient'))} gradients, {split} {shown}"


def save(figure, path):
    """Without a date, so that equal runs give equal files."""
    for kind in ("png", "svg"):
        with outputs.replacing(path.with_suffix(f".{kind}"), outputs.is_picture) as temporary:
            figure.savefig(temporary, dpi=130, metadata={"Date": None} if kind == "svg" else None)


def draw_predictions(run, size):
    """None where the dataset is not there."""
    _, network = weights.read(run.source)
    if not Path(run.record["dataset"]["path"]).exists():
        tell(f"{run.record['dataset']['path']}: the run's dataset is not here; predictions are left out")
        return None
    _, inputs, targets = read_rows_of(run, network, split_to_show(run))
    return predictions_figure(run.in_units(targets), run.in_units(network.forward(inputs)),
                              run.output_names(targets.shape[1]), size)


def figures(runs, size):
    """Pairs of name and figure."""
    if len({run.measure for run in runs if run.splits}) > 1:
        raise Failure("some of these runs predict classes, and others numbers: draw them apart")
    yield "loss", loss_figure(runs, size)
    if not all(run.measure for run in runs):
        return
    yield runs[0].measure, accuracy_figure(runs, size)
    if len(runs) == 1 and runs[0].predicts_numbers:
        yield "predictions", draw_predictions(runs[0], size)


def main():
    arguments = parser(__doc__)
    arguments.add_argument("runs", nargs="+", metavar="RUN")
    arguments.add_argument("-o", "--output", type=Path, metavar="FOLDER")
    given = arguments.parse_args()
    runs = [Run(source) for source in given.runs]
    output = given.output or runs[0].folder
    output.mkdir(parents=True, exist_ok=True)
    for name, figure in figures(runs, (7, 4.2)):
        if not figure:
            continue
        figure.suptitle(title_of(runs), fontsize=11)
        save(figure, output / f"{name}.png")
        plt.close(figure)
        print(f"{output}/{name}.png, {name}.svg")


if __name__ == "__main__":
    run_script(main)
