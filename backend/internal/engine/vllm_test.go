package engine_test

import (
	"reflect"
	"testing"

	"headwater/backend/internal/engine"
)

func TestReadVLLM(t *testing.T) {
	models := []string{"Qwen/Qwen3-32B-AWQ", "sql-lora"}
	today := blank(engine.VLLM)
	today.Busy, today.Waiting, today.Cache, today.Context = 7, 1, 0.42, 40960
	today.Loaded, today.Installed = models, models
	locked := today
	locked.Loaded, locked.Installed, locked.Context = nil, nil, 0
	dark := blank(engine.VLLM)
	dark.Loaded, dark.Installed, dark.Context = models, models, 40960
	old := blank(engine.VLLM)
	old.Busy, old.Waiting, old.Cache = 2, 0, 0.83
	clamped := blank(engine.VLLM)
	clamped.Busy, clamped.Waiting, clamped.Cache = 1<<28, 1<<28, 1
	bare := blank(engine.VLLM)
	bare.Loaded, bare.Installed = []string{"m"}, []string{"m"}

	rows := []struct {
		name  string
		pages pages
		want  engine.State
	}{
		{"as it is today", vllmPages(), today},
		{"without a path for its health", vllmPages().with(pages{"/health": notFound}), today},
		{"with a key that we do not have", vllmPages().with(pages{"/v1/models": {401, `{"error":"Unauthorized"}`}}), locked},
		{"without metrics", vllmPages().with(pages{"/metrics": notFound}), dark},
		{"before the cache had its new name", pages{"/metrics": ok(
			"vllm:num_requests_running{model_name=\"m\"} 2.0\nvllm:num_requests_swapped{model_name=\"m\"} 1.0\n" +
				"vllm:num_requests_waiting{model_name=\"m\"} 0.0\nvllm:gpu_cache_usage_perc{model_name=\"m\"} 0.83\n")}, old},
		{"numbers beyond all sense are clamped", pages{"/metrics": ok(
			"vllm:num_requests_running 1e300\nvllm:num_requests_running 1e300\nvllm:num_requests_running -1\nvllm:num_requests_waiting +Inf\nvllm:kv_cache_usage_perc 83\nvllm:kv_cache_usage_perc -83\n")}, clamped},
		{"a list without contexts", pages{"/v1/models": ok(`{"data":[{"id":"m","owned_by":"vllm","max_model_len":"long"}]}`)}, bare},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			var asked []string
			got, err := engine.Read(t.Context(), engine.VLLM, row.pages.from(notFound, &asked))
			if err != nil || !reflect.DeepEqual(got, row.want) {
				t.Errorf("got %+v, %v\nwant %+v", got, err, row.want)
			}
		})
	}
}
