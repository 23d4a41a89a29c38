#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# dtrain gradient: what it computes, on any number of ranks, through kills and failures, and what it refuses.
#     gradient.sh MPIRUN DTRAIN PLANTED_MODEL.so RESIDUAL_MODEL.so LOSS_MODEL.so
# shellcheck source-path=SCRIPTDIR source=../scratch.lib.sh
. "$(dirname "$0")/../scratch.lib.sh"
# Ranks that have outlived their job end with the test.
trap 'pkill -KILL -f "output $work/" || true; rm -rf "$work"' EXIT
cd "$work"
python gradient.py "$mpirun" "$dtrain" "$3" "$4" "$5" "$work"
