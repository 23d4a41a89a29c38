# SPDX-License-Identifier: MIT
"""Any text as C has it: as a string, in a comment, and as an identifier."""
import re
import unicodedata

from dtrain.failure import Failure

ESCAPES = {"\n": r"\n", "\r": r"\r", "\t": r"\t", '"': r"\"", "\\": r"\\"}
# The longest string that every compiler of C99 takes.
STRING_MAX = 4095
# Few enough letters for an identifier to differ from others in its first 63, which C99 asks compilers to look at.
IDENTIFIER_LETTERS = 40


def escaped(letter):
    """A letter in a string. What cannot be seen would mislead a reader of the header, and "??" could begin a
    trigraph; three octal digits end where they should, whatever follows."""
    if letter in ESCAPES:
        return ESCAPES[letter]
    if letter == "?":
        return r"\?"
    if letter.isprintable():
        return letter
    return "".join(f"\\{byte:03o}" for byte in letter.encode("utf-8", "replace"))


def string(text):
    """The text as a string of C."""
    if len(text.encode("utf-8", "replace")) > STRING_MAX:
        raise Failure(f"the name '{text[:30]}...': is longer than the {STRING_MAX} bytes that C99 takes; change it in "
                      "the data, and train again")
    return '"' + "".join(map(escaped, text)) + '"'


def quoted(text):
    """The text in quotes, within a comment, which it neither ends nor seems to begin."""
    return string(text).replace("*/", r"*\/").replace("/*", r"/\*")


def identifier(text):
    """The letters of an identifier, without accents; "" where the text has none. It may begin with a digit, and
    stands behind a prefix."""
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    # Two underscores side by side belong to C++.
    return re.sub("[^A-Za-z0-9]+", "_", plain).strip("_")[:IDENTIFIER_LETTERS].rstrip("_")


def distinct_identifiers(texts):
    """An identifier of capitals for each text, no two alike: a text without letters gives its number, and a
    number is added to one that was there before."""
    found = []
    taken = set()
    for number, text in enumerate(texts):
        name = base = identifier(text).upper() or str(number)
        again = 2
        while name in taken:
            name, again = f"{base}_{again}", again + 1
        taken.add(name)
        found.append(name)
    return found
