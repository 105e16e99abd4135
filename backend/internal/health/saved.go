package health

import (
	"time"

	"headwater/backend/hw"
)

// Saved is the state of one scope as it outlives the process. Times are
// absolute: a wait that ended meanwhile has ended.
type Saved struct {
	Scope Scope          `json:"scope"`
	ID    string         `json:"id"`
	State hw.HealthState `json:"state"`
	Since time.Time      `json:"since"`
	Until time.Time      `json:"until,omitzero"`
	// Trips and Strikes are how far the waits had grown.
	Trips       int       `json:"trips,omitempty"`
	Strikes     int       `json:"strikes,omitempty"`
	HealthyFrom time.Time `json:"healthy_from,omitzero"`
	Reason      hw.Class  `json:"reason,omitempty"`
	Cause       string    `json:"cause,omitempty"`
	ByCheck     bool      `json:"by_check,omitempty"`
	// Throttle is the time an upstream asked us to wait for.
	Throttle       time.Time `json:"throttle,omitzero"`
	ThrottleSince  time.Time `json:"throttle_since,omitzero"`
	ThrottleReason hw.Class  `json:"throttle_reason,omitempty"`
	ThrottleCause  string    `json:"throttle_cause,omitempty"`
}

// longestWait bounds every wait that is restored: a clock that jumped must not
// keep anything shut for longer than any setting could.
const longestWait = 24 * time.Hour

// Save gives the states worth keeping: those of scopes that were ever used.
func (r *Registry) Save(now time.Time) []Saved {
	r.mu.Lock()
	records := make([]*record, 0, len(r.records))
	for _, rec := range r.records {
		records = append(records, rec)
	}
	r.mu.Unlock()
	all := make([]Saved, 0, len(records))
	for _, rec := range records {
		if saved, worth := rec.save(now); worth {
			all = append(all, saved)
		}
	}
	return all
}

func (rec *record) save(now time.Time) (Saved, bool) {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	b := &rec.b
	b.settle(now)
	if b.mode == hw.HealthUnknown && b.throttle.IsZero() {
		return Saved{}, false
	}
	return Saved{
		Scope: rec.scope, ID: rec.id, State: b.mode, Since: b.since, Until: b.until, Trips: b.trips, Strikes: b.strikes,
		HealthyFrom: b.healthyFrom, Reason: b.reason, Cause: b.cause, ByCheck: b.byCheck, Throttle: b.throttle,
		ThrottleSince: b.throttleSince, ThrottleReason: b.throttleReason, ThrottleCause: b.throttleCause,
	}, true
}

// Restore puts saved states back, before anything is asked of the registry. It
// tells nobody: nothing has changed. A test that was under way when the
// process ended is due again.
func (r *Registry) Restore(all []Saved, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range all {
		if !s.fits() {
			continue // written by another version: unknown is always safe
		}
		rec := r.recordLocked(s.Scope, s.ID, now)
		rec.restore(&s, now)
	}
}

func (s *Saved) fits() bool {
	switch s.State {
	case hw.HealthUnknown, hw.HealthHealthy, hw.HealthRamp, hw.HealthOpen, hw.HealthLoading, hw.HealthQuarantined:
	default:
		return false
	}
	return s.ID != "" && (s.Scope == ScopeEndpoint || s.Scope == ScopeCredential || s.Scope == ScopeModel || s.Scope == ScopeTarget)
}

func (rec *record) restore(s *Saved, now time.Time) {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	b := &rec.b
	b.mode, b.reason, b.cause, b.byCheck = s.State, s.Reason, s.Cause, s.ByCheck
	b.since, b.healthyFrom, b.throttleSince = past(s.Since, now), s.HealthyFrom, past(s.ThrottleSince, now)
	b.trips, b.strikes = min(max(s.Trips, 0), 32), min(max(s.Strikes, 0), 32)
	b.until, b.throttle = within(s.Until, now), within(s.Throttle, now)
	b.throttleReason, b.throttleCause = s.ThrottleReason, s.ThrottleCause
	b.settle(now)
	rec.shown = b.look(now).state
	rec.calm.Store(rec.calmNow())
}

// within keeps a time from lying further ahead than any wait can.
func within(t, now time.Time) time.Time {
	if t.After(now.Add(longestWait)) {
		return now.Add(longestWait)
	}
	return t
}

// past keeps the beginning of a state from lying ahead of a clock that was set back.
func past(t, now time.Time) time.Time {
	if t.After(now) {
		return now
	}
	return t
}
