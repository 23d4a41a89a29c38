# SPDX-License-Identifier: MIT
"""Means and deviations of columns of numbers, block by block."""
import numpy as np


class Moments:
    """Of each column, without the numbers that are missing: how many there are, their mean, and the sum of the
    squares about it, by the formula of Chan, Golub and LeVeque (1983) for two sets."""

    def __init__(self, columns):
        self.count, self.mean, self.squares = (np.zeros(columns) for _ in range(3))
        self.low, self.high = np.full(columns, np.inf), np.full(columns, -np.inf)

    def add(self, numbers):
        there = ~np.isnan(numbers)
        count = there.sum(axis=0)
        mean = np.where(there, numbers, 0).sum(axis=0) / np.maximum(count, 1)
        squares = (np.where(there, numbers - mean, 0) ** 2).sum(axis=0)
        all_count = np.maximum(self.count + count, 1)
        step = mean - self.mean
        self.squares += squares + step ** 2 * self.count * count / all_count
        self.mean += step * count / all_count
        self.count += count
        self.low = np.fmin(self.low, np.where(there, numbers, np.inf).min(axis=0, initial=np.inf))
        self.high = np.fmax(self.high, np.where(there, numbers, -np.inf).max(axis=0, initial=-np.inf))

    def select(self, which):
        """Goes on with these columns only."""
        for name, values in vars(self).items():
            setattr(self, name, values[which])

    def deviation(self):
        """The deviations; 1 where all numbers are equal, so that they become 0."""
        # Rounding may leave a little in the squares of equal numbers.
        return np.where(self.low < self.high, np.sqrt(self.squares / np.maximum(self.count, 1)), 1.0)
