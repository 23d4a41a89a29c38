#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# --like RUN: a run with the options of another has the same files, on any number of ranks, and also where
# that one is at work or was killed. What is given wins, and what has no effect beside it is left out.
#     like.sh MPIRUN DTRAIN MODEL.so LINKED     (LINKED: a program with that model inside)
# shellcheck source-path=SCRIPTDIR source=../faults.lib.sh
. "$(dirname "$0")/../faults.lib.sh"
model=$3 linked=$4
cd "$work" || exit
random_data 5
common=(--data data.h5 --batch-size 20 --sampling epoch --seed 7 --eval-every 15 --checkpoint-every 20 --keep 2)
network=(--hidden '5,4' --activation tanh --init-std xavier --classes 4)
adam=(--optimizer adam --beta1 0.8 --epsilon 1e-6)
more=(--learning-rate 0.02 --weight-decay 0.01 --step 1e-3 --validation-rows 40 --patience 50 --iterations 60)
options=("${common[@]}" "${network[@]}" "${adam[@]}" "${more[@]}")

# train PROCESSES DIRECTORY OPTION...: a whole run. One process needs no mpirun, and starts sooner without.
train() {
    local launch=("$mpirun" -np "$1") directory=$2
    [ "$1" -gt 1 ] || launch=()
    shift 2
    "${launch[@]}" "$dtrain" "$@" --run-dir "$directory" >out || fail "$*: $(cat out)"
}

# same ONE OTHER: the two runs have the same metrics and checkpoints.
same() {
    cmp "$1/metrics.jsonl" "$2/metrics.jsonl"
    diff -r "$1/checkpoints" "$2/checkpoints"
}

# All by the other run: also its options of one start are not taken.
train 2 other "${options[@]}" --max-time 1d --progress none --quiet
for processes in 1 3; do
    train $processes "like-$processes" --like other
    same other "like-$processes"
done
grep -q ' hidden 5,4, .* seed 7, .*(run); .*like other (command line);' <<<"$(settings_of out)" ||
    fail "no settings of the other run: $(cat out)"
! grep -q 'max-time\|progress\|quiet\|gradient' <<<"$(settings_of out)" || fail "too many settings: $(cat out)"
python like.py
DTRAIN_LIKE=like-1 train 2 of-like
same other of-like

# What is given wins, also where it is the default; of an optimizer that is not used nothing is left.
train 2 faster "${options[@]}" --learning-rate 0.1
train 1 like-faster --like other --learning-rate 0.1
same faster like-faster
train 2 sgd "${common[@]}" "${network[@]}" "${more[@]}" --seed 9
DTRAIN_SEED=9 train 3 like-sgd --like other --optimizer sgd
same sgd like-sgd
DTRAIN_SEED=9 train 1 like-sgd --resume --like like-sgd --iterations 70
train 1 sgd --resume "${common[@]}" "${network[@]}" "${more[@]}" --seed 9 --iterations 70
same sgd like-sgd
"$mpirun" -np 2 "$dtrain" verify like-sgd --quiet

# Of a run that was killed; and that run goes on, without its options.
kill_after 40 "${common[@]}" "${network[@]}" "${adam[@]}"
train 2 like-killed --like killed --iterations 60
train 1 short "${common[@]}" "${network[@]}" "${adam[@]}" --iterations 60
same short like-killed
train 2 killed --resume --like killed --iterations $((newest + 50))
train 1 undisturbed "${common[@]}" "${network[@]}" "${adam[@]}" --iterations $((newest + 50))
same undisturbed killed
# And of one at work.
start 2 "$work/busy" "${options[@]}" --patience 0 --iterations 100000000
for _ in $(seq 500); do
    [ ! -e busy/metrics.jsonl ] || break
    sleep 0.02
done
train 1 like-busy --like busy --iterations 60
kill -0 "$job" || fail "the other run has ended: $(cat log)"
touch busy/stop
ended
[ "$code" -eq 75 ] || fail "the other run ended with $code: $(cat log)"
same other like-busy

