#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Compiles core_hash with any compiler and flags, without CMake: the core needs libc and libm, and
# the header of xxHash.
#     build_core_hash.sh OUTPUT SOURCE COMPILER [FLAG...]      (SOURCE: the folder of the sources)
set -euo pipefail
output=$1 source=$2
shift 2
exec "$@" -std=c11 -D_XOPEN_SOURCE=700 -fno-math-errno -fno-trapping-math \
    -I"$source/include" -I"$source/src" -o "$output" \
    "$source"/tests/core/selftest/core_hash.c "$source"/src/core/*/*.c \
    "$source"/src/common/{model_call,multiversion,named,printable,range}.c -lm
