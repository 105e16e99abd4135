package gateway_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/gateway"
)

// alsoCohere adds a route to Cohere, and one that tries Cohere first.
func alsoCohere(docs []hw.Document) []hw.Document {
	base := docs[1].(*hw.Upstream).BaseURL
	up := &hw.Upstream{Meta: hw.Meta{ID: "ups_c"}, Name: "coh", Provider: "cohere", BaseURL: strings.TrimSuffix(base, "/v1") + "/v2", Local: true}
	return append(docs, up, ladder("coh", targetsOf("coh")), ladder("both", targetsOf("coh"), targetsOf("spare")))
}

func TestRerankAtCohere(t *testing.T) {
	r := newRig(t, alsoCohere)
	const docs = `"documents":["a dog",{"text":"a black cat","id":7},"cats"]`
	var told struct {
		ID, Model string
		Results   []struct {
			Index    int
			Score    float64 `json:"relevance_score"`
			Document *struct{ Text string }
		}
	}
	for _, path := range []string{"/v1/rerank", "/v2/rerank", "/rerank"} {
		got := r.do("POST", path, `{"model":"coh","query":"black cat",`+docs+`,"top_n":2,"return_documents":true,"rank_fields":["text"]}`, nil)
		if got.status != 200 || json.Unmarshal([]byte(got.body), &told) != nil {
			t.Fatalf("%d %s", got.status, got.body)
		}
		if told.Model != "coh" || told.ID == "" || len(told.Results) != 2 || told.Results[0].Index != 1 || told.Results[0].Score != 1 || told.Results[0].Document.Text != "a black cat" {
			t.Errorf("%s", got.body)
		}
		if got.header.Get("X-Headwater-Dropped") != "rank_fields" || got.header.Get("Content-Type") != "application/json" {
			t.Errorf("%v", got.header)
		}
	}
	sent := r.primary.Seen()[0]
	if want := `{"model":"m-coh","query":"black cat","documents":["a dog","a black cat","cats"],"top_n":2}`; sent.Path != "/v2/rerank" || string(sent.Body) != want {
		t.Errorf("sent %s %s", sent.Path, sent.Body)
	}
	if row := r.calls.wait(t, 0); row.Dialect != "openai" || row.Endpoint != "rerank" || row.Dropped != "rank_fields" {
		t.Errorf("row %+v", row)
	}
}

func TestRerankFailsOverBetweenDialects(t *testing.T) {
	for _, fault := range []string{"status-503", "html", "empty", "error-in-200", "cut"} {
		r := newRig(t, alsoCohere)
		r.misbehave(r.primary, fault)
		got := r.do("POST", "/v2/rerank", `{"model":"both","query":"cat","documents":["a cat"]}`, nil)
		if got.status != 200 || !strings.Contains(got.header.Get("X-Headwater-Served-By"), "tier=2") || !strings.Contains(got.body, `"model":"both"`) {
			t.Errorf("%s: %d %v %s", fault, got.status, got.header, got.body)
		}
	}
}

func TestRerankRefusesBadInputForATranslation(t *testing.T) {
	r := newRig(t, alsoCohere)
	for _, row := range []struct{ body, param string }{
		{`"query":"a"`, "documents"},
		{`"query":"a","documents":[]`, "documents"},
		{`"query":"a","documents":"a"`, "documents"},
		{`"query":"a","documents":["a",5]`, "documents[1]"},
		{`"query":"a","documents":["a",{"title":"b"}]`, "documents[1]"},
		{`"query":5,"documents":["a"]`, "query"},
		{`"query":"a","documents":["a"],"top_n":0`, "top_n"},
		{`"query":"a","documents":["a"],"top_n":"1"`, "top_n"},
		{`"query":"a","documents":["a"],"return_documents":"yes"`, "return_documents"},
	} {
		got := r.do("POST", "/v1/rerank", `{"model":"coh",`+row.body+`}`, nil)
		if got.status != 400 || got.errorField(t, "param") != row.param {
			t.Errorf("%s: %d %s", row.body, got.status, got.body)
		}
	}
	if n := r.primary.Counts().Requests; n != 0 {
		t.Errorf("the upstream was asked %d times", n)
	}
}

func TestPicturesAndSoundAreNotRemembered(t *testing.T) {
	r := newRig(t, routes(ladder("fresh", hw.Tier{Kind: hw.TierCache, FreshSeconds: 60}, targetsOf("primary"))))
	for _, s := range smalls() {
		before := r.primary.Counts().Requests
		first, _ := s.ask(t, r, "fresh")
		second, _ := s.ask(t, r, "fresh")
		if first.status != 200 || second.status != 200 || second.header.Get("Content-Type") != first.header.Get("Content-Type") || !strings.Contains(second.body, s.has) {
			t.Errorf("%s: %d %d %v %q", s.path, first.status, second.status, second.header, second.body)
		}
		remembered := s.endpoint == "rerank" || s.endpoint == "moderations"
		if asked := r.primary.Counts().Requests - before; remembered == (asked == 2) {
			t.Errorf("%s: the upstream was asked %d times", s.path, asked)
		}
	}
}

