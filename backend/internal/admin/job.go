package admin

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"headwater/backend/hw"
	"headwater/backend/internal/job"
)

// testsAtOnce is how many upstreams are tested at the same time.
const testsAtOnce = 4

// jobKind is one row of the table of long work.
type jobKind struct {
	permission hw.Permission
	// work is nil for what needs to be told more than its kind: operation begins it.
	work      func(s *Service, actor hw.Actor) job.Work
	operation string
}

// jobKinds are the kinds of long work.
func jobKinds() map[hw.JobKind]jobKind {
	return map[hw.JobKind]jobKind{
		hw.JobAuditVerify:      {permission: hw.PermAuditRead, work: (*Service).auditWork},
		hw.JobUpstreamsTest:    {permission: hw.PermUpstreamsWrite, work: (*Service).testWork},
		hw.JobUpstreamsCertify: {permission: hw.PermUpstreamsWrite, operation: "upstreams.certify"},
		hw.JobUpstreamsScan:    {permission: hw.PermUpstreamsWrite, operation: "upstreams.scan_range"},
	}
}

// StartJob begins long work of a kind and returns at once.
func (s *Service) StartJob(ctx context.Context, actor hw.Actor, in hw.JobInput) (hw.Job, error) {
	if err := permit(actor, hw.PermJobsWrite); err != nil {
		return hw.Job{}, err
	}
	kind, known := jobKinds()[in.Kind]
	if !known {
		return hw.Job{}, hw.Errorf(hw.CodeBadRequest, "There is no long work of the kind %q.", in.Kind).At("kind")
	}
	if kind.work == nil {
		return hw.Job{}, hw.Errorf(hw.CodeBadRequest, "This work needs to be told more: start it with the operation %s.", kind.operation).At("kind")
	}
	if err := permit(actor, kind.permission); err != nil {
		return hw.Job{}, err
	}
	started, err := s.cfg.Jobs.Start(ctx, in.Kind, "", actor.Name, kind.work(s, actor))
	if err != nil {
		return hw.Job{}, fmt.Errorf("starting a job: %w", err)
	}
	return started, nil
}

// CancelJob asks a job to end.
func (s *Service) CancelJob(ctx context.Context, actor hw.Actor, id string) (hw.Job, error) {
	if err := permit(actor, hw.PermJobsWrite); err != nil {
		return hw.Job{}, err
	}
	found, err := s.cfg.Jobs.Get(ctx, id)
	if err != nil {
		return hw.Job{}, fmt.Errorf("canceling a job: %w", err)
	}
	if err := permit(actor, jobKinds()[found.Kind].permission); err != nil {
		return hw.Job{}, err
	}
	canceled, err := s.cfg.Jobs.Cancel(ctx, id)
	if err != nil {
		return hw.Job{}, fmt.Errorf("canceling a job: %w", err)
	}
	return canceled, nil
}

// Jobs lists long work, newest first.
func (s *Service) Jobs(ctx context.Context, actor hw.Actor) ([]hw.Job, error) {
	if err := permit(actor, hw.PermJobsRead); err != nil {
		return nil, err
	}
	jobs, err := s.cfg.Jobs.List(ctx)
	if err != nil {
		return nil, fmt.Errorf("listing jobs: %w", err)
	}
	return orEmpty(jobs), nil
}

// Job returns one job with its report.
func (s *Service) Job(ctx context.Context, actor hw.Actor, id string) (hw.Job, error) {
	if err := permit(actor, hw.PermJobsRead); err != nil {
		return hw.Job{}, err
	}
	found, err := s.cfg.Jobs.Get(ctx, id)
	if err != nil {
		return hw.Job{}, fmt.Errorf("reading a job: %w", err)
	}
	return found, nil
}

// auditWork walks the whole audit chain.
func (s *Service) auditWork(hw.Actor) job.Work {
	return func(ctx context.Context, report func(done, total int64)) (any, string, error) {
		links, err := s.cfg.Store.WalkAudit(ctx, report)
		found, err := auditReport(links, err)
		return found, found.Words, err
	}
}

// testWork tests every enabled upstream, several at a time.
func (s *Service) testWork(actor hw.Actor) job.Work {
	return func(ctx context.Context, report func(done, total int64)) (any, string, error) {
		var names []Ref
		for _, d := range s.inForce.Load().kind(hw.KindUpstream) {
			if up, ok := d.(*hw.Upstream); ok && up.State != hw.StateDisabled {
				names = append(names, Ref{Tenant: up.Tenant, Name: up.Name})
			}
		}
		reports := make([]hw.TestReport, len(names))
		err := job.Each(ctx, len(names), testsAtOnce, report, func(i int) {
			reports[i] = s.testOne(ctx, actor, names[i])
		})
		if err != nil {
			return nil, "", err //nolint:wrapcheck // the job's own end
		}
		return tested(reports)
	}
}

// testOne never fails: what kept an upstream from being tested is its report.
func (s *Service) testOne(ctx context.Context, actor hw.Actor, ref Ref) hw.TestReport {
	got, err := s.TestUpstream(ctx, actor, ref, "")
	if err != nil {
		e := hw.AsError(err)
		return hw.TestReport{Upstream: ref.Name, Diagnosis: e.Text, Hint: e.NextStep(), Code: e.Code.Info().Public, Steps: []hw.TestStep{}}
	}
	return got
}

// tested sums up.
func tested(reports []hw.TestReport) (any, string, error) {
	slices.SortFunc(reports, func(a, b hw.TestReport) int { return cmp.Compare(a.Upstream, b.Upstream) })
	failed := 0
	for _, r := range reports {
		if !r.OK {
			failed++
		}
	}
	words := fmt.Sprintf("All %d upstreams answered.", len(reports))
	switch {
	case len(reports) == 0:
		words = "There is no upstream to test."
	case failed > 0:
		words = fmt.Sprintf("%d of %d upstreams did not answer.", failed, len(reports))
	}
	return hw.UpstreamsTested{Failed: failed, Reports: reports}, words, nil
}
