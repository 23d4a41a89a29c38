#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Runs a command with the settings that let Open MPI's mpirun start any number of ranks here, as
# root too, without a word of its own as long as nothing is wrong. Scripts, tests and the Slurm
# script launch through this file; a setting that is in the environment already stays as it is.
#     scripts/launch.sh mpirun -np 8 build/dtrain        RANKS: how many ranks the command starts;
#                                                        without it, more than there are cores
set -euo pipefail

# setting NAME VALUE. Each version of Open MPI ignores the names that only another one knows.
setting() {
    [ -n "${!1+set}" ] || export "$1=$2"
}

setting OMPI_ALLOW_RUN_AS_ROOT 1
setting OMPI_ALLOW_RUN_AS_ROOT_CONFIRM 1
# Containers forbid the system calls of this shortcut, and Open MPI 4 then complains.
setting OMPI_MCA_btl_vader_single_copy_mechanism none
# dtrain's own line says what went wrong (Open MPI 4; version 5 has no such setting).
setting OMPI_MCA_orte_execute_quiet 1
# On one host memory is all that is needed; Open MPI 5 tries TCP too, and complains where the host
# has no network. Version 5 also takes the name that shared memory had in version 4.
[ "${SLURM_JOB_NUM_NODES:-1}" -gt 1 ] || setting OMPI_MCA_btl self,vader
if [ "${RANKS:-$(($(nproc) + 1))}" -gt "$(nproc)" ]; then
    # Ranks that share a core must neither be bound to it nor spin on it.
    setting OMPI_MCA_rmaps_base_oversubscribe 1
    setting OMPI_MCA_hwloc_base_binding_policy none
    setting PRTE_MCA_rmaps_default_mapping_policy node:oversubscribe
    setting OMPI_MCA_mpi_yield_when_idle 1
fi
exec "$@"
