#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Where a minute goes by without a checkpoint, one is written off the schedule. A killed run goes on from
# it, and ends in the files of an undisturbed run.
#     minutes.sh MPIRUN DTRAIN FAST_CLOCK      (dtrain whose minutes are short)
# shellcheck source-path=SCRIPTDIR source=../faults.lib.sh
. "$(dirname "$0")/../faults.lib.sh"
cd "$work" || exit
random_data 6
options=(--data data.h5 --hidden 5 --batch-size 20 --validation-rows 40 --optimizer adam --eval-every 50
    --checkpoint-every 100000000)
normal=$dtrain dtrain=$3
start 3 "$work/killed" "${options[@]}" --stall-timeout 0 --iterations 100000000
for _ in $(seq 500); do
    [ "$(find killed -name 'iteration-*.h5' | wc -l)" -lt 2 ] || break
    sleep 0.02
done
kill_all
dtrain=$normal
[ "${newest:-0}" -gt 0 ] || fail "a minute went by, but there is no checkpoint"
# One off the schedule takes the place of the one before; only the first is on it. A kill may have come
# between the two.
[ "$(find killed/checkpoints -name 'iteration-*' | wc -l)" -le 3 ] || fail "$(ls killed/checkpoints)"
more=("${options[@]}" --iterations $((newest + 500)) --quiet)
"$dtrain" verify killed --quiet
"$mpirun" -np 2 "$dtrain" "${more[@]}" --resume --run-dir killed
"$dtrain" "${more[@]}" --run-dir undisturbed
cmp undisturbed/metrics.jsonl killed/metrics.jsonl
diff -r undisturbed/checkpoints killed/checkpoints
echo "minutes: killed at $newest"
