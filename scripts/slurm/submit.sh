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

die()
{
    echo "submit.sh: $1" >&2
    exit 2
}

[ $# -gt 0 ] || die 'give the directory of the plan, as in submit.sh RUN'
unset CDPATH # or cd may go elsewhere, and print where
here=$(cd -- "$(dirname -- "$0")" && pwd)
run=$1
shift
[ -r "$run/plan.json" ] || die "$run: there is no plan that can be read"
parts=$(sed -n 's/^ *"parts": \([0-9]*\),*$/\1/p' <"$run/plan.json")
[ -n "$parts" ] || die "$run/plan.json: it is damaged"
run=$(cd -- "$run" && pwd)
# In the name of a log, sbatch reads %A and others.
logs=$(printf '%s\n' "$run/slurm" | sed 's/%/%%/g')
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
job=$(sbatch --parsable ${array:+"$array"} --output="$logs/%A_%a.log" "$@")
# afterany, and not afterok: also when tasks have failed there is much to tell.
HAUL=${HAUL:-haul} RUN=$run sbatch --parsable --job-name=haul-merge \
    --dependency="afterany:$job" --output="$logs/merge.log" \
    --wrap='"$HAUL" merge "$RUN"' >/dev/null
echo "$job"
