#!/usr/bin/env bash
# Measures the gateway beside nginx on this machine (docs/performance.md).
#
#   bench.sh          five pairs of three seconds
#   bench.sh full     fifteen pairs of ten seconds
#   bench.sh pgo      measures nothing; records build/headwater.pgo
source "$(dirname "$0")/lib.sh"

need nginx:nginx-light
bash build/build.sh
case ${1:-} in
full) set -- -rounds 15 -duration 10s -starts 20 ;;
pgo) set -- -duration 30s -pgo build/headwater.pgo ;;
*) set -- ;;
esac
go run ./backend/internal/bench "$@"
