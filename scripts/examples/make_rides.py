#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes a table of taxi rides that are made up, as large as is wanted: dates, ids, codes, a flag, and a fare
to be predicted; 3.5 % of the rows are incomplete.

    dtrain import rides.csv rides.h5 --target total --date picked_up --missing drop
"""
import argparse

import numpy as np
import pandas

BLOCK_ROWS = 1 << 18


def rides(rng, first, rows):
    """A block of rows as a DataFrame; the first ride has that number."""
    distance = rng.lognormal(0.8, 0.8, rows).round(2)
    minutes = (4 + 3.5 * distance * rng.lognormal(0, 0.3, rows)).round(1)
    start = np.datetime64("2023-01-01T00:00:00") + rng.integers(0, 365 * 86400, rows).astype("timedelta64[s]")
    hour = (start - start.astype("datetime64[D]")).astype(int) // 3600
    rush = np.isin(hour, (7, 8, 16, 17, 18))
    fare = 3 + 1.75 * distance + 0.55 * minutes + 2.5 * rush
    tip = np.where(rng.random(rows) < 0.6, fare * rng.choice([0.1, 0.15, 0.2, 0.25], rows), 0)
    frame = pandas.DataFrame({
        "ride_id": np.arange(first, first + rows), "vendor": rng.integers(1, 3, rows),
        "picked_up": np.datetime_as_string(start, unit="s"), "passengers": rng.integers(1, 7, rows).astype(float),
        "distance": distance, "minutes": minutes, "rate_code": rng.integers(1, 7, rows),
        "stored": rng.choice(["Y", "N"], rows, p=[0.01, 0.99]), "from_zone": rng.integers(1, 266, rows),
        "to_zone": rng.integers(1, 266, rows), "payment": rng.choice(["card", "cash", "other"], rows),
        "tolls": np.where(rng.random(rows) < 0.08, 6.94, 0), "total": (fare + tip).round(2)})
    frame.loc[rng.random(rows) < 0.035, ["passengers", "stored"]] = np.nan
    return frame


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("out", metavar="OUT.csv")
    arguments.add_argument("--rows", type=int, default=1000000)
    arguments.add_argument("--seed", type=int, default=0)
    given = arguments.parse_args()
    rng = np.random.default_rng(given.seed)
    with open(given.out, "w", encoding="utf-8") as file:
        for first in range(0, given.rows, BLOCK_ROWS):
            block = rides(rng, first, min(BLOCK_ROWS, given.rows - first))
            block.to_csv(file, index=False, header=first == 0)


if __name__ == "__main__":
    main()
