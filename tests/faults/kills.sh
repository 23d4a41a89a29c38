#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Kills jobs and single ranks at random instants, resumes each time with another number of ranks, and
# compares the final files with those of an undisturbed run.
#     kills.sh MPIRUN DTRAIN      KILLS=1000: more kills; SEED=n: other instants
# shellcheck source-path=SCRIPTDIR source=../faults.lib.sh
. "$(dirname "$0")/../faults.lib.sh"
kills_wanted=${KILLS:-50}
RANDOM=${SEED:-1}
options=(--iterations 1200 --batch-size 300 --checkpoint-every 20 --eval-every 300 --keep 2)
sizes=(1 2 3 5 8)

start 2 "$work/straight" "${options[@]}"
ended
[ "$code" -eq 0 ] || fail "the undisturbed run: exit $code: $(cat "$work/log")"

kills=0 runs=0
while [ "$kills" -lt "$kills_wanted" ]; do
    runs=$((runs + 1))
    run=$work/run-$runs
    while true; do
        start "${sizes[RANDOM % 5]}" "$run" "${options[@]}"
        # The instants lie between the start of MPI and the middle of the training.
        sleep "0.$((RANDOM % 7 + 2))$((RANDOM % 10))"
        mapfile -t ranks < <(ranks_of "$run")
        if [ "$kills" -lt "$kills_wanted" ] && [ "${#ranks[@]}" -gt 0 ] && kill -0 "$job" 2>/dev/null; then
            if [ $((RANDOM % 2)) -eq 0 ]; then
                kill -KILL "$job" "${ranks[@]}" 2>/dev/null || true
            else
                kill -KILL "${ranks[RANDOM % ${#ranks[@]}]}" 2>/dev/null || true
            fi
            kills=$((kills + 1))
        fi
        ended
        [ "$code" -ne 0 ] || break
        ! grep -q 'damaged\|skipped' "$work/log" || fail "a kill left damage: $(cat "$work/log")"
        # Ranks may outlive a launcher that was killed.
        mapfile -t ranks < <(ranks_of "$run")
        [ "${#ranks[@]}" -eq 0 ] || kill -KILL "${ranks[@]}" 2>/dev/null || true
        for _ in $(seq 100); do
            [ -n "$(ranks_of "$run")" ] || break
            sleep 0.05
        done
    done
    same_files "$run"
    lines=$(grep -c '"loss":[0-9]' "$run/metrics.jsonl")
    [ "$lines" -ge 1200 ] || fail "only $lines lines of metrics"
    rm -rf "$run"
done
echo "$kills kills in $runs runs: the final files are those of an undisturbed run"
