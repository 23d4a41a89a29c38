#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Each optimizer: losses against NumPy's and, where it is installed, PyTorch's own optimizers, from the
# same weights on the same rows; state vectors in checkpoints; options that have no effect. Kills are in
# validation.sh.
#     optimizers.sh MPIRUN DTRAIN
# shellcheck source-path=SCRIPTDIR source=../faults.lib.sh
. "$(dirname "$0")/../faults.lib.sh"
cd "$work" || exit
random_data 6
python make_weights.py start.h5 6,5,3 2 0.5
python optimizers.py targets
options=(--data data.h5 --weights start.h5 --gradient backprop --batch-size 20 --learning-rate 0.02 --eval-every 50)
"$dtrain" batches --rows 200 --batch-size 20 --iterations 150 >rows
for optimizer in sgd momentum nesterov adagrad rmsprop adam; do
    for decay in 0 0.01; do
        "$mpirun" -np 2 "$dtrain" "${options[@]}" --optimizer $optimizer --weight-decay $decay \
            --iterations 150 --quiet --run-dir $optimizer-$decay
        "$mpirun" -np 2 "$dtrain" "${options[@]}" --data targets.h5 --weights squares.h5 --optimizer $optimizer \
            --weight-decay $decay --iterations 150 --quiet --run-dir squares-$optimizer-$decay
    done
done
# Schedules of the learning rate, with and without a warm-up, stopped and resumed on the way.
for schedule in step cosine linear; do
    rate=("${options[@]}" --optimizer momentum --learning-rate-schedule "$schedule" --warmup 20 --decay-every 50
        --quiet --run-dir "rate-$schedule")
    "$dtrain" "${rate[@]}" --iterations 70
    "$mpirun" -np 3 "$dtrain" "${rate[@]}" --iterations 150 --resume
done
"$dtrain" "${options[@]}" --optimizer momentum --warmup 20 --iterations 150 --quiet --run-dir rate-constant
# Weights of rows, of classes, and of both; a weight counts in every method and across kinks.
for given in rows=none classes=0.5,2,0 balanced=balanced both=3,1,0.25; do
    weighted=("${options[@]}" --class-weights "${given#*=}" --quiet)
    case $given in rows* | both*) weighted+=(--data weighted.h5) ;; esac
    "$dtrain" "${weighted[@]}" --iterations 150 --run-dir weights-"${given%=*}"
done
for method in numerical literal backprop; do
    across=("${options[@]}" --data weighted.h5 --class-weights balanced --weights relu.h5 --gradient "$method"
        --step 0.3 --iterations 12 --quiet)
    "$dtrain" "${across[@]}" --run-dir across-$method
    "$mpirun" -np 3 "$dtrain" "${across[@]}" --run-dir across-$method-3
    cmp across-$method/metrics.jsonl across-$method-3/metrics.jsonl
done
"$dtrain" verify across-numerical --quiet
python optimizers.py softmax
python optimizers.py squares

# An input that is always 0 makes 0 / 0 where --epsilon is 0: its weights stay as they are.
python rare_inputs.py make
for optimizer in adagrad rmsprop adam; do
    "$mpirun" -np 2 "$dtrain" "${options[@]}" --data blank.h5 --optimizer $optimizer --epsilon 0 \
        --iterations 60 --checkpoint-every 20 --keep 9 --quiet --run-dir blank-$optimizer
done
# The divisor may also be so small that a weight overflows: nothing is saved then. The input is not 0 in
# the first row only.
rare=("${options[@]}" --data rare.h5 --optimizer adam --beta2 0 --epsilon 1e-320 --checkpoint-every 1 --quiet
    --run-dir rare)
refused_as 3 "iteration 3: W1[2,0] is not finite: try a larger --epsilon than 9.99989e-321 (the default of adam is 1e-08)" \
    "${rare[@]}" --iterations 150
python rare_inputs.py check

# A state vector that is another by one digit is found by verify and diff.
cp -r adam-0 forged
python forge.py forged ulp 150 optimizer/exp_avg_sq
got=0
"$dtrain" verify forged >out 2>err || got=$?
[ "$got" -eq 1 ] || fail "verify of a forged state: exit code $got"
grep -q 'exp_avg_sq\[1\]' err || fail "verify of a forged state: $(cat out err)"
"$dtrain" diff adam-0 forged >out 2>err || true
grep -q 'exp_avg_sq\[1\]' out || fail "diff of a forged state: $(cat out err)"

refused_as 2 "--optimizer: 'Adam' is none of sgd|momentum|nesterov|adagrad|rmsprop|adam" --optimizer Adam
refused_as 2 "--class-weights: gives 2 weights, and the data has 3 classes" "${options[@]}" --class-weights 1,2
refused_as 2 "--class-weights: 'a,2,3' is neither balanced nor a list of weights from 0 on, such as 1,2.5" \
    "${options[@]}" --class-weights a,2,3
refused_as 1 "data.h5: all training rows have the weight 0" "${options[@]}" --class-weights 0,0,0
refused_as 2 "--class-weights: the data has targets, not classes" "${options[@]}" --data targets.h5 \
    --weights squares.h5 --class-weights balanced
refused_as 1 "negative.h5: /train/weights: row 11 has the weight -1: weights are from 0 to 1e+09" \
    "${options[@]}" --data negative.h5
refused_as 1 "few.h5: /train/weights is float64 (199): there must be one number for each training row" \
    "${options[@]}" --data few.h5
refused_as 2 '--decay-every: has no effect with --learning-rate-schedule constant: leave out one of the two' \
    "${options[@]}" --decay-every 5
refused_as 2 '--learning-rate-schedule cosine: give --decay-every, the iterations in which the rate falls' \
    "${options[@]}" --learning-rate-schedule cosine
refused_as 2 '--beta1: has no effect with --optimizer sgd: leave out one of the two' "${options[@]}" --beta1 0.8
refused_as 2 '--momentum: has no effect with --optimizer adam: leave out one of the two' \
    "${options[@]}" --optimizer adam --momentum 0.8
newest=adam-0/checkpoints/iteration-0000150.h5
refused_as 2 "--optimizer: is 'sgd', but $newest was made with 'adam': give that, or choose another --run-dir" \
    "${options[@]}" --resume --run-dir adam-0
refused_as 2 "--epsilon: is '1e-06', but $newest was made with 'auto': give that, or choose another --run-dir" \
    "${options[@]}" --optimizer adam --epsilon 1e-6 --resume --run-dir adam-0
echo "optimizers: losses, states and refusals"
