package conformance

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// Row counts the recordings of one kind.
type Row struct {
	Kind  string `json:"kind"`
	Equal int    `json:"equal"`
	Of    int    `json:"of"`
}

// Difference is a recording that was not answered as its facts say.
type Difference struct {
	ID       string   `json:"id"`
	Provider string   `json:"provider"`
	Kind     string   `json:"kind"`
	Diffs    []string `json:"diffs"`
	// Why is the explanation from the table; empty means there is none.
	Why string `json:"why,omitempty"`
}

// Result is what one client's run over the recordings gave.
type Result struct {
	Client      string       `json:"client"`
	SDK         string       `json:"sdk"`
	Headwater   string       `json:"headwater"`
	Rows        []Row        `json:"rows"`
	Differences []Difference `json:"differences"`

	mu sync.Mutex // guards Rows and Differences while cases run in parallel
}

// Count adds one case.
func (r *Result) Count(c *Case, diffs []string, why string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	i := slices.IndexFunc(r.Rows, func(row Row) bool { return row.Kind == c.Kind() })
	if i < 0 {
		i = len(r.Rows)
		r.Rows = append(r.Rows, Row{Kind: c.Kind()})
	}
	r.Rows[i].Of++
	if len(diffs) == 0 {
		r.Rows[i].Equal++
		return
	}
	r.Differences = append(r.Differences, Difference{c.ID, c.Provider, c.Kind(), diffs, why})
}

// Total is the sum of the rows.
func (r *Result) Total() Row {
	total := Row{Kind: "all"}
	for _, row := range r.Rows {
		total.Equal += row.Equal
		total.Of += row.Of
	}
	return total
}

// Share is the part that is equal, in percent; 0 when there was nothing.
func (r Row) Share() float64 {
	if r.Of == 0 {
		return 0
	}
	return 100 * float64(r.Equal) / float64(r.Of)
}

// String is the figure as people read it.
func (r Row) String() string {
	return fmt.Sprintf("equal %d of %d (%.2f %%)", r.Equal, r.Of, r.Share())
}

// Save writes the result to CLIENT.json in the folder that
// HEADWATER_CONFORMANCE_OUT names; without it nothing is written.
func (r *Result) Save() error {
	dir := os.Getenv("HEADWATER_CONFORMANCE_OUT")
	if dir == "" {
		return nil
	}
	slices.SortFunc(r.Rows, func(a, b Row) int { return strings.Compare(a.Kind, b.Kind) })
	slices.SortFunc(r.Differences, func(a, b Difference) int { return strings.Compare(a.ID, b.ID) })
	text, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		return fmt.Errorf("encoding the result: %w", err)
	}
	file := filepath.Join(dir, r.Client+".json")
	if err := os.WriteFile(file, text, 0o600); err != nil { //nolint:gosec // a folder that the suite's user names
		return fmt.Errorf("writing the result: %w", err)
	}
	return nil
}
