// Package capability keeps what live checks found that models behind upstreams
// cannot do, for routing to go by.
//
// It makes no checks and chooses no target. What it does not know it does not
// deny: only a check that failed counts, never one that showed nothing. Its one
// invariant: what is said of an address is never said of another.
package capability

import (
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"headwater/backend/hw"
)

// Missing is a capability that a live check found missing.
type Missing struct {
	Capability hw.Capability
	// At is when the run of the check began.
	At time.Time
	// Check is the name of the check, and Words what it saw.
	Check, Words string
}

// Date is the day of the check in UTC, such as 2026-11-29.
func (m *Missing) Date() string { return m.At.UTC().Format(time.DateOnly) }

// Standing is what is known of one model behind one upstream. It stays the same
// while records come, so that a snapshot may point to it. Safe for concurrent
// use; nil, and the zero value, know nothing.
type Standing struct{ p atomic.Pointer[known] }

// known is never changed once it is in force.
type known struct {
	provider, address string
	at                time.Time
	checks            []made
	missing           []Missing // one for each capability, in the order of the checks
}

// made is a check and when its run began.
type made struct {
	hw.CapabilityCheck
	at time.Time
}

// Missing lists what the model was found not to be able to do at a base URL;
// nil when nothing was found, and when the checks were made at another one. It
// must not be changed.
func (s *Standing) Missing(address string) []Missing {
	if s == nil {
		return nil
	}
	k := s.p.Load()
	if k == nil || len(k.missing) == 0 || k.address != plain(address) {
		return nil
	}
	return k.missing
}

// plain is an address without what makes no difference to it.
func plain(address string) string { return strings.TrimRight(address, "/") }

// put takes a record in. What is older than what is known is left out; a run
// that ended early speaks for the checks that it made.
func (s *Standing) put(r *hw.CapabilityRecord) {
	was := s.p.Load()
	if was != nil && r.At.Before(was.at) {
		return
	}
	now := &known{provider: r.Provider, address: plain(r.Address), at: r.At}
	for i := range r.Checks {
		if r.Checks[i].Outcome != hw.CheckSkipped {
			now.checks = append(now.checks, made{CapabilityCheck: r.Checks[i], at: r.At})
		}
	}
	if !r.Whole() && was != nil && was.address == now.address {
		now.keep(was.checks)
	}
	for i := range now.checks {
		now.count(&now.checks[i])
	}
	s.p.Store(now)
}

// keep takes over the earlier checks that were not made again.
func (k *known) keep(earlier []made) {
	again := len(k.checks)
	for _, old := range earlier {
		if !slices.ContainsFunc(k.checks[:again], func(m made) bool { return m.Name == old.Name }) {
			k.checks = append(k.checks, old)
		}
	}
}

// count notes what a check found missing; of several the first one tells.
func (k *known) count(m *made) {
	if m.Outcome != hw.CheckNo || m.Capability == "" {
		return
	}
	if slices.ContainsFunc(k.missing, func(one Missing) bool { return one.Capability == m.Capability }) {
		return
	}
	k.missing = append(k.missing, Missing{Capability: m.Capability, At: m.at, Check: m.Name, Words: m.Words})
}
