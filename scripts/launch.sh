#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Runs a command with the settings that let Open MPI's mpirun start any number of ranks here, also as
# root. Scripts, tests and the Slurm script launch through this file. A setting that is already in the
# environment stays as it is.
#     scripts/launch.sh mpirun -np 8 build/dtrain
# RANKS in the environment is the number of ranks on this machine; by default more than its cores.
#
# Where the command is mpirun itself, SIGTERM, SIGINT (Ctrl-C) and SIGHUP ask dtrain to save and stop,
# however long that takes; a second one lets mpirun kill the ranks. mpirun's own messages become one line
# if a program was not found, a rank was killed, or memory could not be shared; they are dropped if the
# ranks ended with an exit code, as dtrain has said why; anything else is shown in full.
set -euo pipefail

# setting NAME VALUE. Each version of Open MPI ignores the names that only another one knows.
setting() {
    [ -n "${!1+set}" ] || export "$1=$2"
}

setting OMPI_ALLOW_RUN_AS_ROOT 1
setting OMPI_ALLOW_RUN_AS_ROOT_CONFIRM 1
# Containers forbid the system calls of this mechanism, and Open MPI 4 then prints a warning.
setting OMPI_MCA_btl_vader_single_copy_mechanism none
# By default the launcher and its ranks share memory behind a lock; a rank that is killed while it holds the
# lock leaves mpirun waiting for ever (openpmix/openpmix#1233).
setting PMIX_MCA_gds hash
# On one host shared memory is enough; Open MPI 5 would also try TCP, and print a warning where there
# is no network. "vader" is version 4's name for shared memory, which version 5 accepts too.
[ "${SLURM_JOB_NUM_NODES:-1}" -gt 1 ] || setting OMPI_MCA_btl self,vader
if [ "${RANKS:-$(($(nproc) + 1))}" -gt "$(nproc)" ]; then
    # Ranks that share a core must neither be bound to it nor spin on it.
    setting OMPI_MCA_rmaps_base_oversubscribe 1
    setting OMPI_MCA_hwloc_base_binding_policy none
    setting PRTE_MCA_rmaps_default_mapping_policy node:oversubscribe
    setting OMPI_MCA_mpi_yield_when_idle 1
fi
case ${1##*/} in
mpirun | mpirun.* | mpiexec | mpiexec.* | orterun | prterun) ;;
*)
    # A script that calls mpirun: dtrain's own line says what went wrong (Open MPI 4 only).
    setting OMPI_MCA_orte_execute_quiet 1
    exec "$@"
    ;;
esac
# What mpirun says is needed here.
unset OMPI_MCA_orte_execute_quiet

# say TEXT: one line on standard error, once a job.
said=no
say() {
    [ "$said" = yes ] || echo "launch.sh: $*" >&2
    said=yes held=
}

# ended_by RANK SIGNAL
ended_by() {
    local advice=
    [ "$2" -ne 9 ] || advice=", as when memory runs out; --resume continues a run"
    say "$1 was ended by signal $2 (SIG$(kill -l "$2"))$advice"
}

# too_small FOLDER
too_small() {
    say "$1: is full or too small; the ranks share memory there (in Docker: --shm-size=1g)"
}

