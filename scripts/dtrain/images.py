# SPDX-License-Identifier: MIT
"""Makes a dataset of images. Its recipe says what size they have, and what the classes are called."""
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dtrain.dataset import Writer
from dtrain.failure import Failure
from dtrain.tables.recipe import VERSION, Classes, Numbers, Scaled, scale, target_of
from dtrain.tables.split import check_classes

# Images that are read at a time.
BLOCK_ROWS = 1000


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
    return ImageRecipe(entry["source"], tuple(entry["shape"]), entry["type"] == "uint8", target_of(entry["target"]))


def check_images(name, pictures, shape, is_bytes):
    """Refuses images that are not like those of training."""
    if (pictures.shape, pictures.is_bytes) != (tuple(shape), is_bytes):
        kinds = [f"{' x '.join(map(str, size))} {'bytes' if of_bytes else 'floats'}"
                 for size, of_bytes in ((pictures.shape, pictures.is_bytes), (shape, is_bytes))]
        raise Failure(f"{name}: its images are {kinds[0]}, those to train on {kinds[1]}"
                      + (f": --size {shape[1]}x{shape[0]} scales them" if pictures.files else ""))


class ImageImporter:
    def __init__(self, pictures, split, progress):
        self.pictures, self.split, self.progress, self.test = pictures, split, progress, pictures.test
        if pictures.labels is None and pictures.targets is None:
            raise Failure(f"{pictures.name}: holds images without labels: there is nothing to learn")
        if pictures.labels is not None:
            target = Classes("class", pictures.names)
            if len(pictures.names) < 2:
                raise Failure(f"{pictures.name}: the class is always '{pictures.names[0]}': there is nothing to learn")
        else:
            count = np.atleast_2d(pictures.targets.T).shape[0]
            target = Numbers([Scaled(f"y{m}" if count > 1 else "y") for m in range(count)])
        self.recipe = ImageRecipe(Path(pictures.name).name, pictures.shape, pictures.is_bytes, target)
        self.classes, self.left_out = len(pictures.names), 0
        if self.test:
            check_images(self.test.name, self.test, pictures.shape, pictures.is_bytes)

    def stratify(self):
        if not self.classes:
            raise Failure("--stratify: needs classes, but numbers are predicted")
        self.split.stratify(np.arange(self.pictures.rows), self.pictures.labels, self.classes)

    def measure(self, raw):
        """Counts the rows, and scales targets that are numbers."""
        pictures = self.pictures
        rows = np.arange(pictures.rows)
        self.tested = (np.zeros(len(rows), bool) if self.test
                       else self.split.is_tested(rows, pictures.labels))
        if self.classes and not self.test and self.split.share > 0:
            check_classes(pictures.name, self.recipe.target, np.bincount(pictures.labels))
        if self.classes == 0 and not raw:
            chosen = pictures.targets.reshape(len(rows), -1)[~self.tested]
            for output, numbers in zip(self.recipe.target.outputs, chosen.T):
                output.mean, output.deviation = float(numbers.mean()), float(numbers.std()) or 1.0
        tested = self.test.rows if self.test else int(self.tested.sum())
        self.counts = {"train": int((~self.tested).sum()), "test": tested}
        if self.counts["train"] == 0 or (tested == 0 and self.split.share > 0):
            raise Failure(f"{pictures.name}: no image is left for one of the sets: choose another --test-share or "
                          "--seed")

    def write(self, path, attributes):
        pictures = self.pictures
        self.progress.begin("writing", sum(self.counts.values()))
        if self.classes:
            attributes = {**attributes, "n_classes": self.classes}
        with Writer(path, attributes, self.recipe.entry(), self.arrays(), self.counts) as out:
            self.append(out, pictures, self.tested)
            if self.test:
                self.append(out, self.test, np.ones(self.test.rows, bool))
        self.progress.end()

    def arrays(self):
        kind = np.uint8 if self.pictures.is_bytes else np.float32
        outputs = getattr(self.recipe.target, "outputs", [])
        targets = ({"labels": ((), np.uint8 if self.classes <= 256 else np.uint16)} if self.classes
                   else {"targets": (() if len(outputs) == 1 else (len(outputs),), float)})
        return {"images": (self.pictures.shape, kind), **targets, "rows": ((), np.int64)}

    def append(self, out, pictures, tested):
        for first in range(0, pictures.rows, BLOCK_ROWS):
            last = min(first + BLOCK_ROWS, pictures.rows)
            images = pictures.read(first, last)
            for split, which in (("train", ~tested[first:last]), ("test", tested[first:last])):
                if which.any():
                    rows = np.arange(first, last)[which]
                    out.append(split, {"images": images[which], **self.targets(pictures, rows), "rows": rows})
            self.progress.add(last - first)

    def targets(self, pictures, rows):
        if self.classes:
            return {"labels": pictures.labels[rows]}
        numbers = scale(pictures.targets.reshape(pictures.rows, -1)[rows], self.recipe.target.outputs)
        return {"targets": numbers[:, 0] if numbers.shape[1] == 1 else numbers}
