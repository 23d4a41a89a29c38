#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# How often a run on few rows evaluates and saves, how patient it is, and how long epochs are; and what a resume of it, --like and
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
auto='{"value": "auto", "origin": "default"}'
[ "$(show small/run.json options/eval-every options/checkpoint-every)" = "$auto $auto" ] || fail "$(cat small/run.json)"
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

# Epochs: 9 of 180 rows in batches of 50 are 32.4 iterations.
"$mpirun" -np 2 "$dtrain" "${small[@]}" --validation-rows 20 --epochs 9 --run-dir epochs
"$dtrain" "${small[@]}" --validation-rows 20 --iterations 32 --run-dir iterations
cmp epochs/metrics.jsonl iterations/metrics.jsonl
diff -r epochs/checkpoints iterations/checkpoints
[ "$(show epochs/run.json options/epochs options/iterations/value)" = '{"value": "9", "origin": "command line"} "32"' ] ||
    fail "$(cat epochs/run.json)"
"$mpirun" -np 3 "$dtrain" verify epochs --quiet
refused_as 2 '--epochs 5: these are 18 iterations, and epochs has 32 already' \
    "${small[@]}" --validation-rows 20 --epochs 5 --resume --run-dir epochs
# Another run with them counts its own batches; and the run goes on for more of either.
"$dtrain" --like epochs --batch-size 10 --quiet --run-dir more
[ "$(due more)" = '0 18 36 54 72 90 108 126 144 162 0 162 ' ] || fail "9 epochs: $(due more)"
"$dtrain" --resume --like epochs --epochs 11 --quiet --run-dir epochs
"$dtrain" --resume --like iterations --iterations 39 --quiet --run-dir iterations
cmp epochs/metrics.jsonl iterations/metrics.jsonl
"$dtrain" --resume --like epochs --iterations 50 --quiet --run-dir epochs
[ "$(due epochs)" = '0 12 24 36 48 50 0 50 ' ] || fail "50 iterations after 11 epochs: $(due epochs)"
"$dtrain" "${small[@]}" --epochs 9 --dry-run >out
grep -q 'for each of 4 evaluations' out || fail "dry run: $(cat out)"
grep -q 'so 36 iterations take' out || fail "dry run: $(cat out)"
refused_as 2 '--epochs and --iterations: give one of the two' "${small[@]}" --epochs 1 --iterations 9 --run-dir no
refused_as 2 '--epochs 1000000000000: these are more than 1000000000000 iterations of --batch-size 50' \
    "${small[@]}" --epochs 1000000000000 --run-dir no

# Patience counts evaluations where these are rarer than epochs. Nothing is learned.
"$dtrain" "${small[@]}" --learning-rate 0 --validation-rows 20 --patience 2 --iterations 500 --run-dir patient
[ "$(due patient)" = '0 12 24 0 24 ' ] || fail "patience: $(due patient)"
"$dtrain" --like patient --run-dir told >out
grep -q '^  ended 476 iterations early: none of 2 evaluations was better' out || fail "patience: $(cat out)"
[ ! -e no ] || fail "a run directory was left"
echo "small data: evaluations and checkpoints are not too many, and epochs are counted"
