package health

import "time"

// Policy are the numbers of a target's breakers, as its upstream sets them. A
// zero field means the default; a nil Policy means all of them.
type Policy struct {
	// TripFailures is how many counted failures in a row open a breaker. Default 3.
	TripFailures int
	// TripSamples and TripRatio open it by its share of successes: with at
	// least so many outcomes in the window, a smaller share is too little.
	// Defaults 5 and 0.5.
	TripSamples int
	TripRatio   float64
	// WaitFirst is the first wait of an open breaker, which doubles with each
	// trip up to WaitMost. Defaults 5 s and 60 s.
	WaitFirst, WaitMost time.Duration
	// Ramp is how long a recovered scope takes to get all of its traffic
	// back. Default 30 s.
	Ramp time.Duration
	// SuspectAfter is the least silence of a target with several calls under
	// way that makes it suspect. Default 1 s.
	SuspectAfter time.Duration
	// HintMost bounds the wait that an upstream may ask for. Default 300 s.
	HintMost time.Duration
	// QuotaFirst is how long a credential rests that is out of credit, which
	// doubles up to QuotaMost; AuthFirst and AuthMost are the same for one that is
	// refused. Defaults 15 min and 6 h, 30 s and 10 min.
	QuotaFirst, QuotaMost, AuthFirst, AuthMost time.Duration
	// Rise and Fall are how many free checks in a row bring a scope back or
	// take it out. Defaults 2 and 3.
	Rise, Fall int
}

// DefaultPolicy returns the numbers of an upstream that sets none.
func DefaultPolicy() Policy {
	return Policy{
		TripFailures: tripConsecutive, TripSamples: tripSamples, TripRatio: tripRatio,
		WaitFirst: waitFirst, WaitMost: waitMost, Ramp: rampTime,
		SuspectAfter: suspectAfter, HintMost: hintMost,
		QuotaFirst: quotaFirst, QuotaMost: quotaMost, AuthFirst: authFirst, AuthMost: authMost, Rise: checkRise, Fall: checkFall,
	}
}

// whole fills in the defaults.
func (p *Policy) whole() Policy {
	d := DefaultPolicy()
	if p == nil {
		return d
	}
	own := *p
	fill(&own.TripFailures, d.TripFailures)
	fill(&own.TripSamples, d.TripSamples)
	fill(&own.TripRatio, d.TripRatio)
	fill(&own.WaitFirst, d.WaitFirst)
	fill(&own.WaitMost, max(d.WaitMost, own.WaitFirst))
	fill(&own.Ramp, d.Ramp)
	fill(&own.SuspectAfter, d.SuspectAfter)
	fill(&own.HintMost, d.HintMost)
	fill(&own.QuotaFirst, d.QuotaFirst)
	fill(&own.QuotaMost, max(d.QuotaMost, own.QuotaFirst))
	fill(&own.AuthFirst, d.AuthFirst)
	fill(&own.AuthMost, max(d.AuthMost, own.AuthFirst))
	fill(&own.Rise, d.Rise)
	fill(&own.Fall, d.Fall)
	return own
}

func fill[T comparable](field *T, fallback T) {
	var zero T
	if *field == zero {
		*field = fallback
	}
}
