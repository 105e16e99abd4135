package route

import (
	"slices"

	"headwater/backend/hw"
	"headwater/backend/internal/capability"
	"headwater/backend/internal/snapshot"
)

// Doubtful reports whether live checks found any target of a route to lack
// anything; where they did not, it does not matter what a call needs. asked is
// the model that the caller names.
func Doubtful(s *snapshot.Snapshot, r *snapshot.Route, asked string) bool {
	doubtful := func(targets []*snapshot.Target) bool {
		return slices.ContainsFunc(targets, func(t *snapshot.Target) bool { return len(s.Missing(t, asked)) > 0 })
	}
	for t := range r.Tiers {
		if doubtful(r.Tiers[t].Targets) {
			return true
		}
	}
	for _, targets := range r.Fallback {
		if doubtful(targets) {
			return true
		}
	}
	return false
}

// Lacking are the targets of a route that were found to lack something a call
// needs, each with what that is.
type Lacking map[*snapshot.Target][]capability.Missing

// LackingOf finds what the targets of a route lack of what a call needs. able is
// true when a target of its tiers lacks nothing.
func LackingOf(s *snapshot.Snapshot, r *snapshot.Route, asked string, needs []hw.Capability) (l Lacking, able bool) {
	note := func(targets []*snapshot.Target) (all bool) {
		all = true
		for _, target := range targets {
			lacks := capability.Of(s.Missing(target, asked), needs)
			if len(lacks) == 0 {
				all = false
				continue
			}
			if l == nil {
				l = Lacking{}
			}
			l[target] = lacks
		}
		return all
	}
	for t := range r.Tiers {
		able = !note(r.Tiers[t].Targets) || able
	}
	for _, targets := range r.Fallback {
		note(targets)
	}
	return l, able
}

// Without is the route as a call sees it that passes these targets over.
func (l Lacking) Without(r *snapshot.Route) *snapshot.Route {
	left := *r
	left.Tiers = slices.Clone(r.Tiers)
	for t := range left.Tiers {
		left.Tiers[t].Targets = l.without(r.Tiers[t].Targets)
	}
	left.Fallback = make(map[hw.Class][]*snapshot.Target, len(r.Fallback))
	for class, targets := range r.Fallback {
		left.Fallback[class] = l.without(targets)
	}
	return &left
}

func (l Lacking) without(targets []*snapshot.Target) []*snapshot.Target {
	return slices.DeleteFunc(slices.Clone(targets), func(t *snapshot.Target) bool { return l[t] != nil })
}
