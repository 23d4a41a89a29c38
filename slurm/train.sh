#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Trains on a Slurm cluster:     sbatch slurm/train.sh [DTRAIN OPTION...]
#
# Edit here: nodes, ranks, time. Build dtrain first (README), on a node like those of the job.
#SBATCH --job-name=dtrain
#SBATCH --nodes=1
#SBATCH --ntasks-per-node=8
#SBATCH --time=00:30:00
#SBATCH --output=dtrain-%j.log
set -euo pipefail

# Slurm runs a copy of this script, so the program is sought from where sbatch was called:
# DTRAIN=/path/to/dtrain names another.
dtrain=${DTRAIN:-$SLURM_SUBMIT_DIR/build/dtrain}
[ -x "$dtrain" ] || {
    echo "dtrain: $dtrain is not there: submit from the folder of dtrain's source, or set DTRAIN" >&2
    exit 1
}

# mpirun takes nodes and ranks from Slurm.
exec mpirun "$dtrain" --run-dir "runs/slurm-$SLURM_JOB_ID" "$@"
