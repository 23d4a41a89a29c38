#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Prints a run's metrics as CSV, a line an iteration; cells without a value stay empty.

The columns always have the same order. Those of the validation rows and of the norms are there if
the run has them; each tensor has a column for its norm, such as weight_norm_W1, and each parameter of
a model of few one for its value, such as theta_inflow.

    dtrain csv RUN > metrics.csv
"""
import csv
import io
from pathlib import Path

from dtrain.command import parser, run, start, write
from dtrain.run import has_shape, read_lines

start()

SCORES = [f"{split}_{measure}" for split in ("train", "validation", "test")
          for measure in ("loss", "accuracy", "rmse", "r2")]
COLUMNS = ("iteration", "loss", "failures", "epoch", *SCORES, "gradient_norm")
# Columns that a run has in any case, unless it predicts numbers.
ALWAYS = ("iteration", "loss", "epoch", "train_loss", "train_accuracy", "test_loss", "test_accuracy")


def flat(values):
    """The members of a line, with one for each tensor's norm and each parameter's value."""
    flattened = dict(values)
    for member, prefix in (("weight_norms", "weight_norm_"), ("theta", "theta_")):
        if has_shape(values, {member: dict}):
            flattened |= {f"{prefix}{name}": value for name, value in values[member].items()}
    return flattened


def columns(rows):
    """The columns that the rows have, in order; those of tensors are in the order of the file."""
    found = dict.fromkeys(name for row in rows for name in row)
    # Without data, evaluations have norms, but no scores.
    has_classes = "train_rmse" not in found and ("train_loss" in found or "weight_norms" not in found)
    always = [name for name in ALWAYS if has_classes or name not in SCORES]
    return ([name for name in COLUMNS if name in found or name in always]
            + [name for prefix in ("weight_norm_", "theta_") for name in found if name.startswith(prefix)])


def main():
    arguments = parser(__doc__)
    arguments.add_argument("run", metavar="RUN", type=Path)
    given = arguments.parse_args()
    rows = {}
    # Numbers stay text, so that nothing is rounded.
    for values in read_lines(given.run / "metrics.jsonl", {"iteration": int}, parse_float=str):
        rows.setdefault(values["iteration"], {}).update(flat(values))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns(rows.values()), extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows.values())
    write(text.getvalue())


if __name__ == "__main__":
    run(main)
