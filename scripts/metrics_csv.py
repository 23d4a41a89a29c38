#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Prints a run's metrics as CSV, a line an iteration; cells without a value stay empty.

    metrics_csv.py RUN > metrics.csv
"""
import csv
import json
import sys
from pathlib import Path

COLUMNS = ("iteration", "loss", "epoch", "train_loss", "train_accuracy", "test_loss", "test_accuracy")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    rows = {}
    with open(Path(sys.argv[1]) / "metrics.jsonl", encoding="utf-8") as file:
        for line in file:
            # A run at work may be in the middle of its last line.
            if line.endswith("\n"):
                # Digits as they stand: nothing is rounded.
                values = json.loads(line, parse_float=str)
                rows.setdefault(values["iteration"], {}).update(values)
    writer = csv.DictWriter(sys.stdout, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows.values())


if __name__ == "__main__":
    main()
