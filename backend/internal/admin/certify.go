package admin

import (
	"context"
	"fmt"
	"strings"

	"headwater/backend/hw"
	"headwater/backend/internal/job"
	"headwater/backend/internal/store"
)

// Certifier makes live checks of a model behind an upstream, which is named by
// the id of its document.
type Certifier interface {
	// Plan says what a run would do; it asks nobody.
	Plan(ctx context.Context, upstreamID string, in hw.CertifyInput) (hw.CertifyPlan, error)
	// Run makes the checks and keeps what they showed. A run that ctx ended
	// returns its error.
	Run(ctx context.Context, upstreamID string, in hw.CertifyInput, report func(done, total int64)) (hw.CapabilityRecord, error)
}

// PlanCertify says what live checks of a model would do and cost at most. It asks
// nobody and spends nothing; it needs the write permission as the run does.
func (s *Service) PlanCertify(ctx context.Context, actor hw.Actor, ref Ref, in hw.CertifyInput) (hw.CertifyPlan, error) {
	if err := permit(actor, hw.PermUpstreamsWrite); err != nil {
		return hw.CertifyPlan{}, err
	}
	d, err := s.inForce.Load().find(hw.KindUpstream, ref)
	if err != nil {
		return hw.CertifyPlan{}, err
	}
	plan, err := s.cfg.Certify.Plan(ctx, d.Head().ID, in)
	if err != nil {
		return hw.CertifyPlan{}, fmt.Errorf("planning live checks: %w", err)
	}
	return plan, nil
}

// StartCertify begins live checks of a model and returns at once. They cost money
// at the vendor: who began them, and what they may cost, stands in the audit chain.
func (s *Service) StartCertify(ctx context.Context, actor hw.Actor, ref Ref, in hw.CertifyInput) (hw.Job, error) {
	plan, err := s.PlanCertify(ctx, actor, ref, in)
	if err != nil {
		return hw.Job{}, err
	}
	d, err := s.inForce.Load().find(hw.KindUpstream, ref)
	if err != nil {
		return hw.Job{}, err
	}
	id := d.Head().ID
	started, err := s.cfg.Jobs.Start(ctx, hw.JobUpstreamsCertify, d.Label()+"/"+in.Model, actor.Name, s.certifyWork(id, in))
	if err != nil {
		return hw.Job{}, fmt.Errorf("starting live checks: %w", err)
	}
	s.audit(ctx, store.AuditEvent{
		Actor: actor.Name, Remote: actor.Remote, Action: "upstreams.certify",
		Detail: fmt.Sprintf("%s: model %s of upstream %s (%s), key %s, %s", started.ID, in.Model, plan.Upstream, id, keyWords(plan.Credential), capWords(&plan, in.MaxCostUSD)),
	})
	return started, nil
}

func keyWords(name string) string {
	if name == "" {
		return "none"
	}
	return name
}

// capWords says what a run is bounded by.
func capWords(plan *hw.CertifyPlan, most float64) string {
	if plan.MaxCostUSD == nil {
		return fmt.Sprintf("price unknown, at most %d tokens", plan.TokensIn+plan.TokensOut)
	}
	if most == 0 {
		most = *plan.MaxCostUSD
	}
	return fmt.Sprintf("at most $%.4f", most)
}

// certifyWork makes the live checks.
func (s *Service) certifyWork(upstreamID string, in hw.CertifyInput) job.Work {
	return func(ctx context.Context, report func(done, total int64)) (any, string, error) {
		r, err := s.cfg.Certify.Run(ctx, upstreamID, in, report)
		if err != nil {
			return nil, "", fmt.Errorf("making live checks: %w", err)
		}
		words := certified(&r)
		return r, words, nil
	}
}

// certified sums up: "23 of 25 checks passed; 1 changed since 2026-11-20:
// tools.parallel yes -> no."
func certified(r *hw.CapabilityRecord) string {
	words := fmt.Sprintf("%d of %d checks passed", r.Yes, r.Yes+r.No+r.Unclear)
	if len(r.Drift) > 0 {
		changes := make([]string, len(r.Drift))
		for i, d := range r.Drift {
			changes[i] = fmt.Sprintf("%s %s -> %s", d.Check, d.Before, d.After)
		}
		words += fmt.Sprintf("; %d changed since %s: %s", len(r.Drift), r.Before.Format("2006-01-02"), strings.Join(changes, ", "))
	}
	if !r.Whole() {
		return words + ". It ended early: " + r.Stopped
	}
	return words + "."
}

// Capabilities lists the record that stands for each model that was certified,
// newest first; of one upstream, by id or name, unless ref names none.
func (s *Service) Capabilities(ctx context.Context, actor hw.Actor, ref Ref) ([]hw.CapabilityRecord, error) {
	if err := permit(actor, hw.PermUpstreamsRead); err != nil {
		return nil, err
	}
	all, err := s.cfg.Store.CapabilityRecords(ctx)
	if err != nil {
		return nil, fmt.Errorf("listing what live checks showed: %w", err)
	}
	if ref.Name == "" {
		return all, nil
	}
	id := s.upstreamID(ref)
	found := []hw.CapabilityRecord{}
	for i := range all {
		if all[i].UpstreamID == id {
			found = append(found, all[i])
		}
	}
	return found, nil
}

// upstreamID is the id of an upstream that is named by id or name. One that is
// gone can still be named by its id.
func (s *Service) upstreamID(ref Ref) string {
	if d, err := s.inForce.Load().find(hw.KindUpstream, ref); err == nil {
		return d.Head().ID
	}
	return ref.Name
}

// Capability returns one record with all its checks.
func (s *Service) Capability(ctx context.Context, actor hw.Actor, id string) (hw.CapabilityRecord, error) {
	if err := permit(actor, hw.PermUpstreamsRead); err != nil {
		return hw.CapabilityRecord{}, err
	}
	r, err := s.cfg.Store.CapabilityRecord(ctx, id)
	if err != nil {
		return hw.CapabilityRecord{}, fmt.Errorf("reading what live checks showed: %w", err)
	}
	return r, nil
}

// CapabilityHistory lists the runs that are kept of one model behind one upstream,
// newest first and without their checks.
func (s *Service) CapabilityHistory(ctx context.Context, actor hw.Actor, ref Ref, model string) ([]hw.CapabilityRecord, error) {
	if err := permit(actor, hw.PermUpstreamsRead); err != nil {
		return nil, err
	}
	runs, err := s.cfg.Store.CapabilityHistory(ctx, s.upstreamID(ref), model)
	if err != nil {
		return nil, fmt.Errorf("reading earlier live checks: %w", err)
	}
	for i := range runs {
		runs[i].Checks = []hw.CapabilityCheck{}
	}
	return runs, nil
}
