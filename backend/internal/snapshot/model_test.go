package snapshot_test

import (
	"slices"
	"testing"

	"headwater/backend/hw"
	"headwater/backend/internal/snapshot"
)

// known is what a catalogue of one model says.
func known(provider, model string) (hw.CatalogModel, bool) {
	if provider != "openai" || model != "m" {
		return hw.CatalogModel{}, false
	}
	return hw.CatalogModel{
		ID: "m", Name: "M", Context: 9, MaxOutput: 3, Tools: true, Status: hw.ModelBeta,
		Price: &hw.Price{Input: 1, Output: 2, CacheRead: 0.5}, Tiers: []hw.PriceTier{{AboveContext: 5, Price: hw.Price{Input: 10}}},
	}, true
}

func TestOwnFactsOverTheCatalogues(t *testing.T) {
	up := &snapshot.Upstream{Provider: hw.Provider{ID: "openai"}}
	look := func(t *testing.T, model string, own ...hw.Document) hw.CatalogModel {
		t.Helper()
		f := facts(t)
		f.Model = known
		s, problems := snapshot.Compile(own, f)
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		m, _ := s.Model(up, model)
		return m
	}
	t.Run("without any the catalogue's stand", func(t *testing.T) {
		if m := look(t, "m"); m.Price.Input != 1 || len(m.Tiers) != 1 {
			t.Errorf("%+v", m)
		}
	})
	t.Run("what is not said stays, and the catalogue is not changed", func(t *testing.T) {
		m := look(t, "m", &hw.OwnModel{Provider: "openai", Model: "m", Status: hw.ModelActive, Tools: new(false), Price: &hw.OwnPrice{CacheRead: new(0.25)}})
		if m.Status != "" || m.Tools || m.Context != 9 || m.Price.Input != 1 || m.Price.CacheRead != 0.25 || len(m.Tiers) != 1 {
			t.Errorf("%+v", m)
		}
		if again := look(t, "m"); again.Price.CacheRead != 0.5 || !again.Tools {
			t.Errorf("%+v", again)
		}
	})
	t.Run("an own price holds for every size, and may be free", func(t *testing.T) {
		m := look(t, "m", &hw.OwnModel{Provider: "openai", Model: "m", Price: &hw.OwnPrice{Input: new(0.0)}})
		if m.Price.Input != 0 || m.Price.Output != 2 || m.Tiers != nil {
			t.Errorf("%+v", m)
		}
	})
	t.Run("a price of cached tokens alone makes no other free", func(t *testing.T) {
		m := look(t, "new", &hw.OwnModel{Provider: "openai", Model: "new", In: []string{"text"}, Price: &hw.OwnPrice{CacheRead: new(1.0)}})
		if m.ID != "new" || m.Price != nil || !slices.Equal(m.In, []string{"text"}) {
			t.Errorf("%+v", m)
		}
	})
	t.Run("of a provider that nobody knows, or of a tenant, they are refused", func(t *testing.T) {
		for field, own := range map[string]*hw.OwnModel{
			"provider": {Provider: "nobody", Model: "m"},
			"tenant":   {Meta: hw.Meta{Tenant: "acme"}, Provider: "openai", Model: "m"},
		} {
			_, problems := snapshot.Compile([]hw.Document{&hw.Tenant{Name: "acme"}, own}, facts(t))
			if len(problems) != 1 || problems[0].Field != field {
				t.Errorf("%s: %v", field, problems)
			}
		}
	})
}
