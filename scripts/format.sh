#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Formats the C sources in place; with --check only says which are not formatted.
set -euo pipefail
cd "$(dirname "$0")/.."
mode=(-i)
[ "${1:-}" != --check ] || mode=(--dry-run --Werror)
find src include tests scripts -name '*.[ch]' -print0 | xargs -0 clang-format "${mode[@]}"
