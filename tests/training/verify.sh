#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# dtrain verify and dtrain diff: honest runs, killed and resumed on any number of ranks, are found to
# be honest; forgeries are found out, and the first difference is named.
#     verify.sh MPIRUN DTRAIN SUM_OF_DOUBLES ODD      (dtrain with inexact sums; a small dataset)
# shellcheck source-path=SCRIPTDIR source=../faults.lib.sh
. "$(dirname "$0")/../faults.lib.sh"
sum_of_doubles=$3 odd=$4
RANDOM=${SEED:-1}
sizes=(1 2 3 5 8)
options=(--data "$odd" --batch-size 37 --hidden 13 --eval-every 20)
cd "$work" || exit

# verify RUN OPTION...: on a number of ranks taken at random.
verify() {
    "$mpirun" -np "${sizes[RANDOM % 5]}" "$dtrain" verify "$@"
}

# Runs of many lengths, checkpoints and options. Two in three are killed once and resumed, and one in
# three stays as the kill has left it.
for run in $(seq 20); do
    more=(--iterations $((RANDOM % 900 + 1)) --checkpoint-every $((RANDOM % 50 + 10))
        --keep $((RANDOM % 4 + 1)) --seed "$run")
    [ $((run % 2)) -eq 0 ] || more+=(--sampling epoch)
    start "${sizes[RANDOM % 5]}" "$work/run-$run" "${options[@]}" "${more[@]}"
    if [ $((run % 3)) -gt 0 ]; then
        sleep "0.$((RANDOM % 6 + 3))"
        mapfile -t ranks < <(ranks_of "$work/run-$run")
        kill -KILL "$job" "${ranks[@]}" 2>/dev/null || true
        ended
        while [ -n "$(ranks_of "$work/run-$run")" ]; do sleep 0.05; done
    fi
    if [ $((run % 3)) -ne 1 ] || [ ! -e "run-$run/run.json" ]; then
        [ $((run % 3)) -eq 0 ] || start "${sizes[RANDOM % 5]}" "$work/run-$run" "${options[@]}" "${more[@]}"
        ended
        [ "$code" -eq 0 ] || fail "run $run: exit $code: $(cat log)"
    fi
    verify "run-$run" --quiet || fail "run $run: ${more[*]}: an honest run is called a forgery"
done

# found PATTERN RUN: verify ends with 1, and one line of that pattern.
found() {
    local got=0
    verify "$2" >out 2>all || got=$?
    without_launcher all >err
    if [ "$got" -ne "${code_wanted:-1}" ] || [ "$(wc -l <err)" -ne 1 ] || ! grep -Eq "^dtrain: .*$1" err; then
        fail "$2: exit $got, not one line '$1': $(cat err)"
    fi
}

# forged PATTERN HOW...: that forgery of the run `honest` is found.
forged() {
    local pattern=$1
    shift
    rm -rf forged
    cp -r honest forged
    python forge.py forged "$@"
    found "$pattern" forged
}

"$mpirun" -np 2 "$dtrain" "${options[@]}" --iterations 100 --checkpoint-every 30 --quiet --run-dir honest
verify honest >out
[ "$(grep -c 'the same bits' out)" -eq 3 ] || fail "not three stretches: $(cat out)"
verify honest --stretches 2 >out
grep -q '2 of 3 stretches' out || fail "not two stretches: $(cat out)"
unit='W1\[1,2\] is .*, 1 unit in the last place apart; all others are the same'
forged "iteration 100 is not what .*$unit" ulp 100
forged "iteration 60 is not what .*$unit" ulp 60
forged 'at iteration 50: it has .*"loss"' digit 52
forged 'at iteration 100: it has .*"train_loss"' digit -1
forged 'at iteration 49: ' drop 51
forged 'at iteration 100: it has no line' drop -1
forged 'at iteration 1: ' drop 1
code_wanted=2 forged "seed: is '1', but .* was made with '0'" option seed 1
for option in "seed 3" "learning-rate 0.2" "batch-size 36"; do
    rm -rf forged
    cp -r honest forged
    # shellcheck disable=SC2086
    { python forge.py forged option $option && python forge.py forged attribute $option; }
    found 'is not what repeating the run gives' forged
done
"$mpirun" -np 3 "$sum_of_doubles" "${options[@]}" --reduce mpi --iterations 100 --quiet --run-dir inexact
found 'is not what repeating the run gives' inexact

# What a finished run cannot have, or must have; and what a kill may leave.
rm -rf forged
cp -r honest forged
printf 'forged' >>forged/metrics.jsonl
found 'metrics.jsonl has 6 bytes after its last line' forged
python forge.py forged unfinish
verify forged >out
grep -q 'not compared: the last 6 bytes of metrics.jsonl, a line that was cut' out || fail "$(cat out)"
grep -q 'verified: the run as far as it is, 100 iterations; it is not finished' out || fail "$(cat out)"
rm -rf forged
cp -r honest forged
rm forged/checkpoints/iteration-0000100.h5
found 'the checkpoint of its last iteration, 100, is not there' forged
cp honest/checkpoints/iteration-0000100.h5 forged/checkpoints/
cp honest/checkpoints/iteration-0000090.h5 forged/checkpoints/iteration-0000120.h5
found 'forged: has a checkpoint of iteration 120, but its metrics end at 100' forged

