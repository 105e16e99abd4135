// Command report writes docs/conformance.md from what the runs over the
// recordings and the matrix left behind. It measures nothing itself; every figure comes from the run.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"headwater/conformance"
)

func main() {
	dir := flag.String("dir", ".", "folder with the results of the runs")
	goCounts := flag.String("go", "", "what the Go suite counted")
	jsCounts := flag.String("js", "", "what the JavaScript suite counted")
	flag.Parse()
	var results []*conformance.Result
	for _, client := range []string{"go", "js"} {
		text, err := os.ReadFile(filepath.Join(*dir, client+".json"))
		if err != nil {
			fail(err)
		}
		r := new(conformance.Result)
		if err := json.Unmarshal(text, r); err != nil {
			fail(fmt.Errorf("reading the result of %s: %w", client, err))
		}
		results = append(results, r)
	}
	matrix, err := readMatrix(*dir)
	if err != nil {
		fail(err)
	}
	notes, err := conformance.ReadMatrixNotes()
	if err != nil {
		fail(err)
	}
	agents, err := renderAgents(*dir)
	if err != nil {
		fail(err)
	}
	chapter := renderMatrix(matrix, notes) + agents
	if _, err := os.Stdout.WriteString(render(results, []string{*goCounts, *jsCounts}, chapter, time.Now())); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "report:", err)
	os.Exit(1)
}

const head = `# Conformance

The vendors' own clients and the common frameworks talk to the real ` + "`headwater`" + ` binary, unchanged: a base URL
and a key. Two questions are asked: does every client work with every kind of upstream (the matrix), and is what
a client holds what the provider said (the recordings).

` + "`HEADWATER_TESTDATA=FOLDER build/conformance.sh`" + ` runs both, with ` + "`--write`" + ` it writes this file. Without the
recordings only the matrix is run, and the rest is skipped, loudly.

Last run: %s, %s.
`

const recordings = `
## The recordings

The official OpenAI SDKs for Go and for JavaScript; the upstreams replay recorded traffic of real providers, through
an OpenAI-compatible upstream (the pass-through road) and through an Anthropic-compatible one (translated both ways).
What the SDK holds afterwards - text, reasoning, tool calls, finish reason, usage, model, vectors - is compared with
what is known of each recording; at least 99 % must be equal, and a difference that is not explained below fails the
suite.

The suite also asks the same without the gateway between (the control: what would differ there, too, is not the
gateway's doing), looks at what arrived at the upstreams (credential exchanged, body whole), and tests tools,
streams, aborts, model lists, embeddings and every typed error against an upstream that misbehaves on command.
Recordings are used as requests where they have one; an Anthropic request is said in chat's words first, and what
chat has no words for (server tools, replayed thinking, files by id) is left out of the request.
`

func render(results []*conformance.Result, counts []string, matrix string, now time.Time) string {
	var b strings.Builder
	fmt.Fprintf(&b, head, now.UTC().Format("2006-01-02"), results[0].Headwater)
	b.WriteString(matrix)
	b.WriteString(recordings)
	for i, r := range results {
		fmt.Fprintf(&b, "\n### %s\n\nTests: %s. Recordings: **%s**.\n\n", r.SDK, counts[i], r.Total())
		b.WriteString("| recordings | equal | of | share |\n|---|---:|---:|---:|\n")
		for _, row := range r.Rows {
			fmt.Fprintf(&b, "| %s | %d | %d | %.2f %% |\n", row.Kind, row.Equal, row.Of, row.Share())
		}
		differences(&b, r)
	}
	return b.String()
}

func differences(b *strings.Builder, r *conformance.Result) {
	if len(r.Differences) == 0 {
		b.WriteString("\nNo differences.\n")
		return
	}
	b.WriteString("\n| recording | provider | why it differs |\n|---|---|---|\n")
	for _, d := range r.Differences {
		why := d.Why
		if why == "" {
			why = "not explained: " + strings.Join(d.Diffs, "; ")
		}
		fmt.Fprintf(b, "| %s | %s | %s |\n", d.ID, d.Provider, strings.NewReplacer("|", "\\|", "\n", " ").Replace(why))
	}
}
