package admin

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"headwater/backend/hw"
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
	s.cfg.Log.Warn("a fire drill was started", "drill", started.ID, "fault", spec.Fault, "by", actor.Name, "ends", started.EndsAt)
	return started, nil
}

// unknownIn lists the names in a drill that nothing configured has.
func (s *Service) unknownIn(spec *hw.DrillSpec) (problems []hw.Problem) {
	v := s.inForce.Load()
	for _, one := range namesIn(spec) {
		known := slices.ContainsFunc(v.kind(one.kind), func(doc hw.Document) bool {
			return doc.Label() == one.name && (one.tenant == "" || doc.Head().Tenant == one.tenant)
		})
		if !known {
			problems = append(problems, hw.Problem{Field: one.field, Text: fmt.Sprintf("names %s %q, which does not exist", one.kind, one.name)})
		}
	}
	return problems
}

// drillName is a name in a drill and the document that it stands for.
type drillName struct {
	field        string
	kind         hw.Kind
	tenant, name string
}

func namesIn(spec *hw.DrillSpec) []drillName {
	var names []drillName
	for _, name := range spec.Upstreams {
		names = append(names, drillName{"upstreams", hw.KindUpstream, "", name})
	}
	for _, app := range spec.Scope.Apps {
		tenant, name, both := strings.Cut(app, "/")
		if !both {
			tenant, name = "", app
		}
		names = append(names, drillName{"scope.apps", hw.KindApp, tenant, name})
	}
	if spec.Scope.Route != "" {
		names = append(names, drillName{"scope.route", hw.KindRoute, "", spec.Scope.Route})
	}
	if spec.Scope.Tenant != "" {
		names = append(names, drillName{"scope.tenant", hw.KindTenant, "", spec.Scope.Tenant})
	}
	return names
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
	return aborted, nil
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
