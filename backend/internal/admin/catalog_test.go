package admin_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"headwater/backend/hw"
	"headwater/backend/internal/admin"
	"headwater/backend/internal/admin/admintest"
	"headwater/backend/internal/snapshot"
	"headwater/backend/internal/store"
)

// newer is a file of facts with a cheaper model, a provider and something odd.
const newer = `{"format":1,"as_of":"2027-02-01",
	"providers":[{"id":"fresh","name":"Fresh","dialect":"openai","base_url":"https://fresh.example/v1"}],
	"models":{"openai":[{"id":"gpt-4o-mini","price":{"input":0.01,"output":0.02},"max_output":5},{"id":"gpt-99"}],
	"fresh":[{"id":"f-1","status":"deprecated"}],"stranger":[{"id":"s"}]}}`

// facts is what a call of the gateway would see.
func facts(t *testing.T, h *admintest.House, model string) hw.CatalogModel {
	t.Helper()
	m, _ := h.Snapshot.Load().Model(&snapshot.Upstream{Provider: hw.Provider{ID: "openai"}}, model)
	return m
}

func TestOwnFactsReachCalls(t *testing.T) {
	h := house(t)
	h.Must(t, hw.KindModel, `{"provider":"openai","model":"gpt-4o-mini","price":{"input":0.1},"max_output":77}`)
	m := facts(t, h, "gpt-4o-mini")
	if m.Price.Input != 0.1 || m.Price.Output != 0.6 || m.MaxOutput != 77 || m.Context != 128_000 || !m.Tools {
		t.Errorf("calls see %+v", m)
	}
	if _, err := h.Update(t.Context(), admintest.Root(), hw.KindModel, named("openai/gpt-4o-mini"), raw(`{"price":{"input":null,"output":2},"max_output":null}`)); err != nil {
		t.Fatal(err)
	}
	if m := facts(t, h, "gpt-4o-mini"); m.Price.Input != 0.15 || m.Price.Output != 2 || m.MaxOutput != 16_384 {
		t.Errorf("calls see %+v", m)
	}
	h.Must(t, hw.KindModel, `{"provider":"openai","model":"@house/mine","title":"Mine","price":{"input":1,"output":2}}`)
	if m := facts(t, h, "@house/mine"); m.ID != "@house/mine" || m.Name != "Mine" || m.Price.Output != 2 {
		t.Errorf("calls see %+v", m)
	}
	if err := h.Delete(t.Context(), admintest.Root(), hw.KindModel, named("openai/gpt-4o-mini"), 0); err != nil {
		t.Fatal(err)
	}
	if m := facts(t, h, "gpt-4o-mini"); m.Price.Output != 0.6 {
		t.Errorf("calls see %+v", m)
	}
}

func TestOwnFactsAreChecked(t *testing.T) {
	h := house(t)
	h.Must(t, hw.KindTenant, `{"name":"acme"}`)
	h.Must(t, hw.KindModel, `{"provider":"openai","model":"m"}`)
	for _, row := range []struct {
		why, body, field string
		code             hw.Code
	}{
		{"provider that nobody knows", `{"provider":"nobody","model":"m"}`, "provider", hw.CodeInvalid},
		{"no model", `{"provider":"openai"}`, "model", hw.CodeInvalid},
		{"a model with a space", `{"provider":"openai","model":"a b"}`, "model", hw.CodeInvalid},
		{"a price below nothing", `{"provider":"openai","model":"x","price":{"cache_read":-1}}`, "price.cache_read", hw.CodeInvalid},
		{"a stage of no life", `{"provider":"openai","model":"x","status":"retired"}`, "status", hw.CodeInvalid},
		{"content that is none", `{"provider":"openai","model":"x","in":["smell"]}`, "in", hw.CodeInvalid},
		{"too many tokens", `{"provider":"openai","model":"x","context":100000001}`, "context", hw.CodeInvalid},
		{"a tenant", `{"provider":"openai","model":"x","tenant":"acme"}`, "tenant", hw.CodeInvalid},
		{"one that is there", `{"provider":"openai","model":"m"}`, "name", hw.CodeTaken},
	} {
		t.Run(row.why, func(t *testing.T) {
			_, err := h.Create(t.Context(), admintest.Root(), hw.KindModel, raw(row.body))
			wantField(t, err, row.code, row.field)
		})
	}
}

