package engine_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"headwater/backend/internal/engine"
)

// page is one answer of a pretended engine.
type page struct {
	status int
	body   string
}

func ok(body string) page { return page{http.StatusOK, body} }

// pages are the answers of a pretended engine, by path.
type pages map[string]page

var errRefused = errors.New("connection refused")

// from gives a getter over pages that notes what was asked; an unknown path is
// the other page.
func (p pages) from(other page, asked *[]string) engine.Get {
	return func(_ context.Context, path string) (int, []byte, error) {
		*asked = append(*asked, path)
		got, known := p[path]
		if !known {
			got = other
		}
		if got.status == 0 {
			return 0, nil, errRefused
		}
		return got.status, []byte(got.body), nil
	}
}

var (
	notFound = page{http.StatusNotFound, "404 page not found"}
	silent   = page{}
)

// serve starts a pretended engine on a real socket and gives the requests that
// reached it, each as method and path.
func serve(t *testing.T, p pages, other page) (get engine.Get, requests func() []string) {
	t.Helper()
	var mu sync.Mutex
	var seen []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		seen = append(seen, r.Method+" "+r.URL.RequestURI())
		mu.Unlock()
		got, known := p[r.URL.Path]
		if !known {
			got = other
		}
		w.WriteHeader(got.status)
		_, _ = io.WriteString(w, got.body)
	}))
	t.Cleanup(server.Close)
	get = func(ctx context.Context, path string) (int, []byte, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+path, nil)
		if err != nil {
			return 0, nil, err
		}
		resp, err := server.Client().Do(req)
		if err != nil {
			return 0, nil, err
		}
		defer func() { _ = resp.Body.Close() }()
		body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
		return resp.StatusCode, body, err
	}
	return get, func() []string {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(seen)
	}
}

// The engines as they answer today.
func ollamaPages() pages {
	return pages{
		"/api/version": ok(`{"version":"0.12.6"}`),
		"/api/ps": ok(`{"models":[{"name":"gemma3:latest","model":"gemma3:latest","size":6591830464,"digest":"a2af6cc3eb7f",
			"details":{"parent_model":"","format":"gguf","family":"gemma3","families":["gemma3"],"parameter_size":"4.3B","quantization_level":"Q4_K_M"},
			"expires_at":"2026-10-17T16:47:07.93355-07:00","size_vram":5333539264,"context_length":4096}]}`),
		"/api/tags": ok(`{"models":[
			{"name":"gemma3:latest","model":"gemma3:latest","modified_at":"2026-10-03T23:34:03.409490317-07:00","size":3338801804,"digest":"a2af6cc3eb7f","details":{"families":["gemma3"]}},
			{"name":"qwen3:0.6b","model":"qwen3:0.6b","modified_at":"2026-10-01T08:00:00Z","size":522653767,"digest":"7df6b6e09427","details":{"families":null}}]}`),
	}
}

func llamaPages() pages {
	return pages{
		"/health": ok(`{"status":"ok"}`),
		"/props": ok(`{"default_generation_settings":{"id":0,"id_task":-1,"n_ctx":8192,"speculative":false,"is_processing":false,"params":{"n_predict":-1,"seed":4294967295}},
			"total_slots":4,"model_alias":"small","model_path":"/models/Meta-Llama-3.1-8B-Instruct-Q4_K_M.gguf","chat_template":"...","modalities":{"vision":false},
			"endpoint_slots":true,"endpoint_props":false,"endpoint_metrics":false,"build_info":"b8681-0000000","is_sleeping":false}`),
		"/slots": ok(`[{"id":0,"id_task":135,"n_ctx":8192,"speculative":false,"is_processing":true,"params":{"n_predict":-1},"next_token":{"n_remain":-1}},
			{"id":1,"id_task":0,"n_ctx":8192,"is_processing":false},{"id":2,"n_ctx":8192,"is_processing":true},{"id":3,"n_ctx":8192,"is_processing":false}]`),
		"/metrics":   {http.StatusNotImplemented, `{"error":{"code":501,"message":"This server does not support metrics endpoint.","type":"not_supported_error"}}`},
		"/v1/models": ok(`{"object":"list","data":[{"id":"small","object":"model","owned_by":"llamacpp","meta":{"n_ctx_train":131072}}]}`),
	}
}

func llamaMetrics(running, waiting string) page {
	return ok("# HELP llamacpp:requests_processing Number of requests processing.\n# TYPE llamacpp:requests_processing gauge\n" +
		"llamacpp:requests_processing " + running + "\n# TYPE llamacpp:requests_deferred gauge\nllamacpp:requests_deferred " + waiting + "\n")
}

func vllmPages() pages {
	return pages{
		"/health": ok(""),
		"/metrics": ok(`# HELP python_info Python platform information.
python_info{implementation="CPython",major="3",minor="12"} 1.0
# HELP vllm:num_requests_running Number of requests in model execution batches.
# TYPE vllm:num_requests_running gauge
vllm:num_requests_running{engine="0",model_name="Qwen/Qwen3-32B-AWQ"} 3.0
vllm:num_requests_running{engine="1",model_name="Qwen/Qwen3-32B-AWQ"} 4.0
# TYPE vllm:num_requests_waiting gauge
vllm:num_requests_waiting{engine="0",model_name="Qwen/Qwen3-32B-AWQ"} 1.0
vllm:num_requests_waiting_by_reason{engine="0",model_name="Qwen/Qwen3-32B-AWQ",reason="capacity"} 9.0
# TYPE vllm:kv_cache_usage_perc gauge
vllm:kv_cache_usage_perc{engine="0",model_name="Qwen/Qwen3-32B-AWQ"} 0.42
vllm:kv_cache_usage_perc{engine="1",model_name="Qwen/Qwen3-32B-AWQ"} 0.125
vllm:time_to_first_token_seconds_bucket{engine="0",le="+Inf",model_name="Qwen/Qwen3-32B-AWQ"} 12.0
`),
		"/v1/models": ok(`{"object":"list","data":[
			{"id":"Qwen/Qwen3-32B-AWQ","object":"model","created":1790000000,"owned_by":"vllm","root":"Qwen/Qwen3-32B-AWQ","parent":null,"max_model_len":40960,"permission":[]},
			{"id":"sql-lora","object":"model","owned_by":"vllm","root":"/adapters/sql","parent":"Qwen/Qwen3-32B-AWQ","max_model_len":null}]}`),
	}
}

func lmStudioPages() pages {
	return pages{
		"/api/v0/models": ok(`{"object":"list","data":[
			{"id":"qwen2-vl-7b-instruct","object":"model","type":"vlm","publisher":"mlx-community","arch":"qwen2_vl","compatibility_type":"mlx","quantization":"4bit","state":"not-loaded","max_context_length":32768},
			{"id":"meta-llama-3.1-8b-instruct","object":"model","type":"llm","publisher":"lmstudio-community","arch":"llama","compatibility_type":"gguf","quantization":"Q4_K_M","state":"loaded","max_context_length":131072,"loaded_context_length":8192,"capabilities":["tool_use"]},
			{"id":"text-embedding-nomic-embed-text-v1.5","object":"model","type":"embeddings","state":"loaded","max_context_length":2048}]}`),
	}
}

// strange is what LM Studio answers to a path that it does not know.
var strange = ok(`{"error":"Unexpected endpoint or method. (GET /somewhere)"}`)

// deep is JSON nested past what any reader should follow.
var deep = strings.Repeat("[", 200_000)
