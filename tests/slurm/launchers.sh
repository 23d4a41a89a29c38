#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Jobs on 1, 2 and 4 nodes, by both launchers, give the files of a local run. A finished run that is
# submitted again says that it is finished.
#     launchers.sh MPIRUN DTRAIN STRAIGHT
# shellcheck source-path=SCRIPTDIR source=slurm.lib.sh
. "$(dirname "$0")/slurm.lib.sh"

for nodes in 1 2 4; do
    for launcher in srun mpirun; do
        export LAUNCHER=$launcher
        submit "$launcher-$nodes" --nodes=$nodes --ntasks-per-node=2 -- "${options[@]}"
        await_end "$job" COMPLETED
        says "  ranks     $((2 * nodes)) on $nodes host"
        same_files
    done
done

LAUNCHER=auto submit "$launcher-4" --nodes=1 --ntasks-per-node=3 -- "${options[@]}"
await_end "$job" COMPLETED
says 'ranks by srun'
says 'the run is finished already'
same_files
echo "1, 2 and 4 nodes, by srun and mpirun: the files of a local run"
