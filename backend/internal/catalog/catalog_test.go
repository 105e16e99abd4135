package catalog_test

import (
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"headwater/backend/internal/catalog"
)

func TestCatalog(t *testing.T) {
	c, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	t.Run("knows the vendors and the simulator", func(t *testing.T) {
		for _, id := range []string{"openai", "anthropic", "openai-compatible", "ollama", "simulator"} {
			if p, ok := c.Provider(id); !ok || p.ID != id || p.Name == "" {
				t.Errorf("Provider(%q) = %+v, %v", id, p, ok)
			}
		}
		if _, ok := c.Provider("nobody"); ok {
			t.Error("an unknown provider was found")
		}
	})
	// The dialects that upstreams are spoken to in.
	spoken := []string{"openai", "voyage", "openai-responses", "anthropic", "gemini", "ollama", "cohere", "bedrock", "openai-azure", "anthropic-vertex", "anthropic-bedrock", "vertex", "gemini-vertex"}
	t.Run("every fact is usable", func(t *testing.T) {
		for _, p := range c.Providers() {
			for _, d := range append(slices.Collect(maps.Keys(p.Also)), p.Dialect) {
				if !slices.Contains(spoken, d) {
					t.Errorf("%s: dialect %q has no package", p.ID, d)
				}
			}
			if of, ok := c.Provider(p.ModelsOf); p.ModelsOf != "" && (!ok || of.ModelsOf != "" || len(c.Models(p.ID)) == 0) {
				t.Errorf("%s has the models of %q, which has none", p.ID, p.ModelsOf)
			}
			if p.BaseURL != "" && p.BaseTemplate != "" || strings.Contains(p.BaseURL, "${") {
				t.Errorf("%s: an address is one or a form, not both", p.ID)
			}
			if p.BaseURL == "" {
				continue
			}
			u, err := url.Parse(p.BaseURL)
			if err != nil || u.Host == "" || u.Path == "/" || u.RawQuery != "" {
				t.Errorf("%s: base URL %q", p.ID, p.BaseURL)
			}
			if !p.Local && !p.Practice && u.Scheme != "https" {
				t.Errorf("%s: a public vendor must be reached over TLS, not %q", p.ID, p.BaseURL)
			}
		}
	})
	t.Run("the caller owns the list", func(t *testing.T) {
		c.Providers()[0].ID = "changed"
		if c.Providers()[0].ID == "changed" {
			t.Error("changing the returned list changed the catalogue")
		}
	})
}

func TestTheBoxHoldsTheWorldsModels(t *testing.T) {
	c, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	models, priced := 0, 0
	for _, p := range c.Providers() {
		list := c.Models(p.ID)
		models += len(list)
		for _, m := range list {
			if m.Price != nil {
				priced++
			}
			if got, ok := c.Model(p.ID, m.ID); !ok || got.ID != m.ID || m.ID == "" || m.Context < 0 || m.MaxOutput < 0 {
				t.Errorf("%s/%s: %+v, %v", p.ID, m.ID, got, ok)
			}
		}
	}
	if len(c.Providers()) < 130 || models < 5000 || priced < 4500 {
		t.Errorf("%d providers, %d models, %d with a price", len(c.Providers()), models, priced)
	}
	if _, err := time.Parse(time.DateOnly, c.AsOf()); err != nil {
		t.Errorf("as of %q", c.AsOf())
	}
	sonnet, ok := c.Model("anthropic", "claude-sonnet-4-5")
	if !ok || sonnet.MaxOutput != 64000 || sonnet.Price == nil || sonnet.Price.Input != 3 || sonnet.Price.CacheRead != 0.3 {
		t.Errorf("claude-sonnet-4-5: %+v, %v", sonnet, ok)
	}
	if list := c.Models("nobody"); list != nil {
		t.Errorf("an unknown provider has models: %v", list)
	}
}
