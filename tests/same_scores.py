# SPDX-License-Identifier: MIT
"""What `dtrain eval --json` printed has the scores that the run had on the test set at its end.

    same_scores.py RUN EVAL.json ROWS
"""
import json
import sys

from formulas import read_lines

run, path, rows = sys.argv[1:]
last = read_lines(f"{run}/metrics.jsonl")[-1]
with open(path) as file:
    got = json.load(file)
assert got["loss"] == last["test_loss"] and got["accuracy"] == last["test_accuracy"], (got, last)
assert got["rows"] == sum(map(sum, got["confusion"])) == int(rows), got
