// Package bus carries events from whoever notices something to whoever
// follows: calls, health transitions and configuration changes, each numbered
// so that a client that lost its line can go on where it was.
//
// It deliberately keeps nothing on disk and promises no delivery: what must
// not be lost is in the store or the call log. Its one invariant: Publish never
// waits for a subscriber; one that is too slow loses the oldest events and is
// told how many.
package bus

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"headwater/backend/hw"
)

// ringEvents is how many events each topic keeps for subscribers that are
// behind or come back. Unit: events.
const ringEvents = 1024

// ErrClosed is returned by Next once the subscription is closed.
var ErrClosed = errors.New("subscription is closed")

// Bus numbers events and keeps the newest of each topic. It owns no goroutine
// and needs no closing.
type Bus struct {
	// mu guards the fields below and the cursors of every subscription. It is
	// held for copying only, never while anyone is waited for.
	mu          sync.Mutex
	order       int64 // events published on all topics
	topics      map[hw.Topic]*ring
	subscribers map[*Subscription]struct{}
}

// New returns an empty bus.
func New() *Bus {
	return &Bus{
		topics:      make(map[hw.Topic]*ring),
		subscribers: make(map[*Subscription]struct{}),
	}
}

// Publish numbers an event and hands it to the topic's followers. It never
// blocks. The data must not be changed afterwards: all followers share it.
func (b *Bus) Publish(topic hw.Topic, data any) {
	at := time.Now().UTC()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.order++
	b.ringLocked(topic).add(b.order, hw.Event{Topic: topic, At: at, Data: data})
	for s := range b.subscribers {
		if _, follows := s.next[topic]; follows {
			s.ring()
		}
	}
}

// Subscribe follows topics. After is the number of the last event the client
// has seen; zero means only what happens from now on. What is still kept after
// that number is delivered first; what is not is counted as dropped. A number
// the topic has not reached is from before a restart: all that is kept is new.
//
// Each topic counts by itself, so a number says nothing about several: with
// more than one topic after is not used. The caller closes the subscription.
func (b *Bus) Subscribe(after int64, topics ...hw.Topic) *Subscription {
	s := &Subscription{
		bus:  b,
		next: make(map[hw.Topic]int64, len(topics)),
		bell: make(chan struct{}, 1),
		done: make(chan struct{}),
	}
	if len(topics) > 1 {
		after = 0
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, topic := range topics {
		last := b.ringLocked(topic).last
		switch {
		case after <= 0:
			s.next[topic] = last + 1
		case after > last:
			s.next[topic] = b.topics[topic].oldest()
		default:
			s.next[topic] = after + 1
		}
	}
	b.subscribers[s] = struct{}{}
	return s
}

// ringLocked returns the ring of a topic; b.mu is held.
func (b *Bus) ringLocked(topic hw.Topic) *ring {
	r := b.topics[topic]
	if r == nil {
		r = new(ring)
		b.topics[topic] = r
	}
	return r
}

// Subscription is a place in the topics it follows. It holds no events of its
// own, so a subscriber that sleeps costs nothing. One goroutine calls Next at
// a time; Close may come from anywhere.
type Subscription struct {
	bus *Bus
	// next is the number of the next event wanted, by topic. Guarded by bus.mu;
	// the set of topics never changes.
	next map[hw.Topic]int64
	// bell has room for one ring and is never closed: a full bell means that
	// the subscriber will look anyway.
	bell chan struct{}
	// done is closed by Close, once.
	done chan struct{}
	once sync.Once
}

// Next waits until there is something and returns all of it, oldest first.
// Dropped is how many events were lost since the last call, because the
// subscriber was too slow or resumed too late. It fails with the context's
// error, or with ErrClosed.
func (s *Subscription) Next(ctx context.Context) (events []hw.Event, dropped int64, err error) {
	for {
		select {
		case <-s.done:
			return nil, 0, ErrClosed
		default:
		}
		if events, dropped = s.take(); len(events) > 0 {
			return events, dropped, nil
		}
		select {
		case <-s.bell:
		case <-s.done:
			return nil, 0, ErrClosed
		case <-ctx.Done():
			return nil, 0, ctx.Err()
		}
	}
}

// Close ends the subscription and wakes a waiting Next. It may be called twice.
func (s *Subscription) Close() {
	s.once.Do(func() {
		s.bus.mu.Lock()
		defer s.bus.mu.Unlock()
		delete(s.bus.subscribers, s)
		close(s.done)
	})
}

// ring wakes the subscriber, or leaves it when it is awake already.
func (s *Subscription) ring() {
	select {
	case s.bell <- struct{}{}:
	default:
	}
}

// take copies what is there and moves the place in each topic behind it.
func (s *Subscription) take() (events []hw.Event, dropped int64) {
	s.bus.mu.Lock()
	defer s.bus.mu.Unlock()
	var found []entry
	for topic, next := range s.next {
		r := s.bus.topics[topic]
		if oldest := r.oldest(); next < oldest {
			dropped += oldest - next
			next = oldest
		}
		for ; next <= r.last; next++ {
			found = append(found, r.at(next))
		}
		s.next[topic] = next
	}
	if len(s.next) > 1 {
		slices.SortFunc(found, func(a, b entry) int { return cmp.Compare(a.order, b.order) })
	}
	events = make([]hw.Event, len(found))
	for i, e := range found {
		events[i] = e.event
	}
	return events, dropped
}

// entry is an event with its place among the events of all topics.
type entry struct {
	order int64
	event hw.Event
}

// ring keeps the newest events of one topic. Guarded by Bus.mu.
type ring struct {
	last    int64 // number of the newest event; 0 means none yet
	entries []entry
}

// add numbers an event and puts it in the place of the oldest. The ring grows
// up to its bound, so a quiet topic stays small.
func (r *ring) add(order int64, event hw.Event) {
	r.last++
	event.Seq = r.last
	if len(r.entries) < ringEvents {
		r.entries = append(r.entries, entry{order, event})
		return
	}
	r.entries[r.place(r.last)] = entry{order, event}
}

// oldest is the number of the oldest event kept; last+1 when there is none.
func (r *ring) oldest() int64 { return r.last - int64(len(r.entries)) + 1 }

// at returns the event with a number between oldest and last.
func (r *ring) at(seq int64) entry { return r.entries[r.place(seq)] }

func (r *ring) place(seq int64) int { return int((seq - 1) % ringEvents) }
