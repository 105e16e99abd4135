package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"headwater/conformance"
)

// readMatrix reads what both runs of the matrix left behind.
func readMatrix(dir string) ([]conformance.MatrixRow, error) {
	var all []conformance.MatrixRow
	for _, language := range []string{"go", "js"} {
		text, err := os.ReadFile(filepath.Join(dir, "matrix-"+language+".json"))
		if err != nil {
			return nil, err //nolint:wrapcheck // names the file
		}
		var rows []conformance.MatrixRow
		if err := json.Unmarshal(text, &rows); err != nil {
			return nil, fmt.Errorf("reading the matrix of %s: %w", language, err)
		}
		all = append(all, rows...)
	}
	return all, nil
}

// agentRow is what a coding agent did.
type agentRow struct {
	Agent  string `json:"agent"`
	SDK    string `json:"sdk"`
	Speaks string `json:"speaks"`
	// Task is whether it wrote a file with a tool; Answers are the outbounds it
	// had an answer through.
	Task    bool     `json:"task"`
	Answers []string `json:"answers"`
}

const agentHead = `
## Coding agents

Two agents as they are installed, with a base URL and a key. Each is told to write a file; a scripted vendor that
speaks chat completions, behind the gateway, calls the agent's own tool and reads its result. Then each asks once
through every kind of upstream.

| agent | speaks | wrote the file | answered through |
|---|---|---|---|
`

// renderAgents is the chapter about agents, empty when none was run.
func renderAgents(dir string) (string, error) {
	text, err := os.ReadFile(filepath.Join(dir, "agents.json"))
	if errors.Is(err, os.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err //nolint:wrapcheck // names the file
	}
	var rows []agentRow
	if err := json.Unmarshal(text, &rows); err != nil {
		return "", fmt.Errorf("reading what the agents did: %w", err)
	}
	var b strings.Builder
	b.WriteString(agentHead)
	for _, row := range rows {
		wrote := map[bool]string{true: "yes", false: "no"}[row.Task]
		fmt.Fprintf(&b, "| %s, %s | %s | %s | %s |\n", row.Agent, row.SDK, row.Speaks, wrote, strings.Join(row.Answers, ", "))
	}
	return b.String(), nil
}

const matrixHead = `
## The matrix

Every client against every kind of upstream, through the gateway: %d clients, %d kinds, %d features each. Seven kinds are
dialects; the others are clouds' roads to one of them, with their own paths, proofs and refusals. The upstream is one
that does as it is told and refuses what its vendor would refuse; where a cloud embeds with models of their own, such a
one is asked. Asked is, in each client's own words:

| feature | a cell is green when |
|---|---|
| chat | text, model, reason of the end and both token counts are right |
| streaming | the same, and the text came in pieces |
| second turn | the answer, handed back as the client keeps it, is accepted in the next request |
| parallel tools | a streamed answer calls two tools, whole arguments, distinct ids; the second turn with both results is accepted |
| JSON schema | the answer to a request for structured output satisfies the schema |
| vision | the image arrives at the upstream |
| embeddings | two texts give two vectors |
| typed errors | rate limit, wrong key, unknown model and failing upstream raise the client's own error for it, plain and streamed |
| abort | an aborted stream ends at once with an error, and the next call is answered |
| model list | the route is in it |

**%s** of what applies is green. What is red without a reason below fails the suite, and so does a reason
that is no longer needed. The last column is the control, the client and the upstream without the gateway between:
what is red there is not the gateway's doing.

`

// renderMatrix is the chapter of the report.
func renderMatrix(rows []conformance.MatrixRow, notes conformance.MatrixNotes) string {
	var b strings.Builder
	outbounds, features := columns(rows)
	kinds := slices.DeleteFunc(slices.Clone(outbounds), func(o string) bool { return o == conformance.Direct })
	fmt.Fprintf(&b, matrixHead, len(rows), len(kinds), len(features), share(rows))
	b.WriteString("| client |")
	for _, o := range outbounds {
		fmt.Fprintf(&b, " %s |", title(o))
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(outbounds)) + "\n")
	for _, row := range rows {
		fmt.Fprintf(&b, "| %s |", row.Client)
		for _, o := range outbounds {
			fmt.Fprintf(&b, " %s |", cell(row, o))
		}
		b.WriteByte('\n')
	}
	reasons(&b, rows, notes)
	var sdks []string
	for _, row := range rows {
		if !slices.Contains(sdks, row.SDK) {
			sdks = append(sdks, row.SDK)
		}
	}
	b.WriteString("\nThe versions: " + strings.Join(sdks, "; ") + ".\n")
	return b.String()
}

