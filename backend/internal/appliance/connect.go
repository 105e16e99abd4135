package appliance

import (
	"context"
	"fmt"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/scan"
	"headwater/backend/internal/snapshot"
	"headwater/backend/internal/trial"
)

// newScanner makes what looks for engines. It asks nothing that an upstream of
// this gateway could not be.
func (h *house) newScanner() (*scan.Scanner, error) {
	s, err := scan.New(scan.Config{Providers: h.providers, Refuses: h.pool.Refuses})
	if err != nil {
		return nil, fmt.Errorf("opening the scanner: %w", err)
	}
	return s, nil
}

// test asks an upstream, by the id of its document, for its models: tenants may
// give theirs the same name. With a model it also asks that for one tiny answer,
// unless the free steps have shown already that nothing can come of it.
func (h *house) test(ctx context.Context, id, model string) (hw.TestReport, error) {
	snap := h.holder.Load()
	for _, up := range snap.Upstreams {
		if up.ID != id {
			continue
		}
		speaks := outbound()[up.Provider.Dialect]
		list, err := speaks.Adapt(dialect.Operation{Endpoint: dialect.EndpointModels}, nil, dialect.Target{}, false)
		if err != nil {
			list = dialect.Wire{} // it has none: connecting is all that can be tried
		}
		report := h.pool.Diagnose(ctx, up, list)
		if model != "" && (report.OK || report.Code == hw.CodeUpstreamNoModels.Info().Public) {
			h.try(ctx, snap, up, model, &report)
		}
		return report, nil
	}
	return hw.TestReport{}, hw.Errorf(hw.CodeNotFound, "This upstream is not in force any more.")
}

// try adds one tiny answer of a model to a report.
func (h *house) try(ctx context.Context, snap *snapshot.Snapshot, up *snapshot.Upstream, model string, report *hw.TestReport) {
	facts, _ := snap.Model(up, model)
	trial.Run(ctx, h.pool, trial.Question{
		Upstream: up, Model: model, Facts: facts, Speaks: outbound()[up.Provider.Dialect],
		List: func(ctx context.Context) []string {
			list, err := h.discover(ctx, up.ID)
			if err != nil {
				return nil // like names are a help, no more
			}
			names := make([]string, len(list.Items))
			for i := range list.Items {
				names[i] = list.Items[i].ID
			}
			return names
		},
	}, report)
}
