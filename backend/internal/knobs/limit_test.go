package knobs_test

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"headwater/backend/hw"
)

// settle puts the installation's settings in force.
func (s *site) settle(t *testing.T, settings hw.Setting) {
	t.Helper()
	settings.Name = hw.SettingName
	s.Settings = &settings
	s.apply(t)
}

// crowd are calls that hang until it is sent home.
type crowd struct {
	l      *lane
	key    string
	ctx    context.Context //nolint:containedctx // that of all its calls
	home   context.CancelFunc
	under  sync.WaitGroup
	mu     sync.Mutex
	turned []reply // those that were turned away
}

func (l *lane) crowd(t *testing.T, key string) *crowd {
	t.Helper()
	l.primary.fault(t, "hang")
	l.primary.forget()
	c := &crowd{l: l, key: key}
	c.ctx, c.home = context.WithCancel(t.Context())
	t.Cleanup(c.disperse)
	return c
}

func (c *crowd) disperse() {
	c.home()
	c.under.Wait()
}

// join adds a call.
func (c *crowd) join(t *testing.T) {
	t.Helper()
	c.under.Go(func() {
		r := c.l.send(t, ask{route: c.l.path.Name, words: "hello", key: c.key, ctx: c.ctx})
		if r.err == nil {
			c.mu.Lock()
			c.turned = append(c.turned, r)
			c.mu.Unlock()
		}
	})
}

func (c *crowd) away() []reply {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.turned)
}

// awaitAway returns once n calls were turned away, as they should be.
func (c *crowd) awaitAway(t *testing.T, n int) {
	t.Helper()
	if !until(patience, func() bool { return len(c.away()) >= n }) {
		t.Fatalf("%d calls were turned away, want %d", len(c.away()), n)
	}
	for _, r := range c.away() {
		if r.status != http.StatusServiceUnavailable || r.header.Get("Retry-After") != "1" {
			t.Errorf("turned away with %s", r)
		}
	}
}

// important is a caller of the highest class.
func (s *site) important() string {
	return s.caller("vip", func(a *hw.App, _ *hw.Key) { a.Criticality = hw.CriticalPlus })
}

func maxCalls(s *site) func(t *testing.T) {
	vip, l := s.important(), s.lane("l", alone)
	return func(t *testing.T) {
		for _, most := range []int{4, 9} {
			s.settle(t, hw.Setting{MaxCalls: most})
			c := l.crowd(t, vip)
			for n := range 12 {
				c.join(t)
				if n < most {
					l.primary.awaitCalls(t, n+1)
				} else {
					c.awaitAway(t, n+1-most)
				}
			}
			if got := len(l.primary.calls()); got != most {
				t.Errorf("of 12 calls at once %d came to the upstream, want %d", got, most)
			}
			c.disperse()
		}
		s.settle(t, hw.Setting{})
		c := l.crowd(t, vip)
		for range 12 {
			c.join(t)
		}
		l.primary.awaitCalls(t, 12)
	}
}

func queueCalls(s *site) func(t *testing.T) {
	l := s.lane("l", alone, func(l *lane) { l.up.MaxInFlight = 1 })
	return func(t *testing.T) {
		const calls = 8
		for _, places := range []int{1, 4} {
			s.settle(t, hw.Setting{QueueCalls: places, QueueMs: 60_000})
			c := l.crowd(t, "")
			c.join(t)
			l.primary.awaitCalls(t, 1)
			for range calls - 1 {
				c.join(t)
			}
			c.awaitAway(t, calls-1-places)
			<-time.After(200 * time.Millisecond)
			if got := len(c.away()); got != calls-1-places {
				t.Errorf("beside %d that may wait %d of %d were turned away", places, got, calls-1)
			}
			c.disperse()
		}
		s.settle(t, hw.Setting{})
	}
}

func queueMs(s *site) func(t *testing.T) {
	one := func(l *lane) { l.up.MaxInFlight = 1 }
	l := s.lane("l", alone, one)
	brief := s.lane("brief", alone, one, func(l *lane) { l.path.DeadlineMs = 4000 })
	return func(t *testing.T) {
		took := map[int64]time.Duration{}
		for _, ms := range []int64{200, 1500} {
			s.settle(t, hw.Setting{QueueMs: ms})
			c := l.crowd(t, "")
			c.join(t)
			l.primary.awaitCalls(t, 1)
			got := l.chat(t, "in vain")
			if got.status != http.StatusServiceUnavailable {
				t.Errorf("in vain: %s", got)
			}
			took[ms] = got.took
			c.disperse()
		}
		slower(t, "a place", took[200], 200*time.Millisecond, took[1500], 1500*time.Millisecond)
		s.settle(t, hw.Setting{})
		t.Run("holds for a call with a short deadline too", func(t *testing.T) {
			brief.primary.fault(t, "delay-400ms")
			for _, r := range many(2, func(int) reply { return brief.chat(t, "hello") }) {
				served(t, "one at a time, within 4 s", r, "1")
			}
		})
	}
}