# A damaged checkpoint that a resume has skipped is made again, or lies after the end.
"$mpirun" -np 2 "$dtrain" "${options[@]}" --iterations 150 --checkpoint-every 30 --quiet --run-dir passed
echo damaged >passed/checkpoints/iteration-0000150.h5
"$mpirun" -np 3 "$dtrain" "${options[@]}" --iterations 140 --checkpoint-every 30 --quiet --resume --run-dir passed 2>err
verify passed >out
grep -q 'not compared: passed/checkpoints/iteration-0000150.h5: is damaged: .*; it lies after the last iteration' out ||
    fail "$(cat out)"
"$dtrain" "${options[@]}" --iterations 150 --checkpoint-every 30 --quiet --resume --run-dir passed
"$dtrain" "${options[@]}" --iterations 150 --checkpoint-every 30 --quiet --run-dir unpassed
diff -r passed/checkpoints unpassed/checkpoints

# A job at work.
start 2 "$work/working" "${options[@]}" --iterations 100000000
for _ in $(seq 500); do
    [ ! -e working/checkpoints/iteration-0000000.h5 ] || break
    sleep 0.02
done
found 'working: a job is at work in it: verify the run when that has ended' working
kill -TERM "$job"
ended

# The weights with which a run began are those that the other run had then, also after that has gone on.
cp -r honest first
"$dtrain" "${options[@]}" --weights first --seed 3 --iterations 40 --quiet --run-dir second 2>err
"$dtrain" "${options[@]}" --iterations 200 --checkpoint-every 30 --quiet --resume --run-dir first
[ ! -e first/checkpoints/iteration-0000100.h5 ] || fail "the checkpoint that was taken is still there"
verify second --quiet
"$dtrain" --like second --quiet --run-dir fourth
cmp second/metrics.jsonl fourth/metrics.jsonl
rm second/checkpoints/iteration-0000000.h5
found '--weights first: second began with the parameters of first/checkpoints/iteration-0000100.h5, which are no longer there' second

# diff names where two runs part.
differ() {
    local got=0
    "$dtrain" diff "$2" "$3" >out 2>err || got=$?
    [ "$got" -eq 1 ] || fail "diff $2 $3: exit $got"
    grep -Eq "$1" out || fail "diff $2 $3: no '$1': $(cat out)"
}
cp -r honest equal
"$dtrain" diff honest equal | grep -q 'no difference' || fail "equal runs differ"
rm -rf forged
cp -r honest forged
python forge.py forged ulp 90
differ "iteration-0000090.h5: $unit" honest forged
differ "parameters: $unit" honest/checkpoints/iteration-0000090.h5 forged/checkpoints/iteration-0000090.h5
python forge.py forged digit 12
differ 'the first 12 lines are the same; then, at iteration 12:' honest forged
# The failures of a run whose evaluations may fail count like its metrics.
cp -r equal failed
echo '{"iteration":3,"evaluation":17,"parameter":"outlet","side":"+","row":5,"cause":"failed","attempts":2,"lost":true}' >failed/failures.jsonl
differ '^failures: only the second run has failures.jsonl' equal failed
differ '^failures: only the first run has failures.jsonl' failed equal
cp -r failed other
"$dtrain" diff failed other >out
grep -q '^failures: the same 1 lines' out && grep -q 'no difference' out || fail "equal failures differ: $(cat out)"
"$dtrain" digest equal 2>err >plain
"$dtrain" digest failed 2>err >before
sed -i 's/"row":5/"row":6/' other/failures.jsonl
"$dtrain" digest other 2>err >after
differ '^failures: the first 0 lines are the same; then, at iteration 3:' failed other
head -n 2 before | cmp - plain
head -n 2 after | cmp - plain
sed -n 3p before | grep -Eqx 'failures   [0-9a-f]{32}' || fail "no digest of failures: $(cat before)"
! cmp -s before after || fail "other failures have the same digest"
[ "$(wc -l <before)" -eq 3 ] || fail "$(cat before)"
"$mpirun" -np 2 "$dtrain" "${options[@]}" --hidden 12 --iterations 1 --quiet --run-dir narrow
! "$dtrain" diff honest/checkpoints/iteration-0000100.h5 narrow 2>err || fail "other networks are equal"
grep -q 'not of the same network: the first is 33-13-5 with sigmoid, the second 33-12-5 with sigmoid' err || fail "not one line about the networks: $(cat err)"
