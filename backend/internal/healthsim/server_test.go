package healthsim

import (
	"math"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"syscall"
	"time"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/health"
	"headwater/backend/internal/snapshot"
)

// kind is how a target misbehaves.
type kind int

const (
	slow          kind = iota // answers, but late
	refused                   // nobody listens
	unconnectable             // packets vanish before a connection stands
	silent                    // takes the request and never says a word
	status                    // answers with an error
	broken                    // begins an answer that is none
	reset                     // closes the connection before it answers
)

// hint is what an error says of when to come back.
type hint int

const (
	hintNone hint = iota
	hintHonest
	hintLong  // far later than the repair
	hintShort // far earlier
	hintJunk
)

// fault is one way to misbehave.
type fault struct {
	kind   kind
	share  float64 // of the calls it hits; 1 for all
	code   int     // of status
	hint   hint
	factor float64 // of slow
	list   bool    // the list of models, which free checks ask for, fails with it
}

// dead reports whether no call can be answered.
func (f *fault) dead() bool { return f.kind != slow && f.share >= 1 }

// phase is a fault for some time.
type phase struct {
	from, to time.Time
	fault
}

// server is the far end of one target.
type server struct {
	w      *world
	index  int
	tier   int
	target *snapshot.Target
	phases []phase
	live   []*attempt // under way
	median time.Duration
	audit  audit
	begins []time.Time // of attempts
}

// fault is the worst fault of a moment; nil when all is well.
func (s *server) fault(now time.Time) *phase {
	var worst *phase
	for i := range s.phases {
		p := &s.phases[i]
		if now.Before(p.from) || !now.Before(p.to) {
			continue
		}
		if worst == nil || worst.kind == slow || p.kind != slow && p.share > worst.share {
			worst = p
		}
	}
	return worst
}

// fails adds a phase; call it before time passes beyond its beginning. What is
// wrong with an endpoint is wrong with all models there.
func (s *server) fails(from time.Time, lasts time.Duration, f fault) {
	for _, o := range s.w.servers {
		wide := f.list || f.kind == refused || f.kind == unconnectable || f.kind == reset
		if o == s || wide && o.target.Endpoint == s.target.Endpoint {
			o.failsAlone(from, lasts, f)
		}
	}
}

func (s *server) failsAlone(from time.Time, lasts time.Duration, f fault) {
	p := phase{from: from, to: from.Add(lasts), fault: f}
	s.phases = append(s.phases, p)
	s.w.when(p.from, func() {
		s.audit.broke()
		if f.dead() {
			s.strike(f.kind)
		}
	})
	s.w.when(p.to, func() {
		if s.fault(s.w.now) == nil {
			s.repaired()
		}
	})
}

// strike is what the beginning of an outage does to the attempts under way.
func (s *server) strike(k kind) {
	for _, a := range slices.Clone(s.live) {
		switch k {
		case refused:
			a.reset()
		case unconnectable, silent:
			a.fallSilent()
		case slow, status, broken, reset:
		}
	}
}

// reply is what a target does with one request.
type reply struct {
	good         bool
	first, total time.Duration // of a good one
	never        bool
	after        time.Duration // of one that fails
	facts        health.Facts
}

// reply is the same whenever it is asked for the same attempt, so that a
// clairvoyant can ask, too.
func (s *server) reply(c *call, try int, now time.Time) reply {
	draw := rand.New(rand.NewPCG(c.id, s.w.seed^uint64(s.index)<<32^uint64(try)))
	spread := func(sigma float64) float64 { return math.Exp(sigma * draw.NormFloat64()) }
	first := time.Duration(float64(s.median) * spread(0.42)) // the 95th percentile is twice the median
	rest := time.Duration(float64(s.w.length) * spread(0.6))
	luck, p := draw.Float64(), s.fault(now)
	fails := p != nil && p.kind != slow && luck < p.share
	switch {
	case c.poison && !fails:
		return s.error(&fault{kind: status, code: 500}, time.Time{}, first, now)
	case p == nil || p.kind != slow && !fails:
	case p.kind == slow:
		first, rest = time.Duration(float64(first)*p.factor), time.Duration(float64(rest)*p.factor)
	default:
		return s.error(&p.fault, p.to, first, now)
	}
	if !c.stream { // a plain answer shows nothing before it is complete
		return reply{good: true, first: first + rest, total: first + rest}
	}
	return reply{good: true, first: first, total: first + rest}
}

// The times of failures that are not the server's own.
const (
	roundTrip   = 20 * time.Millisecond
	dialTimeout = 3 * time.Second // snapshot's default
)

func (s *server) error(f *fault, until time.Time, first time.Duration, now time.Time) reply {
	switch f.kind {
	case refused:
		return reply{after: roundTrip, facts: health.Facts{Err: syscall.ECONNREFUSED, Phase: health.PhaseConnect}}
	case unconnectable:
		return reply{after: dialTimeout, facts: health.Facts{
			Err: syscall.ETIMEDOUT, Phase: health.PhaseConnect, TimedOut: health.TimeoutConnect,
		}}
	case reset:
		return reply{after: first, facts: health.Facts{Err: syscall.ECONNRESET, Phase: health.PhaseHead}}
	case broken:
		return reply{after: first, facts: health.Facts{Status: 200, Phase: health.PhaseBody, Fault: &dialect.Fault{Malformed: true}}}
	case status:
		return reply{after: first, facts: health.Facts{
			Status: f.code, Phase: health.PhaseBody, Header: f.header(until, now),
		}}
	case silent, slow:
	}
	return reply{never: true}
}

// header says when to come back, as truly as the fault does.
func (f *fault) header(until, now time.Time) map[string][]string {
	value := ""
	switch f.hint {
	case hintNone:
		return nil
	case hintHonest:
		value = strconv.Itoa(int(math.Ceil(until.Sub(now).Seconds())))
	case hintLong:
		value = strconv.Itoa(int(math.Ceil(until.Sub(now).Seconds()*2)) + 60)
	case hintShort:
		value = "1"
	case hintJunk:
		value = "soon, " + http.StatusText(f.code)
	}
	return map[string][]string{"Retry-After": {value}}
}

// would reports whether a call of a moment would get its first content here.
func (s *server) would(c *call, now time.Time) bool {
	r := s.reply(c, 0, now)
	if !r.good {
		return false
	}
	for i := range s.phases {
		p := &s.phases[i]
		strikes := p.dead() && (p.kind == refused || p.kind == silent || p.kind == unconnectable)
		if strikes && p.from.After(now) && p.from.Before(now.Add(r.first)) {
			return false
		}
	}
	return true
}
