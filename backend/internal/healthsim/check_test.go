package healthsim

import (
	"syscall"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/health"
)

// The pace of free checks: package check and snapshot's defaults.
const (
	checkTick     = 250 * time.Millisecond
	checkIdle     = time.Minute
	checkInterval = 15 * time.Second
	checkTimeout  = 5 * time.Second
)

// group is what one free check covers: the targets of an upstream that share
// a credential.
type group struct {
	w       *world
	targets []*health.Target
	server  *server // that answers for them
	next    time.Time
	running bool
}

// checks makes free checks up to a moment.
func (w *world) checks(until time.Time) {
	byID := map[string]*group{}
	for _, s := range w.servers {
		id := s.target.Upstream.ID + "|" + s.target.Target.Credential
		if byID[id] == nil {
			byID[id] = &group{w: w, server: s}
			w.groups = append(w.groups, byID[id])
		}
		byID[id].targets = append(byID[id].targets, &s.target.Target)
	}
	w.tick(until)
}

func (w *world) tick(until time.Time) {
	w.after(checkTick, func() {
		for _, g := range w.groups {
			if g.due() {
				g.check()
			}
		}
		w.noticeReturns()
		if w.now.Before(until) {
			w.tick(until)
		}
	})
}

func (g *group) due() bool {
	if g.running {
		return false
	}
	idle, rest := min(checkIdle, 4*checkInterval), time.Duration(0)
	if g.w.now.Before(g.next) { // only for one whose wait has just ended
		idle, rest = checkIdle, 1<<62
	}
	for _, t := range g.targets {
		if g.w.health.CheckDue(t, g.w.now, idle, rest) {
			return true
		}
	}
	return false
}

func (g *group) check() {
	w := g.w
	g.running = true
	g.next = w.now.Add(time.Duration(float64(checkInterval) * (0.9 + 0.2*w.rng.Float64())))
	found, took := g.server.ask()
	found.Took = took
	w.after(took, func() {
		g.running = false
		w.health.TellChecked(g.targets, found, w.now)
	})
}

// ask is what a question for the models finds, and how long that takes.
func (s *server) ask() (health.Checked, time.Duration) {
	p, luck := s.fault(s.w.now), s.w.rng.Float64()
	good := health.Checked{Outcome: health.Outcome{Class: hw.ClassOK}, Accepted: true}
	if p == nil || p.kind == slow || luck >= p.share {
		return good, 2 * roundTrip
	}
	var found health.Outcome
	took := roundTrip
	switch {
	case p.kind == refused:
		found = health.Classify(health.Facts{Err: syscall.ECONNREFUSED, Phase: health.PhaseConnect}, s.w.now)
	case p.kind == unconnectable:
		took = dialTimeout
		found = health.Classify(health.Facts{Err: syscall.ETIMEDOUT, Phase: health.PhaseConnect}, s.w.now)
	case !p.list:
		return good, 2 * roundTrip
	case p.kind == silent:
		took = checkTimeout
		found = health.Outcome{Class: hw.ClassUnreachable, Counted: true, Cause: "no answer to the check in time"}
	case p.kind == reset:
		found = health.Classify(health.Facts{Err: syscall.ECONNRESET, Phase: health.PhaseHead}, s.w.now)
	case p.kind == status && p.code >= 500:
		found = health.Classify(health.Facts{Status: p.code, Header: p.header(p.to, s.w.now)}, s.w.now)
	default:
		return good, 2 * roundTrip
	}
	found.Scope = health.ScopeEndpoint
	return health.Checked{Outcome: found}, took
}
