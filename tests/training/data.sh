#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The data of a run: the same content is taken in many types and shapes; the start of a run sums it up,
# on any number of ranks; and what cannot be meant is said in one line.
#     data.sh MPIRUN DTRAIN
# shellcheck source-path=SCRIPTDIR source=../scratch.lib.sh
. "$(dirname "$0")/../scratch.lib.sh"
cd "$work"
python make_kinds.py
options=(--hidden 3 --batch-size 10 --progress none)

# train RANKS NAME: a run without iterations, in NAME-RANKS.
train() {
    "$mpirun" -np "$1" "$dtrain" --data "$2.h5" "${options[@]}" --iterations 0 --run-dir "$2-$1" >out 2>err ||
        fail "$2: $(cat out err)"
}

fingerprint() {
    sed -n 's/.*"fingerprint": //p' "$1/run.json"
}

# same NAME OTHER: both datasets have the same content.
same() {
    train 1 "$1"
    train 3 "$2"
    [ "$(fingerprint "$1-1")" = "$(fingerprint "$2-3")" ] || fail "$1 and $2 are not the same"
    [ ! -s err ] || fail "$2: $(cat err)"
}

for other in labels_column labels_row classes_real classes_matrix; do
    same labels $other
    rm -r labels-1
done
same half half_single
same double double_single
same word word_single
grep -q '^  train     100 rows of 9 values, .* (float64, rounded to float32)$' <("$dtrain" --data double.h5 --dry-run) ||
    fail "the rounding of doubles is not told"

# The same summary on any number of ranks, in lines of 79 columns at most.
for ranks in 1 2 8; do
    train $ranks one_class
    sed -n '/^  train/,/^  run in/{/^  run in/d;p}' out >summary-$ranks
    cmp summary-1 summary-$ranks
    [ "$(sed '/^dtrain: 0 iterations/,$d' out | wc -L)" -le 79 ] || fail "long lines: $(cat out)"
done
printf '  %s\n' 'train     100 rows of 48 pixels, 0 to 255' 'classes   0 0 100' \
    'test      60 rows of 48 pixels, 0 to 255' 'classes   20 20 20' |
    cmp - summary-1

# says NAME LINE: a run says that on standard error, and nothing else; also where it is quiet.
says() {
    "$mpirun" -np 3 "$dtrain" --data "$1.h5" "${options[@]}" --iterations 0 --quiet --run-dir "$1" 2>err ||
        fail "$1: $(cat err)"
    grep -q "^dtrain: $2" err || fail "$1: $(cat err)"
    [ "$(wc -l <err)" -eq "${3:-1}" ] || fail "$1: $(cat err)"
}

says from_one 'no row is of class 0: if labels count from 1 here, subtract 1 from all$'
says shifted 'test rows of classes without a training row: 20; do labels count from 1 in one set'
says one_class 'all training rows are of class 2: there is nothing to learn$'
says nothing 'all inputs of the training set are 0: there is nothing to learn$'
says layout 'layout.h5: /train/images is uint8 (100, 3, 4, 4), but /test/images uint8 (60, 4, 4, 3): '
says packed 'packed.h5: /train/images has attributes that dtrain does not apply (scale_factor): ' 2
grep -q '^dtrain: packed.h5: /test/labels has attributes that dtrain does not apply (_FillValue): ' err ||
    fail "$(cat err)"
says scales 'the inputs of the test set are 0 to 255, those of training 0 to 1: scale both alike$'
says signs 'the inputs of the test set are 0 to 1, those of training -1 to 1: scale both alike$'
says inverted 'the inputs of the test set are 0.8[0-9]* on average, those of training 0.1[0-9]*: is black white'

# Eval and predict know from the run what the network was trained on.
"$dtrain" --data labels.h5 "${options[@]}" --iterations 5 --quiet --run-dir run
"$dtrain" --data inverted.h5 "${options[@]}" --iterations 0 --quiet --run-dir dark 2>err
network=run/checkpoints/iteration-0000005.h5

# told ARGUMENTS LINE: a command says that on standard error, or nothing where there is no line.
told() {
    # shellcheck disable=SC2086
    "$dtrain" $1 >out 2>err || fail "$1: $(cat err)"
    grep -q "^dtrain: $2" err || [ -z "$2" ] || fail "$1: $(cat err)"
    [ -n "$2" ] || [ ! -s err ] || fail "$1: $(cat err)"
}

for quiet in bytes unit one; do
    told "predict $network --images others.h5:/$quiet" ''
done
[ "$(wc -l <out)" -eq 2 ] || fail "one image has the predictions $(cat out)"
told "predict run --images others.h5:/large" 'the inputs of others.h5:/large are 0 to 255, those of training 0 to 1'
told "predict $network --images others.h5:/large" 'the inputs of others.h5:/large are 0 to 255'
told "predict $network --images others.h5:/signed" 'the inputs of others.h5:/signed are -1 to 1'
told "predict dark --images others.h5:/bright" 'the inputs of others.h5:/bright are 0.8[0-9]* on average'
told "predict $network --images others.h5:/double" 'others.h5: /double is float64: the values are rounded to float32$'
told "eval $network --data scales.h5" 'the inputs of /test/images are 0 to 255, those of training 0 to 1'
told "eval $network --data layout.h5" 'layout.h5: /train/images is uint8'
told "eval $network --data labels_row.h5" ''
