#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Prints a run's metrics as CSV, a line an iteration; cells without a value stay empty.

    metrics_csv.py RUN > metrics.csv
"""
import csv
import io
from pathlib import Path

from failure import parser, run, write

from runs import read_lines

COLUMNS = ("iteration", "loss", "epoch", "train_loss", "train_accuracy", "test_loss", "test_accuracy")


def main():
    arguments = parser(__doc__)
    arguments.add_argument("run", metavar="RUN", type=Path)
    given = arguments.parse_args()
    rows = {}
    # Numbers stay text, so that nothing is rounded.
    for values in read_lines(given.run / "metrics.jsonl", {"iteration": int}, parse_float=str):
        rows.setdefault(values["iteration"], {}).update(values)
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows.values())
    write(text.getvalue())


if __name__ == "__main__":
    run(main)
