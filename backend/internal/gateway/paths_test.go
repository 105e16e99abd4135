package gateway_test

import (
	"net/http"
	"strings"
	"testing"
)

func TestALastSlashIsForgiven(t *testing.T) {
	r := newRig(t)
	for _, g := range tongues() {
		path, query, asks := strings.Cut(g.path("fast", false), "?")
		if strings.Contains(path, ":") {
			continue // the model's name ends there
		}
		if path += "/"; asks {
			path += "?" + query
		}
		if got := r.do("POST", path, g.body("fast", g.say, false), nil); got.status != 200 {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
	}
	for _, path := range []string{"/v1/models/", "/api/tags/", "/api/version/", "/v1beta/models/"} {
		if got := r.do("GET", path, "", nil); got.status != 200 {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
	}
	for path, want := range map[string]string{
		"/v1/nothing/": "nothing at this path.", "/v1/models//": "", "//": "nothing at this path.",
		"/chat/completions": "; /v1/chat/completions is one", "/chat/completions/": "; /v1/chat/completions/ is one",
		"/v1/v1/messages": "; /v1/messages is one", "/responses": "; /v1/responses is one", "/v1/v1/v1/models": "nothing at this path.",
	} {
		if got := r.do("POST", path, chatBody("fast", false), nil); got.status != 404 && want != "" || !strings.Contains(got.body, want) {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
	}
}

func TestWhatCanBeReadAnswersHeadWithoutABody(t *testing.T) {
	r := newRig(t)
	for _, path := range []string{"/v1/models", "/v1/models/fast", "/v1beta/models", "/api/tags", "/api/version"} {
		got, whole := r.do("HEAD", path, "", nil), r.do("GET", path, "", nil)
		if got.status != 200 || got.body != "" || got.header.Get("Content-Length") != whole.header.Get("Content-Length") || got.header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: %d %q %v", path, got.status, got.body, got.header)
		}
	}
	if got := r.do("HEAD", "/v1/models/nothing", "", nil); got.status != 404 || got.body != "" {
		t.Errorf("%d %q", got.status, got.body)
	}
	if got := r.do("HEAD", "/v1/chat/completions", "", nil); got.status != 405 || got.header.Get("Allow") != "POST" {
		t.Errorf("%d %v", got.status, got.header)
	}
	if got := r.do("POST", "/v1/models", "", nil); got.header.Get("Allow") != "GET, HEAD" {
		t.Errorf("%v", got.header)
	}
}

// Ollama's own client asks for its root before each command, without a key.
func TestOllamasClientsSeeThatItRuns(t *testing.T) {
	r := newRig(t)
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		got := r.do(method, "/", "", map[string]string{"Authorization": ""})
		if got.status != 200 || method == http.MethodGet && got.body != "Ollama is running" {
			t.Errorf("%s: %d %q", method, got.status, got.body)
		}
	}
	if got := r.do("GET", "/", "", map[string]string{"Accept": "text/html,*/*"}); got.status != 404 {
		t.Errorf("a browser: %d %s", got.status, got.body)
	}
	if got := r.do("POST", "/", "{}", nil); got.status != 404 {
		t.Errorf("%d %s", got.status, got.body)
	}
	if r.calls.count() != 2 {
		t.Errorf("%d calls in the log", r.calls.count())
	}
}

func TestTheRightLetterCaseIsNamed(t *testing.T) {
	r := newRig(t)
	for _, g := range tongues() {
		if !g.model {
			continue
		}
		body := strings.Replace(g.body("fast", g.say, false), `"model"`, `"Model"`, 1)
		got := r.do("POST", g.path("fast", false), body, nil)
		told(t, g, got, 400, `The field \"Model\" must be written \"model\"`)
	}
}

// What an upstream's dialect cannot express is named by the caller's own path, or
// in words where that is not known: never by the path of a form it did not write.
func TestARefusalNamesTheCallersOwnPath(t *testing.T) {
	r := travel(t)
	const address = "https://pictures.example/a.png"
	for name, row := range map[string]struct{ to, say, words, path string }{
		"openai":           {"to-anthropic", `[{"role":"system","content":"s"},{"role":"user","content":[{"type":"text","text":"a"},{"type":"input_audio","input_audio":{"data":"QUJD","format":"wav"}}]}]`, "takes no audio", "messages[1].content[1]"},
		"openai-responses": {"to-ollama", `[{"role":"user","content":[{"type":"input_image","image_url":"` + address + `"}]}]`, "images as data only", ""},
		"anthropic":        {"to-ollama", `[{"role":"user","content":[{"type":"image","source":{"type":"url","url":"` + address + `"}}]}]`, "images as data only", "messages[0].content[0]"},
		"gemini":           {"to-ollama", `[{"role":"user","parts":[{"fileData":{"mimeType":"image/png","fileUri":"` + address + `"}}]}]`, "images as data only", ""},
	} {
		for _, g := range tongues() {
			if g.name != name {
				continue
			}
			got := r.do("POST", g.path(row.to, false), g.body(row.to, row.say, false), nil)
			told(t, g, got, 400, row.words, row.path)
			if row.path == "" && (strings.Contains(got.body, "messages[") || strings.Contains(got.body, `"field"`) || strings.Contains(got.body, `"param":"`)) {
				t.Errorf("%s: %s", name, got.body)
			}
		}
	}
}
