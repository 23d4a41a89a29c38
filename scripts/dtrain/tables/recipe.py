# SPDX-License-Identifier: MIT
"""The recipe of a dataset: how the rows of a table become inputs and targets. As a JSON text it travels with
the dataset, checkpoints and run.json, so that other rows can be treated alike."""
from dataclasses import asdict, dataclass, field

import numpy as np

from dtrain.tables.columns import KINDS, Category

VERSION = 1
# What is done with missing cells: refuse them, leave out their rows, put the mean in their place, or that
# and an input that tells where they are.
MISSING_WAYS = ("refuse", "drop", "mean", "flag")


@dataclass
class Scaled:
    """An input or target: (number - mean) / deviation. `fill` takes the place of a missing number."""
    name: str
    mean: float = 0.0
    deviation: float = 1.0
    fill: float = None

    def entry(self):
        usual = {"mean": 0.0, "deviation": 1.0, "fill": None}
        return {name: value for name, value in asdict(self).items() if name == "name" or value != usual[name]}


def scale(numbers, columns):
    """The numbers (N, len(columns)), scaled; NaN where one is missing and nothing takes its place."""
    mean, deviation, fill = (np.array([getattr(one, of) for one in columns], float)
                             for of in ("mean", "deviation", "fill"))
    return (np.where(np.isnan(numbers), fill, numbers) - mean) / deviation


@dataclass
class Classes:
    """A column whose values are classes; `whole` says whether they are whole numbers, which are classes however
    they are written."""
    column: str
    names: list
    whole: bool = False
    kind = "classes"

    @property
    def columns(self):
        return [self.column]

    def values(self, block):
        """The labels (N); -1 where a cell is missing, -2 where it is none of the classes."""
        return Category(self.column, self.names).places(block[self.column])

    def missing(self, labels):
        return labels == -1

    def room(self):
        """The array of a dataset that holds the labels: {name: (shape of a row, type)}."""
        return {"labels": ((), np.uint8 if len(self.names) <= 256 else np.uint16)}

    def stored(self, labels):
        return {"labels": labels}

    def attributes(self):
        """What a dataset says about its labels."""
        return {"n_classes": len(self.names)}

    def entry(self):
        return {"kind": self.kind, "column": self.column, "names": self.names}


@dataclass
class Numbers:
    """Columns of numbers."""
    outputs: list  # Scaled
    kind = "numbers"

    @property
    def columns(self):
        return [output.name for output in self.outputs]

    def values(self, block):
        """(N, M), as in the table; NaN where a cell is missing."""
        return block[self.columns].to_numpy(float)

    def missing(self, numbers):
        return np.isnan(numbers).any(axis=1)

    def room(self):
        """The array of a dataset that holds the targets: {name: (shape of a row, type)}."""
        return {"targets": (() if len(self.outputs) == 1 else (len(self.outputs),), np.float64)}

    def stored(self, numbers):
        scaled = scale(numbers, self.outputs)
        return {"targets": scaled[:, 0] if len(self.outputs) == 1 else scaled}

    def attributes(self):
        return {}

    def entry(self):
        return {"kind": self.kind, "columns": [output.entry() for output in self.outputs]}


@dataclass
class Recipe:
    """`columns` make the inputs, in this order. Each column of `flagged` has one more input, behind all
    others: 1 where its cell is missing."""
    source: str
    columns: list
    target: object
    missing: str = "refuse"
    flagged: list = field(default_factory=list)
    inputs: list = field(default_factory=list)  # Scaled
    id: str = None  # the column that names the rows
    reading: dict = field(default_factory=dict)  # how numbers and missing cells are written

    def __post_init__(self):
        if not self.inputs:
            names = [name for column in self.columns for name in column.input_names]
            self.inputs = [Scaled(name) for name in names + [f"{name} is missing" for name in self.flagged]]

    @property
    def names(self):
        return [column.name for column in self.columns]

    @property
    def number_columns(self):
        """The columns in which all cells are numbers."""
        targets = self.target.columns if self.target.kind == "numbers" or self.target.whole else []
        return {column.name for column in self.columns if column.kind == "number"} | set(targets)

    def numbers(self, block):
        """What the columns of a block of rows make: (N, D), NaN where a cell is missing."""
        flags = [block[name].isna().to_numpy(float)[:, None] for name in self.flagged]
        return np.concatenate([column.numbers(block[column.name]) for column in self.columns] + flags, axis=1)

    def scaled(self, numbers):
        """The inputs that a dataset has of such numbers; infinite where one is too large for single precision."""
        with np.errstate(over="ignore"):
            return scale(numbers, self.inputs).astype(np.float32)

    def places(self):
        """Pairs of each column and the numbers of its inputs."""
        at = 0
        for column in self.columns:
            yield column, np.arange(at, at + len(column.input_names))
            at += len(column.input_names)

    def entry(self):
        """The recipe as it is written."""
        columns = [{"kind": column.kind, **asdict(column)} for column in self.columns]
        return {"recipe": VERSION, "kind": "table", "source": self.source, "reading": self.reading,
                "missing": self.missing, "id": self.id, "columns": columns, "flagged": self.flagged,
                "inputs": [one.entry() for one in self.inputs], "target": self.target.entry()}


def target_of(entry):
    if entry["kind"] == "classes":
        return Classes(entry["column"], entry["names"])
    return Numbers([Scaled(**output) for output in entry["columns"]])


def check(recipe):
    """Raises ValueError where a recipe is none that dtrain import writes."""
    names = [one.name for one in Recipe("", recipe.columns, recipe.target, flagged=recipe.flagged).inputs]
    scaled = recipe.inputs + getattr(recipe.target, "outputs", [])
    numbers = [number for one in scaled for number in (one.mean, one.deviation, one.fill) if number is not None]
    readings = {"decimal": str, "thousands": str, "header": bool, "missing_texts": list, "columns": list}
    if [one.name for one in recipe.inputs] != names or recipe.missing not in MISSING_WAYS or not (
            set(recipe.flagged) <= set(recipe.names)):
        raise ValueError
    if not all(isinstance(number, (int, float)) and np.isfinite(float(number)) for number in numbers) or not all(
            one.deviation > 0 for one in scaled):
        raise ValueError
    if not all(isinstance(value, readings[name]) for name, value in recipe.reading.items()):
        raise ValueError
    if not all(isinstance(name, str) for name in recipe.names + recipe.target.columns):
        raise ValueError
    if not all(isinstance(value, str) for column in recipe.columns for value in getattr(column, "values", ())):
        raise ValueError


def recipe_of(entry):
    """The Recipe that was written so; an exception where none was."""
    columns = [KINDS[column["kind"]](**{name: value for name, value in column.items() if name != "kind"})
               for column in entry["columns"]]
    recipe = Recipe(entry["source"], columns, target_of(entry["target"]), entry["missing"], entry["flagged"],
                    [Scaled(**one) for one in entry["inputs"]], entry["id"], entry["reading"])
    check(recipe)
    return recipe
