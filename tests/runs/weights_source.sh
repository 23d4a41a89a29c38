#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Weights as users name them: a run directory, a checkpoint, a group in it, a copy of the weights.
# Damaged checkpoints are refused or skipped.
#     weights_source.sh MPIRUN DTRAIN
# shellcheck source-path=SCRIPTDIR source=../scratch.lib.sh
. "$(dirname "$0")/../scratch.lib.sh"
cd "$work"
small=(--hidden 3 --batch-size 10 --gradient backprop --quiet)

# says TEXT ARGUMENT...: dtrain succeeds, and its standard error is that line.
says() {
    local text=$1
    shift
    "$dtrain" "$@" >out 2>err || fail "$*: $(cat err)"
    [ "$(cat err)" = "$text" ] || fail "$*: says '$(cat err)', not '$text'"
}

# refused TEXT ARGUMENT...: dtrain exits with 1, and standard error is one line with that text.
refused() {
    local text=$1 got=0
    shift
    "$dtrain" "$@" >out 2>err || got=$?
    if [ "$got" -ne 1 ] || [ -s out ] || [ "$(wc -l <err)" -ne 1 ] || ! grep -q "^dtrain: .*$text" err; then
        fail "$*: exit $got, does not say '$text': $(cat out err)"
    fi
}

# damage FILE: flips a bit of a weight, which the HDF5 library would not notice.
damage() {
    python weights_source.py damage "$1"
}

"$dtrain" --iterations 30 --checkpoint-every 10 --keep 9 "${small[@]}" --run-dir run
newest=run/checkpoints/iteration-0000030.h5 older=run/checkpoints/iteration-0000020.h5
python weights_source.py copy $newest copy.h5
for source in $newest $newest:/parameters copy.h5 copy.h5:/parameters; do
    says "" eval "$source" --json
    mv out "$(basename "$source").json"
done
says "dtrain: the weights are those of $newest" eval run --json
for file in *.json; do
    cmp out "$file"
done
says "dtrain: the weights are those of $newest" predict run --images "$MNIST_FILE" --json
mv out predicted
says "" predict $newest --images "$MNIST_FILE" --json
cmp out predicted
says "dtrain: the weights are those of $newest" gradcheck --weights run --rows 0:2
says "dtrain: the weights are those of $newest" --weights run --iterations 20 "${small[@]}" --run-dir from-run
says "" --weights $newest --iterations 20 "${small[@]}" --run-dir from-file
cmp from-run/metrics.jsonl from-file/metrics.jsonl

# The checksum of a checkpoint shows the damage, and a run falls back to the checkpoint before.
says "" eval $older --json
mv out older.json
damage $newest
refused "$newest: is damaged" eval $newest
refused "$newest: is damaged" eval $newest:/parameters
refused "$newest: is damaged" --weights $newest --iterations 1 --run-dir from-damaged
"$mpirun" -np 3 "$dtrain" eval run --json >out 2>err
cmp out older.json
diff err - <<EOF
dtrain: $newest: is damaged: its bytes are not those that were written; skipped
dtrain: the weights are those of $older
EOF
for file in run/checkpoints/*.h5; do
    : >"$file"
done
! "$dtrain" eval run >out 2>err || fail "eval of a run without a sound checkpoint"
[ "$(grep -c 'skipped$' err)" -eq 4 ] || fail "$(cat err)"
[ "$(tail -n 1 err)" = "dtrain: run: none of its checkpoints is intact" ] || fail "$(cat err)"
rm run/checkpoints/*
refused "run: is a folder, and holds no checkpoints" eval run
echo "all sources agree"
