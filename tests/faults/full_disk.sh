#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# A full or read-only disk ends a run with one clear line and exit code 1. Once there is room, the run
# can be resumed.
#     full_disk.sh MPIRUN DTRAIN
# Mounts small file systems, which needs root; otherwise it is skipped with exit code 77.
# shellcheck source-path=SCRIPTDIR source=../mounts.lib.sh
. "$(dirname "$0")/../mounts.lib.sh"
# shellcheck source-path=SCRIPTDIR source=../faults.lib.sh
. "$(dirname "$0")/../faults.lib.sh"
options=(--iterations 300 --checkpoint-every 50 --eval-every 100 --keep 3)
mkdir "$work/disk"
mount -t tmpfs -o size=1200k none "$work/disk"
trap 'umount "$work/disk"; rm -rf "$work"' EXIT

# refused TEXT: $job ended with 1 and one line that says it.
refused() {
    ended
    [ "$code" -eq 1 ] || fail "$1: exit $code: $(cat "$work/log")"
    [ "$(grep -c '^dtrain: ' "$work/log")" -eq 1 ] || fail "$1: not one line: $(cat "$work/log")"
    grep -q "^dtrain: .*$1" "$work/log" || fail "does not say '$1': $(cat "$work/log")"
}

start 2 "$work/straight" "${options[@]}"
ended
[ "$code" -eq 0 ] || fail "the undisturbed run: exit $code: $(cat "$work/log")"

# The dry run says beforehand that four checkpoints will not fit; three do.
start 2 "$work/disk/run" "${options[@]}" --dry-run
refused 'disk/run: .* MB are needed, for up to 4 checkpoints and the metrics, but .* MB are free: make room'
start 2 "$work/disk/run" "${options[@]}" --dry-run --keep 2
ended
[ "$code" -eq 0 ] || fail "a dry run where there is room: exit $code: $(cat "$work/log")"

# There is room for three checkpoints of 320 KB, but the fourth is written before the first is removed.
start 2 "$work/disk/run" "${options[@]}"
refused 'iteration-.*cannot be written: No space left on device'
[ -z "$(find "$work/disk" -name '*.partial')" ] || fail "half a file was left"
mount -o remount,size=64m "$work/disk"
start 3 "$work/disk/run" "${options[@]}"
ended
[ "$code" -eq 0 ] || fail "resume with room again: exit $code: $(cat "$work/log")"
same_files "$work/disk/run"

# The disk is full before the job starts, so run.json or the metrics cannot be written.
rm -rf "$work/disk/run"
start 2 "$work/disk/run" "${options[@]}" --iterations 100
ended
head -c 70m /dev/zero >"$work/disk/ballast" 2>/dev/null || true
start 2 "$work/disk/run" "${options[@]}"
refused 'cannot be written'
rm "$work/disk/ballast"
start 2 "$work/disk/run" "${options[@]}"
ended
[ "$code" -eq 0 ] || fail "resume after a full disk: exit $code: $(cat "$work/log")"
same_files "$work/disk/run"

mount -o remount,ro "$work/disk"
start 2 "$work/disk/new" "${options[@]}"
refused 'Read-only file system'
echo "a full and a read-only disk cost nothing but the run's time"
