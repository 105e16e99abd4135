#!/usr/bin/env bash
# Writes NOTICE: every module linked into the programs on any platform we build
# for and every npm package in the page, with version and text of its licence.
source "$(dirname "$0")/lib.sh"

modules() {
	local os
	for os in linux windows darwin; do
		GOOS=$os CGO_ENABLED=0 go list -deps \
			-tags desktop,production,webkit2_41 \
			-f '{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}} {{.Dir}}{{end}}{{end}}' ./backend/cmd/... ./backend/internal/ossvc ./app
	done | sort -u
}

# licence FILE: the name of the licence by its own words.
licence() {
	local text
	text=$(tr -s '[:space:]' ' ' <"$1")
	case $text in
	*"Apache License"*"Version 2.0"*) say Apache-2.0 ;;
	*"Mozilla Public License"*) say MPL-2.0 ;;
	*"endorse or promote products"*) say BSD-3-Clause ;;
	*"Redistribution and use in source and binary forms"*) say BSD-2-Clause ;;
	*"Permission is hereby granted, free of charge"*) say MIT ;;
	*"This software is provided 'as-is'"*) say Zlib ;;
	*"Permission to use, copy, modify, and"*) say ISC ;;
	*) say unknown ;;
	esac
}

# texts DIR: the licence files of a module.
texts() { find "$1" -maxdepth 1 -type f \( -iname 'licen[cs]e*' -o -iname 'copying*' -o -iname 'notice*' \) ! -name '*.go' | sort; }

out=$(mktemp)
trap 'rm -f "$out" "$out.texts"' EXIT
{
	say "Headwater"
	say "Copyright 2026 The Headwater authors"
	say ""
	say "Licensed under the Apache License, Version 2.0; see LICENSE."
	say "This file is written by build/notice.sh."
	say ""
	say "Linked into the programs (gateway and window):"
	say ""
} >"$out"
: >"$out.texts"
{
	say "Go standard library and runtime|go$(awk '$1 == "go" {print $2}' go.mod)|$(go env GOROOT)"
	modules | tr ' ' '|'
} | while IFS='|' read -r name v dir; do
	first=$(texts "$dir" | grep -iE 'licen|copying' | head -n 1 || true)
	[ -n "$first" ] || { echo "no licence file in $name" >&2; exit 1; }
	kind=$(licence "$first")
	[ "$kind" != unknown ] || { echo "unknown licence: $first" >&2; exit 1; }
	printf '  %-50s %-40s %s\n' "$name" "$v" "$kind" >>"$out"
	{
		printf '\n%s\n%s %s\n' "$(printf '=%.0s' {1..78})" "$name" "$v"
		texts "$dir" | while read -r file; do
			printf '%s\n\n' "$(printf -- '-%.0s' {1..78})"
			sed 's/[[:space:]]*$//' "$file"
		done
	} >>"$out.texts"
done
{
	say ""
	say "In the page (npm):"
	say ""
	node frontend/notice.mjs rows
	say ""
	say "The catalogue's facts about models, in a form of our own:"
	say ""
	printf '  %-50s %-40s %s\n' models.dev "" MIT
	printf '  %-50s %-40s %s\n' ruby_llm "" MIT
	say ""
	say "The marks of providers are trademarks of their owners; they name those providers and mean no endorsement."
} >>"$out"
node frontend/notice.mjs texts >>"$out.texts"
for file in backend/internal/catalog/licences/*.txt; do
	{
		printf '\n%s\n%s\n' "$(printf '=%.0s' {1..78})" "$(basename "$file" .txt)"
		printf '%s\n\n' "$(printf -- '-%.0s' {1..78})"
		sed 's/[[:space:]]*$//' "$file"
	} >>"$out.texts"
done
cat "$out" "$out.texts" >NOTICE
