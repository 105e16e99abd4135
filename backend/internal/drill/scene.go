package drill

import (
	"time"

	"headwater/backend/internal/health"
)

// Scene is a drill as a call in its scope sees it. Such calls have states of
// health of their own: what the fault does to a breaker is real for them and
// has no effect on anybody else.
type Scene struct{ a *active }

// Join reports whether a call takes part in a drill. After the end of one that
// ran its time its calls keep their states for a while, so that their recovery
// is as it would be.
func (r *Runner) Join(asked Asked) (Scene, bool) {
	a := r.active.Load()
	if a == nil {
		if a = r.after.Load(); a == nil {
			return Scene{}, false
		}
		if time.Now().After(a.ends.Add(afterwards)) {
			r.after.CompareAndSwap(a, nil)
			return Scene{}, false
		}
	}
	if a.machine || !a.scope.holds(&asked) {
		return Scene{}, false
	}
	return Scene{a}, true
}

// afterwards is how long a recovery is followed: longer than a breaker waits.
const afterwards = 3 * time.Minute

// Health are the states that the call sees; nil means those of everybody.
func (s Scene) Health() *health.Registry {
	if s.a == nil {
		return nil
	}
	return s.a.health
}

// Match reports whether the fault hits an attempt of the call.
func (s Scene) Match(target Target) (*Injection, bool) {
	if s.a == nil {
		return nil, false
	}
	select {
	case <-s.a.over:
		return nil, false
	default:
		return s.a.aimed(&target)
	}
}
