package engine_test

import (
	"errors"
	"maps"
	"reflect"
	"slices"
	"testing"

	"headwater/backend/internal/engine"
)

const modelPath = "/models/Meta-Llama-3.1-8B-Instruct-Q4_K_M.gguf"

// with is a set of pages in which some are others.
func (p pages) with(others pages) pages {
	all := maps.Clone(p)
	maps.Copy(all, others)
	return all
}

func TestReadLlamaCpp(t *testing.T) {
	state := func(change func(s *engine.State)) engine.State {
		s := blank(engine.LlamaCpp)
		s.Capacity, s.Context = 4, 8192
		s.Loaded, s.Installed = []string{"small", modelPath}, []string{"small", modelPath}
		change(&s)
		return s
	}
	quiet := state(func(*engine.State) {})
	loading := blank(engine.LlamaCpp)
	loading.Loading, loading.Loaded = true, []string{}
	old := blank(engine.LlamaCpp)
	old.Capacity, old.Busy, old.Context = 2, 1, 4096
	old.Loaded, old.Installed = []string{"m.gguf"}, []string{"m.gguf"}
	slotless := blank(engine.LlamaCpp)
	slotless.Capacity, slotless.Busy, slotless.Context = 2, 1, 512

	rows := []struct {
		name  string
		pages pages
		want  engine.State
	}{
		{"as it is today", llamaPages(), state(func(s *engine.State) { s.Busy = 2 })},
		{"with metrics", llamaPages().with(pages{
			"/props":   ok(`{"default_generation_settings":{"n_ctx":8192},"total_slots":4,"model_alias":"small","model_path":"` + modelPath + `"}`),
			"/metrics": llamaMetrics("3", "5"),
		}), state(func(s *engine.State) { s.Busy, s.Waiting = 3, 5 })},
		{"without slots and metrics", llamaPages().with(pages{"/slots": {501, `{"error":{"code":501,"type":"not_supported_error"}}`}}), quiet},
		{"slots do not answer while a long prompt is read", llamaPages().with(pages{"/slots": silent}), quiet},
		{"slots of another form", llamaPages().with(pages{"/slots": ok(`[{"id":0},{"id":1,"is_processing":true}]`)}), quiet},
		{"slots of another type", llamaPages().with(pages{"/slots": ok(`[{"is_processing":"yes"}]`)}), quiet},
		{"it loads its model", pages{
			"/health": {503, `{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}`},
			"/props":  {503, `{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}`},
		}, loading},
		{"it loads its model, in an old version", pages{"/health": {503, `{"status": "loading model"}`}}, loading},
		{"in the version of early 2024, idle", pages{
			"/health": ok(`{"status":"ok","slots_idle":1,"slots_processing":1}`),
			"/props":  ok(`{"user_name":"","default_generation_settings":{"n_ctx":4096,"model":"m.gguf"},"total_slots":2}`),
		}, old},
		{"in the version of early 2024, full", pages{
			"/health": {503, `{"status":"no slot available","slots_idle":1,"slots_processing":1}`},
			"/props":  ok(`{"default_generation_settings":{"n_ctx":4096,"model":"m.gguf"},"total_slots":2}`),
		}, old},
		{"slots with a number for a state", pages{
			"/health": ok(`{"status":"ok"}`),
			"/props":  ok(`{}`),
			"/slots":  ok(`[{"id":0,"state":1,"n_ctx":512},{"id":1,"state":0,"n_ctx":512}]`),
		}, slotless},
		{"it sleeps", llamaPages().with(pages{
			"/props": ok(`{"default_generation_settings":{"n_ctx":8192},"total_slots":4,"model_alias":"small","model_path":"` + modelPath + `","is_sleeping":true}`),
		}), state(func(s *engine.State) { s.Loaded, s.Busy, s.Waiting = []string{}, 0, 0 })},
		{"the name is only in the list", llamaPages().with(pages{
			"/props": ok(`{"default_generation_settings":{"n_ctx":8192},"total_slots":4,"model_path":"` + modelPath + `"}`),
		}), state(func(s *engine.State) { s.Busy = 2 })},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			var asked []string
			got, err := engine.Read(t.Context(), engine.LlamaCpp, row.pages.from(notFound, &asked))
			if err != nil || !reflect.DeepEqual(got, row.want) {
				t.Errorf("got %+v, %v\nwant %+v", got, err, row.want)
			}
		})
	}
}

