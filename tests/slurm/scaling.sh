#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# A job array on 1, 2 and 4 ranks ends in one table, whose runs all have the same files.
#     scaling.sh MPIRUN DTRAIN STRAIGHT
# shellcheck source-path=SCRIPTDIR source=slurm.lib.sh
. "$(dirname "$0")/slurm.lib.sh"

export ITERATIONS=300 STUDY=$work/study
array=$(sbatch --parsable --array=0-2 --ntasks-per-node=4 --output="$work/%a.log" \
    "$(dirname "$script")/scaling.sh" --batch-size 50)
for task in 0 1 2; do
    await_end "${array}_$task" COMPLETED
done
awk -F'|' '$2 ~ /^ [0-9]+ $/ { ranks = ranks $2; if ($4 <= 0 || $5 <= 0) exit 1 }
    END { if (ranks != " 1  2  4 ") exit 1 }' "$STUDY/scaling.md" || fail "$(cat "$STUDY/scaling.md")"
for ranks in 2 4; do
    cmp "$STUDY/1/metrics.jsonl" "$STUDY/$ranks/metrics.jsonl"
    diff -r "$STUDY/1/checkpoints" "$STUDY/$ranks/checkpoints"
done
cat "$STUDY/scaling.md"
