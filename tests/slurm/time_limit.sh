#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# A job whose time limit comes before the end of its run is saved, requeued and finished.
#     time_limit.sh MPIRUN DTRAIN STRAIGHT
# shellcheck source-path=SCRIPTDIR source=slurm.lib.sh
. "$(dirname "$0")/slurm.lib.sh"

declare -A jobs
for launcher in srun mpirun; do
    export LAUNCHER=$launcher
    submit "limit-$launcher" --nodes=2 --ntasks-per-node=2 --time=1 --signal=B:USR1@48 -- \
        "${options[@]}"
    hold_run
    jobs[$launcher]=$job
done
for launcher in srun mpirun; do
    job=${jobs[$launcher]} run=$work/limit-$launcher log=$work/limit-$launcher.log
    await 90 "the warning" grep -q 'warned that the time' "$log"
    mapfile -t held < <(ranks)
    let_go
    await_end "$job" COMPLETED
    same_files
    says "stopped by signal 10"
    says requeueing
    [ "$(starts)" -ge 2 ] || fail "there was no restart"
done
echo "two runs were over time, and ended as if undisturbed"
