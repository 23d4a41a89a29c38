#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Runs that are asked to stop, and runs with a halted rank: each ends soon and in order, and when it
# is resumed its files are those of an undisturbed run.
#     stops.sh MPIRUN DTRAIN
# shellcheck source-path=SCRIPTDIR source=../faults.lib.sh
. "$(dirname "$0")/../faults.lib.sh"
options=(--iterations 1500 --batch-size 300 --checkpoint-every 300 --eval-every 300)

start 2 "$work/straight" "${options[@]}"
ended
[ "$code" -eq 0 ] || fail "the undisturbed run: exit $code: $(cat "$work/log")"

# go_on DIRECTORY RANKS: the run there is resumed, and ends with the files of the undisturbed one.
go_on() {
    start "$2" "$1" "${options[@]}"
    ended
    [ "$code" -eq 0 ] || fail "resume after $1: exit $code: $(cat "$work/log")"
    same_files "$1"
    rm -rf "$1"
}

# begun DIRECTORY: waits until the run there has a checkpoint.
begun() {
    for _ in $(seq 600); do
        [ ! -e "$1/checkpoints/iteration-0000000.h5" ] || break
        sleep 0.05
    done
}

# Signals go to one rank or to the launcher, while dtrain starts and when it trains. They may kill it
# only before it has begun to catch them.
for moment in starts begins trains; do
    for signal in TERM INT USR1 USR2 HUP XCPU; do
        run=$work/$signal-$moment
        start 3 "$run" "${options[@]}"
        if [ $moment = starts ]; then
            sleep 0.3
        else
            begun "$run"
        fi
        [ $moment != trains ] || sleep 0.1
        mapfile -t ranks < <(ranks_of "$run")
        if [[ $signal = USR* ]] && [ $moment != starts ]; then
            kill -"$signal" "$job"
        elif [ "${#ranks[@]}" -gt 0 ]; then
            kill -"$signal" "${ranks[-1]}"
        fi
        ended
        [ "$code" -eq 75 ] || [ $moment = starts ] || fail "$signal while it $moment: exit $code: $(cat "$work/log")"
        [ "$code" -ne 75 ] || grep -q "^dtrain: stopped by signal .*--resume" "$work/log" ||
            fail "$signal while it $moment: $(cat "$work/log")"
        go_on "$run" 2
    done
done

# What was ignored when dtrain began stays ignored: under nohup, and SIGINT in a job of a script.
for signal in HUP INT; do
    run=$work/ignored-$signal
    (trap '' "$signal" && exec "$dtrain" --iterations 1000000 --quiet --run-dir "$run") 2>"$work/log" &
    job=$!
    begun "$run"
    kill -"$signal" "$job"
    sleep 0.5
    kill -USR1 "$job"
    ended
    [ "$code" -eq 75 ] || fail "SIG$signal, ignored: exit $code: $(cat "$work/log")"
    grep -q '^dtrain: stopped by signal 10 ' "$work/log" || fail "SIG$signal, ignored: $(cat "$work/log")"
done

# A limit on processor time.
(ulimit -S -t 1 && exec "$dtrain" --iterations 1000000 --quiet --run-dir "$work/limit") 2>"$work/log" &
job=$!
ended
[ "$code" -eq 75 ] || fail "ulimit -t: exit $code: $(cat "$work/log")"
grep -q '^dtrain: stopped by signal 24 ' "$work/log" || fail "ulimit -t: $(cat "$work/log")"

# Long iterations are abandoned, as the launcher kills the ranks a second after it has passed on a
# SIGTERM or Ctrl-C. Only the work on that iteration is lost.
large=(--hidden "1000,1000" --batch-size 60000)
for long in literal backprop numerical; do
    run=$work/$long
    options_of=(--gradient "$long")
    [ $long = literal ] || options_of+=("${large[@]}")
    start 3 "$run" "${options_of[@]}"
    begun "$run"
    sleep 0.5
    kill -TERM "$job"
    ended
    # run.json shows it: the mpirun of Open MPI 5 no longer passes on what ranks print then.
    for _ in $(seq 100); do
        ! grep -q '"reason": "signal 15' "$run/run.json" || break
        sleep 0.05
    done
    grep -q '"reason": "signal 15' "$run/run.json" ||
        fail "SIGTERM in a long iteration, $long: exit $code: $(cat "$work/log" "$run/run.json")"
    [ "$(ls "$run/checkpoints")" = iteration-0000000.h5 ] || fail "$long: $(ls "$run/checkpoints")"
done
# A job in the background of a script would ignore SIGINT.
env --default-signal=INT "$dtrain" --gradient literal --quiet --resume --run-dir "$work/literal" 2>"$work/log" &
job=$!
for _ in $(seq 200); do
    ! grep -q '"event": "resume"' "$work/literal/run.json" || break
    sleep 0.05
done
kill -INT "$job"
ended
[ "$code" -eq 75 ] || fail "Ctrl-C in a long iteration: exit $code: $(cat "$work/log")"
[ "$(grep -c '^dtrain: stopping in order; Ctrl-C again' "$work/log")" -eq 1 ] || fail "Ctrl-C: $(cat "$work/log")"

# However fast the machine is, this run does not end by itself; it is compared with one of the length that it
# has reached.
start 2 "$work/killed" "${options[@]}" --iterations 100000000 --max-time 1s
ended
[ "$code" -eq 75 ] || fail "--max-time: exit $code: $(cat "$work/log")"
grep -q '^dtrain: stopped by --max-time' "$work/log" || fail "--max-time: $(cat "$work/log")"
find_newest
options+=(--iterations $((newest + 300)))
rm -r "$work/straight"
start 2 "$work/straight" "${options[@]}"
ended
[ "$code" -eq 0 ] || fail "a run of the same length: exit $code: $(cat "$work/log")"
go_on "$work/killed" 3

start 2 "$work/file" "${options[@]}" --iterations 100000
begun "$work/file"
touch "$work/file/stop"
ended
[ "$code" -eq 75 ] || fail "the file stop: exit $code: $(cat "$work/log")"
[ ! -e "$work/file/stop" ] || fail "the file stop is still there"

# A halted rank: the job ends by itself, and one line names that rank. Other ranks may be killed in
# the middle of a line.
start 3 "$work/halted" "${options[@]}" --stall-timeout 2
begun "$work/halted"
mapfile -t ranks < <(ranks_of "$work/halted")
[ "${#ranks[@]}" -eq 3 ] || fail "there are ${#ranks[@]} ranks, not 3"
halted=$(tr '\0' '\n' <"/proc/${ranks[1]}/environ" | sed -n 's/^OMPI_COMM_WORLD_RANK=//p')
kill -STOP "${ranks[1]}"
ended
[ "$code" -eq 5 ] || fail "a halted rank: exit $code: $(cat "$work/log")"
[ "$(grep -c "^dtrain: no progress for 2 s: rank $halted on .* is stalled" "$work/log")" -eq 1 ] ||
    fail "a halted rank, $halted: $(cat "$work/log")"
go_on "$work/halted" 2

# A second job in the same directory is refused.
start 2 "$work/shared" "${options[@]}" --iterations 100000
first=$job
begun "$work/shared"
"$mpirun" -np 2 "$dtrain" "${options[@]}" --resume --run-dir "$work/shared" >"$work/second" 2>&1 &&
    fail "two jobs in one directory"
grep -q '^dtrain: .*another job is at work in it' "$work/second" || fail "$(cat "$work/second")"
kill -USR1 "$first"
job=$first
ended
[ "$code" -eq 75 ] || fail "the first of two jobs: exit $code"
echo "every stop was in order"
