package admin

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/url"
	"strings"

	"headwater/backend/hw"
	"headwater/backend/internal/job"
	"headwater/backend/internal/scan"
	"headwater/backend/internal/store"
)

// Scan looks for engines on this machine. It needs the write permission because
// only who may connect one has a use for it.
func (s *Service) Scan(ctx context.Context, actor hw.Actor) (hw.ScanReport, error) {
	if err := permit(actor, hw.PermUpstreamsWrite); err != nil {
		return hw.ScanReport{}, err
	}
	report, err := s.cfg.Scan.Run(ctx, scan.Plan{}, func(int64, int64) {})
	if err != nil {
		return hw.ScanReport{}, fmt.Errorf("looking for engines: %w", err)
	}
	s.nameUpstreams(&report)
	return report, nil
}

// ScanRange begins to look for engines on a private network, and returns at
// once. That somebody did is in the audit chain.
func (s *Service) ScanRange(ctx context.Context, actor hw.Actor, in hw.ScanInput) (hw.Job, error) {
	if err := permit(actor, hw.PermUpstreamsWrite); err != nil {
		return hw.Job{}, err
	}
	plan, err := s.cfg.Scan.Plan(ctx, in.Range)
	if err != nil {
		return hw.Job{}, err //nolint:wrapcheck // names the field
	}
	started, err := s.cfg.Jobs.Start(ctx, hw.JobUpstreamsScan, plan.Range, actor.Name, s.scanWork(plan))
	if err != nil {
		return hw.Job{}, fmt.Errorf("starting a scan: %w", err)
	}
	s.audit(ctx, store.AuditEvent{Actor: actor.Name, Remote: actor.Remote, Action: "upstreams.scan", Detail: plan.Range})
	return started, nil
}

// scanWork looks through a network.
func (s *Service) scanWork(plan scan.Plan) job.Work {
	return func(ctx context.Context, report func(done, total int64)) (any, string, error) {
		found, err := s.cfg.Scan.Run(ctx, plan, report)
		if err != nil {
			return nil, "", err //nolint:wrapcheck // the job's own end
		}
		s.nameUpstreams(&found)
		words := fmt.Sprintf("%d engines were found at %s.", len(found.Found)+found.More, plan.Range)
		switch len(found.Found) {
		case 0:
			words = fmt.Sprintf("No engine was found at %s.", plan.Range)
		case 1:
			words = fmt.Sprintf("One engine was found at %s.", plan.Range)
		}
		if found.Stopped != "" {
			words += " " + found.Stopped
		}
		return found, words, nil
	}
}

// nameUpstreams says which of the engines are connected already.
func (s *Service) nameUpstreams(report *hw.ScanReport) {
	bases := map[string]string{}
	for _, p := range s.cfg.Providers() {
		bases[p.ID] = p.BaseURL
	}
	known := map[string]string{}
	for _, d := range s.inForce.Load().kind(hw.KindUpstream) {
		up, ok := d.(*hw.Upstream)
		if !ok {
			continue
		}
		if at := hostPort(cmp.Or(up.BaseURL, bases[up.Provider])); at != "" && known[at] == "" {
			known[at] = up.Name
		}
	}
	for i := range report.Found {
		report.Found[i].Upstream = known[hostPort("http://"+report.Found[i].Address)]
	}
}

// hostPort is where a plain address leads, this machine under one name; empty
// for all others.
func hostPort(address string) string {
	at, err := url.Parse(address)
	if err != nil || at.Scheme != "http" {
		return ""
	}
	host := strings.ToLower(at.Hostname())
	if ip := net.ParseIP(host); host == "localhost" || ip != nil && ip.IsLoopback() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, cmp.Or(at.Port(), "80"))
}
