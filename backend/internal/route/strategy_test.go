package route_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/cond"
	"headwater/backend/internal/health"
	"headwater/backend/internal/route"
	"headwater/backend/internal/snapshot"
)

// first is the upstream that a plan begins with.
func first(t *testing.T, p *route.Planner, tiers []snapshot.Tier, asked route.Asked, now time.Time) string {
	t.Helper()
	plan := p.Plan(nil, tiers, asked, now)
	if len(plan) == 0 {
		t.Fatal("there is no plan")
	}
	return plan[0].Target.Upstream.Name
}

// answer lets a target give its first content after a time.
func answer(t *testing.T, p *route.Planner, tgt *snapshot.Target, took time.Duration, now time.Time) {
	t.Helper()
	ticket, ok := p.Health.Begin(&tgt.Target, now, false, health.FlowPlain)
	if !ok {
		t.Fatal("the target could not be begun")
	}
	ticket.FirstByte(now.Add(took))
	ticket.End(health.Outcome{Class: hw.ClassOK}, now.Add(took))
}

// begin puts n calls under way.
func begin(t *testing.T, p *route.Planner, tgt *snapshot.Target, n int, now time.Time) (end func()) {
	t.Helper()
	var all []*health.Ticket
	for range n {
		ticket, ok := p.Health.Begin(&tgt.Target, now, false, health.FlowPlain)
		if !ok {
			t.Fatal("the target could not be begun")
		}
		all = append(all, ticket)
	}
	return func() {
		for _, ticket := range all {
			ticket.End(health.Outcome{Class: hw.ClassOK}, now)
		}
	}
}

func roomy(name string, weight float64) *snapshot.Target {
	tgt := target(name, weight)
	tgt.MaxInFlight = 100
	return tgt
}

func TestLatencyAsksTheQuickest(t *testing.T) {
	p, now := planner(), time.Now()
	slow, quick, fresh := roomy("slow", 100), roomy("quick", 1), roomy("fresh", 1)
	tiers := []snapshot.Tier{tier(hw.StrategyLatency, slow, quick, fresh)}
	answer(t, p, slow, 900*time.Millisecond, now)
	answer(t, p, quick, 90*time.Millisecond, now)
	now = now.Add(time.Second)
	if got := first(t, p, tiers, route.Asked{}, now); got != "fresh" {
		t.Errorf("one of which nothing is known is tried, not %s", got)
	}
	end := begin(t, p, fresh, 1, now)
	if got := names(p.Plan(nil, tiers, route.Asked{}, now)); !slices.Equal(got, []string{"1:quick", "1:slow", "1:fresh"}) {
		t.Errorf("while it is tried: %v", got)
	}
	end()
	answer(t, p, fresh, 300*time.Millisecond, now)
	if got := names(p.Plan(nil, tiers, route.Asked{}, now.Add(time.Second))); !slices.Equal(got, []string{"1:quick", "1:fresh", "1:slow"}) {
		t.Errorf("when all is known: %v", got)
	}
	t.Run("of streams and plain answers apart", func(t *testing.T) {
		if got := p.Plan(nil, tiers, route.Asked{Flow: health.FlowStream}, now); len(got) != 3 {
			t.Errorf("%v", names(got))
		}
	})
	t.Run("one that was slow is asked again some day", func(t *testing.T) {
		later := now.Add(62 * time.Second)
		answer(t, p, quick, 90*time.Millisecond, later)
		answer(t, p, fresh, 300*time.Millisecond, later)
		if got := first(t, p, tiers, route.Asked{}, later.Add(time.Second)); got != "slow" {
			t.Errorf("%s is asked", got)
		}
	})
}

func TestBusyAsksWhoHasLeastToDo(t *testing.T) {
	p, now := planner(), time.Now()
	large, small := roomy("large", 3), roomy("small", 1)
	tiers := []snapshot.Tier{tier(hw.StrategyBusy, large, small)}
	endLarge := begin(t, p, large, 2, now)
	if got := first(t, p, tiers, route.Asked{}, now); got != "small" {
		t.Errorf("two calls against none: %s", got)
	}
	endSmall := begin(t, p, small, 1, now)
	if got := first(t, p, tiers, route.Asked{}, now); got != "large" {
		t.Errorf("two calls of weight three against one of one: %s", got)
	}
	endLarge()
	endSmall()
	count := map[string]int{}
	for range 400 {
		count[first(t, p, tiers, route.Asked{}, now)]++
	}
	if n := count["large"]; n < 260 || n > 340 {
		t.Errorf("with nothing to do they are drawn by weight: %v", count)
	}
}

