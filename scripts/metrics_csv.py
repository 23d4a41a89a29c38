#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Prints a run's metrics as CSV, a line an iteration; cells without a value stay empty.

The columns always have the same order. Those of the validation rows and of the norms are there if
the run has them; each tensor has a column for its norm, such as weight_norm_W1.

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
COLUMNS = ("iteration", "loss", "epoch", *SCORES, "gradient_norm")
# Columns that a run has in any case, unless it predicts numbers.
ALWAYS = ("iteration", "loss", "epoch", "train_loss", "train_accuracy", "test_loss", "test_accuracy")


def flat(values):
    """The members of a line, with one for each tensor's norm."""
    norms = values["weight_norms"] if has_shape(values, {"weight_norms": dict}) else {}
    return values | {f"weight_norm_{name}": norm for name, norm in norms.items()}


def columns(rows):
    """The columns that the rows have, in order; those of tensors are in the order of the file."""
    found = dict.fromkeys(name for row in rows for name in row)
    always = [name for name in ALWAYS if "train_rmse" not in found or name not in SCORES]
    return ([name for name in COLUMNS if name in found or name in always]
            + [name for name in found if name.startswith("weight_norm_")])


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
