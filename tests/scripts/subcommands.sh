#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Subcommands that are scripts: each is run from the build folder and from an installation whose path has
# blanks, by the first Python that has its packages, once under mpirun; and what is said where the script,
# Python or a package is missing.
#     subcommands.sh MPIRUN DTRAIN CMAKE BUILD_FOLDER
# shellcheck source-path=SCRIPTDIR source=../scratch.lib.sh
. "$(dirname "$0")/../scratch.lib.sh"
cmake=$3 build=$4
/usr/bin/python3 -c "import matplotlib" 2>/dev/null || {
    echo "skipped: no matplotlib"
    exit 77
}
cd "$work"
unset DTRAIN

"$mpirun" -np 2 "$dtrain" --iterations 30 --eval-every 10 --quiet --run-dir study/2
cp -r study/2 run
python make_data.py raw.h5 --rows 50 50 --inputs 6 --classes 3 --seed 1
PYTHONPATH=$python_path /usr/bin/python3 -c 'from make_png import make_png; open("picture.png", "wb").write(make_png(28, 28, bytes(784)))'

# all DTRAIN: every subcommand of it, called in another folder.
all() {
    rm -rf there && mkdir there && cp picture.png there && cd there
    [ "$("$1" plot ../run -o . | head -n 1)" = './loss.png, loss.svg' ] || fail "$1 plot"
    [ "$("$1" report ../run -o page.html)" = page.html ] || fail "$1 report"
    grep -q 'that the run began with, drawn from its seed' page.html || fail "$1 report: no initial weights"
    [ "$("$1" export ../run w.npz)" = w.npz ] || fail "$1 export"
    [ "$("$1" import-weights w.npz w.h5)" = 'w.h5: 784-50-10' ] || fail "$1 import-weights"
    [ "$("$1" csv ../run | wc -l)" -eq 32 ] || fail "$1 csv"
    [ "$("$1" scaling ../study | grep -c '^| 2 | 1 | ')" -eq 1 ] || fail "$1 scaling"
    [ -s ../study/scaling.png ] || fail "$1 scaling: no picture"
    [[ $("$1" standardize ../raw.h5 s.h5) = 's.h5: 50 + 50 rows of 6 features'* ]] || fail "$1 standardize"
    printf 'x,kind\n%s' "$(for i in {0..39}; do echo $((i * i % 7)),$((i % 2))a; done)" >table.csv
    [[ $("$1" import table.csv table.h5 --missing mean | tail -n 1) = 'table.h5: '*' rows, 1 input, 2 classes: 0a, 1a' ]] ||
        fail "$1 import"
    [ "$("$1" predict ../run --rows picture.png | head -n 1)" = file,class,probability ] || fail "$1 predict --rows"
    cd ..
    rm study/scaling.*
}
all "$dtrain"
installed="$work/in stalled/bin/dtrain"
"$cmake" --install "$build" --prefix "$work/in stalled" >/dev/null
all "$installed"
ln -s "$installed" link
all "$work/link"
# The package, for a notebook: Python alone reads a run, and changes nothing in the program that does.
PYTHONPATH="$work/in stalled/share/dtrain/python" /usr/bin/python3 -S -c '
import signal, sys, warnings
before = sys.excepthook, signal.getsignal(signal.SIGPIPE), list(warnings.filters)
from dtrain import Run
assert Run("run").evaluations[-1]["iteration"] == 30
assert before == (sys.excepthook, signal.getsignal(signal.SIGPIPE), list(warnings.filters))'

# Each is listed, and help is its own.
names=$(sed -n 's/^    {\.name = "\([a-z-]*\)".*/\1/p' "$(dirname "$0")/../../src/options/scripts.c")
[ "$(wc -w <<<"$names")" -eq 9 ] || fail "the scripts of the table: $names"
"$dtrain" --help >help
"$dtrain" --generate man >dtrain.1
"$dtrain" --generate completion >completion
for name in $names; do
    grep -q "^  $name " help || fail "$name is not in the help"
    grep -q "^.fBdtrain ${name//-/.-}.fR " dtrain.1 || fail "$name is not in the man page"
    "$dtrain" "$name" --help >one
    "$dtrain" help "$name" >two
    cmp one two
    # These are commands in C, too.
    case $name in import | predict) continue ;; esac
    grep -q "^usage: dtrain $name " one || fail "help of $name: $(cat one)"
    # shellcheck disable=SC2016
    bash -c '. ./completion; COMP_WORDS=(dtrain "$0"); COMP_CWORD=1; _dtrain; [ "${COMPREPLY[*]}" = "$0" ]' "$name" ||
        fail "$name is not completed"
    # shellcheck disable=SC2016
    bash -c '. ./completion; COMP_WORDS=(dtrain "$0" --); COMP_CWORD=2; _dtrain; [ "${COMPREPLY[*]}" = --help ]' "$name" ||
        fail "options of $name are completed"
