package engine

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// llama.cpp's server tells most of all: its slots, which of them are at work,
// the context of each, and that it is loading.
//
// Source: ggml-org/llama.cpp tools/server/README.md and the server's source,
// as of 2026-11-28; older forms from examples/server/README.md of 2024.
//
// A server that was started with --sleep-idle-seconds puts its model out of
// memory after a while, and the next task brings it back. Its health, its
// properties and its list of models are no tasks; its slots are, and its
// metrics were until the second half of 2026. So neither is asked for before
// the properties say that the server is awake. Two things remain: one that
// falls asleep between the two answers is woken up, and asking an awake one
// starts its idle time anew. Whoever wants such a server to sleep while it is
// watched lets the getter refuse these two paths when there is no work.
//
// A server without a model of its own (a router, since December 2025) loads
// one for any path that names it. It is asked without a name.
const (
	llamaHealth  = "/health"
	llamaProps   = "/props"
	llamaSlots   = "/slots"   // --no-slots turns it off; off by default in some versions
	llamaMetrics = "/metrics" // --metrics turns it on
	llamaModels  = "/models"  // of a router
	openAIModels = "/v1/models"
)

// llamaHealthBody is the answer of /health. The slots were in it for the first
// half of 2024; sleeping is in it in the ik_llama.cpp branch, where the
// properties wake the server up.
type llamaHealthBody struct {
	Status   string `json:"status"`
	Idle     count  `json:"slots_idle"`
	Working  count  `json:"slots_processing"`
	Sleeping bool   `json:"sleeping"`
}

// llamaPropsBody is what matters of the properties.
type llamaPropsBody struct {
	Role     string `json:"role"` // "router" or absent
	Slots    count  `json:"total_slots"`
	Alias    string `json:"model_alias"` // in newer versions
	Path     string `json:"model_path"`
	Sleeping bool   `json:"is_sleeping"`
	// Whether the two paths are turned on, in newer versions.
	HasMetrics flag `json:"endpoint_metrics"`
	HasSlots   flag `json:"endpoint_slots"`
	Default    struct {
		Context count  `json:"n_ctx"` // of one slot
		Model   string `json:"model"` // the path, in older versions
	} `json:"default_generation_settings"`
}

func detectLlamaCpp(ctx context.Context, a *asker) bool {
	health, loading := llamaHealthOf(ctx, a)
	if loading || health.Sleeping {
		return true
	}
	var props llamaPropsBody
	if a.object(ctx, "reading the properties", llamaProps, &props) {
		return props.Slots.known || props.Default.Context.known || props.Role == "router"
	}
	// The properties want the key where there is one, the list does not.
	return openAIOwner(ctx, a) == "llamacpp"
}

func readLlamaCpp(ctx context.Context, a *asker, s *State) error {
	health, loading := llamaHealthOf(ctx, a)
	if loading {
		s.Loading, s.Loaded = true, []string{}
		return nil
	}
	got := a.ask(ctx, "reading the health", llamaHealth)
	if got.status >= http.StatusInternalServerError && !health.Working.known {
		return fmt.Errorf("reading the health: %w (status %d)", ErrUnwell, got.status)
	}
	if health.Working.known {
		s.Busy = health.Working.n
		s.Capacity = min(health.Working.n+health.Idle.n, maxNumber)
	}
	if health.Sleeping {
		s.asleep()
		return nil
	}
	var props llamaPropsBody
	if !a.object(ctx, "reading the properties", llamaProps, &props) {
		return nil // asleep or not, nobody knows
	}
	if props.Role == "router" {
		readLlamaRouter(ctx, a, s)
		return nil
	}
	s.Capacity = props.Slots.or(s.Capacity)
	s.Context = props.Default.Context.or(0)
	s.Installed = props.models(ctx, a)
	if props.Sleeping {
		s.asleep()
		return nil
	}
	s.Loaded = slices.Clone(s.Installed)
	readLlamaWork(ctx, a, props, s)
	return nil
}

