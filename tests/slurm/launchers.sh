#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# 2 ranks on 1 node, and 8 on 2 and on 4 nodes, by both launchers, give the files of a local run. A
# finished run that is submitted again says that it is finished.
#     launchers.sh MPIRUN DTRAIN STRAIGHT
# shellcheck source-path=SCRIPTDIR source=slurm.lib.sh
. "$(dirname "$0")/slurm.lib.sh"

for shape in "1 2" "2 4" "4 2"; do
    read -r nodes tasks <<<"$shape"
    for launcher in srun mpirun; do
        export LAUNCHER=$launcher
        submit "$launcher-$nodes" --nodes="$nodes" --ntasks-per-node="$tasks" -- "${options[@]}"
        await_end "$job" COMPLETED
        says "  ranks     $((nodes * tasks)) on $nodes host"
        same_files
    done
done

LAUNCHER=auto submit "$launcher-4" --nodes=1 --ntasks-per-node=3 -- "${options[@]}"
await_end "$job" COMPLETED
says 'ranks by srun'
says 'the run is finished already'
same_files
echo "1, 2 and 4 nodes, by srun and mpirun: the files of a local run"
