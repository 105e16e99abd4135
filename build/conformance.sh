#!/usr/bin/env bash
# The official OpenAI SDKs for Go and JavaScript against the real binary, whose
# upstreams replay recorded traffic. Ends in one line: "N passed, N failed".
# Needs HEADWATER_TESTDATA, the folder with traffic/; without it the suite is
# skipped with one loud line. HEADWATER_BIN names a binary that is there
# already. With COUNTS=FILE the numbers go there too.
#
#   conformance.sh            both clients
#   conformance.sh --write    the same, and writes docs/conformance.md from the run
source "$(dirname "$0")/lib.sh"

suite=$PWD/backend/conformance
if [ -z "${HEADWATER_TESTDATA:-}" ] && [ -d ../shared/data/traffic ]; then
	HEADWATER_TESTDATA=$(cd ../shared/data && pwd)
	export HEADWATER_TESTDATA
fi
if [ -z "${HEADWATER_TESTDATA:-}" ]; then
	loud "SKIPPED: the conformance suite needs HEADWATER_TESTDATA, the folder with the recorded traffic"
	[ -z "${COUNTS:-}" ] || say "0 0 1" >"$COUNTS"
	say "0 passed, 0 failed, 1 skipped"
	exit 0
fi
need_go
need node:nodejs npm:npm

out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
export HEADWATER_CONFORMANCE_OUT=$out
if [ -z "${HEADWATER_BIN:-}" ]; then
	CGO_ENABLED=0 go build -trimpath -ldflags "-X main.version=$(version)" -o "$out/headwater" ./backend/cmd/headwater
	export HEADWATER_BIN=$out/headwater
fi
(cd "$suite" && go build -o "$out/stage" ./cmd/stage)
export HEADWATER_STAGE=$out/stage
if [ ! "$suite/js/node_modules/.package-lock.json" -nt "$suite/js/package-lock.json" ]; then
	# The SDK asks for a newer Node than the page needs; what it uses here is in both.
	npm --prefix "$suite/js" ci --no-audit --no-fund --loglevel=error
fi

say "== Go SDK"
(cd "$suite" && go test -count=1 -timeout 10m -parallel 4 -v ./... >"$out/go.log" 2>&1) || true
say "== JS SDK"
(cd "$suite/js" && node --test --test-reporter=tap conformance.test.js >"$out/js.log" 2>&1) || true

count() { grep -cE -- "$1" "$2" || true; }
go_passed=$(count '^ *--- PASS: ' "$out/go.log") go_failed=$(count '^ *--- FAIL: ' "$out/go.log")
go_skipped=$(count '^ *--- SKIP: ' "$out/go.log")
tap() { awk -v what="$1" '$1 == "#" && $2 == what {n = $3} END {print n + 0}' "$out/js.log"; }
js_passed=$(tap pass) js_failed=$(tap fail) js_skipped=$(tap skipped)
# A client that could not even start has failed as a whole.
[ "$((go_passed + go_failed))" -gt 0 ] || go_failed=1
[ "$((js_passed + js_failed))" -gt 0 ] || js_failed=1

if [ "$go_failed" != 0 ]; then
	grep -vE '^ *(=== |--- (PASS|SKIP): )' "$out/go.log" | tail -n 200
fi
if [ "$js_failed" != 0 ]; then
	awk '/^ *not ok/ {show = 1} /^ *(ok|1\.\.)/ {show = 0} show' "$out/js.log" | head -n 200
	tail -n 20 "$out/js.log"
fi
grep -hE '^(# )?((Go|JS) SDK.*|requests that arrived whole): equal' "$out/go.log" "$out/js.log" | sed 's/^# //' || true
if [ "${1:-}" = --write ] && [ -s "$out/go.json" ] && [ -s "$out/js.json" ]; then
	(cd "$suite" && go run ./cmd/report -dir "$out" \
		-go "$go_passed passed, $go_failed failed" -js "$js_passed passed, $js_failed failed") >"$out/conformance.md"
	cp "$out/conformance.md" docs/conformance.md
	say "wrote docs/conformance.md"
fi

passed=$((go_passed + js_passed)) failed=$((go_failed + js_failed)) skipped=$((go_skipped + js_skipped))
[ -z "${COUNTS:-}" ] || say "$passed $failed $skipped" >"$COUNTS"
line="$passed passed, $failed failed"
[ "$skipped" = 0 ] || line="$line, $skipped skipped"
say "$line"
[ "$failed" = 0 ]
