#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The recipe of a dataset travels: the same bytes on any number of ranks and after a stop; a resume with another
# recipe is refused; evaluations and predictions have its names and units. Runs without a test set.
#     recipes.sh MPIRUN DTRAIN
# shellcheck source-path=SCRIPTDIR source=../faults.lib.sh
. "$(dirname "$0")/../faults.lib.sh"
cd "$work" || exit
python recipes.py make
options=(--hidden 8 --optimizer adam --learning-rate 0.02 --batch-size 20 --eval-every 20 --checkpoint-every 40)

# shows TEXT FILE: a line of the file is TEXT.
shows() {
    grep -qxF -- "$1" "$2" || fail "no line '$1': $(cat "$2")"
}

"$dtrain" --data classes.h5 "${options[@]}" --validation-rows 40 --iterations 120 --run-dir "$work/straight" >shown
grep -q '^  classes   Adélie [0-9]*, a "b"\\x0a\\x1b\.\.\. [0-9]*, ' shown ||
    fail "the classes have no names: $(cat shown)"
! grep -q "$(printf '\033')" shown || fail "a name moves the cursor: $(cat shown)"
python recipes.py files straight classes.h5
"$dtrain" verify straight --quiet
cp -r straight forged
python forge.py forged recipe '{"recipe": 1}'
! "$dtrain" verify forged --quiet 2>err || fail "verify accepts another recipe"
grep -q 'is not what repeating the run gives: its recipe is not that of the data$' err || fail "a forged recipe: $(cat err)"
for ranks in 2 3; do
    "$mpirun" -np $ranks "$dtrain" --data classes.h5 "${options[@]}" --validation-rows 40 --iterations 120 --quiet \
        --run-dir ranks-$ranks
    same_files ranks-$ranks
done
"$mpirun" -np 3 "$dtrain" --data classes.h5 "${options[@]}" --validation-rows 40 --iterations 60 --quiet --run-dir half
"$mpirun" -np 2 "$dtrain" --data classes.h5 "${options[@]}" --validation-rows 40 --iterations 120 --quiet --resume \
    --run-dir half
same_files half
# The text counts, not how HDF5 keeps it.
"$dtrain" --data fixed.h5 "${options[@]}" --validation-rows 40 --iterations 120 --quiet --run-dir fixed
same_files fixed

for other in exchanged plain; do
    refused_as 2 "--data: holds other images, labels or targets, or another recipe, than those that straight/checkpoints/iteration-0000120.h5 was made with" \
        --data $other.h5 "${options[@]}" --validation-rows 40 --iterations 200 --resume --run-dir straight
done
same_files straight

# Without a recipe nothing is recorded, and the weights are the same.
"$dtrain" --data plain.h5 "${options[@]}" --validation-rows 40 --iterations 120 --quiet --run-dir plain
for run in plain straight; do "$dtrain" digest $run >$run.digest 2>err; done
cmp plain.digest straight.digest
! grep -q '"recipe":' plain/run.json || fail "a recipe from nowhere in run.json"
! grep -q recipe plain/checkpoints/* || fail "a recipe from nowhere in a checkpoint"

weights=straight/checkpoints/iteration-0000120.h5
"$mpirun" -np 3 "$dtrain" eval straight --data classes.h5 --json >evaluation 2>err
"$mpirun" -np 2 "$dtrain" eval straight --data classes.h5 >report 2>err
"$dtrain" predict straight --images classes.h5 --json --probabilities >predictions 2>err
"$dtrain" predict $weights --images classes.h5 --probabilities >table 2>err
[ ! -s err ] || fail "predict: $(cat err)"
python recipes.py classes $weights
# The names are those of the weights or, where they have none, of the data.
"$dtrain" eval $weights --data plain.h5 --json >got 2>err
cmp got evaluation
"$dtrain" eval plain/checkpoints/iteration-0000120.h5 --data classes.h5 --json >got 2>err
cmp got evaluation
[ ! -s err ] || fail "eval of one recipe: $(cat err)"
"$dtrain" eval $weights --data exchanged.h5 --json >got 2>err
cmp got evaluation
[ "$(cat err)" = "dtrain: exchanged.h5: was imported otherwise than the data that $weights was trained on, so inputs may be scaled, and classes numbered, otherwise: import it again as the test rows of that import, or use predict --rows" ] ||
    fail "two recipes: $(cat err)"
"$dtrain" --data exchanged.h5 --weights $weights --iterations 0 --quiet --run-dir begun 2>err
grep -qx "dtrain: exchanged.h5: was imported otherwise than the data that $weights was trained on, .* otherwise" err ||
    fail "--weights with data of another recipe: $(cat err)"
# Outputs of --classes beyond those of the data have no names.
"$dtrain" --data classes.h5 "${options[@]}" --classes 6 --iterations 40 --quiet --run-dir six
"$dtrain" eval six --data classes.h5 >got 2>err
grep -q '^     5  5  *0 ' got || fail "a class without a name: $(cat got)"
"$dtrain" predict six --images classes.h5 --json --probabilities >got 2>err
"$dtrain" --data classes.h5 --weights straight --iterations 20 --quiet --run-dir further

for data in mpg two; do
    for ranks in 1 2 3; do
        "$mpirun" -np $ranks "$dtrain" --data $data.h5 "${options[@]}" --iterations 120 --progress plain \
            --run-dir $data-$ranks >shown.$data
        cmp $data-1/metrics.jsonl $data-$ranks/metrics.jsonl
        diff -r $data-1/checkpoints $data-$ranks/checkpoints
    done
    "$mpirun" -np 2 "$dtrain" eval $data-1 --data $data.h5 --json >evaluation 2>err
    "$dtrain" predict $data-1 --images $data.h5 --json >predictions 2>err
    python recipes.py numbers $data-1/checkpoints/iteration-0000120.h5 $data.h5
    "$dtrain" eval $data-1 --data $data.h5 >report.$data 2>err
    "$dtrain" predict $data-1 --images $data.h5 >table.$data 2>err
done
grep -q '^  targets   mpg, .* to .*, 2[0-9.]* on average$' shown.mpg || fail "the target has no name: $(cat shown.mpg)"
grep -q '^  targets   2 (mpg, price in €), -' shown.two || fail "the targets have no names: $(cat shown.two)"
# The screen has the unit, the metrics the dataset's numbers.
shown=$(sed -n 's/.*: test rmse \([^,]*\), r2 .*/\1/p' shown.mpg)
grep -q "^test: 99 rows, loss .*, RMSE $shown, MAE [^ ]* in the unit of mpg, R2 " report.mpg ||
    fail "the error $shown on the screen is not that of eval: $(cat report.mpg)"
