package conformance

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
)

// The states of a MatrixCell.
const (
	Green  = "green"
	Red    = "red"
	Absent = "absent" // the client or the vendor has no such thing
)

// MatrixCell is one feature of one client at one target.
type MatrixCell struct {
	Outbound string `json:"outbound"`
	Feature  string `json:"feature"`
	State    string `json:"state"`
	// Detail says what is wrong with a red cell, or what an absent one lacks.
	Detail string `json:"detail,omitempty"`
}

// MatrixRow is one client's run over all targets.
type MatrixRow struct {
	Client    string       `json:"client"`
	SDK       string       `json:"sdk"`
	Headwater string       `json:"headwater"`
	Cells     []MatrixCell `json:"cells"`
}

// MatrixResult is the run of all clients of one language.
type MatrixResult struct {
	mu   sync.Mutex
	rows []*MatrixRow // guarded by mu
}

// Add counts one cell of a client.
func (r *MatrixResult) Add(client, sdk, headwater string, cell MatrixCell) {
	r.mu.Lock()
	defer r.mu.Unlock()
	i := slices.IndexFunc(r.rows, func(row *MatrixRow) bool { return row.Client == client })
	if i < 0 {
		i = len(r.rows)
		r.rows = append(r.rows, &MatrixRow{Client: client, SDK: sdk, Headwater: headwater})
	}
	r.rows[i].Cells = append(r.rows[i].Cells, cell)
}

// Green counts the cells that go through the gateway: those that are green, and
// all that apply.
func (r *MatrixResult) Green() (green, of int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, row := range r.rows {
		g, n := row.Green()
		green, of = green+g, of+n
	}
	return green, of
}

// Green counts the cells of one client.
func (r *MatrixRow) Green() (green, of int) {
	for _, c := range r.Cells {
		if c.Outbound == Direct || c.State == Absent {
			continue
		}
		of++
		if c.State == Green {
			green++
		}
	}
	return green, of
}

// Save writes matrix-LANGUAGE.json to the folder that HEADWATER_CONFORMANCE_OUT
// names; without it nothing is written.
func (r *MatrixResult) Save(language string) error {
	dir := os.Getenv("HEADWATER_CONFORMANCE_OUT")
	if dir == "" {
		return nil
	}
	r.mu.Lock()
	text, err := json.MarshalIndent(r.rows, "", " ")
	r.mu.Unlock()
	if err != nil {
		return fmt.Errorf("encoding the matrix: %w", err)
	}
	file := filepath.Join(dir, "matrix-"+language+".json")
	if err := os.WriteFile(file, text, 0o600); err != nil { //nolint:gosec // a folder that the suite's user names
		return fmt.Errorf("writing the matrix: %w", err)
	}
	return nil
}

//go:embed matrix.json
var matrixFile []byte

// MatrixNotes are the checked-in words about cells that are not green.
type MatrixNotes struct {
	// Absent are features that a vendor's dialect does not have.
	Absent []MatrixNote `json:"absent"`
	// Explained are the accepted red cells.
	Explained []MatrixNote `json:"explained"`
}

// MatrixNote is about one feature of some cells. A list that is missing means
// all of them.
type MatrixNote struct {
	Clients   []string `json:"clients,omitempty"`
	Outbounds []string `json:"outbounds,omitempty"`
	Feature   string   `json:"feature"`
	Why       string   `json:"why"`
}

// ReadMatrixNotes reads the table.
func ReadMatrixNotes() (MatrixNotes, error) {
	var notes MatrixNotes
	if err := json.Unmarshal(matrixFile, &notes); err != nil {
		return notes, fmt.Errorf("reading the notes of the matrix: %w", err)
	}
	return notes, nil
}

// Find is the reason for a cell, empty when there is none.
func Find(notes []MatrixNote, client, outbound, feature string) string {
	among := func(list []string, name string) bool { return len(list) == 0 || slices.Contains(list, name) }
	for _, n := range notes {
		if n.Feature == feature && among(n.Clients, client) && among(n.Outbounds, outbound) {
			return n.Why
		}
	}
	return ""
}
