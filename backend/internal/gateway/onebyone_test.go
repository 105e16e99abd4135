package gateway_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"headwater/backend/hw"
)

// titan is a server in the place of Amazon's, that embeds one text at a time: as
// its number and its length.
type titan struct {
	*httptest.Server
	mu    sync.Mutex
	texts []string // those that were asked for
	busy  int      // how many requests are under way
	most  int      // and were at the same time
	// fails answers in the place of the server; may be nil.
	fails func(w http.ResponseWriter, text string) bool
}

func newTitan(t *testing.T) *titan {
	t.Helper()
	s := &titan{}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

// ServeHTTP implements http.Handler.
func (s *titan) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	var req struct {
		Text string `json:"inputText"`
	}
	_ = json.Unmarshal(body, &req)
	s.mu.Lock()
	s.texts = append(s.texts, req.Text)
	n := len(s.texts)
	s.busy++
	s.most = max(s.most, s.busy)
	fails := s.fails
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.busy--
		s.mu.Unlock()
	}()
	if fails != nil && fails(w, req.Text) {
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = fmt.Fprintf(w, `{"embedding":[%d,%d],"inputTextTokenCount":%d}`, n, len(req.Text), len(req.Text))
}

func (s *titan) seen() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.texts)
}

// routes adds it, with a route of its own and one with another target behind it.
func (s *titan) routes(docs []hw.Document) []hw.Document {
	own := hw.Tier{Targets: []hw.RouteTarget{{Upstream: "aws", Model: "amazon.titan-embed-text-v2:0"}}}
	return append(docs,
		&hw.Upstream{
			Meta: hw.Meta{ID: "ups_aws"}, Name: "aws", Provider: "amazon-bedrock", BaseURL: s.URL, Local: true,
			Timeouts: hw.Timeouts{ConnectMs: 10_000, FirstByteMs: 10_000, IdleMs: 10_000},
		},
		&hw.Credential{Meta: hw.Meta{ID: "crd_aws"}, Name: "aws", Upstream: "aws", Sealed: "plain", RequestsPerMinute: 20},
		ladder("aws", own), ladder("aws-then", own, targetsOf("spare")))
}

