package bus_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"headwater/backend/hw"
	"headwater/backend/internal/bus"
)

// kept is how many events a topic keeps; the bus promises no less.
const kept = 1024

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// next returns the numbers of what is there.
func next(t *testing.T, s *bus.Subscription) (seqs []int64, dropped int64) {
	t.Helper()
	events, dropped, err := s.Next(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		seqs = append(seqs, e.Seq)
	}
	return seqs, dropped
}

// want checks that next gives the numbers from low to high.
func want(t *testing.T, s *bus.Subscription, low, high, lost int64) {
	t.Helper()
	seqs, dropped := next(t, s)
	var expected []int64
	for seq := low; seq <= high; seq++ {
		expected = append(expected, seq)
	}
	if !slices.Equal(seqs, expected) {
		t.Errorf("got %v, want %d to %d", seqs, low, high)
	}
	if dropped != lost {
		t.Errorf("%d dropped, want %d", dropped, lost)
	}
}

// wantNothing checks that a subscription has nothing to give. It runs in a
// synctest bubble, where the timeout costs no time.
func wantNothing(t *testing.T, s *bus.Subscription) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	events, dropped, err := s.Next(ctx)
	if !errors.Is(err, context.DeadlineExceeded) || events != nil || dropped != 0 {
		t.Errorf("got %v, %d dropped, %v; want nothing", events, dropped, err)
	}
}

// publish makes calls happen.
func publish(b *bus.Bus, n int) {
	for i := range n {
		b.Publish(hw.TopicCalls, i)
	}
}

func TestPublish(t *testing.T) {
	t.Run("numbers each topic from 1 without gaps", func(t *testing.T) {
		b := bus.New()
		calls, config := b.Subscribe(0, hw.TopicCalls), b.Subscribe(0, hw.TopicConfig)
		defer calls.Close()
		defer config.Close()
		b.Publish(hw.TopicCalls, "a")
		b.Publish(hw.TopicConfig, "b")
		b.Publish(hw.TopicCalls, "c")
		want(t, calls, 1, 2, 0)
		want(t, config, 1, 1, 0)
	})
	t.Run("tells topic, time and data", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b := bus.New()
			s := b.Subscribe(0, hw.TopicConfig)
			defer s.Close()
			b.Publish(hw.TopicConfig, hw.ConfigChanged{Generation: 7})
			events, _, err := s.Next(t.Context())
			if err != nil || len(events) != 1 {
				t.Fatalf("got %v, %v", events, err)
			}
			expected := hw.Event{Seq: 1, Topic: hw.TopicConfig, At: time.Now().UTC(), Data: hw.ConfigChanged{Generation: 7}}
			if events[0] != expected {
				t.Errorf("got %+v, want %+v", events[0], expected)
			}
		})
	})
	t.Run("never waits for a subscriber", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b := bus.New()
			for range 10 {
				t.Cleanup(b.Subscribe(0, hw.TopicCalls).Close) // nobody reads
			}
			started := time.Now()
			publish(b, 5*kept) // would deadlock the bubble if it waited
			if waited := time.Since(started); waited != 0 {
				t.Errorf("waited %v", waited)
			}
		})
	})
}

