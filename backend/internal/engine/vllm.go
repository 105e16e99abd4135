package engine

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// vLLM tells what it works on and what waits in its metrics, and its models in
// the OpenAI list; those are always in memory, for it serves nothing before.
// How many requests it takes at once (--max-num-seqs) is nowhere to be read.
//
// Source: docs.vllm.ai, "Production Metrics" and "OpenAI-Compatible Server",
// and vllm-project/vllm docs/design/metrics.md, as of 2026-11-28.
const (
	vllmHealth  = "/health" // 200 without a body, 503 when the engine died
	vllmMetrics = "/metrics"
)

func detectVLLM(ctx context.Context, a *asker) bool {
	if openAIOwner(ctx, a) == "vllm" {
		return true
	}
	// The list wants the key where there is one, the metrics do not.
	page, ok := a.page(ctx, "reading the metrics", vllmMetrics)
	if !ok {
		return false
	}
	for name := range samples(page) {
		if strings.HasPrefix(name, "vllm:") {
			return true
		}
	}
	return false
}

func readVLLM(ctx context.Context, a *asker, s *State) error {
	got := a.ask(ctx, "reading the health", vllmHealth)
	if got.status >= http.StatusInternalServerError {
		return fmt.Errorf("reading the health: %w (status %d)", ErrUnwell, got.status)
	}
	if page, ok := a.page(ctx, "reading the metrics", vllmMetrics); ok {
		gauges{
			running: "vllm:num_requests_running",
			waiting: "vllm:num_requests_waiting",
			cache:   []string{"vllm:kv_cache_usage_perc", "vllm:gpu_cache_usage_perc"}, // the second until 2025
		}.read(page, s)
	}
	models := openAIList(ctx, a)
	if len(models) == 0 {
		return nil
	}
	list, tokens := newNames(), shared{}
	for _, m := range models {
		list.add(m.ID)
		tokens.add(m.Context)
	}
	s.Loaded, s.Installed, s.Context = list.list, slices.Clone(list.list), tokens.value()
	return nil
}
