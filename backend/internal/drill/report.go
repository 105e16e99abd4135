package drill

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"headwater/backend/hw"
)

// The bounds of what a report says, and what it takes to say it.
const (
	maxFindings = 20
	// manyCalls is how many upstream calls for each call are too many.
	manyCalls = 1.5
	// longWait is an added wait that is worth a word where no objective says
	// how much is; the health design, section 9. Unit: milliseconds.
	longWait = 3000
	// blindHits is how many attempts the fault may fail unnoticed: as many
	// failures open a breaker.
	blindHits = 3
)

// report is what the drill shows so far. The caller holds the runner's mu.
func (o *one) report() *hw.DrillReport {
	t := &o.tally
	rep := &hw.DrillReport{
		Calls: t.calls, Served: t.ended[served], Failed: t.ended[failed], Interrupted: t.ended[interrupted],
		UndrilledCalls: t.others.calls, UndrilledFailed: t.others.failed,
		Attempts: t.attempts, TokensIn: t.tokensIn, TokensOut: t.tokensOut,
		P50Ms: round(t.first.quantile(0.5)), P99Ms: round(t.first.quantile(0.99)),
		BaselineP50Ms: round(t.usual.quantile(0.5)), BaselineP99Ms: round(t.usual.quantile(0.99)),
		DetectMs: t.detectMs, RecoverMs: t.recoverMs,
		Tiers: []hw.DrillTier{}, Saw: []hw.DrillSaw{}, HealthEvents: append([]string{}, t.events...),
	}
	if judged := rep.Served + rep.Failed + rep.Interrupted; judged > 0 {
		rep.ServedPercent = 100 * float64(rep.Served) / float64(judged)
	}
	if rep.Calls > 0 {
		rep.CallsPerCall = round(float64(rep.Attempts) / float64(rep.Calls))
	}
	if rep.P50Ms > 0 && rep.BaselineP50Ms > 0 {
		rep.AddedP50Ms, rep.AddedP99Ms = round(rep.P50Ms-rep.BaselineP50Ms), round(rep.P99Ms-rep.BaselineP99Ms)
	}
	for key, n := range t.tiers {
		rep.Tiers = append(rep.Tiers, hw.DrillTier{Tier: key.tier, Kind: key.kind, Calls: n})
	}
	slices.SortFunc(rep.Tiers, func(a, b hw.DrillTier) int {
		return cmp.Or(cmp.Compare(a.Tier, b.Tier), cmp.Compare(a.Kind, b.Kind))
	})
	for key, n := range t.saw {
		rep.Saw = append(rep.Saw, hw.DrillSaw{Status: key.status, Code: key.code, Calls: n})
	}
	slices.SortFunc(rep.Saw, func(a, b hw.DrillSaw) int {
		return cmp.Or(cmp.Compare(b.Calls, a.Calls), cmp.Compare(a.Status, b.Status), cmp.Compare(a.Code, b.Code))
	})
	if t.moreEvents > 0 {
		rep.HealthEvents = append(rep.HealthEvents, fmt.Sprintf("and %d more", t.moreEvents))
	}
	rep.Passed = o.drill.State == hw.DrillEnded && o.met(rep)
	rep.Findings = o.findings(rep)
	return rep
}

// met reports whether the objective is.
func (o *one) met(rep *hw.DrillReport) bool {
	want := o.a.objective
	if rep.Served+rep.Failed+rep.Interrupted == 0 || rep.ServedPercent < want.ServedPercent {
		return false
	}
	return want.AddedP99Ms == 0 || rep.BaselineP99Ms > 0 && rep.AddedP99Ms <= want.AddedP99Ms
}

// findings says what to change, each from evidence, the gravest first.
func (o *one) findings(rep *hw.DrillReport) []string {
	if rep.Calls == 0 {
		if o.drill.State == hw.DrillRunning {
			return []string{}
		}
		return []string{"No call took part, so nothing was rehearsed: widen the scope, or send calls that are in it while the drill runs."}
	}
	found := o.routeFindings()
	found = append(found, o.callFindings(rep)...)
	found = append(found, o.waitFindings(rep)...)
	found = append(found, o.healthFindings(rep)...)
	if len(found) == 0 && o.drill.State != hw.DrillRunning && rep.ServedPercent < o.a.objective.ServedPercent {
		found = append(found, fmt.Sprintf("%.2f %% of the calls were served; the objective is %g %%.", rep.ServedPercent, o.a.objective.ServedPercent))
	}
	if len(found) > maxFindings {
		found = append(found[:maxFindings-1], fmt.Sprintf("And %d more.", len(found)-maxFindings+1))
	}
	return found
}

