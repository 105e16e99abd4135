package route_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/health"
	"headwater/backend/internal/route"
	"headwater/backend/internal/snapshot"
)

func target(name string, weight float64) *snapshot.Target {
	return &snapshot.Target{
		Target:   health.Target{ID: name, Endpoint: "https://" + name, Model: name + "|m", MaxInFlight: 2},
		Upstream: &snapshot.Upstream{Name: name}, Model: "m", Weight: weight,
	}
}

func tier(strategy string, targets ...*snapshot.Target) snapshot.Tier {
	return snapshot.Tier{Strategy: strategy, Targets: targets}
}

func planner() *route.Planner {
	rnd := rand.New(rand.NewPCG(1, 2))
	return &route.Planner{Health: health.NewRegistry(health.Config{Rand: rnd.Float64}), Rand: rnd.Float64}
}

func names(plan []route.Candidate) []string {
	var out []string
	for _, c := range plan {
		name := fmt.Sprintf("%d:%s", c.Tier, c.Target.Upstream.Name)
		if c.Probe {
			name += "?"
		}
		out = append(out, name)
	}
	return out
}

// fail trips a target's breaker.
func fail(t *testing.T, p *route.Planner, tgt *snapshot.Target, now time.Time) {
	t.Helper()
	for range 3 {
		ticket, ok := p.Health.Begin(&tgt.Target, now, false, health.FlowStream)
		if !ok {
			t.Fatal("the target could not be begun")
		}
		ticket.End(health.Classify(health.Facts{Status: 503}, now), now)
	}
}

func TestPlanFollowsTheTiers(t *testing.T) {
	p, now := planner(), time.Now()
	tiers := []snapshot.Tier{tier(hw.StrategyPriority, target("a", 1), target("b", 1)), tier(hw.StrategyPriority, target("c", 1))}
	if got := names(p.Plan(nil, tiers, route.Asked{}, now)); !slices.Equal(got, []string{"1:a", "1:b", "2:c"}) {
		t.Errorf("plan %v", got)
	}
}

func TestWeightsShareTheCalls(t *testing.T) {
	p, now := planner(), time.Now()
	tiers := []snapshot.Tier{tier(hw.StrategyWeighted, target("a", 3), target("b", 1))}
	first := 0
	for range 4000 {
		plan := p.Plan(nil, tiers, route.Asked{}, now)
		if len(plan) != 2 {
			t.Fatalf("plan %v", names(plan))
		}
		if plan[0].Target.Upstream.Name == "a" {
			first++
		}
	}
	if first < 2850 || first > 3150 {
		t.Errorf("weight 3 of 4 came first in %d of 4000 calls", first)
	}
}

func TestOpenTargetsAreLeftOut(t *testing.T) {
	p, now := planner(), time.Now()
	a, b := target("a", 1), target("b", 1)
	tiers := []snapshot.Tier{tier(hw.StrategyPriority, a), tier(hw.StrategyPriority, b)}
	fail(t, p, a, now)
	if got := names(p.Plan(nil, tiers, route.Asked{}, now)); !slices.Equal(got, []string{"2:b"}) {
		t.Errorf("plan %v", got)
	}
	t.Run("until a test is due, with a later tier to take over", func(t *testing.T) {
		later := p.Health.View(&a.Target, now).NotBefore
		if got := names(p.Plan(nil, tiers, route.Asked{}, later)); !slices.Equal(got, []string{"1:a?", "2:b"}) {
			t.Errorf("plan %v", got)
		}
	})
	t.Run("nothing usable gives no plan, and a trickle", func(t *testing.T) {
		fail(t, p, b, now)
		if got := p.Plan(nil, tiers, route.Asked{}, now); len(got) != 0 {
			t.Errorf("plan %v", names(got))
		}
		if got := names(p.Trickle(nil, tiers, now.Add(2*time.Second))); !slices.Equal(got, []string{"1:a?", "2:b?"}) {
			t.Errorf("trickle %v", got)
		}
	})
}

