package engine_test

import (
	"reflect"
	"testing"

	"headwater/backend/internal/engine"
)

func TestReadOllama(t *testing.T) {
	today := blank(engine.Ollama)
	today.Loaded, today.Installed, today.Context = []string{"gemma3:latest"}, []string{"gemma3:latest", "qwen3:0.6b"}, 4096
	idle := blank(engine.Ollama)
	idle.Loaded, idle.Installed = []string{}, []string{"gemma3:latest", "qwen3:0.6b"}
	old := blank(engine.Ollama)
	old.Installed = []string{"llama2:7b"}
	several := blank(engine.Ollama)
	several.Loaded = []string{"a:1b", "b:1b"}
	clamped := blank(engine.Ollama)
	clamped.Loaded, clamped.Context = []string{"a:1b"}, 1<<28
	partly := blank(engine.Ollama)
	partly.Loaded = []string{"a:1b", "c:1b"}

	rows := []struct {
		name  string
		pages pages
		other page
		want  engine.State
	}{
		{"as it is today", ollamaPages(), notFound, today},
		{"nothing is loaded", pages{"/api/ps": ok(`{"models":[]}`), "/api/tags": ollamaPages()["/api/tags"]}, notFound, idle},
		{"before it told what is loaded", pages{"/api/tags": ok(`{"models":[{"name":"llama2:7b","size":1}]}`)}, notFound, old},
		{"a list that says null is not understood", pages{"/api/ps": ok(`{"models":null}`)}, notFound, blank(engine.Ollama)},
		{"loaded models with two contexts have none in common", pages{"/api/ps": ok(`{"models":[{"name":"a:1b","context_length":4096},{"model":"b:1b","context_length":8192}]}`)}, notFound, several},
		{"a huge context is clamped", pages{"/api/ps": ok(`{"models":[{"name":"a:1b","context_length":1e300}]}`)}, notFound, clamped},
		{"a field of another type costs that field only", pages{"/api/ps": ok(`{"models":[{"name":"a:1b","context_length":-5},{"name":7},{"name":"c:1b","context_length":"many"}]}`)}, notFound, partly},
		{"the second list fails", pages{"/api/ps": ok(`{"models":[{"name":"a:1b"},{"name":"c:1b"}]}`)}, silent, partly},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			var asked []string
			got, err := engine.Read(t.Context(), engine.Ollama, row.pages.from(row.other, &asked))
			if err != nil || !reflect.DeepEqual(got, row.want) {
				t.Errorf("got %+v, %v\nwant %+v", got, err, row.want)
			}
		})
	}
}

func TestOllamaNamesHaveDefaults(t *testing.T) {
	state := engine.State{
		Kind:      engine.Ollama,
		Loaded:    []string{"llama3:latest"},
		Installed: []string{"llama3:latest", "qwen3:0.6b", "me/mine:latest", "hf.co/org/model-GGUF:Q4_K_M"},
	}
	rows := []struct {
		model       string
		has, loaded bool
	}{
		{"llama3", true, true},
		{"llama3:latest", true, true},
		{"LLaMA3", true, true},
		{"library/llama3", true, true},
		{"registry.ollama.ai/library/llama3:latest", true, true},
		{"llama3:8b", false, false},
		{"qwen3", false, false},
		{"qwen3:0.6b", true, false},
		{"me/mine", true, false},
		{"mine", false, false},
		{"hf.co/org/model-GGUF:Q4_K_M", true, false},
		{"hf.co/org/model-GGUF", false, false},
		{"", false, false},
	}
	for _, row := range rows {
		if has, loaded := state.Has(row.model), state.IsLoaded(row.model); has != row.has || loaded != row.loaded {
			t.Errorf("%q: has %v, loaded %v", row.model, has, loaded)
		}
	}
	if other := (engine.State{Kind: engine.VLLM, Loaded: []string{"llama3:latest"}}); other.Has("llama3") || !other.Has("llama3:latest") {
		t.Error("the defaults are Ollama's only")
	}
	if nobody := (engine.State{Loaded: []string{"m"}}); !nobody.IsLoaded("m") || nobody.IsLoaded("M") {
		t.Error("without an engine a name is its text")
	}
}
