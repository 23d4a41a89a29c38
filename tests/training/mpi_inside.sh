#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# A simulation may be an MPI program: its model starts `mpirun -np 2` for each evaluation. The run is that of a model
# which does the same sum by itself; an evaluation that hangs is killed with its ranks.
#     mpi_inside.sh MPIRUN DTRAIN TWO_HALVES
# TWO_HALVES: of the MPI that dtrain was built for. It is compiled for others whose compiler works here.
# shellcheck source-path=SCRIPTDIR source=../scratch.lib.sh
. "$(dirname "$0")/../scratch.lib.sh"
cd "$work"
mkdir temporary scratch
export TMPDIR=$work/temporary

# run NAME MODEL_ARGUMENT... -- OPTION...
run() {
    local name=$1 model
    shift
    printf -v model ' %q' /usr/bin/python3 "$here/two_halves.py"
    while [ "$1" != -- ]; do
        printf -v model '%s %q' "$model" "$1"
        shift
    done
    shift
    timeout 250 "$mpirun" -np 2 "$dtrain" --model-command "$model" --scratch "$work/scratch" --iterations 3 \
        --learning-rate 0.1 --no-check --progress none --run-dir "$work/$name" "$@" >"$name.log" 2>&1 ||
        fail "$name: $(cat "$name.log")"
}

run plain --
lines=$(wc -l <plain/metrics.jsonl)
[ "$lines" -ge 3 ] || fail "the plain run has $lines lines of metrics"

# inside NAME INNER PROGRAM: with that launcher inside, once as it is and once with an evaluation that hangs.
inside() {
    local name=$1 inner=$2 program=$3
    run "$name" "$inner" "$program" --
    cmp plain/metrics.jsonl "$name/metrics.jsonl" || fail "$name: $(cat "$name.log")"
    mkdir "$name-mark"
    run "$name-hung" "$inner" "$program" "$work/$name-mark" -- --evaluation-timeout 20 --retries 1
    cmp plain/metrics.jsonl "$name-hung/metrics.jsonl" || fail "$name: $(cat "$name-hung.log")"
    [ "$(grep -c '"timeout"' "$name-hung/failures.jsonl")" -eq 1 ] ||
        fail "$name: not one timeout: $(cat "$name-hung/failures.jsonl" "$name-hung.log")"
    ! pgrep -af "$program hang" || fail "$name: ranks of the evaluation that hung are left"
    [ -z "$(ls scratch)" ] || fail "$name: scratch folders are left: $(ls scratch)"
    echo "$name: a simulation of two ranks inside each rank"
}

inside built-for "$mpirun" "$3"
for other in openmpi mpich; do
    launcher=$(command -v "mpirun.$other") || continue
    [ "$(realpath "$launcher")" != "$(realpath "$(command -v "$mpirun")")" ] || continue
    if "mpicc.$other" -o "two_halves.$other" "$here/two_halves.c" 2>"$other.log"; then
        inside "$other" "$launcher" "$work/two_halves.$other"
    else
        echo "$other: not tried, as its compiler does not work here: $(head -n 1 "$other.log")"
    fi
done
