package catalog

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"sync"

	"headwater/backend/hw"
)

//go:embed models.json.gz
var modelsGzip []byte

// formatModels is the version of the layout of the models' file.
const formatModels = 1

// modelFile is the models' file: a list for each provider. One that was brought
// may name further providers.
type modelFile struct {
	Format    int                        `json:"format"`
	AsOf      string                     `json:"as_of"`
	Providers []hw.Provider              `json:"providers,omitempty"`
	Models    map[string]json.RawMessage `json:"models"`
}

// shelf holds the models of one provider. Their facts are decoded when they are
// first asked for: most providers never are.
type shelf struct {
	raw  json.RawMessage
	once sync.Once
	list []hw.CatalogModel
	byID map[string]int
}

func (s *shelf) open() {
	s.once.Do(func() {
		if json.Unmarshal(s.raw, &s.list) != nil {
			s.list = nil // a test opens every shelf; a file that is brought is read whole first
		}
		s.raw = nil
		s.byID = make(map[string]int, len(s.list))
		for i := range s.list {
			s.byID[s.list[i].ID] = i
		}
	})
}

// readModels reads a gzipped file in our own layout that was checked before.
func readModels(packed []byte) (modelFile, error) {
	var file modelFile
	unzip, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return file, fmt.Errorf("unpacking: %w", err)
	}
	text, err := io.ReadAll(io.LimitReader(unzip, maxUnpacked))
	if err != nil {
		return file, fmt.Errorf("unpacking: %w", err)
	}
	if err := json.Unmarshal(text, &file); err != nil {
		return file, fmt.Errorf("decoding: %w", err)
	}
	if file.Format != formatModels {
		return file, fmt.Errorf("decoding: format %d is not known", file.Format)
	}
	return file, nil
}

func (f *modelFile) shelves() map[string]*shelf {
	shelves := make(map[string]*shelf, len(f.Models))
	for id, raw := range f.Models {
		shelves[id] = &shelf{raw: raw}
	}
	return shelves
}

// Models lists what is known of a provider's models. The caller only reads it.
func (c *Catalog) Models(provider string) []hw.CatalogModel {
	s, ok := c.shelf(provider)
	if !ok {
		return nil
	}
	s.open()
	return s.list
}

// shelf finds the models of a provider, which may be those of another.
func (c *Catalog) shelf(provider string) (*shelf, bool) {
	s, ok := c.shelves[provider]
	if i, known := c.byID[provider]; !ok && known {
		s, ok = c.shelves[c.providers[i].ModelsOf]
	}
	return s, ok
}

// Model looks one model up.
func (c *Catalog) Model(provider, id string) (hw.CatalogModel, bool) {
	s, ok := c.shelf(provider)
	if !ok {
		return hw.CatalogModel{}, false
	}
	s.open()
	i, ok := s.byID[id]
	if !ok {
		return hw.CatalogModel{}, false
	}
	return s.list[i], true
}

// AsOf is the day of the models' facts, as 2026-11-22.
func (c *Catalog) AsOf() string { return c.asOf }

// Digest is the SHA-256 of the file that was brought, hex; empty for the box.
func (c *Catalog) Digest() string { return c.digest }
