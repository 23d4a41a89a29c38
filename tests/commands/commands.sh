#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# What a user sees of the commands, on several ranks: results once, errors in one line, exit codes.
#     commands.sh MPIRUN DTRAIN NO_MEMORY     (NO_MEMORY: dtrain without memory for a report)
# shellcheck source-path=SCRIPTDIR source=../scratch.lib.sh
. "$(dirname "$0")/../scratch.lib.sh"
no_memory=$3
cd "$work"

# refused CODE TEXT ARGUMENT...: on 3 ranks, ends with the code and one line that holds the text.
refused() {
    local code=$1 text=$2 got=0
    shift 2
    "$mpirun" -np 3 "$dtrain" "$@" >out 2>err || got=$?
    [ "$got" -eq "$code" ] || fail "$*: exit code $got, not $code: $(cat out err)"
    sed -i '/have nothing to do$/d' err
    [ "$(grep -c '^dtrain: ' err)" -eq 1 ] || fail "$*: not one line: $(cat err)"
    grep -q -- "^dtrain: .*$text" err || fail "$*: does not say '$text': $(cat err)"
    ! grep -q 'HDF5-DIAG\|MPI_ABORT' err || fail "$*: noise: $(cat err)"
}

echo "some text" >text.h5
refused 1 nowhere.h5 --data nowhere.h5
refused 1 text.h5 --data text.h5
refused 2 --hiden --hiden 3
refused 2 --step --step nan
refused 2 --step --step 1e-4x
refused 2 --batch-size --batch-size 0
refused 2 --iterations --iterations 99999999999999999999
refused 2 --gradient --gradient exact
refused 2 --learning-rate --learning-rate
refused 2 'train' training
# Hidden units at one half and large weights of both signs, so that the derivative overflows.
python make_huge.py
weights=(--gradient backprop --weights)
refused 3 'iteration 1: the gradient of W1.*is not finite or above 1.34e+08: nothing has been trained yet: --weights huge.h5:/net are too large$' \
    "${weights[@]}" huge.h5:/net --run-dir diverged
refused 3 'iteration 1: the gradient of .* is not finite .*: --weights huge.h5:/opposite are too large$' \
    "${weights[@]}" huge.h5:/opposite --run-dir not-finite
# The last of 3 ranks has the last hidden unit of the sample, so that it alone sees the overflow.
refused 3 'iteration 1: .*W1.*(rank 2 on' "${weights[@]}" huge.h5:/last --batch-size 1 --run-dir diverged-on-one
refused 1 '/nothing' eval huge.h5:/nothing
refused 1 'W1' eval huge.h5
refused 1 text.h5 eval text.h5
refused 2 --rows gradcheck --rows 3:2
refused 1 'holds a run' --run-dir diverged
[[ $(show diverged/run.json events/-1/{event,iteration,reason}) == '"diverge" 1 "'*W1* ]] || fail "$(cat diverged/run.json)"
python make_data.py large.h5 --rows 800 800 --inputs 3 --classes 2 --seed 1 --scale 7.2e6
python make_data.py larger.h5 --rows 800 800 --inputs 3 --classes 2 --seed 1 --scale 1e17
python make_data.py little.h5 --rows 800 800 --inputs 3 --classes 2 --seed 1 --scale 1e-13
# With inputs of millions no gradient is NaN or too large.
"$dtrain" --data large.h5 --batch-size 20 --init-std 1 --iterations 20 --quiet --run-dir large 2>err ||
    fail "inputs of millions: $(cat err)"
relu=(--gradient backprop --activation relu --run-dir wild)
refused 3 'iteration 1: the gradient of W1.*the inputs are as large as .*e+17: scale the data' --data larger.h5 \
    --init-std 1e-8 "${relu[@]}"
rm -r wild
refused 3 'nothing has been trained yet: try a smaller --init-std than 1000' --data little.h5 --init-std 1000 --hidden 9,9,9 \
    "${relu[@]}"
