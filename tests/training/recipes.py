# SPDX-License-Identifier: MIT
"""Datasets with recipes, for recipes.sh, and what their runs, evaluations and predictions must be.
    recipes.py make               writes the datasets, and a list of bad ones with the lines that refuse them
    recipes.py files RUN DATA     the run's checkpoints and run.json hold the recipe of the dataset
    recipes.py classes WEIGHTS    evaluation and predictions of classes.h5 have its names
    recipes.py numbers WEIGHTS DATA    evaluation and predictions are in the units of the targets
"""
import json
import sys
from pathlib import Path

import h5py
import numpy as np

from formulas import probabilities, read_arrays, read_lines, read_split, scores

TRAIN, TEST = slice(0, 201), slice(201, 300)
NAMES = ["Ad\u00e9lie", 'a "b"\n\x1b[31m', "a name that is too long for a column", "\u6f22\u5b57"]
# A number that only all 17 digits tell, and members that dtrain does not know.
OTHERS = {"kind": "table", "columns": [{"name": "x", "mean": 0.1, "deviation": 1 / 3}], "note": None}
DEEP = '{"recipe": 1, "deep": ' + 1000 * "[" + 1000 * "]" + "}"


def recipe(target):
    return json.dumps({"recipe": 1, **OTHERS, "target": target}, ensure_ascii=False)


def of_classes(names):
    return recipe({"kind": "classes", "column": "species", "names": names})


def of_numbers(*columns):
    return recipe({"kind": "numbers", "columns": [dict(zip(("name", "mean", "deviation"), column)) for column in columns]})


def write(path, kind, values, text, splits=("train", "test")):
    """`text` is a str, or what else h5py makes a dataset of; None: no recipe."""
    random = np.random.default_rng(3)
    images = random.normal(size=(300, 4)).astype("f4")
    with h5py.File(path, "w") as file:
        for split, rows in (("train", TRAIN), ("test", TEST)):
            if split in splits:
                file[f"{split}/images"], file[f"{split}/{kind}"] = images[rows], values(images)[rows]
        if text is not None:
            file["recipe"] = text


def labels(x):
    return (x[:, 0] > 0) + 2 * (x[:, 1] > 0)


def columns_of(x):
    """Two targets in units of their own."""
    return np.stack([23 + 8 * x[:, 0] + x[:, 2], 1e5 + 3e4 * x[:, 1]], axis=1).astype(float)


def standardized(columns):
    def values(x):
        t = columns_of(x)[:, columns]
        return (t - t[TRAIN].mean(axis=0)) / t[TRAIN].std(axis=0)
    return values


def units_of(columns):
    x = np.random.default_rng(3).normal(size=(300, 4)).astype("f4")
    t = columns_of(x)[TRAIN][:, columns]
    return [(name, t[:, i].mean(), t[:, i].std())
            for i, name in enumerate(["mpg", "price in \u20ac"][column] for column in columns)]


def make():
    write("classes.h5", "labels", labels, of_classes(NAMES))
    write("fixed.h5", "labels", labels, np.bytes_(of_classes(NAMES).encode()))
    write("exchanged.h5", "labels", labels, of_classes(NAMES[::-1]))
    write("plain.h5", "labels", labels, None)
    write("train_only.h5", "labels", labels, of_classes(NAMES), ("train",))
    write("mpg.h5", "targets", standardized([0]), of_numbers(*units_of([0])))
    write("two.h5", "targets", standardized([0, 1]), of_numbers(*units_of([0, 1])))
    write("raw.h5", "targets", lambda x: columns_of(x)[:, 0] / 10, of_numbers(("raw",)))
    write("numbers_train_only.h5", "targets", standardized([0]), of_numbers(*units_of([0])), ("train",))
    again = ": import the data again"
    no_text = "/recipe is no single text: it must be a scalar string of UTF-8"
    bad = {
        "integer": (3, no_text),
        "array": ([b"{}"], no_text),
        "nul": (np.void(b"{}\0{}"), no_text),
        "long": (65 * 2**20 * " ", "/recipe is longer than 64 MiB: dtrain reads no text as long as that"),
        "latin1": (np.bytes_(of_classes(["caf\u00e9", "b", "c", "d"]).encode("latin-1")), "/recipe: is not JSON: line 1: "
                   "unable to decode byte 0xe9 near '\"caf'" + again),
        "deep": (DEEP, "/recipe: is nested too deeply" + again),
        "version": (of_classes(NAMES).replace("1", "2", 1), "/recipe: is of version 2, and this dtrain reads version 1: "
                    "take the dtrain that imported the data"),
        "fewer": (of_classes(NAMES[:3]), "/recipe: names 3 classes, but there are 4" + again),
        "more": (of_classes([*NAMES, "e"]), "/recipe: names 5 classes, but there are 4" + again),
        "kind": (of_numbers(*units_of([0])), "/recipe: is about numbers, but classes are predicted" + again),
        "name": (of_classes([1, 2, 3, 4]), "/recipe: the name of output 0 is no text" + again),
    }
    with open("bad", "w") as out:
        for name, (text, line) in bad.items():
            write(f"{name}.h5", "labels", labels, text)
            print(f"{name}.h5\t{name}.h5: {line}", file=out)
        write("deviation.h5", "targets", standardized([0]), of_numbers(("mpg", 3.5, 0)))
        print("deviation.h5\tdeviation.h5: /recipe: the mean of target 'mpg' must be a number, and its deviation one "
              "above 0" + again, file=out)


