#!/bin/sh
# Section A of the runbook by hand: its own commands, in a careful operator's script.
# usage: section-a.sh SIGNAL REPOSITORY COMMIT PORT IN_A_ROW EVERY_SECONDS LOG BUILD START...
set -eu
signal=$1 repository=$2 commit=$3 port=$4 in_a_row=$5 every=$6 log=$7 build=$8
shift 8
give_up() { echo "section-a: $1" >&2; exit 1; }

# Step 1: check out the previous version
cd "$repository"
git log --oneline -n 10
git checkout "$commit"

# Step 2: stop the service, by Ctrl-C's signal or by kill -9
for pid in $(lsof -t -i "TCP:$port" -s TCP:LISTEN || true); do kill "-$signal" "$pid"; done
tries=100
while lsof -t -i "TCP:$port" -s TCP:LISTEN >/dev/null; do
  [ $((tries -= 1)) -gt 0 ] || give_up "port $port is still taken"
  sleep 0.1
done

# Step 3: build and start the previous version
"$build"
nohup "$@" >"$log" 2>&1 </dev/null &
service=$!
until grep 'Started .* in .* seconds' "$log"; do
  kill -0 "$service" || give_up "the service died: $(tail -n 50 "$log")"
  sleep 0.1
done

# Step 4: health check
up=0 tries=100
while :; do
  case $(curl -fsS -m 5 "http://localhost:$port/actuator/health" || true) in
  *'"status":"UP"'*) up=$((up + 1)) ;;
  *) up=0 ;;
  esac
  [ "$up" -lt "$in_a_row" ] || break
  [ $((tries -= 1)) -gt 0 ] || give_up "not healthy"
  sleep "$every"
done
echo "UP $up times in a row"
