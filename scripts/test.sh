#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Installs what is missing, builds dtrain with warnings as errors, checks the format, reads the sources
# for faults, and runs every test; the unit tests and some runs of 1 to 8 ranks also under the address
# and undefined-behaviour sanitizers.
#     scripts/test.sh                      every test
#     scripts/test.sh --quick              a first verdict; installs less
#     scripts/test.sh CTEST OPTION...      the tests that these options choose, without sanitizers
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

if [ "${1:-}" = --quick ]; then
    echo "Quick tests: units, ranks compared, a kill, bad input, the README: 2 minutes"
    install_missing "${build_packages[@]}" "${picture_packages[@]}" "${table_packages[@]}" "${quick_test_packages[@]}"
    build release
    run_tests release --label-regex quick
    exit
fi
[ $# -gt 0 ] || echo "All tests: about half an hour on 2 cores; scripts/test.sh --quick takes 2"
install_missing "${build_packages[@]}" "${picture_packages[@]}" "${table_packages[@]}" "${quick_test_packages[@]}" \
    "${test_packages[@]}" "${lint_packages[@]}"
install_missing "${slurm_packages[@]}" ||
    echo "Slurm cannot be installed here: its tests will be skipped"
install_missing "${browser_packages[@]}" ||
    echo "Chromium cannot be installed here: the report is not checked in a browser"
install_missing "${machine_packages[@]}" ||
    echo "debootstrap cannot be installed here: nothing is tried on a bare machine"
build check
echo "Checking the format"
"$source_dir/scripts/format.sh" --check
if [ $# -gt 0 ]; then
    run_tests check "$@"
    exit
fi
echo "Looking for faults in the sources"
"$source_dir/scripts/lint.sh"
build sanitize
# Open MPI never frees some of its memory, so leaks are looked for in the unit tests only.
# Two of these build their programs themselves, without sanitizers.
run_tests sanitize --label-regex unit --exclude-regex '^(instruction_sets|sabotage)$' --parallel "$(nproc)"
ASAN_OPTIONS=detect_leaks=0 run_tests sanitize --parallel "$(nproc)" \
    --tests-regex '^(odd_data|same_bits_odd_.*|same_bits_idle_ranks|replicas)$'
# Many tests mostly wait: for a time limit, a scheduler, a process that sleeps.
run_tests check --parallel $(($(nproc) + 1))
