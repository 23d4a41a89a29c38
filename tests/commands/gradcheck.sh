#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# gradcheck where relu has its kink: a right program passes, and a wrong one is found out on all parameters
# but those whose steps meet a kink.
#     gradcheck.sh MPIRUN DTRAIN WRONG     (WRONG: dtrain with a wrong gradient, see wrong_gradient.c)
# shellcheck source-path=SCRIPTDIR source=../scratch.lib.sh
. "$(dirname "$0")/../scratch.lib.sh"
wrong=$3
cd "$work"
python make_data.py blank.h5 --rows 60 6 --inputs 6 --classes 3 --seed 4 --blank 4
check=(gradcheck --data blank.h5 --activation relu --init-std he)

# With biases of 0, blank rows leave each unit at its kink. W1 moves none of them in these rows.
"$dtrain" "${check[@]}" --hidden 5 --rows 0:6 >one
"$mpirun" -np 3 "$dtrain" "${check[@]}" --hidden 5 --rows 0:6 >three
cmp one three
grep -qx '  within a step of the kink of relu, where difference and derivative differ:' one || fail "$(cat one)"
grep -qx '    layer 1: units 0, 1, 2, 3, 4' one || fail "$(cat one)"
grep -qx '    5 of 53 parameters shift these units, and are left out of comparisons with the derivative' one ||
    fail "$(cat one)"
grep -q '^  b1 .* left out  *-  *-$' one || fail "$(cat one)"
[ "$(grep -c '^  good: .* tolerance 1.0e-06$' one)" -eq 1 ] || fail "literal: $(cat one)"
[ "$(grep -c '^  good: .*, without 5 parameters at kinks$' one)" -eq 1 ] || fail "backprop: $(cat one)"
"$dtrain" "${check[@]}" --hidden 5 --rows 0:4 >blank
grep -q '^  W1  *0.00e+00  *0.0e+00  *-$' blank || fail "a vector of zeros: $(cat blank)"
! grep -q nan blank || fail "$(cat blank)"

# Two differences are compared in full, also at a kink; at half the step they part as a derivative does.
"$dtrain" "${check[@]}" --hidden 5,4 --rows 0:6 --methods literal,numerical >out
! grep -q kink out || fail "two differences: $(cat out)"
"$dtrain" "${check[@]}" --hidden 5,4 --rows 0:6 --methods numerical --step 1e-4 >out
grep -q 'left out of comparisons with half the step$' out || fail "half the step: $(cat out)"

# Deeper networks, on many rows, some of whose units are near a kink.
"$mpirun" -np 2 "$dtrain" gradcheck --activation relu --init-std he --hidden 30,20 --rows 0:200 \
    --methods numerical,backprop >out
grep -Eq '^  good: .*, without [0-9]+ parameters at kinks$' out || fail "MNIST: $(cat out)"

# finds METHOD PARAMETER: whether a wrong gradient is found out.
finds() {
    local got=0
    WRONG_METHOD=$1 WRONG_PARAMETER=$2 "$wrong" "${check[@]}" --hidden 5 --rows 0:6 >out 2>err || got=$?
    [ "$got" -eq 1 ]
}
# W1, W2 and b2; then b1, of which the derivative says nothing, and literal all.
for parameter in 0 29 35 49 50 52; do
    finds backprop $parameter || fail "a wrong derivative of parameter $parameter: $(cat out err)"
    grep -q '^dtrain: gradcheck: backprop and numerical differ' err || fail "$(cat err)"
done
! finds backprop 30 || fail "b1[0] is compared at its kink: $(cat out err)"
finds literal 30 || fail "a wrong difference of b1[0]: $(cat out err)"
echo "kinks are named, and wrong gradients found"
