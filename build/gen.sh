#!/usr/bin/env bash
# Writes every generated file anew: go generate, the page's types, NOTICE.
source "$(dirname "$0")/lib.sh"

need_go
need_node
go generate ./...
if has_ui && grep -q '"gen":' frontend/package.json; then npm --prefix frontend run --silent gen; fi
bash build/notice.sh
