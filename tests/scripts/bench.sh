#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The benchmark's measurements, tables and pictures. How fast anything is does not matter.
#     bench.sh MPIRUN DTRAIN SCRIPTS_FOLDER
# shellcheck source-path=SCRIPTDIR source=../scratch.lib.sh
. "$(dirname "$0")/../scratch.lib.sh"
bench=$3/bench
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
python bench_tables.py
"$bench/figures.py" benchmark.json
for picture in benchmark growth scaling; do
    [ "$(head -c 4 $picture.png | tail -c 3)" = PNG ] || fail "$picture.png is none"
done
echo "$(wc -l <rows) rows, and three pictures"
