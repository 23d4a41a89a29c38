# SPDX-License-Identifier: MIT
"""Tables of text: CSV, TSV and their like, plain or compressed."""
import csv
import io
import math
from dataclasses import dataclass
from itertools import islice, takewhile

import numpy as np
import pandas

from dtrain.failure import Failure
from dtrain.sources.compressed import open_plain, plain_suffix
from dtrain.sources.table import MISSING_TEXTS, Table, check_names
from dtrain.tables.cells import distinct, numbers_of

# A block has so many characters, or a few more: few enough that its cells, as texts of Python, take
# little memory.
BLOCK_CHARACTERS = 1 << 22
# A longer line is that of a file without line ends; a row of more lines has a quote that is never closed.
ROW_CHARACTERS = 1 << 26
ROW_LINES = 1 << 16
# The rows by which delimiter and header are recognized, and the delimiters that are tried.
SNIFFED_ROWS = 50
DELIMITERS = ",;\t|"
ENCODING = "utf-8-sig"  # UTF-8; a mark at the beginning is skipped


@dataclass
class Block:
    """Some rows of a file, and the lines that they extend over, after those of the header."""
    first_row: int
    rows: int
    header_lines: int
    lines: int


# Blanks of which pandas does not know that they do not count.
WIDE_BLANKS = "\xa0\u2007\u202f"


def is_number(text, decimal="."):
    try:
        return math.isfinite(float(text.replace(decimal, ".")))
    except ValueError:
        return False


