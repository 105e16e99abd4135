#!/usr/bin/env bash
# Everything that is said about the code without running it. Each step is one
# line; a step that fails shows what it said. With COUNTS=FILE the numbers go
# there too. Exit 1 when a step failed.
source "$(dirname "$0")/lib.sh"

passed=0 failed=0
step() {
	local name=$1 log status=0
	shift
	log=$(mktemp)
	"$@" >"$log" 2>&1 || status=$?
	if [ "$status" = 0 ]; then
		say "ok    $name"
		passed=$((passed + 1))
	else
		say "FAIL  $name"
		sed 's/^/      /' "$log"
		failed=$((failed + 1))
	fi
	rm -f "$log"
}

format() {
	local wrong
	wrong=$(tool golangci-lint fmt -c build/golangci.yml --diff)
	[ -z "$wrong" ] || { say "$wrong" "make fmt corrects this"; return 1; }
}
lint() { tool golangci-lint run -c build/golangci.yml ./...; }
# The fake upstream, the store's suite and the like are code for tests, and
# adminclient is a library for other programs.
dead() {
	local found
	found=$(tool deadcode ./...) || { say "$found"; return 1; }
	found=$(grep -vE '^backend/(adminclient|internal/(testupstream|store/storetest|admin/admintest|dialect/dialecttest))/' <<<"$found" || true)
	[ -z "$found" ] || { say "$found"; return 1; }
}
# Generated files equal what their sources make.
generated() {
	local before after
	before=$(generated_sums)
	bash build/gen.sh >/dev/null
	after=$(generated_sums)
	[ "$before" = "$after" ] || {
		diff <(say "$before") <(say "$after") | grep '^[<>]' || true
		say "now regenerated; review and commit"
		return 1
	}
}
generated_sums() {
	{ git grep -lzE --untracked '^(//|#|/\*+) Code generated .*DO NOT EDIT|"\$generated"' -- '*.go' '*.ts' '*.json' || true
	  printf 'NOTICE\0frontend/src/rpc/openapi.json\0'; } | xargs -0 sha256sum 2>/dev/null
}
scripts() {
	local f
	for f in $(git ls-files '*.sh' .ci/run build/hooks); do bash -n "$f" || return 1; done
}

need git:git
need_go
need_node
step "format" format
step "lint" lint
step "no unreachable code" dead
step "generated files" generated
step "scripts parse" scripts
if has_ui; then step "frontend" npm --prefix frontend run --silent check; fi

[ -z "${COUNTS:-}" ] || say "$passed $failed 0" >"$COUNTS"
[ "$failed" = 0 ]
