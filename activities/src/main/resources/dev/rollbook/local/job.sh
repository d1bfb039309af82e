# $1: the job's folder; the rest is its command. Whoever creates the file `pid` runs the job: once.
job=$1
shift
[ ! -e "$job/../stopped" ] || exit 0
set -C
{ echo $$ >"$job/pid"; } 2>/dev/null || exit 0
set +C
"$@" >"$job/output.log" 2>&1
code=$?
echo "$code" >"$job/exit.part" && mv "$job/exit.part" "$job/exit"
