package engine

import (
	"context"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func text(value float64) string { return strconv.FormatFloat(value, 'g', -1, 64) }

func FuzzSamples(f *testing.F) {
	for _, seed := range []string{"up 1\n", "a{x=\"}\\\"\"} 2 3\n", "# HELP a b\n", "a{", "a{x=\"\\", "a NaN\nb 0x1p-2\n", "\n\n", "\xff \xff\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, page []byte) {
		lines := strings.Count(string(page), "\n")
		for name := range samples(page) {
			if lines--; lines < 0 || name == "" || strings.ContainsAny(name, "{ \t\n") {
				t.Errorf("%q gave the name %q", page, name)
			}
		}
	})
}

func FuzzOllama(f *testing.F) {
	fuzz(f, Ollama, `{"models":[{"name":"a","context_length":4096}]}`, `{"models":null}`, `{"models":[{"name":7,"context_length":-1e99}]}`)
}

func FuzzLlamaCpp(f *testing.F) {
	fuzz(f, LlamaCpp, `{"total_slots":2,"model_path":"/a.gguf","default_generation_settings":{"n_ctx":512}}`, `{"role":"router","data":[{"id":"a","status":{"value":"loaded"}}]}`,
		`[{"is_processing":true,"n_ctx":512}]`, `[{"state":1}]`, `{"status":"ok","slots_idle":1e300,"slots_processing":1e300}`, "llamacpp:requests_processing 1\n", `{"error":{"message":"Loading model"}}`)
}

func FuzzVLLM(f *testing.F) {
	fuzz(f, VLLM, "vllm:num_requests_running{engine=\"0\"} 1\nvllm:kv_cache_usage_perc 0.5\n", `{"data":[{"id":"a","max_model_len":4096}]}`, "vllm:num_requests_waiting NaN\n")
}

func FuzzLMStudio(f *testing.F) {
	fuzz(f, LMStudio, `{"data":[{"id":"a","state":"loaded","max_context_length":2048}]}`, `{"error":"Unexpected endpoint"}`)
}

func FuzzOllamaName(f *testing.F) {
	for _, seed := range []string{"llama3", "llama3:8b", "a/b:c", "registry.ollama.ai/library/x", ":", "/", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if !sameOllama(name, name) || !strings.Contains(fullOllama(name), ":") {
			t.Errorf("%q became %q", name, fullOllama(name))
		}
	})
}

// fuzz lets an engine say anything on two of its paths and the rest.
func fuzz(f *testing.F, kind Kind, seeds ...string) {
	f.Helper()
	for i, seed := range seeds {
		f.Add(200, []byte(seed), []byte(seeds[(i+1)%len(seeds)]))
		f.Add(503, []byte(seed), []byte(`{"status":"ok"}`))
	}
	allowed := []string{
		"/api/ps", "/api/tags", "/api/version", "/health", "/props", "/slots", "/metrics", "/models", "/v1/models", "/api/v0/models",
	}
	f.Fuzz(func(t *testing.T, status int, first, rest []byte) {
		var asked []string
		get := func(_ context.Context, path string) (int, []byte, error) {
			if !slices.Contains(allowed, path) || slices.Contains(asked, path) {
				t.Errorf("asked for %q after %q", path, asked)
			}
			asked = append(asked, path)
			switch len(asked) {
			case 1:
				return status, []byte(`{"status":"ok"}`), nil
			case 2:
				return 200, first, nil
			}
			return 200, rest, nil
		}
		state, _ := Read(t.Context(), kind, get)
		bounded(t, state)
		asked = asked[:0]
		if found, err := Detect(t.Context(), get); err != nil {
			t.Errorf("found %q, %v", found, err)
		}
	})
}

// bounded reports what is out of the bounds that a state promises.
func bounded(t *testing.T, s State) {
	t.Helper()
	for what, n := range map[string][2]int{
		"capacity": {s.Capacity, 0}, "busy": {s.Busy, -1}, "waiting": {s.Waiting, -1}, "context": {s.Context, 0},
	} {
		if n[0] < n[1] || n[0] > maxNumber {
			t.Errorf("%s is %d", what, n[0])
		}
	}
	if math.IsNaN(s.Cache) || s.Cache > 1 || s.Cache < 0 && s.Cache != -1 {
		t.Errorf("the cache is %v", s.Cache)
	}
	for _, list := range [][]string{s.Loaded, s.Installed} {
		if len(list) > maxNames || slices.Contains(list, "") {
			t.Errorf("a list of %d models", len(list))
		}
	}
	for _, model := range s.Loaded {
		if !s.Has(model) || !s.IsLoaded(model) {
			t.Errorf("%q is in the list and not found there", model)
		}
	}
}
