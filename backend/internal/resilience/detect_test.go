//go:build linux

package resilience

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/testupstream"
)

// goodBefore is how often an upstream answers before it breaks.
const goodBefore = 5

// breakdowns are ways in which an upstream fails that count one by one.
var breakdowns = []string{"refused", "cut", "status-503", "status-500", "badjson", "html+status-502", "error-in-200", "empty", "hang"}

// Story 22, detection: the third failure in a row opens the breaker, not the
// second, not the fourth.
func TestBreakerOpensAtTheThirdFailureInARow(t *testing.T) {
	s := begin(t, 22)
	vendors := map[string]*testupstream.Server{}
	spare := testupstream.Start(t)
	c := configured{}.app().upstream("spare", "openai-compatible", spare.BaseURL())
	rounds := pick(10, 1)
	for i := range breakdowns {
		for r := range rounds {
			name := fmt.Sprintf("b%d-%d", i, r)
			vendors[name] = testupstream.Start(t)
			c.tuned(name, vendors[name].BaseURL(), doc{"timeouts": doc{"first_byte_ms": 100}}).ladder(name, name, "spare")
		}
	}
	sv := newService(t)
	sv.apply(c)
	var found []string
	for i, fault := range breakdowns {
		for r := range rounds {
			name := fmt.Sprintf("b%d-%d", i, r)
			if why := sv.breakdown(t, name, fault, vendors[name]); why != "" {
				found = append(found, fault+": "+why)
			}
		}
	}
	s.none(fmt.Sprintf("breakers that opened at another than the third failure in a row, %d kinds of failure", len(breakdowns)), found, len(vendors))
}

// breakdown breaks an upstream and says what is wrong with how that is noticed.
func (s *service) breakdown(t *testing.T, name, fault string, vendor *testupstream.Server) string {
	t.Helper()
	c := s.caller(t)
	call := func(n int) *answer { return c.plead(t.Context(), plea{model: name, prompt: fmt.Sprint("call ", n)}) }
	for n := range goodBefore {
		if tier, _ := call(n).served(); tier != 1 {
			return fmt.Sprintf("the %d. call of a healthy upstream was served by tier %d", n+1, tier)
		}
	}
	if fault == "refused" {
		vendor.Down()
	} else if err := vendor.SetFault(fault); err != nil {
		t.Fatal(err)
	}
	for n := 1; n <= 3; n++ {
		a := call(100 + n)
		if tier, _ := a.served(); !a.whole() || tier != 2 || !a.asked(name) {
			return fmt.Sprintf("failure %d: %s", n, a)
		}
		if is := s.health()[name]; (is.State == hw.HealthOpen) != (n == 3) {
			return fmt.Sprintf("after failure %d it is %s: %s", n, is.State, is.Words)
		}
	}
	if a := call(104); a.asked(name) || !a.whole() {
		return "the call after the third failure: " + a.String()
	}
	return ""
}

// brokenRow is an upstream that fails for as long as the story goes.
type brokenRow struct {
	name, fault string
	spare       bool // its route has an alternative
	porch       *porch
}

// newBroken makes upstreams that fail slowly, with and without an alternative.
func newBroken(t *testing.T, c configured) []*brokenRow {
	t.Helper()
	rows := []*brokenRow{
		{name: "guarded", fault: "delay-300ms+status-503", spare: true},
		{name: "guarded-mute", fault: "hang", spare: true},
		{name: "lonely", fault: "delay-300ms+status-500"},
		{name: "lonely-mute", fault: "hang"},
	}
	for _, row := range rows {
		p, vendor := vendorPorch(t)
		row.porch = p
		if err := vendor.SetFaultFor("m-"+row.name, row.fault); err != nil {
			t.Fatal(err)
		}
		c.tuned(row.name, p.base(), doc{
			"timeouts": doc{"first_byte_ms": 150}, "health": doc{"wait_first_ms": 200, "wait_most_ms": 1000}, "check": doc{"interval_ms": 1000},
		})
		if row.spare {
			c.ladder(row.name, row.name, "spare")
		} else {
			c.ladder(row.name, row.name)
		}
	}
	return rows
}

// Story 22, tests: while a breaker is open, one call at a time may try.
func TestOneProbeAtATime(t *testing.T) {
	s := begin(t, 22)
	spare := testupstream.Start(t)
	c := configured{}.app().upstream("spare", "openai-compatible", spare.BaseURL())
	rows := newBroken(t, c)
	sv := newService(t)
	sv.apply(c)
	ctx, cancel := context.WithTimeout(t.Context(), pick(65*time.Second, 6*time.Second))
	defer cancel()
	caller := sv.caller(t)
	var load sync.WaitGroup
	for _, row := range rows {
		load.Go(func() {
			drive(ctx, 25, func(i int) {
				caller.plead(context.WithoutCancel(ctx), plea{model: row.name, prompt: fmt.Sprint("call ", i)})
			})
		})
	}
	sv.soon("all breakers open", func() bool {
		for _, row := range rows {
			if sv.health()[row.name].Reason == "" {
				return false
			}
		}
		return true
	})
	time.Sleep(time.Second) // calls that began before are over
	began := time.Now()
	for _, row := range rows {
		row.porch.count()
	}
	load.Wait()
	span := time.Since(began)
	var crowded, tries []string
	all, fastest := 0, 0.0
	for _, row := range rows {
		calls, checks := row.porch.count()
		if calls > 1 || checks > 1 {
			crowded = append(crowded, fmt.Sprintf("%s: %d calls and %d free checks at once", row.name, calls, checks))
		}
		n := len(row.porch.callsSince(began))
		all += n
		fastest = max(fastest, float64(n)/span.Seconds())
		tries = append(tries, fmt.Sprintf("%s %d", row.name, n))
	}
	s.none(fmt.Sprintf("broken upstreams that had more than one test under way at a time, 25 calls a second each, with and without an alternative; %d tests", all), crowded, len(rows))
	s.figure(all > 0 && fastest <= 1+1/span.Seconds(), "tests of one such upstream, with calls waiting for it all the time", "<= 1/s", fmt.Sprintf("%.2f/s at most (%s in %s)", fastest, strings.Join(tries, ", "), short(span)))
}
