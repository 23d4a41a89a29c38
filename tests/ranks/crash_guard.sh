#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# When the HDF5 library crashes on a file on all ranks, dtrain ends with one line and exit code 1.
#     crash_guard.sh MPIRUN DTRAIN CRASHING     (CRASHING: dtrain with such a library)
# shellcheck source-path=SCRIPTDIR source=../scratch.lib.sh
. "$(dirname "$0")/../scratch.lib.sh"
got=0
"$mpirun" -np 3 "$3" --run-dir "$work/run" >"$work/out" 2>"$work/all" || got=$?
without_launcher "$work/all" >"$work/err"
is_code "$got" 1 || fail "exit code $got: $(cat "$work/err")"
[ "$(cat "$work/err")" = "dtrain: $MNIST_FILE: is damaged: the HDF5 library crashed on it" ] ||
    fail "not that line alone: $(cat "$work/err")"
[ -z "$(without_launcher "$work/out")" ] || fail "$(cat "$work/out")"
