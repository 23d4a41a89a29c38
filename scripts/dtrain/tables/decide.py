# SPDX-License-Identifier: MIT
"""Decides what becomes of each column of a table, and refuses what may be a mistake."""
import re
from dataclasses import dataclass, field
from pathlib import Path

from dtrain.failure import Failure
from dtrain.sources.table import and_others, listed, short
from dtrain.tables.columns import Category, Date, Number
from dtrain.tables.recipe import Classes, Numbers, Recipe, Scaled
from dtrain.tables.cells import number_text, parse_date, parse_numbers
from dtrain.tables.survey import survey

# A column of more different texts is no category, and a target of more different whole numbers no class,
# unless that is asked for.
CATEGORIES_MAX, WHOLE_CLASSES_MAX = 64, 20
CLASSES_MAX = 65536
# A column that only counts up numbers the rows, if there are so many.
COUNTED_ROWS_MIN = 10
ID_NAME = re.compile(r"(?i:(.*[ _.-])?(id|index|row|rownames?|nr|no|key|uuid))|.*(Id|ID)|Unnamed: 0")
DATE_NOTATIONS = tuple(
    day + time for day in ("%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y", "%m/%d/%Y", "%d/%m/%Y")
    for time in ("", " %H:%M:%S", "T%H:%M:%S", " %H:%M", "T%H:%M", " %H:%M:%S.%f", "T%H:%M:%S.%f", " %H:%M:%S%z",
                 "T%H:%M:%S%z", "T%H:%M:%S.%f%z", " %I:%M:%S %p"))
# Texts of which the notation is found.
DATED_TEXTS = 1000
# A number with a sign, such as $10.24 or 5 %.
WITH_SIGN = re.compile(r"[$\u20ac\u00a3\u00a5]\s?[+-]?[\d.,]+|[+-]?[\d.,]+\s?[%$\u20ac\u00a3\u00a5\u00b0]")
DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+(e[+-]?\d+)?", re.IGNORECASE)
COMMAS = re.compile(r"[+-]?[\d.]+(,\d+)+(\.\d*)?(e[+-]?\d+)?", re.IGNORECASE)
THOUSAND_POINTS = re.compile(r"[+-]?\d{1,3}(\.\d{3})+(,\d*)?")
THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?")


def notations_of(texts):
    """The notations in which all of the texts are dates."""
    return [notation for notation in DATE_NOTATIONS if texts and all(parse_date(text, notation) for text in texts)]


def most(pattern, texts):
    """Whether more than half of the texts are of the pattern."""
    return sum(bool(pattern.fullmatch(text)) for text in texts) > len(texts) / 2