func TestCostAsksTheCheapest(t *testing.T) {
	p, now := planner(), time.Now()
	dear, cheap, unknown, same := roomy("dear", 100), roomy("cheap", 1), roomy("unknown", 100), roomy("same", 3)
	prices := map[string]float64{"dear": 0.02, "cheap": 0.001, "same": 0.001}
	asked := route.Asked{Price: func(t *snapshot.Target) (float64, bool) {
		usd, ok := prices[t.Upstream.Name]
		return usd, ok
	}}
	tiers := []snapshot.Tier{tier(hw.StrategyCost, unknown, dear, cheap)}
	if got := names(p.Plan(nil, tiers, asked, now)); !slices.Equal(got, []string{"1:cheap", "1:dear", "1:unknown"}) {
		t.Errorf("%v", got)
	}
	count := map[string]int{}
	for range 400 {
		count[first(t, p, []snapshot.Tier{tier(hw.StrategyCost, cheap, same)}, asked, now)]++
	}
	if n := count["same"]; n < 260 || n > 340 {
		t.Errorf("at the same price they are drawn by weight: %v", count)
	}
	if got := len(p.Plan(nil, tiers, route.Asked{}, now)); got != 3 {
		t.Errorf("without any price %d are left", got)
	}
}

func sticky(by string, targets ...*snapshot.Target) snapshot.Tier {
	one := tier(hw.StrategySticky, targets...)
	one.Sticky = snapshot.Sticky{By: by, Header: "X-Session-Id"}
	return one
}

func TestStickyKeepsWhatItIsStickyBy(t *testing.T) {
	p, now := planner(), time.Now()
	a, b, c := roomy("a", 1), roomy("b", 1), roomy("c", 2)
	callers := map[string]func(i int) *route.Caller{
		hw.StickyHeader: func(i int) *route.Caller {
			return &route.Caller{Headers: map[string][]string{"X-Session-Id": {fmt.Sprint("s", i)}}}
		},
		hw.StickyUser: func(i int) *route.Caller { return &route.Caller{App: "crm", User: fmt.Sprint("u", i)} },
		hw.StickyApp:  func(i int) *route.Caller { return &route.Caller{App: fmt.Sprint("app", i)} },
	}
	for by, caller := range callers {
		tiers := []snapshot.Tier{sticky(by, a, b, c)}
		count, was := map[string]int{}, map[int]string{}
		for i := range 2000 {
			was[i] = first(t, p, tiers, route.Asked{Caller: caller(i)}, now)
			if again := first(t, p, tiers, route.Asked{Caller: caller(i)}, now); again != was[i] {
				t.Fatalf("%s: %d went to %s, then to %s", by, i, was[i], again)
			}
			count[was[i]]++
		}
		if n := count["c"]; n < 900 || n > 1100 {
			t.Errorf("%s: weight 2 of 4 got %v", by, count)
		}
		less := []snapshot.Tier{sticky(by, a, c)}
		for i, name := range was {
			if got := first(t, p, less, route.Asked{Caller: caller(i)}, now); name != "b" && got != name {
				t.Fatalf("%s: %d moved from %s to %s although only b went", by, i, name, got)
			}
		}
	}
}

func TestWhoHasNothingToBeStickyByIsDrawnByWeight(t *testing.T) {
	p, now := planner(), time.Now()
	for by, caller := range map[string]*route.Caller{
		hw.StickyHeader: {App: "crm", Headers: map[string][]string{"X-Other": {"a"}}}, hw.StickyUser: {App: "crm"}, hw.StickyApp: nil,
	} {
		tiers, count := []snapshot.Tier{sticky(by, roomy("a", 1), roomy("b", 3))}, map[string]int{}
		for range 400 {
			count[first(t, p, tiers, route.Asked{Caller: caller}, now)]++
		}
		if n := count["b"]; n < 260 || n > 340 {
			t.Errorf("%s: %v", by, count)
		}
	}
}

