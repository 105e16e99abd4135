package admin

import (
	"context"

	"headwater/backend/hw"
)

// Upstreams have nothing special about being listed, created, changed or
// deleted: document.go does it for all kinds. What is theirs alone is the test.

// TestUpstream asks an upstream for its models, with each of its credentials,
// and says how it went, step by step. It spends no tokens; it needs the write
// permission because it makes this machine call out with a secret.
func (s *Service) TestUpstream(ctx context.Context, actor hw.Actor, ref Ref) (hw.TestReport, error) {
	if err := permit(actor, hw.PermUpstreamsWrite); err != nil {
		return hw.TestReport{}, err
	}
	d, err := s.inForce.Load().find(hw.KindUpstream, ref)
	if err != nil {
		return hw.TestReport{}, err
	}
	report, err := s.cfg.Test(ctx, d.Head().ID)
	if err != nil {
		return hw.TestReport{}, err
	}
	if report.Steps == nil {
		report.Steps = []hw.TestStep{}
	}
	return report, nil
}

// Providers lists the catalogue.
func (s *Service) Providers(actor hw.Actor) ([]hw.Provider, error) {
	if err := permit(actor, hw.PermUpstreamsRead); err != nil {
		return nil, err
	}
	return orEmpty(s.cfg.Providers()), nil
}

// Health lists every target of every route.
func (s *Service) Health(actor hw.Actor) ([]hw.TargetHealth, error) {
	if err := permit(actor, hw.PermStatusRead); err != nil {
		return nil, err
	}
	return orEmpty(s.cfg.Health()), nil
}

// orEmpty keeps a list from being null at the wire.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
