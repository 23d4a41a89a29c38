#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Runs with validation rows: what is held out, scores, the best checkpoint and patience, against NumPy;
# the same files after kills, stops and longer runs; what verify and diff find.
#     validation.sh MPIRUN DTRAIN MODEL      (a model that predicts nothing)
# shellcheck source-path=SCRIPTDIR source=../faults.lib.sh
. "$(dirname "$0")/../faults.lib.sh"
cd "$work" || exit
python make_data.py data.h5 --rows 400 50 --inputs 6 --wrong 0.1 --seed 4
options=(--data data.h5 --hidden 9 --batch-size 20 --learning-rate 2 --init-std 0.5 --validation-rows 60
    --checkpoint-every 0)

# Epochs of (400 - 60) / 20 = 17 iterations; the batches of 20 epochs draw all rows but those held out.
"$dtrain" batches --rows 400 --validation-rows 60 --batch-size 20 --sampling epoch --iterations 340 >rows
"$mpirun" -np 3 "$dtrain" "${options[@]}" --iterations 100000 --patience 8 --keep 1000 --run-dir whole >out
last=$(sed -n 's/^dtrain: \([0-9]*\) iterations in .*/\1/p' out)
"$dtrain" "${options[@]}" --iterations "$last" --checkpoint-every 1 --keep 100000 --quiet --run-dir steps
read -r best last < <(python validation.py)
[ "$best" -gt 100 ] || fail "the best is of iteration $best: too early for what follows"
grep -q "^  best on the validation rows: iteration $best, accuracy .*: whole/checkpoints/best.h5$" out || fail "$(cat out)"
grep -q "^  ended $((100000 - last)) iterations early: none of 8 epochs was better" out || fail "$(cat out)"
grep -q '^  train     400 rows of 6 values, .* (60 for validation)$' out || fail "$(cat out)"
cmp "whole/checkpoints/best.h5" "whole/checkpoints/$(printf 'iteration-%07d.h5' "$best")"
"$dtrain" eval whole/checkpoints/best.h5 --data data.h5 | grep -q '^test: 50 rows' || fail "best.h5 is not evaluated"

"$mpirun" -np 2 "$dtrain" verify whole --stretches 2 --quiet
# Killed just before its end was noted.
cp -r whole ending
python forge.py ending unfinish
"$dtrain" verify ending --quiet

# same_as DIRECTORY OTHER: two runs have the same metrics and checkpoints.
same_as() {
    cmp "$1/metrics.jsonl" "$2/metrics.jsonl"
    diff -r "$1/checkpoints" "$2/checkpoints"
}

# A finished run that is resumed stays as it is; with more patience it goes on; and a run that was finished
# before, between two evaluations or at one, ends as one that was not.
cp -r whole again
"$mpirun" -np 2 "$dtrain" "${options[@]}" --iterations 100000 --patience 8 --keep 1000 --resume --run-dir again >out
grep -q "the run is finished already: $last iterations" out || fail "$(cat out)"
same_as whole again
more=("${options[@]}" --quiet --resume --iterations 100000)
"$mpirun" -np 2 "$dtrain" "${more[@]}" --patience 9 --keep 1000 --run-dir again
"$dtrain" "${more[@]}" --patience 9 --keep 1000 --run-dir patient
same_as patient again
for first in 0 40 51 $((best - 1)) "$best"; do
    "$mpirun" -np 2 "$dtrain" "${more[@]}" --patience 8 --keep 1000 --iterations "$first" --run-dir "to-$first"
    tail -n 1 "to-$first/metrics.jsonl" | grep -q "^{\"iteration\":$first,\"test_loss\"" || fail "no score at $first"
    "$mpirun" -np 3 "$dtrain" verify "to-$first" --quiet
    "$mpirun" -np 5 "$dtrain" "${more[@]}" --patience 8 --keep 1000 --run-dir "to-$first"
    same_as whole "to-$first"
done

