#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# scancel ends a job for good, and its run can be continued on another number of ranks; scontrol
# requeue starts the job again.
#     cancel.sh MPIRUN DTRAIN STRAIGHT
# shellcheck source-path=SCRIPTDIR source=slurm.lib.sh
. "$(dirname "$0")/slurm.lib.sh"

for launcher in srun mpirun; do
    export LAUNCHER=$launcher
    submit "cancelled-$launcher" --nodes=2 --ntasks-per-node=4 -- "${options[@]}"
    hold_run
    scancel "$job"
    let_go
    await_end "$job" CANCELLED
    says 'Slurm ends this job'
    # Longer than a requeued job waits.
    sleep 7
    is_in_state "$job" CANCELLED || fail "the cancelled job came back: $(state_of "$job")"
    ! is_finished || fail "the run was finished before it could be cancelled"

    submit "cancelled-$launcher" --nodes=1 --ntasks-per-node=3 -- "${options[@]}"
    await_end "$job" COMPLETED
    [ "$(starts)" -eq 2 ] || fail "$(starts) starts, not 2"
    same_files
done

submit requeued --nodes=1 --ntasks-per-node=3 -- "${options[@]}"
hold_run
scontrol requeue "$job"
let_go
await_end "$job" COMPLETED
[ "$(starts)" -eq 2 ] || fail "$(starts) starts, not 2"
same_files
echo "two cancelled runs went on when they were submitted again, and a requeued one by itself"
