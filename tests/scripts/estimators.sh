#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The estimators of scikit-learn: their weights are, bit by bit, those of the command line on a dataset that
# was written by hand; scikit-learn's own checks; and what is said where a fit fails.
#     estimators.sh MPIRUN DTRAIN CMAKE BUILD_FOLDER
# shellcheck source-path=SCRIPTDIR source=../scratch.lib.sh
. "$(dirname "$0")/../scratch.lib.sh"
# shellcheck source=scripts.lib.sh
. "$(dirname "$0")/scripts.lib.sh"
for module in sklearn pandas; do
    has $module || exit 77
done
cmake=$3 build=$4
cd "$work"
mkdir temporary
export TMPDIR=$work/temporary

# by_hand NAME OPTION...: a run on 2 ranks.
by_hand() {
    "$mpirun" -np 2 "$dtrain" --data "$1.h5" --quiet --run-dir "$@" 2>err || fail "$1: $(cat err)"
}
python estimators.py datasets
by_hand classes --hidden 16 --activation relu --init-std he --optimizer adam --learning-rate 0.01 --batch-size 32 \
    --iterations 200
by_hand held_out --hidden 8,6 --activation tanh --init-std xavier --optimizer momentum --momentum 0.8 \
    --learning-rate 0.01 --epochs 40 --batch-size 10 --sampling epoch --validation-rows 30 --patience 3 --seed 5 \
    --class-weights 1,2.5,0.5
by_hand numbers --hidden 9 --activation relu --init-std he --optimizer adam --learning-rate 0.01 --gradient backprop \
    --learning-rate-schedule cosine --decay-every 150 --decay-factor 0.05 --warmup 10 --weight-decay 1e-4 \
    --batch-size 32 --iterations 200
for ranks in 1 3; do
    python estimators.py same classes classes/checkpoints/iteration-0000200.h5 $ranks
    python estimators.py same held_out held_out/checkpoints/best.h5 $ranks
    python estimators.py same numbers numbers/checkpoints/iteration-0000200.h5 $ranks
done
for name in classes held_out numbers; do
    checkpoint=$name/checkpoints/iteration-0000200.h5
    [ $name != held_out ] || checkpoint=$name/checkpoints/best.h5
    probabilities=--probabilities
    [ $name != numbers ] || probabilities=
    "$dtrain" predict $checkpoint --images "$name.h5:/train/images" --json $probabilities >said
    python estimators.py predicts $name said
done
# Within a job of MPI each process fits for itself.
PYTHONPATH=$python_path "$mpirun" -np 2 /usr/bin/python3 "$here/estimators.py" same classes \
    classes/checkpoints/iteration-0000200.h5 3

for part in learns search keeps refuses no_program checks; do
    python estimators.py $part >out 2>&1 || fail "$part: $(cat out)"
done
[ -z "$(ls temporary)" ] || fail "left in the temporary folder: $(ls temporary)"

# An installation has its own program and launch.sh; without that file more ranks than one are refused.
installed="$work/in stalled"
"$cmake" --install "$build" --prefix "$installed" >/dev/null
unset DTRAIN
python_path="$installed/share/dtrain/python"
python estimators.py two_ranks
rm "$installed/share/dtrain/scripts/launch.sh"
! python estimators.py two_ranks 2>err || fail "two ranks without launch.sh"
grep -q 'Unusable: .*in stalled/share/dtrain/scripts/launch.sh: is not there' err || fail "$(cat err)"
echo "the weights are those of the command line"
