//go:build linux

package resilience

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/testupstream"
)

// patient is an upstream whose repair comes at the worst moment: right after a
// test that has failed, so that the whole wait lies ahead.
type patient struct {
	name, fault string
	porch       *porch
	vendor      *testupstream.Server

	mu       sync.Mutex
	repaired time.Time // zero until then
	used     time.Time // when it first answered a call after that
}

// repair waits for a failed test after the outage has lasted its time, and
// makes the upstream well.
func (p *patient) repair(ctx context.Context, outage time.Duration) {
	over := time.After(outage)
	for lasted := false; ; {
		left := p.porch.next()
		select {
		case <-over:
			over, lasted = nil, true
			continue
		case <-left:
		case <-ctx.Done():
			return
		}
		if lasted {
			break
		}
	}
	p.vendor.Clear()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.repaired = time.Now()
}

// note takes an answer of the route that prefers the upstream.
func (p *patient) note(a *answer) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if tier, _ := a.served(); tier == 1 && !p.repaired.IsZero() && p.used.IsZero() && a.sent.After(p.repaired) {
		p.used = a.ended
	}
}

// back is how long the way back took; false until it is over.
func (p *patient) back() (time.Duration, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.used.Sub(p.repaired), !p.used.IsZero()
}

// Story 22, the way back: one call a second and nobody's hand.
func TestRepairedUpstreamIsUsedAgain(t *testing.T) {
	s := begin(t, 22)
	spare := testupstream.Start(t)
	c := configured{}.app().upstream("spare", "openai-compatible", spare.BaseURL())
	var patients []*patient
	for _, fault := range []string{"status-503", "status-500", "cut", "hang"} {
		for n := range pick(8, 1) {
			p := &patient{name: fmt.Sprintf("%s-%d", fault, n), fault: fault}
			p.porch, p.vendor = vendorPorch(t)
			more := doc{"timeouts": doc{"first_byte_ms": 200}}
			if !shared.full {
				more["health"] = doc{"wait_first_ms": 400, "wait_most_ms": 2000}
			}
			c.tuned(p.name, p.porch.base(), more).ladder(p.name, p.name, "spare")
			patients = append(patients, p)
		}
	}
	sv := newService(t)
	sv.apply(c)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	unserved, calls := sv.outage(ctx, t, cancel, patients)
	s.none("calls that were not served while upstreams broke and came back, 1 call/s", unserved, calls)
	var times []time.Duration
	var late []string
	for _, p := range patients {
		took, ok := p.back()
		if !ok || took > time.Minute {
			late = append(late, fmt.Sprintf("%s: %s (%v)", p.name, took.Round(time.Millisecond), sv.health()[p.name].Words))
		}
		if ok {
			times = append(times, took)
		}
	}
	s.none(fmt.Sprintf("repairs, each right after a failed test, %s of outage, after which the first use took more than 60 s%s", pick("150 s", "2 s"), spread(times)), late, len(patients))
}

// outage breaks all patients, repairs them, and goes on until they are used.
func (s *service) outage(ctx context.Context, t *testing.T, cancel func(), patients []*patient) (unserved []string, calls int) {
	t.Helper()
	c := s.caller(t)
	var mu sync.Mutex
	var all sync.WaitGroup
	for _, p := range patients {
		c.plead(ctx, plea{model: p.name, prompt: "before"})
		if err := p.vendor.SetFaultFor("m-"+p.name, p.fault); err != nil {
			t.Fatal(err)
		}
		all.Go(func() { p.repair(ctx, pick(150*time.Second, 2*time.Second)) })
		all.Go(func() {
			drive(ctx, pick(1, 4), func(i int) {
				a := c.plead(context.WithoutCancel(ctx), plea{model: p.name, prompt: fmt.Sprint("call ", i)})
				p.note(a)
				mu.Lock()
				defer mu.Unlock()
				if calls++; !a.whole() {
					unserved = append(unserved, a.String())
				}
			})
		})
	}
	within(pick(5*time.Minute, 30*time.Second), func() bool {
		for _, p := range patients {
			if _, ok := p.back(); !ok {
				return false
			}
		}
		return true
	})
	cancel()
	all.Wait()
	return unserved, calls
}

// Story 22, the state afterwards: nothing but time is needed to be well.
func TestNothingStaysBehindAnOutage(t *testing.T) {
	s := begin(t, 22)
	up, spare := testupstream.Start(t), testupstream.Start(t)
	ramp := pick(30*time.Second, time.Second)
	sv := newService(t)
	sv.apply(configured{}.app().upstream("spare", "openai-compatible", spare.BaseURL()).
		tuned("one", up.BaseURL(), doc{"health": doc{"ramp_ms": ramp.Milliseconds(), "wait_first_ms": 400}}).ladder("fast", "one", "spare"))
	c := sv.caller(t)
	c.plead(t.Context(), plea{model: "fast", prompt: "before"})
	up.Down()
	sv.soon("an open breaker", func() bool {
		c.plead(t.Context(), plea{model: "fast", prompt: time.Now().String()})
		return sv.health()["one"].State == hw.HealthOpen
	})
	if err := up.Up(t.Context()); err != nil {
		t.Fatal(err)
	}
	repaired := time.Now()
	well := within(2*time.Minute, func() bool {
		c.plead(t.Context(), plea{model: "fast", prompt: time.Now().String()})
		return sv.health()["one"].State == hw.HealthHealthy
	})
	s.figure(well, "from repair to healthy, a ramp of "+short(ramp), "<= 60s and the ramp", short(time.Since(repaired)))
	var first []string
	for range 20 {
		a := c.plead(t.Context(), plea{model: "fast", prompt: time.Now().String()})
		if tier, _ := a.served(); tier != 1 {
			first = append(first, a.String())
		}
	}
	s.none("calls that a healthy primary did not get after that", first, 20)
}
