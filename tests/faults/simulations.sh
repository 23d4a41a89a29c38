#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Simulations that fail, hang, crash, are stopped or killed, with whatever they have started.
#     simulations.sh MPIRUN DTRAIN PLANTED_MODEL.so PROGRAM.py      (PROGRAM: what is tried, in this folder)
#     KILLS=50: more kills; STOPS=30: more stops; SEED=n: other instants
# shellcheck source-path=SCRIPTDIR source=../scratch.lib.sh
. "$(dirname "$0")/../scratch.lib.sh"
needs pgrep
cd "$work"
# The crashes are meant.
ulimit -c 0
python "$4" "$mpirun" "$dtrain" "$3"
