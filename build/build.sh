#!/usr/bin/env bash
# Builds build/bin/headwater: the page first when there is one and it is older
# than its sources, then one static binary with the page inside, optimised for
# the load that `make pgo` recorded.
source "$(dirname "$0")/lib.sh"

need git:git
need_go
if has_page; then need_node; fi
if has_page && [ -n "$(find frontend -path frontend/node_modules -prune -o -path frontend/dist -prune \
	-o -type f -newer frontend/dist/index.html -print -quit 2>/dev/null || echo first)" ]; then
	say "building the page"
	npm --prefix frontend run --silent build
	node frontend/budget.mjs
fi
CGO_ENABLED=0 go build -trimpath -pgo=build/headwater.pgo -ldflags "-s -w -X main.version=$(version)" -o build/bin/headwater ./backend/cmd/headwater
say "build/bin/headwater $(version)"
