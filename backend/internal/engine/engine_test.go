package engine_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"headwater/backend/internal/engine"
)

var kinds = []engine.Kind{engine.Ollama, engine.LlamaCpp, engine.VLLM, engine.LMStudio}

// blank is the state of an engine that said nothing.
func blank(kind engine.Kind) engine.State {
	return engine.State{Kind: kind, Busy: -1, Waiting: -1, Cache: -1}
}

func TestEachEngineIsAskedOnlyByHarmlessGETs(t *testing.T) {
	sleeping := llamaPages()
	sleeping["/props"] = ok(`{"total_slots":1,"model_path":"/m/a.gguf","is_sleeping":true,"endpoint_slots":true,"endpoint_metrics":true}`)
	measured := llamaPages()
	measured["/props"] = ok(`{"total_slots":4,"model_alias":"small","endpoint_slots":true,"endpoint_metrics":true,"is_sleeping":false}`)
	measured["/metrics"] = llamaMetrics("1", "0")
	rows := []struct {
		name   string
		kind   engine.Kind
		pages  pages
		other  page
		detect string
		read   string
	}{
		{"Ollama", engine.Ollama, ollamaPages(), notFound, "/api/v0/models /api/version /api/tags", "/api/ps /api/tags"},
		{"llama.cpp", engine.LlamaCpp, llamaPages(), notFound, "/api/v0/models /api/version /health /props", "/health /props /slots"},
		{"llama.cpp with metrics", engine.LlamaCpp, measured, notFound, "/api/v0/models /api/version /health /props", "/health /props /metrics"},
		{"llama.cpp asleep", engine.LlamaCpp, sleeping, notFound, "/api/v0/models /api/version /health /props", "/health /props /v1/models"},
		{"vLLM", engine.VLLM, vllmPages(), notFound, "/api/v0/models /api/version /health /props /v1/models", "/health /metrics /v1/models"},
		{"LM Studio", engine.LMStudio, lmStudioPages(), strange, "/api/v0/models", "/api/v0/models"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			get, requests := serve(t, row.pages, row.other)
			kind, err := engine.Detect(t.Context(), get)
			if err != nil || kind != row.kind {
				t.Fatalf("Detect: %q, %v", kind, err)
			}
			detected := requests()
			if _, err := engine.Read(t.Context(), row.kind, get); err != nil {
				t.Fatalf("Read: %v", err)
			}
			read := requests()[len(detected):]
			for what, pair := range map[string][2]string{"Detect": {row.detect, gets(detected)}, "Read": {row.read, gets(read)}} {
				if pair[0] != pair[1] {
					t.Errorf("%s asked for %q, want %q", what, pair[1], pair[0])
				}
			}
		})
	}
}

// gets joins the paths of requests; another method stays visible.
func gets(requests []string) string {
	paths := make([]string, len(requests))
	for i, r := range requests {
		paths[i] = strings.TrimPrefix(r, "GET ")
	}
	return strings.Join(paths, " ")
}

func TestDetect(t *testing.T) {
	rows := []struct {
		name  string
		pages pages
		other page
		want  engine.Kind
		fails bool
	}{
		{"nobody answers", pages{}, silent, engine.None, true},
		{"a web server", pages{}, ok("<!doctype html><title>hello</title>"), engine.None, false},
		{"a web server of errors", pages{}, page{500, "oops"}, engine.None, false},
		{"a page that only has a version", pages{"/api/version": ok(`{"version":"0.6.5"}`)}, ok("<!doctype html>"), engine.None, false},
		{"Ollama without a model, in an old version", pages{"/api/version": ok(`{"version":"0.1.20"}`), "/api/tags": ok(`{"models":null}`)}, notFound, engine.Ollama, false},
		{"LM Studio without a model", pages{"/api/v0/models": ok(`{"object":"list","data":[]}`)}, strange, engine.LMStudio, false},
		{"LM Studio before it had its own list", pages{"/v1/models": ok(`{"data":[{"id":"m","owned_by":"organization_owner"}]}`)}, strange, engine.None, false},
		{"a list at LM Studio's path without states", pages{"/api/v0/models": ok(`{"data":[{"id":"m"}]}`)}, notFound, engine.None, false},
		{"llama.cpp that loads", pages{}, page{503, `{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}`}, engine.LlamaCpp, false},
		{"llama.cpp that loads, in an old version", pages{"/health": {503, `{"status": "loading model"}`}}, notFound, engine.LlamaCpp, false},
		{"llama.cpp as a router", pages{"/props": ok(`{"role":"router","model_path":"none"}`)}, notFound, engine.LlamaCpp, false},
		{
			"llama.cpp with a key",
			pages{"/v1/models": ok(`{"data":[{"id":"m","owned_by":"llamacpp"}]}`)},
			page{401, `{"error":{"code":401,"message":"Invalid API Key","type":"authentication_error"}}`},
			engine.LlamaCpp, false,
		},
		{"llama.cpp asleep where its properties would wake it", pages{"/health": ok(`{"status":"ok","sleeping":true}`), "/props": silent}, notFound, engine.LlamaCpp, false},
		{"vLLM with a key", pages{"/v1/models": {401, `{"error":"Unauthorized"}`}, "/metrics": vllmPages()["/metrics"]}, notFound, engine.VLLM, false},
		{"some other metrics", pages{"/metrics": ok("go_goroutines 7\n")}, notFound, engine.None, false},
		{"one path fails and none convinces", pages{"/props": silent}, notFound, engine.None, true},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			var asked []string
			kind, err := engine.Detect(t.Context(), row.pages.from(row.other, &asked))
			if kind != row.want || (err != nil) != row.fails {
				t.Errorf("Detect: %q, %v", kind, err)
			}
			if row.fails && !errors.Is(err, errRefused) {
				t.Errorf("the cause is lost: %v", err)
			}
			for i, path := range asked {
				if slices.Contains(asked[:i], path) {
					t.Errorf("%s was asked for twice", path)
				}
			}
		})
	}
}

