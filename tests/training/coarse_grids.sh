#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Runs whose gradients fit the first grid in some iterations, and need the second or the third in
# others: the same bytes on any number of ranks, verified, killed or stopped in the middle of such an
# iteration and resumed; and gradients that fit none.
#     coarse_grids.sh MPIRUN DTRAIN TRACED_GRIDS     (TRACED_GRIDS: dtrain that says which grids it takes)
# shellcheck source-path=SCRIPTDIR source=../faults.lib.sh
. "$(dirname "$0")/../faults.lib.sh"
traced=$3
cd "$work" || exit
for scale in 2e3 1e9 1e13 1e17; do
    python make_data.py $scale.h5 --rows 300 20 --inputs 6 --drawn-classes 3 --seed 2 --scale $scale
done
python make_data.py many.h5 --rows 1500 20 --inputs 6 --drawn-classes 3 --seed 2 --scale 1e9

# trace NAME OPTION...: the undisturbed run of these options, on one rank, in the folder NAME. Sets
# $grids to the grids of each iteration: (0 01 0 012 ...).
trace() {
    local name=$1
    shift
    options=("$@" --checkpoint-every 5 --eval-every 7 --keep 9 --quiet)
    GRIDS_TRACE=$work/trace "$traced" "${options[@]}" --run-dir "$name" 2>err || fail "$name: $(cat err)"
    read -ra grids <<<"$(sed 's/0/ 0/g' trace)"
    rm trace
}

# takes GRIDS...: each of them is taken in some iteration.
takes() {
    for taken in "$@"; do
        [[ " ${grids[*]} " = *" $taken "* ]] || fail "no iteration takes the grids $taken: ${grids[*]}"
    done
}

# same_as NAME FOLDER: the run in FOLDER has the files of NAME.
same_as() {
    cmp "$1/metrics.jsonl" "$2/metrics.jsonl"
    diff -r "$1/checkpoints" "$2/checkpoints"
}

# on_ranks NAME RANKS...: the run NAME has the same files on each number of ranks, and verify accepts it.
on_ranks() {
    local name=$1
    shift
    for ranks in "$@"; do
        "$mpirun" -np "$ranks" "$dtrain" "${options[@]}" --run-dir "$name-$ranks"
        same_as "$name" "$name-$ranks"
    done
    "$mpirun" -np 3 "$dtrain" "${options[@]}" --reduce mpi --run-dir "$name-mpi"
    same_as "$name" "$name-mpi"
    "$mpirun" -np 2 "$dtrain" verify "$name" --quiet
}

# strike NAME SIGNAL GRID TIME: rank 1 of 3 gets the signal when it is about to sum on that grid for the
# TIME-th time. Sets $code, and $struck to the iteration. The run is then resumed on 2 ranks, and ends
# with the files of NAME.
strike() {
    local name=$1 signal=$2 grid=$3 left=$4 run=$1-$2-$3-$4
    struck=0 code=0
    while [ "$left" -gt 0 ]; do
        [[ ${grids[struck]} != *"$grid"* ]] || left=$((left - 1))
        struck=$((struck + 1))
    done
    STRUCK_BY=$(kill -l "$signal") STRUCK_RANK=1 STRUCK_GRID=$grid STRUCK_TIME=$4 \
        "$mpirun" -np 3 "$traced" "${options[@]}" --run-dir "$run" >log 2>&1 || code=$?
    [ "$code" -ne 0 ] || fail "$run: was not struck"
    while [ -n "$(pgrep -f "^$traced .*--run-dir $run\$")" ]; do sleep 0.05; done
    [ "$signal" = KILL ] || "$mpirun" -np 2 "$dtrain" verify "$run" --quiet
    "$mpirun" -np 2 "$dtrain" "${options[@]}" --resume --run-dir "$run"
    same_as "$name" "$run"
}

