#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# A model of slow evaluations, whose job is disturbed in the midst of iterations: it goes on from its journal, even if
# no checkpoint was written in between, loses few evaluations, and ends as an undisturbed run does.
#     evaluations.sh MPIRUN DTRAIN STRAIGHT PLANTED_MODEL.so
# shellcheck source-path=SCRIPTDIR source=slurm.lib.sh
. "$(dirname "$0")/slurm.lib.sh"

# 16 replicates of 6 parameters: some 200 evaluations and, on 4 ranks, 10 s an iteration. The check at the start, whose
# evaluations are never part of an iteration, would be counted, too.
tasks=4
options=(--model "$4" --replicates 16 --iterations 2 --on-failure skip --no-check)
export PLANTED_FAIL=0.05 PLANTED_SIGMA=0.3

# count_in FILE: evaluations are counted in it from now on.
count_in() {
    printf '\0%.0s' {1..8} >"$1"
    export PLANTED_COUNT=$1
}
counted() {
    od -An -t u8 "$PLANTED_COUNT" | tr -d ' '
}
count_in "$work/straight.count"
straight=$work/straight
OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 "$dtrain" "${options[@]}" --quiet --run-dir "$straight"
needed=$(counted)
export PLANTED_SLEEP=0.2

journaled() {
    cat "$run"/journal/* 2>/dev/null | wc -c
}
has_journaled() {
    [ "$(journaled)" -gt "$1" ]
}
# Waits until some 20 more evaluations, of 40 bytes each, are in the journals.
await_evaluations() {
    await 60 "evaluations of $run" has_journaled $(($(journaled) + 800))
    ! is_finished || fail "$run was finished before it could be disturbed"
}
# await_start N: waits for the N-th start, and for evaluations of it.
await_start() {
    await 60 "start $1" grep -qs "start $1:" "$log"
    await_evaluations
}

for launcher in srun mpirun; do
    export LAUNCHER=$launcher
    count_in "$work/$launcher.count"
    submit "slow-$launcher" --nodes=2 --ntasks-per-node=$((tasks / 2)) -- "${options[@]}"
    await_start 1
    victim=$(ranks | head -n 1)
    kill -KILL "$victim"
    await_start 2
    [ ! -e "$run/checkpoints/iteration-0000001.h5" ] || fail "the first iteration took no two starts"
    scancel --batch --signal=USR1 "$job"
    await 60 "the warning" grep -q 'warned that the time' "$log"
    await_start 3
    scontrol requeue "$job"
    await_end "$job" COMPLETED
    [ "$(starts)" -eq 4 ] || fail "$(starts) starts, not 4"
    same_files
    cmp "$straight/failures.jsonl" "$run/failures.jsonl"
    [ ! -e "$run/journal" ] || fail "a journal was left: $(ls "$run/journal")"
    lost=$(($(counted) - needed))
    ((lost >= 0 && lost <= 3 * tasks)) || fail "$lost of $needed evaluations were lost"
    echo "$launcher: $lost of $needed evaluations were done twice"
done

# A failure that would recur starts no further job.
export PLANTED_SLEEP=0
submit failing --ntasks-per-node=2 -- "${options[@]}" --max-failures 0.01
await_end "$job" FAILED
says '^dtrain: iteration 1: .* of the model planted failed'
says 'no use in starting again'
echo "a slow iteration was disturbed three times, and went on from its journal"
