package catalog

import (
	"bytes"
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"headwater/backend/hw"
)

// devProvider is a provider in the layout of models.dev's api.json, as it was
// published in July 2026.
type devProvider struct {
	Name   string          `json:"name"`
	NPM    string          `json:"npm"`
	API    string          `json:"api"`
	Doc    string          `json:"doc"`
	Models json.RawMessage `json:"models"`
}

type devModel struct {
	ID               string          `json:"id"`
	Name             string          `json:"name"`
	Family           string          `json:"family"`
	Reasoning        bool            `json:"reasoning"`
	ToolCall         bool            `json:"tool_call"`
	StructuredOutput bool            `json:"structured_output"`
	ReasoningOptions json.RawMessage `json:"reasoning_options"`
	Knowledge        string          `json:"knowledge"`
	ReleaseDate      string          `json:"release_date"`
	LastUpdated      string          `json:"last_updated"`
	OpenWeights      bool            `json:"open_weights"`
	Status           string          `json:"status"`
	Modalities       struct {
		Input  []string `json:"input"`
		Output []string `json:"output"`
	} `json:"modalities"`
	Cost  *devCost `json:"cost"`
	Limit struct {
		Context float64 `json:"context"`
		Input   float64 `json:"input"`
		Output  float64 `json:"output"`
	} `json:"limit"`
	Provider struct {
		NPM string `json:"npm"`
	} `json:"provider"`
}

type devCost struct {
	hw.Price
	Above200k *hw.Price `json:"context_over_200k"`
	Tiers     []struct {
		hw.Price
		Tier struct {
			Type string  `json:"type"`
			Size float64 `json:"size"`
		} `json:"tier"`
	} `json:"tiers"`
}

// devDialects says which dialect the packages stand for that models.dev names.
// A vendor with a package of its own is known to us by its id, or not at all.
func devDialects() map[string]string {
	return map[string]string{
		"@ai-sdk/openai-compatible":   "openai",
		"@ai-sdk/openai":              "openai-responses",
		"@ai-sdk/anthropic":           "anthropic",
		"@ai-sdk/google":              "gemini",
		"@ai-sdk/cohere":              "cohere",
		"@openrouter/ai-sdk-provider": "openai",
	}
}

// devAuth is how the dialects of devDialects send a key.
func devAuth(dialect string) (header, scheme string) {
	switch dialect {
	case "anthropic":
		return "X-Api-Key", ""
	case "gemini":
		return "X-Goog-Api-Key", ""
	}
	return "Authorization", "Bearer"
}

// modelsDev reads the layout of models.dev.
func (r *reader) modelsDev(top map[string]json.RawMessage) error {
	understood := false
	for _, id := range slices.Sorted(maps.Keys(top)) {
		var p devProvider
		if json.Unmarshal(top[id], &p) != nil || !bytes.HasPrefix(p.Models, []byte("{")) {
			r.skip(id, "", "this is no provider with models")
			continue
		}
		understood = true
		r.devProvider(id, p)
		if !r.knows(id) {
			continue
		}
		each := func(each func(json.RawMessage) error) error {
			return members(p.Models, func(_ string, model json.RawMessage) error { return each(model) })
		}
		if err := r.shelf(id, each, r.readDev(id)); err != nil {
			return err
		}
	}
	if !understood {
		return wrong("The file is JSON, but in no layout that is known.")
	}
	// The layout does not say of which day it is: its newest fact does.
	r.newest = cmp.Or(r.newest, "0000-00-00")
	return nil
}

// devProvider describes a provider that the box does not have.
func (r *reader) devProvider(id string, p devProvider) {
	if _, known := r.box.byID[id]; known {
		return
	}
	dialect, ok := devDialects()[p.NPM]
	if !ok {
		dialect = p.NPM // which no dialect is called, so that it is named
	}
	one := hw.Provider{ID: id, Name: p.Name, Dialect: dialect, DocURL: p.Doc}
	one.AuthHeader, one.AuthScheme = devAuth(dialect)
	if strings.Contains(p.API, "${") {
		one.BaseTemplate = p.API
	} else {
		one.BaseURL = p.API
	}
	r.provider(one)
}

// readDev makes our form of a model in theirs.
func (r *reader) readDev(provider string) func(json.RawMessage) (hw.CatalogModel, error) {
	usual := ""
	if p, known := r.box.Provider(provider); known {
		usual = p.Dialect
	}
	return func(raw json.RawMessage) (hw.CatalogModel, error) {
		var d devModel
		if err := json.Unmarshal(raw, &d); err != nil {
			return hw.CatalogModel{}, err
		}
		m := hw.CatalogModel{
			ID: d.ID, Name: d.Name, Family: d.Family, Kind: devKind(&d),
			Context: int(d.Limit.Context), MaxInput: int(d.Limit.Input), MaxOutput: int(d.Limit.Output),
			In: d.Modalities.Input, Out: d.Modalities.Output,
			Tools: d.ToolCall, Schema: d.StructuredOutput, Reasoning: d.Reasoning, ReasoningOptions: d.ReasoningOptions,
			OpenWeights: d.OpenWeights, Knowledge: d.Knowledge, Released: d.ReleaseDate, Updated: d.LastUpdated, Status: d.Status,
		}
		if own := devDialects()[d.Provider.NPM]; own != usual {
			m.Dialect = own
		}
		if d.Cost != nil {
			m.Price, m.Tiers = devPrice(d.Cost)
		}
		for _, day := range []string{d.ReleaseDate, d.LastUpdated} {
			if isDay(day) && day > r.newest {
				r.newest = day
			}
		}
		return m, nil
	}
}

func devPrice(c *devCost) (*hw.Price, []hw.PriceTier) {
	price := c.Price
	var tiers []hw.PriceTier
	for _, t := range c.Tiers {
		if t.Tier.Size > 0 && (t.Tier.Type == "" || t.Tier.Type == "context") {
			tiers = append(tiers, hw.PriceTier{AboveContext: int(t.Tier.Size), Price: t.Price})
		}
	}
	if len(tiers) == 0 && c.Above200k != nil {
		tiers = []hw.PriceTier{{AboveContext: 200_000, Price: *c.Above200k}}
	}
	return &price, tiers
}

// devKind tells the kind of a model by what it gives; theirs have none.
func devKind(d *devModel) string {
	if strings.Contains(d.Family, "embed") || strings.Contains(d.ID, "embed") {
		return hw.ModelEmbedding
	}
	out := d.Modalities.Output
	if len(out) == 0 || slices.Contains(out, "text") {
		return ""
	}
	for _, kind := range []string{hw.ModelImage, hw.ModelVideo, hw.ModelAudio} {
		if slices.Contains(out, kind) {
			return kind
		}
	}
	return ""
}
