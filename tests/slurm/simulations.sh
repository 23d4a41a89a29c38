#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# A model whose evaluations are steps of dtrain's own job (step_model.py). While they hang, the job is cancelled or
# requeued: nothing of them is left on a node, and the run goes on from its journal without any failure on record. An
# evaluation that hangs for too long is killed with its step.
#     simulations.sh MPIRUN DTRAIN STRAIGHT
# shellcheck source-path=SCRIPTDIR source=slurm.lib.sh
. "$(dirname "$0")/slurm.lib.sh"

# 8 replicates of 3 parameters: 56 evaluations of 0.3 s or so an iteration, on 4 ranks of which each node has two.
mark=$work/mark
scratch=$work/scratch
mkdir "$mark" "$scratch"
options=(--replicates 8 --iterations 2 --learning-rate 0.1 --on-failure skip --no-check --scratch "$scratch")
plain="/usr/bin/python3 $here/step_model.py"
straight=$work/straight
OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 "$dtrain" "${options[@]}" --model-command "$plain" --quiet \
    --run-dir "$straight"

# The processes of simulations: of all nodes, as these are on one machine.
simulations() {
    pgrep -f "step_model.py $mark|^sleep 1000\.125|^/usr/bin/python3 -c .*$mark" || true
}
nothing_is_left() {
    [ -z "$(simulations)$(ls "$scratch")" ]
}
has_steps() {
    [ "$(pgrep -fc "^/usr/bin/python3 -c .*$mark" || true)" -ge "$1" ]
}
has_journaled() {
    [ "$(cat "$run"/journal/* 2>/dev/null | wc -c)" -gt "$1" ]
}
# Waits for a start and for 10 evaluations, of 40 bytes each; then all ranks hang, each in a step of its own.
hang_in_start() {
    await 60 "start $1" grep -qs "start $1:" "$log"
    await 60 "evaluations of $run" has_journaled $(($(cat "$run"/journal/* 2>/dev/null | wc -c) + 400))
    touch "$mark/hang"
    await 60 "simulations that hang" has_hung
    ! is_finished || fail "$run was finished before it could be disturbed"
}
has_hung() {
    [ "$(pgrep -fc '^sleep 1000\.125' || true)" -eq 4 ] && has_steps 4
}
# How long it takes is printed, and not judged.
await_nothing() {
    local begin=$EPOCHREALTIME
    await 60 "the end of all simulations" nothing_is_left
    echo "$1: nothing is left after $(bc <<<"$EPOCHREALTIME - $begin") s"
    rm "$mark/hang"
}

for launcher in srun mpirun; do
    export LAUNCHER=$launcher
    start() {
        submit "steps-$launcher" --nodes=2 --ntasks-per-node=2 -- "${options[@]}" --model-command "$plain $mark"
    }
    start
    hang_in_start 1
    scancel "$job"
    await_nothing "$launcher, scancel"
    await_end "$job" CANCELLED
    [ ! -s "$run/failures.jsonl" ] || fail "the end of the job is on record: $(cat "$run/failures.jsonl")"

    start
    hang_in_start 1
    scontrol requeue "$job"
    await_nothing "$launcher, requeue"
    await_end "$job" COMPLETED
    [ "$(starts)" -eq 3 ] || fail "$(starts) starts, not 3"
    same_files
    cmp "$straight/failures.jsonl" "$run/failures.jsonl"
done

# Of evaluations that take too long no step is left, though Slurm's daemons have started these.
touch "$mark/hang"
submit late --nodes=2 --ntasks-per-node=2 -- "${options[@]}" --model-command "$plain $mark" --evaluation-timeout 15s \
    --max-failures 1 --replicates 2 --iterations 1
await 60 "the first steps" has_steps 4
pgrep -f "^/usr/bin/python3 -c .*$mark" >"$work/first"
gone() {
    # shellcheck disable=SC2046
    ! ps -o pid= -p "$(paste -sd, "$work/first")" >/dev/null
}
await 60 "the end of the first steps" gone
! is_in_state "$job" COMPLETED || fail "the job was over before the first steps were looked at"
rm "$mark/hang"
await_end "$job" COMPLETED
grep -q '"timeout"' "$run/failures.jsonl" || fail "no timeout: $(cat "$run/failures.jsonl")"
echo "steps of a job as simulations: two cancelled and two requeued jobs went on, and what hung was killed"
