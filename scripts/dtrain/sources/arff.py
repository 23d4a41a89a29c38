# SPDX-License-Identifier: MIT
"""Tables in ARFF, the format of Weka: a header that declares the columns, and lines of cells."""
import csv
import io
import re

import pandas

from dtrain.failure import Failure
from dtrain.sources.compressed import open_plain
from dtrain.sources.table import FrameTable

# @attribute NAME KIND, where the name may be in quotes.
ATTRIBUTE = re.compile(r"""@attribute\s+(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|([^\s{]+))\s*(\{.*|\S.*)""",
                       re.IGNORECASE)
# The file is read as a whole.
BYTES_MAX = 1 << 30


def cells_of(name, number, line):
    """The cells of a line, whose quotes are single or double ones."""
    quote = "'" if re.search(r"(^|,)\s*'", line) else '"'
    try:
        return next(csv.reader([line], quotechar=quote, escapechar="\\", skipinitialspace=True, strict=True))
    except csv.Error as error:
        raise Failure(f"{name}: line {number}: {error}") from None


def read_attribute(name, number, line):
    """(name, kind, the values of a nominal attribute)"""
    found = ATTRIBUTE.match(line)
    if not found:
        raise Failure(f"{name}: line {number}: is no @attribute NAME KIND")
    column, kind = next(part for part in found.groups()[:3] if part is not None), found[4].strip()
    if kind.startswith("{") and kind.endswith("}"):
        return column, "nominal", [cell.strip() for cell in cells_of(name, number, kind[1:-1]) if cell.strip() != "?"]
    return column, kind.split()[0].lower(), None


class ArffTable(FrameTable):
    """Cells are known by their lines."""

    def __init__(self, name, frame, lines, **more):
        super().__init__(name, frame, **more)
        self.lines = lines

    def cell(self, row, column):
        return f"line {self.lines[row]}", super().cell(row, column)[1]


def read_lines(path):
    """The attributes, and each row as (number of its line, its cells)."""
    name, attributes, rows = str(path), [], []
    in_data = False
    with open_plain(path) as file:
        try:
            content = file.read(BYTES_MAX + 1)
            if len(content) > BYTES_MAX:
                raise Failure(f"{name}: is larger than {BYTES_MAX >> 20} MiB: make a CSV of it, which is read in "
                              "blocks")
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise Failure(f"{name}: is not UTF-8 (byte 0x{error.object[error.start]:02x})") from None
    for number, line in enumerate(io.StringIO(text), 1):
        line = line.strip()
        if not line or line.startswith("%"):
            continue
        if in_data:
            rows.append((number, cells_of(name, number, line)))
        elif line.lower().startswith("@attribute"):
            attributes.append(read_attribute(name, number, line))
        elif line.lower().startswith("@data"):
            in_data = True
    return attributes, rows


def check_row(name, number, cells, attributes):
    if cells[0].startswith("{"):
        raise Failure(f"{name}: line {number}: is sparse, which dtrain does not read")
    if len(cells) != len(attributes):
        raise Failure(f"{name}: line {number} has {len(cells)} cells, the header has {len(attributes)}")
    for (column, kind, values), cell in zip(attributes, cells):
        if kind == "nominal" and cell.strip() not in ("?", *values):
            raise Failure(f"{name}: line {number}: '{column}' is '{cell.strip()}', which its @attribute does not list")


def open_arff(path, _):
    name = str(path)
    attributes, rows = read_lines(path)
    if not attributes or not rows:
        raise Failure(f"{name}: has no rows")
    for number, cells in rows:
        check_row(name, number, cells, attributes)
    columns = [column for column, _, _ in attributes]
    frame = pandas.DataFrame([[cell.strip() for cell in cells] for _, cells in rows], columns=range(len(columns)))
    frame = frame.mask(frame == "?").set_axis(columns, axis="columns")
    return ArffTable(name, frame, [number for number, _ in rows],
                     declared={column: values for column, kind, values in attributes if kind == "nominal"},
                     targets=[column for column in columns if column.lower() == "class"])
