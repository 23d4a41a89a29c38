#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Trains on a Slurm cluster, in as many jobs as are needed:
#
#     sbatch slurm/train.sh [DTRAIN OPTION...]
#
# Build dtrain first (README), on a node like those of the job, and submit from dtrain's folder.
#
# How large? With n ranks, each holds 60,000 / n rows of MNIST (7,500 for 8 ranks, 7 MB at the most), and
# an iteration takes about 0.33/n + 0.07 + 0.03 ms within a node (scripts/README.md, Benchmarks). So the
# default run of 10,000 iterations needs 6 s on 1 rank, evaluations included, and 2 s on 8; batches of
# 6,000 for as long need 3.3 minutes on 1 rank, half a minute on 8. More nodes are worthwhile for large
# batches only.
#
# ---- Edit here, or give the same options to sbatch -----------------------------------------
#SBATCH --job-name=dtrain
#SBATCH --nodes=1
#SBATCH --ntasks-per-node=8
#SBATCH --time=00:30:00
##SBATCH --partition=NAME
##SBATCH --account=NAME
# Two minutes before the time is up, save and requeue; keep one log for all restarts.
#SBATCH --signal=B:USR1@120
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=dtrain-%j.log
modules=${MODULES:-}               # modules to load, as when dtrain was built: "openmpi hdf5"
dtrain=${DTRAIN:-}                 # the program, if not build/dtrain or the installed one
launcher=${LAUNCHER:-auto}         # srun, mpirun, or auto: srun where Slurm has pmix
ranks=${RANKS:-$SLURM_NTASKS}      # may be fewer than the job's tasks, for a trial
max_restarts=${MAX_RESTARTS:-20}   # the largest number of requeues
run_dir=${DTRAIN_RUN_DIR:-runs/slurm-$SLURM_JOB_ID}
# --------------------------------------------------------------------------------------------
set -uo pipefail

say() {
    echo "train.sh: $(date '+%F %T') $*"
}

# bash handles signals only while it is in `wait`, so the launcher runs in the background, and the
# script waits until it has ended. The script passes no SIGTERM on, as Slurm sends that to all.
warned=no ending=no interrupted=no job=
# shellcheck disable=SC2317
warn() {
    interrupted=yes warned=yes
    say "warned that the time is nearly up: asking dtrain to save and stop"
    [ -z "$job" ] || kill -USR1 "$job" 2>/dev/null
}
# shellcheck disable=SC2317
end() {
    interrupted=yes ending=yes
    say "Slurm ends this job"
}
trap warn USR1
trap end TERM
# Not ignored: dtrain would inherit that.
trap 'interrupted=yes' HUP INT

# Finds the run directory by dtrain's own rules: an option wins over the environment, the last option
# over earlier ones, and a name may be abbreviated if no other option begins with the same letters.
names_run_dir() {
    [[ --run-dir = "$1"* && ${#1} -ge 4 ]]
}
previous=
for argument in "$@"; do
    ! names_run_dir "$previous" || run_dir=$argument
    case $argument in *=*) ! names_run_dir "${argument%%=*}" || run_dir=${argument#*=} ;; esac
    previous=$argument
done

if [ -n "$modules" ]; then
    # shellcheck source=/dev/null
    type module >/dev/null 2>&1 || . /etc/profile
    # shellcheck disable=SC2086
    module load $modules
fi

# Looks for the program in the folder where sbatch was called.
if [ -n "$dtrain" ]; then
    program=$(type -P "$dtrain") || {
        say "DTRAIN=$dtrain: is no program"
        exit 1
    }
else
    program=$(type -P "$SLURM_SUBMIT_DIR/build/dtrain" || type -P dtrain) || {
        say "there is no build/dtrain in $SLURM_SUBMIT_DIR: submit from the folder where dtrain was" \
            "built, or set DTRAIN"
        exit 1
    }
fi

# Slurm runs a copy of this script; launch.sh, which sets up Open MPI, is beside the original.
# Slurm names it with its arguments, and either may contain spaces.
submitted=$(scontrol show job "$SLURM_JOB_ID" 2>/dev/null | sed -n 's/^ *Command=//p' | head -n 1)
until [ -f "$submitted" ] || [[ $submitted != *' '* ]]; do
    submitted=${submitted% *}
done
script=slurm/train.sh setup=()
for candidate in "$0" ${submitted:+"$submitted"}; do
    [ -x "$(dirname "$candidate")/../scripts/launch.sh" ] || continue
    script=$candidate setup=("$(dirname "$candidate")/../scripts/launch.sh")
    break
done

if [ "$launcher" = auto ]; then
    launcher=mpirun
    ! srun --mpi=list 2>&1 | grep -qw pmix || launcher=srun
fi
case $launcher in
srun) launch=(srun --mpi=pmix --kill-on-bad-exit=1 --ntasks="$ranks") ;;
mpirun) launch=(mpirun -np "$ranks") ;;
*)
    say "LAUNCHER=$launcher: is neither srun, mpirun nor auto"
    exit 2
    ;;
