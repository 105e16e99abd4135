#!/usr/bin/env bash
# Builds two versions of the Debian package and proves, under a real systemd,
# that the service installs, survives a crash, upgrades and leaves nothing
# behind. Ends in "N passed, N failed". Where no systemd can be booted it says
# so in one line and counts as skipped, not as passed.
source "$(dirname "$0")/lib.sh"

skip() {
	loud "SKIPPED: the service test needs $1"
	[ -z "${COUNTS:-}" ] || say "0 0 1" >"$COUNTS"
	say "0 passed, 0 failed, 1 skipped"
	exit 0
}
[ "$(uname -s)" = Linux ] || skip "Linux"
[ "$(id -u)" = 0 ] || skip "root"
need systemd-nspawn:systemd-container curl:curl systemd-sysusers:systemd
unshare -m true 2>/dev/null || skip "a machine that may make mount namespaces"

base=$(version)
VERSION=$base bash build/package.sh gateway
VERSION=$base OUT=build/cache/package/upgrade.deb PACKAGE_VERSION=$base+1 bash build/package.sh gateway

status=0
log=build/cache/service-test.log
bash installer/test/service-test.sh "build/dist/headwater_${base}_amd64.deb" build/cache/package/upgrade.deb | tee "$log" || status=$?
[ "$status" != 2 ] || skip "a kernel that lets systemd boot in a namespace"
read -r good _ bad _ < <(tail -n 1 "$log")
[ -z "${COUNTS:-}" ] || say "$good $bad 0" >"$COUNTS"
exit "$status"
