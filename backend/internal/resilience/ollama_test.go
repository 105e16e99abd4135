//go:build linux

package resilience

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// ollama plays an engine that holds a model in memory only after a call has
// made it load it, which takes long.
type ollama struct {
	model string
	takes time.Duration

	mu     sync.Mutex
	begun  time.Time // when a call made it load; zero while nobody has
	loaded chan struct{}
	calls  int
	// odd are requests that would load or evict, and those it does not know.
	odd []string
}

func newOllama(model string, takes time.Duration) *ollama {
	return &ollama{model: model, takes: takes, loaded: make(chan struct{})}
}

// ServeHTTP implements http.Handler. The answers are those of Ollama 0.9.
func (o *ollama) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := o.model + ":latest"
	switch r.Method + " " + r.URL.Path {
	case "GET /":
		fmt.Fprint(w, "Ollama is running")
	case "GET /api/version":
		writeJSON(w, map[string]string{"version": "0.9.0"})
	case "GET /api/tags":
		writeJSON(w, map[string]any{"models": []any{map[string]any{"name": name, "model": name, "size": 4_000_000_000}}})
	case "GET /api/ps":
		models := []any{}
		if o.has() {
			models = append(models, map[string]any{"name": name, "model": name, "context_length": 4096})
		}
		writeJSON(w, map[string]any{"models": models})
	case "GET /v1/models":
		writeJSON(w, map[string]any{"object": "list", "data": []any{map[string]any{"id": name, "object": "model", "owned_by": "library"}}})
	case "POST /v1/chat/completions":
		o.chat(w, r)
	default:
		if r.Method != http.MethodGet || slices.Contains([]string{"/api/generate", "/api/chat", "/api/embed", "/api/pull"}, r.URL.Path) {
			o.mu.Lock()
			o.odd = append(o.odd, r.Method+" "+r.URL.Path)
			o.mu.Unlock()
		}
		http.NotFound(w, r)
	}
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // a client that has gone
}

// has reports whether the model is in memory.
func (o *ollama) has() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return !o.begun.IsZero() && time.Since(o.begun) >= o.takes
}

// evict drops the model, as another user of the engine makes it do.
func (o *ollama) evict() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.begun, o.loaded = time.Time{}, make(chan struct{})
}

// load makes the model load, and says when it is there.
func (o *ollama) load() <-chan struct{} {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.calls++
	if o.begun.IsZero() {
		o.begun = time.Now()
		loaded := o.loaded
		time.AfterFunc(o.takes, func() { close(loaded) })
	}
	return o.loaded
}

func (o *ollama) chat(w http.ResponseWriter, r *http.Request) {
	var asked struct{ Stream bool }
	if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	select {
	case <-o.load():
	case <-r.Context().Done():
		return
	}
	if !asked.Stream {
		writeChat(w)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	const event = `data: {"id":"c","object":"chat.completion.chunk","created":1767225600,"model":"m","choices":[{"index":0,"delta":%s,"finish_reason":%s}]}` + "\n\n"
	fmt.Fprintf(w, strings.Repeat(event, 2)+"data: [DONE]\n\n", `{"role":"assistant","content":"yes"}`, "null", `{}`, `"stop"`)
}

// seen are the calls so far, and what it should never have been asked.
func (o *ollama) seen() (calls int, odd []string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.calls, slices.Clone(o.odd)
}
