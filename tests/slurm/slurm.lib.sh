# SPDX-License-Identifier: MIT
# What the Slurm tests share. A bash script sources this file, with mpirun, dtrain and the folder of an
# undisturbed run as arguments. It starts a cluster that ends with the test.
# shellcheck shell=bash disable=SC2034
set -euo pipefail
# The test runs in a network of its own. That has an interface beside loopback, because Slurm 24
# resolves no address where there is loopback only.
if [ -z "${IN_OWN_NETWORK:-}" ]; then
    if [ "$(id -u)" -ne 0 ] || ! command -v ip >/dev/null || ! unshare --net --uts --mount true 2>/dev/null; then
        echo "skipped: only root, with iproute2, can give a cluster its network and its nodes their names"
        exit 77
    fi
    # shellcheck disable=SC2016
    exec env IN_OWN_NETWORK=cluster unshare --net sh -ec '
        ip link set lo up
        ip link add cluster type veth peer name other-end
        ip address add 10.84.0.1/24 dev cluster
        ip link set cluster up
        ip link set other-end up
        exec "$0" "$@"' "$0" "$@"
fi
mpirun=$1 dtrain=$2 straight=$3
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
script=$(cd "$here/../../slurm" && pwd)/train.sh
# The path is short, as the length of a path to a socket is limited.
cluster=/tmp/dtrain-slurm-$(id -u)
work=$(mktemp -d)
trap '"$here/cluster.sh" stop "$cluster"; rm -rf "$work"' EXIT
"$here/cluster.sh" start "$cluster"
# shellcheck source=/dev/null
. "$cluster/env.sh"
# The batch script must set these by itself.
unset OMPI_ALLOW_RUN_AS_ROOT OMPI_ALLOW_RUN_AS_ROOT_CONFIRM
cd "$work"
export DTRAIN=$dtrain

# The run takes some seconds on two cores. CMakeLists.txt makes the undisturbed run by these options.
options=(--iterations 800 --batch-size 1000 --checkpoint-every 100 --eval-every 400)

fail() {
    echo "$*" >&2
    squeue >&2 || true
    tail -n 40 "$work"/*.log >&2 || true
    exit 1
}

# submit NAME SBATCH_OPTION... -- DTRAIN_OPTION...: submits a job, for $LAUNCHER; sets $job, $log, $run.
submit() {
    local name=$1 sbatch_options=()
    shift
    while [ "$1" != -- ]; do
        sbatch_options+=("$1")
        shift
    done
    shift
    log=$work/$name.log run=$work/$name
    job=$(sbatch --parsable --output="$log" "${sbatch_options[@]}" "$script" --run-dir "$run" "$@")
}

state_of() {
    squeue --noheader --states=all --jobs "$1" --format %T
}

# await SECONDS WHAT COMMAND...: waits until the command succeeds.
await() {
    local tenths=$(($1 * 10)) what=$2
    shift 2
    until "$@"; do
        tenths=$((tenths - 1))
        [ "$tenths" -gt 0 ] || fail "waited in vain for: $what"
        sleep 0.1
    done
}

is_in_state() {
    [[ " $2 " = *" $(state_of "$1") "* ]]
}

await_end() {
    await 150 "the end of job $1" is_in_state "$1" "COMPLETED FAILED CANCELLED TIMEOUT NODE_FAIL"
    ! is_in_state "$1" "$2" || return 0
    fail "job $1 ended as $(state_of "$1"), not $2"
}

# The process numbers of the ranks of the run, on all nodes.
ranks() {
    pgrep -f "^$dtrain .*--run-dir $run " || true
}

# Halts the run when it has a checkpoint, long before its end.
hold_run() {
    await 60 "progress of $run" test -e "$run/checkpoints/iteration-0000100.h5"
    mapfile -t held < <(ranks)
    [ "${#held[@]}" -gt 0 ] || fail "$run has no ranks"
    kill -STOP "${held[@]}"
    ! is_finished || fail "$run was finished before it could be disturbed"
}

let_go() {
    kill -CONT "${held[@]}" 2>/dev/null || true
}

is_finished() {
    [ "$(grep -o '"event": "[a-z]*"' "$run/run.json" | tail -n 1)" = '"event": "finish"' ]
}

# Prints how often the run was started or resumed.
starts() {
    grep -c '"event": "\(start\|resume\)"' "$run/run.json"
}

says() {
    grep -q -- "$1" "$log" || fail "the log does not say '$1'"
}

same_files() {
    is_finished || fail "$run is not finished"
    cmp "$straight/metrics.jsonl" "$run/metrics.jsonl"
    diff -r "$straight/checkpoints" "$run/checkpoints"
}