! grep -q "\"test_rmse\":$shown" mpg-1/metrics.jsonl || fail "metrics.jsonl is not in the dataset's numbers"
grep -q "^test: 99 rows, loss .*, RMSE 0[^ ]*, MAE [^ ]* in the dataset's numbers, R2 " report.two ||
    fail "the unit of all targets: $(cat report.two)"
shows 'each target in its own unit:' report.two
grep -q '^     1  price in €  *[0-9]*[0-9][0-9]\.' report.two || fail "the errors of a target: $(cat report.two)"
[ "$(head -n 1 table.two)" = '  image             mpg      price in €' ] || fail "the heading: $(cat table.two)"
"$dtrain" --data raw.h5 "${options[@]}" --iterations 20 --quiet --run-dir raw
"$dtrain" eval raw --data raw.h5 >got 2>err
grep -q ' in the unit of raw, R2 ' got || fail "a target that was left as it is: $(cat got)"
refused_as 2 "--probabilities: mpg-1/checkpoints/iteration-0000120.h5 predicts numbers, not classes" \
    predict mpg-1/checkpoints/iteration-0000120.h5 --images mpg.h5 --probabilities

# Without a test set and validation rows, the training rows alone are evaluated.
for data in train_only numbers_train_only; do
    "$mpirun" -np 2 "$dtrain" --data $data.h5 "${options[@]}" --iterations 60 --run-dir $data >shown 2>err
    [ "$(cat err)" = "dtrain: $data.h5: has no test set, so only the training rows are evaluated: --validation-rows holds some of them out" ] ||
        fail "$data: $(cat err)"
    grep -q ' s, .* a second: train [^;]*$' shown || fail "$data: $(cat shown)"
    ! grep -qE 'test_|validation' $data/metrics.jsonl || fail "$data: a score of a set that is not there"
    "$dtrain" --data $data.h5 "${options[@]}" --iterations 120 --quiet --resume --run-dir $data 2>err
    "$dtrain" --data $data.h5 "${options[@]}" --iterations 120 --quiet --run-dir whole-$data 2>err
    cmp $data/metrics.jsonl whole-$data/metrics.jsonl
    diff -r $data/checkpoints whole-$data/checkpoints
    "$dtrain" verify $data --quiet
    "$dtrain" eval $data --data $data.h5 --split train >got 2>err
    "$dtrain" csv $data >got
    if /usr/bin/python3 -c "import matplotlib" 2>err; then
        "$dtrain" plot $data >got
        "$dtrain" report $data >got
        ! grep -qi 'test set\|train set\|test image' $data/report.html || fail "$data: the report shows a test set"
    fi
done
"$dtrain" --data train_only.h5 "${options[@]}" --validation-rows 40 --iterations 20 --quiet --run-dir held_out 2>err
[ ! -s err ] || fail "validation rows and no test set: $(cat err)"

while IFS=$'\t' read -r file line; do
    refused_as 1 "$line" --data "$file" "${options[@]}" --iterations 5 --run-dir "$work/bad-run"
    [ ! -e bad-run ] || fail "$file: a run was begun"
done <bad
refused_as 1 "fewer.h5: /recipe: names 3 classes, but there are 4: import the data again" \
    --data fewer.h5 "${options[@]}" --iterations 5 --dry-run
# As the recipe of weights, too.
cp plain/checkpoints/iteration-0000120.h5 weights.h5
"$dtrain" export plain weights.npz >out
"$dtrain" import-weights weights.npz weights.h5 --force >out
/usr/bin/python3 -c "import h5py; h5py.File('weights.h5', 'a')['recipe'] = 3"
for arguments in "eval weights.h5 --data plain.h5" "predict weights.h5 --images plain.h5"; do
    # shellcheck disable=SC2086
    refused_as 1 "weights.h5: /recipe is no single text: it must be a scalar string of UTF-8" $arguments
done
echo "recipes: files, names, units, refusals, and runs without a test set"
