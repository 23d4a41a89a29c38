# SPDX-License-Identifier: MIT
"""Python of exports.sh: data, rows for the programs that it compiles, and what they should have written.

    exports.py images                   writes digits.npz, and MNIST's test images for two headers
    exports.py weights FROM DATA OUT    a weights file of the checkpoint FROM, with the recipe of the dataset DATA
    exports.py check_images GRAPHS      headers and, if that is true, graphs predict as dtrain has
    exports.py tables                   writes odd.csv, plain.csv and prices.csv
    exports.py rows TABLE               the rows of TABLE.csv as they go into its header
    exports.py check_table TABLE GRAPHS     header and graphs predict as the network does from the dataset
    exports.py scaled_rows              the rows of prices.h5, for a header without a recipe
    exports.py check_scaled GRAPHS      what that predicts, and its graphs
    exports.py missing                  rows of which an input is NAN, for three headers
    exports.py check_missing            what these predict
    exports.py identifiers HEADER       the names of the inputs of odd.csv
    exports.py extremes                 weights of extreme numbers, and their bytes
    exports.py wrong_recipes            weights files whose recipes do not fit, or are none
"""
import csv
import json
import os
import re
import sys
from pathlib import Path

import h5py
import numpy as np

from formulas import graph_values, read_lines

from dtrain.recipes import read_recipe, read_text
from dtrain.weights import read_network

ROWS = 200
# Of probabilities, in relation to the number: the order of a sum, and exp(), which is dtrain's own or the C library's.
CLOSE, CLOSE_SINGLE = 1e-12, 1e-3


def check_close(found, expected, tolerance=CLOSE):
    assert found.shape == expected.shape, (found.shape, expected.shape)
    error = np.abs(found - expected).max() / np.abs(expected).max()
    relative = (np.abs(found - expected) / np.abs(expected)).max()
    print(f"largest difference: {error:.1e} of the largest number, {relative:.1e} of each")
    assert relative < tolerance, relative


def read_doubles(path, columns):
    return np.fromfile(path).reshape(-1, columns)


def images():
    with h5py.File(os.environ["MNIST_FILE"]) as file:
        pixels, labels = file["test/images"][:], file["test/labels"][:]
    np.savez("digits.npz", x_train=pixels[:600].reshape(-1, 28, 28), y_train=labels[:600])
    for folder in ("values", "bytes"):
        os.mkdir(folder)
    pixels.tofile("bytes/rows.bin")
    (pixels / np.float32(255)).astype(float).tofile("values/rows.bin")


def weights(source, data, out):
    with h5py.File(source) as file, h5py.File(data) as dataset, h5py.File(out, "w") as made:
        parameters = file["parameters"]
        for name in parameters:
            made[name] = parameters[name][:]
        made.attrs.update(parameters.attrs)
        dataset.copy("recipe", made)


def check_images(graphs):
    said = read_lines("predictions")
    classes, largest = (np.array([line[name] for line in said]) for name in ("class", "probability"))
    pixels = np.fromfile("bytes/rows.bin", np.uint8).reshape(10000, -1)
    inputs = np.fromfile("values/rows.bin").reshape(10000, -1)
    # The program prints the largest probability; NumPy has the others, too.
    expected = read_network("run")[1].forward(inputs)
    for folder in ("values", "bytes"):
        found = read_doubles(f"{folder}/out.bin", 11)
        assert (found[:, 10] == classes).all()
        check_close(found[:, :10].max(axis=1), largest)
        check_close(found[:, :10], expected)
    if graphs == "true":
        for folder, x, single in (("values", inputs, inputs.astype(np.float32)), ("bytes", pixels, pixels)):
            values = graph_values(f"{folder}/net.onnx", x)
            check_close(values["probabilities"], expected)
            # The very inputs of training.
            assert np.array_equal(values["x" if folder == "bytes" else "inputs"], inputs)
            found = graph_values(f"{folder}/single.onnx", single)["probabilities"]
            check_close(found, expected, CLOSE_SINGLE)
            assert (found.argmax(axis=1) == expected.argmax(axis=1)).mean() > 0.999


