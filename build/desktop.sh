#!/usr/bin/env bash
# Builds build/bin/headwater-desktop, the window, with the page inside.
source "$(dirname "$0")/lib.sh"

need_window
bash build/build.sh
go build -tags desktop,production,webkit2_41 -trimpath -buildmode=pie -ldflags "-s -w -X main.version=$(version)" -o build/bin/headwater-desktop ./app
say "build/bin/headwater-desktop $(version)"
