#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Kills processes that run simulations behind the guard: guards.py says how.
#     guards.sh MPIRUN DTRAIN GUARDING DTRAIN_GUARD      KILLS=200: more kills; SEED=n: other instants
# shellcheck source-path=SCRIPTDIR source=../scratch.lib.sh
. "$(dirname "$0")/../scratch.lib.sh"
cd "$work"
python guards.py "$mpirun" "$3" "$4" "${KILLS:-50}" "${SEED:-1}"
