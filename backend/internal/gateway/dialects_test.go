package gateway_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"headwater/backend/hw"
)

// tongue is how a caller of one dialect asks and is answered.
type tongue struct {
	name string
	// path and body ask a model; say is the conversation's JSON in its form.
	path func(model string, stream bool) string
	body func(model, say string, stream bool) string
	say  string
	// wrong is a conversation of the wrong type; part is one with a part that no
	// chat can express, at.
	wrong, part, at string
	// text finds the message of an error.
	text func(m map[string]any) (string, bool)
	// model is false where the path names the model.
	model bool
}

func at(names ...string) func(m map[string]any) (string, bool) {
	return func(m map[string]any) (string, bool) {
		for _, name := range names[:len(names)-1] {
			m, _ = m[name].(map[string]any)
		}
		text, ok := m[names[len(names)-1]].(string)
		return text, ok
	}
}

func fixed(path string) func(string, bool) string { return func(string, bool) string { return path } }

// fields renders a body with a model, a stream flag and more.
func fields(more string) func(model, say string, stream bool) string {
	return func(model, say string, stream bool) string {
		name, _ := json.Marshal(model)
		flag, _ := json.Marshal(stream)
		return `{"model":` + string(name) + `,"stream":` + string(flag) + `,` + strings.ReplaceAll(more, "SAY", say) + `}`
	}
}

func tongues() []tongue {
	const chat = `[{"role":"user","content":"hello"}]`
	return []tongue{
		{
			name: "openai", path: fixed("/v1/chat/completions"), body: fields(`"messages":SAY`), say: chat, wrong: `7`,
			part: `[{"role":"user","content":[{"type":"hologram"}]}]`, at: "messages[0].content[0]", text: at("error", "message"), model: true,
		},
		{
			name: "openai-responses", path: fixed("/v1/responses"), body: fields(`"input":SAY`), say: chat, wrong: `7`,
			part: `[{"role":"user","content":[{"type":"hologram"}]}]`, at: "input[0].content[0]", text: at("error", "message"), model: true,
		},
		{
			name: "anthropic", path: fixed("/v1/messages"), body: fields(`"max_tokens":50,"messages":SAY`), say: chat, wrong: `7`,
			part: `[{"role":"user","content":[{"type":"hologram"}]}]`, at: "messages[0].content[0]", text: at("error", "message"), model: true,
		},
		{
			name: "gemini", path: func(model string, stream bool) string {
				if stream {
					return "/v1beta/models/" + model + ":streamGenerateContent?alt=sse"
				}
				return "/v1beta/models/" + model + ":generateContent"
			},
			body: func(_, say string, _ bool) string { return `{"contents":` + say + `}` },
			say:  `[{"role":"user","parts":[{"text":"hello"}]}]`, wrong: `7`,
			part: `[{"role":"user","parts":[{"fileData":{"fileUri":"https://generativelanguage.googleapis.com/v1beta/files/x"}}]}]`,
			at:   "contents[0].parts[0]", text: at("error", "message"),
		},
		{
			name: "ollama", path: fixed("/api/chat"), body: fields(`"messages":SAY`), say: chat, wrong: `7`,
			part: `[{"role":"hologram","content":"x"}]`, at: "messages[0]", text: at("error"), model: true,
		},
	}
}

// abroad adds a route to an upstream of each dialect, named like it.
func abroad(r *rig) option {
	return func(docs []hw.Document) []hw.Document {
		for provider, path := range map[string]string{
			"openai-compatible": "/v1", "openai-responses-compatible": "/v1", "anthropic-compatible": "/v1", "gemini-compatible": "/v1beta", "ollama": "",
		} {
			name := strings.TrimSuffix(provider, "-compatible")
			docs = append(docs,
				&hw.Upstream{Meta: hw.Meta{ID: "ups_to_" + name}, Name: "to-" + name, Provider: provider, BaseURL: r.primary.URL() + path, Local: true},
				&hw.Route{Name: "to-" + name, Tiers: []hw.Tier{{Targets: []hw.RouteTarget{{Upstream: "to-" + name, Model: "m"}}}}},
			)
		}
		return docs
	}
}

