#!/usr/bin/env bash
# The full stories of backend/internal/resilience against the shipped binary:
# kills, outages, hang-ups and hostile input, with the figures as required.
# Takes about half an hour; wants a quiet machine. Writes docs/resilience.md
# and ends in "N passed, N failed".
source "$(dirname "$0")/lib.sh"

need git:git
need_go
testdata
bash build/build.sh
figures=$(mktemp)
log=$(mktemp)
trap 'rm -f "$figures" "$log"' EXIT
status=0
HEADWATER_RESILIENCE=full HEADWATER_RESILIENCE_OUT=$figures HEADWATER_BIN=$PWD/build/bin/headwater \
	tool gotestsum --no-color --format standard-verbose -- -count=1 -timeout 90m ./backend/internal/resilience 2>&1 | tee "$log" || status=1
if [ -s "$figures" ]; then
	{
		say "# Resilience"
		say ""
		say "What \`make resilience\` measured on $(date -u +%F), version $(version), $(nproc) cores, Linux $(uname -r):"
		say "the shipped binary, over real sockets. What each story does is told in \`backend/internal/resilience\`."
		say ""
		cat "$figures"
	} >docs/resilience.md
fi
# shellcheck disable=SC2046
summary $(go_counts "$log")
exit "$status"
