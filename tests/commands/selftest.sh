#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# selftest passes with one line; where a method is wrong, it fails with a line that names the method.
#     selftest.sh DTRAIN WRONG     (WRONG: dtrain with a wrong gradient, see wrong_gradient.c)
set -euo pipefail
dtrain=$1 wrong=$2
fail() {
    echo "$*" >&2
    exit 1
}

digest=$("$dtrain" selftest | sed -n 's/^dtrain: selftest passed: dtrain .* computes the bits that it should (\(.*\), instructions .*)$/\1/p')
[ "${#digest}" -eq 32 ] || fail "not a digest: '$digest'"

# fails METHOD PARTS: where that method is wrong, selftest names these parts. sgd and squares take its gradient, too.
fails() {
    local line
    line=$(WRONG_METHOD=$1 WRONG_PARAMETER=0 "$wrong" selftest 2>&1) && fail "$1: not noticed"
    grep -Eqx "dtrain: selftest failed in $2: .* computes other bits \([0-9a-f]{32}\) than every intact build of \
dtrain .* \($digest\): its compiler, its flags or this processor is at fault" <<<"$line" || fail "$1: $line"
}
fails literal "literal, sgd and squares"
fails numerical "numerical, sgd and squares"
