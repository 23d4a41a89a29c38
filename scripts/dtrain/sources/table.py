# SPDX-License-Identifier: MIT
"""Rows of named columns, whatever they are read from."""
import difflib
from dataclasses import dataclass, field

from dtrain.failure import Failure

# Texts that stand for a missing cell: those that pandas takes for one, and UCI's question mark.
MISSING_TEXTS = ("", "?", "NA", "N/A", "n/a", "#N/A", "#NA", "<NA>", "NULL", "null", "None", "NaN", "nan", "-NaN",
                 "-nan")


@dataclass
class Table:
    """A table is read in blocks of rows, from the first to the last, as often as is needed. Each source of
    tables has a class of its own, with

        blocks(numbers=())     yields the blocks: DataFrames, whose index is the number of the row. A cell that
                               is missing is NaN. The columns among `numbers` are float64; any others may be
                               texts.
        cell(row, column)      where a cell stands, in words, and its text as it was read
    """
    name: str  # of the file, for messages
    columns: list
    # The values of a column, in order, where the file declares them.
    declared: dict = field(default_factory=dict)
    # The columns to predict, where the file tells, and those that are dates.
    targets: list = field(default_factory=list)
    dates: list = field(default_factory=list)
    # What a reader has to know to read another file of the same kind, as {option: value}.
    reading: dict = field(default_factory=dict)
    # Whether cells are texts, in a notation that options describe.
    is_text: bool = False
    # Another table of the same source, with the rows to test on.
    test: object = None

    @property
    def how(self):
        """How numbers are written, as cells.parse_numbers() takes it."""
        return {name: self.reading[name] for name in ("decimal", "thousands") if name in self.reading}

    def find_all(self, words):
        """The columns that a text names, separated by commas."""
        return [words] if words in self.columns else [self.find(word) for word in words.split(",") if word]

    def find(self, word):
        """The column of that name or, where there is none, of that number from 0."""
        if word in self.columns:
            return word
        if word.isdecimal() and int(word) < len(self.columns):
            return self.columns[int(word)]
        small = {column.lower(): column for column in self.columns}
        near = difflib.get_close_matches(word.lower(), small, 1)
        hint = f"; did you mean '{small[near[0]]}'? It has" if near else ": it has"
        raise Failure(f"{self.name}: has no column '{word}'{hint} {listed(self.columns)}")


def shown(text):
    """A text of a file for a terminal: what cannot be printed is escaped."""
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in str(text))


def short(text, letters=60):
    """A text of a file for a line: the beginning of a long one."""
    text = str(text).strip()
    return shown(text if len(text) <= letters else text[:letters] + "\u2026")


def listed(names, most=20):
    """The names, separated by commas; only the first of many."""
    return ", ".join(map(short, names[:most])) + (f" and {len(names) - most} others" if len(names) > most else "")


def and_others(count):
    """What is said of a cell when there are so many others like it."""
    if count == 0:
        return ""
    return f", as {'is 1 other cell' if count == 1 else f'are {count} other cells'}"


def check_names(name, columns):
    """Refuses columns of the same name."""
    first = {}
    for number, column in enumerate(columns, 1):
        if column in first:
            raise Failure(f"{name}: two columns are called '{column}' ({first[column]} and {number}): rename one")
        first[column] = number


class FrameTable(Table):
    """A table that is in memory as a whole."""

    def __init__(self, name, frame, declared=None, targets=(), dates=()):
        super().__init__(name, [str(column) for column in frame.columns], declared or {}, list(targets), list(dates))
        check_names(name, self.columns)
        if len(frame) == 0:
            raise Failure(f"{name}: has no rows")
        self.frame = frame.set_axis(self.columns, axis="columns").reset_index(drop=True)

    def blocks(self, numbers=()):
        rows = 1 << 16
        for first in range(0, len(self.frame), rows):
            block = self.frame.iloc[first:first + rows]
            yield block.astype({column: float for column in numbers if column in self.columns})

    def cell(self, row, column):
        return f"row {row}", str(self.frame[column].iloc[row])
