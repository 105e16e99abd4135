package catalog_test

import (
	"net/url"
	"testing"

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
	t.Run("every fact is usable", func(t *testing.T) {
		for _, p := range c.Providers() {
			if p.Dialect != "openai" && p.Dialect != "anthropic" {
				t.Errorf("%s: dialect %q has no package", p.ID, p.Dialect)
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