// travel is a rig with routes to upstreams of all dialects.
func travel(t *testing.T) *rig {
	t.Helper()
	r := newRig(t)
	r.load(abroad(r)(r.documents()))
	return r
}

// told wants an error in the caller's own form.
func told(t *testing.T, g tongue, got answer, status int, words ...string) {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal([]byte(got.body), &m); err != nil {
		t.Fatalf("not JSON: %q", got.body)
	}
	text, ok := g.text(m)
	if got.status != status || !ok || got.header.Get("Content-Type") != "application/json" {
		t.Errorf("status %d, want %d: %s", got.status, status, got.body)
	}
	for _, word := range words {
		if !strings.Contains(text, word) && !strings.Contains(got.body, word) {
			t.Errorf("%q is not told: %s", word, got.body)
		}
	}
}

func TestBadInputIsToldInTheCallersDialect(t *testing.T) {
	r := travel(t)
	for _, g := range tongues() {
		t.Run(g.name, func(t *testing.T) {
			ask := func(model, body string) answer { return r.do("POST", g.path(model, false), body, nil) }
			for _, body := range []string{``, `{`, `[]`, `"x"`, `null`, `{"model":}`, "\x00", `{"a":1}{`} {
				told(t, g, ask("fast", body), 400)
			}
			told(t, g, ask("fsat", g.body("fsat", g.say, false)), 404, "fast")
			if g.model {
				told(t, g, ask("", `{"stream":false}`), 400, "model")
				told(t, g, ask("", `{"model":7}`), 400, "model")
			}
			// To another dialect's upstream the whole request is read.
			other := "to-anthropic"
			if g.name == "anthropic" {
				other = "to-openai"
			}
			told(t, g, ask(other, g.body(other, g.wrong, false)), 400)
			told(t, g, ask(other, g.body(other, g.part, false)), 400, g.at)
			told(t, g, ask(other, g.body(other, `[]`, false)), 400)
			if n := len(r.primary.Seen()); n != 0 {
				t.Errorf("an upstream was asked %d times", n)
			}
			none := r.do("POST", g.path("fast", false), g.body("fast", g.say, false), map[string]string{"Authorization": ""})
			told(t, g, none, 401)
			told(t, g, r.do("PATCH", g.path("fast", false), "", nil), 405)
		})
	}
}

func TestABodyThatIsTooLongIsToldInTheCallersDialect(t *testing.T) {
	r := newRig(t)
	long := strings.Repeat(" ", 32<<20+1)
	for _, g := range tongues() {
		req := r.request(t.Context(), http.MethodPost, g.path("fast", false), []byte(long), map[string]string{"Expect": "100-continue"})
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatalf("%s: %v", g.name, err)
		}
		var m map[string]any
		err = json.NewDecoder(resp.Body).Decode(&m)
		_ = resp.Body.Close()
		if text, ok := g.text(m); err != nil || resp.StatusCode != 413 || !ok || !strings.Contains(text, "32 MiB") {
			t.Errorf("%s: status %d, %v, %v", g.name, resp.StatusCode, m, err)
		}
	}
}

func TestEveryDialectReachesEveryUpstream(t *testing.T) {
	r, calls := travel(t), 0
	for _, g := range tongues() {
		for _, to := range tongues() {
			t.Run(g.name+" to "+to.name, func(t *testing.T) {
				model := "to-" + to.name
				for _, stream := range []bool{false, true} {
					got := r.do("POST", g.path(model, stream), g.body(model, g.say, stream), nil)
					c := r.calls.wait(t, calls)
					calls++
					if got.status != 200 || strings.Count(got.body, "word1") == 0 || strings.Count(got.body, "word8") == 0 {
						t.Fatalf("stream %v: %d %s", stream, got.status, got.body)
					}
					if !strings.Contains(got.body, model) {
						t.Errorf("stream %v: the model is not the one asked for: %s", stream, got.body)
					}
					if c.Status != 200 || c.TokensIn == 0 || c.TokensOut != 8 || c.Dialect != g.name {
						t.Errorf("stream %v: the log has %+v", stream, c)
					}
				}
			})
		}
	}
}
