package admin

import (
	"context"
	"fmt"
	"slices"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/store"
)

// Drills runs fire drills.
type Drills interface {
	Start(ctx context.Context, spec hw.DrillSpec, who string) (hw.Drill, error)
	Abort(ctx context.Context, id, who string) (hw.Drill, error)
	List(ctx context.Context) ([]hw.Drill, error)
	Get(ctx context.Context, id string) (hw.Drill, error)
}

// StartDrill begins a fire drill. What it names must exist: a drill that hits
// nothing would pass.
func (s *Service) StartDrill(ctx context.Context, actor hw.Actor, spec hw.DrillSpec) (hw.Drill, error) {
	if err := permit(actor, hw.PermDrillsWrite); err != nil {
		return hw.Drill{}, err
	}
	problems := spec.Validate()
	if len(problems) == 0 {
		problems = s.unknownIn(&spec)
	}
	if err := hw.Invalid(problems); err != nil {
		return hw.Drill{}, err //nolint:wrapcheck // names the fields
	}
	started, err := s.cfg.Drills.Start(ctx, spec, actor.Name)
	if err != nil {
		return hw.Drill{}, fmt.Errorf("starting a drill: %w", err)
	}
	s.audit(ctx, store.AuditEvent{
		Actor: actor.Name, Remote: actor.Remote, Action: "drills.start",
		Detail: fmt.Sprintf("%s: %s at %s, ends %s", started.ID, spec.Fault, placeOf(&spec), started.EndsAt.Format(time.RFC3339)),
	})
	s.cfg.Log.Warn("a fire drill was started", "drill", started.ID, "fault", spec.Fault, "by", actor.Name, "ends", started.EndsAt)
	return started, nil
}

// unknownIn lists the names in a drill that nothing configured has.
func (s *Service) unknownIn(spec *hw.DrillSpec) []hw.Problem {
	v := s.inForce.Load()
	return spec.Unknown(func(kind hw.Kind, tenant, name string) bool {
		return slices.ContainsFunc(v.kind(kind), func(doc hw.Document) bool {
			return doc.Label() == name && (tenant == "" || doc.Head().Tenant == tenant)
		})
	})
}

// AbortDrill ends a drill at once.
func (s *Service) AbortDrill(ctx context.Context, actor hw.Actor, id string) (hw.Drill, error) {
	if err := permit(actor, hw.PermDrillsWrite); err != nil {
		return hw.Drill{}, err
	}
	aborted, err := s.cfg.Drills.Abort(ctx, id, actor.Name)
	if err != nil {
		return hw.Drill{}, fmt.Errorf("aborting a drill: %w", err)
	}
	s.audit(ctx, store.AuditEvent{Actor: actor.Name, Remote: actor.Remote, Action: "drills.abort", Detail: aborted.ID})
	return aborted, nil
}

// placeOf says in a few words where a drill injects its fault.
func placeOf(spec *hw.DrillSpec) string {
	switch {
	case spec.Fault.OfMachine():
		return "this machine"
	case spec.AllCloud:
		return "all clouds"
	}
	return listed(spec.Upstreams)
}

// ListDrills lists the drills that are kept, newest first.
func (s *Service) ListDrills(ctx context.Context, actor hw.Actor) ([]hw.Drill, error) {
	if err := permit(actor, hw.PermDrillsRead); err != nil {
		return nil, err
	}
	drills, err := s.cfg.Drills.List(ctx)
	if err != nil {
		return nil, fmt.Errorf("listing drills: %w", err)
	}
	return orEmpty(drills), nil
}

// Drill returns one drill with its report.
func (s *Service) Drill(ctx context.Context, actor hw.Actor, id string) (hw.Drill, error) {
	if err := permit(actor, hw.PermDrillsRead); err != nil {
		return hw.Drill{}, err
	}
	found, err := s.cfg.Drills.Get(ctx, id)
	if err != nil {
		return hw.Drill{}, fmt.Errorf("reading a drill: %w", err)
	}
	return found, nil
}