func TestDetectDoesNotWakeASleepingServer(t *testing.T) {
	var asked []string
	get := pages{"/health": ok(`{"status":"ok","sleeping":true}`)}.from(notFound, &asked)
	if _, err := engine.Detect(t.Context(), get); err != nil {
		t.Fatal(err)
	}
	if slices.Contains(asked, "/props") {
		t.Errorf("asked for %q", asked)
	}
}

func TestReadOfNobody(t *testing.T) {
	for _, kind := range kinds {
		t.Run(string(kind), func(t *testing.T) {
			var asked []string
			state, err := engine.Read(t.Context(), kind, pages{}.from(silent, &asked))
			if !errors.Is(err, errRefused) || !strings.HasPrefix(err.Error(), "reading the ") {
				t.Errorf("error %v", err)
			}
			if !reflect.DeepEqual(state, blank(kind)) {
				t.Errorf("state %+v", state)
			}
			if len(asked) != 1 {
				t.Errorf("whoever does not answer once was asked for %q", asked)
			}
		})
	}
	t.Run("no engine is asked nothing", func(t *testing.T) {
		var asked []string
		state, err := engine.Read(t.Context(), engine.None, pages{}.from(silent, &asked))
		if err != nil || len(asked) != 0 || !reflect.DeepEqual(state, blank(engine.None)) {
			t.Errorf("%+v, %v, asked %q", state, err, asked)
		}
	})
	t.Run("an unknown engine is an error", func(t *testing.T) {
		var asked []string
		if _, err := engine.Read(t.Context(), "abacus", pages{}.from(silent, &asked)); err == nil || len(asked) != 0 {
			t.Errorf("%v, asked %q", err, asked)
		}
	})
}

func TestReadStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var asked []string
	under := llamaPages().from(notFound, &asked)
	get := func(ctx context.Context, path string) (int, []byte, error) {
		if path == "/props" {
			cancel()
			return 0, nil, ctx.Err()
		}
		return under(ctx, path)
	}
	state, err := engine.Read(ctx, engine.LlamaCpp, get)
	if err != nil || !reflect.DeepEqual(state, blank(engine.LlamaCpp)) || len(asked) != 1 {
		t.Errorf("%+v, %v, asked %q", state, err, asked)
	}
}

func TestJunkIsUnknownAndNoError(t *testing.T) {
	junk := map[string]page{
		"nothing":             ok(""),
		"null":                ok("null"),
		"text":                ok("hello"),
		"half an object":      ok(`{"models":[{"name":"a`),
		"an empty object":     ok("{}"),
		"an empty array":      ok("[]"),
		"an array of numbers": ok("[1,2,3]"),
		"an array of nulls":   ok("[null,null]"),
		"wrong types":         ok(`{"models":7,"data":"x","total_slots":"four","model_path":[],"model_alias":{},"default_generation_settings":1,"status":[]}`),
		"deep":                ok(deep),
		"deep in a field":     ok(`{"models":` + deep),
		"a page of LM Studio": strange,
		"a web page":          ok("<!doctype html>"),
		"nothing is there":    notFound,
		"not allowed":         {401, `{"error":"Unauthorized"}`},
		"metrics of nothing":  ok("vllm:num_requests_running NaN\nvllm:num_requests_waiting -3\nvllm:kv_cache_usage_perc NaN\nllamacpp:requests_processing x\n"),
	}
	for _, kind := range kinds {
		for name, other := range junk {
			t.Run(string(kind)+": "+name, func(t *testing.T) {
				var asked []string
				state, err := engine.Read(t.Context(), kind, pages{}.from(other, &asked))
				if err != nil || !reflect.DeepEqual(state, blank(kind)) {
					t.Errorf("%+v, %v", state, err)
				}
			})
		}
	}
}

func TestListsAreBounded(t *testing.T) {
	read := func(body string) []string {
		var asked []string
		state, err := engine.Read(t.Context(), engine.Ollama, pages{"/api/tags": ok(body)}.from(notFound, &asked))
		if err != nil {
			t.Fatal(err)
		}
		return state.Installed
	}
	many := func(n int) string {
		var b strings.Builder
		b.WriteString(`{"models":[{"name":"m"}`)
		for i := range n {
			fmt.Fprintf(&b, `,{"name":"m:%d"}`, i)
		}
		return b.String() + "]}"
	}
	if got := read(many(10_000)); len(got) != 4096 || got[4095] != "m:4094" {
		t.Errorf("%d models", len(got))
	}
	if got := read(many(100_000)); got != nil { // longer than a getter may give, so cut off
		t.Errorf("%d models of an answer that is too long", len(got))
	}
	strange := `{"models":[{"name":""},{"name":"a\u0007b"},{"name":"` + strings.Repeat("x", 2000) + `"},{"name":"m"},{"name":"m"}]}`
	if got := read(strange); !slices.Equal(got, []string{"m"}) {
		t.Errorf("models %q", got)
	}
}
