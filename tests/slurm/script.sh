#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The batch script alone, with stand-ins for Slurm's commands and mpirun: which run directory and
# program it uses, how it launches, and the command that it prints for the next job.
#     script.sh MPIRUN DTRAIN
# shellcheck source-path=SCRIPTDIR source=../scratch.lib.sh
. "$(dirname "$0")/../scratch.lib.sh"
source_dir=$(cd "$(dirname "$0")/../.." && pwd)
cd "$work"
mkdir -p bin spool "my runs/checkpoints" folder
touch "my runs/checkpoints/iteration-0000300.h5"
cp "$source_dir/slurm/train.sh" spool/slurm_script
original="$work/with space/slurm/train.sh"
mkdir -p "$work/with space"
ln -s "$source_dir/slurm" "$source_dir/scripts" "$work/with space"

stand_in() {
    printf '#!/bin/sh\n%s\n' "$2" >"bin/$1"
    chmod +x "bin/$1"
}
stand_in squeue 'echo RUNNING'
stand_in srun 'echo pmi2'
# Requeueing fails.
# shellcheck disable=SC2016
stand_in scontrol 'case $1 in show) echo "   Command=$original --hidden 7" ;; *) exit 1 ;; esac'
# This mpirun makes progress, and is then stopped.
stand_in mpirun 'env >environment; printf "%s\n" "$@" >words; touch "my runs/checkpoints/iteration-0000900.h5"
exit 75'
unset OMPI_ALLOW_RUN_AS_ROOT OMPI_ALLOW_RUN_AS_ROOT_CONFIRM RANKS
export original PATH=$work/bin:$PATH DTRAIN=$dtrain SLURM_JOB_ID=7 SLURM_NTASKS=5 SLURM_JOB_NUM_NODES=2 \
    SLURM_JOB_NODELIST='n[1-2]' SLURM_SUBMIT_DIR=$work

# submitted CODE TEXT OPTION...: the script ends with the code and says so.
submitted() {
    local code=$1 text=$2 got=0
    shift 2
    rm -f "my runs/checkpoints/iteration-0000900.h5"
    spool/slurm_script "$@" >log 2>&1 || got=$?
    [ "$got" -eq "$code" ] || fail "$*: exit code $got: $(cat log)"
    grep -qF -- "$text" log || fail "$*: does not say '$text': $(cat log)"
}

# The run directory, however it is given.
submitted 75 'my runs at iteration 300' --run-dir 'my runs'
submitted 75 'after iteration 900' --run-d 'my runs'
submitted 75 'my runs at iteration 300' --run-dir elsewhere --ru='my runs' --data=--run-dir
DTRAIN_RUN_DIR='my runs' submitted 75 'my runs at iteration 300' --resume

# The settings for Open MPI, by the ranks of a node, from beside the original script.
grep -qx 'OMPI_ALLOW_RUN_AS_ROOT=1' environment || fail "not through launch.sh: $(cat environment)"
grep -qx 'RANKS=3' environment || fail "5 ranks on 2 nodes: $(grep RANKS environment)"
[ "$(sed -n 3p words)" = "$dtrain" ] || fail "launched: $(cat words)"
original='/nowhere/job.sh' submitted 75 'my runs at iteration 300' --run-dir 'my runs'
! grep -q OMPI_ALLOW_RUN_AS_ROOT environment || fail "launch.sh was found elsewhere"

# The next job's command has the same words.
submitted 75 "--dependency=afterany:7 ${original// /\\ } --run-dir my\\ runs" --data "a b'c" --run-dir 'my runs'
# shellcheck disable=SC2034
next=$(sed -n 's/.*sbatch --dependency=afterany:7 //p' log)
eval "set -- $next"
[ "$(printf '%s|' "$@")" = "$original|--run-dir|my runs|--data|a b'c|--run-dir|my runs|" ] || fail "next: $next"

# DTRAIN must be a program: otherwise the script fails, and takes no other instead.
DTRAIN=$work/folder submitted 1 "DTRAIN=$work/folder: is no program" --run-dir new
DTRAIN=$work/absent submitted 1 "DTRAIN=$work/absent: is no program" --run-dir new
mkdir build
ln -s "$dtrain" build/dtrain
DTRAIN='' submitted 75 'my runs at iteration 300' --run-dir 'my runs'
[ "$(sed -n 3p words)" = "$work/build/dtrain" ] || fail "launched: $(cat words)"
echo "the batch script takes what it is given"
