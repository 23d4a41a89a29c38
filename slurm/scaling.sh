#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# A strong-scaling study: the same run on 1, 2, 4, 8 ... ranks, each as one job of an array. The job
# that ends last makes a table and a plot of all runs, in runs/scaling-JOB:
#
#     sbatch slurm/scaling.sh [DTRAIN OPTION...]
#
# ---- Edit here, or give the same options to sbatch -----------------------------------------
#SBATCH --job-name=dtrain-scaling
#SBATCH --nodes=1
#SBATCH --ntasks-per-node=8
# Job i runs 2^i ranks: 0-3 is 1, 2, 4 and 8, of the 8 tasks above.
#SBATCH --array=0-3
# The node is not shared with other jobs, so that the times mean something.
#SBATCH --exclusive
#SBATCH --time=00:15:00
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=dtrain-scaling-%A-%a.log
iterations=${ITERATIONS:-3000}
study=${STUDY:-runs/scaling-$SLURM_ARRAY_JOB_ID}
# --------------------------------------------------------------------------------------------
set -euo pipefail

# Slurm runs a copy of this script; the other scripts are beside the original.
# Slurm names that with its arguments, and either may contain spaces.
original=$(scontrol show job "${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID" | sed -n 's/^ *Command=//p')
until [ -f "$original" ] || [[ $original != *' '* ]]; do
    original=${original% *}
done
here=$(dirname "$original")
export RANKS=$((1 << SLURM_ARRAY_TASK_ID))

"$here/train.sh" --run-dir "$study/$RANKS" --iterations "$iterations" --eval-every \
    $((iterations / 6)) --checkpoint-every "$iterations" --quiet "$@"

finished=$(cat "$study"/*/run.json | grep -c '"event": "finish"')
if [ "$finished" -ge "$SLURM_ARRAY_TASK_COUNT" ]; then
    "$here/../scripts/scaling.py" "$study"
fi