func TestOwnFactsAreInTheFile(t *testing.T) {
	h := house(t)
	file := "models:\n  - provider: openai\n    model: gpt-4o-mini\n    price:\n      input: 0.1\n      cache_read: 0\n    tools: false\n  - provider: vllm\n    model: \"@house/llama\"\n"
	if plan := apply(t, h, file, false); plan.Creates != 2 || plan.Items[0].Name != "openai/gpt-4o-mini" {
		t.Errorf("plan %+v", plan)
	}
	if plan := apply(t, h, file, false); plan.Creates+plan.Updates != 0 {
		t.Errorf("applied again: %+v", plan)
	}
	if _, err := h.RefreshCatalog(t.Context(), admintest.Root(), []byte(newer)); err != nil {
		t.Fatal(err)
	}
	text, err := h.Export(admintest.Root())
	if err != nil || strings.Contains(text, "catalogue") || strings.Contains(text, "digest") {
		t.Errorf("%v, export:\n%s", err, text)
	}
	if plan := apply(t, h, text, true); plan.Creates+plan.Updates+plan.Deletes != 0 {
		t.Errorf("the export applied: %+v", plan)
	}
	if plan := apply(t, h, "models: []\n", true); plan.Deletes != 2 {
		t.Errorf("pruned: %+v", plan)
	}
	if h.Facts.InForce().AsOf() != "2027-02-01" {
		t.Error("pruning took the catalogue file away")
	}
	_, err = h.Apply(t.Context(), admintest.Root(), "catalogue:\n  - name: catalogue\n", false)
	wantField(t, err, hw.CodeInvalid, "catalogue")
}

