#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# No arrow between the folders of src/ points upwards; and arrows.py finds one that does.
#     arrows.sh SRC
set -euo pipefail
arrows=$(dirname "$0")/arrows.py
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
/usr/bin/python3 "$arrows" "$1"
cp -r "$1" "$work/src"

# red FILE LINE WORDS: arrows.py refuses the file with that line behind its last, and says so.
red() {
    cp "$work/src/$1" "$work/before"
    printf '%s\n' "$2" >>"$work/src/$1"
    if /usr/bin/python3 "$arrows" "$work/src" >"$work/said"; then
        echo "$1: '$2' was not noticed" >&2
        exit 1
    fi
    grep -qF "$3" "$work/said" || {
        echo "$1: '$2' is not named: $(cat "$work/said")" >&2
        exit 1
    }
    mv "$work/before" "$work/src/$1"
}

red core/numbers/norm.c '#include "core/model/model.h"' "core/numbers includes core/model/model.h"
red core/update/optimizer.c '#include "core/gradient/gradient.h"' "core/update includes core/gradient/gradient.h"
red core/model/digest.c '#include "core/differences/table.h"' "core/model includes core/differences/table.h"
red core/differences/plan.c '#include "core/gradient/gradient.h"' "core/differences includes core/gradient/gradient.h"
red data/idx.c '#include "runs/checkpoint.h"' "data includes runs/checkpoint.h"
red commands/eval.c '#include "engine/shared_object.h"' "commands includes engine/shared_object.h"
red options/config.c '#include "core/model/model.h"' "options includes core/model/model.h"
red training/step.c '#include <mpi.h>' "training includes mpi.h"
red core/model/digest.c '#include <hdf5.h>' "core/model includes hdf5.h"
red ranks/replicas.c '#include <xxhash.h>' "ranks includes xxhash.h"
red training/loop.c 'static int rank = MPI_PROC_NULL;' "training uses MPI_PROC_NULL"
red data/dataset.c 'static int rank = MPI_PROC_NULL;' "data uses MPI_PROC_NULL"
red commands/gradcheck.c 'static void plant(void) { H5close(); H5Fclose(0); }' "commands uses H5Fclose"
red ranks/world.c 'extern hid_t file;' "ranks uses hid_t"
mkdir "$work/src/utils"
echo >"$work/src/utils/utils.c"
! /usr/bin/python3 "$arrows" "$work/src" >"$work/said" && grep -qF "utils is not in the order" "$work/said"
