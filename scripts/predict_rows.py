#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Predicts the rows of a table, or images, and prints them as CSV.

SOURCE may be whatever dtrain import reads, and its rows are treated as those that the network was
trained on: the columns are found by their names, scaled, and divided into categories by the recipe
that the checkpoint holds. A row's prediction is its class and the probability of that, or numbers
in their own unit. It is empty where a missing cell leaves nothing to predict from.
"""
import csv
import io
import json
import tempfile
from pathlib import Path

from dtrain.command import parser, run, start

start()
import h5py
import numpy as np

from dtrain import program
from dtrain.failure import Failure, tell
from dtrain.images import check_images
from dtrain.reading import add_reading_options, reading_options
from dtrain.recipes import read_recipe
from dtrain.sources.find import open_source
from dtrain.sources.pictures import Pictures
from dtrain.tables.cells import distinct, text_of
from dtrain.tables.conform import check_dates, conform
from dtrain.weights import read_network

# The numbers that are handed to the program at a time.
BLOCK_NUMBERS, BLOCK_ROWS = 1 << 23, 1 << 16


class Predictor:
    """Predictions of a network, by the program dtrain itself."""

    def __init__(self, checkpoint, source, folder, probabilities):
        self.source = source
        self.checkpoint, self.path, self.told = checkpoint, Path(folder) / "rows.h5", set()
        self.options = ["--json", *(["--probabilities"] if probabilities else [])]

    def predict(self, inputs):
        """What the program says about each of the inputs (N, ...), as parsed JSON."""
        with h5py.File(self.path, "w") as file:
            file["images"] = inputs
        said = program.run("predict", self.checkpoint, "--images", f"{self.path}:/images", *self.options,
                           remark=self.tell)
        return [json.loads(line) for line in said.splitlines()]


    def tell(self, line):
        """Passes on a remark of the program, once, about the source that the user knows."""
        line = line.replace(f"{self.path}:/images", self.source)
        if line not in self.told:
            self.told.add(line)
            tell(line)


class TableRows:
    """The rows of a table, by a recipe."""

    def __init__(self, table, recipe):
        conform(table, recipe, with_target=False)
        self.table, self.recipe = table, recipe
        self.id = recipe.id if recipe.id in table.columns else None
        self.heading = self.id or "row"

    def blocks(self):
        """Yields (what each row is called, its inputs); a row of NaN has none."""
        columns = self.recipe.number_columns.intersection(self.recipe.names)
        for block in self.table.blocks(columns):
            numbers = self.recipe.numbers(block)
            check_dates(self.table, self.recipe, block, numbers)
            inputs = self.recipe.scaled(numbers)
            self.check_size(block, inputs)
            yield self.called(block), inputs

    def called(self, block):
        """What the rows are called: as their column of ids says, or their numbers."""
        if not self.id:
            return list(block.index)
        codes, values = distinct(block[self.id])
        return [text_of(values[code]) if code >= 0 else "" for code in codes]

    def check_size(self, block, inputs):
        """Refuses a number that is too large for single precision: it is no missing cell."""
        for row, column in np.argwhere(np.isinf(inputs))[:1]:
            name = self.recipe.inputs[column].name
            raise Failure(f"{self.table.name}: '{name}' in row {block.index[row]} is too large")


class ImageRows:
    """Images, each of a file or a row of an array."""

    def __init__(self, pictures, recipe, inputs):
        if recipe:
            check_images(pictures.name, pictures, recipe.shape, recipe.is_bytes)
        elif int(np.prod(pictures.shape)) != inputs:
            raise Failure(f"{pictures.name}: an image has {int(np.prod(pictures.shape))} values, the network takes "
                          f"{inputs}")
        self.pictures = pictures
        self.heading = "file" if pictures.files else "row"

    def blocks(self):
        rows = max(1, min(BLOCK_ROWS, BLOCK_NUMBERS // int(np.prod(self.pictures.shape))))
        for first in range(0, self.pictures.rows, rows):
            last = min(first + rows, self.pictures.rows)
            yield self.pictures.files[first:last] or list(range(first, last)), self.pictures.read(first, last)


def joined(blocks):
    """The blocks, joined to fewer: starting the program takes a while."""
    names, inputs = [], []
    for more_names, more in blocks:
        names += more_names
        inputs.append(more)
        if len(names) >= BLOCK_ROWS or len(names) * more[0].size >= BLOCK_NUMBERS:
            yield names, np.concatenate(inputs)
            names, inputs = [], []
    if names:
        yield names, np.concatenate(inputs)


class Output:
    """The columns of the predictions, and the lines of CSV."""

    def __init__(self, heading, target, network, probabilities):
        self.probabilities = probabilities
        outputs = network.widths[-1]
        if network.predicts_numbers:
            columns = target.columns if target else [f"target{m}" for m in range(outputs)]
        else:
            self.names = target.names if target else list(range(outputs))
            columns = [target.column if target else "class", *(self.names if probabilities else ["probability"])]
        self.width = len(columns)
        self.line([heading, *columns])

    def line(self, cells):
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerow(cells)
        print(text.getvalue(), end="")

    def cells(self, said):
        if "targets" in said:
            return said["targets"]
        return [self.names[said["class"]], *(said["probabilities"] if self.probabilities else [said["probability"]])]


def predict(rows, predictor, output):
    """Prints a line for each row; says how many rows have no prediction."""
    missing = 0
    for names, inputs in joined(rows.blocks()):
        complete = np.isfinite(inputs.reshape(len(inputs), -1)).all(axis=1)
        said = iter(predictor.predict(inputs[complete]) if complete.any() else [])
        for name, there in zip(names, complete):
            output.line([name, *(output.cells(next(said)) if there else [""] * output.width)])
        missing += int((~complete).sum())
    if missing:
        tell(f"{missing} of the rows lack a cell, and so have no prediction: networks trained on data of dtrain import "
             "--missing mean (or flag) predict such rows, too")


def main():
    arguments = parser(__doc__)
    arguments.add_argument("weights", metavar="RUN|FILE", help="a run directory or a checkpoint")
    arguments.add_argument("--rows", metavar="SOURCE", required=True,
                           help="a table, arrays, a picture or a folder of them")
    arguments.add_argument("--probabilities", action="store_true", help="print the probability of each class")
    add_reading_options(arguments)
    given = arguments.parse_args()
    checkpoint, network = read_network(given.weights)
    if given.probabilities and network.predicts_numbers:
        raise Failure(f"--probabilities: {checkpoint} predicts numbers, not classes")
    recipe = read_recipe(checkpoint)
    source = open_source(given.rows, reading_options(arguments, given, recipe))
    if isinstance(source, Pictures) and hasattr(recipe, "columns"):
        raise Failure(f"{given.rows}: has images, but {checkpoint} was trained on columns of a table")
    if isinstance(source, Pictures):
        rows = ImageRows(source, recipe, network.widths[0])
    elif recipe is None or not hasattr(recipe, "columns"):
        what = "images" if recipe else "data without a recipe"
        raise Failure(f"{checkpoint}: was trained on {what}, and not on columns of a table")
    else:
        rows = TableRows(source, recipe)
    with tempfile.TemporaryDirectory(prefix="dtrain-") as folder:
        predict(rows, Predictor(checkpoint, given.rows, folder, given.probabilities),
                Output(rows.heading, recipe and recipe.target, network, given.probabilities))


if __name__ == "__main__":
    run(main)
