# $1: what to do there; the rest goes to it. Runs it in a session of its own, or where there is no
# setsid in a process group of its own, so that Ctrl-C at our terminal does not reach it. Bash makes
# one without a terminal too; not every sh does.
if command -v setsid >/dev/null 2>&1; then
  setsid sh -c "$@" </dev/null >/dev/null 2>&1 &
else
  bash -c 'set -m; sh -c "$@" </dev/null >/dev/null 2>&1 &' bash "$@"
fi