# explain TEXT: a message of mpirun as one line, or as none if dtrain has said why. Fails if it is not
# known here.
explain() {
    local text
    text=$(tr -s ' \t\n' ' ' <<<"$1")
    if [[ $text =~ 'not enough space for '(/.*)/[^\ ]+' (the shared-memory' ]]; then
        too_small "${BASH_REMATCH[1]}"
    elif [[ $text =~ 'error occurred in MPI_Win_allocate_shared' ]] || {
        [[ $text =~ 'error occurred in MPI_Init' ]] && [ "$(df --output=avail /dev/shm | tail -n 1)" -lt 32768 ]
    }; then
        # Open MPI 4 now and then garbles the message above.
        too_small /dev/shm
    elif [[ $text =~ (Executable: |execvp error on file )(.*)(' Node: '| \() ]]; then
        say "${BASH_REMATCH[2]}: is not there, or is no program"
    elif [[ $text =~ 'process '(rank [0-9]+)' '.*' on node '([^ ]+)' exited on signal '([0-9]+) ]]; then
        ended_by "${BASH_REMATCH[1]} on ${BASH_REMATCH[2]}" "${BASH_REMATCH[3]}"
    elif [[ $text =~ 'EXIT STRING: '.*'(signal '([0-9]+) ]]; then
        # MPICH also says this when a job ends in which dtrain has failed.
        [ "$dtrain_spoke" = yes ] || ended_by "a rank" "${BASH_REMATCH[1]}"
    else
        [[ $text =~ non-zero\ (status|exit\ code)|'BAD TERMINATION'|'This typically refers'|'Please see the FAQ'|total\ process|Forwarding\ signal ]]
    fi
}

# hear LINE: passes a line on at once; what mpirun says waits in $held for a pause. $dtrain_spoke is
# whether the last line of the ranks was one of dtrain.
held='' block='' ruler='' blank='' dtrain_spoke=no heard=no
hear() {
    local line=$1
    heard=yes
    if [ -n "$ruler" ]; then
        block+=$line$'\n'
        [ "$line" = "$ruler" ] || return 0
        explain "$block" || held+=$block
        ruler='' block=''
    elif [[ $line =~ ^(-{60,}|={60,}) ]]; then
        # Now and then mpirun's words follow without a newline between them.
        ruler=${BASH_REMATCH[1]} block=$line$'\n' blank=
    elif [ -z "$line" ]; then
        blank+=$'\n'
    elif [[ $line =~ ^(\[.+\]|HYD[A-Z]_[a-z_]+|YOUR\ APPLICATION|This\ typically|Please\ see\ the\ FAQ|[0-9]+\ total\ process(es)?|mpirun:\ Forwarding)\  ]]; then
        explain "$line" || held+=$line$'\n'
    else
        dtrain_spoke=no
        [[ $line != 'dtrain: '* ]] || dtrain_spoke=yes
        printf '%s%s\n' "$blank" "$line" >&2
        blank=
    fi
}

# What is not explained is shown as it is, unless a line has already named its cause.
release() {
    [ "$said" = yes ] || printf '%s' "$held" >&2
    held=
}

# listen: hears standard input up to the line "$end_mark CODE", with the exit code of mpirun.
end_mark="launch.sh $$ ends with"
listen() {
    local line part='' status
    # It hears the end of a job that is stopped by Ctrl-C.
    trap '' INT TERM HUP USR1 USR2
    while true; do
        status=0
        IFS= read -r -t 1 line || status=$?
        part+=$line
        if [ "$status" -gt 128 ]; then
            release
            continue
        fi
        if [ "$status" -ne 0 ] || [[ $part = "$end_mark "* ]]; then
            break
        fi
        hear "$part"
        part=
    done
    held+=$block
    release
    case ${part#"$end_mark "} in
    '' | [0-6] | 75 | 130) ;; # dtrain's own exit codes
    *) [ "$heard" = yes ] || say "${1##*/} ended with exit code ${part#"$end_mark "} and without a word" ;;
    esac
}

# The first signal asks dtrain to save and stop, as mpirun passes SIGUSR1 on and waits. After SIGTERM it
# would kill the ranks within a second or two.
job='' asked=no interrupted=no
# shellcheck disable=SC2317
pass_on() {
    interrupted=yes
    local signal=$1
    if [[ $1 != USR? && $asked = no ]]; then
        asked=yes signal=USR1
        [ "$1" != INT ] || echo "launch.sh: asking dtrain to save and stop; Ctrl-C again ends it" >&2
    fi
    [ -z "$job" ] || kill -s "$signal" "$job" 2>/dev/null || true
}
for name in TERM INT HUP USR1 USR2; do
    # shellcheck disable=SC2064
    trap "pass_on $name" $name
done
# Ctrl-Z halts mpirun, too.
trap 'kill -s STOP "$job" $$; kill -s CONT "$job"' TSTP

command -v "$1" >/dev/null || {
    echo "launch.sh: $1: is not installed (Debian: openmpi-bin)" >&2
    exit 127
}
exec 3> >(listen "$1")
listener=$!
# mpirun ends with this script, even if that is killed.
guard=(setpriv --pdeathsig TERM)
"${guard[@]}" true 2>/dev/null || guard=()
# A process group of its own, so that Ctrl-C reaches this script alone. It may not read the terminal.
[ ! -t 0 ] || exec </dev/null
# Where both of its outputs end in one place, both are listened to, so that their order stays; but
# dtrain must see a terminal.
out=1
[ -t 1 ] || [ ! /dev/stdout -ef /dev/stderr ] || out=3
set -m
"${guard[@]}" "$@" <&0 >&$out 2>&3 3>&- &
job=$!
set +m
while true; do
    interrupted=no code=0
    wait "$job" 2>/dev/null || code=$?
    [ "$interrupted" = yes ] || break
done
trap '' PIPE
echo "$end_mark $code" >&3 2>/dev/null || true
exec 3>&-
wait "$listener" || true
exit "$code"