func TestFullTargetsComeLast(t *testing.T) {
	p, now := planner(), time.Now()
	a, b := target("a", 1), target("b", 1)
	for range 2 {
		if _, ok := p.Health.Begin(&a.Target, now, false, health.FlowStream); !ok {
			t.Fatal("the target could not be begun")
		}
	}
	tiers := []snapshot.Tier{tier(hw.StrategyPriority, a, b)}
	if got := names(p.Plan(nil, tiers, route.Asked{}, now)); !slices.Equal(got, []string{"1:b", "1:a"}) {
		t.Errorf("plan %v", got)
	}
}

func TestPlanningCostsNothingWhenHealthy(t *testing.T) {
	p, now := planner(), time.Now()
	tiers := []snapshot.Tier{tier(hw.StrategyWeighted, target("a", 1), target("b", 1))}
	buf := make([]route.Candidate, 0, 4)
	p.Plan(buf, tiers, route.Asked{}, now)
	if n := testing.AllocsPerRun(100, func() { p.Plan(buf, tiers, route.Asked{}, now) }); n > 0 {
		t.Errorf("%v allocations a plan", n)
	}
}

func TestExplainNamesWhatWouldBeAskedAndWhatNot(t *testing.T) {
	p, now := planner(), time.Now()
	heavy, light, dead, spare := target("heavy", 3), target("light", 1), target("dead", 1), target("spare", 1)
	fail(t, p, dead, now)
	r := &snapshot.Route{Name: "fast", Tiers: []snapshot.Tier{
		tier(hw.StrategyWeighted, light, dead, heavy), tier(hw.StrategyPriority, spare),
	}}
	first := p.Explain(r, &route.Thought{}, now).Targets
	var got []string
	for _, e := range first {
		got = append(got, fmt.Sprintf("%d:%d:%s:%.1f:%s", e.Order, e.Tier, e.Upstream, e.Share, e.State))
	}
	want := []string{"1:1:heavy:0.6:unknown", "2:1:light:0.2:unknown", "3:2:spare:1.0:unknown", "0:1:dead:0.2:open"}
	if !slices.Equal(got, want) {
		t.Errorf("explained %v, want %v", got, want)
	}
	if again := p.Explain(r, &route.Thought{}, now).Targets; !reflect.DeepEqual(first, again) {
		t.Errorf("asked again: %v", again)
	}
}

func TestAffinityKeepsAConversationAtItsTarget(t *testing.T) {
	p, now := planner(), time.Now()
	a, b, c := target("a", 1), target("b", 1), target("c", 2)
	tiers := []snapshot.Tier{tier(hw.StrategyAffinity, a, b, c)}
	count := map[string]int{}
	first := map[uint64]string{}
	for conversation := uint64(1); conversation <= 4000; conversation++ {
		name := names(p.Plan(nil, tiers, route.Asked{Conversation: conversation}, now))[0]
		if again := names(p.Plan(nil, tiers, route.Asked{Conversation: conversation}, now))[0]; again != name {
			t.Fatalf("conversation %d went to %s, then to %s", conversation, name, again)
		}
		count[name]++
		first[conversation] = name
	}
	if n := count["1:c"]; n < 1850 || n > 2150 {
		t.Errorf("weight 2 of 4 got %v", count)
	}
	fail(t, p, a, now)
	for conversation, name := range first {
		got := names(p.Plan(nil, tiers, route.Asked{Conversation: conversation}, now))[0]
		if name != "1:a" && got != name {
			t.Fatalf("a conversation of %s moved to %s although only a is down", name, got)
		}
	}
}

func TestBalancedKeepsClearOfASlowTarget(t *testing.T) {
	p, now := planner(), time.Now()
	slow, quick := target("slow", 1), target("quick", 1)
	for tgt, took := range map[*snapshot.Target]time.Duration{slow: 2 * time.Second, quick: 100 * time.Millisecond} {
		ticket, _ := p.Health.Begin(&tgt.Target, now, false, health.FlowStream)
		ticket.FirstByte(now.Add(took))
		ticket.End(health.Classify(health.Facts{Status: 200}, now), now)
	}
	tiers := []snapshot.Tier{tier(hw.StrategyBalanced, slow, quick)}
	for range 100 {
		if got := names(p.Plan(nil, tiers, route.Asked{Flow: health.FlowStream}, now)); got[0] != "1:quick" {
			t.Fatalf("plan %v", got)
		}
	}
}
