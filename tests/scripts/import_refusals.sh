#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# What dtrain import does not take, each refused in one line.
#     import_refusals.sh MPIRUN DTRAIN
# shellcheck source-path=SCRIPTDIR source=../scratch.lib.sh
. "$(dirname "$0")/../scratch.lib.sh"
# shellcheck source=scripts.lib.sh
. "$(dirname "$0")/scripts.lib.sh"
has pandas && has PIL || exit 77
cd "$work"
python import_refusals.py "$dtrain"
