#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Times dtrain beside the book's NumPy loop and PyTorch, in turns, and writes tables and pictures to
# build/benchmark. Takes half an hour; let nothing else run.
#     scripts/bench.sh [OPTION...]        the options of bench/bench.py, such as --against OLDER_DTRAIN
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

install_missing "${build_packages[@]}" "${picture_packages[@]}"
# Without a fast BLAS, PyTorch would be ten times slower, and the comparison unfair.
install_missing python3-numpy python3-torch libopenblas0-pthread clang ||
    echo "The rows that need these packages are left out." >&2
build release
programs=(--dtrain "$source_dir/build/dtrain")
if grep -qw avx2 /proc/cpuinfo; then
    build avx2
    programs+=(--avx2 "$source_dir/build-avx2/dtrain")
fi
if command -v clang >/dev/null; then
    build clang
    programs+=(--clang "$source_dir/build-clang/dtrain")
fi
output=$source_dir/build/benchmark
/usr/bin/python3 "$source_dir/scripts/bench/bench.py" "${programs[@]}" "$@" -o "$output"
/usr/bin/python3 "$source_dir/scripts/bench/figures.py" "$output/benchmark.json"
