package appliance

import (
	"context"
	"slices"

	"headwater/backend/internal/snapshot"
)

// openCapabilities reads what live checks showed. What cannot be read is not
// known, and routing goes on without it.
func (h *house) openCapabilities(ctx context.Context) {
	latest, err := h.store.CapabilityRecords(ctx)
	for i := 0; err == nil && i < len(latest); i++ {
		// A run that ended early adds to the one before it.
		history, failed := h.store.CapabilityHistory(ctx, latest[i].UpstreamID, latest[i].Model)
		for _, record := range slices.Backward(history) {
			h.shown.Put(record)
		}
		err = failed
	}
	if err != nil {
		h.log.Warn("what live checks showed cannot be read: routing does without", "error", err)
	}
}

// modelsOf tells which upstreams a snapshot has, and which of their models its
// targets name.
func modelsOf(s *snapshot.Snapshot) (there func(upstreamID string) bool, used func(upstreamID, model string) bool) {
	type named struct{ upstream, model string }
	upstreams, models := make(map[string]bool, len(s.Upstreams)), make(map[named]bool, len(s.Targets))
	for _, up := range s.Upstreams {
		upstreams[up.ID] = true
	}
	for _, t := range s.Targets {
		models[named{t.Upstream.ID, t.Model}] = true
	}
	return func(id string) bool { return upstreams[id] }, func(id, model string) bool { return models[named{id, model}] }
}
