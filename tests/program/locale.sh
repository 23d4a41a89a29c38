#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# A program or a model that sets a locale with a decimal comma: a run and its resume have the same files
# as without, and numbers have a decimal point everywhere. Exits with 77 (skipped) if no such locale can be
# made.
#     locale.sh MPIRUN DTRAIN LOCAL_PROGRAM LOCAL_MODEL
# shellcheck source-path=SCRIPTDIR source=../faults.lib.sh
. "$(dirname "$0")/../faults.lib.sh"
program=$3 model=$4
cd "$work" || exit
needs localedef
localedef -i de_DE -f UTF-8 ./de_DE.UTF-8 2>err || {
    echo "skipped: localedef makes no de_DE.UTF-8 (Debian: package locales): $(cat err)"
    exit 77
}
options=(--iterations 20 --checkpoint-every 10 --eval-every 10 --learning-rate 0.25)
small=(--hidden 2 "${options[@]}")

"$dtrain" "${small[@]}" --quiet --run-dir straight
"$dtrain" --model "$model" "${options[@]}" --quiet --run-dir straight-model
in_german=(env LOCPATH="$work" LC_ALL=de_DE.UTF-8)

"${in_german[@]}" "$program" "${small[@]}" --iterations 10 --run-dir mine >out
"${in_german[@]}" DTRAIN_STEP=0.0001 "$program" "${small[@]}" --resume --run-dir mine >>out
same_files mine
"${in_german[@]}" "$program" gradcheck --rows 0:1 --hidden 2 --step 0.5,1e-4 --methods numerical,literal >>out
"${in_german[@]}" "$dtrain" --model "$model" "${options[@]}" --run-dir model >>out
! grep '[0-9],[0-9]' out || fail "decimal commas"
cmp straight-model/metrics.jsonl model/metrics.jsonl
diff -r straight-model/checkpoints model/checkpoints
weights=mine/checkpoints/iteration-0000020.h5:/parameters
diff <("$dtrain" eval $weights --json) <("${in_german[@]}" "$program" eval $weights --json)

# The watchdog prints from a thread of its own.
dtrain=$program
export LOCPATH=$work LC_NUMERIC=de_DE.UTF-8
start 2 "$work/halted" --iterations 1000000 --stall-timeout 1.5
for _ in $(seq 200); do
    [ ! -e halted/checkpoints/iteration-0000000.h5 ] || break
    sleep 0.05
done
kill -STOP "$(ranks_of "$work/halted" | tail -n 1)"
ended
[ "$code" -eq 5 ] || fail "a halted rank: exit code $code: $(cat log)"
grep -q '^dtrain: no progress for 1\.5 s' log || fail "$(cat log)"
echo "numbers have a decimal point in every locale"
