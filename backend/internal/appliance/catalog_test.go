package appliance_test

import (
	"database/sql"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"headwater/backend/hw"
)

// lister is an upstream that has a list of models and nothing else.
type lister struct {
	*httptest.Server
	mu    sync.Mutex
	asked []string // guarded by mu
}

func newLister(t *testing.T, list string) *lister {
	t.Helper()
	l := &lister{}
	l.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		l.mu.Lock()
		l.asked = append(l.asked, r.Method+" "+r.URL.Path+" "+r.Header.Get("Authorization"))
		l.mu.Unlock()
		if strings.HasSuffix(r.Header.Get("Authorization"), "revoked") {
			w.WriteHeader(http.StatusUnauthorized)
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, list)
	}))
	t.Cleanup(l.Close)
	return l
}

func TestAnUpstreamsOwnModels(t *testing.T) {
	good := newLister(t, `{"object":"list","data":[{"id":"house/llama"},{"id":"a-model"},{"id":"a-model"},{"id":""}]}`)
	page := newLister(t, `<html>hello</html>`)
	dir := t.TempDir()
	s := start(t, dir)
	s.apply(t, dir, `
models: [{provider: openai-compatible, model: house/llama, context: 8192, price: {input: 0.5, output: 1}}]
upstreams:
  - {name: good, provider: openai-compatible, local: true, base_url: "`+good.URL+`/v1", check: {kind: "off"}}
  - {name: revoked, provider: openai-compatible, local: true, base_url: "`+good.URL+`/v1", check: {kind: "off"}}
  - {name: page, provider: openai-compatible, local: true, base_url: "`+page.URL+`/v1", check: {kind: "off"}}
  - {name: nowhere, provider: openai-compatible, local: true, base_url: "http://127.0.0.1:1/v1", check: {kind: "off"}}
  - {name: bedrock, provider: amazon-bedrock, base_url: "https://bedrock-runtime.eu-west-1.amazonaws.com", check: {kind: "off"}}
  - {name: practice, provider: simulator}
credentials:
  - {name: off, upstream: good, secret: sk-off, state: disabled}
  - {name: on, upstream: good, secret: sk-on}
  - {name: bad, upstream: revoked, secret: sk-revoked}
`)
	ask := func(name string) (list hw.UpstreamModels) {
		t.Helper()
		if err := s.call(t, dir, "upstreams.models", map[string]any{"ref": name}, &list); err != nil {
			t.Fatal(err)
		}
		return list
	}
	t.Run("are told with what is known of each, and cost nothing", func(t *testing.T) {
		list := ask("good")
		if !list.OK || len(list.Items) != 2 || list.Items[0].ID != "a-model" || list.Items[0].Known != hw.ModelUnknown || list.Unknown != 1 || list.At.IsZero() {
			t.Fatalf("%+v", list)
		}
		if one := list.Items[1]; one.Known != hw.ModelKnown || one.Facts.Context != 8192 || one.Facts.Price.Input != 0.5 {
			t.Errorf("%+v", one)
		}
		good.mu.Lock()
		defer good.mu.Unlock()
		if len(good.asked) != 1 || good.asked[0] != "GET /v1/models Bearer sk-on" {
			t.Errorf("asked %q", good.asked)
		}
	})
	t.Run("the practice model has some, too", func(t *testing.T) {
		if list := ask("practice"); !list.OK || len(list.Items) == 0 {
			t.Errorf("%+v", list)
		}
	})
	for name, want := range map[string]hw.Code{
		"revoked": hw.CodeUpstreamAuth, "page": hw.CodeUpstreamMalformed, "nowhere": hw.CodeUpstreamUnreachable, "bedrock": hw.CodeUpstreamNoModels,
	} {
		t.Run("where there is no list it is said why: "+name, func(t *testing.T) {
			if list := ask(name); list.OK || list.Words == "" || list.Code != want.Info().Public || list.Items == nil {
				t.Errorf("%+v", list)
			}
		})
	}
	if err := s.stop(); err != nil {
		t.Error(err)
	}
}

func TestTheCatalogueFileAfterAStart(t *testing.T) {
	dir := t.TempDir()
	s := start(t, dir)
	file := hw.CatalogUpload{File: []byte(`{"format":1,"as_of":"2027-02-01","models":{"openai":[{"id":"gpt-99"}]}}`)}
	if err := s.call(t, dir, "catalog.refresh", map[string]any{"body": file}, nil); err != nil {
		t.Fatal(err)
	}
	state := func(s *service) (st hw.CatalogState) {
		t.Helper()
		if err := s.call(t, dir, "catalog.get", nil, &st); err != nil {
			t.Fatal(err)
		}
		if err := s.stop(); err != nil {
			t.Fatal(err)
		}
		return st
	}
	if st := state(s); st.AsOf != "2027-02-01" || st.Source != hw.CatalogFrom {
		t.Errorf("%+v", st)
	}
	if st := state(start(t, dir)); st.AsOf != "2027-02-01" || st.Lost {
		t.Errorf("after a restart: %+v", st)
	}
	db, err := sql.Open("sqlite", filepath.Join(dir, "headwater.db"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), `UPDATE catalog_file SET body = 'AAAA'`); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if st := state(start(t, dir)); st.AsOf != st.BoxAsOf || !st.Lost || st.Models < 5000 {
		t.Errorf("with a damaged file: %+v", st)
	}
}
