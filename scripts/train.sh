#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Installs what is missing, builds dtrain, and trains on MNIST with 8 ranks.
#     scripts/train.sh [DTRAIN OPTION...]        RANKS=4 scripts/train.sh --iterations 600
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
ranks=${RANKS:-8}

install_missing "${build_packages[@]}" "${picture_packages[@]}"
build release
echo "Training: mpirun -np $ranks dtrain $*"
export RANKS=$ranks
exec "$source_dir/scripts/launch.sh" mpirun -np "$ranks" "$source_dir/build/dtrain" "$@"
