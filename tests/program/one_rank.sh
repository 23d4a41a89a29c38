#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Processes that a launcher started together, but that MPI does not join, do not each do all the work: one
# line, and all fail. Variables of the environment stand for the launchers.
#     one_rank.sh MPIRUN DTRAIN
# shellcheck source-path=SCRIPTDIR source=../faults.lib.sh
. "$(dirname "$0")/../faults.lib.sh"
cd "$work" || exit
random_data 5
train=(--data data.h5 --iterations 2 --quiet)

# tasks SIZE RANK ARGUMENT...: starts dtrain 3 times, with these variables set to 3 and to 0, 1 and 2. Sets
# codes to the exit codes; what is printed is in "said".
tasks() {
    local size=$1 rank=$2 processes=() i
    shift 2
    for i in 0 1 2; do
        env "$size=3" "$rank=$i" "$dtrain" "$@" >"said.$i" 2>&1 &
        processes[i]=$!
    done
    codes=
    for i in 0 1 2; do
        wait "${processes[i]}" && codes+=0 || codes+=$?
    done
    cat said.* >said
}

# refused: all three ended with 2, and one of them printed a line.
refused() {
    [ "$codes" = 222 ] || fail "exit codes $codes: $(cat said)"
    [ "$(wc -l <said)" -eq 1 ] || fail "not one line: $(cat said)"
    grep -q '^dtrain: .* started 3 processes, .*: start dtrain by .*mpirun.*--one-rank' said || fail "$(cat said)"
}

tasks SLURM_STEP_NUM_TASKS SLURM_PROCID "${train[@]}"
refused
grep -q '^dtrain: srun started .* by srun --mpi=pmix' said || fail "no word of srun --mpi=pmix: $(cat said)"
tasks PMI_SIZE PMI_RANK "${train[@]}"
refused
for command in "eval run" "verify run" "gradcheck --data data.h5" gradient "--data data.h5 --dry-run"; do
    # shellcheck disable=SC2086
    tasks WORLD_SIZE RANK $command
    refused
done
[ "$(find . -type d | wc -l)" -eq 1 ] || fail "something was written: $(ls)"

# Wanted so, by the option or the environment; and short commands, and those that need no MPI.
tasks SLURM_STEP_NUM_TASKS SLURM_PROCID "${train[@]}" --one-rank
[ "$codes" = 000 ] && [ -d runs/0003 ] || fail "--one-rank: $codes: $(cat said)"
DTRAIN_ONE_RANK=1 tasks SLURM_STEP_NUM_TASKS SLURM_PROCID eval runs/0001 --data data.h5
[ "$codes" = 000 ] || fail "DTRAIN_ONE_RANK: $codes: $(cat said)"
tasks SLURM_STEP_NUM_TASKS SLURM_PROCID digest runs/0001
[ "$codes" = 000 ] || fail "digest: $codes: $(cat said)"
tasks SLURM_STEP_NUM_TASKS SLURM_PROCID --version
[ "$codes" = 000 ] && [ "$(wc -l <said)" -eq 1 ] || fail "--version: $codes: $(cat said)"

# A batch script, and jobs of MPI within the task of another launcher.
env SLURM_NTASKS=3 SLURM_PROCID=0 "$dtrain" "${train[@]}" --run-dir batch
env SLURM_STEP_NUM_TASKS=3 SLURM_PROCID=1 "$mpirun" -np 1 "$dtrain" "${train[@]}" --run-dir one
env SLURM_STEP_NUM_TASKS=3 SLURM_PROCID=1 WORLD_SIZE=3 RANK=1 "$mpirun" -np 2 "$dtrain" "${train[@]}" --run-dir two
echo "processes that MPI does not join do not each do all the work"