# Weights decide on the network, whether they are those of the other run or not.
weights=other/checkpoints/iteration-0000060.h5
train 2 from "${common[@]}" --weights $weights --iterations 30
train 3 like-from --like from
same from like-from
grep -q 'weights other/.*(run); hidden 5,4, activation tanh (weights);' <<<"$(settings_of out)" ||
    fail "no network of the weights: $(cat out)"
train 1 moved "${common[@]}" --classes 4 "${adam[@]}" "${more[@]}" --weights from
train 2 like-moved --like other --weights from
same moved like-moved

# Models of the user's have no layers.
of_model=(--init-std 0.1 --weight-decay 0 --classes 3)
train 1 own "${common[@]}" "${adam[@]}" "${more[@]}" "${of_model[@]}" --model "$model"
train 2 like-own --like other --model "$model" "${of_model[@]}"
same own like-own
train 2 like-own-too --like own
same own like-own-too
"$linked" --quiet --like other "${of_model[@]}" --run-dir linked
cmp own/metrics.jsonl linked/metrics.jsonl

# What the other run has, and is nothing beside what is given, is left out.
train 1 plain "${common[@]}" "${network[@]}" "${adam[@]}" --learning-rate 0.02 --weight-decay 0.01 --step 1e-3 --iterations 60
train 2 like-plain --like other --validation-rows 0
same plain like-plain
train 1 three "${common[@]}" --hidden 4 --classes 3 --iterations 1
train 1 from-three "${common[@]}" "${adam[@]}" "${more[@]}" --weights three
train 2 like-three --like other --weights three
same from-three like-three
train 1 backprop "${common[@]}" "${adam[@]}" "${more[@]}" --gradient backprop
train 2 like-backprop --like backprop --model "$model" --init-std 0.1 --classes 3
same own like-backprop
weights_of_three=three/checkpoints/iteration-0000001.h5
refused_as 2 "--classes 5: the network of --weights $weights_of_three has 3" \
    --like other --weights $weights_of_three --classes 5 --run-dir no
refused_as 2 '--patience: give --validation-rows too, as it is about their accuracy' \
    --like other --validation-rows 0 --patience 50 --run-dir no

no_run='is not there, or is no record of a run: name the directory of a run'
refused_as 1 "missing/run.json: $no_run" --like missing --run-dir no
refused_as 1 "data.h5/run.json: $no_run" --like data.h5 --run-dir no
refused_as 2 '--like needs a value' --like '' --run-dir no
refused_as 2 '--momentum: has no effect with --optimizer adam: leave out one of the two' \
    --like other --momentum 0.8 --run-dir no
refused_as 2 '--init-std: has no effect with the --weights of --like from: leave it out' \
    --like from --init-std 0.1 --run-dir no
refused_as 2 "--hidden 9: the network of --weights $weights has 5,4" --like from --hidden 9 --run-dir no
refused_as 2 '--hidden: has no effect with the --model of --like own: leave it out' \
    --like own --hidden 9 --run-dir no
refused_as 2 '--iterations 60: like-sgd has 70 already' --like like-sgd --resume --run-dir like-sgd
sed -i 's/"5,4"/"5;4"/' like-1/run.json
refused_as 1 "like-1/run.json: '5;4' is no value of --hidden" --like like-1 --run-dir no
# Ranks that were not given the same would take different values.
got=0
"$mpirun" -np 1 env DTRAIN_SEED=0 "$dtrain" --like other --run-dir no : -np 1 "$dtrain" --like other --run-dir no \
    >out 2>err || got=$?
is_code "$got" 2 || fail "ranks with other settings: exit code $got: $(cat out err)"
grep -q '^dtrain: not all ranks have the same settings as rank 0' err || fail "ranks with other settings: $(cat err)"
[ ! -e no ] || fail "a run directory was left"
echo "like another run: the same files, and what is given wins"