func TestNoStrategyOverridesHealth(t *testing.T) {
	asked := route.Asked{
		Conversation: 7, Caller: &route.Caller{App: "crm"},
		Price: func(t *snapshot.Target) (float64, bool) {
			return map[string]float64{"best": 0, "worse": 9}[t.Upstream.Name], true
		},
	}
	for _, strategy := range hw.Strategies() {
		p, now := planner(), time.Now()
		best, worse := target("best", 1e9), target("worse", 1e-9)
		one := tier(strategy, best, worse)
		one.Sticky = snapshot.Sticky{By: hw.StickyApp}
		if got := first(t, p, []snapshot.Tier{one}, asked, now); got != "best" {
			t.Errorf("%s: %s is asked while all is well", strategy, got)
		}
		end := begin(t, p, best, 2, now) // it is full
		if got := names(p.Plan(nil, []snapshot.Tier{one}, asked, now)); !slices.Equal(got, []string{"1:worse", "1:best"}) {
			t.Errorf("%s: a full one comes last, not %v", strategy, got)
		}
		end()
		fail(t, p, best, now)
		if got := names(p.Plan(nil, []snapshot.Tier{one}, asked, now)); !slices.Equal(got, []string{"1:worse"}) {
			t.Errorf("%s: a broken one is left out, not %v", strategy, got)
		}
	}
}

// choosy is a route whose tiers take some calls only.
func choosy(t *testing.T, tiers ...hw.Tier) *snapshot.Route {
	t.Helper()
	r := &snapshot.Route{Name: "fast", Selective: true}
	for _, doc := range tiers {
		one := tier(hw.StrategyWeighted, target("a", 1))
		one.Kind, one.Percent = hw.TierTargets, doc.Percent
		if doc.StickyBy != "" {
			one.Sticky = snapshot.Sticky{By: doc.StickyBy}
		}
		if doc.When != "" {
			when, err := cond.Compile(doc.When)
			if err != nil {
				t.Fatal(err)
			}
			one.When = when
		}
		r.Tiers = append(r.Tiers, one)
	}
	return r
}

func TestATierIsPassedOverWhenItsConditionDoesNotHold(t *testing.T) {
	r := choosy(t, hw.Tier{When: `app == "crm"`}, hw.Tier{When: `headers["x-tier"] == "gold"`}, hw.Tier{When: `stream`}, hw.Tier{})
	passed := route.PassedOver(nil, r, &cond.Facts{App: "crm"}, &route.Caller{})
	if len(passed) != 2 || passed[0].Tier != 2 || passed[0].Err == nil || passed[1].Tier != 3 || passed[1].Err != nil {
		t.Fatalf("passed over %+v", passed)
	}
	if words := passed[0].Words(); !strings.Contains(words, "no such key: x-tier") {
		t.Errorf("in words: %s", words)
	}
	left := route.Without(r, passed)
	var kinds []string
	for _, one := range left.Tiers {
		kinds = append(kinds, fmt.Sprint(one.Kind, len(one.Targets)))
	}
	if !slices.Equal(kinds, []string{"targets1", "passed0", "passed0", "targets1"}) || len(r.Tiers[1].Targets) != 1 {
		t.Errorf("left are %v of %d", kinds, len(r.Tiers[1].Targets))
	}
	if route.Without(r, nil) != r {
		t.Error("a route that takes the call is copied")
	}
}

