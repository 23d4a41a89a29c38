#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# A Slurm cluster of four small nodes inside this machine, in a folder of its own: no systemd, nothing
# under /etc. Needs root; slurm.lib.sh calls it in a network of its own, IN_OWN_NETWORK.
#     cluster.sh start FOLDER      then source FOLDER/env.sh
#     cluster.sh stop FOLDER       ends everything and removes the folder
# Exit code 77: the packages are not there (Debian: slurmctld slurmd slurm-client munge).
set -euo pipefail
action=$1 folder=$2
nodes=4 cpus=4 port=16800
PATH=$PATH:/usr/sbin:/sbin
export SLURM_CONF=$folder/slurm.conf

# KillWait and cred_expire are short, because tests wait for them: a requeued job starts again only
# after cred_expire. Each node has its own TmpFS, which pmix on several nodes needs.
write_configuration() {
    local host
    host=$(hostname -s)
    cat >"$SLURM_CONF" <<CONF
ClusterName=dtrain
SlurmctldHost=$host(127.0.0.1)
SlurmUser=$(id -un)
SlurmdUser=$(id -un)
SlurmctldPort=$port
AuthType=auth/munge
AuthInfo=socket=$folder/munge/socket,cred_expire=5
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool/%n
TmpFS=$folder/tmp/%n
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.%n.pid
SlurmctldLogFile=$folder/log/slurmctld.log
SlurmdLogFile=$folder/log/slurmd.%n.log
MailProg=/bin/true
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_interval=2,bf_interval=2,batch_sched_delay=0
PriorityType=priority/basic
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
ReturnToService=2
SlurmdTimeout=10
KillWait=10
MinJobAge=3600
SlurmdParameters=config_overrides
NodeName=n[1-$nodes] NodeHostname=n[1-$nodes] NodeAddr=127.0.0.1 Port=[$((port + 11))-$((port + 10 + nodes))] CPUs=$cpus RealMemory=2000
PartitionName=low Nodes=ALL Default=YES PriorityTier=1 PreemptMode=REQUEUE GraceTime=15
PartitionName=high Nodes=ALL PriorityTier=10 PreemptMode=OFF
CONF
    # From 23.11 on slurmd wants cgroups, which a container need not have, unless told this.
    # The version is the last word of "slurm 24.11.5" or "slurm-wlm 22.05.8".
    if printf '%s\n' 23.11 "$(sinfo --version | sed 's/.* //')" | sort -C -V; then
        echo "CgroupPlugin=disabled" >"$folder/cgroup.conf"
    fi
}

# Adds to what scripts/launch.sh sets: TCP between nodes, over loopback. (All nodes have one address;
# over another interface one start in 80 crashed inside MPI_Init.) Only the launcher of Open MPI 5,
# which does not accept loopback, uses the other interface.
write_environment() {
    {
        echo "export SLURM_CONF=$SLURM_CONF"
        echo "export OMPI_MCA_btl_tcp_if_include=lo OMPI_MCA_oob_tcp_if_include=lo"
        echo "export PRTE_MCA_prte_if_include=$IN_OWN_NETWORK"
        echo "unset OMPI_MCA_btl"
    } >"$folder/env.sh"
}

# A node has its own host name and shared memory, so that Open MPI takes it for a machine.
start_node() {
    local node=$1
    mkdir -p "$folder/spool/$node" "$folder/tmp/$node"
    # shellcheck disable=SC2016
    unshare --uts --mount --propagation private sh -ec '
        hostname "$1"; mount --bind "$2/hosts" /etc/hosts
        mount -t tmpfs -o mode=1777 tmpfs /dev/shm
        exec slurmd -N "$1"' sh "$node" "$folder" </dev/null >>"$folder/log/slurmd.out" 2>&1
}

await_nodes() {
    local idle
    for _ in $(seq 150); do
        idle=$(sinfo -h -N -p low -o %t | grep -cx idle || true)
        [ "$idle" -ne "$nodes" ] || return 0
        sleep 0.2
    done
    echo "only $idle of $nodes nodes came up" >&2
    tail -n 5 "$folder"/log/*.log >&2
    return 1
}

start() {
    local program node
    for program in slurmctld slurmd sinfo munged mungekey; do
        command -v $program >/dev/null || {
            echo "skipped: no $program; install slurmctld slurmd slurm-client munge"
            exit 77
        }
    done
    # An earlier test that was interrupted may have left its cluster.
    [ ! -e "$folder" ] || stop
    mkdir -p "$folder"/{munge,state,spool,log,tmp}
    chmod 755 "$folder" "$folder/munge"
    write_configuration
    write_environment
    mungekey --create --keyfile="$folder/munge/key"
    munged --socket="$folder/munge/socket" --key-file="$folder/munge/key" \
        --log-file="$folder/munge/log" --pid-file="$folder/munge/pid" \
        --seed-file="$folder/munge/seed" </dev/null >"$folder/munge/out" 2>&1
    slurmctld </dev/null >"$folder/log/slurmctld.out" 2>&1
    cp /etc/hosts "$folder/hosts"
    for node in $(seq -f n%g $nodes); do
        echo "127.0.0.1 $node" >>"$folder/hosts"
    done
    for node in $(seq -f n%g $nodes); do
        start_node "$node"
    done
    await_nodes
}

# is PID NAME: whether the process is still that program.
is() {
    [ "$(cat "/proc/$1/comm" 2>/dev/null)" = "$2" ]
}

# end NAME PIDFILE...: ends daemons, all at once.
end() {
    local name=$1 pids=() pid
    shift
    # shellcheck disable=SC2013
    for pid in $(cat "$@" 2>/dev/null); do
        ! is "$pid" "$name" || pids+=("$pid")
    done
    [ ${#pids[@]} -gt 0 ] || return 0
    kill -TERM "${pids[@]}" 2>/dev/null || true
    for pid in "${pids[@]}"; do
        for _ in $(seq 50); do
            is "$pid" "$name" || break
            sleep 0.1
        done
        ! is "$pid" "$name" || kill -KILL "$pid" 2>/dev/null || true
    done
}

# Ends the jobs first, so that none outlives its cluster, and then the daemons.
stop() {
    local file pid
    timeout 20 scancel --full --signal=KILL --user="$(id -un)" 2>/dev/null || true
    end slurmd "$folder"/slurmd.*.pid
    end slurmctld "$folder/slurmctld.pid"
    end munged "$folder/munge/pid"
    for file in $(grep -lszx "SLURM_CONF=$SLURM_CONF" /proc/[0-9]*/environ || true); do
        pid=${file//[!0-9]/}
        ! is "$pid" slurmstepd || kill -KILL "$pid" 2>/dev/null || true
    done
    rm -rf -- "$folder"
}

case $action in
start) start ;;
stop) stop ;;
esac
