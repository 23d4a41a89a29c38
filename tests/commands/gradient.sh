#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# dtrain gradient, by a program in Python that lies beside this script.
#     gradient.sh MPIRUN DTRAIN PROGRAM.py MODEL...
# shellcheck source-path=SCRIPTDIR source=../scratch.lib.sh
. "$(dirname "$0")/../scratch.lib.sh"
# Ranks that have outlived their job end with the test.
trap 'pkill -KILL -f "output $work/" || true; rm -rf "$work"' EXIT
cd "$work"
python "$3" "$mpirun" "$dtrain" "$work" "${@:4}"
