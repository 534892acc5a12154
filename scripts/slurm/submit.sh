#!/bin/sh
# Sends the parts of a plan to Slurm, and a job behind them that merges:
#
#     submit.sh RUN [OPTIONS OF SBATCH...] [-- OPTIONS OF HAUL GET...]
#
# as in
#
#     submit.sh run --time=8:00:00 --array=0-63%16
#     submit.sh run --array=7,21-23       the parts that haul merge has missed
#
# Without --array it is all parts. The number of the array is printed. The logs
# are in RUN/slurm; that of the merge, RUN/slurm/merge.log, tells what all parts
# have come to, and which are missing. HAUL names the program.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
run=$1
shift
parts=$(sed -n 's/^ *"parts": \([0-9]*\),*$/\1/p' "$run/plan.json")
run=$(cd "$run" && pwd)
array="--array=0-$((parts - 1))"
# Options of sbatch go before the script, those of haul behind it.
count=$#
options=yes
while [ "$count" -gt 0 ]; do
    count=$((count - 1))
    case $options:$1 in
    yes:--)
        options=no
        set -- "$@" "$here/job.sh" "$run"
        ;;
    yes:--array | yes:--array=* | yes:-a*)
        array=
        set -- "$@" "$1"
        ;;
    *) set -- "$@" "$1" ;;
    esac
    shift
done
[ $options = no ] || set -- "$@" "$here/job.sh" "$run"
mkdir -p "$run/slurm"
job=$(sbatch --parsable ${array:+"$array"} --output="$run/slurm/%A_%a.log" "$@")
# afterany, and not afterok: also when tasks have failed there is much to tell.
HAUL=${HAUL:-haul} RUN=$run sbatch --parsable --job-name=haul-merge \
    --dependency="afterany:$job" --output="$run/slurm/merge.log" \
    --wrap='"$HAUL" merge "$RUN"' >/dev/null
echo "$job"
