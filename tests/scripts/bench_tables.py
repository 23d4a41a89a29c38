# SPDX-License-Identifier: MIT
"""The benchmark's rows, turns and tables, with an older program and invented numbers, which are written to
benchmark.json."""
import itertools
import json
from types import SimpleNamespace

import bench
from rows import PAIRS, Row

given = SimpleNamespace(quick=False, only="", rounds=2)
programs = {name: "program" for name in (*bench.PROGRAMS, "PyTorch 1.0", "PyTorch 2.0", "NumPy")}
chosen = bench.choose_rows(programs, given)
rows = list(itertools.chain(*chosen.values()))
names = [row.name for row in rows]
assert len(set(names)) == len(names), "two rows have the same name"
assert {name for pair in PAIRS for name in pair} <= set(chosen), "a pair has no row"
# A number of each row in each round, and an older program right after the new one.
assert names[:2] == ["dtrain, 1 rank", "dtrain, 1 rank, older"], names
numbers = itertools.count()
turns = bench.measure_in_turns([Row("", name, "dtrain", lambda *_: next(numbers)) for name in "ab"], programs, given)
assert turns == {"a": [0, 2], "b": [1, 3]}, turns
# A ratio is taken in each round: here 3, 3 and 1/2; that of the medians is 3/2. The second PyTorch takes half
# as long as the first.
values = {name: [4.0, 2.0, 8.0] for name in names}
values["dtrain, 1 rank"] = [12.0, 6.0, 4.0]
values["PyTorch 2.0, float64"] = [2.0, 1.0, 4.0]
lines = list(bench.tables(chosen, values, {}))
assert "| PyTorch 1.0, float64 | 4.000 ms | 3.000 to 6.000 |" in lines, lines[:9]
for line in ("| dtrain, 1 rank / PyTorch 1.0, float64 | 3.000 | 1.750 to 3.000 |",
             "| dtrain, 1 rank / PyTorch 2.0, float64 (the fastest) | 6.000 | 3.500 to 6.000 |",
             "| dtrain, 1 rank / older | 3.000 | 1.750 to 3.000 |",
             "| dtrain, 8 ranks, older / dtrain, 2 ranks, older | 1.000 | 1.000 to 1.000 |"):
    assert line in lines, (line, [other for other in lines if other.startswith("| dtrain, ")])
with open("benchmark.json", "w") as file:
    json.dump({"cores": 2, "rows": list(bench.data(rows, values))}, file)
# Without PyTorch its rows say so.
alone = bench.choose_rows(dict.fromkeys(bench.PROGRAMS), given)
assert [row.name for row in alone["PyTorch, float32"]] == ["PyTorch, float32"]
assert "| PyTorch, float32 | absent | |" in bench.tables(alone, {}, dict.fromkeys((*programs, "PyTorch"), "absent"))
