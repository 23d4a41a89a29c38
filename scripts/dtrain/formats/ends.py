# SPDX-License-Identifier: MIT
"""What stands before and behind the layers of a network: how numbers as people have them become its inputs, and
what its outputs mean. The recipe of the dataset says so."""
import math
from dataclasses import dataclass, field

from dtrain.failure import Failure


@dataclass
class Ends:
    """Where there is no recipe, all members are empty: inputs and outputs are those of the layers."""
    inputs: list = field(default_factory=list)  # Scaled: the columns of a table
    meanings: list = field(default_factory=list)  # of each of these inputs, a few words or ""
    is_bytes: bool = False  # images of bytes, which the network takes as v / 255
    classes: list = field(default_factory=list)  # their names
    targets: list = field(default_factory=list)  # Scaled
    source: str = ""  # of which file the dataset was made

    @property
    def has_fill(self):
        """Whether a number takes the place of a missing input."""
        return any(one.fill is not None for one in self.inputs)


DATE_MEANINGS = ["", "1 to 12", "0 (Monday) to 6", "0 to 23"]


def meanings_of(recipe):
    """What the numbers of each input are, where its name does not say it."""
    found = []
    for column in recipe.columns:
        names = column.input_names
        usual = "0 or 1" if column.kind == "category" else ""
        found += DATE_MEANINGS if column.kind == "date" else [usual] * len(names)
    return found + ["0 or 1"] * len(recipe.flagged)


def is_number(value):
    return isinstance(value, (int, float)) and math.isfinite(value)


def is_scaled(one):
    return (isinstance(one.name, str) and is_number(one.mean) and is_number(one.deviation) and one.deviation != 0
            and (one.fill is None or is_number(one.fill)))


def read(recipe):
    """The Ends by a recipe, and the number of inputs that it is about."""
    ends = Ends(source=recipe.source, is_bytes=getattr(recipe, "is_bytes", False),
                classes=list(getattr(recipe.target, "names", [])), targets=getattr(recipe.target, "outputs", []))
    if hasattr(recipe, "columns"):
        ends.inputs, ends.meanings = recipe.inputs, meanings_of(recipe)
    if not (all(map(is_scaled, ends.inputs + ends.targets)) and len(ends.meanings) == len(ends.inputs)
            and all(isinstance(text, str) for text in [ends.source, *ends.classes])):
        raise ValueError
    return ends, len(ends.inputs) if hasattr(recipe, "columns") else math.prod(recipe.shape)


def check_fit(ends, wanted, network, path):
    """Refuses a recipe that is not this network's. A network may have more classes than its dataset."""
    inputs, *_, outputs = network.widths
    kind = "targets" if ends.targets else "classes"
    names = len(ends.targets) or len(ends.classes)
    if bool(ends.targets) != network.predicts_numbers:
        raise Failure(f"{path}: /recipe is about {kind}, which the network does not predict")
    if wanted != inputs or names > outputs or (ends.targets and names < outputs):
        raise Failure(f"{path}: /recipe has {wanted} inputs and {names} {kind}, the network {inputs} and {outputs}")


def ends_of(recipe, network, path):
    """The Ends by the recipe (None: there is none) that was found in the file `path`, beside this network."""
    if recipe is None:
        return Ends()
    try:
        ends, wanted = read(recipe)
    except (AttributeError, OverflowError, TypeError, ValueError):
        raise Failure(f"{path}: /recipe is not as dtrain import writes it") from None
    check_fit(ends, wanted, network, path)
    # Classes that the dataset does not have are called by their numbers.
    if not network.predicts_numbers:
        ends.classes += [str(k) for k in range(len(ends.classes), network.widths[-1])]
    return ends
