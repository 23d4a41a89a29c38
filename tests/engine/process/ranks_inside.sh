#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# A program behind the guard of a rank may itself be mpirun: it does not take itself for a part of the job.
#     ranks_inside.sh MPIRUN DTRAIN GUARDING DTRAIN_GUARD
# shellcheck source-path=SCRIPTDIR source=../../scratch.lib.sh
. "$(dirname "$0")/../../scratch.lib.sh"
guarding=$3 guard=$4

# An inner launcher of either MPI, if there is one, under the MPI that dtrain was built for.
for inner in "$mpirun" mpirun.openmpi mpiexec.hydra; do
    command -v "$inner" >/dev/null || continue
    timeout 100 "$mpirun" -np 2 "$guarding" "$guard" "" "$inner -np 2 echo inside" >"$work/log" 2>&1 ||
        fail "$inner: $(cat "$work/log")"
    [ "$(grep -c '^rank 0: inside$' "$work/log")" -eq 4 ] || fail "$inner: $(cat "$work/log")"
    [ "$(grep -c '^ended with exit code 0$' "$work/log")" -eq 2 ] || fail "$inner: $(cat "$work/log")"
done
