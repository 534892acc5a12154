#!/bin/bash
#SBATCH --job-name=haul
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --signal=B:USR1@120
# The task of a Slurm array that fetches one part of a plan:
#
#     sbatch --array=0-63 job.sh RUN [OPTIONS OF HAUL GET...]
#
# The number of the task is that of the part. When the time is nearly over, or
# when URLs failed for causes that may pass, the task puts itself back into the
# queue, and goes on from there when its turn comes. HAUL names the program.
[ $# -gt 0 ] || {
    echo 'job.sh: give the directory of the plan, as in job.sh RUN' >&2
    exit 2
}
run=$1
shift
# The limits are for the tasks of this array, which may be few of the parts,
# unless the plan says that fewer run at once. What the user says wins.
tasks=${SLURM_ARRAY_TASK_COUNT:-}
# Where there is no plan, haul says so.
planned=
[ ! -r "$run/plan.json" ] ||
    planned=$(sed -n 's/^ *"at_once": \([0-9]*\),*$/\1/p' <"$run/plan.json")
if [ -n "$tasks" ] && [ "${planned:-$tasks}" -ge "$tasks" ]; then
    set -- --concurrent-shards "$tasks" "$@"
fi
"${HAUL:-haul}" get --plan "$run" --shard auto "$@" &
haul=$!
again=no
# Slurm sends USR1 two minutes before the time is over, and TERM when somebody
# ends the task: then it must not come back.
trap 'again=yes; kill -TERM $haul 2>/dev/null' USR1
trap 'again=no; kill -TERM $haul 2>/dev/null' TERM
while :; do
    wait $haul
    status=$?
    # A signal ends the waiting, but not yet haul.
    kill -0 $haul 2>/dev/null || break
done
[ $status != 8 ] || again=yes
# By the numbers of array and task: the number of the job is the array's for the
# last task, and all its tasks would go back.
if [ $again = yes ] && [ $status != 0 ] &&
    [ "${SLURM_RESTART_COUNT:-0}" -lt 20 ]; then
    scontrol requeue "${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID" && sleep 60
fi
exit $status
