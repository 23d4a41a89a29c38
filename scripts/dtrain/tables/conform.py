# SPDX-License-Identifier: MIT
"""Whether another table can be read by a recipe."""
import numpy as np

from dtrain.failure import Failure, tell
from dtrain.sources.table import and_others, listed
from dtrain.tables.survey import survey


def refuse_text(table, name, found):
    row = found.first_text if found.texts else found.first_infinite
    place, text = table.cell(row, name)
    raise Failure(f"{table.name}: {place}: '{name}' is '{text.strip()}', "
                  + ("and was a number in training" if found.texts else "not finite"))


def tell_unseen(table, column, found):
    """Says how many cells hold a category that the training rows never had: none of its inputs is 1."""
    unseen = {text: count for text, count in found.values.items() if text not in column.values}
    if not unseen:
        return
    for block in table.blocks():
        unknown = column.places(block[column.name]) == -2
        if unknown.any():
            place, text = table.cell(int(block.index[unknown.argmax()]), column.name)
            tell(f"{table.name}: {place}: '{column.name}' is '{text.strip()}', which the training rows never had"
                 f"{and_others(sum(unseen.values()) - 1)}: none of the column's inputs is set")
            return


def check_dates(table, recipe, block, numbers):
    """Refuses a date in another notation: no text becomes a missing cell. `numbers` are what the recipe makes of
    the block."""
    for column, places in recipe.places():
        if column.kind != "date":
            continue
        unknown = block[column.name].notna().to_numpy() & np.isnan(numbers[:, places]).any(axis=1)
        if unknown.any():
            place, text = table.cell(int(block.index[unknown.argmax()]), column.name)
            raise Failure(f"{table.name}: {place}: '{column.name}' is '{text}', which is no date as {column.notation}")


def check_complete(table, surveys):
    """Refuses a missing cell."""
    for name, found in surveys.items():
        if found.missing:
            raise Failure(f"{table.name}: {table.cell(found.first_missing, name)[0]}: '{name}' is missing: choose "
                          "--missing drop, mean or flag")


def conform(table, recipe, with_target):
    """Refuses a table that lacks columns of the recipe, or has texts where numbers belong; with the target, also
    missing cells, if the recipe does."""
    needed = recipe.names + (recipe.target.columns if with_target else [])
    for name in needed:
        if name not in table.columns:
            who = "the rows to train on have" if with_target else "the network was trained on"
            raise Failure(f"{table.name}: lacks '{name}', which {who}; it has {listed(table.columns)}")
    surveys = survey(table, needed)
    if with_target and recipe.missing == "refuse":
        check_complete(table, surveys)
    for name in recipe.number_columns.intersection(needed):
        if surveys[name].texts or surveys[name].first_infinite >= 0:
            refuse_text(table, name, surveys[name])
    for column in recipe.columns:
        if column.kind == "category":
            tell_unseen(table, column, surveys[column.name])


def check_labels(table, recipe, block, values):
    """Refuses a class that the training rows never had."""
    unknown = np.asarray(values) == -2
    if recipe.target.kind == "classes" and unknown.any():
        place, text = table.cell(int(block.index[unknown.argmax()]), recipe.target.column)
        raise Failure(f"{table.name}: {place}: '{recipe.target.column}' is '{text.strip()}', which the training rows "
                      "never had")
