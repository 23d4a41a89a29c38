#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# A short training and a resume on one rank under valgrind: no error, and no leak but those of Open MPI.
#     valgrind.sh MPIRUN DTRAIN DATASET
# shellcheck source-path=SCRIPTDIR source=../scratch.lib.sh
. "$(dirname "$0")/../scratch.lib.sh"
needs valgrind
data=$3
checked=(valgrind --quiet --num-callers=50 --error-exitcode=9 --leak-check=full --show-leak-kinds=definite
    --errors-for-leak-kinds=definite --suppressions="$(dirname "$0")/openmpi.supp" "$dtrain")

for iterations in 3 5; do
    "${checked[@]}" --data "$data" --batch-size 7 --iterations "$iterations" --quiet --resume \
        --run-dir "$work/run" --eval-every 2
done
"${checked[@]}" eval "$work/run/checkpoints/iteration-0000005.h5:/parameters" --data "$data"
"${checked[@]}" gradcheck --data "$data" --hidden 2
