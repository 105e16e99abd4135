// Package catalog holds what is known of AI vendors and engines - dialect,
// address and auth scheme - and of their models: the facts that come in the
// box, and a newer file in their place where an administrator brought one.
//
// It holds facts, never configuration, and asks no network. Its one
// invariant: a provider that speaks a known dialect is one entry of a data
// file and no code.
package catalog

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"

	"headwater/backend/hw"
)

//go:generate go test -run ^TestThePageOfProvidersIsThatOfTheCatalogue$ . -update

//go:embed providers.json
var providersJSON []byte

// Catalog is a set of known providers and models. It does not change.
type Catalog struct {
	providers []hw.Provider
	byID      map[string]int
	asOf      string
	shelves   map[string]*shelf
	// digest is that of the file; empty for the facts in the box.
	digest string
	rows   lazyRows
}

// Load reads the embedded facts; an error means the build is broken.
func Load() (*Catalog, error) {
	var file struct {
		Providers []hw.Provider `json:"providers"`
	}
	if err := json.Unmarshal(providersJSON, &file); err != nil {
		return nil, fmt.Errorf("reading the embedded catalogue: %w", err)
	}
	c := &Catalog{providers: file.Providers, byID: make(map[string]int, len(file.Providers))}
	for i, p := range file.Providers {
		if _, twice := c.byID[p.ID]; twice {
			return nil, fmt.Errorf("reading the embedded catalogue: provider %q is there twice", p.ID)
		}
		c.byID[p.ID] = i
	}
	models, err := readModels(modelsGzip)
	if err != nil {
		return nil, fmt.Errorf("reading the embedded models: %w", err)
	}
	c.asOf, c.shelves = models.AsOf, models.shelves()
	return c, nil
}

// Providers lists all providers in the file's order. The caller owns the slice.
func (c *Catalog) Providers() []hw.Provider { return slices.Clone(c.providers) }

// Provider looks one provider up by its id.
func (c *Catalog) Provider(id string) (hw.Provider, bool) {
	i, ok := c.byID[id]
	if !ok {
		return hw.Provider{}, false
	}
	return c.providers[i], true
}

// Dialects are those that a provider in the box speaks: the ones this program
// knows.
func (c *Catalog) Dialects() map[string]bool {
	known := map[string]bool{}
	for _, p := range c.providers {
		known[p.Dialect] = true
	}
	return known
}
