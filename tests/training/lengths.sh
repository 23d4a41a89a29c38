#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# How often a run on few rows evaluates and saves, and how patient it is; and what a resume of it, --like and
# verify make of that.
#     lengths.sh MPIRUN DTRAIN
# shellcheck source-path=SCRIPTDIR source=../faults.lib.sh
. "$(dirname "$0")/../faults.lib.sh"
cd "$work" || exit
random_data 4
options=(--data data.h5 --hidden 3 --gradient backprop --quiet)

# due RUN: the iterations of its evaluations and of its checkpoints, in one line.
due() {
    sed -n 's/^{"iteration":\([0-9]*\),"epoch".*/\1/p' "$1/metrics.jsonl" | tr '\n' ' '
    # shellcheck disable=SC2012
    ls "$1/checkpoints" | sed -n 's/^iteration-0*\(.*[0-9]\)\.h5$/\1/p' | tr '\n' ' '
}

# Of 200 rows, batches of 50 make an epoch of 4 iterations: evaluations after 3 epochs, checkpoints after 75.
small=("${options[@]}" --batch-size 50 --keep 9)
"$mpirun" -np 2 "$dtrain" "${small[@]}" --iterations 30 --run-dir small
[ "$(due small)" = '0 12 24 30 0 30 ' ] || fail "30 iterations: $(due small)"
"$mpirun" -np 3 "$dtrain" "${small[@]}" --iterations 610 --resume --run-dir small
"$dtrain" "${small[@]}" --iterations 610 --eval-every 12 --checkpoint-every 300 --run-dir straight
same_files small
[ "$(due small | wc -w)" -eq $((52 + 4)) ] || fail "610 iterations: $(due small)"
"$dtrain" --like small --iterations 610 --quiet --run-dir like
same_files like
"$mpirun" -np 3 "$dtrain" verify small --quiet
/usr/bin/python3 - <<'PYTHON'
import json
options = json.load(open("small/run.json"))["options"]
for name in "eval-every", "checkpoint-every":
    assert options[name] == {"value": "auto", "origin": "default"}, options[name]
PYTHON
# A single batch is an epoch. Where an epoch is long enough, nothing is longer, and checkpoints say so.
"$dtrain" "${options[@]}" --batch-size 500 --iterations 21 --run-dir single
[ "$(due single)" = '0 10 20 21 0 21 ' ] || fail "single batches: $(due single)"
"$dtrain" "${options[@]}" --batch-size 20 --iterations 21 --run-dir long
"$dtrain" "${options[@]}" --batch-size 20 --iterations 21 --eval-every 0 --run-dir straight-long
diff -r long/checkpoints straight-long/checkpoints

# Runs of version 0.3.0 evaluate after each epoch: they go on like that, or are refused.
"$dtrain" "${small[@]}" --eval-every 0 --iterations 9 --run-dir older
[ "$(due older)" = '0 4 8 9 0 9 ' ] || fail "every epoch: $(due older)"
told="give that, or choose another --run-dir"
refused_as 2 "--eval-every: is 'auto', which stands for 12, but older/checkpoints/iteration-0000009.h5 was made with '0': $told" \
    "${small[@]}" --iterations 20 --resume --run-dir older
"$dtrain" --resume --run-dir older --like older --iterations 20
[ "$(due older)" = '0 4 8 12 16 20 0 20 ' ] || fail "every epoch, resumed: $(due older)"
"$mpirun" -np 2 "$dtrain" verify older --quiet

# Patience counts evaluations where these are rarer than epochs. Nothing is learned.
"$dtrain" "${small[@]}" --learning-rate 0 --validation-rows 20 --patience 2 --iterations 500 --run-dir patient
[ "$(due patient)" = '0 12 24 0 24 ' ] || fail "patience: $(due patient)"
"$dtrain" --like patient --run-dir told >out
grep -q '^  ended 476 iterations early: none of 2 evaluations was better' out || fail "patience: $(cat out)"
echo "small data: evaluations and checkpoints are not too many"
