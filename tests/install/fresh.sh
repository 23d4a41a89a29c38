#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The first commands of the README on a bare Debian: they install, build, train (on a table, too) and plot, print
# nothing unexpected, and the metrics are byte for byte those of this machine.
#     fresh.sh MPIRUN DTRAIN SUITE WHO            (fresh_machine.sh says what these are)
# shellcheck source-path=SCRIPTDIR source=../scratch.lib.sh
. "$(dirname "$0")/../scratch.lib.sh"
suite=$3 who=$4 machine=$(dirname "$0")/fresh_machine.sh

# A user who cannot become root is told which packages to ask for, and nothing is left half done.
if [ "$who" = sudo ]; then
    code=0
    "$machine" "$suite" user scripts/train.sh >"$work/out" 2>"$work/err" || code=$?
    [ "$code" -ne 77 ] || { cat "$work/out" && exit 77; }
    [ "$code" -eq 1 ] && [ "$(wc -l <"$work/err")" -eq 2 ] && [ ! -s "$work/out" ] &&
        grep -q 'apt-get install .*cmake.*libhdf5-openmpi-dev.*python3-matplotlib' "$work/err" ||
        fail "a user without root: exit $code: $(cat "$work/out" "$work/err")"
fi

cat >"$work/commands" <<'EOT'
set -e
scripts/train.sh --iterations 600 --run-dir mine >out 2>err || { cat out err; exit 1; }
[ ! -s err ] || { echo "not quiet:"; cat err; exit 1; }
! grep -Ev '^(Installing: |Building in |Training: |dtrain: |iteration |  [a-z ]+: |  [a-z ]{8}  )' out || exit 1
grep -q '^  ranks     8 on 1 host' out
build/dtrain plot mine
build/dtrain report mine
[ -s mine/loss.png ] && [ -s mine/accuracy.svg ] && [ -s mine/report.html ]
# A table: what it needs is installed, too, and its rows are predicted.
scripts/train.sh data/penguins.csv --target species --missing flag --hidden 8 --learning-rate 1 --iterations 300 \
    --run-dir penguins >out 2>err || { cat out err; exit 1; }
[ ! -s err ] || { echo "not quiet:"; cat err; exit 1; }
grep -q '^runs/imported/penguins-.*: 271 + 73 rows, 15 inputs, 3 classes' out
build/dtrain predict penguins --rows data/penguins.csv >predictions.csv
[ "$(cut -d , -f 2 predictions.csv | sort | uniq -c | grep -c 'Adelie\|Chinstrap\|Gentoo\|species')" -eq 4 ]
echo "metrics $(sha256sum <mine/metrics.jsonl)"
EOT
"$machine" "$suite" "$who" bash -c "$(cat "$work/commands")" >"$work/out" 2>&1 || {
    code=$?
    cat "$work/out"
    exit $code
}
"$mpirun" -np 2 "$dtrain" --iterations 600 --quiet --run-dir "$work/here"
grep -qx "metrics $(sha256sum <"$work/here/metrics.jsonl")" "$work/out" ||
    fail "other metrics than here: $(cat "$work/out")"
echo "$suite, as $who: trained and drawn from bare, with the metrics of this machine"
