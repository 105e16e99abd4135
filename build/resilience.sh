#!/usr/bin/env bash
# The full stories of backend/internal/resilience against the shipped binary:
# kills, outages, hang-ups and hostile input, with the figures as required.
# Takes about ten minutes; wants a quiet machine, and root for a small disk of
# its own that it fills. Writes docs/resilience.md and ends in "N passed, N failed".
source "$(dirname "$0")/lib.sh"

need git:git
need_go
testdata
[ -n "${HEADWATER_TESTDATA:-}" ] || loud "HEADWATER_TESTDATA is not set: the corpora of hostile input are left out"
bash build/build.sh
figures=$(mktemp)
log=$(mktemp)
trap 'rm -f "$figures" "$log"' EXIT
status=0
HEADWATER_RESILIENCE=full HEADWATER_RESILIENCE_OUT=$figures HEADWATER_BIN=$PWD/build/bin/headwater \
	tool gotestsum --no-color --format standard-verbose -- -count=1 -timeout 90m ./backend/internal/resilience 2>&1 | tee "$log" || status=1
if [ -s "$figures" ]; then
	cat - "$figures" >docs/resilience.md <<TEXT
# Resilience

What \`make resilience\` measured on $(date -u +%F), version $(version), $(nproc) cores, Linux $(uname -r), $(go env GOVERSION):
the shipped binary, over real sockets; upstreams, callers and administrators are in another process. The machine is
shared, so times are upper bounds. \`go test ./backend/internal/resilience\` runs a short version of each story.

1. The primary upstream is killed twice under 50 calls a second, half of them streams of two seconds; a second tier can answer.
2. All upstreams are dead and reset every connection; 50 calls a second go on.
3. One upstream comes back and nobody touches anything.
4. The service gets kill -9 while its configuration is changed without a pause.
5. The service gets kill -9 while it answers calls.
6. Callers hang up in the middle of a stream; every second one resets the connection.
7. A burst of bad input: JSONTestSuite, naughty strings, sizes, broken HTTP, foreign Host and Origin.
8. The state directory is locked; its files are deleted, replaced, locked and overwritten while serving; the disk is full.

TEXT
fi
# shellcheck disable=SC2046
summary $(go_counts "$log")
exit "$status"
