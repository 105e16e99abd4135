#!/bin/sh
# Debian postinst. First installation: accounts, state directory, enable, start.
# Upgrade: restart; a service that the administrator disabled stays disabled.
set -e
[ "$1" = configure ] || exit 0

if command -v systemd-sysusers >/dev/null; then
	systemd-sysusers headwater.conf
else
	getent group headwater-admin >/dev/null || groupadd --system headwater-admin
	getent passwd headwater >/dev/null ||
		useradd --system --user-group --home-dir /var/lib/headwater --shell /usr/sbin/nologin headwater
fi
# As the unit would make it, so that commands work before the first start.
install -d -o headwater -g headwater -m 0700 /var/lib/headwater

deb-systemd-helper unmask headwater.service >/dev/null || true
if deb-systemd-helper --quiet was-enabled headwater.service; then
	deb-systemd-helper enable headwater.service >/dev/null || true
else
	deb-systemd-helper update-state headwater.service >/dev/null || true
fi

[ -d /run/systemd/system ] || exit 0
systemctl --system daemon-reload >/dev/null || true
if [ -n "$2" ]; then
	deb-systemd-invoke restart headwater.service >/dev/null || true
	exit 0
fi
deb-systemd-invoke start headwater.service >/dev/null || true
cat <<'TEXT'
Headwater serves on http://127.0.0.1:4100 and is administered on http://127.0.0.1:4101.
Show the one-time setup code:      sudo headwater setup-code
Administer it without sudo:        sudo adduser YOU headwater-admin
TEXT