! "$dtrain" --learning-rate 1e6 --iterations 20 --quiet --run-dir stuck 2>&1 >/dev/null |
    grep -v '^dtrain: the loss sticks at 1[0-9.]*: .*smaller --learning-rate than 1e+06 or --init-std$' >err ||
    fail "a loss that sticks: $(cat err)"
grep -q '"event": "finish"' stuck/run.json || fail "a loss that sticks: $(cat stuck/run.json)"

# Runs of 0.1.0 end in other bits: no run goes on from its checkpoint, but a new one may start there.
mkdir -p older/checkpoints
cp "$(dirname "$0")/../fixtures/checkpoint_0.1.0.h5" older/checkpoints/iteration-0000003.h5
older=(--hidden 1 --batch-size 10 --iterations 6 --checkpoint-every 3)
refused 2 'iteration-0000003.h5: was made by a dtrain that rounds the sums of gradients otherwise than .*, or start a new one with --weights older/checkpoints/iteration-0000003.h5' \
    "${older[@]}" --resume --run-dir older
"$mpirun" -np 2 "$dtrain" "${older[@]}" --weights older/checkpoints/iteration-0000003.h5 --quiet \
    --run-dir newer
"$dtrain" eval older/checkpoints/iteration-0000003.h5 >out

# Settings that did not reach all ranks are refused: the last rank would have another network.
got=0
# shellcheck disable=SC2016
"$mpirun" -np 3 sh -c 'exec "$0" --hidden $((5 + (${OMPI_COMM_WORLD_RANK:-$PMI_RANK} == 2)))' "$dtrain" >out 2>err || got=$?
[ "$got" -eq 2 ] || fail "other settings on a rank: exit code $got: $(cat out err)"
grep -q '^dtrain: .*same settings.*(rank 2 on' err || fail "other settings on a rank: $(cat err)"
! ls runs 2>/dev/null || fail "other settings on a rank made a run"

"$mpirun" -np 3 "$dtrain" batches --iterations 4 --batch-size 7 --rows 50 >rows
[ "$(wc -l <rows)" -eq 4 ] || fail "batches: not a line an iteration"
awk 'NF != 7 { exit 1 } { for (i = 1; i <= NF; ++i) if ($i < 0 || $i > 49) exit 1 }' rows ||
    fail "batches: not 7 rows a line: $(cat rows)"

"$mpirun" -np 2 "$dtrain" --iterations 0 --quiet --run-dir deep/in/folders
[ -f deep/in/folders/checkpoints/iteration-0000000.h5 ] || fail "--run-dir makes no folders"

DTRAIN_ITERATIONS=2 "$mpirun" -np 2 "$dtrain" --iterations 3 --quiet
[ "$(grep -c '"loss":[0-9]' runs/0001/metrics.jsonl)" -ge 3 ] || fail "the default run directory"
grep -q '"origin": "command line"' runs/0001/run.json || fail "run.json names no origin"
"$mpirun" -np 7 "$dtrain" eval runs/0001/checkpoints/iteration-0000003.h5:/parameters --json >json
python same_scores.py runs/0001 json 10000
# Rank 0 alone fails; the others must not wait for it forever.
dtrain=$no_memory refused 1 'not enough memory for the report' \
    eval runs/0001/checkpoints/iteration-0000003.h5:/parameters --json

# Files are read where they cannot be locked: here, because another process has the lock.
cp "$MNIST_FILE" locked.h5
cp runs/0001/checkpoints/iteration-0000003.h5 weights.h5
flock locked.h5 flock weights.h5 "$mpirun" -np 2 "$dtrain" eval weights.h5:/parameters --data locked.h5

"$mpirun" -np 2 "$dtrain" gradcheck --rows 10:12 --hidden 3 --output gradients.h5
refused 1 'backprop and numerical differ' gradcheck --rows 0:2 --hidden 3 --step 0.5 \
    --methods numerical,backprop
"$dtrain" --help >help
grep -q -- --learning-rate help || fail "--help lists no options"
[ "$("$mpirun" -np 3 "$dtrain" --version | wc -l)" -eq 1 ] || fail "--version is not printed once"
echo "all as it should be"