func TestASleepingLlamaCppIsNotWokenUp(t *testing.T) {
	rows := map[string]pages{
		"its properties say so":     llamaPages().with(pages{"/props": ok(`{"total_slots":1,"model_alias":"m","is_sleeping":true}`)}),
		"its health says so":        {"/health": ok(`{"status":"ok","sleeping":true}`)},
		"its properties are closed": llamaPages().with(pages{"/props": {401, `{"error":{"code":401}}`}}),
		"its properties are silent": llamaPages().with(pages{"/props": silent}),
	}
	for name, p := range rows {
		t.Run(name, func(t *testing.T) {
			var asked []string
			if _, err := engine.Read(t.Context(), engine.LlamaCpp, p.from(notFound, &asked)); err != nil {
				t.Fatal(err)
			}
			if slices.Contains(asked, "/slots") || slices.Contains(asked, "/metrics") {
				t.Errorf("asked for %q", asked)
			}
		})
	}
}

func TestALlamaCppRouterIsAskedWithoutNames(t *testing.T) {
	p := pages{
		"/health": ok(`{"status":"ok"}`),
		"/props":  ok(`{"role":"router","max_instances":4,"models_autoload":true,"model_alias":"llama-server","model_path":"none","default_generation_settings":{"params":null,"n_ctx":0}}`),
		"/models": ok(`{"object":"list","data":[
			{"id":"ggml-org/gemma-3-4b-it-GGUF:Q4_K_M","status":{"value":"loaded","args":["llama-server","-ctx","4096"]}},
			{"id":"big","status":{"value":"loading"}},{"id":"tired","status":{"value":"sleeping"}},
			{"id":"broken","status":{"value":"unloaded","failed":true,"exit_code":1}},
			{"id":"far","status":{"value":"downloading","progress":{}}},{"id":"new"}]}`),
	}
	get, requests := serve(t, p, notFound)
	got, err := engine.Read(t.Context(), engine.LlamaCpp, get)
	want := blank(engine.LlamaCpp)
	want.Loading = true
	want.Loaded = []string{"ggml-org/gemma-3-4b-it-GGUF:Q4_K_M"}
	want.Installed = []string{"ggml-org/gemma-3-4b-it-GGUF:Q4_K_M", "big", "tired", "broken", "new"}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v\nwant %+v", got, err, want)
	}
	if asked := gets(requests()); asked != "/health /props /models" {
		t.Errorf("asked for %q", asked)
	}
}

func TestAnEngineThatIsUnwellIsAnError(t *testing.T) {
	rows := []struct {
		name string
		kind engine.Kind
		page page
	}{
		{"vLLM whose engine died", engine.VLLM, page{503, ""}},
		{"llama.cpp that could not load", engine.LlamaCpp, page{500, `{"status":"error"}`}},
		{"a proxy without its llama.cpp", engine.LlamaCpp, page{502, "Bad Gateway"}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			var asked []string
			got, err := engine.Read(t.Context(), row.kind, pages{"/health": row.page}.from(notFound, &asked))
			if !errors.Is(err, engine.ErrUnwell) || !reflect.DeepEqual(got, blank(row.kind)) {
				t.Errorf("%+v, %v", got, err)
			}
			if !slices.Equal(asked, []string{"/health"}) {
				t.Errorf("asked for %q", asked)
			}
		})
	}
}

func TestLlamaCppModelsGoByAliasPathAndFile(t *testing.T) {
	state := engine.State{Kind: engine.LlamaCpp, Loaded: []string{"small", modelPath, `C:\models\tiny.gguf`, "org/repo-GGUF:Q4"}}
	for model, want := range map[string]bool{
		"small": true, modelPath: true, "Meta-Llama-3.1-8B-Instruct-Q4_K_M.gguf": true, "Meta-Llama-3.1-8B-Instruct-Q4_K_M": true,
		"tiny": true, "org/repo-GGUF:Q4": true, "repo-GGUF:Q4": false, "Small": false, "other": false, ".gguf": false, "": false,
	} {
		if state.IsLoaded(model) != want {
			t.Errorf("%q is loaded: %v", model, !want)
		}
	}
}
