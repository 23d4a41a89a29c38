# SPDX-License-Identifier: MIT
"""The kinds of columns that become inputs of a network. Each kind makes numbers of a cell, which are not
scaled yet."""
from dataclasses import dataclass, field

import numpy as np

from dtrain.tables.cells import distinct, distinct_texts, parse_dates

DATE_PARTS = ("year", "month", "day of week", "hour")


@dataclass
class Number:
    """One input."""
    name: str
    kind = "number"

    @property
    def input_names(self):
        return [self.name]

    def numbers(self, cells, how):
        """(N, inputs); NaN where a cell is missing."""
        codes, _, numbers = distinct(cells, how)
        return np.append(numbers, np.nan)[codes][:, None]

    def unknown(self, cells, how):
        """Which cells are there, but not of this kind: (N)."""
        return cells.notna().to_numpy() & ~np.isfinite(self.numbers(cells, how)[:, 0])


@dataclass
class Category:
    """An input for each of the values: 1 where a cell is that value, and 0 elsewhere."""
    name: str
    values: list = field(default_factory=list)
    kind = "category"

    @property
    def input_names(self):
        return [f"{self.name}={value}" for value in self.values]

    def places(self, cells, how):
        """Which of the values each cell is, as its number; -1 where it is missing, -2 where it is none."""
        codes, texts, _ = distinct(cells, how)
        known = {value: at for at, value in enumerate(self.values)}
        return np.array([known.get(text, -2) for text in texts] + [-1])[codes]

    def numbers(self, cells, how):
        places = self.places(cells, how)
        return np.where(places[:, None] == -1, np.nan, places[:, None] == np.arange(len(self.values)))

    def unknown(self, cells, how):
        return self.places(cells, how) == -2


@dataclass
class Date:
    """Four numbers of a date in a notation of Python's strptime."""
    name: str
    notation: str = ""
    kind = "date"

    @property
    def input_names(self):
        return [f"{self.name} {part}" for part in DATE_PARTS]

    def numbers(self, cells, how):
        codes, texts = distinct_texts(cells)
        return np.append(parse_dates(texts, self.notation), np.full((1, len(DATE_PARTS)), np.nan), axis=0)[codes]

    def unknown(self, cells, how):
        return cells.notna().to_numpy() & np.isnan(self.numbers(cells, how)[:, 0])


KINDS = {kind.kind: kind for kind in (Number, Category, Date)}
