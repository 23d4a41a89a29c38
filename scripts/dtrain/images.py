# SPDX-License-Identifier: MIT
"""Makes a dataset of images. Its recipe says what size they have, and what the classes are called."""
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dtrain.dataset import Writer, rows_at_once
from dtrain.failure import Failure
from dtrain.tables.cells import number_text
from dtrain.tables.decide import WHOLE_CLASSES_MAX
from dtrain.tables.recipe import VERSION, Classes, Numbers, Scaled, target_of
from dtrain.tables.split import check_classes


@dataclass
class ImageRecipe:
    """Bytes are taken as v / 255 by dtrain itself, floats as they are."""
    source: str
    shape: tuple
    is_bytes: bool
    target: object

    def entry(self):
        return {"recipe": VERSION, "kind": "images", "source": self.source, "shape": list(self.shape),
                "type": "uint8" if self.is_bytes else "float32", "target": self.target.entry()}


def image_recipe_of(entry):
    shape = tuple(map(int, entry["shape"]))
    if len(shape) not in (2, 3) or entry["type"] not in ("uint8", "float32"):
        raise ValueError
    return ImageRecipe(str(entry["source"]), shape, entry["type"] == "uint8", target_of(entry["target"]))


def check_images(name, pictures, shape, is_bytes):
    """Refuses images that are not like those of training."""
    if (pictures.shape, pictures.is_bytes) != (tuple(shape), is_bytes):
        kinds = [f"{' x '.join(map(str, size))} {'bytes' if of_bytes else 'floats'}"
                 for size, of_bytes in ((pictures.shape, pictures.is_bytes), (shape, is_bytes))]
        raise Failure(f"{name}: its images are {kinds[0]}, those to train on {kinds[1]}")


def has_classes(values, kind):
    """Whether the values are classes: texts, or few whole numbers."""
    if kind:
        return kind == "classes"
    return values.ndim == 1 and (values.dtype.kind == "U" or (
        bool((values == np.floor(values)).all()) and len(np.unique(values)) <= WHOLE_CLASSES_MAX))


def class_names(pictures):
    """The classes in their order: those of folders, or the different values."""
    if pictures.names:
        return pictures.names
    return [value if isinstance(value, str) else number_text(value) for value in np.unique(pictures.values).tolist()]


def labels_of(pictures, names):
    """The number of each image's class among the names of the images to train on."""
    own = class_names(pictures)
    places = {name: at for at, name in enumerate(names)}
    for name in own:
        if name not in places:
            raise Failure(f"{pictures.name}: has the class '{name}', which the images to train on never have")
    values = pictures.values if pictures.names else np.unique(pictures.values, return_inverse=True)[1]
    return np.array([places[name] for name in own])[values]


class ImageImporter:
    """Writes the images of a source, divided as `split` says, or those of pictures.test to be tested."""

    def __init__(self, pictures, split, kind, progress):
        self.pictures, self.split, self.progress, self.test = pictures, split, progress, pictures.test
        for source in filter(None, (pictures, self.test)):
            self.check_values(source)
        self.left_out, self.untrained = 0, {}
        self.recipe = ImageRecipe(Path(pictures.name).name, pictures.shape, pictures.is_bytes, self.find_target(kind))
        if self.test:
            check_images(self.test.name, self.test, pictures.shape, pictures.is_bytes)

    def check_values(self, source):
        if source.values is None:
            raise Failure(f"{source.name}: holds images without labels: there is nothing to learn")
        if source.values.dtype.kind == "f" and not np.isfinite(source.values).all():
            row = np.argwhere(~np.isfinite(source.values))[0][0]
            raise Failure(f"{source.name}: what is to be predicted for image {row} is not finite")

    def find_target(self, kind):
        """The target, and the labels (N), or numbers (N, M), of the images to train on and to test."""
        sources = [source for source in (self.pictures, self.test) if source]
        self.classes = 0
        if len({source.values.dtype.kind == "U" for source in sources}) > 1:
            raise Failure(f"{self.test.name}: its labels are of another kind than those to train on")
        if has_classes(self.pictures.values, kind):
            names = class_names(self.pictures)
            if len(names) < 2:
                raise Failure(f"{self.pictures.name}: the class is always '{names[0]}': there is nothing to learn")
            self.classes = len(names)
            self.values = [labels_of(source, names) for source in sources]
            return Classes("class", names)
        if self.pictures.values.dtype.kind == "U":
            raise Failure(f"{self.pictures.name}: its labels are texts, and no numbers")
        self.values = [source.values.reshape(source.rows, -1).astype(float) for source in sources]
        count = self.values[0].shape[1]
        if self.test and self.values[1].shape[1] != count:
            raise Failure(f"{self.test.name}: has other targets than the images to train on")
        return Numbers([Scaled(f"y{m}" if count > 1 else "y") for m in range(count)])

    def stratify(self):
        self.split.stratify(np.arange(self.pictures.rows), self.values[0], self.classes)

    def measure(self, raw):
        """Counts the rows, and scales targets that are numbers."""
        pictures, values = self.pictures, self.values[0]
        rows = np.arange(pictures.rows)
        self.tested = np.zeros(len(rows), bool) if self.test else self.split.is_tested(rows, values)
        if self.classes and not self.test and self.split.share > 0:
            check_classes(pictures.name, self.recipe.target, *(
                np.bincount(labels, minlength=self.classes) for labels in (values, values[~self.tested])))
        for output, numbers in zip(getattr(self.recipe.target, "outputs", ()), values[~self.tested].T):
            if not raw:
                output.mean, output.deviation = float(numbers.mean()), float(numbers.std()) or 1.0
        tested = self.test.rows if self.test else int(self.tested.sum())
        self.counts = {"train": int((~self.tested).sum()), "test": tested}
        if self.counts["train"] == 0 or (tested == 0 and self.split.share > 0):
            raise Failure(f"{pictures.name}: no image is left for one of the sets: choose another --test-share or "
                          "--seed")

    def write(self, path, attributes):
        self.progress.begin("writing", sum(self.counts.values()))
        with Writer(path, attributes, self.recipe.entry(), self.arrays(), self.counts) as out:
            self.append(out, self.pictures, self.values[0], self.tested)
            if self.test:
                self.append(out, self.test, self.values[1], np.ones(self.test.rows, bool))
        self.progress.end()

    def arrays(self):
        kind = np.uint8 if self.pictures.is_bytes else np.float32
        return {"images": (self.pictures.shape, kind), **self.recipe.target.room(), "rows": ((), np.int64)}

    def append(self, out, pictures, values, tested):
        at_once = rows_at_once(pictures.shape)
        for first in range(0, pictures.rows, at_once):
            last = min(first + at_once, pictures.rows)
            images = pictures.read(first, last)
            for split, which in (("train", ~tested[first:last]), ("test", tested[first:last])):
                if which.any():
                    rows = np.arange(first, last)[which]
                    targets = self.recipe.target.stored(values[rows])
                    out.append(split, {"images": images[which], **targets, "rows": rows})
            self.progress.add(last - first)
