#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The benchmark's measurements, tables and pictures. How fast anything is does not matter.
#     bench.sh MPIRUN DTRAIN SCRIPTS_FOLDER
# shellcheck source-path=SCRIPTDIR source=../scratch.lib.sh
. "$(dirname "$0")/../scratch.lib.sh"
bench=$3/bench
cd "$work"

# Stands for a Python that has another PyTorch, whose iterations take 2 ms.
cat >python9 <<'END'
#!/bin/sh
case "$*" in
"-X dev /"*/peers.py" about") echo "PyTorch 9, of no use" ;;
"-X dev /"*/peers.py" torch "*) printf '%s\n' 0.001 0.002 0.003 ;;
*) exit 1 ;;
esac
END
chmod +x python9

# A measurement of each kind gives a number, or its row says why there is none.
"$bench/bench.py" --quick --rounds 1 --dtrain "$dtrain" --torch "$work/python9 -X dev" >printed
grep '^| [^|]' benchmark/benchmark.md | grep -v '^| | median' >rows
cell='-?[0-9.,]+( ms| s| MB)? \| -?[0-9.,]+ to -?[0-9.,]+'
! grep -vE "^\| [^|]+ \| ($cell|not (given|installed) \(--?.*\) \||not installed \(.*\) \|) \|\$" rows ||
    fail "a row shows no numbers"
grep -q 'clang | not given (--clang) |' rows || fail "nothing says that no program by clang was given"
[ "$(sed -n '/^# Benchmark/,$p' printed)" = "$(cat benchmark/benchmark.md)" ] || fail "prints other tables"
grep -qE '^\| memory, 1 rank, dense shard 54.9 MB \| [0-9]{2,3}\.[0-9] MB' rows || fail "the memory is no rank's"
grep -q '^- PyTorch 9, of no use$' benchmark/benchmark.md || fail "does not say which PyTorch it is"
grep -q '^| PyTorch 9, float64 | 2.000 ms | 2.000 to 2.000 |$' rows || fail "no row of the other PyTorch"
grep -q '^| 784-50-10, PyTorch 9, float64 | 2.000 ms | ' rows || fail "no network of the other PyTorch"
grep -q '^| dtrain, 1 rank / PyTorch 9, float64' rows || fail "no ratio to the other PyTorch"

# fails_with TEXT OPTION...: bench.py names a Python that is of no use.
fails_with() {
    ! "$bench/bench.py" --quick --dtrain "$dtrain" "${@:2}" >/dev/null 2>err || fail "takes ${*:2}"
    tail -n 1 err | grep -q "^bench.py: $1" || fail "does not say what is wrong: $(cat err)"
}
fails_with "--torch '$work/python9': starts no Python with torch" --torch "$work/python9"
fails_with "$work/none: No such file" --torch "$work/none"
twice=(--torch "$work/python9 -X dev" --torch "$work/python9 -X dev")
fails_with "--torch '$work/python9 -X dev': is PyTorch 9 again" "${twice[@]}"
! "$bench/bench.py" --quick --dtrain "$(command -v false)" >/dev/null 2>err || fail "goes on without a program"
tail -n 1 err | grep -q '^bench.py: .*false: ends with exit code' || fail "does not say what fails: $(cat err)"

# All rows, with an older program and invented numbers.
python bench_tables.py
"$bench/figures.py" benchmark.json
for picture in benchmark networks growth scaling; do
    [ "$(head -c 4 $picture.png | tail -c 3)" = PNG ] || fail "$picture.png is none"
done
echo "$(wc -l <rows) rows, and four pictures"