done

# ends CODE WORDS COMMAND...: the command ends with that exit code; its last line is that pattern.
ends() {
    local wanted=$1 words=$2 code=0
    shift 2
    "$@" >out 2>err </dev/null || code=$?
    [ "$code" -eq "$wanted" ] && grep -qx "$words" <<<"$(tail -n 1 err)" || fail "$*: exit $code: $(cat out err)"
}
ends 2 'dtrain plot: error: .*' "$dtrain" plot
ends 2 'dtrain csv: error: unrecognized arguments: --no' "$dtrain" csv --no run
ends 1 'dtrain csv: nowhere/metrics.jsonl: No such file.*' "$dtrain" csv nowhere
ends 2 "dtrain: unknown command 'plto'; did you mean plot?" "$dtrain" plto run
ends 2 "dtrain: unknown command 'exporte'; did you mean export?" "$dtrain" exporte run
ends 2 "dtrain: unexpected 'plot': a command must be the first word.*" "$dtrain" --quiet plot
ends 2 "dtrain: unexpected argument 'run': help takes one command" "$dtrain" help plot run
ends 2 "dtrain: unknown command 'plto'; did you mean plot?" "$dtrain" help plto
ends 2 "dtrain: unknown command 'nonsense'; see dtrain --help" "$dtrain" help nonsense
# What is no plain file is not waited for.
mkfifo pipe
ends 1 'dtrain export: pipe: is no plain file' timeout 20 "$dtrain" export pipe w.npz
ends 1 'dtrain standardize: pipe: is no plain file' timeout 20 "$dtrain" standardize pipe w.h5
# A signal reaches the script: a pipe that is closed early ends it as it ends other programs.
python script_faults.py closed_pipe "$dtrain" csv run
# One that ends it while dtrain makes the initial weights leaves no temporary folder.
mkdir temporary
for signal in TERM HUP; do
    TMPDIR=$work/temporary "$dtrain" report run -o stopped.html &
    for _ in $(seq 600); do
        ls -d temporary/dtrain-* >/dev/null 2>&1 && break
        sleep 0.05
    done
    kill -s "$signal" $!
    code=0
    wait $! || code=$?
    is_code "$code" $((128 + $(kill -l "$signal"))) || fail "stopped by $signal: exit $code"
    [ -z "$(find temporary . -maxdepth 1 -name 'dtrain-*' -o -name '*partial*')" ] || fail "left: $(ls -A . temporary)"
done
ends 1 'dtrain plot: standard output: No space left on device' env PYTHONUNBUFFERED=1 bash -c '"$0" plot run >/dev/full' "$dtrain"

# What the end of a run offers can be typed as it stands there.
# hinted DTRAIN RUN HINT...
hinted() {
    local dtrain=$1 run=$2
    shift 2
    "$dtrain" --iterations 3 --run-dir "$run" >out
    for hint in "$@" 'to continue'; do
        command=$(sed -nE "s/^  $hint: (.*)/\1/p" out)
        eval "${command%%    *}" >said || fail "$hint: $command"
    done
    [ -s "./$run/loss.png" ] || fail "the hints of a run: $(cat out)"
    grep -q '^iteration *6 of 6 ' said || fail "to continue: $(cat said)"
}
hinted "$installed" "it's \$HOME "'"hinted"' pictures 'pictures:.*report'
[ -s "it's \$HOME "'"hinted"/report.html' ] || fail "no report by the hint"
hinted "$dtrain" -hinted pictures
mkdir c:
hinted "$dtrain" c:/hinted pictures
"$dtrain" eval c:/hinted/checkpoints/iteration-0000006.h5 >said
[ "$("$dtrain" export c:/hinted w.npz)" = w.npz ] || fail "export of a folder whose name ends in a colon"
hinted "$dtrain" $'line\nand \xe9' pictures

