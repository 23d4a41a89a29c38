#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Times dtrain beside the book's NumPy loop and PyTorch, in turns, and writes a table and a plot to
# build/benchmark. Takes some minutes; let nothing else run.
#     scripts/bench.sh [ROUNDS]
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# Without a fast BLAS, PyTorch would be ten times slower, and the comparison unfair.
install_missing "${build_packages[@]}" python3-h5py python3-numpy python3-torch python3-matplotlib \
    libopenblas0-pthread
build release -DDTRAIN_BENCH=ON
# Ranks that have a core of their own may spin on it.
export RANKS=2
exec "$source_dir/scripts/launch.sh" /usr/bin/python3 "$source_dir/scripts/bench/report.py" "$source_dir/build" \
    "$source_dir/data/mnist.h5" "$source_dir/build/benchmark" "$@"