// classes are the criticalities, from the one that is refused first.
func classes() []string {
	return []string{hw.Sheddable, hw.SheddablePlus, hw.Critical, hw.CriticalPlus}
}

func criticality(s *site) func(t *testing.T) {
	keys := map[string]string{}
	for _, class := range classes() {
		keys[class] = s.caller(class, func(a *hw.App, _ *hw.Key) { a.Criticality = class })
	}
	full, quick := s.lane("full", alone), s.lane("quick", alone)
	narrow := s.lane("narrow", alone, func(l *lane) { l.up.MaxInFlight = 1 })
	return func(t *testing.T) {
		t.Run("says who is turned away first", func(t *testing.T) { refusedFirst(t, keys, full, quick) })
		t.Run("says who gets a place first", func(t *testing.T) { placedFirst(t, keys, narrow) })
		t.Run("says who leaves a full queue", func(t *testing.T) { evicted(t, keys, narrow) })
		narrow.settle(t, hw.Setting{})
	}
}

// refusedFirst fills the house call by call and sees from when on each class is
// turned away. The share that each may fill is 80, 90, 95 and 100 of 100.
func refusedFirst(t *testing.T, keys map[string]string, full, quick *lane) {
	t.Helper()
	const most = 20
	full.settle(t, hw.Setting{MaxCalls: most})
	c := full.crowd(t, keys[hw.CriticalPlus])
	from := map[string]int{}
	for n := 1; n <= most; n++ {
		<-time.After(20 * time.Millisecond) // whoever was answered last is gone
		c.join(t)
		full.primary.awaitCalls(t, n)
		if n < most*3/4 {
			continue
		}
		for class, key := range keys {
			// A call that has just been answered may count for a moment more.
			admitted := until(100*time.Millisecond, func() bool {
				return quick.send(t, ask{route: quick.path.Name, words: "hello", key: key}).status == http.StatusOK
			})
			if !admitted && from[class] == 0 {
				from[class] = n
			}
		}
		if quick.send(t, ask{route: quick.path.Name, words: "hello"}).status == http.StatusOK && from[hw.Critical] > 0 {
			t.Error("an app without a class is served when the critical are not")
		}
	}
	for i, want := range []int{16, 18, 19, 20} {
		if got := from[classes()[i]]; got != want {
			t.Errorf("%s is turned away from %d of %d calls on, want %d", classes()[i], got, most, want)
		}
	}
}

// placedFirst lets calls wait, the least important first, and sees in which
// order they get a place.
func placedFirst(t *testing.T, keys map[string]string, narrow *lane) {
	t.Helper()
	narrow.settle(t, hw.Setting{})
	narrow.scripted(t, "delay-1500ms")
	var all sync.WaitGroup
	call := func(words, key string) {
		all.Go(func() {
			served(t, words, narrow.send(t, ask{route: narrow.path.Name, words: words, key: key}), "1")
		})
	}
	call("first", "")
	narrow.primary.awaitCalls(t, 1)
	for _, class := range classes() {
		call(class, keys[class])
		<-time.After(50 * time.Millisecond)
	}
	all.Wait()
	var order []string
	for _, a := range narrow.primary.calls()[1:] {
		order = append(order, a.words)
	}
	want := classes()
	slices.Reverse(want)
	if !slices.Equal(order, want) {
		t.Errorf("the order was %v", order)
	}
}

// evicted fills the queue with a call that must leave for a more important one.
func evicted(t *testing.T, keys map[string]string, narrow *lane) {
	t.Helper()
	narrow.settle(t, hw.Setting{QueueCalls: 1, QueueMs: 60_000})
	occupant := narrow.crowd(t, "")
	occupant.join(t)
	narrow.primary.awaitCalls(t, 1)
	waiting := &crowd{l: narrow, key: keys[hw.Sheddable], ctx: occupant.ctx, home: occupant.home}
	waiting.join(t)
	<-time.After(100 * time.Millisecond)
	more := &crowd{l: narrow, key: keys[hw.Critical], ctx: occupant.ctx, home: occupant.home}
	more.join(t)
	waiting.awaitAway(t, 1)
	<-time.After(100 * time.Millisecond)
	if n := len(more.away()); n > 0 {
		t.Errorf("the more important one was turned away")
	}
	occupant.disperse()
	waiting.under.Wait()
	more.under.Wait()
}