func TestDeferredCallsWithFormsAndSound(t *testing.T) {
	d := &drawer{calls: map[string]hw.Deferred{}, bodies: map[string][]byte{}}
	r := newRig(t, routes(ladder("later", targetsOf("primary"), hw.Tier{Kind: hw.TierDeferred, ExpireSeconds: 3600})))
	r.gateway.Later = d
	for i, s := range smalls() {
		body, kind := strings.ReplaceAll(s.body, "$MODEL", "later"), "application/json"
		if s.file != "" {
			body, kind = formOf(t, s.file, append([]string{"model", "later"}, s.fields...)...)
		}
		r.primary.Down()
		got := r.do("POST", s.path, body, map[string]string{"Content-Type": kind, "Prefer": "respond-async"})
		var told struct{ ID string }
		if json.Unmarshal([]byte(got.body), &told) != nil || got.status != 202 {
			t.Fatalf("%s: %d %s", s.path, got.status, got.body)
		}
		if err := r.primary.Up(t.Context()); err != nil {
			t.Fatal(err)
		}
		r.misbehave(r.primary, "ok")
		kept := d.calls[told.ID]
		var a gateway.LaterAnswer
		for end := time.Now().Add(20 * time.Second); time.Now().Before(end); <-time.After(50 * time.Millisecond) {
			if a = r.gateway.AnswerLater(t.Context(), kept, d.bodies[told.ID]); !a.Again {
				break
			}
		}
		if a.Status != 200 || !strings.HasPrefix(a.ContentType, s.kind) || !strings.Contains(string(a.Body), s.has) {
			t.Errorf("%d %s: %d %s %.200q", i, s.path, a.Status, a.ContentType, a.Body)
		}
	}
}

func TestRerankAtVoyage(t *testing.T) {
	r := newRig(t, func(docs []hw.Document) []hw.Document {
		base := docs[1].(*hw.Upstream).BaseURL
		up := &hw.Upstream{Meta: hw.Meta{ID: "ups_v"}, Name: "voy", Provider: "voyage", BaseURL: strings.TrimSuffix(base, "/v1") + "/voyage/v1", Local: true}
		return append(docs, up, ladder("voy", targetsOf("voy")), ladder("both", targetsOf("voy"), targetsOf("spare")))
	})
	body := func(model string) string {
		return `{"model":"` + model + `","query":"cat","documents":["dog",{"text":"cat"}],"top_n":1,"return_documents":true,"max_tokens_per_doc":9}`
	}
	got := r.do("POST", "/v1/rerank", body("voy"), nil)
	if got.status != 200 || !strings.Contains(got.body, `"model":"voy","results":[{"index":1,"relevance_score":1,"document":{"text":"cat"}}],"usage":{`) {
		t.Errorf("%d %s", got.status, got.body)
	}
	if got.header.Get("X-Headwater-Dropped") != "max_tokens_per_doc" {
		t.Errorf("%v", got.header)
	}
	if sent := string(r.primary.Seen()[0].Body); sent != `{"model":"m-voy","query":"cat","documents":["dog","cat"],"top_k":1}` {
		t.Errorf("sent %s", sent)
	}
	if row := r.calls.wait(t, 0); row.Endpoint != "rerank" || row.TokensIn == 0 {
		t.Errorf("row %+v", row)
	}
	got = r.do("POST", "/v1/rerank", `{"model":"voy","query":"cat","documents":["dog","cat"],"top_k":1}`, nil)
	for _, want := range []string{`"results":[{"index":1,`, `"object":"list","data":[{"index":1,"relevance_score":1}]`, `"total_tokens":`} {
		if got.status != 200 || !strings.Contains(got.body, want) {
			t.Errorf("asked as Voyage's clients ask: %d, no %s in %s", got.status, want, got.body)
		}
	}
	if got := r.do("POST", "/v1/embeddings", `{"model":"voy","input":"a"}`, nil); got.status != 200 {
		t.Errorf("what it speaks like OpenAI: %d %s", got.status, got.body)
	}
	for _, fault := range []string{"status-503", "html", "empty", "error-in-200"} {
		r.misbehave(r.primary, fault)
		if got := r.do("POST", "/v1/rerank", body("both"), nil); got.status != 200 || !strings.Contains(got.header.Get("X-Headwater-Served-By"), "tier=2") {
			t.Errorf("%s: %d %s", fault, got.status, got.body)
		}
	}
}
