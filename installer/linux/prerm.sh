#!/bin/sh
# Debian prerm. An upgrade does not stop the service: postinst restarts it, so
# the gap is one restart long.
set -e
if [ "$1" = remove ] && [ -d /run/systemd/system ]; then
	deb-systemd-invoke stop headwater.service >/dev/null || true
fi
