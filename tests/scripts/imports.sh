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

# Pictures do without pandas, and tables without Pillow; each is named where it is missing.
mkdir lacking
# without MODULE COMMAND...
without() {
    echo "raise ImportError(\"No module named '$1'\")" >"lacking/$1.py"
    PYTHONPATH=$work/lacking "${@:2}" >out 2>err || return
    rm lacking/*
}
without pandas "$dtrain" import pictures p.h5 --test-share 0.4 || fail "$(cat err)"
without pandas "$dtrain" predict of-pictures --rows pictures || fail "$(cat err)"
without pandas "$dtrain" export of-pictures net.h || fail "$(cat err)"
without pandas "$dtrain" export numbers net.h --force || fail "$(cat err)"
without PIL "$dtrain" import plain.csv p.h5 --force || fail "$(cat err)"
! without pandas "$dtrain" import plain.csv p.h5 --force || fail "a table without pandas"
grep -qx 'dtrain import: pandas: is not installed (Debian: python3-pandas)' err || fail "$(cat err)"
rm lacking/*
! without PIL "$dtrain" import pictures p.h5 --force || fail "pictures without Pillow"
grep -qx 'dtrain import: PIL: is not installed (Debian: python3-pil)' err || fail "$(cat err)"
