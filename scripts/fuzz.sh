#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Feeds damaged files to each reader for a while, with libFuzzer and sanitizers (clang).
#     scripts/fuzz.sh [SECONDS, 60 by default] [idx|png|checkpoint|weights|dataset|recipe|journal|protocol ...]
# Files that crash a reader are kept in build-fuzz/READER.crash-*, with their stacks in READER.log. HDF5 1.10.8
# itself crashes on some damaged files, or goes round in circles: such a fault is counted, and the reader
# continues. The script fails if a fault is dtrain's own.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
seconds=${1:-60}
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- idx png checkpoint weights dataset recipe journal protocol

install_missing "${build_packages[@]}" "${test_packages[@]}" clang
build fuzz
# Open MPI and HDF5 keep memory until they end, so leaks are looked for in the unit tests only.
export ASAN_OPTIONS=allocator_may_return_null=1:detect_leaks=0 UBSAN_OPTIONS=print_stacktrace=1
cd "$source_dir/build-fuzz"
/usr/bin/python3 "$source_dir/tests/fuzz/make_corpus.py" corpus

# is_foreign LOG: whether the crash that it ends with happened in a library: the first frame of the stack
# that is in a library or in dtrain, not in the sanitizer, is in one of these.
is_foreign() {
    local library='/lib(hdf5|mpi|open-|png|z)[^/]*\.so'
    tac "$1" | sed '/^==[0-9]*== *ERROR:/q' | tac | grep -E -m 1 "^ *#[0-9]+ .*($library|/(src|tests)/[^ ]*\.c:[0-9])" |
        grep -qE "$library"
}

failed=()
for reader in "$@"; do
    echo "Fuzzing $reader for $seconds s"
    ends=$((SECONDS + seconds)) foreign=0 runs=0
    : >"$reader.log"
    while [ "$SECONDS" -lt "$ends" ]; do
        code=0
        tests/fuzz/fuzz_"$reader" -max_total_time=$((ends - SECONDS)) -max_len=20000 -detect_leaks=0 \
            -close_fd_mask=3 -timeout=10 -print_final_stats=1 -artifact_prefix="$reader." "corpus/$reader" \
            2>last.log || code=$?
        cat last.log >>"$reader.log"
        units=$(sed -n 's/^stat::number_of_executed_units: *//p' last.log)
        runs=$((runs + ${units:-0}))
        [ "$code" -ne 0 ] || break
        if ! is_foreign last.log; then
            grep SUMMARY last.log || tail -n 1 last.log
            failed+=("$reader")
            break
        fi
        foreign=$((foreign + 1))
    done
    echo "  $runs files; $foreign crashes inside a library"
done
[ ${#failed[@]} -eq 0 ] || { echo "crashed: ${failed[*]}; see build-fuzz/*.log" >&2; exit 1; }