def text_of(path):
    with h5py.File(path) as file:
        return file["recipe"][()].decode() if "recipe" in file else None


def check_files(run, data):
    expected = text_of(data)
    checkpoints = list(Path(run, "checkpoints").iterdir())
    assert any(path.name == "best.h5" for path in checkpoints) and len(checkpoints) > 1
    for path in checkpoints:
        assert text_of(path) == expected, path
        with h5py.File(path) as file:
            kind = h5py.check_string_dtype(file["recipe"].dtype)
            assert kind.encoding == "utf-8" and kind.length == len(expected.encode()) + 1
    recorded = json.loads(Path(run, "run.json").read_text())["dataset"]["recipe"]
    assert recorded == json.loads(expected) and list(recorded) == list(json.loads(expected))


def check_classes(weights):
    x, t = read_split("classes.h5", "test")
    y = probabilities(read_arrays(weights), x)
    reported = read_lines("evaluation")[0]
    assert [entry["name"] for entry in reported["classes"]] == NAMES
    assert abs(reported["accuracy"] - scores(y, t)[1]) < 1e-12
    lines = read_lines("predictions")
    assert len(lines) == len(x)
    for line, expected in zip(lines, y):
        assert list(line) == ["image", "class", "name", "probability", "probabilities"]
        assert line["class"] == expected.argmax() and line["name"] == NAMES[line["class"]]
        assert np.abs(np.array(line["probabilities"]) - expected).max() < 1e-12
        assert line["probability"] == line["probabilities"][line["class"]]
    rows = [line.split() for line in Path("table").read_text().splitlines()]
    heading = Path("table").read_text().splitlines()[0]
    assert heading.split()[:3] == ["image", "class", "probability"] and heading.endswith(NAMES[3])
    assert len({len(line) for line in Path("table").read_text().splitlines()}) == 1, "the columns are not aligned"
    assert np.abs(np.array([row[-4:] for row in rows[1:]], float) - y).max() < 1e-6
    table = Path("report").read_text()
    assert "\x1b" not in table and r'a "b"\x0a\x1b[31m' in table and "a name that is too lo..." in table
    blocks = [block.splitlines() for block in table.split("\n\n")[1:]]
    assert len(blocks) == 2 and all(len({len(line) for line in block[-4:]}) == 1 for block in blocks), table


def check_numbers(weights, data):
    p = read_arrays(weights)
    with h5py.File(data) as file:
        x, t = file["test/images"][:].astype(float), file["test/targets"][:]
        columns = json.loads(file["recipe"][()])["target"]["columns"]
    mean, unit = (np.array([column[name] for column in columns]) for name in ("mean", "deviation"))
    a = 1 / (1 + np.exp(-(x @ p["W1"] + p["b1"]))) @ p["W2"] + p["b2"]
    shown = np.array([line["targets"] for line in read_lines("predictions")])
    assert np.abs(shown / (mean + unit * a) - 1).max() < 1e-11
    errors, reported = a - t, read_lines("evaluation")[0]
    assert abs(reported["loss"] - (errors**2).sum(axis=1).mean() / 2) < 1e-12
    in_units = errors * unit
    for m, target in enumerate(reported["targets"]):
        assert target["name"] == columns[m]["name"]
        assert abs(target["rmse"] / np.sqrt((in_units[:, m]**2).mean()) - 1) < 1e-10
        assert abs(target["mae"] / np.abs(in_units[:, m]).mean() - 1) < 1e-10
    overall = in_units if len(columns) == 1 else errors
    assert abs(reported["rmse"] / np.sqrt((overall**2).mean()) - 1) < 1e-10
    assert abs(reported["mae"] / np.abs(overall).mean() - 1) < 1e-10


{"make": make, "files": check_files, "classes": check_classes, "numbers": check_numbers}[sys.argv[1]](*sys.argv[2:])
