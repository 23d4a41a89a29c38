#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# What the same bits are worth: the script that counts differences between numbers of processes, and the
# one that times exact sums. How fast anything is does not matter.
#     agreement.sh MPIRUN DTRAIN SCRIPTS_FOLDER
# shellcheck source-path=SCRIPTDIR source=../scratch.lib.sh
. "$(dirname "$0")/../scratch.lib.sh"
# shellcheck source-path=SCRIPTDIR source=scripts.lib.sh
. "$(dirname "$0")/scripts.lib.sh"
bench=$3/bench
cd "$work"
has torch || exit 77

# differences PROGRAM NAME: how many predictions and weights differ on 3 processes from those on 1.
differences() {
    "$bench/agreement.py" --dtrain "$1" --iterations 20 --processes 1 3 >table
    sed -n "s/^| $2 | 3 | \([0-9,]*\) | \([0-9,]*\) | .*/\1 \2/p" table
}

[ "$(differences "$dtrain" dtrain)" = "0 0" ] || fail "dtrain differs: $(cat table)"
# The counter finds differences where there are some. They are small: all processes and programs train
# the same, also where 3 processes share a batch of 100.
grep -qE '^\| PyTorch DDP, float32 \| 3 \| [0-9]+ \| [1-9]' table || fail "PyTorch does not differ: $(cat table)"
grep -qE '^\| PyTorch DDP, float64 \| 3 \| 0 \| .* [0-9]e-1[3-9] ' table || fail "float64 differs: $(cat table)"
[ "$(grep -c '^| [dP].* [13] |' table)" -eq 6 ] || fail "a row is missing: $(cat table)"
[ "$(sed -n 's/.*| \(0\.[0-9]*\) |$/\1/p' table | sort -u | wc -l)" -eq 1 ] || fail "other accuracies: $(cat table)"

# dtrain with sums of doubles still can be made, trains, and differs.
"$bench/exact_cost.py" --quick --rounds 1 --folder both >cost
[ "$(grep -cE '^\| [12]( \| [0-9.]+){3} \| [0-9.]+ to [0-9.]+ \| [0-9.]+ \|' cost)" -eq 2 ] || fail "no figures: $(cat cost)"
found=$(differences both/double/dtrain dtrain)
[[ $found =~ ^[0-9]+\ [1-9] ]] || fail "sums of doubles do not differ: $(cat table)"
echo "with sums of doubles, predictions and weights that differ: $found"
