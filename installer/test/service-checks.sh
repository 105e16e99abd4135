#!/bin/bash
# The checks of service-test.sh; runs as root under the booted systemd.
set -u
passed=0 failed=0
data=http://127.0.0.1:4100
state=/var/lib/headwater

# check NAME COMMAND...: one line, and what the command said when it failed.
check() {
	local name=$1
	shift
	if "$@" >/tmp/check.out 2>&1; then
		echo "ok    $name$(sed -n 's/^note: / - /p' /tmp/check.out)"
		passed=$((passed + 1))
	else
		echo "FAIL  $name"
		sed 's/^/      /' /tmp/check.out
		failed=$((failed + 1))
	fi
}
pid() { systemctl show headwater -p MainPID --value; }
healthy() { curl -fs -o /dev/null -m 2 "$data/healthz"; }
# within MILLISECONDS COMMAND...: succeeds as soon as the command does.
within() {
	local end=$(($(date +%s%3N) + $1))
	shift
	until "$@"; do
		[ "$(date +%s%3N)" -lt "$end" ] || return 1
		sleep 0.05
	done
}
not() { ! "$@"; }
same() { [ "$1" = "$2" ] || { echo "got '$1', want '$2'"; return 1; }; }
mode() { stat -c '%a %U %G' "$1" 2>&1; }
# status LINE: the main process has such a line in its /proc status.
status() { grep -q "$1" "/proc/$(pid)/status"; }
owner() { ps -o user= -p "$(pid)"; }
fingerprint() { sha256sum "$state/secret.key"; }
code() { headwater setup-code 2>/dev/null | grep -oE '[A-Z0-9]{4,}(-[A-Z0-9]{4,})+|[A-Za-z0-9]{8,}' | head -n 1; }
crash() {
	local before start
	before=$(pid)
	[ "$before" -gt 1 ] || return 1
	start=$(date +%s%3N)
	kill -9 "$before"
	within 1000 not healthy
	within $((3000 - ($(date +%s%3N) - start))) healthy || return 1
	echo "note: serving after $(($(date +%s%3N) - start)) ms"
	[ "$(pid)" != "$before" ]
}
nothing_left() {
	local left=0 path
	for path in $files $state /etc/headwater /run/headwater /etc/systemd/system/headwater.service \
		/etc/systemd/system/multi-user.target.wants/headwater.service; do
		if [ -e "$path" ] || [ -L "$path" ]; then
			echo "left: $path"
			left=1
		fi
	done
	find /var/lib/systemd/deb-systemd-helper* -name '*headwater*' 2>/dev/null | grep . && left=1
	getent passwd headwater && left=1
	getent group headwater && left=1
	getent group headwater-admin && left=1
	dpkg -s headwater 2>/dev/null && left=1
	return $left
}

check "first package installs" dpkg -i /headwater-share/first.deb
check "is active" systemctl is-active --quiet headwater
check "is enabled" systemctl is-enabled --quiet headwater
check "answers /healthz with 200" within 5000 healthy
if [ "$failed" != 0 ]; then
	systemctl status --no-pager --full headwater
	systemctl list-jobs --no-pager
	journalctl --no-pager -n 30
	echo "$passed passed, $failed failed"
	exit 1
fi
check "runs as user headwater" same "$(owner)" headwater
check "runs with a system call filter" status '^Seccomp:.2'
check "cannot gain privileges" status '^NoNewPrivs:.1'
check "state directory is its own" same "$(mode $state)" "700 headwater headwater"
check "key file is its own" same "$(mode $state/secret.key)" "600 headwater headwater"
within 3000 test -e /run/headwater/admin.token
check "token is for the administrators' group" same "$(mode /run/headwater/admin.token)" "640 headwater headwater-admin"
useradd --no-create-home --groups headwater-admin keeper
useradd --no-create-home stranger
check "a member of that group administers" runuser -u keeper -- env HOME=/nonexistent headwater status
check "nobody else does" not runuser -u stranger -- env HOME=/nonexistent headwater status
check "prints a setup code" test -n "$(code)"
check "setup code leaves no file of root's" test -z "$(find $state -user root)"
check "the practice model answers through it" sh -c "$(headwater practice 2>/dev/null | grep '^curl') -f | grep -q choices"
check "service install leaves the package's unit alone" not headwater service install
check "service status says running" sh -c 'headwater service status | grep -q running'
check "serves again within 3 s of SIGKILL" crash
check "and after the second one" crash
check "stops" systemctl stop headwater
check "stopped means closed" not healthy
check "stopped by SIGTERM, not by force" same "$(systemctl show headwater -p Result --value)" success
check "starts" systemctl start headwater
check "serves after the start" within 5000 healthy
before=$(fingerprint)
check "second package installs over it" dpkg -i /headwater-share/second.deb
check "serves after the upgrade" within 5000 healthy
check "upgrade keeps the key file" same "$(fingerprint)" "$before"
check "upgrade keeps the configuration" sh -c 'headwater app list --tenant practice | grep -q practice'
systemctl disable -q --now headwater
check "upgrade leaves a disabled service disabled" sh -c 'dpkg -i /headwater-share/second.deb && ! systemctl is-enabled -q headwater'
cp /usr/bin/headwater /usr/local/bin/headwater
files=$(dpkg -L headwater | while read -r f; do [ -d "$f" ] || echo "$f"; done)
check "removing keeps the state" sh -c "dpkg -r headwater && test -s $state/secret.key"
check "purges" dpkg -P headwater
check "purge leaves nothing" nothing_left

# Without a package the program makes itself a service, with the same unit.
hash -r
unit=/etc/systemd/system/headwater.service
check "service install" headwater service install
check "service start" headwater service start
check "its own service serves" within 5000 healthy
check "its own service runs as user headwater" same "$(owner)" headwater
check "its own service serves again within 3 s of SIGKILL" crash
sum=$(sha256sum $unit)
check "service install again changes nothing" sh -c "headwater service install && sha256sum $unit | grep -q '${sum%% *}'"
sed -i s/RestartSec=1/RestartSec=9/ $unit
check "service install repairs the unit" sh -c "headwater service install && sha256sum $unit | grep -q '${sum%% *}'"
check "service restart" headwater service restart
check "serves after service restart" within 5000 healthy
check "service stop" headwater service stop
check "service stop closes" not healthy
check "service uninstall keeps the state" sh -c "headwater service uninstall && test ! -e $unit && test -s $state/secret.key"

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
