#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The script that trains with larger batches and on more rows. How fast and large anything is does not matter.
#     growth.sh MPIRUN DTRAIN SCRIPTS_FOLDER
# shellcheck source-path=SCRIPTDIR source=../scratch.lib.sh
. "$(dirname "$0")/../scratch.lib.sh"
growth=$3/bench/growth.py
cd "$work"

mkdir rows
"$growth" --quick --rounds 1 --dtrain "$dtrain" --batches 50 --rows 3000 --ranks 1 2 --folder rows >table
for line in "60,000 | 50 | 1" "60,000 | 50 | 2" "3,000 | 50 | 1" "3,000 | 50 | 2"; do
    grep -qE "^\| ${line//|/\\|} \| [0-9]+\.[0-9]{3} \| [0-9]+\.[0-9]{2}( \| [1-9][0-9]*){3} \|$" table ||
        fail "no line of $line: $(cat table)"
done
# Two ranks together have more memory than the larger one, and one rank has no more than itself.
awk -F ' *[|] *' '$4 == 1 && $8 != $9 || $4 == 2 && $8 >= $9 { exit 1 }' table || fail "no sums: $(cat table)"
[ -z "$(ls rows)" ] || fail "leaves a dataset behind: $(ls rows)"

! "$growth" --quick --dtrain "$dtrain" --batches 50 --ranks 1 --rounds 1 --rows 1000000000000 --folder rows \
    >/dev/null 2>err || fail "has room for everything"
tail -n 1 err | grep -q '^growth.py: rows/.*: 1,000,000,000,000 rows take up to .* MB are free' ||
    fail "does not say that there is no room: $(cat err)"

python shifted_rows.py "${3%/scripts}/data/mnist.h5"