func TestNext(t *testing.T) {
	t.Run("waits, and returns at once what comes", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b := bus.New()
			s := b.Subscribe(0, hw.TopicCalls)
			defer s.Close()
			var waited time.Duration
			var wg sync.WaitGroup
			wg.Go(func() {
				started := time.Now()
				want(t, s, 1, 1, 0)
				waited = time.Since(started)
			})
			<-time.After(time.Minute) // virtual time
			synctest.Wait()
			b.Publish(hw.TopicCalls, "a")
			wg.Wait()
			if waited != time.Minute {
				t.Errorf("woke after %v", waited)
			}
		})
	})
	t.Run("gives all that is there in one go, once", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b := bus.New()
			s := b.Subscribe(0, hw.TopicCalls)
			defer s.Close()
			publish(b, 5)
			want(t, s, 1, 5, 0)
			wantNothing(t, s)
			publish(b, 1)
			want(t, s, 6, 6, 0)
		})
	})
	t.Run("keeps the order across topics", func(t *testing.T) {
		b := bus.New()
		s := b.Subscribe(0, hw.TopicCalls, hw.TopicHealth)
		defer s.Close()
		for i := range 40 {
			b.Publish([]hw.Topic{hw.TopicHealth, hw.TopicCalls, hw.TopicConfig}[i%3], i)
		}
		events, _, err := s.Next(t.Context())
		if err != nil || len(events) != 27 {
			t.Fatalf("got %d events, %v", len(events), err)
		}
		if !slices.IsSortedFunc(events, func(a, b hw.Event) int { return a.Data.(int) - b.Data.(int) }) {
			t.Errorf("out of order: %v", events)
		}
	})
	t.Run("hears only its topics", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b := bus.New()
			s := b.Subscribe(0, hw.TopicConfig)
			defer s.Close()
			publish(b, 10)
			wantNothing(t, s)
		})
	})
	t.Run("ends with the context", func(t *testing.T) {
		s := bus.New().Subscribe(0, hw.TopicCalls)
		defer s.Close()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, _, err := s.Next(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
}

func TestSlowSubscriber(t *testing.T) {
	t.Run("loses the oldest and is told how many, once", func(t *testing.T) {
		b := bus.New()
		slow, quick := b.Subscribe(0, hw.TopicCalls), b.Subscribe(0, hw.TopicCalls)
		defer slow.Close()
		defer quick.Close()
		publish(b, 10)
		want(t, quick, 1, 10, 0)
		publish(b, kept)
		want(t, quick, 11, kept+10, 0)
		want(t, slow, 11, kept+10, 10)
		publish(b, 1)
		want(t, slow, kept+11, kept+11, 0)
	})
	t.Run("loses nothing while it is no more behind than is kept", func(t *testing.T) {
		b := bus.New()
		s := b.Subscribe(0, hw.TopicCalls)
		defer s.Close()
		publish(b, kept)
		want(t, s, 1, kept, 0)
	})
	t.Run("loses on one topic and not on another", func(t *testing.T) {
		b := bus.New()
		s := b.Subscribe(0, hw.TopicCalls, hw.TopicConfig)
		defer s.Close()
		b.Publish(hw.TopicConfig, "first")
		publish(b, 3*kept)
		events, dropped, err := s.Next(t.Context())
		if err != nil || dropped != 2*kept || len(events) != kept+1 || events[0].Topic != hw.TopicConfig {
			t.Errorf("got %d events, %d dropped, %v", len(events), dropped, err)
		}
	})
}

func TestSubscribe(t *testing.T) {
	for name, row := range map[string]struct {
		published       int
		after           int64
		low, high, lost int64
	}{
		"resumes after the last one seen":         {10, 7, 8, 10, 0},
		"resumes from the first":                  {10, 1, 2, 10, 0},
		"resumes at the edge of what is kept":     {kept + 5, 5, 6, kept + 5, 0},
		"resumes too late and is told":            {kept + 5, 2, 6, kept + 5, 3},
		"resumes far too late and is told":        {3 * kept, 1, 2*kept + 1, 3 * kept, 2*kept - 1},
		"takes all after a restart of the bus":    {3, 500, 1, 3, 0},
		"takes all that is kept after a restart ": {kept + 3, 9999, 4, kept + 3, 0},
	} {
		t.Run(name, func(t *testing.T) {
			b := bus.New()
			publish(b, row.published)
			s := b.Subscribe(row.after, hw.TopicCalls)
			defer s.Close()
			want(t, s, row.low, row.high, row.lost)
		})
	}
	for name, after := range map[string]int64{"new ones only": 0, "nothing missed": 10, "nonsense": -3} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := bus.New()
				publish(b, 10)
				s := b.Subscribe(after, hw.TopicCalls)
				defer s.Close()
				wantNothing(t, s)
				publish(b, 2)
				want(t, s, 11, 12, 0)
			})
		})
	}
	t.Run("does not use the number of one topic for several", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b := bus.New()
			publish(b, 10)
			s := b.Subscribe(5, hw.TopicCalls, hw.TopicHealth)
			defer s.Close()
			wantNothing(t, s)
		})
	})
}

func TestClose(t *testing.T) {
	t.Run("wakes a waiting Next", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := bus.New().Subscribe(0, hw.TopicCalls)
			var err error
			var wg sync.WaitGroup
			wg.Go(func() { _, _, err = s.Next(t.Context()) })
			synctest.Wait()
			s.Close()
			wg.Wait()
			if !errors.Is(err, bus.ErrClosed) {
				t.Errorf("got %v", err)
			}
		})
	})
	t.Run("gives nothing any more, and may be repeated", func(t *testing.T) {
		b := bus.New()
		s := b.Subscribe(0, hw.TopicCalls)
		publish(b, 3)
		s.Close()
		s.Close()
		publish(b, 3)
		if events, _, err := s.Next(t.Context()); !errors.Is(err, bus.ErrClosed) || events != nil {
			t.Errorf("got %v, %v", events, err)
		}
	})
}

// TestTogether publishes, follows, resumes and closes at the same time; every
// follower must get every event exactly once or be told that it was dropped.
func TestTogether(t *testing.T) {
	const publishers, each, followers = 4, 2000, 4
	b := bus.New()
	var follow, public sync.WaitGroup
	for range followers {
		s := b.Subscribe(0, hw.TopicCalls)
		follow.Go(func() {
			var last, got, lost int64
			defer func() { s.Close() }()
			for got+lost < publishers*each {
				events, dropped, err := s.Next(t.Context())
				if err != nil {
					t.Error(err)
					return
				}
				lost += dropped
				got += int64(len(events))
				if first := events[0].Seq; first != last+dropped+1 {
					t.Errorf("%d follows %d with %d dropped", first, last, dropped)
				}
				last = events[len(events)-1].Seq
				if last%3 == 0 { // the line breaks
					s.Close()
					s = b.Subscribe(last, hw.TopicCalls)
				}
			}
		})
	}
	for range publishers {
		public.Go(func() { publish(b, each) })
	}
	public.Wait()
	follow.Wait()
}