class Delimited(Table):
    """A table in a text file. The first time that it is read, its structure is checked."""

    def __init__(self, path, options):
        told = {name: getattr(options, name) for name in ("decimal", "thousands", "header", "missing_texts")}
        super().__init__(str(path), [], is_text=True,
                         reading={name: value for name, value in told.items() if value is not None})
        self.path, self.delimiter, self.has_header = path, options.delimiter, options.header
        self.decimal = options.decimal or "."
        self.missing = list(options.missing_texts or MISSING_TEXTS)
        self.encoding = {None: ENCODING, "utf-8": ENCODING, "utf8": ENCODING}.get(options.encoding, options.encoding)
        self.known = None  # the blocks, once they have been found
        self.sniff(options.columns)

    # The text.

    def lines(self):
        with open_plain(self.path) as file:
            text = io.TextIOWrapper(file, encoding=self.encoding, newline="")
            try:
                yield from iter(lambda: text.readline(ROW_CHARACTERS), "")
            except UnicodeError:
                self.refuse_encoding()

    def refuse_encoding(self):
        """Names the first byte that is not of the encoding."""
        name = "UTF-8" if self.encoding == ENCODING else self.encoding
        place, remedy = "", "add --encoding latin-1, or what it is in"
        with open_plain(self.path) as file:
            for number, line in enumerate(file, 1):
                if number == 1 and line[:2] in (b"\xff\xfe", b"\xfe\xff"):
                    remedy = "add --encoding utf-16"
                try:
                    line.decode(self.encoding)
                except UnicodeDecodeError as error:
                    place = f" (byte 0x{line[error.start]:02x} in line {number})"
                    break
        raise Failure(f"{self.name}: is not {name}{place}: {remedy}")

    def rows(self):
        """Yields each row as (number of its line, its lines, its cells). Its lines include empty ones that
        precede it."""
        taken, done = [], 0

        def take():
            for line in self.lines():
                taken.append(line)
                if "\0" in line or len(line) >= ROW_CHARACTERS or len(taken) > ROW_LINES:
                    self.refuse_line(done + 1, done + len(taken), line)
                yield line

        csv.field_size_limit(ROW_CHARACTERS)
        try:
            for cells in csv.reader(take(), delimiter=self.delimiter, skipinitialspace=True, strict=True):
                if cells:
                    empty = sum(1 for _ in takewhile(str.isspace, taken))
                    yield done + 1 + empty, taken, cells
                    done += len(taken)
                    taken.clear()
        except csv.Error as error:
            self.refuse_quotes(done + 1, done + len(taken), str(error))

    def refuse_line(self, first, last, line):
        if "\0" in line:
            raise Failure(f"{self.name}: line {last} holds a NUL byte: it is no text, or in another encoding "
                          "(--encoding utf-16)")
        if last > first:
            raise Failure(f"{self.name}: the quote opened in line {first} is never closed")
        raise Failure(f"{self.name}: line {first} has more than {ROW_CHARACTERS} characters")

    def refuse_quotes(self, first, last, reason):
        if "unexpected end" in reason:
            raise Failure(f"{self.name}: the quote opened in line {first} is never closed")
        raise Failure(f"{self.name}: line {last}: {reason}: double the quotes within a quoted cell")

    # The form of the table.

    def sniff(self, columns):
        """Finds the delimiter, whether there is a header, and the names of the columns; without a header they are
        numbers, or those given for as many."""
        if not self.delimiter:
            self.delimiter = "\t" if plain_suffix(self.path) == ".tsv" else self.find_delimiter()
        first = [cells for _, _, cells in islice(self.rows(), SNIFFED_ROWS)]
        if not first:
            raise Failure(f"{self.name}: has no rows")
        if self.has_header is None:
            self.check_header(first[0])
            self.has_header = True
        self.columns = [name.strip() if self.has_header and name.strip() else str(at)
                        for at, name in enumerate(first[0])]
        check_names(self.name, self.columns)
        if not self.has_header:
            self.reading["columns"] = self.columns
            self.take_columns(columns)

    def find_delimiter(self):
        """The one that divides most of the first rows into equally many cells and, of several, into the most."""
        scores = {}
        for self.delimiter in DELIMITERS.replace(self.decimal, ""):
            try:
                widths = [len(cells) for _, _, cells in islice(self.rows(), SNIFFED_ROWS)]
            except Failure:
                # Quotes may make no sense with another delimiter; with the right one that is said.
                continue
            usual = max(set(widths), key=widths.count, default=0)
            if usual > 1:
                scores[self.delimiter] = widths.count(usual), usual
        return max(scores, key=scores.get, default=",")

    def take_columns(self, columns):
        """Gives the columns the names that they had in training, with or without those of the targets."""
        fitting = [names for names in columns or () if len(names) == len(self.columns)]
        if columns and not fitting:
            raise Failure(f"{self.name}: has {len(self.columns)} columns, but that of training had {len(columns[0])}")
        if fitting:
            self.columns = fitting[0]

    def check_header(self, cells):
        """A first line with numbers may be data."""
        numbers = [cell for cell in cells if is_number(cell, self.decimal)]
        if not numbers:
            return
        what = "holds only numbers" if len(numbers) == len(cells) else f"holds numbers, such as '{numbers[0]}'"
        raise Failure(f"{self.name}: the first line {what}: --no-header if it is data, or --header")

    # The cells.

    def find_blocks(self):
        """Yields the blocks as pairs of a Block and its text, and checks that all rows are of one width."""
        rows = self.rows()
        block, text, characters = Block(0, 0, 0, 0), [], 0
        if self.has_header:
            block.header_lines = len(next(rows)[1])
        for line, taken, cells in rows:
            if len(cells) != len(self.columns):
                self.refuse_width(line, len(cells))
            text += taken
            block.rows += 1
            characters += sum(map(len, taken))
            if characters >= BLOCK_CHARACTERS:
                block.lines = len(text)
                yield block, "".join(text)
                block, text, characters = Block(block.first_row + block.rows, 0, 0, 0), [], 0
        if block.rows > 0:
            block.lines = len(text)
            yield block, "".join(text)

    def refuse_width(self, line, count):
        what = "header" if self.has_header else "first line"
        cause = "a comma in an unquoted cell?" if count > len(self.columns) else "is it complete?"
        if self.delimiter != ",":
            cause = f"is '{self.delimiter}' the delimiter (--delimiter)?"
        raise Failure(f"{self.name}: line {line} has {count} cell{'s' * (count != 1)}, the {what} has "
                      f"{len(self.columns)}: {cause}")

    def texts(self):
        """The blocks and their texts. Once the structure is known, lines need only be counted."""
        if self.known:
            lines = self.lines()
            for block in self.known:
                next(islice(lines, block.header_lines, block.header_lines), None)
                yield block, "".join(islice(lines, block.lines))
            return
        known = []
        for block, text in self.find_blocks():
            known.append(block)
            yield block, text
        if not known:
            raise Failure(f"{self.name}: has no rows")
        self.known = known

    def parse(self, text, numbers):
        """A block's text as a DataFrame, in which these columns are float64."""
        return pandas.read_csv(
            io.StringIO(text), sep=self.delimiter, header=None, names=self.columns, index_col=False,
            dtype={column: float if column in numbers else str for column in self.columns},
            keep_default_na=False, na_values=self.missing, skipinitialspace=True, float_precision="round_trip")

    def parse_texts(self, text, numbers):
        """The same for numbers of any notation, cell by cell as they were surveyed."""
        frame = self.parse(text, ())
        for column in self.columns:
            cells = frame[column].str.strip()
            frame[column] = cells = cells.mask(cells.isin(self.missing))
            if column in numbers:
                codes, values = distinct(cells)
                frame[column] = np.append(numbers_of(values, self.how), np.nan)[codes]
        return frame

    def is_plain(self, text):
        """Whether pandas' own reading of numbers and missing cells is that of the survey: there are no blanks at the
        end of cells or within quotes, and no other notation."""
        ends = (self.delimiter, "\n", "\r", '"')
        blanks = [blank for blank in " \t" if blank != self.delimiter]
        return not (self.how or any(is_number(missing) for missing in self.missing)
                    or any(blank in text for blank in WIDE_BLANKS)
                    or any(blank + end in text for blank in blanks for end in ends)
                    or any('"' + blank in text for blank in blanks))

    def blocks(self, numbers=()):
        for block, text in self.texts():
            try:
                frame = (self.parse if self.is_plain(text) else self.parse_texts)(text, numbers)
            except ValueError:
                frame = self.parse_texts(text, numbers)
            if len(frame) != block.rows:
                raise Failure(f"{self.name}: the rows after row {block.first_row} cannot be told apart: are all "
                              "quotes and line ends as they should be?")
            yield frame.set_axis(range(block.first_row, block.first_row + block.rows), axis="index")

    def cell(self, row, column):
        line, _, cells = next(islice(self.rows(), self.has_header + row, None))
        return f"line {line}", cells[self.columns.index(column)]
