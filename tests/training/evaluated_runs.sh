#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Runs of a model that evaluates, and whose evaluations may fail.
#     evaluated_runs.sh MPIRUN DTRAIN PLANTED_MODEL.so PROGRAM.py      (PROGRAM: what is tried, in this folder)
# shellcheck source-path=SCRIPTDIR source=../scratch.lib.sh
. "$(dirname "$0")/../scratch.lib.sh"
cd "$work"
python "$4" "$mpirun" "$dtrain" "$3"
