#!/usr/bin/env bash
# Builds build/dist/headwater_VERSION_amd64.deb and, unless only the gateway is
# asked for (package.sh gateway), headwater-desktop_VERSION_amd64.deb. OUT names
# another place for the gateway's, PACKAGE_VERSION another version.
source "$(dirname "$0")/lib.sh"

[ "${1:-}" = gateway ] || bash build/desktop.sh
bash build/build.sh
stage=build/cache/package
mkdir -p "$stage" build/dist
go run ./backend/internal/ossvc/renderunit >"$stage/headwater.service"
PACKAGE_ARCH=amd64
PACKAGE_VERSION=${PACKAGE_VERSION:-$(version)}
export PACKAGE_ARCH PACKAGE_VERSION
# The date of the commit, so that the same tree gives the same package.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
export SOURCE_DATE_EPOCH

# changelog NAME: of the package, in Debian's form.
changelog() {
	printf '%s (%s) stable; urgency=medium\n\n  * Built from commit %s.\n\n -- Headwater maintainers <packages@headwater.invalid>  %s\n' \
		"$1" "$PACKAGE_VERSION" "$(git rev-parse --short HEAD)" "$(date -u -R -d "@$SOURCE_DATE_EPOCH")" | gzip -9n
}
# pack CONFIG OUT: one package.
pack() {
	tool nfpm package --config "$1" --packager deb --target "$2" >/dev/null
	say "$2"
}
changelog headwater >"$stage/changelog.Debian.gz"
pack installer/linux/nfpm.yaml "${OUT:-build/dist/headwater_${PACKAGE_VERSION}_amd64.deb}"
[ "${1:-}" != gateway ] || exit 0
changelog headwater-desktop >"$stage/changelog-desktop.Debian.gz"
pack installer/linux/nfpm-desktop.yaml "build/dist/headwater-desktop_${PACKAGE_VERSION}_amd64.deb"
