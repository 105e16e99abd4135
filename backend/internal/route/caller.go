package route

import (
	"strconv"
	"strings"

	"headwater/backend/hw"
	"headwater/backend/internal/cond"
	"headwater/backend/internal/snapshot"
)

// Caller is what tells calls apart that keep to a target, or to one side of a
// percentage.
type Caller struct {
	// Call is the call's own id; empty for a call that is only thought of.
	Call string
	// Tenant and App name the calling app, User the end user that the request
	// names; all may be empty.
	Tenant, App, User string
	// Headers have canonical names.
	Headers map[string][]string
}

// key is a number for what a call keeps by; zero when it has nothing of the kind.
func (c *Caller) key(sticky snapshot.Sticky) uint64 {
	if c == nil {
		return 0
	}
	switch sticky.By {
	case hw.StickyApp:
		if c.App != "" {
			return hashOf(c.Tenant, c.App)
		}
	case hw.StickyUser:
		if c.User != "" { // of another app it is another user
			return hashOf(c.Tenant, c.App, c.User)
		}
	case hw.StickyHeader:
		if value := strings.Join(c.Headers[sticky.Header], ","); value != "" {
			return hashOf(c.Tenant, value)
		}
	}
	return 0
}

// Passed is a tier that does not take a call.
type Passed struct {
	// Tier counts from 1.
	Tier int
	// Why is one of hw's Passed* words.
	Why string
	// Err is why its condition could not be evaluated; nil when it could.
	Err error
}

// PassedOver appends to dst the tiers of a route that do not take a call.
func PassedOver(dst []Passed, r *snapshot.Route, facts *cond.Facts, caller *Caller) []Passed {
	if !r.Selective {
		return dst
	}
	for t := range r.Tiers {
		tier := &r.Tiers[t]
		if tier.When != nil {
			if holds, err := tier.When.Holds(facts); !holds {
				dst = append(dst, Passed{Tier: t + 1, Why: hw.PassedWhen, Err: err})
				continue
			}
		}
		if tier.Percent > 0 && !caller.among(tier, t, r.Name) {
			dst = append(dst, Passed{Tier: t + 1, Why: hw.PassedPercent})
		}
	}
	return dst
}

// among reports whether a call is of the share that a tier takes: always the
// same side for what it keeps by. A larger share holds all of a smaller one. A
// call that is only thought of is like most are.
func (c *Caller) among(tier *snapshot.Tier, t int, route string) bool {
	key := c.key(tier.Sticky)
	if key == 0 && c.Call == "" {
		return tier.Percent >= 50
	}
	if key == 0 {
		key = hashOf(c.Call)
	}
	// Tiers and routes draw apart, else the same calls would be among all.
	return drawOf(key, route+"#"+strconv.Itoa(t))*100 < float64(tier.Percent)
}

// Without is the route as a call sees it that passes tiers over: they keep
// their numbers and have nothing in them.
func Without(r *snapshot.Route, passed []Passed) *snapshot.Route {
	if len(passed) == 0 {
		return r
	}
	left := *r
	left.Tiers = append([]snapshot.Tier(nil), r.Tiers...)
	for _, p := range passed {
		left.Tiers[p.Tier-1] = snapshot.Tier{Kind: KindPassed}
	}
	return &left
}

// KindPassed is the kind of a tier that a call passes over; no document has it.
const KindPassed = "passed"

// The constants of FNV-1a.
const (
	fnvOffset uint64 = 14695981039346656037
	fnvPrime  uint64 = 1099511628211
)

func fnv1a(h uint64, text string) uint64 {
	for i := range len(text) {
		h = (h ^ uint64(text[i])) * fnvPrime
	}
	return h
}

// hashOf is a number for texts, the same in every process; never zero.
func hashOf(texts ...string) uint64 {
	h := fnvOffset
	for _, text := range texts {
		h = fnv1a(h, text)
		h = fnv1a(h, "\x00")
	}
	return max(h, 1)
}
