#!/usr/bin/env bash
# The vendors' own clients against the real binary: every client with every
# kind of upstream (the matrix), and the official OpenAI SDKs for Go and
# JavaScript with upstreams that replay recorded traffic. Ends in one line:
# "N passed, N failed". The recordings need HEADWATER_TESTDATA, the folder with
# traffic/; without it they are skipped with one loud line. HEADWATER_BIN names
# a binary that is there already. With COUNTS=FILE the numbers go there too.
#
#   conformance.sh            matrix and recordings
#   conformance.sh --matrix   the matrix only
#   conformance.sh --agents   matrix, recordings and two coding agents, a large download
#   conformance.sh --write    all that, and writes docs/conformance.md from the run
source "$(dirname "$0")/lib.sh"

suite=$PWD/backend/conformance
testdata
if [ "${1:-}" = --matrix ]; then
	unset HEADWATER_TESTDATA
elif [ -z "${HEADWATER_TESTDATA:-}" ]; then
	loud "SKIPPED: the recordings of the conformance suite need HEADWATER_TESTDATA, the folder with the recorded traffic"
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
# npm_ci DIR: the packages of its lock file.
npm_ci() {
	[ ! "$1/node_modules/.package-lock.json" -nt "$1/package-lock.json" ] || return 0
	# The SDKs ask for a newer Node than the page needs; what they use here is in both.
	npm --prefix "$1" ci --no-audit --no-fund --loglevel=error
}
npm_ci "$suite/js"

# run NAME DIR COMMAND...: one part of the suite, its output in NAME.log.
run() {
	local name=$1 dir=$2
	shift 2
	say "== $name"
	(cd "$dir" && "$@" >"$out/$name.log" 2>&1) || true
}
go_test() { run "$1" "$suite" go test -count=1 -timeout 10m -parallel 4 -v "${@:2}"; }
js_test() { run "$1" "$suite/js" node --test --test-reporter=tap "$2"; }

parts=(matrix-go matrix-js)
go_test matrix-go ./matrix
js_test matrix-js matrix.test.js
if [ -n "${HEADWATER_TESTDATA:-}" ]; then
	parts+=(go js)
	go_test go . ./cmd/...
	js_test js conformance.test.js
fi

if [[ ${1:-} == --agents || ${1:-} == --write ]]; then
	npm_ci "$suite/js/agents"
	parts+=(agents)
	js_test agents agents/agents.test.js
fi

count() { grep -cE -- "$1" "$2" || true; }
tap() { awk -v what="$1" '$1 == "#" && $2 == what {n = $3} END {print n + 0}' "$2"; }
passed=0 failed=0 skipped=0
declare -A counts
for part in "${parts[@]}"; do
	log=$out/$part.log
	case $part in
	*go) p=$(count '^ *--- PASS: ' "$log") f=$(count '^ *--- FAIL: ' "$log") s=$(count '^ *--- SKIP: ' "$log") ;;
	*) p=$(tap pass "$log") f=$(tap fail "$log") s=$(tap skipped "$log") ;;
	esac
	# A part that could not even start has failed as a whole.
	[ "$((p + f))" -gt 0 ] || f=1
	counts[$part]="$p passed, $f failed"
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
	[ "$f" != 0 ] || continue
	say "== $part: ${counts[$part]}"
	case $part in
	*go) grep -vE '^ *(=== |--- (PASS|SKIP): )' "$log" | tail -n 200 ;;
	*)
		awk '/^ *not ok/ {show = 1} /^ *(ok|1\.\.)/ {show = 0} show' "$log" | head -n 200
		tail -n 20 "$log"
		;;
	esac
done
[ -n "${HEADWATER_TESTDATA:-}" ] || [ "${1:-}" = --matrix ] || skipped=$((skipped + 1))
grep -hE '^(# )?((Go|JS) (SDK|matrix).*|requests that arrived whole): (equal|green)' "$out"/*.log | sed 's/^# //' || true
results=("$out"/{go,js,matrix-go,matrix-js}.json)
if [ "${1:-}" = --write ] && [ "$(ls "${results[@]}" 2>/dev/null | wc -l)" = 4 ]; then
	(cd "$suite" && go run ./cmd/report -dir "$out" -go "${counts[go]}" -js "${counts[js]}") >"$out/conformance.md"
	cp "$out/conformance.md" docs/conformance.md
	say "wrote docs/conformance.md"
fi

[ -z "${COUNTS:-}" ] || say "$passed $failed $skipped" >"$COUNTS"
line="$passed passed, $failed failed"
[ "$skipped" = 0 ] || line="$line, $skipped skipped"
say "$line"
[ "$failed" = 0 ]
