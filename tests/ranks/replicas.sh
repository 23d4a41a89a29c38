#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Ranks whose parameters differ in one bit stop the run before the next checkpoint: single ranks, where each has
# its own parameters, and all ranks of a node where they share them.
#     replicas.sh MPIRUN DTRAIN FLIPPED_BIT     (FLIPPED_BIT: dtrain with that fault)
# shellcheck source-path=SCRIPTDIR source=../scratch.lib.sh
. "$(dirname "$0")/../scratch.lib.sh"
flipped_bit=$3

# expect_stop SIZE RANKS EXPECTED OPTION...: a bit flips on RANKS of SIZE, and the line names EXPECTED.
expect_stop() {
    local size=$1 ranks=$2 expected=$3 got=0 run=$work/$1-$2-${4#--}-${NODE_RANKS:-}
    FLIP_RANKS=$ranks FLIP_ITERATION=7 "$mpirun" -np "$size" "$flipped_bit" \
        --iterations 20 --eval-every 10 --checkpoint-every 5 --quiet --run-dir "$run" "${@:4}" 2>"$work/all" || got=$?
    without_launcher "$work/all" >"$work/err"
    [ "$got" -eq 4 ] || fail "$size ranks, bit on $ranks: exit $got, not 4"
    named=$(grep -o 'rank [0-9]* on' "$work/err" | grep -o '[0-9]*' | paste -sd,)
    if [ "$named" != "$expected" ] || [ "$(wc -l <"$work/err")" -ne 1 ]; then
        fail "$size ranks, bit on $ranks: $(cat "$work/err")"
    fi
    grep -q '"event": "replicas differ"' "$run/run.json" || fail "run.json: $(tail -n 20 "$run/run.json")"
    [ -f "$run/checkpoints/iteration-0000005.h5" ] && [ ! -f "$run/checkpoints/iteration-0000010.h5" ] ||
        fail "a checkpoint was written although the replicas differ"
}

expect_stop 5 3 3 --reduce mpi
expect_stop 5 0 0 --reduce mpi
expect_stop 5 1,4 1,4 --reduce mpi
expect_stop 3 0,1 2 --reduce mpi
expect_stop 2 0 1 --reduce mpi
export NODE_RANKS=2
expect_stop 6 3 2,3 --reduce shared
expect_stop 5 4 4 --reduce shared
expect_stop 6 1 0,1 --reduce shared
unset NODE_RANKS

FLIP_RANKS=1 FLIP_ITERATION=99 "$mpirun" -np 2 "$flipped_bit" --iterations 2 --quiet --run-dir "$work/sound"
! strings "$dtrain" | grep FLIP_RANKS || fail "dtrain itself contains the fault"
echo "every flipped bit was found"
