#!/bin/sh
# Debian postrm. Removing keeps configuration, logs and accounts; purging
# leaves nothing.
set -e
[ ! -d /run/systemd/system ] || systemctl --system daemon-reload >/dev/null || true
helper() {
	! command -v deb-systemd-helper >/dev/null || deb-systemd-helper "$@" headwater.service >/dev/null || true
}
case "$1" in
remove)
	helper mask
	;;
purge)
	helper purge
	helper unmask
	rm -rf /var/lib/headwater /etc/headwater /run/headwater
	! getent passwd headwater >/dev/null || userdel headwater
	! getent group headwater >/dev/null || groupdel headwater
	! getent group headwater-admin >/dev/null || groupdel headwater-admin
	;;
esac
