#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# A job that is preempted by one of higher priority is saved, requeued and finished.
#     preemption.sh MPIRUN DTRAIN STRAIGHT
# shellcheck source-path=SCRIPTDIR source=slurm.lib.sh
. "$(dirname "$0")/slurm.lib.sh"

for launcher in srun mpirun; do
    export LAUNCHER=$launcher
    submit "preempted-$launcher" --nodes=2 --ntasks-per-node=2 -- "${options[@]}"
    hold_run
    urgent=$(sbatch --parsable --partition=high --exclusive --nodes=4 --output="$work/urgent.log" \
        --wrap 'sleep 2')
    sleep 3
    let_go
    await_end "$urgent" COMPLETED
    await_end "$job" COMPLETED
    same_files
    [ "$(starts)" -ge 2 ] || fail "there was no restart"
done
echo "two runs were preempted, and ended as if undisturbed"
