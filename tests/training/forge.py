# SPDX-License-Identifier: MIT
"""Makes a forgery of a run: changes what is on record as somebody would who hides it well.

    forge.py RUN ulp ITERATION [ARRAY]      a number of a checkpoint, by one unit in the last place;
                                            ARRAY is parameters/W1 where none is given; ITERATION
                                            may be `best`
    forge.py RUN score ITERATION            the score of the best evaluation, in a checkpoint
    forge.py RUN attribute NAME VALUE       an option, in all checkpoints
    forge.py RUN recipe TEXT                the recipe, in all checkpoints
    forge.py RUN option NAME VALUE          an option, in run.json
    forge.py RUN unfinish                   forgets in run.json that it is finished
    forge.py RUN digit LINE                 the last digit of a line of metrics.jsonl
    forge.py RUN drop LINE                  drops a line of metrics.jsonl (-1: the last)

A checkpoint gets the hash of its new bytes.
"""
import json
import sys
from pathlib import Path

import h5py
import numpy as np

from user_block import renew


def rewrite(path, change):
    with h5py.File(path, "r+") as file:
        change(file)
    renew(path)


def checkpoint(run, which):
    return run / "checkpoints" / ("best.h5" if which == "best" else f"iteration-{int(which):07d}.h5")


def one_unit(file, name="parameters/W1"):
    array = file[name]
    at = (1, 2)[:array.ndim]
    array[at] = np.nextafter(array[at], 9)


def better(file):
    file.attrs["best_score"] = np.nextafter(file.attrs["best_score"], 9)


def replace_recipe(file, text):
    if "recipe" in file:
        del file["recipe"]
    file["recipe"] = text


def forge(run, what, *how):
    checkpoints = sorted((run / "checkpoints").iterdir())
    metrics, record = run / "metrics.jsonl", run / "run.json"
    lines = metrics.read_text().splitlines(keepends=True)
    if what == "ulp":
        rewrite(checkpoint(run, how[0]), lambda file: one_unit(file, *how[1:]))
    elif what == "score":
        rewrite(checkpoint(run, how[0]), better)
    elif what == "attribute":
        for path in checkpoints:
            rewrite(path, lambda file: file.attrs.modify(how[0], np.bytes_(how[1])))
    elif what == "recipe":
        for path in checkpoints:
            rewrite(path, lambda file: replace_recipe(file, how[0]))
    elif what == "option":
        content = json.loads(record.read_text())
        content["options"][how[0]]["value"] = how[1]
        record.write_text(json.dumps(content, indent=2))
    elif what == "unfinish":
        content = json.loads(record.read_text())
        del content["events"][-1]
        record.write_text(json.dumps(content, indent=2))
    elif what == "digit":
        line = lines[int(how[0])]
        last = max(i for i, letter in enumerate(line) if letter.isdigit())
        lines[int(how[0])] = line[:last] + str((int(line[last]) + 1) % 10) + line[last + 1:]
        metrics.write_text("".join(lines))
    elif what == "drop":
        del lines[int(how[0])]
        metrics.write_text("".join(lines))


if __name__ == "__main__":
    forge(Path(sys.argv[1]), *sys.argv[2:])
