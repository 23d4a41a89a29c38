#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Runs of older versions by literal gradients, as those of models are, go on: they end in the files of a run of this
# version, and verify accepts them. Those of networks by other gradients are refused, but their weights are taken.
#     older.sh MPIRUN DTRAIN MODEL.so     (tests/fixtures/make_older.py made the runs with that model)
# shellcheck source-path=SCRIPTDIR source=../scratch.lib.sh
. "$(dirname "$0")/../scratch.lib.sh"
made=$(realpath "$(dirname "$0")/../fixtures")
data=$made/older.h5
common=(--data "$data" --batch-size 10 --sampling epoch --eval-every 6 --checkpoint-every 9 --keep 1)
validation=(--hidden 4 --activation tanh --init-std xavier --optimizer adam --learning-rate 0.01 --gradient literal
    --validation-rows 20)
model=(--model ./model.so --init-std 0.1)
literal=(--weights run_0.3.1_numerical --gradient literal --learning-rate 0.5 --validation-rows 20)
cd "$work"
ln -s "$3" model.so # its name is recorded

# bring RUN: a fresh copy of it.
bring() {
    rm -rf "$1"
    cp -r "$made/$1" .
    chmod -R u+w "$1"
}

# goes_on RUN OPTION...: the run, made with these options, goes on to 60 iterations as one of this version would.
# Checkpoints have the same parameters and not the same bytes, as they may have other attributes.
goes_on() {
    local run=$1 ranks
    shift
    "$dtrain" "${common[@]}" "$@" --iterations 60 --quiet --run-dir "new-$run" 2>err
    "$dtrain" digest "new-$run" >wanted 2>err
    for ranks in 1 3; do
        bring "$run"
        "$mpirun" -np "$ranks" "$dtrain" "${common[@]}" "$@" --iterations 60 --quiet --resume --run-dir "$run"
        cmp "new-$run/metrics.jsonl" "$run/metrics.jsonl"
        "$dtrain" digest "$run" 2>err | cmp wanted -
        [ "$(ls "$run/checkpoints")" = "$(ls "new-$run/checkpoints")" ] || fail "$run: $(ls "$run/checkpoints")"
        "$mpirun" -np 2 "$dtrain" verify "$run" --data "$data" --quiet
    done
}

goes_on run_0.3.0_validation "${validation[@]}"
"$dtrain" digest new-run_0.3.0_validation/checkpoints/best.h5 >wanted 2>err
"$dtrain" digest run_0.3.0_validation/checkpoints/best.h5 2>err | cmp wanted -
goes_on run_0.3.0_model "${model[@]}"

# The digest of its first weights, which are of tanh units, did not cover the activation. It counts where the run has
# to begin again, for its best checkpoint is lost.
bring run_0.3.1_numerical
goes_on run_0.3.1_literal "${literal[@]}"
bring run_0.3.1_literal
rm run_0.3.1_literal/checkpoints/best.h5
"$dtrain" "${common[@]}" "${literal[@]}" --iterations 60 --quiet --resume --run-dir run_0.3.1_literal 2>err
grep -q 'run_0.3.1_literal: going back from iteration 27 to 0: ' err || fail "not from the beginning: $(cat err)"
cmp {new-,}run_0.3.1_literal/metrics.jsonl

# refused WORDS ARGUMENT...: dtrain ends with 2 and that line.
refused() {
    local words=$1 code=0
    shift
    "$dtrain" "$@" >out 2>err || code=$?
    [ "$code" -eq 2 ] || fail "$*: exit code $code: $(cat out err)"
    [ "$(cat err)" = "dtrain: $words" ] || fail "$*: not '$words': $(cat err)"
}

# ends_here RUN OPTION...: the run, made with these options, does not go on, and all else works as before.
ends_here() {
    local run=$1 newest=$1/checkpoints/iteration-0000020.h5 why on
    shift
    why="$newest: was made by a dtrain that rounds the sums of gradients otherwise than 0.4.0"
    on="going on would give the bits of neither: finish the run with its own version (run.json), or start a new one with"
    bring "$run"
    refused "$why: $on --weights $newest" "${common[@]}" "$@" --iterations 60 --resume --run-dir "$run"
    refused "$why: $on --weights $newest" --resume --run-dir "$run" --like "$run" --data "$data"
    refused "$why: verify the run with its own version (run.json)" verify "$run" --data "$data"
    diff -r "$made/$run" "$run"
    "$dtrain" --weights "$newest" "${common[@]}" --iterations 9 --quiet --run-dir "from-$run"
    "$dtrain" verify "from-$run" --data "$data" --quiet
    "$dtrain" --weights "$newest" "${common[@]}" --iterations 0 --quiet --run-dir "at-$run"
    "$dtrain" diff "$newest" "at-$run/checkpoints/iteration-0000000.h5" >out
    "$dtrain" digest "$newest" >wanted
    "$dtrain" digest "at-$run/checkpoints/iteration-0000000.h5" | cmp wanted -
    "$dtrain" --like "$run" --data "$data" --iterations 9 --quiet --run-dir "like-$run"
    "$dtrain" diff "$run" "$run" >out
    "$dtrain" eval "$run" --data "$data" --json 2>err | grep -q '"accuracy"' || fail "eval: $(cat err)"
    "$dtrain" predict "$run" --images "$data:/test/images" --json >out 2>err || fail "predict: $(cat err)"
    [ "$("$dtrain" csv "$run" | wc -l)" -eq 22 ] || fail "csv: $("$dtrain" csv "$run")"
    [ "$("$dtrain" export "$run" "$run.npz")" = "$run.npz" ] || fail "export"
}
ends_here run_0.3.1_numerical --hidden 4 --activation tanh --init-std xavier
ends_here run_0.3.1_backprop --hidden 4 --gradient backprop
echo "older runs go on as if this version had made them, or say why they do not"
