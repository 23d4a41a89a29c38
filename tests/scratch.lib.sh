# SPDX-License-Identifier: MIT
# What tests with a folder of their own share. Sourced by bash, with the mpirun and dtrain to use as
# arguments.
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
