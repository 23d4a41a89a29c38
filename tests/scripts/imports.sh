#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Datasets of tables, arrays and pictures, and predictions of their rows.
#     imports.sh MPIRUN DTRAIN
# shellcheck source-path=SCRIPTDIR source=../scratch.lib.sh
. "$(dirname "$0")/../scratch.lib.sh"
# shellcheck source=scripts.lib.sh
. "$(dirname "$0")/scripts.lib.sh"
has pandas && has PIL || exit 77
cd "$work"
python imports.py "$dtrain"
