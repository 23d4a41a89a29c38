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

# kill_after ITERATION OPTION...: trains with 3 ranks in $work/killed, kills all its processes once it has a
# checkpoint of that iteration, and sets $newest to the iteration of its newest one.
kill_after() {
    local first=$1
    shift
    start 3 "$work/killed" "$@" --iterations 100000000
    for _ in $(seq 500); do
        find_newest
        [ "${newest:--1}" -lt "$first" ] || break
        sleep 0.02
    done
    kill_all
    [ "$newest" -ge "$first" ] || fail "no checkpoint of the killed run"
}

# find_newest: sets $newest to the iteration of the newest checkpoint in $work/killed, if there is one.
find_newest() {
    # shellcheck disable=SC2012
    newest=$(ls "$work/killed/checkpoints" 2>/dev/null |
        sed -n 's/^iteration-0*\([0-9][0-9]*\)\.h5$/\1/p' | tail -n 1) || true
}

# kill_all: kills the job in $work/killed, and finds its newest checkpoint.
kill_all() {
    local ranks
    mapfile -t ranks < <(ranks_of "$work/killed")
    kill -KILL "$job" "${ranks[@]}" 2>/dev/null || true
    ended
    [ "$code" -ne 0 ] || fail "the run was not killed"
    while [ -n "$(ranks_of "$work/killed")" ]; do sleep 0.05; done
    find_newest
}

# random_data INPUTS: writes data.h5 with 200 + 20 rows of that many features, in 3 classes.
random_data() {
    python make_data.py data.h5 --rows 200 20 --inputs "$1" --drawn-classes 3 --seed 2
}

# refused_as CODE TEXT ARGUMENT...: dtrain on 3 ranks ends with the code and one line that is TEXT.
refused_as() {
    local code=$1 text=$2 got=0
    shift 2
    "$mpirun" -np 3 "$dtrain" "$@" >out 2>all || got=$?
    without_launcher all | sed 's/ (rank 0 on [^)]*)$//' >err
    is_code "$got" "$code" || fail "$*: exit code $got, not $code: $(cat out err)"
    [ "$(cat err)" = "dtrain: $text" ] || fail "$*: not '$text': $(cat err)"
}
