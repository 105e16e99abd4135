package healthsim

import (
	"slices"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/health"
)

// recoverWithin is how long after its repair, and after the time it asked for,
// a target may stay unused while calls reach its tier.
const recoverWithin = 60 * time.Second

// targets is a set of servers, by their index.
type targets uint64

func (t targets) has(s *server) bool { return t&(1<<s.index) != 0 }

// audit watches one target for what must never happen.
type audit struct {
	tests     int       // under way
	notBefore time.Time // the latest time that it asked for
	// repaired is when it became well again without being used since; due is
	// when it may be asked.
	repaired, due time.Time
}

// told notes what the target asked for.
func (a *audit) told(o health.Outcome, now time.Time) {
	if until := now.Add(min(o.Hint, health.DefaultPolicy().HintMost)); o.Hint > 0 && until.After(a.notBefore) {
		a.notBefore = until
	}
}

// broke ends the watch for a first use: the target is out again.
func (a *audit) broke() { a.repaired = time.Time{} }

// repaired begins the watch for a first use, if health thinks it is still out.
func (s *server) repaired() {
	if s.w.health.View(&s.target.Target, s.w.now).Usable {
		return
	}
	s.audit.repaired, s.audit.due = s.w.now, s.w.now
	if s.audit.notBefore.After(s.w.now) {
		s.audit.due = s.audit.notBefore
	}
}

// used ends that watch: by a call, or because health let it in after a check.
func (s *server) used() {
	if s.audit.repaired.IsZero() {
		return
	}
	if s.tier == 0 { // calls reach the others only when they have to
		s.w.tally.recoveries = append(s.w.tally.recoveries, s.w.now.Sub(s.audit.due))
	}
	s.audit.repaired = time.Time{}
}

// begun checks an attempt that is about to begin.
func (s *server) begun(test bool) {
	t := &s.w.tally
	if s.w.now.Before(s.audit.notBefore) {
		t.early++
	}
	s.begins = append(s.begins, s.w.now)
	s.used()
	if test {
		s.audit.tests++
		t.tests++
		t.mostTests = max(t.mostTests, s.audit.tests)
	}
}

// tested ends a test: with the first content, or with the attempt.
func (s *server) tested(x *attempt) {
	if x.test {
		x.test = false
		s.audit.tests--
	}
}

// overdue are the targets of a tier that the next call to reach it must use.
func (w *world) overdue(tier int) targets {
	var late targets
	for _, s := range w.servers {
		if s.tier != tier || s.audit.repaired.IsZero() || w.now.Before(s.audit.due.Add(recoverWithin)) {
			continue
		}
		late |= 1 << s.index
	}
	return late
}

// passed checks that a call that walked through a tier used what was overdue.
func (w *world) passed(c *call) {
	if c.overdue == 0 {
		return
	}
	for _, s := range w.servers {
		if slices.Contains(c.walk.dead, s.target.Endpoint) {
			continue // it failed this very call under another name
		}
		if c.overdue.has(s) && !s.audit.repaired.IsZero() && !w.health.View(&s.target.Target, w.now).Usable {
			w.tally.unused++
			s.audit.repaired = time.Time{}
		}
	}
	c.overdue = 0
}

// noticeReturns looks for targets that health lets in without a call.
func (w *world) noticeReturns() {
	for _, s := range w.servers {
		if !s.audit.repaired.IsZero() && w.health.View(&s.target.Target, w.now).Usable {
			s.used()
		}
	}
}

// heldNow are the targets that have named a later time.
func (w *world) heldNow() targets {
	var held targets
	for _, s := range w.servers {
		if w.now.Before(s.audit.notBefore) {
			held |= 1 << s.index
		}
	}
	return held
}

// tally is what a simulation counts.
type tally struct {
	calls, served, upstream int
	// lost are the calls without an answer that a clairvoyant planner would
	// have got one for; held those of them that only a target could have
	// answered which had asked not to be called yet.
	lost, held  int
	interrupted int // after the first content
	opened      int
	early       int // attempts before a time that a target had asked for
	unused      int // repaired targets that a call passed by
	tests       int
	mostTests   int
	recoveries  []time.Duration
	firsts      []time.Duration
}

func (t *tally) add(o *tally) {
	t.calls += o.calls
	t.served += o.served
	t.upstream += o.upstream
	t.lost += o.lost
	t.held += o.held
	t.interrupted += o.interrupted
	t.opened += o.opened
	t.early += o.early
	t.unused += o.unused
	t.tests += o.tests
	t.mostTests = max(t.mostTests, o.mostTests)
	t.recoveries = append(t.recoveries, o.recoveries...)
}

// perCall is how many attempts a call took.
func (t *tally) perCall() float64 { return float64(t.upstream) / float64(max(t.calls, 1)) }

// count takes a call whose walk is over.
func (w *world) count(c *call) {
	t := &w.tally
	if c.poison {
		t.upstream -= c.attempts()
		return
	}
	t.calls++
	if c.served {
		t.served++
		t.firsts = append(t.firsts, c.first)
		return
	}
	could, held := false, true
	for _, s := range w.servers {
		if s.would(c, c.start) {
			could, held = true, held && c.held.has(s)
		}
	}
	if could {
		t.lost++
		if held {
			t.held++
		}
	}
}

// changed counts the breakers that open.
func (w *world) changed(c hw.HealthChanged) {
	if c.To == hw.HealthOpen && c.From != hw.HealthProbing {
		w.tally.opened++
		w.opened = append(w.opened, opening{at: w.now, scope: c.Scope, words: c.Kind + " " + c.Scope + ": " + c.Words})
	}
}
