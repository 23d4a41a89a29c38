# SPDX-License-Identifier: MIT
# What the fault tests share. A bash script sources this file, with mpirun and dtrain as arguments.
# shellcheck shell=bash disable=SC2034
# shellcheck source-path=SCRIPTDIR source=scratch.lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/scratch.lib.sh"
needs pgrep

# start RANKS DIRECTORY OPTION...: trains in the background as $job, with its output in $work/log.
start() {
    local ranks=$1 directory=$2
    shift 2
    "$mpirun" -np "$ranks" "$dtrain" "$@" --quiet --resume --run-dir "$directory" \
        >"$work/log" 2>&1 &
    job=$!
}

# ended: waits for $job, and sets $code.
ended() {
    code=0
    wait "$job" || code=$?
}

# ranks_of DIRECTORY: prints the numbers of the processes that train there.
ranks_of() {
    pgrep -f "^$dtrain .*--run-dir $1\$" || true
}

# same_files DIRECTORY: the run there has the files of the undisturbed run in $work/straight.
same_files() {
    cmp "$work/straight/metrics.jsonl" "$1/metrics.jsonl"
    diff -r "$work/straight/checkpoints" "$1/checkpoints"
}
