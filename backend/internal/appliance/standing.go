package appliance

import (
	"cmp"
	"slices"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/route"
)

// standings says which routes are not on their first choice now: those that
// nobody can answer first, then by the depth they are served from.
func (h *house) standings() []hw.RouteStanding {
	planner, now := route.Planner{Health: h.health}, time.Now()
	var found []hw.RouteStanding
	for r := range h.holder.Load().Ladders() {
		if s, lagging := standing(planner.Explain(r, &route.Thought{}, now)); lagging {
			found = append(found, s)
		}
	}
	slices.SortFunc(found, func(a, b hw.RouteStanding) int {
		return cmp.Or(cmp.Compare(depth(a), depth(b)), cmp.Compare(a.Route, b.Route))
	})
	return found
}

func depth(s hw.RouteStanding) int {
	if s.Tier == 0 {
		return -1 << 31
	}
	return -s.Tier
}

// standing looks at the order in which a route's targets would be asked. A
// call that would only test a target does not count as answered by it, and a
// tier that ordinary calls pass over is not where they should be.
func standing(e hw.Explanation) (s hw.RouteStanding, lagging bool) {
	s.Route = e.Route
	targets := slices.DeleteFunc(slices.Clone(e.Targets), func(t hw.ExplainedTarget) bool {
		return t.Tier <= len(e.Tiers) && e.Tiers[t.Tier-1].Passed != ""
	})
	for _, t := range targets {
		if t.Order > 0 && !t.Probe && (s.Tier == 0 || t.Tier < s.Tier) {
			s.Tier, s.Upstream = t.Tier, t.Upstream
		}
	}
	if s.Tier == firstTier(targets) {
		return s, false
	}
	// It came to this when the last target of a better tier gave up.
	for _, t := range targets {
		if (s.Tier == 0 || t.Tier < s.Tier) && t.Since.After(s.Since) {
			s.Since = t.Since
		}
	}
	return s, true
}

// firstTier is the first tier that has targets; a ladder may begin with another
// kind.
func firstTier(targets []hw.ExplainedTarget) int {
	first := 0
	for _, t := range targets {
		if first == 0 || t.Tier < first {
			first = t.Tier
		}
	}
	return first
}