func TestSeveralTextsAreAskedOneByOneAndAreOneAnswer(t *testing.T) {
	for name, row := range map[string]struct{ path, body, has, usage string }{
		"OpenAI": {
			"/v1/embeddings", `{"model":"aws","input":["x","yy","zzz"]}`,
			`"data":[{"object":"embedding","index":0,"embedding":[1,1]},{"object":"embedding","index":1,"embedding":[2,2]},{"object":"embedding","index":2,"embedding":[3,3]}]`,
			`"prompt_tokens":6`,
		},
		"Gemini": {
			"/v1beta/models/aws:batchEmbedContents",
			`{"requests":[{"content":{"parts":[{"text":"x"}]}},{"content":{"parts":[{"text":"yy"}]}},{"content":{"parts":[{"text":"zzz"}]}}]}`,
			`"embeddings":[{"values":[1,1]},{"values":[2,2]},{"values":[3,3]}]`, `"promptTokenCount":6`,
		},
		"Ollama": {"/api/embed", `{"model":"aws","input":["x","yy","zzz"]}`, `"embeddings":[[1,1],[2,2],[3,3]]`, `"prompt_eval_count":6`},
	} {
		s := newTitan(t)
		r := newRig(t, s.routes)
		got := r.do("POST", row.path, row.body, nil)
		if got.status != 200 || !strings.Contains(got.body, row.has) || !strings.Contains(got.body, row.usage) || strings.Contains(got.body, "estimated") {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
		if texts := s.seen(); !slices.Equal(texts, []string{"x", "yy", "zzz"}) || s.most != 1 {
			t.Errorf("%s: asked %q, %d at once", name, texts, s.most)
		}
		call := r.calls.wait(t, 0)
		if len(call.Attempts) != 1 || call.Attempts[0].Class != hw.ClassOK || call.Attempts[0].Tokens == nil || call.Attempts[0].Tokens.In != 6 {
			t.Errorf("%s: %+v", name, call.Attempts)
		}
	}
}

// failing gives an answer of its own to one text.
func failing(text string, answer func(w http.ResponseWriter)) func(http.ResponseWriter, string) bool {
	return func(w http.ResponseWriter, got string) bool {
		if got == text {
			answer(w)
		}
		return got == text
	}
}

func TestTheFirstOfSeveralRequestsThatFailsIsTheFailure(t *testing.T) {
	says := func(status int, body string) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	for name, row := range map[string]struct {
		answer func(w http.ResponseWriter)
		status int
		class  hw.Class
	}{
		"its limit":                {says(429, `{"message":"Too many requests","__type":"ThrottlingException"}`), 429, hw.ClassRate},
		"it is overloaded":         {says(503, `{"message":"busy"}`), 503, hw.ClassOverloaded},
		"the text is refused":      {says(400, `{"message":"Too many input tokens.","__type":"ValidationException"}`), 400, ""},
		"an error within success":  {says(200, `{"message":"Too many requests","__type":"ThrottlingException"}`), 429, hw.ClassRate},
		"two vectors for one text": {says(200, `{"embeddings":[[1],[2]]}`), 502, hw.ClassFailed},
		"no JSON":                  {says(200, `<html>`), 502, hw.ClassFailed},
		"a closed connection":      {func(http.ResponseWriter) { panic(http.ErrAbortHandler) }, 503, ""},
	} {
		s := newTitan(t)
		s.fails = failing("yy", row.answer)
		r := newRig(t, s.routes)
		got := r.do("POST", "/v1/embeddings", `{"model":"aws","input":["x","yy","zzz"]}`, nil)
		if got.status != row.status || got.errorField(t, "message") == "" {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
		if slices.Contains(s.seen(), "zzz") {
			t.Errorf("%s: asked %q", name, s.seen())
		}
		first := r.calls.wait(t, 0).Attempts[0]
		if row.class != "" && first.Class != row.class || first.Tokens == nil || first.Tokens.In != 1 {
			t.Errorf("%s: %+v %+v", name, first, first.Tokens)
		}
	}
}

func TestAnotherTargetTakesAllTextsWhenOneFails(t *testing.T) {
	s := newTitan(t)
	s.fails = failing("zzz", func(w http.ResponseWriter) { w.WriteHeader(503) })
	r := newRig(t, s.routes)
	got := r.do("POST", "/v1/embeddings", `{"model":"aws-then","input":["x","yy","zzz"]}`, nil)
	if got.status != 200 || !strings.Contains(got.header.Get("X-Headwater-Served-By"), "tier=2") || strings.Count(got.body, `"embedding":[`) != 3 {
		t.Errorf("%d %s %v", got.status, got.body, got.header)
	}
}

func TestSilenceAndTheDeadlineEndSeveralRequests(t *testing.T) {
	for name, row := range map[string]struct {
		idleMs int64
		header map[string]string
		code   string
		class  hw.Class
	}{
		"silence":      {300, nil, "upstream_timeout", hw.ClassSlow},
		"the deadline": {10_000, map[string]string{"X-Headwater-Deadline-Ms": "300"}, "deadline_exceeded", hw.ClassNeutral},
	} {
		s := newTitan(t)
		gone := make(chan struct{})
		s.fails = func(_ http.ResponseWriter, text string) bool {
			if text == "yy" {
				<-gone
			}
			return false
		}
		r := newRig(t, s.routes, func(docs []hw.Document) []hw.Document {
			for _, doc := range docs {
				if u, ok := doc.(*hw.Upstream); ok && u.Name == "aws" {
					u.Timeouts.IdleMs = row.idleMs
				}
			}
			return docs
		})
		got := r.do("POST", "/v1/embeddings", `{"model":"aws","input":["x","yy","zzz"]}`, row.header)
		close(gone)
		if code := got.errorField(t, "code"); got.status != 504 || code != row.code || slices.Contains(s.seen(), "zzz") {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
		if first := r.calls.wait(t, 0).Attempts[0]; first.Class != row.class {
			t.Errorf("%s: %+v", name, first)
		}
	}
}

func TestEachOfSeveralRequestsCountsAgainstTheCredentialsLimit(t *testing.T) {
	s := newTitan(t)
	r := newRig(t, s.routes)
	body := `{"model":"aws","input":["a"` + strings.Repeat(`,"a"`, 19) + `]}`
	if got := r.do("POST", "/v1/embeddings", body, nil); got.status != 200 || len(s.seen()) != 20 {
		t.Fatalf("%d %s", got.status, got.body)
	}
	if got := r.do("POST", "/v1/embeddings", `{"model":"aws","input":"a"}`, nil); got.status != 429 || len(s.seen()) != 20 {
		t.Errorf("%d %s", got.status, got.body)
	}
}
