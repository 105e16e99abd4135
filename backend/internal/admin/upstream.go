package admin

import (
	"context"
	"slices"

	"headwater/backend/hw"
)

// Upstreams have nothing special about being listed, created, changed or
// deleted: document.go does it for all kinds. What is theirs alone is the test.

// TestUpstream asks an upstream for its models, with each of its credentials,
// and says how it went, step by step. It spends no tokens unless a model is
// named, which then gets one tiny question. It needs the write permission
// because it makes this machine call out with a secret.
func (s *Service) TestUpstream(ctx context.Context, actor hw.Actor, ref Ref, model string) (hw.TestReport, error) {
	if err := permit(actor, hw.PermUpstreamsWrite); err != nil {
		return hw.TestReport{}, err
	}
	if model != "" && !hw.IsModelName(model) {
		return hw.TestReport{}, hw.Errorf(hw.CodeBadRequest, "%q is no name of a model.", model).At("query.model")
	}
	d, err := s.inForce.Load().find(hw.KindUpstream, ref)
	if err != nil {
		return hw.TestReport{}, err
	}
	report, err := s.cfg.Test(ctx, d.Head().ID, model)
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
func (s *Service) Health(actor hw.Actor, f HealthFilter) ([]hw.TargetHealth, error) {
	if err := permit(actor, hw.PermStatusRead); err != nil {
		return nil, err
	}
	found := []hw.TargetHealth{}
	for _, t := range s.cfg.Health() {
		if f.takes(&t) {
			found = append(found, t)
		}
	}
	if f.Unwell {
		// What a person took out of use is no surprise.
		slices.SortStableFunc(found, func(a, b hw.TargetHealth) int { return byHand(a) - byHand(b) })
	}
	if f.Limit > 0 && len(found) > f.Limit {
		found = found[:f.Limit]
	}
	return found, nil
}

// UpstreamFigures sums up what the targets and the keys of upstreams say; without
// names, of all.
func (s *Service) UpstreamFigures(actor hw.Actor, names []string) ([]hw.UpstreamFigures, error) {
	if err := permit(actor, hw.PermStatusRead); err != nil {
		return nil, err
	}
	v := s.inForce.Load()
	found, at := []hw.UpstreamFigures{}, map[string]int{}
	for _, d := range v.kind(hw.KindUpstream) {
		name := d.Label()
		if _, twin := at[name]; twin || len(names) > 0 && !slices.Contains(names, name) {
			continue
		}
		at[name] = len(found)
		found = append(found, hw.UpstreamFigures{Upstream: name})
	}
	for _, d := range v.kind(hw.KindCredential) {
		key, ok := d.(*hw.Credential)
		if !ok {
			continue
		}
		if i, wanted := at[key.Upstream]; wanted {
			found[i].Keys++
			if key.State == hw.StateDisabled {
				found[i].KeysOff++
			}
		}
	}
	for _, t := range s.cfg.Health() {
		if i, wanted := at[t.Upstream]; wanted {
			one := &found[i]
			one.FirstP95Ms = max(one.FirstP95Ms, t.FirstP95Ms)
			one.Asked += t.Asked
			one.RateLimited += t.RateLimited
		}
	}
	return found, nil
}

func byHand(t hw.TargetHealth) int {
	if t.State.ByOperator() {
		return 1
	}
	return 0
}

// HealthFilter chooses targets.
type HealthFilter struct {
	// Upstreams are names; empty means all.
	Upstreams []string
	// Unwell leaves out the targets of which there is nothing to say; those that
	// a person took out of use come last.
	Unwell bool
	// Limit is how many at most; zero means all.
	Limit int
}

func (f *HealthFilter) takes(t *hw.TargetHealth) bool {
	if f.Unwell && (t.State == hw.HealthHealthy || t.State == hw.HealthUnknown || t.State == hw.HealthRamp) {
		return false
	}
	return len(f.Upstreams) == 0 || slices.Contains(f.Upstreams, t.Upstream)
}

// orEmpty keeps a list from being null at the wire.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
