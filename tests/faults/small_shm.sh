#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# A small /dev/shm, as in containers, does not kill a run: shared memory goes elsewhere, or gradients through
# MPI, with a line; or a line says what to do.
#     small_shm.sh MPIRUN DTRAIN
# Mounts small file systems, which needs root; otherwise it is skipped with exit code 77.
# shellcheck source-path=SCRIPTDIR source=../mounts.lib.sh
. "$(dirname "$0")/../mounts.lib.sh"
# shellcheck source-path=SCRIPTDIR source=../faults.lib.sh
. "$(dirname "$0")/../faults.lib.sh"
"$mpirun" --version | grep -q 'Open MPI\|open-mpi' || {
    echo "skipped: another MPI has other files"
    exit 77
}
cd "$work" || exit
random_data 500
options=(--data data.h5 --hidden 1000 --gradient backprop --iterations 3)

# with_shm SIZE DIRECTORY OPTION...: trains with a /dev/shm of that size.
with_shm() {
    mount -t tmpfs -o size="$1" none /dev/shm
    start 3 "$work/$2" "${options[@]}" "${@:3}"
    ended
    umount /dev/shm
}

# went TEXT DIRECTORY: the run ended well, after one line that says it, with the files of the undisturbed run.
went() {
    [ "$code" -eq 0 ] || fail "exit $code, not '$1': $(cat log)"
    [ "$(wc -l <log)" -eq 1 ] || fail "not one line: $(cat log)"
    grep -q "^dtrain: .*$1" log || fail "does not say '$1': $(cat log)"
    same_files "$2"
}

with_shm 256m straight
[ "$code" -eq 0 ] && [ ! -s log ] || fail "with room: exit $code: $(cat log)"
# The messages of 3 ranks need 12 MB, and sums and parameters of 800,000 numbers 32 MB.
with_shm 16m sums
went 'MB free, and sums and parameters in shared memory need .* MB: taking --reduce mpi$' "$work/sums"
with_shm 64k messages
went "/dev/shm has .* MB free, and MPI needs .* MB: it takes ${TMPDIR:-/tmp}\$" "$work/messages"

with_shm 16m refused --reduce shared
[ "$code" -eq 1 ] && grep -q '^dtrain: .*need .* MB: give --reduce mpi$' log || fail "exit $code: $(cat log)"
mkdir tiny
mount -t tmpfs -o size=1m none tiny
trap 'umount "$work/tiny"; rm -rf "$work"' EXIT
TMPDIR=$work/tiny with_shm 64k refused
[ "$code" -eq 1 ] && [ "$(grep -c '^dtrain: ' log)" -eq 1 ] || fail "no room at all: exit $code: $(cat log)"
grep -q '^dtrain: /dev/shm has .* MB free, and MPI needs .*: make room, or set TMPDIR' log || fail "$(cat log)"
echo "a small /dev/shm kills no run"
