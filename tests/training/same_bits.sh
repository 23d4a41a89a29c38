#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Trains on 1, 2, 3, 5 and 8 ranks and compares the files, byte for byte.
#     same_bits.sh MPIRUN DTRAIN [TRAIN OPTION...]
set -euo pipefail
mpirun=$1 dtrain=$2
shift 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for ranks in 1 2 3 5 8; do
    "$mpirun" -np "$ranks" "$dtrain" "$@" --quiet --run-dir "$work/$ranks"
    cmp "$work/1/metrics.jsonl" "$work/$ranks/metrics.jsonl"
    diff -r "$work/1/checkpoints" "$work/$ranks/checkpoints"
done
# Both ways to reduce: the runs above use shared memory, except that on one rank.
for reduce in mpi shared; do
    "$mpirun" -np 3 "$dtrain" "$@" --reduce $reduce --quiet --run-dir "$work/$reduce"
    cmp "$work/1/metrics.jsonl" "$work/$reduce/metrics.jsonl"
    diff -r "$work/1/checkpoints" "$work/$reduce/checkpoints"
done
lines=$(wc -l <"$work/1/metrics.jsonl")
[ "$lines" -gt 2 ] || { echo "only $lines lines of metrics: nothing was compared" >&2; exit 1; }
echo "1, 2, 3, 5 and 8 ranks, and both reductions: $lines lines of metrics and all checkpoints are equal"
