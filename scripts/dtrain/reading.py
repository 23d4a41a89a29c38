# SPDX-License-Identifier: MIT
"""The options of a command that say how a source is to be read."""
import re

from dtrain.sources.find import Options
from dtrain.sources.table import MISSING_TEXTS


READING_OPTIONS = ("delimiter", "decimal", "thousands", "encoding", "header", "inputs", "targets", "size", "color",
                   "raw")


def words(text):
    return [word for word in text.split(",") if word]


def image_size(text):
    found = re.fullmatch(r"([1-9]\d{0,4})x([1-9]\d{0,4})", text)
    if not found:
        raise ValueError
    return int(found[2]), int(found[1])


def character(text):
    text = "\t" if text == "\\t" else text
    if len(text) != 1 or text in '"\r\n':
        raise ValueError
    return text


def delimiter(text):
    """pandas takes only those of one byte."""
    if not character(text).isascii():
        raise ValueError
    return character(text)


def add_reading_options(arguments):
    text = arguments.add_argument_group("tables of text")
    text.add_argument("--header", action="store_true", default=None, help="the first line names the columns (default)")
    text.add_argument("--no-header", dest="header", action="store_false",
                      help="the first line is data; columns are called 0, 1, ...")
    text.add_argument("--delimiter", metavar="C", type=delimiter,
                      help="what separates cells; default: found from the first lines")
    text.add_argument("--decimal", metavar="C", type=character, help="the decimal separator (default: a point)")
    text.add_argument("--thousands", metavar="C", type=character, help="the thousands separator (default: none)")
    text.add_argument("--encoding", metavar="E", help="default: utf-8")
    text.add_argument("--missing-text", metavar="TEXT,...", type=words, default=[],
                      help="texts that stand for a missing cell, beside an empty one, NA, NaN, null, ? and the like")
    arrays = arguments.add_argument_group("arrays and images")
    arrays.add_argument("--inputs", metavar="NAME", help="the array of inputs; default: found by usual names")
    arrays.add_argument("--targets", metavar="NAME", help="the array of labels or numbers to predict")
    arrays.add_argument("--color", action="store_true", help="keep the colors of pictures; they become gray otherwise")
    arrays.add_argument("--size", metavar="WxH", type=image_size, help="scale all pictures to this size")


def reading_options(arguments, given, recipe=None):
    """The options as given or, where they are not, as the recipe says."""
    if given.decimal and given.decimal in (given.delimiter, given.thousands):
        arguments.error("--decimal: is the same as --delimiter or --thousands")
    if given.encoding:
        try:
            "".encode(given.encoding)
        except LookupError:
            arguments.error(f"--encoding: '{given.encoding}' is no encoding of text")
    options = Options(**getattr(recipe, "reading", {}))
    if options.columns:
        targets = recipe.target.columns
        options.columns = [options.columns, [name for name in options.columns if name not in targets]]
    if given.missing_text:
        options.missing_texts = [*MISSING_TEXTS, *given.missing_text]
        options.given += ("missing_texts",)
    if hasattr(recipe, "shape"):
        options.size, options.color, options.bytes = recipe.shape[:2], len(recipe.shape) == 3, recipe.is_bytes
    for name, value in vars(given).items():
        is_given = value is not None and (value is not False or name == "header")
        if is_given and name in READING_OPTIONS:
            setattr(options, name, value)
            options.given += (name,)
    return options
