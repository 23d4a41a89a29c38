#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Installs what is missing, builds dtrain, and trains on MNIST with 8 ranks.
#     scripts/train.sh [DTRAIN OPTION...]        RANKS=4 scripts/train.sh --iterations 600
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
ranks=${RANKS:-8}

# Training does not depend on pictures: what they need is installed along, or dtrain plot says what is missing.
optional_packages+=("${picture_packages[@]}")
install_missing "${build_packages[@]}"
if [ ! -x "$source_dir/build/dtrain" ] && [ "$(id -u)" -eq 0 ]; then
    install_missing "${picture_packages[@]}" 2>/dev/null || echo "The packages for pictures cannot be installed"
fi
build release "${program_targets[@]}"
# As short as it can be typed here: dtrain prints commands that begin with it.
program=$source_dir/build/dtrain
[ "$PWD" != "$source_dir" ] || program=build/dtrain
echo "Training: mpirun -np $ranks $program $*"
export RANKS=$ranks
exec "$source_dir/scripts/launch.sh" mpirun -np "$ranks" "$program" "$@"
