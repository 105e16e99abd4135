#!/usr/bin/env bash
# Installs what the tests need, runs every suite, and ends in one line:
# "N passed, N failed" (and ", N skipped" when something was). Exit 0 only when
# nothing failed; 2 when something is missing that needs root to install.
#
#   test.sh            all suites
#   test.sh go ui      only these
source "$(dirname "$0")/lib.sh"

suites=("$@")
[ ${#suites[@]} -gt 0 ] || suites=(check go ui browser window conformance service)
mkdir -p build/cache
# What was said is kept, so that the end can name what failed.
said=$PWD/build/cache/test.log
exec 3>&1 > >(tee "$said") 2>&1
copy=$!
counts=$PWD/build/cache/counts
passed=0 failed=0 skipped=0

# add PASSED FAILED SKIPPED: a suite's numbers join the sum.
add() {
	passed=$((passed + $1)) failed=$((failed + $2)) skipped=$((skipped + $3))
}
# counted SCRIPT: runs a script that writes its numbers to $COUNTS; one that
# leaves none behind has failed as a whole.
counted() {
	rm -f "$counts"
	COUNTS=$counts bash "$@" || true
	# shellcheck disable=SC2046 # three numbers on one line
	if [ -s "$counts" ]; then add $(cat "$counts"); else add 0 1 0; fi
}

suite_check() { counted build/check.sh; }

suite_go() {
	local log=build/cache/go-test.log
	tool gotestsum --no-color --format standard-quiet --hide-summary=skipped \
		--jsonfile build/cache/go-test.json -- -race -shuffle=on -timeout 15m ./... 2>&1 |
		tee "$log" | grep -v '^-test.shuffle' || true
	# shellcheck disable=SC2046
	add $(go_counts "$log")
}

# The page's type check is part of check; here its tests run.
suite_ui() {
	has_ui || return 0
	local log=build/cache/ui-test.json
	rm -f "$log"
	(cd frontend && npx --no-install vitest run --reporter=default --reporter=json --outputFile.json="../$log") || true
	[ -s "$log" ] || { add 0 1 0; return; }
	# A file that does not load holds no failed test, yet it has failed.
	# shellcheck disable=SC2046
	add $(node -p 'const r = JSON.parse(require("fs").readFileSync(process.argv[1]));
		const broken = r.testResults.filter(f => f.status === "failed" && !f.assertionResults.some(a => a.status === "failed")).length;
		`${r.numPassedTests} ${r.numFailedTests + broken} ${r.numPendingTests + r.numTodoTests}`' "$log")
}

# The page in Chromium against the real binary; E2E_FULL=1 adds the long
# measurements.
suite_browser() {
	need chromium:chromium /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc:fonts-noto-cjk
	bash build/build.sh
	local log=build/cache/browser-test.json
	rm -f "$log"
	(cd frontend && npx --no-install vitest run --config vitest.e2e.config.ts --reporter=default --reporter=json --outputFile.json="../$log") || true
	[ -s "$log" ] || { add 0 1 0; return; }
	# shellcheck disable=SC2046
	add $(node -p 'const r = JSON.parse(require("fs").readFileSync(process.argv[1])); `${r.numPassedTests} ${r.numFailedTests} ${r.numPendingTests}`' "$log")
}

suite_window() { counted build/test-window.sh; }

suite_conformance() { counted build/conformance.sh; }

suite_service() { counted build/test-service.sh; }

# One call, so that a person without root is told everything at once. (The
# service test needs root, so only root needs what it needs.)
packages=(git:git gcc:gcc /usr/include/stdlib.h:libc6-dev '/usr/lib/postgresql/*/bin/initdb:postgresql' node:nodejs npm:npm)
[ "$(id -u)" != 0 ] || packages+=(systemd-nspawn:systemd-container systemd-sysusers:systemd curl:curl)
need "${packages[@]}"
need_go
need_node
testdata
for suite in "${suites[@]}"; do
	say "== $suite"
	"suite_$suite"
done
# Back to the first output. The copy ends, whole, before it is read; a process
# that was left behind may hold it open, and is not waited for.
exec 1>&3 2>&3 3>&-
for _ in {1..50}; do
	kill -0 "$copy" 2>/dev/null || break
	sleep 0.1
done
sed 's/\x1b\[[0-9;]*m//g' "$said" | grep -aE '^ *(FAIL |=== FAIL|--- FAIL|not ok|WARNING: DATA RACE|panic: )' | sort -u | head -n 60 || true
summary "$passed" "$failed" "$skipped"
[ "$failed" = 0 ]
