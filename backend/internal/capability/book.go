package capability

import (
	"sync"
	"time"

	"headwater/backend/hw"
)

// maxStandings bounds the models that something may be known of. A site has a
// few for each upstream; beyond it nothing is learned, so that nothing is denied.
const maxStandings = 10_000

// name is a model behind an upstream.
type name struct{ upstream, model string }

// Book keeps one standing for each model behind each upstream. The zero Book is
// empty and ready. Safe for concurrent use.
type Book struct {
	mu sync.RWMutex
	// byName is guarded by mu; the standings are not.
	byName map[name]*Standing
}

// Put takes in what live checks showed, at once for every snapshot that points
// to it.
func (b *Book) Put(r hw.CapabilityRecord) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if s := b.ofLocked(name{r.UpstreamID, r.Model}); s != nil {
		s.put(&r)
	}
}

// Of gives the standing of a model, empty when it is new; nil when there are
// too many.
func (b *Book) Of(upstreamID, model string) *Standing {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.ofLocked(name{upstreamID, model})
}

func (b *Book) ofLocked(n name) *Standing {
	s, ok := b.byName[n]
	if ok || len(b.byName) >= maxStandings {
		return s
	}
	if b.byName == nil {
		b.byName = map[name]*Standing{}
	}
	s = &Standing{}
	b.byName[n] = s
	return s
}

// Find gives the standing of a model; nil when there is none. It makes none, so
// that it may be asked for names that callers chose.
func (b *Book) Find(upstreamID, model string) *Standing {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.byName[name{upstreamID, model}]
}

// Keep forgets the upstreams that are not there any more, and of the others the
// models that nothing is known of and nobody points to.
func (b *Book) Keep(there func(upstreamID string) bool, used func(upstreamID, model string) bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for n, s := range b.byName {
		if !there(n.upstream) || s.p.Load() == nil && !used(n.upstream, n.model) {
			delete(b.byName, n)
		}
	}
}

// Live is a model that live checks found to answer, plain and as a stream.
type Live struct {
	// Provider is the catalogue's id, Address the base URL that was asked.
	Provider, Address string
	// At is when the run of the older of the two checks began.
	At time.Time
}

// The checks that every model for chats must pass.
const (
	checkAnswer = "plain.answer"
	checkStream = "stream.answer"
)

// Live lists the models that were found to answer, in no order.
func (b *Book) Live() []Live {
	b.mu.RLock()
	defer b.mu.RUnlock()
	var all []Live
	for _, s := range b.byName {
		if k := s.p.Load(); k != nil {
			if at := k.answers(); !at.IsZero() {
				all = append(all, Live{Provider: k.provider, Address: k.address, At: at})
			}
		}
	}
	return all
}

// answers is since when the model is known to answer; zero when it is not.
func (k *known) answers() time.Time {
	var plain, stream time.Time
	for i := range k.checks {
		m := &k.checks[i]
		switch {
		case m.Outcome != hw.CheckYes:
		case m.Name == checkAnswer:
			plain = m.at
		case m.Name == checkStream:
			stream = m.at
		}
	}
	if plain.IsZero() || stream.IsZero() {
		return time.Time{}
	}
	if plain.Before(stream) {
		return plain
	}
	return stream
}