// columns are the outbounds and the features in the order of the run.
func columns(rows []conformance.MatrixRow) (outbounds, features []string) {
	for _, row := range rows {
		for _, c := range row.Cells {
			if !slices.Contains(outbounds, c.Outbound) {
				outbounds = append(outbounds, c.Outbound)
			}
			if !slices.Contains(features, c.Feature) {
				features = append(features, c.Feature)
			}
		}
	}
	return outbounds, features
}

// share counts the cells that go through the gateway.
func share(rows []conformance.MatrixRow) string {
	green, of := 0, 0
	for _, row := range rows {
		g, n := row.Green()
		green, of = green+g, of+n
	}
	return fmt.Sprintf("%d of %d (%.2f %%)", green, of, 100*float64(green)/float64(max(of, 1)))
}

// cell is one client at one target: "9/9", and what is red by name.
func cell(row conformance.MatrixRow, outbound string) string {
	green, of, red := 0, 0, []string{}
	for _, c := range row.Cells {
		if c.Outbound != outbound || c.State == conformance.Absent {
			continue
		}
		of++
		if c.State == conformance.Green {
			green++
		} else {
			red = append(red, c.Feature)
		}
	}
	text := fmt.Sprintf("%d/%d", green, of)
	if len(red) > 0 {
		text += " not " + strings.Join(red, ", ")
	}
	return text
}

// reasons lists why cells are red, then what does not apply.
func reasons(b *strings.Builder, rows []conformance.MatrixRow, notes conformance.MatrixNotes) {
	red, absent := newGroups(), newGroups()
	for _, row := range rows {
		for _, c := range row.Cells {
			switch c.State {
			case conformance.Red:
				why := conformance.Find(notes.Explained, row.Client, c.Outbound, c.Feature)
				if why == "" {
					why = "not explained: " + c.Detail
				}
				red.add(c.Feature, why, row.Client, title(c.Outbound))
			case conformance.Absent:
				absent.add(c.Feature, c.Detail, row.Client, title(c.Outbound))
			}
		}
	}
	if len(red.keys) > 0 {
		b.WriteString("\n| red | where | why |\n|---|---|---|\n")
		for _, k := range red.keys {
			fmt.Fprintf(b, "| %s | %s | %s |\n", k.feature, red.at(k), plain(k.why))
		}
	}
	b.WriteString("\n| does not apply | because |\n|---|---|\n")
	for _, k := range absent.keys {
		fmt.Fprintf(b, "| %s | %s |\n", k.feature, plain(k.why))
	}
}

// plain makes a text fit a table.
func plain(text string) string { return strings.NewReplacer("|", "\\|", "\n", " ").Replace(text) }

// reason is a feature with what is said about it.
type reason struct{ feature, why string }

// groups collects where a reason holds, in the order of the run.
type groups struct {
	keys  []reason
	where map[reason][]place
}

// place is a client with some outbounds.
type place struct{ client, outbounds string }

func newGroups() *groups { return &groups{where: map[reason][]place{}} }

func (g *groups) add(feature, why, client, outbound string) {
	k := reason{feature, why}
	places := g.where[k]
	if places == nil {
		g.keys = append(g.keys, k)
	}
	if n := len(places); n > 0 && places[n-1].client == client {
		places[n-1].outbounds += ", " + outbound
		return
	}
	g.where[k] = append(places, place{client, outbound})
}

// at says where a reason holds: the clients behind one another where the
// outbounds are the same.
func (g *groups) at(k reason) string {
	var b strings.Builder
	places := g.where[k]
	for i, p := range places {
		b.WriteString(p.client)
		switch {
		case i+1 == len(places):
			b.WriteString(": " + p.outbounds)
		case places[i+1].outbounds == p.outbounds:
			b.WriteString("; ")
		default:
			b.WriteString(": " + p.outbounds + "; ")
		}
	}
	return b.String()
}

// title is an outbound as people read it.
func title(outbound string) string {
	if outbound == conformance.Direct {
		return "no gateway"
	}
	return outbound
}
