#!/bin/sh
# Keeps the embedded Temporal dev server for as long as somebody uses it, and not longer.
#
#   /path/engine.sh serve COMMAND...   starts the server, and again when it dies (three times at most)
#   /path/engine.sh watch              ends the server when its last user is gone
#
# Every user holds the write end of engine.fifo open and has written a line to it. The kernel closes
# that end with its user, however the user ends: end of file means that nobody is left. The server
# and its keeper must not hold it themselves. All files are in the directory of this script.

watch() {
  echo $$ >engine.watch.pid
  # Opened for both first: opening a FIFO for reading alone waits for a writer, who may be dead.
  exec 3<>engine.fifo 4<engine.fifo 3<&-
  while :; do
    while read -r _ <&4; do :; done     # until nobody is left
    mv engine.fifo engine.fifo.closed   # from here nobody can join ...
    read -r _ <&4 || break              # ... and nobody has meanwhile
    mv engine.fifo.closed engine.fifo
  done
  rm -f engine.json
  end_server
  rm -f engine.fifo.closed engine.pid engine.watch.pid
}

end_server() {
  server=$(cat engine.pid 2>/dev/null) || return 0
  kill -TERM "$server" 2>/dev/null || return 0
  tenths=0
  while kill -0 "$server" 2>/dev/null && [ "$tenths" -lt 80 ]; do
    [ "$tenths" -ne 50 ] || kill -KILL "$server" 2>/dev/null
    tenths=$((tenths + 1))
    sleep 0.1
  done
}

serve() {
  sh "$script" watch &
  watcher=$!
  restarts=0
  while :; do
    "$@" &
    server=$!
    echo "$server" >engine.pid.new && mv engine.pid.new engine.pid
    # The last user may have left while the server was being started.
    [ -e engine.fifo ] || kill -TERM "$server" 2>/dev/null
    wait "$server"
    status=$?
    # engine.json says that it has served; one that never did would only fail again.
    if [ ! -e engine.fifo ] || [ ! -e engine.json ] || [ "$restarts" -ge 3 ]; then
      break
    fi
    restarts=$((restarts + 1))
    echo "rollbook: the server ended with status $status and is started again ($restarts of 3)"
  done
  if [ -e engine.fifo ]; then
    # A user is left, but no server: the next one to come starts afresh.
    kill "$(cat engine.watch.pid)" "$watcher" 2>/dev/null
    rm -f engine.json engine.pid engine.watch.pid engine.fifo
  else
    wait "$watcher"
  fi
}

trap '' HUP
script=$0
cd "$(dirname "$0")" || exit 1
mode=$1
shift
"$mode" "$@"
exit
