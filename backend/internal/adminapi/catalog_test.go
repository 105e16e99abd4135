package adminapi_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"headwater/backend/hw"
)

func upload(t *testing.T, file string) string {
	t.Helper()
	body, err := json.Marshal(hw.CatalogUpload{File: []byte(file)})
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestModelsOverREST(t *testing.T) {
	l := listen(t)
	t.Run("models.create takes a free price for a price", func(t *testing.T) {
		var made hw.OwnModel
		r := l.do(t, http.MethodPost, "/api/v1/models", `{"provider":"openai","model":"gpt-4o-mini","price":{"input":0,"output":null},"tools":false}`)
		if r.decode(t, &made); r.StatusCode != http.StatusCreated || made.Price.Input == nil || *made.Price.Input != 0 || made.Price.Output != nil {
			t.Errorf("%d %s", r.StatusCode, r.body)
		}
	})
	t.Run("models.get and models.update name it by provider and model", func(t *testing.T) {
		var got hw.OwnModel
		l.do(t, http.MethodGet, "/api/v1/models/openai%2Fgpt-4o-mini", "").decode(t, &got)
		if got.Model != "gpt-4o-mini" || got.Version != 1 {
			t.Errorf("got %+v", got)
		}
		r := l.do(t, http.MethodPatch, "/api/v1/models/openai%2Fgpt-4o-mini", `{"version":1,"tools":null,"price":{"input":null,"output":3}}`)
		got = hw.OwnModel{}
		if r.decode(t, &got); got.Tools != nil || got.Price.Input != nil || *got.Price.Output != 3 {
			t.Errorf("%d %s", r.StatusCode, r.body)
		}
	})
	t.Run("models.list searches all that is known", func(t *testing.T) {
		for query, fits := range map[string]func(m hw.ModelEntry) bool{
			"q=mini&provider=openai&sort=input": func(m hw.ModelEntry) bool { return m.Provider == "openai" },
			"own=true":                          func(m hw.ModelEntry) bool { return m.Own != "" && m.Price.Output == 3 },
			"ability=tools,vision&max_input_price=0&limit=3":       func(m hw.ModelEntry) bool { return m.Tools && m.Price.Input == 0 },
			"kind=embedding&status=active&sort=released&desc=true": func(m hw.ModelEntry) bool { return m.Kind == "embedding" },
		} {
			var page hw.Page[hw.ModelEntry]
			r := l.do(t, http.MethodGet, "/api/v1/models?"+query, "")
			r.decode(t, &page)
			if r.StatusCode != http.StatusOK || page.Total == 0 || page.Total > 2000 || !fits(page.Items[0]) {
				t.Errorf("%s: %d %.300s", query, r.StatusCode, r.body)
			}
		}
		wantProblem(t, l.do(t, http.MethodGet, "/api/v1/models?sort=colour", ""), hw.CodeInvalid)
		wantProblem(t, l.do(t, http.MethodGet, "/api/v1/models?after=99999", ""), hw.CodeConflict)
	})
	t.Run("models.show says where facts come from", func(t *testing.T) {
		var m hw.ModelDetail
		r := l.do(t, http.MethodGet, "/api/v1/model-facts?provider=openai&model=gpt-4o-mini", "")
		if r.decode(t, &m); m.Facts == nil || m.Price.Output != 3 || m.Facts.Price.Output != 0.6 || m.AsOf == "" {
			t.Errorf("%d %s", r.StatusCode, r.body)
		}
		wantProblem(t, l.do(t, http.MethodGet, "/api/v1/model-facts?provider=openai&model=ghost", ""), hw.CodeNotFound)
	})
	t.Run("models.delete", func(t *testing.T) {
		if r := l.do(t, http.MethodDelete, "/api/v1/models/openai%2Fgpt-4o-mini", ""); r.StatusCode != http.StatusNoContent {
			t.Errorf("%d %s", r.StatusCode, r.body)
		}
	})
	t.Run("upstreams.models", func(t *testing.T) {
		l.Must(t, hw.KindUpstream, `{"name":"openai","provider":"openai"}`)
		l.Discover = func(string) (hw.UpstreamModels, error) {
			return hw.UpstreamModels{OK: true, Items: []hw.UpstreamModel{{ID: "gpt-4o-mini"}}}, nil
		}
		var list hw.UpstreamModels
		r := l.do(t, http.MethodPost, "/api/v1/upstreams/openai/models", "")
		if r.decode(t, &list); len(list.Items) != 1 || list.Items[0].Known != hw.ModelKnown {
			t.Errorf("%d %s", r.StatusCode, r.body)
		}
	})
}

func TestCatalogOverREST(t *testing.T) {
	l := listen(t)
	file := upload(t, `{"format":1,"as_of":"2027-02-01","models":{"openai":[{"id":"gpt-4o-mini","price":{"input":0.01,"output":0.02}}]}}`)
	var st hw.CatalogState
	var d hw.CatalogDiff
	r := l.do(t, http.MethodPost, "/api/v1/catalog/preview", file) // catalog.preview
	if r.decode(t, &d); d.Applied || d.Repriced != 1 || d.Items[0].Before.Input != 0.15 {
		t.Errorf("%d %s", r.StatusCode, r.body)
	}
	l.do(t, http.MethodGet, "/api/v1/catalog", "").decode(t, &st) // catalog.get
	if st.Source != hw.CatalogBox || st.Models < 5000 {
		t.Errorf("%+v", st)
	}
	r = l.do(t, http.MethodPost, "/api/v1/catalog/refresh", file) // catalog.refresh
	if r.decode(t, &d); !d.Applied || d.Generation != 1 {
		t.Errorf("%d %s", r.StatusCode, r.body)
	}
	r = l.do(t, http.MethodPost, "/api/v1/catalog/reset", "") // catalog.reset
	if r.decode(t, &st); st.Source != hw.CatalogBox || st.AsOf != st.BoxAsOf {
		t.Errorf("%d %s", r.StatusCode, r.body)
	}
	t.Run("a file that is none says why", func(t *testing.T) {
		p := wantProblem(t, l.do(t, http.MethodPost, "/api/v1/catalog/preview", upload(t, "<html>")), hw.CodeInvalid)
		if !strings.Contains(p.Detail, "web page") {
			t.Errorf("%+v", p)
		}
	})
	t.Run("a file of its full size comes through, a larger one does not", func(t *testing.T) {
		full := `{"file":"` + base64.StdEncoding.EncodeToString([]byte(strings.Repeat(" ", 16<<20))) + `"}`
		p := wantProblem(t, l.do(t, http.MethodPost, "/api/v1/catalog/preview", full), hw.CodeInvalid)
		if !strings.Contains(p.Detail, "empty") {
			t.Errorf("%+v", p)
		}
		wantProblem(t, l.do(t, http.MethodPost, "/api/v1/catalog/preview", `{"file":"`+strings.Repeat("A", 23<<20)+`"}`), hw.CodeTooLarge)
	})
}
