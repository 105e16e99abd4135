# Every target is one command; the work is in build/*.sh. `make help` lists them.
# VERSION=1.2.3 names the build; PRACTICE=1 adds a practice app to `make run`.
MAKEFLAGS += --no-print-directory
TOOL := go tool -modfile=build/tools/go.mod

.DEFAULT_GOAL := help
.PHONY: help run build desktop package gen fmt check test test-go test-ui test-ui-full test-window test-service conformance resilience bench bench-full pgo fuzz vuln clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## build and run the gateway here, state in build/run (PRACTICE=1 adds an app)
	@bash build/run.sh

build: ## build build/bin/headwater, one static binary
	@bash build/build.sh

desktop: ## build build/bin/headwater-desktop, the window
	@bash build/desktop.sh

package: ## build the Debian packages of gateway and window in build/dist
	@bash build/package.sh

gen: ## write the generated files anew
	@bash build/gen.sh

fmt: ## format the Go code
	@$(TOOL) golangci-lint fmt -c build/golangci.yml

check: ## format, lint, unreachable code, generated files, page: nothing runs
	@bash build/check.sh

test: ## install what the tests need, run all suites, end in "N passed, N failed"
	@bash build/test.sh

test-go: ## the Go tests alone, with the race detector
	@bash build/test.sh go

test-ui: ## every screen in a real browser against the built binary
	@bash build/test.sh browser

test-ui-full: ## the same with the long measurements of pages under load
	@E2E_FULL=1 bash build/test.sh browser

test-window: ## the real window under a virtual display against the built binary
	@bash build/test.sh window

test-service: ## the Debian package under a real systemd (root)
	@bash build/test.sh service

conformance: ## the official OpenAI SDKs against the binary
	@bash build/test.sh conformance

resilience: ## kills, outages, hang-ups in full length; writes docs/resilience.md
	@bash build/resilience.sh

bench: ## CPU, latency and memory beside nginx
	@bash build/bench.sh

bench-full: ## the same with longer runs and more pairs
	@bash build/bench.sh full

pgo: ## record the profile that the build optimises for
	@bash build/bench.sh pgo

fuzz: ## every fuzz target for FUZZTIME (10s)
	@bash build/fuzz.sh

vuln: ## known vulnerabilities of what is linked (asks vuln.go.dev)
	@$(TOOL) govulncheck ./...

clean: ## remove what was built, not the state in build/run
	@rm -rf build/bin build/dist build/cache
