#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# What a run says at its end: files that were lost while it was at work, parameters that did not
# change, and the time of its last score.
#     endings.sh MPIRUN DTRAIN
# shellcheck source-path=SCRIPTDIR source=../faults.lib.sh
. "$(dirname "$0")/../faults.lib.sh"
cd "$work" || exit
random_data 4
options=(--data data.h5 --hidden 4 --batch-size 10 --validation-rows 20 --progress none)

# lost NAME: the file is removed while the run is at work. The summary does not name it, the one line of an
# error does.
lost() {
    local run=lost code=0
    rm -rf lost
    "$mpirun" -np 2 "$dtrain" "${options[@]}" --learning-rate 1e-9 --iterations 20000 --eval-every 10000 --checkpoint-every 10000 \
        --run-dir "$run" >out 2>err &
    job=$!
    for _ in $(seq 600); do
        [ ! -e "$run/checkpoints/best.h5" ] || break
        sleep 0.02
    done
    rm "$run/$1"
    wait "$job" || code=$?
    is_code "$code" 1 || fail "without $1: exit $code: $(cat out err)"
    [ "$(without_launcher err | grep -c '^dtrain: ')" -eq 1 ] || fail "without $1: $(cat err)"
    grep -q "^dtrain: $run: was lost while the run was at work: $1; " err || fail "without $1: $(cat err)"
    grep -q '^  files: ' out || fail "without $1: $(cat out)"
    ! grep -q "$1\|dtrain plot" out || fail "without $1 the summary is: $(cat out)"
}

for name in metrics.jsonl timing.jsonl checkpoints/best.h5; do
    lost $name
done
# What --resume can make again, it makes.
"$dtrain" "${options[@]}" --learning-rate 1e-9 --iterations 20000 --eval-every 10000 --checkpoint-every 10000 \
    --resume --run-dir lost >out 2>err || fail "resumed: $(cat err)"
grep -q '^  best on the validation rows: .*: lost/checkpoints/best.h5$' out || fail "resumed: $(cat out)"

# unchanged WORDS OPTION...: a run that ends with 0, and warns in those words.
unchanged() {
    local words=$1
    shift
    [[ $* = *--resume* ]] || rm -rf unchanged
    "$mpirun" -np 3 "$dtrain" --data data.h5 --hidden 4 --batch-size 10 --iterations 12 --quiet \
        --run-dir unchanged "$@" >out 2>err || fail "$*: $(cat err)"
    grep -q "^dtrain: $words\$" err || fail "$*: $(cat err)"
    [ "$(wc -l <err)" -eq 1 ] || fail "$*: $(cat err)"
}
still="the parameters did not change in 12 iterations"
unchanged "$still: --learning-rate 0 is too small" --learning-rate 0
unchanged "$still: --learning-rate 0 is too small" --learning-rate 0 --optimizer adam
unchanged 'the loss sticks at .*: --learning-rate 1e-30 is too small' --learning-rate 1e-30
unchanged "$still: --learning-rate 0 is too small" --learning-rate 0
unchanged "$still: --learning-rate 0 is too small" --learning-rate 0 --resume
"$dtrain" --data data.h5 --hidden 4 --batch-size 10 --iterations 12 --quiet --run-dir changed >out 2>err
[ ! -s err ] || fail "a run that learns: $(cat err)"
"$dtrain" --data data.h5 --hidden 4 --iterations 0 --quiet --run-dir none >out 2>err
[ ! -s err ] || fail "a run of no iterations: $(cat err)"

# The time of the score on the test set has a line of its own, and a run that is resumed has it once.
for _ in 1 2; do
    "$dtrain" "${options[@]}" --iterations 40 --resume --run-dir timed >/dev/null
    [ "$(grep -c '^{"iteration":40,"test":true,"compute":' timed/timing.jsonl)" -eq 1 ] || fail "$(cat timed/timing.jsonl)"
done
"$dtrain" "${options[@]}" --iterations 80 --resume --run-dir timed >/dev/null
[ "$(grep -c '"test":true' timed/timing.jsonl)" -eq 1 ] || fail "$(cat timed/timing.jsonl)"
echo "every run said how it ended"
