#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Runs the unit tests and the quicker tests on several ranks in a build for gcov, and prints how many
# lines of each file in src they reach. Takes some minutes.
#     scripts/coverage.sh                    these tests
#     scripts/coverage.sh CTEST OPTION...    the tests that these options choose, such as -L unit
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
[ $# -gt 0 ] || set -- --label-regex 'unit|mpi' --exclude-regex \
    '^(readme.*|terminal|installed|own_loss|valgrind|pictures|interchange|script_faults|fresh_.*|same_bits_(replacement|epoch)_.*|same_bits_literal)$'

install_missing "${build_packages[@]}" "${picture_packages[@]}" "${quick_test_packages[@]}" gcovr
build coverage
cd "$source_dir"
find build-coverage -name '*.gcda' -delete
failed=0
run_tests coverage "$@" || failed=$?
# Versions of a function for several instruction sets count as one.
gcovr --root . --filter 'src/' --object-directory build-coverage build-coverage \
    --exclude-unreachable-branches --print-summary --output build-coverage/coverage.txt
cat build-coverage/coverage.txt
exit $failed
