# SPDX-License-Identifier: MIT
"""Which rows are tested. Each row is drawn by a hash of its own, so that another row moves none of the others."""
from dataclasses import dataclass

import numpy as np

from dtrain.failure import Failure


def hashes(seed, rows):
    """A 64-bit hash of the seed and each row's number: SplitMix64's output function (Steele, Lea and Flood
    2014) of the number, and of the seed added to that."""
    def mix(z):
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xbf58476d1ce4e5b9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94d049bb133111eb)
        return z ^ (z >> np.uint64(31))

    step = np.uint64(0x9e3779b97f4a7c15)
    with np.errstate(over="ignore"):
        return mix(mix(np.asarray(rows, np.uint64) * step + step) + np.uint64(seed) * step)


@dataclass
class Split:
    """Tests the rows whose hash is below `share` of all hashes or, in each class of `limits`, below its limit."""
    share: float
    seed: int
    limits: np.ndarray = None

    def is_tested(self, rows, labels):
        if self.share == 0:
            return np.zeros(len(rows), bool)
        limit = np.uint64(min(int(self.share * 2.0 ** 64), 2 ** 64 - 1)) if self.limits is None else self.limits[labels]
        return hashes(self.seed, rows) < limit

    def stratify(self, rows, labels, classes):
        """Sets the limits so that the smallest hashes of each class are tested: its share of rows, but at
        least one, and not all."""
        drawn = hashes(self.seed, rows)
        self.limits = np.zeros(classes, np.uint64)
        for label in range(classes):
            of_class = np.sort(drawn[labels == label])
            count = min(max(1, round(self.share * len(of_class))), len(of_class) - 1)
            if count > 0:
                self.limits[label] = of_class[count]


def check_classes(name, target, counts, trained):
    """Refuses a class that cannot be in both sets, or has no row among those to train on."""
    for label in np.flatnonzero(counts == 1):
        raise Failure(f"{name}: class '{target.names[label]}' has 1 row: it cannot be in both sets")
    for label in np.flatnonzero((counts > 0) & (trained == 0)):
        raise Failure(f"{name}: all {counts[label]} rows of class '{target.names[label]}' would be tested: divide the "
                      "rows by --stratify, or another --seed")
