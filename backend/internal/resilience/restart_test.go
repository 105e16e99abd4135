//go:build linux

package resilience

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/testupstream"
)

// ailing is an upstream in a state that outlives the process.
type ailing struct {
	name, fault string
	want        hw.HealthState
	hinted      bool // it named the time itself: not even a check may come
	alone       bool // its route has no alternative
	porch       *porch
	vendor      *testupstream.Server

	was hw.TargetHealth // before the restart
}

// down makes every connection break off, as a dead upstream does.
const down = "cut"

func ailments() []*ailing {
	hint := strconv.Itoa(pick(45, 6))
	list := []*ailing{
		{name: "reset", fault: down, want: hw.HealthOpen},
		{name: "sick", fault: "status-503", want: hw.HealthOpen},
		{name: "mute", fault: "hang", want: hw.HealthOpen},
		{name: "garbled", fault: "badjson", want: hw.HealthOpen},
		{name: "busy", fault: "status-503-retry-" + hint, want: hw.HealthThrottled, hinted: true},
		{name: "limited", fault: "rate+retry-" + hint, want: hw.HealthThrottled, hinted: true},
		{name: "lonely", fault: "rate+retry-" + hint, want: hw.HealthThrottled, hinted: true, alone: true},
		{name: "broke", fault: "quota+retry-" + hint, want: hw.HealthQuarantined, hinted: true},
		{name: "locked", fault: "auth", want: hw.HealthQuarantined},
	}
	if shared.full {
		list = append(list, &ailing{name: "retired", fault: "no-model", want: hw.HealthQuarantined}) // comes back in 30 s at the earliest
	}
	return list
}

// interrupted is a service that is ended and started in the middle of an outage.
type interrupted struct {
	*story
	how  string
	sv   *service
	sick []*ailing
}

// Story 17: the process ends in the middle of an outage, by force or not.
func TestRestartInTheMiddleOfAnOutage(t *testing.T) {
	for _, how := range []string{"kill -9", "a stop"} {
		t.Run(how, func(t *testing.T) {
			o := newInterrupted(begin(t, 17), how)
			o.fallSick()
			o.restart()
			o.askInVain()
			o.recoverAll()
		})
	}
}

func newInterrupted(s *story, how string) *interrupted {
	o := &interrupted{story: s, how: how, sick: ailments()}
	spare := testupstream.Start(s.T)
	c := configured{}.app().upstream("spare", "openai-compatible", spare.BaseURL())
	for i, one := range o.sick {
		one.porch, one.vendor = vendorPorch(s.T)
		more := doc{"timeouts": doc{"first_byte_ms": 100}, "health": doc{"wait_first_ms": pick(40_000, 10_000)}}
		if one.fault == "auth" && !shared.full {
			more["check"] = doc{"interval_ms": 500} // only a check can end it before 30 s
		}
		c.tuned(one.name, one.porch.base(), more)
		c["credentials"] = append(c["credentials"], doc{"name": one.name, "upstream": one.name, "secret": fmt.Sprint("sk-", i)})
		if one.alone {
			c.ladder(one.name, one.name)
		} else {
			c.ladder(one.name, one.name, "spare")
		}
	}
	o.sv = newService(s.T)
	o.sv.apply(c)
	return o
}

// ask makes one call for each upstream.
func (o *interrupted) ask(what string) map[string]*answer {
	o.Helper()
	c := o.sv.caller(o.T)
	defer c.client.CloseIdleConnections() // an end waits for those that nobody has used yet
	got := map[string]*answer{}
	var mu sync.Mutex
	var all sync.WaitGroup
	for _, one := range o.sick {
		all.Go(func() {
			a := c.plead(o.T.Context(), plea{model: one.name, prompt: what})
			mu.Lock()
			defer mu.Unlock()
			got[one.name] = a
		})
	}
	all.Wait()
	return got
}

// fallSick breaks all upstreams and waits until each is found out.
func (o *interrupted) fallSick() {
	o.Helper()
	o.ask("all is well")
	for _, one := range o.sick {
		if err := one.vendor.SetFault(one.fault); err != nil {
			o.Fatal(err)
		}
	}
	round := 0
	o.sv.soon("every upstream is in its state", func() bool {
		round++
		o.ask(fmt.Sprint("round ", round))
		states := o.sv.health()
		for _, one := range o.sick {
			if states[one.name].State != one.want {
				return false
			}
		}
		return true
	})
}

