#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Commands beside train that share their work, with a halted rank: each ends by itself, and one line names
# that rank.
#     halted.sh MPIRUN DTRAIN
# shellcheck source-path=SCRIPTDIR source=../faults.lib.sh
. "$(dirname "$0")/../faults.lib.sh"
data=${MNIST_FILE:?}
cd "$work" || exit

# A network that takes long to evaluate: a rank halted in the last moments, within MPI_Finalize, is not noticed.
python make_weights.py wide.h5 784,2000,2000,2000,2000,10 1 0.01

# is_busy PROCESS: whether it has used half a second of processor time.
is_busy() {
    local fields
    read -ra fields <"/proc/$1/stat" 2>/dev/null || return 1
    [ $((2 * (fields[13] + fields[14]))) -ge "$(getconf CLK_TCK)" ]
}

# halt COMMAND ARGUMENT...: halts the last of its ranks at work.
halt() {
    local ranks=() halted
    "$mpirun" -np 3 "$dtrain" "$@" --stall-timeout 2 >"$work/log" 2>&1 &
    job=$!
    for _ in $(seq 1200); do
        mapfile -t ranks < <(pgrep -f "^$dtrain $1 .*--stall-timeout 2\$")
        [ "${#ranks[@]}" -eq 3 ] && is_busy "${ranks[0]}" && is_busy "${ranks[1]}" && is_busy "${ranks[2]}" && break
        sleep 0.05
    done
    [ "${#ranks[@]}" -eq 3 ] || fail "$1 has ${#ranks[@]} ranks, not 3: $(cat "$work/log")"
    halted=$(tr '\0' '\n' <"/proc/${ranks[2]}/environ" | sed -n 's/^OMPI_COMM_WORLD_RANK=//p')
    kill -STOP "${ranks[2]}"
    ended
    is_code "$code" 5 || fail "$1 with a halted rank: exit $code: $(cat "$work/log")"
    [ "$(grep -c "^dtrain: no progress for 2 s: rank $halted on .* is stalled .*: give the command again" "$work/log")" -eq 1 ] ||
        fail "$1 with rank $halted halted: $(cat "$work/log")"
}

halt eval wide.h5 --data "$data" --split train
halt gradcheck --data "$data" --rows 0:3000 --methods literal
halt predict wide.h5 --images "$data:/train/images"
echo "every halted rank was named"
