# SPDX-License-Identifier: MIT
"""What the text of a cell means: a number, or a date."""
import datetime
import re

import numpy as np

# A number that is none for pandas, as no double is so large.
TOO_LARGE = re.compile(r"[+-]?(\d+\.?\d*e\+?\d{3,}|\d{309,}\.?\d*)", re.IGNORECASE)
# Doubles hold every whole number below.
WHOLE_MAX = 2.0 ** 53


def number_text(number):
    """As a person writes it: 3 for 3.0."""
    return str(int(number)) if abs(number) < WHOLE_MAX and number == int(number) else repr(float(number))


def plain_number(text, decimal, thousands):
    """The text with a decimal point and without separators; "" where these are not where they belong."""
    whole, point, fraction = text.partition(decimal)
    if thousands and thousands in whole:
        first, *groups = whole.split(thousands)
        if not 1 <= len(first.lstrip("+-")) <= 3 or any(len(group) != 3 for group in groups):
            return ""
        whole = first + "".join(groups)
    return "" if decimal != "." and "." in whole + fraction else whole + "." * bool(point) + fraction


def parse_numbers(texts, decimal=".", thousands=None):
    """The texts as numbers; NaN for those that are none."""
    # Not above: what has no table, such as pictures and exports, does without pandas.
    import pandas

    if decimal != "." or thousands:
        texts = [plain_number(text, decimal, thousands) for text in texts]
    numbers = pandas.to_numeric(pandas.Series(texts, dtype=object), errors="coerce").to_numpy(float)
    # pandas may be wrong in the last digit.
    for at, text in enumerate(texts):
        if not np.isnan(numbers[at]):
            numbers[at] = float(text)
        elif TOO_LARGE.fullmatch(text):
            numbers[at] = np.inf
    return numbers


def distinct(cells):
    """The different values of a Series: the index of each cell's value, -1 where it is missing; and the values,
    as an array of numbers, or as texts without blanks around them."""
    import pandas

    if pandas.api.types.is_numeric_dtype(cells.dtype) and not pandas.api.types.is_bool_dtype(cells.dtype):
        return pandas.factorize(cells.to_numpy(float, na_value=np.nan))
    codes, values = pandas.factorize(cells.map(str, na_action="ignore").astype(object))
    return codes, [value.strip() for value in values]


def text_of(value):
    """The text of one of these values."""
    if isinstance(value, str):
        return value
    return number_text(value) if np.isfinite(value) else repr(value)


def numbers_of(values, how):
    """The numbers that these values are, NaN for those that are none."""
    return values if isinstance(values, np.ndarray) else parse_numbers(values, **how)


def parse_date(text, notation):
    """The datetime that a text is in a notation of Python's strptime; None where it is none."""
    try:
        return datetime.datetime.strptime(text, notation)
    except ValueError:
        return None


def parse_dates(texts, notation):
    """Year, month, day of week (0 is Monday) and hour of each text, as it is written, whatever its time zone:
    (N, 4). NaN where it is no date."""
    import pandas

    parts = np.full((len(texts), 4), np.nan)
    # pandas is fast, but lenient with dates of another length, and knows no years before 1678.
    usual = len(datetime.datetime(2000, 10, 10, 10, 10, 10).strftime(notation))
    fast = [at for at, text in enumerate(texts) if len(text) == usual and "%z" not in notation]
    if fast:
        dates = pandas.to_datetime(pandas.Series(texts, dtype=object)[fast], format=notation, errors="coerce").dt
        parts[fast] = np.stack([dates.year, dates.month, dates.dayofweek, dates.hour], axis=1)
    for at in np.flatnonzero(np.isnan(parts[:, 0])):
        date = parse_date(texts[at], notation)
        if date:
            parts[at] = date.year, date.month, date.weekday(), date.hour
    return parts
