# SPDX-License-Identifier: MIT
# Gives a test a temporary folder, $work, and what else most tests use. A bash script sources this
# file, with mpirun and dtrain as arguments; ctest starts it through scripts/launch.sh.
# shellcheck shell=bash disable=SC2034
set -euo pipefail
mpirun=$1 dtrain=$2
here=$(cd "$(dirname "$0")" && pwd)
tests=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
# Ranks that have outlived their job end with the test.
trap 'pkill -KILL -f "run-dir $work/" || true; rm -rf "$work"' EXIT

fail() {
    echo "$*" >&2
    exit 1
}

# needs PROGRAM: skips the test if the program is not installed.
needs() {
    command -v "$1" >/dev/null || {
        echo "skipped: no $1"
        exit 77
    }
}

# Where the Python programs of the tests find modules: those of the tests, the scripts and the benchmarks. Only
# they, as an installed script must find its own.
python_path=$tests:${tests%/*}/scripts:${tests%/*}/scripts/bench

# python PROGRAM ARGUMENT...: runs a Python program that lies beside the test or in tests/.
python() {
    local program=$here/$1
    [ -e "$program" ] || program=$tests/$1
    shift
    PYTHONPATH=$python_path PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 "$program" "$@"
}

# show FILE NAME...: prints members of run.json or attributes of a checkpoint (show.py says how).
show() {
    python show.py "$@"
}

# settings_of FILE: the settings that a run there shows, in one line.
settings_of() {
    sed -n '/^  settings /,/default$/p' "$1" | tr -s ' \n' ' '
}

# without_launcher FILE: prints what the ranks wrote there. The mpirun of Open MPI 5 and MPICH's report a
# failed job in lines between two rulers, and no option silences them.
without_launcher() {
    sed '/^--*$/,/^--*$/d; /^===*$/,/^===*$/d; /^YOUR APPLICATION TERMINATED/,$d' "$1"
}

# Whether mpirun is MPICH's.
is_mpich() {
    "$mpirun" --version 2>/dev/null | grep -q HYDRA
}

# is_code GOT WANTED: whether a job ended with that exit code. MPICH's mpirun ends with 9 instead where
# it has killed the other ranks of one that failed.
is_code() {
    [ "$1" -eq "$2" ] || { [ "$1" -eq 9 ] && is_mpich; }
}
