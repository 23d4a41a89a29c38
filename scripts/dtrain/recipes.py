# SPDX-License-Identifier: MIT
"""Reads the recipe of a dataset or a checkpoint, and finds the way back: from predictions to names and units."""
import json

from dtrain.failure import Failure
from dtrain.hdf5 import open_file

# One for a table of a thousand columns has about 100 kB.
BYTES_MAX = 1 << 26


def read_text(path):
    """The recipe as a JSON text; None where the file has none."""
    with open_file(path) as file:
        if "recipe" not in file:
            return None
        try:
            array = file["recipe"]
            text = array[()] if array.shape == () and array.nbytes < BYTES_MAX else None
        except (OSError, AttributeError, KeyError):
            text = None
    if not isinstance(text, (bytes, str)):
        raise Failure(f"{path}: /recipe is no text")
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else text


def parse(text, path):
    """A tables.recipe.Recipe, or an images.ImageRecipe."""
    from dtrain.images import image_recipe_of
    from dtrain.tables.recipe import VERSION, recipe_of
    try:
        entry = json.loads(text)
        if entry["recipe"] != VERSION:
            raise Failure(f"{path}: its recipe is of version {entry['recipe']}, which this dtrain does not know")
        return recipe_of(entry) if entry["kind"] == "table" else image_recipe_of(entry)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        raise Failure(f"{path}: /recipe is not as dtrain import writes it") from None


def read_recipe(path):
    """The recipe in a file; None where it has none."""
    text = read_text(path)
    return text and parse(text, path)
