#!/bin/sh
# A Slurm of several nodes on this machine, for tests: each node is a slurmd, on
# the loopback interface alone. It needs Debian's packages slurmctld, slurmd and
# slurm-client, but no systemd, munge daemon, cgroups or database, and any user
# may start one. Whoever can log in on this machine can send jobs to it while it
# runs, as nobody has to prove who they are: do not use it for work.
#
#     cluster.sh up DIR [NODES [SECONDS]]   4 nodes; ends by itself after 600 s
#     cluster.sh controller DIR             starts the controller again
#     cluster.sh node DIR NAME              starts a node again, as n0
#     cluster.sh down DIR                   ends all jobs, and the cluster
#
# DIR is made, and gets the state, the logs and the pid files. Its slurm.conf is
# for SLURM_CONF, by which sbatch and the others find this cluster.
set -eu
PATH=$PATH:/usr/sbin
self=$0
what=$1
dir=$2
case $dir in
/*) ;;
*) dir=$PWD/$dir ;; # by which the processes of this cluster are known
esac
SLURM_CONF=$dir/slurm.conf
export SLURM_CONF

# write_conf NODES PORT: the controller has the port, the nodes those after it.
write_conf()
{
    user=$(id -un)
    # MailProg: a machine without a mail program would have an error in its log.
    cat >"$SLURM_CONF" <<END
ClusterName=haul
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort=$2
SlurmUser=$user
SlurmdUser=$user
AuthType=auth/none
CredType=cred/none
AuthInfo=cred_expire=5
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool.%n
SlurmctldPidFile=$dir/slurmctld.pid
SlurmdPidFile=$dir/slurmd.%n.pid
SlurmctldLogFile=$dir/slurmctld.log
SlurmdLogFile=$dir/slurmd.%n.log
MailProg=/bin/true
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
ReturnToService=2
SlurmdTimeout=10
KillWait=2
SchedulerParameters=sched_interval=2,bf_interval=2
END
    i=0
    while [ $i -lt "$1" ]; do
        mkdir -p "$dir/spool.n$i"
        echo "NodeName=n$i NodeHostname=localhost NodeAddr=127.0.0.1" \
            "Port=$(($2 + 1 + i)) CPUs=1 RealMemory=500" >>"$SLURM_CONF"
        i=$((i + 1))
    done
    echo "PartitionName=haul Nodes=ALL Default=YES MaxTime=INFINITE State=UP" \
        >>"$SLURM_CONF"
}

start_controller()
{
    slurmctld "$@" -f "$SLURM_CONF" 2>>"$dir/start.log"
}

start_node()
{
    slurmd -f "$SLURM_CONF" -N "$1" 2>>"$dir/start.log"
}

# The daemons that are there, of those that the pid files name: a number may be
# another process's by now.
daemons()
{
    for file in "$dir"/slurmctld.pid "$dir"/slurmd.*.pid; do
        pid=$(cat "$file" 2>/dev/null) || continue
        ! is_ours "$pid" || echo "$pid"
    done
}

is_ours()
{
    { tr '\0' ' ' <"/proc/$1/cmdline"; } 2>/dev/null |
        grep -qF " $SLURM_CONF"
}

# The jobs that are left, and what has started them: slurmstepd goes on where
# its daemon was killed, and nobody else can end its job then. A shell whose
# SLURM_CONF is this cluster's is no job.
strays()
{
    for file in $(grep -lzxF "SLURM_CONF=$SLURM_CONF" \
        /proc/[0-9]*/environ 2>/dev/null); do
        proc=${file%/environ}
        if [ "$(cat "$proc/comm" 2>/dev/null)" = slurmstepd ] ||
            grep -qz '^SLURM_JOB_ID=' "$file" 2>/dev/null; then
            echo "${proc#/proc/}"
        fi
    done
}

# A job may start another process while its others end.
end_strays()
{
    tries=0
    while [ $tries -lt 50 ]; do
        left=$(strays)
        [ -n "$left" ] || return 0
        kill -s KILL $left 2>/dev/null || true
        sleep 0.1
        tries=$((tries + 1))
    done
}

# Signals the daemons given, and waits until they are gone.
end_daemons()
{
    for signal in TERM KILL; do
        for pid in "$@"; do
            ! is_ours "$pid" || kill -s $signal "$pid" 2>/dev/null || true
        done
        tries=0
        while [ $tries -lt 50 ]; do
            left=
            for pid in "$@"; do
                ! is_ours "$pid" || left=yes
            done
            [ -n "$left" ] || return 0
            sleep 0.1
            tries=$((tries + 1))
        done
    done
}

all_idle()
{
    [ "$(timeout 5 sinfo -h -t idle -o %D 2>/dev/null)" = "$1" ]
}

# try_up NODES PORT: @return 1, if a port is another program's.
try_up()
{
    write_conf "$1" "$2"
    start_controller -c || return 1
    i=0
    while [ $i -lt "$1" ]; do
        start_node "n$i" || return 1
        i=$((i + 1))
    done
    tries=0
    while [ $tries -lt 50 ]; do
        ! all_idle "$1" || return 0
        sleep 0.2
        tries=$((tries + 1))
    done
    return 1
}

up()
{
    mkdir -p "$dir/state"
    tries=0
    # Below the ports that the kernel gives out by itself.
    port=$((10000 + $$ % 2000 * 10))
    until try_up "$1" "$port"; do
        end_daemons $(daemons)
        tries=$((tries + 1))
        [ $tries -lt 3 ] || {
            tail -n 5 "$dir"/*.log >&2
            exit 1
        }
        port=$((10000 + (port - 10000 + 3170) % 20000))
    done
    setsid sh "$self" watch "$dir" "$2" </dev/null >/dev/null 2>&1 &
}

# Ends the cluster after so many seconds, or when its directory is gone.
watch()
{
    end=$(($(date +%s) + $1))
    while [ "$(date +%s)" -lt $end ] && [ -e "$SLURM_CONF" ]; do
        pids=$(daemons)
        [ -z "$pids" ] || known=$pids
        sleep 1
        [ ! -e "$dir/down" ] || exit 0
    done
    [ ! -e "$SLURM_CONF" ] || down
    end_daemons ${known:-}
    end_strays
}

down()
{
    : >"$dir/down"
    timeout 10 scancel -u "$(id -un)" 2>/dev/null || true
    tries=0
    while [ $tries -lt 40 ] &&
        [ -n "$(timeout 5 squeue -h 2>/dev/null || true)" ]; do
        sleep 0.2
        tries=$((tries + 1))
    done
    end_daemons $(daemons)
    end_strays
}

case $what in
up) up "${3:-4}" "${4:-600}" ;;
controller) start_controller ;;
node) start_node "$3" ;;
watch) watch "$3" ;;
down) down ;;
*)
    echo "cluster.sh: no such command: $what" >&2
    exit 2
    ;;
esac
