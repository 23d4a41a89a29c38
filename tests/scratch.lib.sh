# SPDX-License-Identifier: MIT
# What tests with a folder of their own share. Sourced by bash, with the mpirun and dtrain to use as
# arguments; ctest starts them through scripts/launch.sh.
# shellcheck shell=bash disable=SC2034
set -euo pipefail
mpirun=$1 dtrain=$2
work=$(mktemp -d)
# Whatever is left of a job that was torn apart goes with the test.
trap 'pkill -KILL -f "run-dir $work/" || true; rm -rf "$work"' EXIT

fail() {
    echo "$*" >&2
    exit 1
}

# needs PROGRAM: ends the test as skipped where that is not installed.
needs() {
    command -v "$1" >/dev/null || {
        echo "skipped: no $1"
        exit 77
    }
}

# without_launcher FILE: what the ranks wrote there. Of a job that fails Open MPI 5 says so in lines
# between rulers, and cannot be told to be quiet.
without_launcher() {
    sed '/^--*$/,/^--*$/d' "$1"
}
