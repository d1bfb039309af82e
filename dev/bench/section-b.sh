#!/bin/sh
# Section B of the runbook by hand: its own commands, in a careful operator's script.
# usage: section-b.sh FOLDER SERVICE REPOSITORY TAG HEALTH_URL GATEWAY_URL DIRECT_URL IN_A_ROW EVERY_SECONDS POLL_SECONDS
set -eu
folder=$1 service=$2 repository=$3 tag=$4 health=$5 gateway=$6 direct=$7 in_a_row=$8 every=$9
shift 9
poll=$1
give_up() { echo "section-b: $1" >&2; exit 1; }
cd "$folder"

# Step 1: stop the service
docker-compose stop "$service"

# Step 2: look for the previous image
docker images | grep "$repository"
docker images | grep "$repository" | grep -qw "$tag" || give_up "no image $repository:$tag"

# Step 3: the compose file (option 1)
cp docker-compose.yml docker-compose.yml.before
sed -i "s|^\( *image:\) *$repository:.*|\1 $repository:$tag|" docker-compose.yml
grep -q "image: $repository:$tag\$" docker-compose.yml || give_up "docker-compose.yml was not changed"

# Step 5: start it again
docker-compose rm -f "$service"
docker-compose up -d "$service"

# Step 6: logs
tries=600
until docker-compose logs "$service" | grep 'Started .* in .* seconds'; do
  [ $((tries -= 1)) -gt 0 ] || give_up "no start line: $(docker-compose logs --tail 50 "$service")"
  sleep "$poll"
done

# Step 7: health check
up=0 tries=100
while :; do
  case $(curl -fsS -m 5 "$health" || true) in
  *'"status":"UP"'*) up=$((up + 1)) wait=$every ;;
  *) up=0 wait=$poll ;;
  esac
  [ "$up" -lt "$in_a_row" ] || break
  [ $((tries -= 1)) -gt 0 ] || give_up "not healthy"
  sleep "$wait"
done
echo "UP $up times in a row"

# Step 8: the API, through the gateway and direct
curl -fsS -m 5 "$gateway" | grep '"id":1'
curl -fsS -m 5 "$direct" | grep '"id":1'
