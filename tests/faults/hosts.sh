#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Two hosts without Slurm: two network namespaces with host names of their own, joined by a virtual
# cable, over which ranks connect by TCP; with delay and loss where the kernel can simulate them. A cut
# cable ends the job in bounded time, and the run can be resumed.
#     hosts.sh MPIRUN DTRAIN STRAIGHT
# shellcheck source-path=SCRIPTDIR source=../faults.lib.sh
. "$(dirname "$0")/../faults.lib.sh"
straight=$3
here_host=dtrain-a there_host=dtrain-b
options=(--iterations 800 --batch-size 1000 --checkpoint-every 100 --eval-every 400)

if [ "$(id -u)" -ne 0 ] || ! command -v ip >/dev/null || ! unshare --net --uts --mount true 2>/dev/null; then
    echo "skipped: network namespaces need root and iproute2"
    exit 77
fi

remove_hosts() {
    ip netns delete $here_host 2>/dev/null || true
    ip netns delete $there_host 2>/dev/null || true
}

make_hosts() {
    remove_hosts
    ip netns add $here_host
    ip netns add $there_host
    ip link add cable-a netns $here_host type veth peer name cable-b netns $there_host
    ip -n $here_host address add 10.83.0.1/24 dev cable-a
    ip -n $there_host address add 10.83.0.2/24 dev cable-b
    ip -n $here_host link set lo up
    ip -n $there_host link set lo up
    ip -n $here_host link set cable-a up
    ip -n $there_host link set cable-b up
    # mpirun waits for a lost host until TCP gives up, by default after 16 minutes.
    ip netns exec $here_host sysctl -qw net.ipv4.tcp_retries2=3
    ip netns exec $there_host sysctl -qw net.ipv4.tcp_retries2=3
    {
        cat /etc/hosts
        echo "10.83.0.1 $here_host"
        echo "10.83.0.2 $there_host"
    } >"$work/hosts"
}

# Takes the place of ssh for Open MPI: on HOST COMMAND...
cat >"$work/on" <<EOT
#!/bin/sh
host=\$1
shift
exec ip netns exec \$host unshare --uts --mount sh -c '
    hostname "\$0" && mount --bind $work/hosts /etc/hosts && mount -t tmpfs tmpfs /dev/shm &&
    exec sh -c "\$*"' \$host "\$@"
EOT
chmod +x "$work/on"
trap 'pkill -KILL -f "run-dir $work/" || true; remove_hosts; rm -rf "$work"' EXIT
make_hosts
# TCP must use the cable. Open MPI 4 and 5 have different settings for that.
export OMPI_MCA_plm_rsh_agent=$work/on OMPI_MCA_oob_tcp_if_include=10.83.0.0/24
export PRTE_MCA_plm_ssh_agent=$work/on PRTE_MCA_prte_if_include=10.83.0.0/24
export OMPI_MCA_btl=self,vader,tcp OMPI_MCA_btl_tcp_if_include=10.83.0.0/24

# start_hosts DIRECTORY OPTION...: two ranks on each host, as $job.
start_hosts() {
    local directory=$1
    shift
    # mpirun itself runs on the first host: only there are the names of both hosts known.
    "$work/on" $here_host timeout 120 "$mpirun" -np 4 --host $here_host:2,$there_host:2 \
        "$dtrain" "$@" --resume --run-dir "$directory" >"$work/log" 2>&1 &
    job=$!
}

same_as_straight() {
    cmp "$straight/metrics.jsonl" "$1/metrics.jsonl"
    diff -r "$straight/checkpoints" "$1/checkpoints"
}

start_hosts "$work/cable" "${options[@]}"
ended
[ "$code" -eq 0 ] || fail "two hosts: exit $code: $(cat "$work/log")"
grep -q "ranks 4 on 2 hosts: $here_host (2 ranks.*), $there_host (2 ranks" <<<"$(tr -s ' \n' ' ' <"$work/log")" ||
    fail "two hosts: $(cat "$work/log")"
same_as_straight "$work/cable"

delay="no delay: this kernel has no netem"
if ip netns exec $here_host tc qdisc add dev cable-a root netem delay 2ms loss 0.1% 2>/dev/null; then
    delay="2 ms delay and 0.1 % loss"
    start_hosts "$work/slow" "${options[@]}"
    ended
    [ "$code" -eq 0 ] || fail "$delay: exit $code: $(cat "$work/log")"
    same_as_straight "$work/slow"
    ip netns exec $here_host tc qdisc delete dev cable-a root
fi

start_hosts "$work/cut" "${options[@]}" --stall-timeout 3s
for _ in $(seq 300); do
    [ ! -e "$work/cut/checkpoints/iteration-0000100.h5" ] || break
    sleep 0.1
done
! compgen -G "$MNIST_FILE-*" || fail "a file was made beside the dataset"
ip -n $here_host link set cable-a down
cut_at=$(date +%s)
ended
waited=$(($(date +%s) - cut_at))
# The mpirun of Open MPI 5 itself ends with 0 when it has lost a host.
! grep -q '"event": "finish"' "$work/cut/run.json" || fail "the cable was cut too late"
grep -q '^dtrain: no progress for 3 s' "$work/log" || fail "a cut cable: exit $code: $(cat "$work/log")"
[ "$code" -ne 124 ] || fail "a cut cable: the job did not end: $(cat "$work/log")"
for _ in $(seq 300); do
    [ -n "$(ranks_of "$work/cut")" ] || break
    sleep 0.1
done
[ -z "$(ranks_of "$work/cut")" ] || fail "a cut cable left ranks on $(ranks_of "$work/cut")"
start 3 "$work/cut" "${options[@]}"
ended
[ "$code" -eq 0 ] || fail "after a cut cable: exit $code: $(cat "$work/log")"
same_as_straight "$work/cut"
echo "two hosts: the files of one ($delay); a cut cable ended the job in $waited s, and it went on"
