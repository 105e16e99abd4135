package health

import (
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"headwater/backend/hw"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// target makes a target at https://up:443.
func target(id, credential, model string) *Target {
	const endpoint = "https://up:443"
	return &Target{ID: id, Endpoint: endpoint, Credential: credential, Model: endpoint + "|" + model}
}

// The outcomes that tests end attempts with, as Classify makes them.
func ok() Outcome { return Classify(Facts{Status: 200}, time.Time{}) }

func refused() Outcome     { return Classify(Facts{Err: errRefused, Phase: PhaseConnect}, time.Time{}) }
func status(n int) Outcome { return Classify(Facts{Status: n}, time.Time{}) }
func hinted(n int, seconds string) Outcome {
	return Classify(Facts{Status: n, Header: map[string][]string{"Retry-After": {seconds}}}, time.Now())
}

// events collects what a registry tells.
type events struct {
	mu   sync.Mutex
	list []hw.HealthChanged
}

func (e *events) add(c hw.HealthChanged) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.list = append(e.list, c)
}

// of gives the states one scope went through.
func (e *events) of(scope string) []hw.HealthState {
	e.mu.Lock()
	defer e.mu.Unlock()
	var states []hw.HealthState
	for _, c := range e.list {
		if c.Scope == scope {
			states = append(states, c.To)
		}
	}
	return states
}

// call makes one whole attempt now and reports whether it was let through.
func call(r *Registry, t *Target, probe bool, o Outcome) bool {
	k, allowed := r.Begin(t, time.Now(), probe, FlowStream)
	if allowed {
		k.End(o, time.Now())
	}
	return allowed
}

// mustCall is call where it must be let through.
func mustCall(tb testing.TB, r *Registry, t *Target, probe bool, o Outcome) {
	tb.Helper()
	if !call(r, t, probe, o) {
		tb.Fatalf("the attempt was not let through: %+v", r.View(t, time.Now()))
	}
}
