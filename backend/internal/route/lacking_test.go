package route_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/capability"
	"headwater/backend/internal/route"
	"headwater/backend/internal/snapshot"
)

// without is a target that was certified on 2026-11-29 without something.
func without(name string, lacks ...hw.Capability) *snapshot.Target {
	var b capability.Book
	one := roomy(name, 1)
	one.Standing = b.Of(name, "m")
	r := hw.CapabilityRecord{UpstreamID: name, Model: "m", At: time.Date(2026, 11, 29, 9, 0, 0, 0, time.UTC)}
	for _, c := range lacks {
		r.Checks = append(r.Checks, hw.CapabilityCheck{Name: string(c), Capability: c, Outcome: hw.CheckNo})
	}
	b.Put(r)
	return one
}

// laddered is a route of such tiers.
func laddered(tiers ...[]*snapshot.Target) *snapshot.Route {
	r := &snapshot.Route{Name: "fast"}
	for _, targets := range tiers {
		one := tier(hw.StrategyPriority, targets...)
		one.Kind = hw.TierTargets
		r.Tiers = append(r.Tiers, one)
	}
	return r
}

func TestARouteWithoutThoseThatLackSomething(t *testing.T) {
	var s snapshot.Snapshot
	blind, deaf, good := without("blind", hw.CapVision), without("deaf", hw.CapTools), roomy("good", 1)
	r := laddered([]*snapshot.Target{blind, good}, []*snapshot.Target{deaf})
	r.Fallback = map[hw.Class][]*snapshot.Target{hw.ClassContextLength: {blind, deaf}}
	l, able := route.LackingOf(&s, r, "", []hw.Capability{hw.CapVision, hw.CapStream})
	if !able || len(l) != 1 || l[blind][0].Capability != hw.CapVision {
		t.Fatalf("able %v, lacking %v", able, l)
	}
	left := l.Without(r)
	if !slices.Equal(left.Tiers[0].Targets, []*snapshot.Target{good}) || !slices.Equal(left.Tiers[1].Targets, []*snapshot.Target{deaf}) ||
		!slices.Equal(left.Fallback[hw.ClassContextLength], []*snapshot.Target{deaf}) {
		t.Errorf("left %+v", left)
	}
	if len(r.Tiers[0].Targets) != 2 || len(r.Fallback[hw.ClassContextLength]) != 2 {
		t.Error("the route itself was changed")
	}
	if l, able := route.LackingOf(&s, laddered([]*snapshot.Target{blind, deaf}), "", []hw.Capability{hw.CapTools, hw.CapVision}); able || len(l) != 2 {
		t.Errorf("each lacks something: able %v, lacking %v", able, l)
	}
	if l, _ := route.LackingOf(&s, r, "", nil); l != nil {
		t.Errorf("a call without needs: %v", l)
	}
}

func TestARouteOfWhichNothingBadIsKnownCostsNothing(t *testing.T) {
	var s snapshot.Snapshot
	r := laddered([]*snapshot.Target{without("a"), roomy("b", 1)}, []*snapshot.Target{without("c")})
	r.Fallback = map[hw.Class][]*snapshot.Target{hw.ClassContextLength: {without("d")}}
	if route.Doubtful(&s, r, "fast") {
		t.Fatal("it is doubtful")
	}
	if n := testing.AllocsPerRun(100, func() { route.Doubtful(&s, r, "fast") }); n > 0 {
		t.Errorf("asking allocates %v times", n)
	}
	r.Fallback[hw.ClassContextLength][0] = without("d", hw.CapTools)
	if !route.Doubtful(&s, r, "fast") {
		t.Error("what its fallback lacks is not seen")
	}
}

func TestExplainSaysWhoIsPassedOver(t *testing.T) {
	p, now := planner(), time.Now()
	tools := []hw.Capability{hw.CapTools}
	deaf, blind, good := without("deaf", hw.CapTools, hw.CapVision), without("blind", hw.CapVision), roomy("good", 1)
	strict := laddered([]*snapshot.Target{deaf})
	strict.Strict = true
	for name, row := range map[string]struct {
		r     *snapshot.Route
		needs []hw.Capability
		want  []string
	}{
		"nothing needed": {laddered([]*snapshot.Target{deaf}, []*snapshot.Target{good}), nil, []string{"1:deaf []", "2:good []"}},
		"tools":          {laddered([]*snapshot.Target{deaf}, []*snapshot.Target{blind, good}), tools, []string{"1:blind []", "2:good []", "0:deaf [tools] Passed over: certified 2026-11-29 without tools."}},
		"nobody can":     {laddered([]*snapshot.Target{deaf}), tools, []string{"1:deaf [tools] Asked all the same, as no target is better: certified 2026-11-29 without tools."}},
		"nobody may":     {strict, tools, []string{"0:deaf [tools] Passed over: certified 2026-11-29 without tools."}},
	} {
		var got []string
		for _, e := range p.Explain(row.r, &route.Thought{Snapshot: &snapshot.Snapshot{}, Needs: row.needs}, now).Targets {
			words := fmt.Sprintf("%d:%s %v", e.Order, e.Upstream, e.Lacks)
			if e.LackWords != "" {
				words += " " + e.LackWords
			}
			if e.CertifiedAt.IsZero() != (len(e.Lacks) == 0) || e.PassedOver != strings.HasPrefix(e.LackWords, "Passed over") {
				t.Errorf("%s: certified %v", name, e.CertifiedAt)
			}
			got = append(got, words)
		}
		if !slices.Equal(got, row.want) {
			t.Errorf("%s: %v, want %v", name, got, row.want)
		}
	}
}