# Names that become the same identifier, or none; that begin with digits, are words of C, or could end a string or
# a comment; and classes that could form trigraphs or look like something else.
ODD_COLUMNS = ["größe", "int", "INT", "2nd", "co\nlour", 'a"b\\', "§", "x*/ y", "x /* y", "??/", "when", "kind"]
ODD_CLASSES = ['"q"', "new\nline\\", "??/ ü??\' \u202e*/"]


def write_csv(path, rows):
    with open(path, "w", newline="") as file:
        csv.writer(file).writerows(rows)


def tables():
    rng = np.random.default_rng(0)
    rows = [ODD_COLUMNS]
    for i in range(ROWS):
        x = rng.normal(size=8)
        numbers = ["" if i % 17 == 3 else 1e3 + x[0], x[1], 1e-3 * x[2], i % 7 + 0.5]
        colour = "" if i % 11 == 1 else ["re,d", "??/", "*/ x /*", "ü"][i % 4]
        rows.append([*numbers, colour, x[0] + i % 3, *x[4:8], f"20{i % 20:02d}-0{i % 9 + 1}-11", ODD_CLASSES[i % 3]])
    write_csv("odd.csv", rows)
    x = rng.normal(size=(ROWS, 3)) * [1, 1e6, 1e-3] + [0, 1e7, 1]
    write_csv("plain.csv", [["a", "b", "c", "kind"]] + [[*row, "yes" if row[0] > 0 else "no"] for row in x])
    prices = [[row[0], "" if i % 13 == 5 else row[1], "abc"[i % 3], 1e5 + 1e4 * row[0], -row[1]]
              for i, row in enumerate(x)]
    write_csv("prices.csv", [["a", "b", "c", "price €", '"rent"']] + prices)


def read_dataset(table):
    """Inputs and numbers of rows in the table, of both sets."""
    with h5py.File(f"{table}.h5") as file:
        return tuple(np.concatenate([file[f"{split}/{name}"][:] for split in ("train", "test")])
                     for name in ("images", "rows"))


def raw_rows(table):
    from dtrain.sources.find import Options, open_source

    recipe = read_recipe(f"{table}.h5")
    source = open_source(f"{table}.csv", Options(**recipe.reading))
    return np.concatenate([recipe.numbers(block) for block in source.blocks(recipe.number_columns)])


def rows(table):
    raw_rows(table)[read_dataset(table)[1]].tofile(f"{table}/rows.bin")


def check_names(table, names):
    assert Path(table, "names.bin").read_bytes() == b"".join(name.encode() + b"\0" for name in names)


def check_table(table, graphs):
    network, recipe = read_network(f"{table}-weights.h5")[1], read_recipe(f"{table}.h5")
    inputs = read_dataset(table)[0].astype(float)
    raw = np.fromfile(f"{table}/rows.bin").reshape(inputs.shape)
    expected = network.forward(inputs)
    found = read_doubles(f"{table}/out.bin", expected.shape[1] + (not network.predicts_numbers))
    if network.predicts_numbers:
        targets = recipe.target.outputs
        names = [one.name for one in targets]
        expected = expected * [one.deviation for one in targets] + [one.mean for one in targets]
    else:
        names = recipe.target.names
        assert (found[:, -1] == expected.argmax(axis=1)).all()
        found = found[:, :-1]
    check_close(found, expected)
    check_names(table, names)
    if graphs == "true":
        kind = "targets" if network.predicts_numbers else "classes"
        check_graphs(table, raw, inputs, expected, {"inputs": [one.name for one in recipe.inputs], kind: names})