func TestRefreshAndReset(t *testing.T) {
	dir := t.TempDir()
	h := admintest.Open(t, dir)
	box := h.Facts.Box().AsOf()
	h.Must(t, hw.KindModel, `{"provider":"openai","model":"gpt-99","context":9}`)

	t.Run("a preview changes nothing", func(t *testing.T) {
		d, err := h.PreviewCatalog(admintest.Root(), []byte(newer))
		if err != nil || d.Applied || d.Now != box || d.Repriced != 1 || d.Added != 2 || d.Removed < 20 || len(d.Skipped) != 1 {
			t.Errorf("%+v, %v", d, err)
		}
		if st, err := h.Catalog(admintest.Viewer()); err != nil || st.Source != hw.CatalogBox || st.AsOf != box || facts(t, h, "gpt-4o-mini").MaxOutput != 16_384 {
			t.Errorf("%+v, %v", st, err)
		}
	})
	t.Run("applied it reaches calls, under the own facts", func(t *testing.T) {
		d, err := h.RefreshCatalog(t.Context(), admintest.Root(), []byte(newer))
		if err != nil || !d.Applied || d.Generation != 2 {
			t.Fatalf("%+v, %v", d, err)
		}
		if m := facts(t, h, "gpt-4o-mini"); m.Price.Input != 0.01 || m.MaxOutput != 5 {
			t.Errorf("calls see %+v", m)
		}
		if m := facts(t, h, "gpt-99"); m.Context != 9 {
			t.Errorf("calls see %+v", m)
		}
		st, err := h.Catalog(admintest.Viewer())
		if err != nil || st.Source != hw.CatalogFrom || st.AsOf != "2027-02-01" || st.BoxAsOf != box || st.RefreshedBy != "root" || st.RefreshedAt.IsZero() || st.Own != 1 || st.Lost {
			t.Errorf("%+v, %v", st, err)
		}
		changes, err := h.Changes(t.Context(), admintest.Root(), lastChange())
		if err != nil || changes[0].Action != "catalog.refresh" || !strings.Contains(changes[0].Summary, "2027-02-01") || !bytes.Contains(changes[0].Items[0].After, []byte(d.Digest)) {
			t.Errorf("%+v, %v", changes, err)
		}
	})
	t.Run("a file in its place", func(t *testing.T) {
		d, err := h.RefreshCatalog(t.Context(), admintest.Root(), []byte(strings.Replace(newer, "0.01", "0.03", 1)))
		if err != nil || d.Now != "2027-02-01" || d.Repriced != 1 || d.Added+d.Removed != 0 {
			t.Errorf("%+v, %v", d, err)
		}
	})
	t.Run("it is there after a restart", func(t *testing.T) {
		again := admintest.Open(t, dir)
		if m := facts(t, again, "gpt-4o-mini"); m.Price.Input != 0.03 || again.Facts.InForce().AsOf() != "2027-02-01" {
			t.Errorf("calls see %+v", m)
		}
	})
	t.Run("while it is needed it stays", func(t *testing.T) {
		h.Must(t, hw.KindUpstream, `{"name":"fresh","provider":"fresh"}`)
		_, err := h.ResetCatalog(t.Context(), admintest.Root())
		wantField(t, err, hw.CodeInUse, "provider")
		if h.Facts.InForce().AsOf() != "2027-02-01" {
			t.Error("the facts changed all the same")
		}
		_, err = h.PreviewCatalog(admintest.Root(), []byte(`{"format":1,"as_of":"2027-03-01","models":{"openai":[{"id":"a"}]}}`))
		if err == nil {
			t.Error("a file is offered that could not be applied")
		}
		if err := h.Delete(t.Context(), admintest.Root(), hw.KindUpstream, named("fresh"), 0); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("and back", func(t *testing.T) {
		st, err := h.ResetCatalog(t.Context(), admintest.Root())
		if err != nil || st.Source != hw.CatalogBox || st.AsOf != box || facts(t, h, "gpt-4o-mini").MaxOutput != 16_384 {
			t.Errorf("%+v, %v", st, err)
		}
		if f, err := h.Store.CatalogFile(t.Context()); err != nil || f.Digest != "" {
			t.Errorf("kept %+v, %v", f, err)
		}
		if st, err := h.ResetCatalog(t.Context(), admintest.Root()); err != nil || st.Source != hw.CatalogBox {
			t.Errorf("%+v, %v", st, err)
		}
	})
	t.Run("a bad file says why and changes nothing", func(t *testing.T) {
		_, err := h.RefreshCatalog(t.Context(), admintest.Root(), []byte("<html>"))
		wantField(t, err, hw.CodeInvalid, "file")
	})
	t.Run("a viewer only looks", func(t *testing.T) {
		_, err := h.RefreshCatalog(t.Context(), admintest.Viewer(), []byte(newer))
		wantCode(t, err, hw.CodeForbidden)
		_, err = h.PreviewCatalog(admintest.Viewer(), []byte(newer))
		wantCode(t, err, hw.CodeForbidden)
		_, err = h.ResetCatalog(t.Context(), admintest.Viewer())
		wantCode(t, err, hw.CodeForbidden)
	})
}

func TestAFileThatIsLostLeavesTheBox(t *testing.T) {
	dir := t.TempDir()
	h := admintest.Open(t, dir)
	if _, err := h.RefreshCatalog(t.Context(), admintest.Root(), []byte(newer)); err != nil {
		t.Fatal(err)
	}
	h.Facts.Use(h.Facts.Box()) // as after a start that could not read it
	st, err := h.Catalog(admintest.Root())
	if err != nil || !st.Lost || st.AsOf != h.Facts.Box().AsOf() || st.Source != hw.CatalogFrom {
		t.Errorf("%+v, %v", st, err)
	}
}

func TestModelsOfTheCatalogue(t *testing.T) {
	h := house(t)
	h.Must(t, hw.KindModel, `{"provider":"openai","model":"gpt-4o-mini","price":{"input":0.1}}`)
	page, err := h.Models(admintest.Viewer(), hw.ModelQuery{Text: "gpt-4o-mini", Providers: []string{"openai"}, Limit: 1})
	if err != nil || page.Total < 2 || len(page.Items) != 1 || page.Items[0].Price.Input != 0.1 || page.Items[0].ProviderName != "OpenAI" {
		t.Errorf("%+v, %v", page, err)
	}
	_, err = h.Models(admintest.Viewer(), hw.ModelQuery{After: "99999"})
	wantCode(t, err, hw.CodeConflict)
	m, err := h.Model(admintest.Viewer(), "openai", "gpt-4o-mini")
	if err != nil || m.Price.Input != 0.1 || m.Facts.Price.Input != 0.15 || m.AsOf != h.Facts.Box().AsOf() || !slices.Equal(m.OwnFields, []string{"price"}) {
		t.Errorf("%+v, %v", m, err)
	}
	_, err = h.Model(admintest.Viewer(), "openai", "nothing")
	wantCode(t, err, hw.CodeNotFound)
	_, err = h.Models(hw.Actor{}, hw.ModelQuery{})
	wantCode(t, err, hw.CodeUnauthenticated)
}

func TestModelsOfAnUpstream(t *testing.T) {
	h := house(t)
	furnish(t, h)
	h.Must(t, hw.KindModel, `{"provider":"openai","model":"old","status":"deprecated"}`)
	h.Discover = func(string) (hw.UpstreamModels, error) {
		return hw.UpstreamModels{OK: true, Items: []hw.UpstreamModel{{ID: "gpt-4o-mini"}, {ID: "mystery"}, {ID: "old"}}}, nil
	}
	list, err := h.UpstreamModels(t.Context(), admintest.Root(), named("openai"))
	if err != nil || len(list.Items) != 3 || list.Unknown != 1 || list.Deprecated != 1 || list.Upstream != "openai" || list.Provider != "openai" {
		t.Fatalf("%+v, %v", list, err)
	}
	known, mystery, old := list.Items[0], list.Items[1], list.Items[2]
	if known.Known != hw.ModelKnown || known.Facts.Price == nil || !slices.Equal(known.Routes, []string{"fast"}) {
		t.Errorf("%+v", known)
	}
	if mystery.Known != hw.ModelUnknown || mystery.Facts != nil || old.Known != hw.ModelDeprecated {
		t.Errorf("%+v, %+v", mystery, old)
	}
	_, err = h.UpstreamModels(t.Context(), admintest.Viewer(), named("openai"))
	wantCode(t, err, hw.CodeForbidden)
	_, err = h.UpstreamModels(t.Context(), admintest.Root(), admin.Ref{Name: "nobody"})
	wantCode(t, err, hw.CodeNotFound)
}

func lastChange() store.ChangeFilter { return store.ChangeFilter{Limit: 1} }