@dataclass
class Decisions:
    """What becomes of each column, as words for the user, and the recipe."""
    table: object
    options: object
    surveys: dict
    notes: dict = field(default_factory=dict)
    id: str = None

    @property
    def rows(self):
        return next(iter(self.surveys.values())).rows

    def refuse(self, what):
        raise Failure(f"{self.table.name}: {what}")

    # The target.

    def target(self, columns):
        targets = [self.surveys[column] for column in columns]
        for found in targets:
            if found.missing == found.rows:
                self.refuse(f"'{found.name}' is empty: there is nothing to learn")
            if found.is_constant:
                self.refuse(f"'{found.name}' is always '{short(next(iter(found.values)))}': there is nothing to learn")
        if len(columns) == 1 and self.is_class(targets[0]):
            return self.classes(targets[0])
        if self.options.target_kind == "classes":
            self.refuse("only one column can hold classes: name one by --target")
        for found in targets:
            self.check_numbers(found)
            why = f"; {self.count(found)} different values" if found.whole and not self.options.target_kind else ""
            self.notes[found.name] = f"{self.called()}: numbers{why}{self.lost(found)}"
        return Numbers([Scaled(column) for column in columns])

    def is_class(self, found):
        if self.options.target_kind:
            return self.options.target_kind == "classes"
        few = not found.many and len(found.values) <= WHOLE_CLASSES_MAX
        return found.name in self.table.declared or not found.is_numeric or (found.whole and few)

    def classes(self, found):
        if found.many or len(found.values) > max(found.rows / 2, 2):
            self.refuse(f"'{found.name}' has {self.count(found)} different texts in {found.rows} rows: is it the "
                        "target? If it is numbers, say --target-kind numbers")
        whole = found.is_numeric and found.whole and found.name not in self.table.declared
        if whole:
            self.check_numbers(found)
            names = [number_text(number) for number in sorted(parse_numbers(list(found.values), **self.table.how))]
        else:
            names = list(self.table.declared.get(found.name) or sorted(found.values))
        names = list(dict.fromkeys(names))
        if len(names) > CLASSES_MAX:
            self.refuse(f"'{found.name}' has {len(names)} classes; a network can have {CLASSES_MAX}")
        why = f", as it has {len(names)} different whole numbers" if whole and not self.options.target_kind else ""
        self.notes[found.name] = f"{self.called()}: {len(names)} classes{why}: {listed(names, 8)}{self.lost(found)}"
        return Classes(found.name, names, whole)

    def called(self):
        return "target" if self.options.target or self.table.targets else "target (the last column)"

    def lost(self, found):
        return f"; {found.missing} missing: their rows are left out" if found.missing else ""

    def count(self, found):
        return f"more than {len(found.values) - 1}" if found.many else len(found.values)

    # The other columns.

    def column(self, found):
        """The column as inputs; None where it makes none."""
        column = self.make_column(found)
        if column and found.missing:
            filled = "none of them is 1" if column.kind == "category" else "the mean in their place"
            self.notes[found.name] += f"; {found.missing} missing: " + {
                "drop": "their rows are left out", "mean": filled,
                "flag": f"{filled}, and 1 more input that says where"}.get(self.options.missing, "")
        return column

    def make_column(self, found):
        reason = None if found.name in self.options.keep else self.reason_to_drop(found)
        if reason:
            self.notes[found.name] = f"dropped: {reason} (--keep {found.name} to use it)"
            return None
        if found.name in self.options.date or found.name in self.table.dates:
            return self.date(found)
        if found.name in self.table.declared:
            return self.category(found, self.table.declared[found.name])
        if found.is_numeric:
            self.check_numbers(found)
            self.notes[found.name] = "1 input"
            return Number(found.name)
        return self.category(found, sorted(found.values))

    def reason_to_drop(self, found):
        if found.missing == found.rows:
            return "it is empty"
        if found.is_constant and not (found.missing and self.options.missing == "flag"):
            return f"it is always '{short(next(iter(found.values)))}'"
        if found.missing or found.rows < COUNTED_ROWS_MIN:
            return None
        counts = found.is_numeric and found.counts_up
        if counts or (ID_NAME.fullmatch(found.name) and found.all_differ and found.whole):
            self.id = self.id or found.name
            return "it numbers the rows" if counts else "it is different in each row, as an id is"
        return None

    def date(self, found):
        texts = list(found.values)[:DATED_TEXTS]
        notations = [self.options.date_format] if self.options.date_format else notations_of(texts)
        if not notations:
            usual = notations_of(texts[:1])
            odd = next((text for text in texts if usual and not parse_date(text, usual[0])), texts[0])
            self.refuse(f"'{found.name}' is '{short(odd)}', which is no date in a known notation"
                        + (f", and '{short(texts[0])}' in another row" if odd != texts[0] else "")
                        + ": say which it is, as in --date-format '%d %b %Y'")
        if len(notations) > 1:
            self.refuse(f"'{found.name}' is '{short(texts[0])}': is the day or the month first? Say --date-format "
                        + " or ".join(f"'{notation}'" for notation in notations))
        self.notes[found.name] = f"4 inputs: year, month, day of week and hour of {notations[0]}"
        return Date(found.name, notations[0])

    def category(self, found, values):
        is_unique = len(values) > max(found.rows / 2, 2) and found.name not in self.table.declared
        if found.many or len(values) > CATEGORIES_MAX or is_unique:
            self.check_kind(found)
            self.refuse(f"'{found.name}' has {self.count(found)} different texts, which are too many for "
                        f"categories: --drop {found.name}")
        if len(values) > 1 and found.name not in self.table.declared:
            self.check_kind(found)
        self.notes[found.name] = f"{len(values)} inputs, one for each of {listed(values, 8)}"
        return Category(found.name, values)

    # What may be a mistake.

    def check_kind(self, found):
        """Refuses texts that are dates or numbers of another notation."""
        texts = list(found.values)[:DATED_TEXTS]
        name = found.name
        self.check_commas(found, texts)
        if most(WITH_SIGN, texts):
            self.refuse(f"'{name}' looks like numbers with a sign ('{short(texts[0])}'): write the numbers alone, or "
                        f"--drop {name}")
        if notations_of(texts):
            self.refuse(f"'{name}' looks like dates ('{short(texts[0])}'): --date {name}, or --drop {name}")

    def check_commas(self, found, texts):
        """Refuses numbers with commas, which are thousands separators or decimal commas."""
        if self.options.decimal == "," and most(THOUSAND_POINTS, texts):
            self.refuse(f"'{found.name}' is '{short(texts[0])}': a thousands separator? (--thousands .)")
        if self.options.decimal == "," or not most(COMMAS, texts):
            return
        place, text = self.table.cell(found.first_text, found.name)
        if all(map(THOUSANDS.fullmatch, texts)):
            self.refuse(f"{place}: '{found.name}' is '{text}': a thousands separator? (--thousands ,)")
        point = " --thousands ." if any("." in text for text in texts) else ""
        self.refuse(f"'{found.name}' looks like decimal commas ('{short(text)}'): add --decimal ,{point} "
                    "--delimiter ';'")

    def check_numbers(self, found):
        """Refuses what is not a number, or not finite, in a column of numbers."""
        name = found.name
        if found.texts:
            self.refuse_text(found)
        if found.first_infinite >= 0:
            place, text = self.table.cell(found.first_infinite, name)
            self.refuse(f"{place}: '{name}' is '{short(text)}': not finite")

    def refuse_text(self, found):
        self.check_kind(found)
        place, text = self.table.cell(found.first_text, found.name)
        text = short(text)
        others = (f"the other {found.numbers} are numbers" if found.texts == 1
                  else f"as {found.texts - 1} others are no numbers")
        cure = ("is it missing?" + f" (--missing-text '{text}')" * self.table.is_text if found.is_numeric
                else f"--drop {found.name}, or another --target")
        if THOUSANDS.fullmatch(text):
            cure = "a thousands separator? (--thousands ,)"
        elif DECIMAL_COMMA.fullmatch(text):
            cure = "a decimal comma? (--decimal , --delimiter ';')"
        self.refuse(f"{place}: '{found.name}' is '{text}', {others}: {cure}")

    def check_missing(self, names, targets):
        """Refuses missing cells, unless it has been said what is to become of them."""
        columns = names + targets
        such = [self.surveys[column] for column in columns if self.surveys[column].missing]
        if not such or self.options.missing != "refuse":
            return
        first = min(such, key=lambda found: found.first_missing)
        rows = sum(int(block[columns].isna().any(axis=1).sum()) for block in self.table.blocks())
        others = and_others(sum(found.missing for found in such) - 1)
        place, text = self.table.cell(first.first_missing, first.name)
        text = short(text)
        is_what = "is missing" if not self.table.is_text else f"is '{text}': not finite" if text.lower() in (
            "nan", "-nan") else f"is '{text}', which stands for a missing cell" if text else "is empty"
        in_rows = f" in {rows} rows" if others else ""
        ways = "drop" if all(found.name in targets for found in such) else "drop, mean or flag"
        self.refuse(f"{place}: '{first.name}' {is_what}{others}{in_rows}: choose --missing {ways}")