# stopped_after ITERATION: the struck run has said so.
stopped_after() {
    is_code "$code" 75 || fail "a stop in iteration $struck: exit code $code: $(cat log)"
    without_launcher log >err
    [ "$(grep -c '^dtrain: ' err)" -eq 1 ] && grep -q "^dtrain: stopped by signal .* after iteration $1 of " err ||
        fail "a stop in iteration $struck is not after iteration $1: $(cat log)"
}

network=(--activation relu --hidden 8 --batch-size 20 --iterations 40)
trace numerical --data 2e3.h5 "${network[@]}" --init-std 0.01 --learning-rate 1e-4
takes 0 01
on_ranks numerical 1 2 3 5 8
strike numerical KILL 1 12
strike numerical TERM 1 9
stopped_after $struck

trace backprop --data 1e9.h5 "${network[@]}" --init-std 1e-5 --learning-rate 3e-9 --gradient backprop \
    --optimizer momentum --momentum 0.5
takes 0 01 012
on_ranks backprop 1 2 3 5 8
"$dtrain" batches --rows 300 --batch-size 20 --iterations 40 >rows
python coarse_grids.py
strike backprop KILL 1 6
strike backprop KILL 2 9
strike backprop TERM 2 3
stopped_after $struck

trace layers --data 1e13.h5 "${network[@]}" --hidden 8,5 --init-std 1e-4 --learning-rate 1e-12 --gradient backprop
takes 0 01 012
on_ranks layers 2 3 8

# No network is spared: the literal formula evaluates it once more, too.
trace literal --data 2e3.h5 --activation relu --hidden 2 --batch-size 5 --iterations 12 --init-std 0.1 \
    --learning-rate 1e-4 --gradient literal
takes 0 01
on_ranks literal 3 8

# Long iterations are abandoned on any grid. The checkpoint then has the norm of the gradient before,
# which has its own grid.
trace long --data many.h5 "${network[@]}" --batch-size 1000 --init-std 3e-5 --learning-rate 1e-8 --gradient backprop
takes 012
for grid in 1 2; do
    strike long TERM $grid 8
    stopped_after $((struck - 1))
done

# What fits no grid ends the run in one line, after iterations that fitted one.
for ranks in 1 2 3 5 8; do
    code=0
    "$mpirun" -np $ranks "$dtrain" --data 1e17.h5 "${network[@]}" --init-std 1e-10 --learning-rate 1e-17 \
        --gradient backprop --quiet --run-dir diverged-$ranks >log 2>&1 || code=$?
    without_launcher log >err
    is_code "$code" 3 && [ "$(wc -l <err)" -eq 1 ] || fail "a gradient that fits no grid: exit code $code: $(cat log)"
    line='^dtrain: iteration ([0-9]+): the gradient of W1.* is not finite or above 1.34e\+08: the inputs are as large'
    [[ $(cat err) =~ $line ]] && [ "${BASH_REMATCH[1]}" -gt 1 ] || fail "a gradient that fits no grid: $(cat err)"
    cmp diverged-1/metrics.jsonl diverged-$ranks/metrics.jsonl
done

# gradcheck and --dry-run do as a run does.
for ranks in 1 3; do
    "$mpirun" -np $ranks "$dtrain" gradcheck --weights numerical --data 2e3.h5 --rows 0:60 \
        --output gradients-$ranks.h5 --methods numerical,literal >out 2>err || fail "gradcheck: $(cat out err)"
done
cmp gradients-1.h5 gradients-3.h5
"$mpirun" -np 3 "$dtrain" gradcheck --data 1e9.h5 --activation relu --hidden 8 --init-std 3e-5 --rows 0:60 \
    --methods backprop >out 2>err || fail "gradcheck: $(cat out err)"
"$mpirun" -np 2 "$dtrain" --dry-run --data 1e9.h5 "${network[@]}" --init-std 3e-5 --learning-rate 1e-8 \
    --gradient backprop >out 2>err || fail "a dry run: $(cat out err)"
echo "the same bytes, whatever the grid"
