# SPDX-License-Identifier: MIT
# Gives a test that mounts small file systems mounts of its own, which needs root; otherwise skips it. A
# bash script sources this file first of all, as the test begins anew there.
# shellcheck shell=bash
if [ "$(id -u)" -ne 0 ] || ! unshare --mount true 2>/dev/null; then
    echo "skipped: only root can mount a small file system"
    exit 77
fi
if [ -z "${IN_OWN_MOUNTS:-}" ]; then
    exec env IN_OWN_MOUNTS=1 unshare --mount "$0" "$@"
fi
