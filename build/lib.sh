# Shared by the scripts of this folder: `source build/lib.sh` from any of them.
# Leaves the shell in the root of the repository, stopping at the first error.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf '%s\n' "$*"; }
loud() { printf '\n*** %s\n\n' "$*" >&2; }

# tool NAME ARGS...: a pinned tool, built on first use.
tool() { go tool -modfile=build/tools/go.mod "$@"; }

# version: what this tree is called. VERSION wins, then the newest v* tag.
version() {
	local v=${VERSION:-}
	[ -n "$v" ] || v=$(git describe --tags --match 'v[0-9]*' --dirty 2>/dev/null || true)
	v=${v#v}
	say "${v:-0.1.0-dev}"
}

# need PROBE:PACKAGE...: makes sure that each probe (a command, or a file
# pattern when it begins with /) is there, by installing the Debian package that
# brings it. Silent when nothing is missing. Without root it prints one command
# and ends with 2.
need() {
	local pair probe missing=()
	for pair in "$@"; do
		probe=${pair%%:*}
		case $probe in
		/*) compgen -G "$probe" >/dev/null && continue ;;
		*) command -v "$probe" >/dev/null && continue ;;
		esac
		missing+=("${pair#*:}")
	done
	[ ${#missing[@]} -gt 0 ] || return 0
	local apt=(apt-get -o DPkg::Lock::Timeout=240 -qq -y --no-install-recommends install "${missing[@]}")
	if ! command -v apt-get >/dev/null; then
		loud "Missing on this machine: ${missing[*]}"
		exit 2
	fi
	if [ "$(id -u)" != 0 ]; then
		say "sudo apt-get install -y --no-install-recommends ${missing[*]}" >&2
		exit 2
	fi
	say "installing ${missing[*]}"
	# The tests start servers of their own; the package need not.
	if [[ " ${missing[*]} " == *" postgresql "* ]] && [ ! -e /etc/postgresql-common/createcluster.conf ]; then
		mkdir -p /etc/postgresql-common
		say "create_main_cluster = false" >/etc/postgresql-common/createcluster.conf
	fi
	DEBIAN_FRONTEND=noninteractive "${apt[@]}" >/dev/null 2>&1 || {
		apt-get -o DPkg::Lock::Timeout=240 -qq update
		DEBIAN_FRONTEND=noninteractive "${apt[@]}" >/dev/null
	}
}

# need_go: a Go that can read our go.mod (an older one fetches the right one).
need_go() {
	command -v go >/dev/null && return 0
	loud "Go is missing. Install Go $(awk '$1 == "go" {print $2}' go.mod) or newer from https://go.dev/dl/ ."
	exit 2
}

# testdata: tells the tests where recorded traffic lies, when it lies beside us.
testdata() {
	[ -z "${HEADWATER_TESTDATA:-}" ] && [ -d ../shared/data ] || return 0
	HEADWATER_TESTDATA=$(cd ../shared/data && pwd)
	export HEADWATER_TESTDATA
}

# need_window: what the window is built with.
need_window() {
	need_go
	need pkg-config:pkg-config gcc:gcc '/usr/lib/*/pkgconfig/gtk+-3.0.pc:libgtk-3-dev' '/usr/lib/*/pkgconfig/webkit2gtk-4.1.pc:libwebkit2gtk-4.1-dev'
}

has_ui() { [ -f frontend/package.json ]; }
has_page() { [ -f frontend/index.html ]; }

# need_node: Node and the packages of package-lock.json, when there is a frontend.
need_node() {
	has_ui || return 0
	need node:nodejs npm:npm
	local major
	major=$(node -p 'process.versions.node.split(".")[0]')
	if [ "$major" -lt 20 ]; then
		loud "Node $major is too old, the page needs 20.19 or newer: https://nodejs.org/ ."
		exit 2
	fi
	if [ ! frontend/node_modules/.package-lock.json -nt frontend/package-lock.json ]; then
		say "installing the packages of frontend/package-lock.json"
		npm --prefix frontend ci --no-audit --no-fund --loglevel=error
	fi
}

# go_counts LOG: passed, failed and skipped of a gotestsum run. Its last line is
# "DONE 120 tests, 2 skipped, 1 failure, 1 error in 3.1s"; a run without one has
# failed as a whole.
go_counts() {
	awk '/^DONE / {done = 1; t = s = f = 0
		for (i = 2; i < NF; i++) {
			if ($(i + 1) ~ /^tests?,?$/) t = $i
			if ($(i + 1) ~ /^skipped,?$/) s = $i
			if ($(i + 1) ~ /^(failures?|errors?),?$/) f += $i
		}}
		END {if (!done) print 0, 1, 0; else print (t - s - f > 0 ? t - s - f : 0), f, s}' "$1"
}

# summary PASSED FAILED SKIPPED: the last line of a suite.
summary() {
	say "$1 passed, $2 failed$([ "$3" = 0 ] || say ", $3 skipped")"
}
