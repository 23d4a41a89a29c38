#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Bad datasets, weights, images and options, on 3 ranks where that makes a difference: dtrain ends
# with exit code 1 or 2 and one line that names what is wrong, without other messages from HDF5 or MPI.
#     bad_input.sh MPIRUN DTRAIN      BAD_INPUTS=5: only the first five files
# shellcheck source-path=SCRIPTDIR source=../scratch.lib.sh
. "$(dirname "$0")/../scratch.lib.sh"
cases=0

# refused CODE TEXT ARGUMENT...: on $ranks ranks, dtrain ends with the code and one line with the text.
refused() {
    local code=$1 text=$2 got=0
    shift 2
    local launch=("$mpirun" -np "$ranks")
    [ "$ranks" -gt 1 ] || launch=()
    timeout 60 "${launch[@]}" "$dtrain" "$@" >"$work/out" 2>"$work/all" || got=$?
    without_launcher "$work/all" >"$work/err"
    if [ "$got" -ne "$code" ] || [ "$(wc -l <"$work/err")" -ne 1 ] ||
        ! grep -qF -- "$text" "$work/err" || ! grep -q '^dtrain: ' "$work/err" ||
        [ -s "$work/out" ]; then
        echo "$* ($ranks ranks): exit $got, not $code with one line that says '$text':" >&2
        cat "$work/out" "$work/err" >&2
        exit 1
    fi
    cases=$((cases + 1))
}

cd "$work"
python make_bad.py "$work" "$MNIST_FILE" >list
while IFS=$'\t' read -r ranks arguments text; do
    # shellcheck disable=SC2086
    refused 1 "$text" $arguments </dev/null
done < <(head -n "${BAD_INPUTS:-1000}" list)
[ "$cases" -lt "${BAD_INPUTS:-1000}" ] || exit 0

ranks=3
refused 2 --batch-size --batch-size 131073
refused 2 --hidden --hidden 1.5e3
refused 2 --seed --seed -1
ranks=1
refused 2 --step --step inf
refused 2 --init-std --init-std ''
refused 2 --keep --keep 0
refused 2 --max-time --max-time 3w
refused 2 --stall-timeout --stall-timeout -1
refused 2 --sampling --sampling Epoch
refused 2 --run-dir --resume
refused 2 'eval needs weights' eval
refused 2 'import needs' import out.h5 --train-images absent
refused 2 'unexpected argument' batches 3
refused 1 absent import out.h5 --train-images absent --train-labels absent --test-images absent \
    --test-labels absent
ranks=3
# One rank alone cannot see the file. The line names that rank, and the others do not hang.
printf '#!/bin/sh\n[ "${OMPI_COMM_WORLD_RANK:-$PMI_RANK}" -lt 2 ] || DTRAIN_DATA=absent.h5\nexec %s "$@"\n' "$dtrain" >blind
chmod +x blind
DTRAIN_DATA=$MNIST_FILE dtrain=$work/blind refused 1 '(rank 2 on ' --iterations 1
DTRAIN_HIDDEN=many refused 2 DTRAIN_HIDDEN
[ "$cases" -ge 130 ] || { echo "only $cases cases" >&2; exit 1; }
echo "$cases bad inputs, one line each"
