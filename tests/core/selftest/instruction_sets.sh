#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The core's results do not depend on instruction set or optimization: every build of core_hash that
# this processor can run computes the digest that the source has.
#     instruction_sets.sh CORE_HASH...
set -euo pipefail
compared=0

# check TITLE COMMAND...
check() {
    local title=$1
    shift
    echo "$title"
    "$@" || { echo "$title: other bits than SELFTEST_DIGEST" >&2; exit 1; }
    compared=$((compared + 1))
}

for program in "$@"; do
    needed=''
    case $program in
    *v3*) needed=avx2 ;;
    *v4*) needed=avx512vl ;;
    esac
    if [ -n "$needed" ] && ! grep -qw "$needed" /proc/cpuinfo; then
        echo "not compared: ${program##*/}, as this processor has no $needed"
        continue
    fi
    check "${program##*/}" "$program"
    [[ $program = *baseline* ]] || continue
    # An older processor, as far as the C library knows: its fma is then done in software.
    check "${program##*/}, fma in software" \
        env GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX2_Usable,-FMA_Usable,-FMA4_Usable,-AVX2,-FMA,-FMA4 "$program"
done
[ "$compared" -ge 4 ] || { echo "only $compared builds were compared" >&2; exit 1; }
