#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Networks that predict numbers: the same bytes on any number of ranks and after kills; scores and predictions
# against NumPy's; targets far out; runs without a test set; what does not fit is refused in one line.
#     regression.sh MPIRUN DTRAIN
# shellcheck source-path=SCRIPTDIR source=../faults.lib.sh
. "$(dirname "$0")/../faults.lib.sh"
cd "$work" || exit
python regression.py make
data_of_classes=${MNIST_FILE:?}
options=(--data data.h5 --hidden 12 --batch-size 30 --eval-every 40 --checkpoint-every 50 --init-std xavier)

"$dtrain" "${options[@]}" --iterations 200 --run-dir "$work/straight" >shown
grep -q '^  targets   3, ' shown || fail "the targets are not shown: $(cat shown)"
grep -q ': test rmse .*, r2 .*, loss .*; train rmse ' shown || fail "the scores are not shown: $(cat shown)"
! grep -qiE 'class|accuracy' shown || fail "classes of a regression: $(cat shown)"
! grep -q classes "$work/straight/run.json" || fail "run.json has classes"
"$dtrain" eval straight --data data.h5 >shown 2>err
grep -q '^test: 90 rows, loss .*, RMSE .*, MAE .*, R2 ' shown || fail "eval: $(cat shown err)"
"$mpirun" -np 3 "$dtrain" eval straight --data data.h5 --json >evaluation 2>err
"$dtrain" predict straight --images data.h5 --json >predictions 2>err
python regression.py check straight
"$dtrain" verify straight --quiet

# The scripts know runs that predict numbers, too.
if /usr/bin/python3 -c "import matplotlib" 2>err; then
    "$dtrain" plot straight >out
    [ -s straight/r2.png ] && [ -s straight/predictions.svg ] || fail "plot: $(cat out)"
    "$dtrain" report straight >out
    grep -q '<h2>Predicted and true</h2>' straight/report.html || fail "report: no predictions"
    ! grep -q 'accuracy' straight/report.html || fail "report: accuracies of a regression"
fi
"$dtrain" csv straight >csv
grep -q '^iteration,loss,epoch,train_loss,train_rmse,train_r2,test_loss,test_rmse,test_r2,' csv || fail "csv: $(head -n 1 csv)"
for format in npz safetensors; do
    "$dtrain" export straight weights.$format >out
    "$dtrain" import-weights weights.$format weights.h5 --force >out
    grep -q squares out || fail "$format: $(cat out)"
    "$dtrain" digest weights.h5 >imported 2>err
    "$dtrain" digest straight/checkpoints/iteration-0000200.h5 >trained 2>err
    cmp imported trained
done
for file in data train_only; do
    "$dtrain" standardize $file.h5 standard-$file.h5 >out
done
"$dtrain" "${options[@]}" --data standard-data.h5 --iterations 5 --quiet --run-dir standard

for ranks in 2 3 5 8; do
    "$mpirun" -np $ranks "$dtrain" "${options[@]}" --iterations 200 --quiet --run-dir ranks-$ranks
    same_files ranks-$ranks
done
for method in literal backprop; do
    for ranks in 1 3; do
        "$mpirun" -np $ranks "$dtrain" "${options[@]}" --gradient $method --iterations 60 --quiet \
            --run-dir $method-$ranks
    done
    cmp $method-1/metrics.jsonl $method-3/metrics.jsonl
    diff -r $method-1/checkpoints $method-3/checkpoints
done
"$dtrain" gradcheck --data data.h5 --hidden 7,4 --activation relu --init-std he --rows 0:50 >out

# Killed with three ranks, and resumed on another number: as long as a run without kills.
kill_after 50 "${options[@]}"
longer=$((newest + 100))
"$dtrain" "${options[@]}" --iterations $longer --quiet --run-dir long
"$mpirun" -np 2 "$dtrain" "${options[@]}" --iterations $longer --quiet --resume --run-dir killed
cmp long/metrics.jsonl killed/metrics.jsonl
diff -r long/checkpoints killed/checkpoints