# Once, whatever starts several.
"$mpirun" -np 3 "$dtrain" csv run >out
"$dtrain" csv run | cmp - out
"$mpirun" -np 3 "$dtrain" report run >out
[ "$(cat out)" = run/report.html ] || fail "under mpirun: $(cat out)"
grep -q 'that the run began with, drawn from its seed' run/report.html || fail "no initial weights under mpirun"
code=0
"$mpirun" -np 3 "$dtrain" csv nowhere >out 2>err || code=$?
is_code "$code" 1 && [ "$(grep -c '^dtrain csv: nowhere' err)" -eq 1 ] || fail "under mpirun: exit $code: $(cat out err)"
for rank in 0 1; do
    SLURM_STEP_NUM_TASKS=2 SLURM_PROCID=$rank "$dtrain" csv run >out.$rank
done
[ "$(wc -l <out.0)" -eq 32 ] && [ ! -s out.1 ] || fail "under srun"

ends 1 'dtrain: csv needs Python 3.9 or newer, and none runs with PYTHONHOME=/nowhere: unset it' \
    env PYTHONHOME=/nowhere "$dtrain" csv run
# dtrain is asked with the user's own settings of MPI, and MPI's reason is told where it does not start: by
# Open MPI 4 with this one.
export OMPI_MCA_plm_rsh_agent=nonsense
if ! "$dtrain" digest run >/dev/null 2>&1; then
    ends 0 'dtrain export: checkpoints are not checked for damage: .*: ended with exit code 1: .*' \
        "$dtrain" export run w.npz
fi
unset OMPI_MCA_plm_rsh_agent
PYTHONSAFEPATH=1 "$dtrain" csv run | cmp - out.0

# Stand-ins for python3 in PATH: one that fails, one of an old version, and one without packages, in whose
# place the system's is taken; csv and scaling need none.
stand_in() {
    rm -rf fake && mkdir fake
    printf '#!/bin/sh\n%s\n' "$1" >fake/python3
    chmod +x fake/python3
}
for code in 1 63 127 'echo odd; exit 3'; do
    stand_in "exit ${code##*exit }"
    [ "$(PATH=$work/fake:$PATH "$dtrain" export run w.npz)" = w.npz ] || fail "a python3 that ends with $code is taken"
done
stand_in 'exec /usr/bin/python3 -S "$@"'
PATH=$work/fake:$PATH "$dtrain" export run w.npz >/dev/null
PATH=$work/fake:$PATH "$dtrain" scaling study >out
[ -s study/scaling.png ] || fail "not by the Python that has matplotlib: $(cat out)"
# A module in the current folder is none of Python's packages.
mkdir -p own && touch own/numpy.py own/matplotlib.py
(cd own && PATH=$work/fake:$PATH "$dtrain" plot ../run >/dev/null) || fail "takes own/numpy.py for NumPy"

# Where no Python has them: in a mount namespace the system's is the stand-in, too.
# without CODE WORDS ARGUMENT...: as ends(), of dtrain with these arguments.
without() {
    local wanted=$1 words=$2
    shift 2
    # shellcheck disable=SC2016
    ends "$wanted" "$words" env PATH="$work/fake:$PATH" unshare --mount -- bash -c \
        'mount --bind "$0" "$(realpath /usr/bin/python3)" && exec "$@"' "$work/fake/python3" "$dtrain" "$@"
}
if unshare --mount true 2>/dev/null; then
    cp "$(realpath /usr/bin/python3)" real
    stand_in "exec $work/real -S \"\$@\""
    without 1 'dtrain: plot needs numpy and matplotlib for Python; to install .*: apt-get install python3-numpy python3-matplotlib' plot run
    without 1 'dtrain: export needs numpy and h5py for Python; to install .*: apt-get install python3-numpy python3-h5py' export run w.npz
    without 0 '' csv run
    stand_in 'exit 1'
    without 1 'dtrain: csv needs Python 3.9 or newer; to install .*: apt-get install python3' csv run
else
    echo "no mounts: a machine without Python was not tried"
fi

# An installation without scripts. Those further up are none of its own.
mkdir -p share/dtrain deep/er/bin && cp -r "$work/in stalled/share/dtrain/scripts" share/dtrain/
cp "$installed" deep/er/bin/
ends 1 "dtrain: share/dtrain/scripts/plot.py: is neither beside the program $work/deep/er/bin/dtrain nor in the folder above it: .*" \
    deep/er/bin/dtrain plot run
echo "seven scripts from three places, by the Python that has their packages"
