package check

import (
	"context"
	"sync"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/snapshot"
)

// tests are the paid questions to targets that are out of use: each as soon as
// its wait is over, and no more often than free checks are made.
type tests struct {
	targets []*snapshot.Target

	mu sync.Mutex
	// asked is when a target was last asked, running which are just now; both by
	// id and guarded by mu.
	asked   map[string]time.Time
	running map[string]bool
}

// load takes the targets of a snapshot.
func (p *tests) load(s *snapshot.Snapshot) {
	p.targets = nil
	live := map[string]bool{}
	for _, t := range s.Targets {
		if t.Upstream.Probe == hw.ProbePaid && t.Model != "" {
			p.targets = append(p.targets, t)
			live[t.ID] = true
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.asked == nil {
		p.asked, p.running = map[string]time.Time{}, map[string]bool{}
	}
	for id := range p.asked {
		if !live[id] {
			delete(p.asked, id)
		}
	}
}

// begin reports whether a target is to be asked now, and holds its place.
func (p *tests) begin(t *snapshot.Target, notBefore, now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	last := p.asked[t.ID]
	if p.running[t.ID] || last.After(notBefore) && now.Sub(last) < t.Upstream.Check.Interval {
		return false
	}
	p.asked[t.ID], p.running[t.ID] = now, true
	return true
}

func (p *tests) end(t *snapshot.Target) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.running, t.ID)
}

// askPaid begins the questions that are due.
func (k *Checker) askPaid(ctx context.Context, under *sync.WaitGroup) {
	for _, t := range k.paid.targets {
		now := time.Now()
		view := k.Health.View(&t.Target, now)
		if !view.Probe || view.Cold {
			continue
		}
		select {
		case k.slots <- struct{}{}:
		default:
			return // many are being asked: the next round is soon
		}
		if !k.paid.begin(t, view.NotBefore, now) {
			<-k.slots
			continue
		}
		under.Go(func() {
			defer func() { <-k.slots }()
			defer k.paid.end(t)
			k.TestPaid(ctx, t)
		})
	}
}
