# SPDX-License-Identifier: MIT
"""Makes a dataset of a table: chooses the rows, scales them and writes them."""
from dataclasses import dataclass

import numpy as np

from dtrain.dataset import Writer
from dtrain.failure import Failure
from dtrain.tables.conform import check_dates, check_labels
from dtrain.tables.moments import Moments
from dtrain.tables.split import check_classes


@dataclass
class Rows:
    """Rows of a block that are complete: their numbers in the table, what the columns make of them, and the
    labels or numbers to predict. `left_out` others are not."""
    rows: np.ndarray
    numbers: np.ndarray
    values: np.ndarray
    left_out: int = 0

    def __getitem__(self, which):
        return Rows(self.rows[which], self.numbers[which], self.values[which])


def complete_rows(table, recipe, progress):
    """Yields the rows of a table block by block, without those that lack a target or, if missing cells are not
    replaced, an input."""
    for block in table.blocks(recipe.number_columns):
        numbers, values = recipe.numbers(block), recipe.target.values(block)
        check_dates(table, recipe, block, numbers)
        check_labels(table, recipe, block, values)
        complete = ~recipe.target.missing(values)
        if recipe.missing in ("refuse", "drop"):
            complete &= ~np.isnan(numbers).any(axis=1)
        progress.add(len(block))
        yield Rows(block.index.to_numpy()[complete], numbers[complete], values[complete], int((~complete).sum()))


class Importer:
    """Reads a table as often as is needed, and writes the dataset. The rows of `test` are tested or, where
    there is none, those that `split` says."""

    def __init__(self, table, recipe, split, test, total, progress):
        self.table, self.recipe, self.split, self.test = table, recipe, split, test
        self.total, self.progress = total, progress
        self.classes = len(recipe.target.names) if recipe.target.kind == "classes" else 0
        self.counts, self.left_out = {"train": 0, "test": 0}, 0
        self.untrained = {}  # the categories of each column that no training row has

    def rows(self, what, table=None):
        self.progress.begin(what, 0 if table else self.total)
        yield from complete_rows(table or self.table, self.recipe, self.progress)
        self.progress.end()

    def stratify(self):
        """Finds how many rows of each class are tested."""
        found = [(block.rows, block.values) for block in self.rows("dividing")]
        self.split.stratify(*(np.concatenate(part) for part in zip(*found)), self.classes)

    def measure(self, raw):
        """Counts the rows, and finds what scales the inputs and targets: training rows' means and deviations."""
        recipe, outputs = self.recipe, getattr(self.recipe.target, "outputs", [])
        inputs, targets = Moments(len(recipe.inputs)), Moments(len(outputs))
        classes, trained = np.zeros((2, max(self.classes, 1)), int)
        for block in self.rows("scaling"):
            tested = self.split.is_tested(block.rows, block.values)
            self.left_out += block.left_out
            self.counts["test"] += int(tested.sum())
            self.counts["train"] += int((~tested).sum())
            inputs.add(block.numbers[~tested])
            if self.classes:
                classes += np.bincount(block.values, minlength=self.classes)
                trained += np.bincount(block.values[~tested], minlength=self.classes)
            else:
                targets.add(block.values[~tested])
        if self.test:
            for block in self.rows("reading", self.test):
                self.counts["test"] += len(block.rows)
                self.left_out += block.left_out
        elif self.split.share > 0:
            check_classes(self.table.name, recipe.target, classes, trained)
        self.check_counts()
        self.forget_untrained(inputs)
        self.scale_columns(inputs, targets, raw)

    def forget_untrained(self, inputs):
        """Leaves out the inputs of categories that no training row has, as nothing can be learned of them."""
        recipe, kept = self.recipe, []
        flags = range(len(recipe.inputs) - len(recipe.flagged), len(recipe.inputs))
        for column, places in list(recipe.places()):
            if column.kind == "category":
                trained = inputs.high[places] > 0
                self.untrained[column.name] = [value for value, is_in in zip(column.values, trained) if not is_in]
                column.values = [value for value, is_in in zip(column.values, trained) if is_in]
                places = places[trained]
            kept += list(places)
        kept += flags
        recipe.inputs = [recipe.inputs[i] for i in kept]
        inputs.select(kept)

    def check_counts(self):
        for split, count in self.counts.items():
            if count == 0 and (split == "train" or self.test or self.split.share > 0):
                raise Failure(f"{self.table.name}: no row is left for the {'training' if split == 'train' else split} "
                              "set: choose another --test-share, --seed or --missing")

    def scale_columns(self, inputs, targets, raw):
        """Sets means and deviations. Ones and zeros of categories and flags stay as they are."""
        recipe = self.recipe
        for column, places in recipe.places():
            for i in places:
                one = recipe.inputs[i]
                if column.kind != "category" and not raw:
                    self.set_scale(one, inputs, i)
                if recipe.missing in ("mean", "flag"):
                    one.fill = 0.0 if column.kind == "category" else float(inputs.mean[i])
        for m, output in enumerate(getattr(recipe.target, "outputs", [])):
            if not raw:
                self.set_scale(output, targets, m)

    def set_scale(self, one, moments, i):
        one.mean, one.deviation = float(moments.mean[i]), float(moments.deviation()[i])
        if not (np.isfinite(one.mean) and 0 < one.deviation < np.inf):
            raise Failure(f"{self.table.name}: '{one.name}' has numbers from {moments.low[i]:g} to "
                          f"{moments.high[i]:g}, which are too small or too large to be scaled: write them in another "
                          "unit")

    def write(self, path, attributes):
        with Writer(path, attributes, self.recipe.entry(), self.arrays(), self.counts) as out:
            for block in self.rows("writing"):
                tested = self.split.is_tested(block.rows, block.values)
                out.append("train", self.scaled(block[~tested]))
                if tested.any():
                    out.append("test", self.scaled(block[tested]))
            for block in self.rows("writing", self.test) if self.test else ():
                out.append("test", self.scaled(block))

    def arrays(self):
        """The arrays of a split: {name: (shape of a row, type)}."""
        inputs = {"images": ((len(self.recipe.inputs),), np.float32)}
        return {**inputs, **self.recipe.target.room(), "rows": ((), np.int64)}

    def scaled(self, block):
        inputs = self.recipe.scaled(block.numbers)
        for at in np.flatnonzero(~np.isfinite(inputs).all(axis=0))[:1]:
            raise Failure(f"{self.table.name}: '{self.recipe.inputs[at].name}' has numbers that are too large for "
                          "single precision: write them in another unit")
        return {"images": inputs, **self.recipe.target.stored(block.values), "rows": block.rows}
