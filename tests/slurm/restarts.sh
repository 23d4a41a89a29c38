#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# When a job does not start again: after an error that would recur, without progress, after too many
# starts.
#     restarts.sh MPIRUN DTRAIN STRAIGHT
# shellcheck source-path=SCRIPTDIR source=slurm.lib.sh
. "$(dirname "$0")/slurm.lib.sh"

export LAUNCHER=mpirun
submit usage --ntasks-per-node=2 -- --hiden 5
await_end "$job" FAILED
says '^dtrain: unknown option --hiden'
says 'no use in starting again'

export LAUNCHER=srun
submit nothing --ntasks-per-node=2 -- --data nowhere.h5
await_end "$job" FAILED
says '^dtrain: .*nowhere.h5'
says 'no progress since the start'

# A rank that dies again and again, after some progress each time.
export MAX_RESTARTS=1
submit dying --ntasks-per-node=2 -- "${options[@]}"
hold_run
kill -KILL "${held[0]}"
let_go
await 60 "the second start" grep -q 'start 2' "$log"
await 60 "its progress" test -e "$run/checkpoints/iteration-0000300.h5"
mapfile -t held < <(ranks)
kill -KILL "${held[0]}"
await_end "$job" FAILED
says 'started 1 times again already'

# Where Slurm does not requeue, the log has the command for the next job.
submit stays --no-requeue --ntasks-per-node=2 -- "${options[@]}"
hold_run
scancel --batch --signal=USR1 "$job"
await 30 "the warning" grep -q 'warned that the time' "$log"
let_go
await_end "$job" FAILED
says 'stopped by signal 10'
says "--dependency=afterany:$job $script --run-dir $run"
echo "no job started again in vain"
