#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The book's comparison of four optimizers (chapter 6) by numerical gradients: 2,000 iterations on MNIST with
# batches of 128, a network with four hidden layers of 100 relu units each, and He's initial weights. Leaves
# four runs and their figures in FOLDER (by default `optimizers`). If it was stopped, run it again to continue.
#     scripts/examples/optimizers.sh [FOLDER]        RANKS=8 scripts/examples/optimizers.sh
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "$0")/../lib.sh"
folder=${1:-optimizers}
export RANKS=${RANKS:-$(nproc)}

install_missing "${build_packages[@]}" "${picture_packages[@]}"
build release "${program_targets[@]}"
mkdir -p "$folder"
cd "$folder"

# train NAME OPTION...: one of the runs.
train() {
    echo "$1: $((SECONDS / 60)) min"
    "$source_dir/scripts/launch.sh" mpirun -np "$RANKS" "$source_dir/build/dtrain" \
        --hidden 100,100,100,100 --activation relu --init-std he --batch-size 128 --iterations 2000 \
        --quiet --resume --run-dir "$@"
}

train SGD --optimizer sgd --learning-rate 0.01
train Momentum --optimizer momentum --learning-rate 0.01
train AdaGrad --optimizer adagrad --learning-rate 0.01
train Adam --optimizer adam --learning-rate 0.001
"$source_dir/build/dtrain" plot SGD Momentum AdaGrad Adam --output .
echo "$folder: $((SECONDS / 60)) min"
