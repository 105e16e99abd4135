#!/usr/bin/env bash
# The real window under a virtual display, driven through WebKit's inspector.
# Its pictures are in build/cache/window. With COUNTS=FILE the numbers go there.
source "$(dirname "$0")/lib.sh"

need Xvfb:xvfb xauth:xauth dbus-run-session:dbus
need_window
bash build/build.sh
go build -tags desktop,production,devtools,webkit2_41 -trimpath -o build/cache/headwater-window-test ./app
home=$(mktemp -d)
trap 'kill "${screen:-}" 2>/dev/null || true; rm -rf "$home"' EXIT
mkdir -p build/cache/window
Xvfb -displayfd 3 -screen 0 1400x900x24 -nolisten tcp 3>"$home/display" 2>/dev/null &
screen=$!
for _ in $(seq 100); do [ -s "$home/display" ] && break; sleep 0.1; done
log=build/cache/window-test.log
DISPLAY=:$(cat "$home/display") HOME=$home XDG_RUNTIME_DIR=$home XDG_CONFIG_HOME=$home/config GOCACHE=$(go env GOCACHE) GOMODCACHE=$(go env GOMODCACHE) GOPATH=$(go env GOPATH) \
	HEADWATER_BINARY=$PWD/build/bin/headwater HEADWATER_WINDOW=$PWD/build/cache/headwater-window-test HEADWATER_SHOTS=$PWD/build/cache/window \
	dbus-run-session -- go tool -modfile=build/tools/go.mod gotestsum --no-color --format standard-verbose -- -count=1 -tags window -timeout 5m -v ./app/windowtest 2>&1 |
	tee "$log" || true
[ -z "${COUNTS:-}" ] || go_counts "$log" >"$COUNTS"
read -r passed failed skipped <<<"$(go_counts "$log")"
summary "$passed" "$failed" "$skipped"
[ "$failed" = 0 ]
