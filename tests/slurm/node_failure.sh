#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Nodes that die with all their processes: once one with ranks only, once that of the batch script.
# The job starts again on other nodes.
#     node_failure.sh MPIRUN DTRAIN STRAIGHT
# shellcheck source-path=SCRIPTDIR source=slurm.lib.sh
. "$(dirname "$0")/slurm.lib.sh"

# The processes of a node: its slurmd, and those of the run that have its host name.
kill_node() {
    local node=$1 process victims=()
    victims=("$(cat "$cluster/slurmd.$node.pid")")
    for process in $(pgrep -f 'slurmstepd|dtrain|orted|mpirun|srun|train.sh'); do
        [ "$(nsenter --target "$process" --uts hostname 2>/dev/null)" != "$node" ] ||
            victims+=("$process")
    done
    kill -KILL "${victims[@]}" 2>/dev/null || true
}

for launcher in srun mpirun; do
    export LAUNCHER=$launcher
    submit "failed-$launcher" --nodes=2 --ntasks-per-node=2 -- "${options[@]}"
    hold_run
    batch_node=$(squeue --noheader --jobs "$job" --format %B)
    for node in $(scontrol show hostnames "$(squeue --noheader --jobs "$job" --format %N)"); do
        [ "$node" = "$batch_node" ] || other_node=$node
    done
    if [ "$launcher" = srun ]; then kill_node "$other_node"; else kill_node "$batch_node"; fi
    let_go
    await_end "$job" COMPLETED
    [ "$(starts)" -ge 2 ] || fail "there was no restart"
    same_files
done
echo "two nodes died, and their runs ended as if undisturbed on others"
