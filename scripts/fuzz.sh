#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Feeds damaged files to each reader for a while, with libFuzzer and sanitizers (clang).
#     scripts/fuzz.sh [SECONDS, 60 by default] [idx|checkpoint|weights|dataset ...]
# Files that crash a reader are kept in build-fuzz/READER.crash-*. HDF5 1.10.8 itself crashes on some
# damaged files: the stack of such a crash ends in HDF5, not in dtrain.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
seconds=${1:-60}
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- idx checkpoint weights dataset

install_missing "${build_packages[@]}" "${test_packages[@]}" clang
build fuzz
export ASAN_OPTIONS=allocator_may_return_null=1
cd "$source_dir/build-fuzz"
/usr/bin/python3 "$source_dir/tests/fuzz/make_corpus.py" corpus
failed=()
for reader in "$@"; do
    echo "Fuzzing $reader for $seconds s"
    # Open MPI and HDF5 keep memory until they end, so leaks are looked for in the unit tests only.
    tests/fuzz/fuzz_"$reader" -max_total_time="$seconds" -max_len=20000 -detect_leaks=0 -close_fd_mask=3 \
        -print_final_stats=1 -artifact_prefix="$reader." "corpus/$reader" 2>"$reader.log" ||
        failed+=("$reader")
    grep -E 'number_of_executed_units|SUMMARY' "$reader.log" || true
done
[ ${#failed[@]} -eq 0 ] || { echo "crashed: ${failed[*]}; see build-fuzz/*.log" >&2; exit 1; }