// llamaHealthOf asks for the health and reports whether a model is being
// loaded. The words were a status once and are the message of an error now.
func llamaHealthOf(ctx context.Context, a *asker) (health llamaHealthBody, loading bool) {
	got := a.ask(ctx, "reading the health", llamaHealth)
	decode(got.body, &health)
	words := bytes.ToLower(got.body[:min(len(got.body), 1024)])
	return health, got.status == http.StatusServiceUnavailable && bytes.Contains(words, []byte("loading model"))
}

// asleep is the state of a server that put its model out of memory for want
// of work.
func (s *State) asleep() { s.Loaded, s.Busy, s.Waiting = []string{}, 0, 0 }

// models are the names that the one model of a server goes by.
func (p llamaPropsBody) models(ctx context.Context, a *asker) []string {
	list := newNames()
	list.add(p.Alias)
	if p.Alias == "" { // only the list knows it in older versions
		for _, m := range openAIList(ctx, a) {
			list.add(m.ID)
		}
	}
	list.add(p.Path)
	list.add(p.Default.Model)
	if len(list.list) == 0 {
		return nil
	}
	return list.list
}

// readLlamaWork finds out what an awake server does. The metrics come first:
// they also know what waits, and asking for them leaves the idle time of
// recent versions alone.
func readLlamaWork(ctx context.Context, a *asker, props llamaPropsBody, s *State) {
	if !props.HasMetrics.no() {
		if page, ok := a.page(ctx, "reading the metrics", llamaMetrics); ok {
			gauges{
				running: "llamacpp:requests_processing",
				waiting: "llamacpp:requests_deferred",
				cache:   []string{"llamacpp:kv_cache_usage_ratio"}, // until 2025
			}.read(page, s)
		}
	}
	if s.Busy < 0 && !props.HasSlots.no() {
		readLlamaSlots(ctx, a, s)
	}
}

// readLlamaSlots counts the slots at work. In 2024 a slot had a number for its
// state, 0 being idle.
func readLlamaSlots(ctx context.Context, a *asker, s *State) {
	var slots []struct {
		Working flag  `json:"is_processing"`
		State   count `json:"state"`
		Context count `json:"n_ctx"`
	}
	if !a.object(ctx, "reading the slots", llamaSlots, &slots) || len(slots) == 0 {
		return
	}
	busy, tokens := 0, shared{}
	for _, slot := range slots {
		switch {
		case !slot.Working.known && !slot.State.known:
			return // not what we take it for
		case slot.Working.yes, !slot.Working.known && slot.State.n > 0:
			busy++
		}
		tokens.add(slot.Context)
	}
	s.Busy = busy
	if s.Capacity == 0 {
		s.Capacity = len(slots)
	}
	if s.Context == 0 {
		s.Context = tokens.value()
	}
}

// readLlamaRouter reads the list of a server that starts others, one for each
// model. What those are doing is not asked: it would take their names.
func readLlamaRouter(ctx context.Context, a *asker, s *State) {
	var body struct {
		Data []struct { // nil unless it is a list
			ID     string `json:"id"`
			Status struct {
				Value string `json:"value"`
			} `json:"status"`
		} `json:"data"`
	}
	if !a.object(ctx, "reading the models", llamaModels, &body) || body.Data == nil {
		return
	}
	loaded, installed := newNames(), newNames()
	for _, m := range body.Data {
		switch m.Status.Value {
		case "downloading":
			continue
		case "loading":
			s.Loading = true
		case "loaded":
			loaded.add(m.ID)
		}
		installed.add(m.ID)
	}
	s.Loaded, s.Installed = loaded.list, installed.list
}

// sameLlamaCpp takes a model that is known by its file for the one of that
// file name, with or without its folder and its extension.
func sameLlamaCpp(listed, wanted string) bool {
	if listed == wanted {
		return true
	}
	file, isFile := strings.CutSuffix(listed, ".gguf")
	if !isFile {
		return false
	}
	return file[strings.LastIndexAny(file, `/\`)+1:] == strings.TrimSuffix(wanted, ".gguf")
}
