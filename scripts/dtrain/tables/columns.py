# SPDX-License-Identifier: MIT
"""The kinds of columns that become inputs of a network. Each kind makes numbers of a cell, which are not
scaled yet."""
from dataclasses import dataclass, field

import numpy as np

from dtrain.tables.cells import distinct, parse_dates, text_of

DATE_PARTS = ("year", "month", "day of week", "hour")


@dataclass
class Number:
    """One input."""
    name: str
    kind = "number"

    @property
    def input_names(self):
        return [self.name]

    def numbers(self, cells):
        """(N, inputs), of cells that are numbers; NaN where one is missing."""
        return cells.to_numpy(float)[:, None]


@dataclass
class Category:
    """An input for each of the values: 1 where a cell is that value, and 0 elsewhere."""
    name: str
    values: list = field(default_factory=list)
    kind = "category"

    @property
    def input_names(self):
        return [f"{self.name}={value}" for value in self.values]

    def places(self, cells):
        """Which of the values each cell is, as its number; -1 where it is missing, -2 where it is none."""
        codes, values = distinct(cells)
        known = {value: at for at, value in enumerate(self.values)}
        return np.array([known.get(text_of(value), -2) for value in values] + [-1])[codes]

    def numbers(self, cells):
        places = self.places(cells)
        return np.where(places[:, None] == -1, np.nan, places[:, None] == np.arange(len(self.values)))


@dataclass
class Date:
    """Four numbers of a date in a notation of Python's strptime."""
    name: str
    notation: str = ""
    kind = "date"

    @property
    def input_names(self):
        return [f"{self.name} {part}" for part in DATE_PARTS]

    def numbers(self, cells):
        """(N, inputs); NaN where a cell is missing, or no date in this notation."""
        codes, texts = distinct(cells)
        return np.append(parse_dates(texts, self.notation), np.full((1, len(DATE_PARTS)), np.nan), axis=0)[codes]


KINDS = {kind.kind: kind for kind in (Number, Category, Date)}
