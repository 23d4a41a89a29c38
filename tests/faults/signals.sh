#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Sends signals that end a process by default, at random instants, to a rank or to the launcher; resumes
# each time with another number of ranks, from the iteration where the run says that it was stopped; and
# compares the final files with those of an undisturbed run. SIGPIPE and SIGXFSZ disturb nothing.
#     signals.sh MPIRUN DTRAIN      SIGNALS=100: more signals; SEED=n: other instants
# shellcheck source-path=SCRIPTDIR source=../faults.lib.sh
. "$(dirname "$0")/../faults.lib.sh"
wanted=${SIGNALS:-8}
RANDOM=${SEED:-1}
options=(--iterations 1200 --batch-size 300 --checkpoint-every 300 --eval-every 300 --keep 2)
sizes=(1 2 3 5)
numbers=(TERM INT USR1 USR2 HUP XCPU PIPE XFSZ)

start 2 "$work/straight" "${options[@]}"
ended
[ "$code" -eq 0 ] || fail "the undisturbed run: exit $code: $(cat "$work/log")"

# catching DIRECTORY RANKS: waits until all ranks catch signals; the job may have ended before.
catching() {
    local ranks rank caught count
    while kill -0 "$job" 2>/dev/null; do
        mapfile -t ranks < <(ranks_of "$1")
        count=0
        for rank in "${ranks[@]}"; do
            caught=$(sed -n 's/^SigCgt:\s*//p' "/proc/$rank/status" 2>/dev/null) || true
            [ $((0x${caught:-0} & 0x4000)) -eq 0 ] || count=$((count + 1))
        done
        [ "$count" -ne "$2" ] || return 0
        sleep 0.02
    done
}

# stopped_at DIRECTORY: the iteration after which the run there says that it was stopped by a signal.
stopped_at() {
    sed -n "s|^dtrain: stopped by signal .* after iteration \([0-9]*\) of .*--resume --run-dir $1.*|\1|p" "$work/log"
}

# disturb DIRECTORY: draws a signal and who gets it.
disturb() {
    local ranks
    mapfile -t ranks < <(ranks_of "$1")
    signal=${numbers[RANDOM % ${#numbers[@]}]} target=launcher
    # To mpirun SIGPIPE, SIGXCPU and SIGXFSZ mean what mpirun makes of them.
    if [ $((RANDOM % 3)) -gt 0 ] || [[ $signal = PIPE || $signal = X* ]]; then
        target=rank
    fi
    [ "${#ranks[@]}" -gt 0 ] || return 0
    if [ $target = launcher ]; then
        kill -"$signal" "$job" 2>/dev/null || return 0
    else
        kill -"$signal" "${ranks[RANDOM % ${#ranks[@]}]}" 2>/dev/null || return 0
    fi
    signals=$((signals + 1)) sent=1
}

# check_end DIRECTORY: what the log has to say.
check_end() {
    local at
    at=$(stopped_at "$1")
    if [ "$code" -eq 0 ]; then
        [ -z "$at" ] || fail "SIG$signal to a $target: exit 0: $(cat "$work/log")"
        return
    fi
    # mpirun passes three of them on as SIGTERM, and kills ranks that need longer than a second.
    if [ $target = launcher ] && [[ $signal = TERM || $signal = INT || $signal = HUP ]]; then
        [ -n "$at" ] || killed=$((killed + 1))
    else
        is_code "$code" 75 || fail "SIG$signal to a $target: exit $code: $(cat "$work/log")"
        [ -n "$at" ] || fail "SIG$signal to a $target: not said: $(cat "$work/log")"
    fi
    [[ $signal != PIPE && $signal != XFSZ ]] || fail "SIG$signal to a $target: exit $code: $(cat "$work/log")"
    [ -z "$at" ] || [ -e "$1/checkpoints/$(printf 'iteration-%07d.h5' "$at")" ] ||
        fail "SIG$signal to a $target: no checkpoint of iteration $at"
}

signals=0 runs=0 killed=0
while [ "$signals" -lt "$wanted" ]; do
    runs=$((runs + 1))
    run=$work/run-$runs
    while true; do
        size=${sizes[RANDOM % ${#sizes[@]}]} sent=0 signal=none target=rank
        start "$size" "$run" "${options[@]}"
        if [ "$signals" -lt "$wanted" ]; then
            catching "$run" "$size"
            sleep "0.$((RANDOM % 10))"
            disturb "$run"
        fi
        ended
        check_end "$run"
        [ "$code" -ne 0 ] || break
        [ "$sent" -eq 1 ] || fail "exit $code without a signal: $(cat "$work/log")"
    done
    same_files "$run"
    rm -rf "$run"
done
echo "$signals signals in $runs runs ($killed times mpirun killed the ranks): nothing was lost, and nothing unsaid"