# Killed and resumed on other ranks, with each optimizer.
for optimizer in sgd momentum nesterov adagrad rmsprop adam; do
    more=("${options[@]}" --optimizer "$optimizer" --learning-rate 0.01 --patience 100000 --eval-every 200
        --checkpoint-every 200)
    kill_after 400 "${more[@]}"
    more+=(--iterations $((newest + 500)))
    "$mpirun" -np 2 "$dtrain" "${more[@]}" --quiet --resume --run-dir killed
    "$mpirun" -np 5 "$dtrain" "${more[@]}" --quiet --run-dir undisturbed
    same_as undisturbed killed
    "$mpirun" -np 3 "$dtrain" verify undisturbed --quiet
    rm -r killed undisturbed
done

# Killed, and resumed on other ranks until its patience runs out, where it does without a kill.
more=("${options[@]}" --hidden 40 --gradient literal --patience 30)
kill_after 34 "${more[@]}"
more+=(--iterations 100000000)
"$mpirun" -np 2 "$dtrain" "${more[@]}" --quiet --resume --run-dir killed
"$mpirun" -np 3 "$dtrain" "${more[@]}" --quiet --run-dir undisturbed
same_as undisturbed killed
grep -q '"reason": "--patience 30"' killed/run.json || fail "patience did not end the run that was killed"

# Stopped in the middle of an epoch, and resumed only for its end there.
start 2 "$work/stopped" "${options[@]}" --iterations 1000000
for _ in $(seq 500); do
    [ ! -e stopped/checkpoints/iteration-0000051.h5 ] || break
    sleep 0.02
done
touch stopped/stop
ended
[ "$code" -eq 75 ] || fail "exit code $code after a request to stop: $(cat log)"
"$dtrain" verify stopped | grep -q '^dtrain: verified: the run as far as it is, .* it is not finished$' ||
    fail "a stopped run is not verified"
# shellcheck disable=SC2012
stopped=$(ls stopped/checkpoints | sed -n 's/iteration-0*\([0-9]*\)\.h5/\1/p' | tail -n 1)
! grep -q test_loss stopped/metrics.jsonl || fail "a stopped run has a score on the test set"
"$dtrain" "${options[@]}" --iterations "$stopped" --quiet --resume --run-dir stopped
tail -n 1 stopped/metrics.jsonl | grep -q "^{\"iteration\":$stopped,\"test_loss\"" || fail "no score after the stop"
"$dtrain" "${options[@]}" --iterations "$stopped" --quiet --run-dir unstopped
same_as unstopped stopped
"$dtrain" verify stopped --quiet

# Stopped in the middle of a gradient, which is abandoned, and resumed only for its end before that.
more=("${options[@]}" --hidden 200 --learning-rate 0.1 --gradient literal --eval-every 1000
    --checkpoint-every 1000 --quiet)
for ranks in 1 3; do
    start "$ranks" "$work/middle" "${more[@]}" --iterations 1000
    for _ in $(seq 500); do
        [ ! -e middle/checkpoints/iteration-0000000.h5 ] || break
        sleep 0.02
    done
    sleep 1.5 # some iterations
    mapfile -t processes < <(ranks_of "$work/middle")
    kill -TERM "${processes[-1]}"
    ended
    [ "$code" -eq 75 ] || fail "exit code $code after a signal in the middle of a gradient: $(cat log)"
    # shellcheck disable=SC2012
    stopped=$(ls middle/checkpoints | sed -n 's/iteration-0*\([0-9]*\)\.h5/\1/p' | tail -n 1)
    "$dtrain" "${more[@]}" --iterations "$stopped" --resume --run-dir middle
    "$dtrain" "${more[@]}" --iterations "$stopped" --run-dir direct
    same_as direct middle
    rm -r direct middle
done

