#!/usr/bin/env bash
# Installs the Debian package under a real systemd and proves that it lives
# like a service should. systemd is booted in its own namespaces, with a
# loopback-only network, over a throw-away overlay of this machine's root, so
# nothing here is touched and nothing is downloaded. Needs root, overlayfs and
# systemd-container.
#
#   service-test.sh FIRST.deb SECOND.deb     SECOND has the higher version
#
# Prints one line per check and "N passed, N failed"; exit 1 when one failed,
# 2 when the machine cannot boot a systemd at all.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d /tmp/headwater-service.XXXXXX)
cleanup() {
	umount "$work/root" 2>/dev/null || true
	umount "$work/tmpfs" 2>/dev/null || true
	rm -rf "$work"
}
trap cleanup EXIT
mkdir "$work/tmpfs" "$work/root" "$work/share" "$work/out"
cp "$1" "$work/share/first.deb"
cp "$2" "$work/share/second.deb"
cp "$here/service-checks.sh" "$work/share/"

mount -t tmpfs -o size=2g tmpfs "$work/tmpfs" || exit 2
mkdir "$work/tmpfs/upper" "$work/tmpfs/work"
mount -t overlay overlay -o "lowerdir=/,upperdir=$work/tmpfs/upper,workdir=$work/tmpfs/work" "$work/root" || exit 2
mkdir -p "$work/root/headwater-share" "$work/root/headwater-out"
# What makes a root a container's: packages would not start their services.
rm -f "$work/root/.dockerenv" "$work/root/usr/sbin/policy-rc.d"
: >"$work/root/etc/machine-id"

cat >"$work/root/etc/systemd/system/headwater-test.service" <<'UNIT'
[Unit]
Description=Checks of the Headwater package
DefaultDependencies=no
Wants=basic.target dbus.socket
After=basic.target dbus.socket

[Service]
Type=oneshot
ExecStart=/bin/bash /headwater-share/service-checks.sh
StandardOutput=append:/headwater-out/log
StandardError=append:/headwater-out/log
ExecStopPost=/bin/sh -c 'systemctl exit $EXIT_STATUS --no-block'
UNIT

status=0
timeout "${SERVICE_TEST_SECONDS:-180}" systemd-nspawn -q --register=no --keep-unit --private-network \
	--machine=headwater-test -D "$work/root" --bind-ro="$work/share:/headwater-share" \
	--bind="$work/out:/headwater-out" -b systemd.unit=headwater-test.service \
	>"$work/out/console" 2>&1 </dev/null || status=$?
if [ ! -s "$work/out/log" ]; then
	tail -n 20 "$work/out/console" >&2
	exit 2
fi
cat "$work/out/log"
if ! grep -qE '^[0-9]+ passed, [0-9]+ failed$' "$work/out/log"; then
	tail -n 20 "$work/out/console" >&2
	echo "the checks did not end (status $status)"
	echo "0 passed, 1 failed"
	exit 1
fi
exit "$status"
