package admin

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"headwater/backend/hw"
	"headwater/backend/internal/store"
)

// mostStandings is how many routes Status names.
const mostStandings = 50

// Status says what runs here and whether callers can be served.
func (s *Service) Status(actor hw.Actor) (hw.Status, error) {
	if err := permit(actor, hw.PermStatusRead); err != nil {
		return hw.Status{}, err
	}
	v := s.inForce.Load()
	log := s.cfg.Calls.Stats()
	st := hw.Status{
		Version: s.cfg.Version, Generation: v.generation, StartedAt: s.startedAt,
		Addresses: s.cfg.Addresses(), CallsDropped: log.Dropped, CallsTrouble: log.Trouble,
	}
	routes := 0
	for _, kind := range hw.Kinds() {
		n := len(v.kind(kind))
		st.Counts = append(st.Counts, hw.KindCount{Kind: kind, Count: n})
		if kind == hw.KindRoute {
			routes = n
		}
	}
	out := 0
	for _, t := range s.cfg.Health() {
		switch {
		case t.State.ByOperator(): // not among those that should serve
			out++
		case takesCalls(t.State):
			st.Targets++
			st.TargetsWell++
		default:
			st.Targets++
		}
	}
	st.Routes = orEmpty(s.cfg.Standings())
	if over := len(st.Routes) - mostStandings; over > 0 {
		st.Routes, st.RoutesMore = st.Routes[:mostStandings], over
	}
	st.Verdict, st.Words = verdict(routes, st.Targets, st.TargetsWell, out)
	return st, nil
}

// takesCalls reports whether a target in this state is asked by calls. A
// target that was never tried is.
func takesCalls(state hw.HealthState) bool {
	switch state {
	case hw.HealthOpen, hw.HealthQuarantined, hw.HealthThrottled, hw.HealthLoading, hw.HealthProbing,
		hw.HealthDraining, hw.HealthMaintenance, hw.HealthDisabled:
		return false
	case hw.HealthUnknown, hw.HealthHealthy, hw.HealthDegraded, hw.HealthSuspect, hw.HealthRamp, hw.HealthEnabled:
		return true
	}
	return false
}

func verdict(routes, targets, well, out int) (string, string) {
	switch {
	case routes == 0:
		return hw.VerdictEmpty, "Nothing is configured yet: add an upstream and a route."
	case targets == 0 && out > 0:
		return hw.VerdictDown, "Every target was taken out of use by a person."
	case targets == 0 || well == targets:
		return hw.VerdictServing, "Serving normally."
	case well == 0:
		return hw.VerdictDown, "No target can take a call right now."
	}
	return hw.VerdictDegraded, fmt.Sprintf("Serving, but %d of %d targets cannot take a call right now.", targets-well, targets)
}

// Explain says what would happen to a call now. Nothing is sent.
func (s *Service) Explain(actor hw.Actor, sample hw.Sample) (hw.Explanation, error) {
	if err := permit(actor, hw.PermRoutesRead); err != nil {
		return hw.Explanation{}, err
	}
	e := s.cfg.Explain(sample)
	e.Targets, e.Tiers = orEmpty(e.Targets), orEmpty(e.Tiers)
	switch {
	case e.Route == "":
		e.Code, e.Words = hw.CodeUnknownModel, "No route answers this model."
	case len(e.Tiers) > 0 && !slices.ContainsFunc(e.Tiers, mayTake):
		e.Code, e.Words = hw.CodeForbidden, "No tier of the route takes such a call."
	case noneCan(&e):
		e.Code, e.Words = hw.CodeUnsupported, "No target of the route can serve such a call: each lacks something that it needs."
	case len(e.Targets) == 0 || e.Targets[0].Order == 0:
		e.Code, e.Words = hw.CodeNoHealthyUpstream, "No target can take a call now; Headwater keeps trying."
	default:
		e.OK = true
		e.Words = fmt.Sprintf("A call would first go to %s.", e.Targets[0].Upstream)
	}
	return e, nil
}

// noneCan reports whether every target that the call may use lacks something that
// it needs, so that none is asked.
func noneCan(e *hw.Explanation) bool {
	lack := false
	for i := range e.Targets {
		t := &e.Targets[i]
		outside := t.Tier >= 1 && t.Tier <= len(e.Tiers) && e.Tiers[t.Tier-1].Passed != ""
		if t.Order > 0 || !t.PassedOver && !outside {
			return false
		}
		lack = lack || t.PassedOver
	}
	return lack
}

// mayTake reports whether a tier with targets takes the call.
func mayTake(t hw.ExplainedTier) bool { return t.Passed == "" && t.Kind == hw.TierTargets }

// TestCondition says what a condition says to a call that is only thought of.
func (s *Service) TestCondition(actor hw.Actor, test hw.ConditionTest) (hw.ConditionResult, error) {
	if err := permit(actor, hw.PermRoutesRead); err != nil {
		return hw.ConditionResult{}, err
	}
	return s.cfg.Condition(test), nil
}

// Changes lists the history of the configuration, newest first.
func (s *Service) Changes(ctx context.Context, actor hw.Actor, f store.ChangeFilter) ([]hw.Change, error) {
	if err := permit(actor, hw.PermAuditRead); err != nil {
		return nil, err
	}
	changes, err := s.cfg.Store.Changes(ctx, f)
	if err != nil {
		return nil, fmt.Errorf("reading changes: %w", err)
	}
	return orEmpty(changes), nil
}

// VerifyAudit walks the whole audit chain.
func (s *Service) VerifyAudit(ctx context.Context, actor hw.Actor) (hw.AuditReport, error) {
	if err := permit(actor, hw.PermAuditRead); err != nil {
		return hw.AuditReport{}, err
	}
	return auditReport(s.cfg.Store.VerifyAudit(ctx))
}

// auditReport is what a walk over the chain has found.
func auditReport(links int64, err error) (hw.AuditReport, error) {
	if broken, ok := auditFinding(err); ok {
		return hw.AuditReport{Links: links, Words: broken}, nil
	}
	if err != nil {
		return hw.AuditReport{}, fmt.Errorf("verifying the audit chain: %w", err)
	}
	return hw.AuditReport{OK: true, Links: links, Words: fmt.Sprintf("All %d links are in place and unaltered.", links)}, nil
}

// auditFinding returns what the walk found wrong, in words.
func auditFinding(err error) (string, bool) {
	broken, ok := errors.AsType[*store.AuditError](err)
	if !ok {
		return "", false
	}
	return broken.Error(), true
}