esac

# The iteration of the newest checkpoint, 0 where there is none.
newest_iteration() {
    local name newest=0
    for name in "$run_dir"/checkpoints/iteration-*.h5; do
        name=${name##*/iteration-}
        [[ ! ${name%.h5} =~ ^[0-9]+$ ]] || newest=$((10#${name%.h5}))
    done
    echo "$newest"
}

# How often the run was finished: a finished run can be made longer, and finish again.
times_finished() {
    if [ -e "$run_dir/run.json" ]; then
        grep -c '"event": "finish"' "$run_dir/run.json"
    else
        echo 0
    fi
}

# The bytes of what a model's evaluations have left since the newest checkpoint: an iteration of slow
# ones may take several jobs.
journaled() {
    cat "$run_dir"/journal/* 2>/dev/null | wc -c
}

before=$(newest_iteration) journaled_before=$(journaled) finished_before=$(times_finished)
say "job $SLURM_JOB_ID, start $((${SLURM_RESTART_COUNT:-0} + 1)): $ranks ranks by $launcher on" \
    "$SLURM_JOB_NODELIST, $run_dir at iteration $before"
nodes=${SLURM_JOB_NUM_NODES:-1}
RANKS=$(((ranks + nodes - 1) / nodes)) \
    "${setup[@]}" "${launch[@]}" "$program" --resume --run-dir "$run_dir" "$@" &
job=$!
while true; do
    interrupted=no
    wait "$job"
    code=$?
    [ "$interrupted" = yes ] || break
done
after=$(newest_iteration)

# run.json shows what became of the run: the exit code of an interrupted launcher does not.
if [ "$(times_finished)" != "$finished_before" ]; then
    say "the run is finished: $run_dir"
    exit 0
fi
[ "$code" -ne 0 ] || code=75
say "dtrain ended with code $code, after iteration $after"

# leave TEXT: ends the job without another start.
leave() {
    say "$*; to continue: sbatch slurm/train.sh with the same options and --run-dir $run_dir"
    exit "$code"
}
case $code in 2 | 3 | 4 | 6) leave "no use in starting again as it is" ;; esac
# If the job was cancelled, preempted or requeued, or its time is up, Slurm decides whether it starts
# again. Requeueing a cancelled job here would bring it back.
[ "$ending" = no ] || leave "Slurm decides whether this job starts again"
state=$(squeue --noheader --jobs "$SLURM_JOB_ID" --format %T 2>/dev/null)
[ "$state" = RUNNING ] || leave "the job is ${state:-gone}"
preempted=$(scontrol show job "$SLURM_JOB_ID" 2>/dev/null | grep -c 'PreemptTime=[0-9]')
[ "$after" -gt "$before" ] || [ "$(journaled)" -gt "$journaled_before" ] || [ "$preempted" -gt 0 ] ||
    leave "no progress since the start"
[ "${SLURM_RESTART_COUNT:-0}" -lt "$max_restarts" ] || leave "started $max_restarts times again already"

say "requeueing (warned: $warned)"
scontrol requeue "$SLURM_JOB_ID" && exit 0
say "Slurm does not requeue here. The next job, to wait for this one:" \
    "sbatch --dependency=afterany:$SLURM_JOB_ID$(printf ' %q' "$script" --run-dir "$run_dir" "$@")"
exit "$code"
