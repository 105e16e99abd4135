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

// coldEngine is an engine that must load its model, and what was known of it
// before the first call.
type coldEngine struct {
	name   string
	spare  bool // its route has a second tier
	known  bool // a check has found it cold before the first call
	warm   bool // it has served for a while, and drops its model unnoticed
	engine *ollama
	got    answers
}

// Story 19: engines take a minute to load their model.
func TestColdLoadOfALocalEngine(t *testing.T) {
	s := begin(t, 19)
	engines := []*coldEngine{
		{name: "alone"},
		{name: "alone-known", known: true},
		{name: "alone-dropped", warm: true},
		{name: "first", spare: true},
		{name: "first-known", spare: true, known: true},
		{name: "first-dropped", spare: true, warm: true},
	}
	takes := pick(60*time.Second, 6*time.Second)
	spare := testupstream.Start(t)
	c := configured{}.app().upstream("spare", "openai-compatible", spare.BaseURL())
	for _, e := range engines {
		e.engine = newOllama("m-"+e.name, takes)
		more := doc{"provider": "ollama", "max_in_flight": 0}
		if e.known {
			more["check"] = doc{"interval_ms": 250} // so that it is soon found idle
		}
		c.tuned(e.name, newPorch(t, e.engine).base(), more)
		if e.spare {
			c.ladder(e.name, e.name, "spare")
		} else {
			c.ladder(e.name, e.name)
		}
	}
	sv := newService(t)
	sv.apply(c)
	for _, e := range engines {
		if e.warm {
			e.engine.takes = 0
			sv.warm(t, e)
			e.engine.takes = takes
			e.engine.evict()
		}
	}
	time.Sleep(1500 * time.Millisecond) // the checks of idle engines have been made
	began := time.Now()
	sv.askColdEngines(t, engines, takes)
	sv.judgeColdEngines(s, engines, began)
}

// warm makes an engine's usual time known.
func (s *service) warm(t *testing.T, e *coldEngine) {
	t.Helper()
	c := s.caller(t)
	for i := range 120 {
		if a := c.plead(t.Context(), plea{model: e.name, prompt: fmt.Sprint("warm ", i), stream: i%2 == 0}); !a.whole() {
			t.Fatal(a)
		}
	}
}

// askColdEngines calls all of them until their models are there: a crowd at
// once, then one after the other.
func (s *service) askColdEngines(t *testing.T, engines []*coldEngine, takes time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), takes+2*time.Second)
	defer cancel()
	c := s.caller(t)
	var all sync.WaitGroup
	for _, e := range engines {
		for i := range 8 {
			all.Go(func() {
				e.got.add(c.plead(context.WithoutCancel(ctx), plea{model: e.name, prompt: fmt.Sprint("crowd ", i), stream: i%2 == 0}))
			})
		}
		all.Go(func() {
			drive(ctx, 1, func(i int) {
				e.got.add(c.plead(context.WithoutCancel(ctx), plea{model: e.name, prompt: fmt.Sprint("call ", i), stream: i%2 == 1}))
			})
		})
	}
	all.Wait()
}

func (s *service) judgeColdEngines(st *story, engines []*coldEngine, began time.Time) {
	st.Helper()
	time.Sleep(1500 * time.Millisecond) // for the history to be written
	var opened, unserved, odd []string
	asked, calls := map[string]int{}, 0
	for _, row := range s.calls() {
		for _, attempt := range row.Attempts {
			asked[attempt.Upstream]++
		}
	}
	for _, e := range engines {
		for _, turn := range s.transitions(e.name) {
			if turn.To == hw.HealthOpen || turn.To == hw.HealthQuarantined || turn.To == hw.HealthThrottled || turn.To == hw.HealthSuspect {
				opened = append(opened, fmt.Sprintf("%s, %s after its first call: %s", e.name, short(turn.At.Sub(began)), turn.Words))
			}
		}
		for _, a := range e.got.list() {
			if calls++; !a.whole() {
				unserved = append(unserved, fmt.Sprintf("%s after %s: %s", e.name, short(a.took()), a))
			}
		}
		posts, strange := e.engine.seen()
		odd = append(odd, strange...)
		if posts != asked[e.name] {
			odd = append(odd, fmt.Sprintf("%s got %d chat calls, %d of them for callers", e.name, posts, asked[e.name]))
		}
	}
	takes := pick("60 s", "6 s")
	st.none("breakers opened, or engines suspected, while they loaded their model for "+takes+": alone or with a second tier, known to be cold or not", opened, len(engines))
	st.none("calls that were neither answered by the loaded engine nor by a second tier", unserved, calls)
	st.none("requests by Headwater itself that would load or evict a model", odd, len(engines))
}