// routeFindings are about routes whose calls were not all served.
func (o *one) routeFindings() []string {
	found := []string{}
	for _, name := range slices.Sorted(maps.Keys(o.tally.routes)) {
		route := o.tally.routes[name]
		if route.bad == 0 || o.a.machine {
			continue
		}
		if len(route.others) == 0 {
			found = append(found, fmt.Sprintf(
				"Route %s has no second upstream: %d of its %d calls were not served. Add a target of another upstream, or a tier that answers without one.",
				name, route.bad, route.calls))
			continue
		}
		if route.alone > 0 {
			found = append(found, fmt.Sprintf(
				"Route %s: %d of %d calls ended before %s was asked. Give the call more time with deadline_ms, or give up on the first upstream sooner with first_byte_ms and connect_ms.",
				name, route.alone, route.calls, strings.Join(slices.Sorted(maps.Keys(route.others)), ", ")))
		}
		for _, upstream := range slices.Sorted(maps.Keys(route.others)) {
			if other := route.others[upstream]; other.bad > 0 {
				found = append(found, fmt.Sprintf(
					"Route %s: %s was to take over and failed %d times, the last time as %s. Test it, or put another one before it.",
					name, upstream, other.bad, other.last))
			}
		}
	}
	return found
}

// callFindings are about what callers got, in the drill and beside it.
func (o *one) callFindings(rep *hw.DrillReport) []string {
	var found []string
	if bad := rep.Failed + rep.Interrupted; o.a.machine && bad > 0 {
		found = append(found, fmt.Sprintf("%d of %d calls were not served although the fault was this machine's and calls do not depend on it: see in the call log what else failed.", bad, rep.Calls))
	}
	if rep.Interrupted > 0 && !o.a.machine {
		found = append(found, fmt.Sprintf("%d answers broke off after they had begun, which no other upstream can hide: the apps must take the error event and ask again.", rep.Interrupted))
	}
	if rep.UndrilledFailed > 0 && !o.a.machine {
		found = append(found, fmt.Sprintf("%d of %d calls outside the drill failed while it ran, though the drill does not touch them: see the call log for why.", rep.UndrilledFailed, rep.UndrilledCalls))
	}
	if n := o.tally.stoodIns; n > 0 {
		found = append(found, fmt.Sprintf("%d calls got a scripted or a deferred answer in place of a real one. A further tier with targets would spare them that.", n))
	}
	return found
}

// waitFindings are about what the fault cost in time and upstream calls.
func (o *one) waitFindings(rep *hw.DrillReport) []string {
	var found []string
	most := o.a.objective.AddedP99Ms
	switch {
	case most > 0 && rep.BaselineP99Ms == 0:
		found = append(found, "What the fault added to the wait is not known, since no call outside the drill was served from five minutes before it to its end: leave some calls out of the scope.")
	case most > 0 && rep.AddedP99Ms > most, most == 0 && rep.AddedP99Ms > longWait:
		found = append(found, fmt.Sprintf("The slowest calls waited %.0f ms longer than usual for their first content. Lower first_byte_ms and connect_ms of the upstream, or let the route hedge.", rep.AddedP99Ms))
	}
	if rep.CallsPerCall > manyCalls {
		found = append(found, fmt.Sprintf("Each call cost %.2f upstream calls. Lower tries_per_tier of the route, or trip_failures of the upstream.", rep.CallsPerCall))
	}
	return found
}

// healthFindings are about what health saw of the fault, and of its end.
func (o *one) healthFindings(rep *hw.DrillReport) []string {
	var found []string
	if o.tally.hitsBad >= blindHits && rep.DetectMs == 0 && o.drill.State != hw.DrillRunning {
		found = append(found, fmt.Sprintf("The fault failed %d attempts and health took nothing out of use. Lower trip_failures or raise trip_percent of the upstream if such a fault should.", o.tally.hitsBad))
	}
	if o.givenUp && rep.RecoverMs == 0 && o.tally.hits > 0 {
		found = append(found, fmt.Sprintf("No drilled upstream served a call within %.0f minutes after the end. Test it; a quarantine ends with a good test.", recoverWatch.Minutes()))
	}
	return found
}

// round leaves a thousandth: the rest is noise.
func round(f float64) float64 { return math.Round(f*1000) / 1000 }
