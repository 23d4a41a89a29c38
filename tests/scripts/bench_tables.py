# SPDX-License-Identifier: MIT
"""The benchmark's rows, turns and tables, with an older program and invented numbers, which are written to
benchmark.json."""
import itertools
import json
from types import SimpleNamespace

import bench
from measurements import PAIRS, Row

given = SimpleNamespace(quick=False, only="", rounds=2)
programs = {name: "program" for name in (*bench.PROGRAMS, "PyTorch", "NumPy")}
rows = list(bench.choose_rows(programs, given))
names = [row.name for row in rows]
assert len(set(names)) == len(names), "two rows have the same name"
assert {name for pair in PAIRS for name in pair} <= set(names), "a pair has no row"
# A number of each row in each round, and an older program right after the new one.
assert names[:2] == ["dtrain, 1 rank", "dtrain, 1 rank, older"], names
numbers = itertools.count()
turns = bench.measure_in_turns([Row("", name, "dtrain", lambda *_: next(numbers)) for name in "ab"], programs, given)
assert turns == {"a": [0, 2], "b": [1, 3]}, turns
# A ratio is taken in each round: here 3, 3 and 1/2; that of the medians is 3/2.
values = {name: [4.0, 2.0, 8.0] for name in names}
values["dtrain, 1 rank"] = [12.0, 6.0, 4.0]
lines = list(bench.tables(rows, values, {}))
assert "| PyTorch, float64 | 4.000 ms | 3.000 to 6.000 |" in lines, lines[:9]
for other in ("PyTorch, float64", "older"):
    assert f"| dtrain, 1 rank / {other} | 3.000 | 1.750 to 3.000 |" in lines, [line for line in lines if other in line]
with open("benchmark.json", "w") as file:
    json.dump({"cores": 2, "rows": list(bench.data(rows, values))}, file)
