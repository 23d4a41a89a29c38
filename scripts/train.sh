#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Installs what is missing, builds dtrain, and trains with 8 ranks: on MNIST, or on SOURCE, which dtrain
# import turns into a dataset in runs/imported.
#     scripts/train.sh [SOURCE] [OPTION OF DTRAIN OR DTRAIN IMPORT...]
#     RANKS=4 scripts/train.sh --iterations 600
#     scripts/train.sh iris.csv --target species --hidden 16
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
source=
case ${1:-} in -* | "") ;; *)
    source=$1
    # shellcheck disable=SC2046
    install_missing $(source_packages "$source")
    ;;
esac
build release "${program_targets[@]}"
# As short as it can be typed here: dtrain prints commands that begin with it.
program=$source_dir/build/dtrain
[ "$PWD" != "$source_dir" ] || program=build/dtrain
if [ -n "$source" ]; then
    rest=$(mktemp)
    trap 'rm -f "$rest"' EXIT
    "$program" import --once runs/imported "$rest" "$@"
    mapfile -d '' -t rest_words <"$rest"
    rm -f "$rest"
    set -- --data "${rest_words[@]}"
fi
echo "Training: mpirun -np $ranks $program $*"
export RANKS=$ranks
exec "$source_dir/scripts/launch.sh" mpirun -np "$ranks" "$program" "$@"
