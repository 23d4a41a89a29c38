#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Runs a command with the settings that let Open MPI's mpirun start any number of ranks here, also as
# root, and that keep mpirun silent as long as nothing is wrong. Scripts, tests and the Slurm script
# launch through this file. A setting that is already in the environment stays as it is.
#     scripts/launch.sh mpirun -np 8 build/dtrain
# RANKS in the environment is the number of ranks on this machine; by default more than its cores.
set -euo pipefail

# setting NAME VALUE. Each version of Open MPI ignores the names that only another one knows.
setting() {
    [ -n "${!1+set}" ] || export "$1=$2"
}

setting OMPI_ALLOW_RUN_AS_ROOT 1
setting OMPI_ALLOW_RUN_AS_ROOT_CONFIRM 1
# Containers forbid the system calls of this mechanism, and Open MPI 4 then prints a warning.
setting OMPI_MCA_btl_vader_single_copy_mechanism none
# By default the launcher and its ranks share memory behind a lock; a rank that is killed while it holds the
# lock leaves mpirun waiting for ever (openpmix/openpmix#1233).
setting PMIX_MCA_gds hash
# dtrain's own line says what went wrong (Open MPI 4; version 5 has no such setting).
setting OMPI_MCA_orte_execute_quiet 1
# On one host shared memory is enough; Open MPI 5 would also try TCP, and print a warning where there
# is no network. "vader" is version 4's name for shared memory, which version 5 accepts too.
[ "${SLURM_JOB_NUM_NODES:-1}" -gt 1 ] || setting OMPI_MCA_btl self,vader
if [ "${RANKS:-$(($(nproc) + 1))}" -gt "$(nproc)" ]; then
    # Ranks that share a core must neither be bound to it nor spin on it.
    setting OMPI_MCA_rmaps_base_oversubscribe 1
    setting OMPI_MCA_hwloc_base_binding_policy none
    setting PRTE_MCA_rmaps_default_mapping_policy node:oversubscribe
    setting OMPI_MCA_mpi_yield_when_idle 1
fi
exec "$@"