def check_names_given(table, options, targets):
    """Refuses options that contradict each other."""
    if len(set(targets)) < len(targets):
        raise Failure(f"{table.name}: --target names a column twice")
    for name, columns in (("drop", options.drop), ("keep", options.keep), ("date", options.date)):
        for column in columns:
            if column in targets:
                raise Failure(f"{table.name}: '{column}' is the target, and not for --{name}"
                              + (": it cannot be dropped" if name == "drop" else ""))
            if name != "drop" and column in options.drop:
                raise Failure(f"{table.name}: '{column}' is named by --drop and --{name}")


def decide(table, options, progress):
    """The Recipe of a table, not scaled yet, and the words about each column."""
    options.drop, options.keep, options.date, chosen = (
        table.find_all(words) for words in (options.drop, options.keep, options.date, options.target))
    targets = chosen or table.targets or table.columns[-1:]
    check_names_given(table, options, targets)
    read = [column for column in table.columns if column not in options.drop]
    progress.begin("reading")
    decisions = Decisions(table, options, survey(table, read, progress))
    progress.end()
    decisions.notes.update({column: "dropped: --drop" for column in options.drop})
    target = decisions.target(targets)
    columns = [decisions.column(decisions.surveys[name]) for name in read if name not in targets]
    columns = [column for column in columns if column]
    if not columns:
        raise Failure(f"{table.name}: has no column beside the target that could be an input")
    names = [column.name for column in columns]
    decisions.check_missing(names, targets)
    flagged = [name for name in names if options.missing == "flag" and decisions.surveys[name].missing]
    recipe = Recipe(Path(table.name).name, columns, target, options.missing, flagged, id=decisions.id,
                    reading=table.reading)
    return recipe, decisions