# Validation rows, and no test set: nothing is missed. The best is that of the smallest loss.
for file in train_only no_test_targets; do
    "$dtrain" "${options[@]}" --data $file.h5 --iterations 200 --validation-rows 40 --run-dir $file >shown 2>err
    grep -q ': train rmse' shown || fail "$file: $(cat shown err)"
    grep -q 'best on the validation rows: iteration .*, loss ' shown || fail "$file: $(cat shown err)"
    ! grep -q test $file/metrics.jsonl || fail "$file: a score on a test set"
    "$dtrain" verify $file --quiet
    grep -q 'has no /test/targets: the test set is not evaluated' err || [ $file = train_only ] ||
        fail "$file: $(cat err)"
done
"$dtrain" "${options[@]}" --data vector.h5 --iterations 20 --quiet --run-dir vector
"$dtrain" "${options[@]}" --data constant.h5 --iterations 20 --quiet --run-dir constant 2>err
grep -q 'all targets of the training set are 2.5: there is nothing to learn' err || fail "constant: $(cat err)"
grep -q '"train_r2":null' constant/metrics.jsonl || fail "R2 of constant targets"
"$dtrain" report constant >out

# What is trained does not depend on the test set, however far out its targets are.
"$dtrain" "${options[@]}" --data far_test.h5 --iterations 200 --quiet --run-dir far
"$dtrain" digest far >got 2>err
"$dtrain" digest straight >wanted 2>err
cmp <(head -n 1 got) <(head -n 1 wanted)
cmp <(grep '"loss"' far/metrics.jsonl) <(grep '"loss"' straight/metrics.jsonl)
"$dtrain" "${options[@]}" --data large.h5 --learning-rate 1e-4 --iterations 60 --quiet --run-dir large
grep -qE '"loss":[0-9]{17}\.0' large/metrics.jsonl || fail "the losses of large targets: $(head -n 2 large/metrics.jsonl)"
"$dtrain" verify large --quiet
"$dtrain" --data classes.h5 --validation-rows 40 --hidden 5 --iterations 50 --quiet --run-dir classes
! grep -q test classes/metrics.jsonl || fail "a score on a test set that is not there"

# Targets thirty deviations out are no divergence; a learning rate without end is.
for seed in 1 2 3 4 5; do
    "$dtrain" "${options[@]}" --data fares.h5 --seed $seed --learning-rate 0.001 --iterations 100 --quiet \
        --run-dir fares-$seed
done
got=0
"$mpirun" -np 3 "$dtrain" "${options[@]}" --learning-rate 1e5 --iterations 200 --quiet --run-dir diverged 2>err ||
    got=$?
is_code "$got" 3 || fail "a learning rate of 1e5: exit code $got: $(cat err)"

refused_as 2 "both.h5: has labels and targets: say --loss softmax, for the labels, or --loss squares, for the targets" \
    --data both.h5
refused_as 1 "data.h5: has /train/targets, and no /train/labels, which --loss softmax and models of your own need" \
    --data data.h5 --loss softmax
refused_as 1 "$data_of_classes: has /train/labels, and no /train/targets, which --loss squares needs" \
    --data "$data_of_classes" --loss squares
refused_as 1 "nan.h5: /train/targets: row 17 has the target nan: leave out rows without a number" --data nan.h5
refused_as 1 "huge.h5: /train/targets: row 30 has the target 1e+300: choose a larger unit" --data huge.h5
refused_as 1 "narrow.h5: /test/targets is float64 (90, 2): a row of /train/targets has 3 numbers, not 2" \
    --data narrow.h5
refused_as 1 "short.h5: /train/targets is float64 (300, 3): targets must have the shape (301) or (301, numbers), a row for each image, and up to 65,536 numbers" \
    --data short.h5
refused_as 1 "words.h5: /train/targets is text (301): targets must be numbers, such as float64" --data words.h5
refused_as 1 "no_test_targets.h5: /test/targets is missing: there is only test, train (data/README.md describes the format)" \
    --data no_test_targets.h5
refused_as 2 "--classes 4: the data has targets, not classes" --data data.h5 --classes 4
weights=straight/checkpoints/iteration-0000200.h5
refused_as 1 "$weights: predicts numbers, the data has labels" --data "$data_of_classes" --weights $weights
refused_as 1 "$weights: predicts numbers, the data has labels" --data both.h5 --loss softmax \
    --weights $weights
refused_as 2 "--classes: has no effect with --loss: leave out one of the two" --data both.h5 --loss squares --classes 4
echo "regression: bytes, scores, predictions and refusals"
