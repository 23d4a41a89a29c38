#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Reads the sources for faults without running them: clang-tidy and cppcheck the C of src, shellcheck
# and pyflakes the scripts. About a minute on 2 cores. Any finding is an error; .clang-tidy lists the checks.
#     scripts/lint.sh [FILE.c ...]        all of src, or these files and no scripts
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

install_missing "${build_packages[@]}" "${lint_packages[@]}"
# Configures only: clang-tidy reads how each file is compiled.
log=$(mktemp)
trap 'rm -f "$log"' EXIT
cd "$source_dir"
cmake --preset check -DCMAKE_EXPORT_COMPILE_COMMANDS=ON >"$log" 2>&1 || {
    cat "$log" >&2
    exit 1
}
files=("$@")
[ $# -gt 0 ] || readarray -t files < <(find src -name '*.c')

failed=()
echo "clang-tidy: ${#files[@]} files"
# Lines that only count the warnings in system headers are left out.
printf '%s\0' "${files[@]}" | xargs -0 -P "$(nproc)" -n 2 clang-tidy -p build --quiet 2>"$log" ||
    failed+=(clang-tidy)
grep -vE '^[0-9]+ warnings? (generated|treated)' "$log" >&2 || true

echo "cppcheck"
# at_quick_exit may fail: only a line is lost then. Casts to the bits of doubles are intended.
cppcheck --enable=warning,performance,portability --std=c11 -j "$(nproc)" --quiet --error-exitcode=1 \
    --inline-suppr --suppress=missingIncludeSystem --suppress=invalidPointerCast:src/core/* \
    --suppress=ignoredReturnValue:src/ranks/crash_guard.c --suppress=normalCheckLevelMaxBranches \
    -I src -I include "${files[@]}" || failed+=(cppcheck)

if [ $# -eq 0 ]; then
    echo "shellcheck"
    find scripts slurm tests .ci \( -name '*.sh' -o -name run \) -type f -print0 |
        xargs -0 shellcheck -x --severity=warning || failed+=(shellcheck)
    echo "pyflakes"
    find scripts tests -name '*.py' -print0 | xargs -0 pyflakes3 || failed+=(pyflakes)
fi
[ ${#failed[@]} -eq 0 ] || {
    echo "found faults: ${failed[*]}" >&2
    exit 1
}
