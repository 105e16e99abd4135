#!/usr/bin/env bash
# Builds and runs the gateway from this tree, with its state in build/run (or
# HEADWATER_STATE_DIR). PRACTICE=1, or a yes at the prompt on a first start,
# adds a tenant, an app and a key on the built-in simulator and prints a
# request that works at once.
source "$(dirname "$0")/lib.sh"

bash build/build.sh
export HEADWATER_STATE_DIR=${HEADWATER_STATE_DIR:-$PWD/build/run}
mkdir -p -m 0700 "$HEADWATER_STATE_DIR"

practice=${PRACTICE:-}
if [ -z "$practice" ] && [ -t 0 ] && [ ! -e "$HEADWATER_STATE_DIR/headwater.db" ]; then
	read -r -p "Add a practice app and key on the built-in simulator? [y/N] " answer || answer=
	case $answer in [yY]*) practice=1 ;; esac
fi
[ "$practice" = 1 ] || exec build/bin/headwater run

build/bin/headwater run &
gateway=$!
# Ctrl-C reaches the gateway by itself, and a second signal would be its end;
# here it only must not end the waiting.
trap : INT
trap 'kill -TERM "$gateway" 2>/dev/null || true' TERM
# 3 is "nobody answers yet".
for _ in {1..600}; do
	status=0
	build/bin/headwater status >/dev/null 2>&1 || status=$?
	[ "$status" = 3 ] && kill -0 "$gateway" 2>/dev/null || break
	sleep 0.1
done
build/bin/headwater practice || kill -TERM "$gateway" 2>/dev/null || true
status=0
while kill -0 "$gateway" 2>/dev/null; do
	wait "$gateway" && status=0 || status=$?
done
exit "$status"
