package appliance

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"headwater/backend/hw"
)

// mouth is an operators with what it has told.
type mouth struct {
	*operators
	mu      sync.Mutex
	events  []hw.HealthEvent
	settled int
}

func newMouth() *mouth {
	m := &mouth{}
	m.operators = newOperators(func(e hw.HealthChanged) {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.events = append(m.events, hw.HealthEvent{At: time.Now(), HealthChanged: e})
	}, func(context.Context) {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.settled++
	})
	return m
}

// heard is what was told since the last time it was asked for.
func (m *mouth) heard() (events []hw.HealthEvent) {
	m.mu.Lock()
	defer m.mu.Unlock()
	events, m.events = m.events, nil
	return events
}

// run runs it until the returned function is called.
func (m *mouth) run(t *testing.T) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- m.Run(ctx) }()
	return func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

func upstreamIn(name, state string, until time.Time) *hw.Upstream {
	return &hw.Upstream{Meta: hw.Meta{ID: "ups_" + name, UpdatedBy: "mei"}, Name: name, State: state, MaintenanceUntil: until}
}

func wantNews(t *testing.T, got []hw.HealthEvent, want ...string) {
	t.Helper()
	said := []string{}
	for _, e := range got {
		said = append(said, fmt.Sprintf("%s %s>%s %q %s", e.Name, e.From, e.To, e.By, e.Words))
		if e.Kind != hw.HealthKindUpstream || e.Scope != "ups_"+e.Name || !slices.Equal(e.Upstreams, []string{e.Name}) {
			t.Errorf("told of %+v", e)
		}
	}
	if !slices.Equal(said, want) {
		t.Errorf("told\n%q, want\n%q", said, want)
	}
}

func TestWhatPeopleDoToUpstreamsIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMouth()
		m.changed([]hw.Document{upstreamIn("a", "", time.Time{}), &hw.Tenant{}})
		m.restore(nil, nil, time.Now())
		defer m.run(t)()
		wantNews(t, m.heard())
		m.changed([]hw.Document{upstreamIn("a", hw.StateDraining, time.Time{}), upstreamIn("b", hw.StateEnabled, time.Time{})})
		wantNews(t, m.heard(), `a enabled>draining "mei" draining: calls under way end, new ones go elsewhere (set by mei)`)
		began := time.Now()
		if got := m.since("ups_a"); !got.Equal(began) || !m.since("ups_b").IsZero() {
			t.Errorf("a is out since %s, b since %s", got, m.since("ups_b"))
		}
		time.Sleep(time.Hour)
		m.changed([]hw.Document{upstreamIn("a", hw.StateDraining, time.Time{}), upstreamIn("b", hw.StateDisabled, time.Time{})})
		wantNews(t, m.heard(), `b enabled>disabled "mei" switched off (set by mei)`)
		if got := m.since("ups_a"); !got.Equal(began) {
			t.Errorf("another upstream's change moved the beginning to %s", got)
		}
		m.changed([]hw.Document{upstreamIn("a", hw.StateMaintenance, time.Time{})})
		wantNews(t, m.heard(), `a draining>maintenance "mei" in maintenance (set by mei)`, `b disabled>unknown "" no longer configured`)
		m.changed([]hw.Document{upstreamIn("a", "", time.Time{})})
		wantNews(t, m.heard(), `a maintenance>enabled "mei" in use again (set by mei)`)
		if !m.since("ups_a").IsZero() {
			t.Error("it is in use")
		}
		time.Sleep(48 * time.Hour)
		wantNews(t, m.heard())
	})
}

func TestTheEndOfMaintenanceIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMouth()
		m.restore(nil, nil, time.Now())
		defer m.run(t)()
		first, second := time.Now().Add(90*time.Minute), time.Now().Add(3*time.Hour)
		m.changed([]hw.Document{upstreamIn("a", hw.StateMaintenance, first), upstreamIn("b", hw.StateMaintenance, second)})
		if news := m.heard(); len(news) != 2 || !news[0].NotBefore.Equal(first) || !news[1].NotBefore.Equal(second) {
			t.Fatalf("told %+v", news)
		}
		time.Sleep(90*time.Minute - time.Second)
		wantNews(t, m.heard())
		time.Sleep(2 * time.Second)
		news := m.heard()
		wantNews(t, news, `a maintenance>enabled "" in use again: its maintenance ended at its time`)
		if len(news) != 1 || !news[0].At.Equal(first) {
			t.Errorf("told at %v, it ended at %s", news, first)
		}
		// A later end is no transition, and the old one no end.
		later := second.Add(time.Hour)
		m.changed([]hw.Document{upstreamIn("a", hw.StateMaintenance, first), upstreamIn("b", hw.StateMaintenance, later)})
		time.Sleep(time.Until(later) - time.Second)
		wantNews(t, m.heard())
		time.Sleep(2 * time.Second)
		wantNews(t, m.heard(), `b maintenance>enabled "" in use again: its maintenance ended at its time`)
	})
}

func TestNothingIsToldTwiceAfterARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		until := time.Now().Add(time.Hour)
		docs := func() []hw.Document {
			return []hw.Document{
				upstreamIn("a", hw.StateDisabled, time.Time{}), upstreamIn("b", hw.StateMaintenance, until), upstreamIn("c", "", time.Time{}), upstreamIn("d", "", time.Time{}),
			}
		}
		before := newMouth()
		before.restore(nil, nil, time.Now())
		before.changed(append(docs()[:3], upstreamIn("d", hw.StateDraining, time.Time{}), upstreamIn("e", hw.StateDraining, time.Time{})))
		told := before.heard()
		time.Sleep(time.Minute)
		after := newMouth()
		after.changed(docs()) // the configuration comes first
		wantNews(t, after.heard())
		after.restore(told, nil, time.Now())
		wantNews(t, after.heard(),
			`d draining>enabled "mei" in use again (set by mei); found so when the service started`,
			`e draining>unknown "" no longer configured; found so when the service started`)
		if got := after.since("ups_a"); !got.Equal(told[0].At) {
			t.Errorf("a is out since %s, it was told at %s", got, told[0].At)
		}
		time.Sleep(2 * time.Hour) // the maintenance ends while nothing runs
		late := newMouth()
		late.changed(docs())
		late.restore(told[:2], nil, time.Now())
		wantNews(t, late.heard(), `b maintenance>enabled "" in use again: its maintenance ended at its time; found so when the service started`)
		blind := newMouth()
		blind.changed(docs())
		blind.restore(nil, errors.New("the disk is gone"), time.Now())
		wantNews(t, blind.heard())
		if !blind.since("ups_a").IsZero() {
			t.Error("nobody knows since when")
		}
	})
}

// TestThousandsOfWordsAreToldInTurn takes more upstreams out at once than
// followers of the bus could keep up with.
func TestThousandsOfWordsAreToldInTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const many = 4*operatorNews + 1
		m := newMouth()
		m.restore(nil, nil, time.Now())
		stop := m.run(t)
		docs := make([]hw.Document, many)
		for i := range docs {
			docs[i] = upstreamIn(fmt.Sprintf("u-%04d", i), hw.StateDisabled, time.Time{})
		}
		m.changed(docs)
		synctest.Wait()
		stop()
		if news := m.heard(); len(news) != many || m.settled == 0 {
			t.Errorf("%d were told, with %d rests in between", len(news), m.settled)
		}
	})
}
