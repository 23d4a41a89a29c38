#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Ranks on several nodes, each with its own copy of the parameters: the same bytes as on one rank, for nodes of
# the same or different size with more or fewer cores than ranks; resumed on other nodes, verified, and diverged.
#     several_nodes.sh MPIRUN DTRAIN SEVERAL_NODES     (SEVERAL_NODES: dtrain that takes this machine for several)
# shellcheck source-path=SCRIPTDIR source=../faults.lib.sh
. "$(dirname "$0")/../faults.lib.sh"
several=$3
cd "$work" || exit
for scale in 1e9 1e17; do
    python make_data.py $scale.h5 --rows 300 20 --inputs 6 --drawn-classes 3 --seed 2 --scale $scale
done

# on_nodes RANKS NODE_RANKS NODE_CORES OPTION...
on_nodes() {
    NODE_RANKS=$2 NODE_CORES=$3 "$mpirun" -np "$1" "$several" "${@:4}" --quiet --reduce shared
}

# Some gradients need the second grid, others the third.
options=(--data 1e9.h5 --activation relu --hidden 8 --batch-size 20 --gradient backprop --init-std 1e-5
    --learning-rate 3e-9 --optimizer momentum --momentum 0.5 --checkpoint-every 5 --eval-every 7 --keep 9)
"$dtrain" "${options[@]}" --iterations 40 --quiet --run-dir straight
for shape in "2 1 1" "5 2 8" "8 3 8" "8 4 2" "8 3 1" "6 5 2"; do
    read -r ranks node_ranks node_cores <<<"$shape"
    run=run-$ranks-$node_ranks-$node_cores
    on_nodes "$ranks" "$node_ranks" "$node_cores" "${options[@]}" --iterations 17 --run-dir "$run"
    on_nodes 5 2 3 "${options[@]}" --iterations 40 --resume --run-dir "$run"
    cmp straight/metrics.jsonl "$run/metrics.jsonl"
    diff <(cd straight/checkpoints && sha256sum iteration-*[05].h5) <(cd "$run/checkpoints" && sha256sum iteration-*[05].h5)
done
NODE_RANKS=3 NODE_CORES=8 "$mpirun" -np 8 "$several" verify straight --quiet

# What fits no grid ends the run on all nodes, in one line.
for shape in "5 2 8" "8 3 1"; do
    read -r ranks node_ranks node_cores <<<"$shape"
    code=0
    on_nodes "$ranks" "$node_ranks" "$node_cores" --data 1e17.h5 --activation relu --hidden 8 --batch-size 20 \
        --init-std 1e-10 --learning-rate 1e-17 --gradient backprop --iterations 40 --run-dir "diverged-$ranks" \
        >log 2>&1 || code=$?
    without_launcher log >err
    is_code "$code" 3 && [ "$(wc -l <err)" -eq 1 ] || fail "a gradient that fits no grid: exit code $code: $(cat log)"
done
! strings "$dtrain" | grep NODE_RANKS || fail "dtrain itself takes this machine for several"
echo "the same bytes on any nodes"
