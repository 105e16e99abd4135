#!/usr/bin/env bash
# The full stories of backend/internal/resilience against the shipped binary:
# kills, outages, hang-ups and hostile input, with the figures as required; then
# a thousand hours of incidents in virtual time (backend/internal/healthsim).
# Takes about three quarters of an hour; wants a quiet machine, and root for a small disk of
# its own that it fills. Writes docs/resilience.md and ends in "N passed, N failed".
source "$(dirname "$0")/lib.sh"

need git:git
need_go
testdata
[ -n "${HEADWATER_TESTDATA:-}" ] || loud "HEADWATER_TESTDATA is not set: the corpora of hostile input are left out"
bash build/build.sh
figures=$(mktemp)
hours=$(mktemp)
log=$(mktemp)
trap 'rm -f "$figures" "$hours" "$log"' EXIT
status=0
HEADWATER_RESILIENCE=full HEADWATER_RESILIENCE_OUT=$figures HEADWATER_BIN=$PWD/build/bin/headwater \
	tool gotestsum --no-color --format standard-verbose -- -count=1 -timeout 90m ./backend/internal/resilience 2>&1 | tee "$log" || status=1
HEADWATER_RESILIENCE=full tool gotestsum --no-color --format standard-verbose -- -count=1 -timeout 90m ./backend/internal/healthsim 2>&1 | tee "$hours" || status=1
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
9. The primary upstream refuses connections while an alternative is up.
10. The primary accepts connections and says nothing.
11. Streams are cut at every kind of byte.
12. Callers hang up, send broken bodies and are refused; hedges are lost: nobody is blamed.
13. Everything is refused and every breaker is open; callers go on.
14. Ten times as many calls come as the upstream can answer.
15. One app sends requests that every upstream fails on, beside another app.
16. Upstreams ask for time in every way there is, and in none.
17. The service is killed, and stopped, in the middle of an outage.
18. Two cloud upstreams are down; a local model is the third tier.
19. A local engine loads a model that is not in memory.
20. Every fault is rehearsed by a fire drill.
21. A crowd of calls meets all faults and all kinds of tier.
22. One target fails and is repaired under a call a second.

TEXT
	{
		printf '\n## In virtual time\n\nThe registry of health and the planner of routes, hour after hour on a clock of their own.\n\n'
		head='| about | property | figure required | measured |\n|---|---|---|---|\n'
		# Tests run side by side: the file a row comes from says what it is about.
		rows=$(sed -nE 's/^ *([a-z]+)_test\.go:[0-9]+: \| /| \1 | /p' "$hours")
		whole='^\| (hour|storm) \|'
		printf '%b' "$head"
		grep -E "$whole" <<<"$rows"
		# The single stories are many rows alike: there for who looks for one.
		printf '\n<details><summary>%s single stories</summary>\n\n%b' "$(grep -cvE "$whole" <<<"$rows")" "$head"
		grep -vE "$whole" <<<"$rows"
		printf '\n</details>\n'
	} >>docs/resilience.md
	cat "$hours" >>"$log"
fi
# shellcheck disable=SC2046
summary $(go_counts "$log")
exit "$status"
