package conformance

import (
	_ "embed"
	"encoding/json"
	"fmt"
)

//go:embed explained.json
var explainedFile []byte

// Explanation says why the answer to one recording differs from its facts.
type Explanation struct {
	ID string `json:"id"`
	// Client is go, js or both.
	Client string `json:"client"`
	Why    string `json:"why"`
}

// Explained is the checked-in table of accepted differences, by recording id,
// for one client.
func Explained(client string) (map[string]string, error) {
	var rows []Explanation
	if err := json.Unmarshal(explainedFile, &rows); err != nil {
		return nil, fmt.Errorf("reading the table of explained differences: %w", err)
	}
	out := map[string]string{}
	for _, row := range rows {
		if row.Client == client || row.Client == "both" {
			out[row.ID] = row.Why
		}
	}
	return out, nil
}
