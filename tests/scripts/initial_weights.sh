#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The weights that a run began with, as the report computes them from the seed, against those that dtrain
# wrote; and those of --weights, as long as they are still the same.
#     initial_weights.sh MPIRUN DTRAIN SCRIPTS_FOLDER
# shellcheck source-path=SCRIPTDIR source=../scratch.lib.sh
. "$(dirname "$0")/../scratch.lib.sh"
cd "$work"
python make_data.py small.h5 --rows 30 30 --inputs 10 --classes 3 --seed 1
# begin NAME OPTION...: a run that has its checkpoint of iteration 0 only.
begin() {
    "$dtrain" --iterations 0 --quiet --run-dir "$@"
}
begin plain
begin deep --hidden 100,50,20 --activation relu --init-std he
begin other_seed --seed 8123456789012345
# Seeds that are equal in their lower 32 bits.
begin low_seed --seed 5
begin high_seed --seed $((5 + (1 << 32)))
# The number of weights is odd.
begin small --data small.h5 --hidden 5 --activation tanh --init-std xavier
begin zero --data small.h5 --hidden 5 --activation tanh --init-std 0
"$dtrain" --iterations 1 --weights small/checkpoints/iteration-0000000.h5 --data small.h5 --batch-size 5 --quiet --run-dir given

python initial_weights.py networks

# refuses RUN WORDS: the weights are not to be had, and the message says why.
refuses() {
    python initial_weights.py refused "$@"
}
file=small/checkpoints/iteration-0000000.h5
# What is at that place now is another network, of the same size or not, or nothing.
for other in zero plain; do
    rm -r small && cp -r $other small
    if [ $other = zero ]; then words="$file: W1 is not the one that"; else words="$file: is another network than"; fi
    refuses given "$words"
done
rm -r small
refuses given "$file: No such file"
# A record that was changed. Runs of older versions have no norms that would tell.
sed -i '/"seed"/{n;s/"5"/"6"/}' low_seed/run.json
refuses low_seed 'seed 6: W1 is not the one that'
sed -i 's/,"gradient_norm".*/}/' low_seed/metrics.jsonl
! refuses low_seed '' 2>/dev/null || fail "a run without norms was refused"
sed -i '/"init-std"/{n;s/"0.01"/"much"/}' plain/run.json
refuses plain 'plain/run.json: init-std is no number'
echo "seven networks begin as dtrain began them"