# A best checkpoint that is lost, or is another one, is made again from an older checkpoint, and if there is
# none from the beginning.
more=("${options[@]}" --eval-every 10 --checkpoint-every 20 --quiet)
"$dtrain" "${more[@]}" --iterations 100 --run-dir hundred
for keep in 2 4; do
    for change in 'rm' 'cp hundred/checkpoints/iteration-0000100.h5'; do
        "$dtrain" "${more[@]}" --iterations 65 --keep "$keep" --run-dir lost
        # shellcheck disable=SC2086
        $change lost/checkpoints/best.h5
        "$mpirun" -np 3 "$dtrain" "${more[@]}" --iterations 100 --resume --run-dir lost 2>err
        [ "$(wc -l <err)" -eq 1 ] || fail "$change: $(cat err)"
        grep -Eq '^dtrain: lost: going back from iteration 65 to [0-9]+: the best so far is iteration [0-9]+, and lost/checkpoints/best.h5 is (lost|of another)$' err ||
            fail "$change: $(cat err)"
        same_as hundred lost
        rm -r lost
    done
done
rm -r hundred

# Less patience than before is refused where the run has gone on; patience where there was none ends it.
more=("${options[@]}" --quiet --run-dir patience)
"$dtrain" "${more[@]}" --patience 100 --iterations "$last"
"$dtrain" "${options[@]}" --patience 1 --iterations "$last" --run-dir impatient >out
end=$(sed -n 's/^dtrain: \([0-9]*\) iterations in .*/\1/p' out)
refused_as 2 "--patience: with so little, the run would have ended at iteration $end, but patience has $last already: give more, or choose another --run-dir" \
    "${more[@]}" --patience 1 --iterations "$last" --resume
rm -r patience
"$dtrain" "${more[@]}" --iterations "$last"
"$mpirun" -np 2 "$dtrain" "${more[@]}" --patience 1 --iterations "$last" --resume 2>err
grep -q "going back from iteration $last to .*: by --patience the run ends at $end" err || fail "$(cat err)"
same_as impatient patience
"$dtrain" verify patience --quiet

# forged PATTERN HOW...: that forgery of the run `whole` is found by verify.
forged() {
    local pattern=$1 got=0
    shift
    rm -rf forged
    cp -r whole forged
    "$@"
    "$dtrain" verify forged >out 2>err || got=$?
    [ "$got" -eq 1 ] || fail "$*: exit code $got: $(cat err)"
    grep -Eq "^dtrain: forged.*$pattern" err || fail "$*: $(cat err)"
}
forged 'the best checkpoint of iteration .*W1\[1,2\].*1 unit in the last place' python forge.py forged ulp best
forged 'the best evaluation is .* not ' python forge.py forged score "$last"
forged "the best checkpoint is of iteration $((best - 17)), but repeating the run gives $best as the best" \
    cp "forged/checkpoints/$(printf 'iteration-%07d.h5' $((best - 17)))" forged/checkpoints/best.h5
forged 'best.h5: ' rm forged/checkpoints/best.h5
forged "at iteration $last: it has .*test_loss" python forge.py forged digit -1
forged "at iteration $last: it has no line" python forge.py forged drop -1
rm -rf forged
cp -r whole forged
python forge.py forged ulp best
got=0
"$dtrain" diff whole forged >out 2>err || got=$?
[ "$got" -eq 1 ] || fail "diff of another best checkpoint: exit code $got: $(cat out err)"
grep -q '^best.h5: W1\[1,2\]' out || fail "diff of another best checkpoint: $(cat out err)"

# A model that predicts nothing has no accuracy: its best evaluation is the one with the least loss.
"$mpirun" -np 2 "$dtrain" --data data.h5 --model "$3" --validation-rows 60 --batch-size 20 --iterations 200 \
    --learning-rate 0.3 --quiet --run-dir model
python check_best.py

refused_as 2 '--validation-rows 400: there are 400 training rows only' "${options[@]}" --validation-rows 400
refused_as 2 '--patience: give --validation-rows too, as it is about their accuracy' --data data.h5 --patience 3
refused_as 2 '--sampling epoch: --batch-size 400 is larger than the 340 rows' "${options[@]}" \
    --sampling epoch --batch-size 400
refused_as 2 "--validation-rows: is '50', but whole/checkpoints/$(printf 'iteration-%07d.h5' "$last") was made with '60': give that, or choose another --run-dir" \
    "${options[@]}" --validation-rows 50 --iterations 100000 --resume --run-dir whole
echo "validation: the best is of iteration $best, the end at $last"
