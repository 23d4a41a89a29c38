#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Kills runs of a model that evaluates, and resumes them: evaluation_kills.py says how.
#     evaluation_kills.sh MPIRUN DTRAIN PLANTED_MODEL.so      KILLS=200: more kills; SEED=n: other instants
# shellcheck source-path=SCRIPTDIR source=../scratch.lib.sh
. "$(dirname "$0")/../scratch.lib.sh"
needs pgrep
cd "$work"
python evaluation_kills.py "$mpirun" "$dtrain" "$3" "${KILLS:-12}" "${SEED:-1}"
