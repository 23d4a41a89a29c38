#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# What scripts/launch.sh shows of a job that fails: one line of dtrain's or its own, and nothing else of
# mpirun's. Exit codes pass through, the order of both outputs stays, and a signal saves the run however
# long the iteration takes.
#     launch.sh MPIRUN DTRAIN LAUNCH
# shellcheck source-path=SCRIPTDIR source=../scratch.lib.sh
. "$(dirname "$0")/../scratch.lib.sh"
launch=$3
cd "$work"
rank=$(is_mpich && echo PMI_RANK || echo OMPI_COMM_WORLD_RANK)

# ends CODE PATTERN ARGUMENT...: mpirun with these arguments ends with the code and exactly this line, on
# both outputs together; MPICH with a code of its own.
ends() {
    local wanted=$1 pattern=$2 code=0
    shift 2
    "$launch" "$mpirun" "$@" >all 2>&1 || code=$?
    [ "$code" -eq "$wanted" ] || { is_mpich && [ "$code" -ne 0 ]; } || [ "$wanted" -eq 0 ] || fail "$*: exit code $code: $(cat all)"
    [ "$(wc -l <all)" -eq 1 ] && grep -Eqx -- "$pattern" all || fail "$*: not one line '$pattern': $(cat all)"
}

# The code of a program that is not there depends on the version of Open MPI.
code=0
"$launch" "$mpirun" -np 2 "$work/absent" >all 2>&1 || code=$?
[ "$code" -ne 0 ] && [ "$(cat all)" = "launch.sh: $work/absent: is not there, or is no program" ] ||
    fail "a missing program: exit code $code: $(cat all)"
# shellcheck disable=SC2016
wounded='sleep 0.5; [ "$'$rank'" -eq 0 ] || kill -s "$0" $$; exec sleep 20'
ends 137 'launch.sh: (a rank|rank 1 on [^ ]+) was ended by signal 9 \(SIGKILL\), .*--resume.*' -np 2 sh -c "$wounded" KILL
ends 139 'launch.sh: (a rank|rank 1 on [^ ]+) was ended by signal 11 \(SIGSEGV\)' -np 2 sh -c "$wounded" SEGV
# What dtrain says is enough, and its exit codes are its own.
ends 1 'dtrain: absent.h5: No such file or directory' -np 2 "$dtrain" --data absent.h5
ends 2 'dtrain: .*--nothing.*' -np 2 "$dtrain" --nothing
"$launch" "$mpirun" -np 2 sh -c 'exit 3' >all 2>&1 && fail "no exit code" || [ $? -eq 3 ] || fail "another code than 3"
[ ! -s all ] || fail "noise behind an exit code: $(cat all)"
# What is not known here is shown in full, as where mpirun does not know an option.
! "$launch" "$mpirun" --nonsense x >all 2>&1 && grep -q nonsense all || fail "mpirun's own error: $(cat all)"
code=0
"$launch" "$work/mpirun" true 2>all || code=$?
[ "$code" -eq 127 ] && [ "$(wc -l <all)" -eq 1 ] && grep -q 'mpirun: is not installed' all || fail "no mpirun: $(cat all)"
# dtrain itself looks for room elsewhere, unless the folder is named.
if [ "$(id -u)" -eq 0 ] && unshare --mount true 2>/dev/null && ! is_mpich; then
    export OMPI_MCA_btl_vader_backing_directory=/dev/shm
    for size in 64k 2m; do
        code=0
        unshare --mount sh -c 'mount -t tmpfs -o size="$0" none /dev/shm && exec "$@"' $size "$launch" "$mpirun" -np 3 \
            "$dtrain" --data "$MNIST_FILE" --iterations 1 --run-dir small >all 2>&1 || code=$?
        [ "$code" -ne 0 ] && [ "$(grep -c . all)" -eq 1 ] && grep -q '^launch.sh: /dev/shm: is full or too small' all ||
            fail "$size of shared memory: exit code $code: $(cat all)"
    done
    unset OMPI_MCA_btl_vader_backing_directory
fi

# Each line is seen at once and in its order, whichever output it is written to.
"$launch" "$mpirun" -np 1 sh -c 'for n in 1 2 3; do echo out $n; sleep 0.1; echo err $n >&2; sleep 0.1; done' 2>&1 |
    tr '\n' ' ' >order
[ "$(cat order)" = 'out 1 err 1 out 2 err 2 out 3 err 3 ' ] || fail "order: $(cat order)"
"$launch" "$mpirun" -np 1 sh -c 'echo out; echo err >&2' >out 2>err
[ "$(cat out err)" = "$(printf 'out\nerr')" ] || fail "outputs: $(cat out err)"
echo words | "$launch" "$mpirun" -np 1 cat >out
[ "$(cat out)" = words ] || fail "standard input: $(cat out)"

# A rank that needs three seconds to save, which is longer than mpirun waits after a SIGTERM.
cat >slow <<'EOT'
#!/bin/sh
trap 'sleep 3; touch saved; exit 75' USR1
touch ready
while true; do sleep 0.1; done
EOT
chmod +x slow
for signal in TERM INT HUP USR1; do
    rm -f ready saved
    # A job in the background ignores SIGINT unless it has a process group.
    set -m
    "$launch" "$mpirun" -np 1 ./slow >all 2>&1 &
    job=$!
    set +m
    until [ -e ready ]; do sleep 0.05; done
    # As Ctrl-C does: to the whole process group.
    kill -s $signal -- -$job
    code=0
    wait $job || code=$?
    [ "$code" -eq 75 ] || is_mpich || fail "$signal: exit code $code: $(cat all)"
    [ -e saved ] || fail "$signal: killed before it had saved: $(cat all)"
done
# A second signal ends it without a word of the ranks.
rm -f ready
"$launch" "$mpirun" -np 1 sh -c 'trap "" USR1 TERM; touch ready; while true; do sleep 0.1; done' >all 2>&1 &
job=$!
until [ -e ready ]; do sleep 0.05; done
kill -TERM $job
sleep 0.5
kill -TERM $job
! wait $job || fail "two signals: exit code 0"
# What ends launch.sh itself ends mpirun.
rm -f ready
"$launch" "$mpirun" -np 1 ./slow >all 2>&1 &
job=$!
until [ -e ready ]; do sleep 0.05; done
child=$(pgrep -P $job -f ./slow | head -n 1)
kill -KILL $job
for _ in $(seq 200); do
    kill -0 "$child" 2>/dev/null || break
    sleep 0.05
done
! kill -0 "$child" 2>/dev/null || fail "mpirun outlived launch.sh"
echo "one line for each failure, and time to save"
