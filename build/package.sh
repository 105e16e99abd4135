#!/usr/bin/env bash
# Builds build/dist/headwater_VERSION_amd64.deb (OUT names another place,
# PACKAGE_VERSION another version of the package alone).
source "$(dirname "$0")/lib.sh"

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
printf 'headwater (%s) stable; urgency=medium\n\n  * Built from commit %s.\n\n -- Headwater maintainers <packages@headwater.invalid>  %s\n' \
	"$PACKAGE_VERSION" "$(git rev-parse --short HEAD)" "$(date -u -R -d "@$SOURCE_DATE_EPOCH")" |
	gzip -9n >"$stage/changelog.Debian.gz"
out=${OUT:-build/dist/headwater_${PACKAGE_VERSION}_amd64.deb}
tool nfpm package --config installer/linux/nfpm.yaml --packager deb --target "$out" >/dev/null
say "$out"
