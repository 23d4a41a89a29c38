#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Runs of older versions go on: they end in the files of a run of this version, and verify accepts them.
#     older.sh MPIRUN DTRAIN MODEL.so     (tests/fixtures/make_older.py made the runs with that model)
# shellcheck source-path=SCRIPTDIR source=../scratch.lib.sh
. "$(dirname "$0")/../scratch.lib.sh"
made=$(realpath "$(dirname "$0")/../fixtures")
data=$made/older.h5
common=(--data "$data" --batch-size 10 --sampling epoch --eval-every 6 --checkpoint-every 9 --keep 1)
validation=(--hidden 4 --activation tanh --init-std xavier --optimizer adam --learning-rate 0.01 --gradient literal
    --validation-rows 20)
model=(--model ./model.so --init-std 0.1)
cd "$work"
ln -s "$3" model.so # its name is recorded

# goes_on RUN OPTION...: the run, made with these options, goes on to 60 iterations as one of this version would.
# Checkpoints have the same parameters and not the same bytes, as they may have other attributes.
goes_on() {
    local run=$1 ranks
    shift
    "$dtrain" "${common[@]}" "$@" --iterations 60 --quiet --run-dir "new-$run"
    "$dtrain" digest "new-$run" >wanted 2>err
    for ranks in 1 3; do
        rm -rf "$run"
        cp -r "$made/$run" .
        chmod -R u+w "$run"
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
echo "older runs go on as if this version had made them"
