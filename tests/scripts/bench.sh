#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The benchmark's measurements, tables and pictures. How fast anything is does not matter.
#     bench.sh MPIRUN DTRAIN SCRIPTS_FOLDER
# shellcheck source-path=SCRIPTDIR source=../scratch.lib.sh
. "$(dirname "$0")/../scratch.lib.sh"
export bench=$3/bench
cd "$work"

# A measurement of each kind gives a number, or its row says why there is none.
"$bench/bench.py" --quick --rounds 1 --dtrain "$dtrain" >printed
grep '^| [^|]' benchmark/benchmark.md | grep -v '^| | median' >rows
cell='-?[0-9.,]+( ms| s| MB)? \| -?[0-9.,]+ to -?[0-9.,]+'
! grep -vE "^\| [^|]+ \| ($cell|not (given|installed) \(--?.*\) \||not installed \(.*\) \|) \|\$" rows ||
    fail "a row shows no numbers"
grep -q 'clang | not given (--clang) |' rows || fail "nothing says that no program by clang was given"
[ "$(sed -n '/^# Benchmark/,$p' printed)" = "$(cat benchmark/benchmark.md)" ] || fail "prints other tables"
grep -qE '^\| memory, 1 rank, dense shard 54.9 MB \| [0-9]{2,3}\.[0-9] MB' rows || fail "the memory is no rank's"

! "$bench/bench.py" --quick --dtrain "$(command -v false)" >/dev/null 2>err || fail "goes on without a program"
tail -n 1 err | grep -q '^bench.py: .*false: ends with exit code' || fail "does not say what fails: $(cat err)"

# All rows, with an older program and invented numbers.
/usr/bin/python3 - <<'PYTHON'
import itertools, json, os, sys
from types import SimpleNamespace
sys.path.insert(0, os.environ["bench"])
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
json.dump({"cores": 2, "rows": list(bench.data(rows, values))}, open("benchmark.json", "w"))
PYTHON
"$bench/figures.py" benchmark.json
for picture in benchmark growth scaling; do
    [ "$(head -c 4 $picture.png | tail -c 3)" = PNG ] || fail "$picture.png is none"
done
echo "$(wc -l <rows) rows, and three pictures"