def check_graphs(table, raw, inputs, expected, named):
    import onnx

    result = "probabilities" if "classes" in named else "targets"
    values = graph_values(f"{table}/net.onnx", raw)
    assert np.array_equal(values["x"], inputs)
    check_close(values[result], expected)
    check_close(graph_values(f"{table}/single.onnx", raw.astype(np.float32))[result], expected, CLOSE_SINGLE)
    for path in (f"{table}/net.onnx", f"{table}/single.onnx"):
        found = {entry.key: json.loads(entry.value) for entry in onnx.load(path).metadata_props}
        assert found == named, found


def scaled_rows():
    read_dataset("prices")[0].astype(float).tofile("scaled/rows.bin")


def check_scaled(graphs):
    inputs = read_dataset("prices")[0].astype(float)
    expected = read_network("prices-weights.h5")[1].forward(inputs)
    check_close(read_doubles("scaled/out.bin", 2), expected)
    if graphs == "true":
        check_close(graph_values("scaled/net.onnx", inputs)["targets"], expected)


def missing():
    for folder, inputs in (("plain", 3), ("odd", 19), ("scaled", 5)):
        row = np.fromfile(f"{folder}/rows.bin")[:inputs]
        # In odd.csv a number takes the place of each input but the last ones, which say what is missing.
        row[-1] = np.nan
        row.tofile(f"{folder}/missing.bin")


def check_missing():
    for folder, classes in (("plain", 2), ("odd", 3)):
        *probabilities, number = np.fromfile(f"{folder}/out.bin")
        assert len(probabilities) == classes and np.isnan(probabilities).all() and number == -1, (probabilities, number)
    assert np.isnan(np.fromfile("scaled/out.bin")).all()


def identifiers(header):
    found = re.findall(r"^    NET_INPUT_(\w+),", Path(header).read_text(), re.MULTILINE)
    assert found == [
        "GRO_E", "INT", "INT_2", "2ND", "CO_LOUR_X", "CO_LOUR", "CO_LOUR_RE_D", "CO_LOUR_U", "A_B", "9", "X_Y", "X_Y_2",
        "12", "WHEN_YEAR", "WHEN_MONTH", "WHEN_DAY_OF_WEEK", "WHEN_HOUR", "GRO_E_IS_MISSING",
        "CO_LOUR_IS_MISSING"], found


def extremes():
    numbers = np.array([[5e-324, 1.7976931348623157e308, -0.0], [1 / 3, -2.2250738585072014e-308, 0.1]])
    numbers.tofile("W1.bin")
    with h5py.File("extremes.h5", "w") as file:
        for name, values in (("W1", numbers), ("b1", np.ones(3)), ("W2", np.ones((3, 2))), ("b2", np.ones(2))):
            file[name] = values


def set_recipe(path, entry):
    with h5py.File(path, "r+") as file:
        del file["recipe"]
        file["recipe"] = np.bytes_(json.dumps(entry).encode())


def wrong_recipes():
    plain, odd, prices = (read_text(f"{table}.h5") for table in ("plain", "odd", "prices"))
    broken = {name: json.loads(plain) for name in ("mean", "deviation", "names", "long", "narrow", "coarse", "kind")}
    broken["mean"]["inputs"][0]["mean"] = '"); system("'
    broken["deviation"]["inputs"][0]["deviation"] = 0
    broken["names"]["target"]["names"] = [1, 2]
    broken["long"]["target"]["names"] = ["x" * 5000, "y"]
    broken["narrow"]["inputs"][0]["deviation"] = 1e-60
    broken["coarse"]["inputs"][1]["mean"] = 1.6e12
    broken["kind"]["target"] = json.loads(prices)["target"]
    for name, entry in {**broken, "other": json.loads(odd)}.items():
        Path(f"{name}.h5").write_bytes(Path("plain-weights.h5").read_bytes())
        set_recipe(f"{name}.h5", entry)


globals()[sys.argv[1]](*sys.argv[2:])
