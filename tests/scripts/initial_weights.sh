#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The weights that a run began with, as the report gets them from dtrain --like RUN --iterations 0, against
# those of the run's own first checkpoint; and what the report says where they are not to be had.
#     initial_weights.sh MPIRUN DTRAIN SCRIPTS_FOLDER
# shellcheck source-path=SCRIPTDIR source=../scratch.lib.sh
. "$(dirname "$0")/../scratch.lib.sh"
scripts=$3
cd "$work"
export DTRAIN=$dtrain
python make_data.py small.h5 --rows 30 30 --inputs 10 --classes 3 --seed 1

# begin NAME OPTION...: a run of a few iterations that keeps its checkpoint of iteration 0.
begin() {
    "$dtrain" --iterations 3 --eval-every 1 --checkpoint-every 1 --keep 9 --quiet --run-dir "$@"
}
begin plain
begin deep --hidden 30,20,10 --activation relu --init-std he --seed 8123456789012345
begin small --data small.h5 --hidden 5 --activation tanh --init-std xavier --batch-size 5 --classes 4
begin held --data small.h5 --hidden 5 --validation-rows 6 --patience 2 --batch-size 5 --sampling epoch
begin given --data small.h5 --weights small --batch-size 5 --optimizer adam
for run in plain deep small held; do
    python initial_weights.py same $run 'drawn from its seed'
done
python initial_weights.py same given 'read from small'
# What is set for dtrain elsewhere changes nothing, nor does a launcher around the script.
DTRAIN_HIDDEN=7 DTRAIN_SEED=1 DTRAIN_RUN_DIR=$work/elsewhere DTRAIN_ITERATIONS=5 python initial_weights.py same plain 'drawn from its seed'
PYTHONPATH=$python_path "$mpirun" -np 2 /usr/bin/python3 "$here/initial_weights.py" same deep 'drawn from its seed'
[ ! -e elsewhere ] || fail "--like writes elsewhere"

# shows RUN WORDS: the report shows the initial weights, or says in those words why it does not.
shows() {
    "$scripts/report.py" "$1" -o page.html >/dev/null 2>err || fail "report of $1: $(cat err)"
    [ ! -s err ] || fail "report of $1: $(cat err)"
    grep -qF "$2" page.html || fail "report of $1: not '$2': $(grep -o 'Of the first[^/]*' page.html)"
}
shows small 'In the upper row by the weights that the run began with, drawn from its seed; in the lower row'
(cd given && python initial_weights.py says ../deep 'drawn from its seed')
# The weights at that place are others now; then there are none. The run's own first checkpoint has them.
mv small kept && cp -r plain small
python initial_weights.py says given 'read from small'
rm -r small given/checkpoints/iteration-0000000.h5
shows given 'Those that the run began with are not shown: --weights small: given began with the parameters of '
mv kept small
# A record that was changed, also one of an older version, which has no norms that would tell.
sed -i '/"seed"/{n;s/"0"/"6"/}' small/run.json
python initial_weights.py says small 'seed 6: W1 is not the one that the run began with'
sed -i 's/,"gradient_norm".*/}/' small/metrics.jsonl
python initial_weights.py says small 'drawn from its seed'
sed -i '/"init-std"/{n;s/"0.01"/"much"/}' plain/run.json
python initial_weights.py says plain "plain/run.json: 'much' is no value of --init-std"
sed -i '/"init-std"/{n;s/"much"/"0.01"/}' plain/run.json
# Without the program there are no initial weights, and one line says that nothing is checked.
DTRAIN=$work/nowhere "$scripts/report.py" plain -o page.html >/dev/null 2>err || fail "without dtrain: $(cat err)"
[ "$(cat err)" = 'report.py: checkpoints are not checked for damage: the program dtrain is not found; name it by DTRAIN=FILE' ] ||
    fail "without dtrain: $(cat err)"
grep -q 'are not shown: the program dtrain is not found' page.html || fail "initial weights without dtrain"
DTRAIN=/bin/false "$scripts/export.py" plain out.npz >/dev/null 2>err || fail "a program that fails: $(cat err)"
[ "$(cat err)" = 'export.py: checkpoints are not checked for damage: /bin/false: ended with exit code 1 and without a word' ] ||
    fail "a program that fails: $(cat err)"
echo "five runs begin as the report says"