func TestACanaryTakesItsShareOfTheCalls(t *testing.T) {
	const calls = 10_000
	took := func(r *snapshot.Route, caller func(i int) *route.Caller) (all []map[int]bool) {
		all = make([]map[int]bool, len(r.Tiers))
		for i := range all {
			all[i] = map[int]bool{}
		}
		for i := range calls {
			passed := route.PassedOver(nil, r, &cond.Facts{}, caller(i))
			for tier := range r.Tiers {
				all[tier][i] = !slices.ContainsFunc(passed, func(p route.Passed) bool { return p.Tier == tier+1 })
			}
		}
		return all
	}
	count := func(m map[int]bool) (n int) {
		for _, in := range m {
			if in {
				n++
			}
		}
		return n
	}
	near := func(what string, got, want int) {
		if math.Abs(float64(got-want)) > 250 {
			t.Errorf("%s: %d of %d, want about %d", what, got, calls, want)
		}
	}
	call := func(i int) *route.Caller { return &route.Caller{Call: fmt.Sprint("call_", i), App: "crm"} }
	all := took(choosy(t, hw.Tier{Percent: 10}, hw.Tier{Percent: 50}, hw.Tier{}), call)
	near("10 %", count(all[0]), calls/10)
	near("50 %", count(all[1]), calls/2)
	both := 0
	for i := range calls {
		if all[0][i] && all[1][i] {
			both++
		}
	}
	near("two tiers draw apart", both, calls/20)

	user := func(i int) *route.Caller {
		return &route.Caller{Call: fmt.Sprint("call_", i), App: "crm", User: fmt.Sprint("u", i%500)}
	}
	few := took(choosy(t, hw.Tier{Percent: 20, StickyBy: hw.StickyUser}), user)[0]
	more := took(choosy(t, hw.Tier{Percent: 40, StickyBy: hw.StickyUser}), user)[0]
	for i := range calls {
		if few[i] != few[i%500] {
			t.Fatalf("user %d is on both sides", i%500)
		}
		if few[i] && !more[i] {
			t.Fatalf("user %d left the share when it grew", i%500)
		}
	}
	if n := count(few); n < 1200 || n > 2800 {
		t.Errorf("20 %% of 500 users make %d of %d calls", n, calls)
	}
}

func TestExplainSaysWhyATierIsPassedOver(t *testing.T) {
	p, now := planner(), time.Now()
	r := choosy(t, hw.Tier{When: `stream`}, hw.Tier{Percent: 5}, hw.Tier{Percent: 60}, hw.Tier{When: `headers["a"] == "b"`}, hw.Tier{})
	for i := range r.Tiers {
		r.Tiers[i].Targets = []*snapshot.Target{target(fmt.Sprint("t", i+1), 1)}
	}
	e := p.Explain(r, &route.Thought{}, now)
	var tiers []string
	for _, row := range e.Tiers {
		tiers = append(tiers, fmt.Sprintf("%d:%s", row.Tier, row.Passed))
	}
	if !slices.Equal(tiers, []string{"1:when", "2:percent", "3:", "4:when", "5:"}) || e.Tiers[3].Error == "" || e.Tiers[0].Words == "" {
		t.Errorf("%+v", e.Tiers)
	}
	var order []string
	for _, row := range e.Targets {
		order = append(order, fmt.Sprintf("%d:%s", row.Order, row.Upstream))
	}
	if !slices.Equal(order, []string{"1:t3", "2:t5", "0:t1", "0:t2", "0:t4"}) {
		t.Errorf("%v", order)
	}
	e = p.Explain(r, &route.Thought{Facts: cond.Facts{Stream: true}}, now)
	if e.Targets[0].Upstream != "t1" {
		t.Errorf("a stream would go to %s", e.Targets[0].Upstream)
	}
}

func TestExplainGivesTheFiguresOfTheStrategy(t *testing.T) {
	p, now := planner(), time.Now()
	tgt := roomy("a", 1)
	answer(t, p, tgt, 250*time.Millisecond, now)
	defer begin(t, p, tgt, 2, now)()
	thought := &route.Thought{Price: func(*snapshot.Target) (float64, bool) { return 0.25, true }}
	for strategy, want := range map[string]string{
		hw.StrategyLatency: "250 0 -", hw.StrategyBalanced: "250 2 -", hw.StrategyBusy: "0 2 -", hw.StrategyCost: "0 0 0.25", hw.StrategyWeighted: "0 0 -",
	} {
		r := &snapshot.Route{Tiers: []snapshot.Tier{tier(strategy, tgt)}}
		row := p.Explain(r, thought, now).Targets[0]
		usd := "-"
		if row.CostUSD != nil {
			usd = fmt.Sprint(*row.CostUSD)
		}
		if got := fmt.Sprintf("%v %d %s", row.FirstMs, row.InFlight, usd); got != want {
			t.Errorf("%s: %s, want %s", strategy, got, want)
		}
	}
}
