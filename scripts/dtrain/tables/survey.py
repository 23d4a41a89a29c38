# SPDX-License-Identifier: MIT
"""What the columns of a table hold: the first reading of the table."""
import numpy as np

from dtrain.tables.cells import WHOLE_MAX, distinct, numbers_of, text_of

# Of a column with more different values, it is only known that they are more. A network has at most half
# as many classes.
VALUES_MAX = 1 << 17


class ColumnSurvey:
    """Counts a column's cells: `rows` in all; of these, some are `missing`, some `numbers`, others texts. The
    first of each kind is known by its row, -1 where there is none."""

    def __init__(self, name, how):
        self.name, self.how = name, how
        self.rows = self.missing = self.numbers = 0
        self.first_missing = self.first_text = self.first_infinite = -1
        self.whole = self.counts_up = True  # whether all numbers are whole; whether they count the rows
        self.low, self.high = np.inf, -np.inf
        self.values = {}  # how many cells have each value: its text
        self.many = False  # whether there are more values than VALUES_MAX
        self.all_differ = True  # as far as they are known

    @property
    def texts(self):
        return self.rows - self.missing - self.numbers

    @property
    def is_numeric(self):
        """Whether more than half of the cells that are there are numbers."""
        return self.numbers > self.texts

    @property
    def is_constant(self):
        is_one_number = self.texts == 0 and self.low == self.high and abs(self.low) < WHOLE_MAX
        return is_one_number or (not self.many and len(self.values) <= 1)

    def add(self, cells):
        """Adds a block of cells."""
        codes, values = distinct(cells)
        numbers = numbers_of(values, self.how)
        rows = cells.index.to_numpy()
        absent, of_numbers = codes < 0, np.isfinite(numbers)
        infinite = np.isinf(numbers)
        # The last one is that of the missing cells, whose code is -1.
        kinds = np.append(np.where(of_numbers, 1, np.where(infinite, 2, 0)), -1)[codes]
        self.first_missing = self.first(self.first_missing, rows, absent)
        self.first_text = self.first(self.first_text, rows, kinds == 0)
        self.first_infinite = self.first(self.first_infinite, rows, kinds == 2)
        self.missing += int(absent.sum())
        self.numbers += int((kinds > 0).sum())
        self.add_range(numbers[of_numbers])
        self.add_order(rows, np.append(numbers, np.nan)[codes])
        self.add_values(codes, values)
        self.rows += len(cells)

    @staticmethod
    def first(known, rows, such):
        return int(rows[such.argmax()]) if known < 0 and such.any() else known

    def add_range(self, numbers):
        if len(numbers):
            self.low, self.high = min(self.low, numbers.min()), max(self.high, numbers.max())
            self.whole = self.whole and bool(((numbers == np.floor(numbers)) & (np.abs(numbers) < WHOLE_MAX)).all())

    def add_order(self, rows, numbers):
        """Whether each number is its row's, plus a constant."""
        if self.counts_up and len(numbers):
            if self.rows == 0:
                self.offset = numbers[0] - rows[0]
            self.counts_up = bool((numbers == rows + self.offset).all())

    def add_values(self, codes, values):
        if self.many:
            return
        counts = np.bincount(codes[codes >= 0], minlength=len(values))
        for text, count in zip(map(text_of, values), counts):
            self.values[text] = self.values.get(text, 0) + int(count)
        self.all_differ = self.all_differ and max(self.values.values(), default=1) == 1
        self.many = len(self.values) > VALUES_MAX


def survey(table, columns, progress=None):
    """The ColumnSurvey of each of these columns, by name."""
    found = {column: ColumnSurvey(column, table.how) for column in columns}
    for block in table.blocks():
        for column in columns:
            found[column].add(block[column])
        if progress:
            progress.add(len(block))
    return found