// restart ends the process and starts it again: nothing must have changed.
func (o *interrupted) restart() {
	o.Helper()
	if o.how == "kill -9" {
		time.Sleep(2200 * time.Millisecond) // what was learned is written within a second or two
	}
	before := o.sv.health()
	for _, one := range o.sick {
		one.was = before[one.name]
	}
	if o.how == "kill -9" {
		o.sv.kill()
	} else {
		o.sv.stop()
	}
	if err := o.sv.start(); err != nil {
		o.Fatal(err)
	}
	after := o.sv.health()
	var lost []string
	for _, one := range o.sick {
		is, off := after[one.name], after[one.name].NotBefore.Sub(one.was.NotBefore).Abs()
		if is.State != one.was.State || is.Reason != one.was.Reason || off > time.Second {
			lost = append(lost, fmt.Sprintf("%s: %s until %s (%s), then %s until %s (%s)", one.name,
				one.was.State, one.was.NotBefore.Format("05.000"), one.was.Words, is.State, is.NotBefore.Format("05.000"), is.Words))
		}
	}
	o.none("states open, throttled and quarantined that were others after "+o.how+", or had another end by more than 1 s", lost, len(o.sick))
}

// askInVain calls while nothing is repaired.
func (o *interrupted) askInVain() {
	o.Helper()
	began := time.Now()
	ctx, cancel := context.WithTimeout(o.T.Context(), pick(10*time.Second, 1200*time.Millisecond))
	defer cancel()
	var mu sync.Mutex
	var unserved, early []string
	n := 0
	drive(ctx, 5, func(i int) {
		got := o.ask(fmt.Sprint("in vain ", i))
		mu.Lock()
		defer mu.Unlock()
		for _, one := range o.sick {
			a := got[one.name]
			n++
			if good := a.whole(); good == one.alone {
				unserved = append(unserved, a.String())
			}
			if a.asked(one.name) && a.sent.Before(one.was.NotBefore) {
				early = append(early, fmt.Sprintf("%s: %s", short(one.was.NotBefore.Sub(a.sent)), a))
			}
		}
	})
	for _, one := range o.sick {
		for _, v := range one.porch.since(began) {
			if v.at.Before(one.was.NotBefore) && (v.call() || one.hinted) {
				early = append(early, fmt.Sprintf("%s got %s %s %s before its time", one.name, v.method, v.path, short(one.was.NotBefore.Sub(v.at))))
			}
		}
	}
	o.none("calls after "+o.how+" that the alternative did not answer, or that failed to be refused where there is none", unserved, n)
	o.none("calls that asked a broken upstream before its time, and checks before a time it named", early, n)
}

// recoverAll repairs everything and waits until everything is used again.
func (o *interrupted) recoverAll() {
	o.Helper()
	for _, one := range o.sick {
		one.vendor.Clear()
	}
	repaired := time.Now()
	back := map[string]time.Duration{}
	within(150*time.Second, func() bool {
		for name, a := range o.ask(time.Now().String()) {
			if tier, _ := a.served(); tier == 1 && back[name] == 0 {
				back[name] = a.ended.Sub(repaired)
			}
		}
		time.Sleep(200 * time.Millisecond)
		return len(back) == len(o.sick)
	})
	var stuck []string
	var times []time.Duration
	for _, one := range o.sick {
		allowed := time.Minute
		if one.hinted {
			allowed += max(0, one.was.NotBefore.Sub(repaired))
		}
		took, ok := back[one.name]
		if !ok || took > allowed {
			stuck = append(stuck, fmt.Sprintf("%s: %s, %s", one.name, short(took), o.sv.health()[one.name].Words))
		}
		times = append(times, took)
	}
	o.none("upstreams that were not used again within 60 s (+hint) after repair, "+o.how+spread(times), stuck, len(o.sick))
}

// Story 17, the test under way: the process is killed while a call tests an
// upstream; nothing waits for that call's end for ever.
func TestKilledWhileProbing(t *testing.T) {
	s := begin(t, 17)
	p, vendor := vendorPorch(t)
	spare := testupstream.Start(t)
	sv := newService(t)
	sv.apply(configured{}.app().upstream("spare", "openai-compatible", spare.BaseURL()).
		tuned("mute", p.base(), doc{"timeouts": doc{"first_byte_ms": 250}, "health": doc{"wait_first_ms": 2500}}).ladder("mute", "mute", "spare"))
	c := sv.caller(t)
	if err := vendor.SetFaultFor("m-mute", "hang"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var load sync.WaitGroup
	load.Go(func() {
		drive(ctx, 5, func(i int) { c.plead(ctx, plea{model: "mute", prompt: fmt.Sprint("call ", i)}) })
	})
	sv.soon("a test of the upstream", func() bool { return sv.health()["mute"].State == hw.HealthProbing })
	time.Sleep(pick(2*time.Second, time.Duration(0)))
	sv.kill()
	cancel()
	load.Wait()
	vendor.Clear()
	if err := sv.start(); err != nil {
		t.Fatal(err)
	}
	repaired := time.Now()
	c = sv.caller(t)
	var a *answer
	back := within(90*time.Second, func() bool {
		a = c.plead(t.Context(), plea{model: "mute", prompt: time.Now().String()})
		tier, _ := a.served()
		return tier == 1
	})
	s.figure(back && time.Since(repaired) <= time.Minute, "first use after kill -9 in the middle of a test and repair", "<= 60s", short(time.Since(repaired)))
}
