//go:build linux

package resilience

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"headwater/backend/internal/testupstream"
)

// sound are the warm calls that make a target's usual times known; a timer is
// derived from 50 of a kind.
const sound = 60

// side asks every question the same number of times, spread evenly over one
// load: what differs between the answers is then not the moment.
func (c *caller) side(ctx context.Context, perSecond int, questions ...question) *crowd {
	var got crowd
	drive(ctx, perSecond*len(questions), func(i int) {
		// The end of the load is not the end of its calls.
		got.add(c.ask(context.WithoutCancel(ctx), questions[i%len(questions)]))
	})
	return &got
}

// countdown ends a load after so many calls, whatever the time they need.
func (c *caller) countdown(calls, perSecond int, ask func(i int) question) *crowd {
	var got crowd
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	drive(ctx, perSecond, func(i int) {
		if i >= calls {
			cancel()
			return
		}
		got.add(c.ask(context.WithoutCancel(ctx), ask(i)))
	})
	return &got
}

// Story 9: the primary's port is closed, an alternative is up. The same load
// goes, call by call in turn, to a route whose targets are all up.
func TestRefusedPrimaryAddsNothing(t *testing.T) {
	s := begin(t, 9)
	primary, spare, first, second := testupstream.Start(t), testupstream.Start(t), testupstream.Start(t), testupstream.Start(t)
	sv := newService(t)
	sv.apply(configured{}.app().
		upstream("primary", "openai-compatible", primary.BaseURL()).
		upstream("spare", "openai-compatible", spare.BaseURL()).
		upstream("first", "openai-compatible", first.BaseURL()).
		upstream("second", "openai-compatible", second.BaseURL()).
		route("refused", "primary", "spare").route("up", "first", "second"))
	c := sv.caller(t)
	kinds := func(i int) question {
		return question{model: [...]string{"refused", "up"}[i%2], stream: i%4 > 1, prompt: fmt.Sprint("hello ", i)}
	}
	s.none("calls before the primary fell that failed", unserved(c.countdown(4*sound, 200, kinds).all), 4*sound)

	primary.Down()
	n := pick(10_000, 300)
	got := c.countdown(2*n, pick(400, 300), kinds)
	refused, up := got.of("refused"), got.of("up")
	s.none(fmt.Sprintf("calls that failed, primary refused, alternative up, %d calls, half of them streams", n), unserved(refused), len(refused))
	s.none("calls that failed of the same load with both up", unserved(up), len(up))
	with, without := waits(refused), waits(up)
	s.atMost("what that adds to the first content, p99, to the same load with both up at the same time", 10*time.Millisecond,
		max(0, quantile(with, 0.99)-quantile(without, 0.99)), spread(with)+" beside"+spread(without))
	s.atMost("what it adds to the whole answer, p99", 10*time.Millisecond,
		max(0, quantile(spans(refused), 0.99)-quantile(spans(up), 0.99)), spread(spans(refused))+" beside"+spread(spans(up)))
}

// spans are the times to the end of the answers.
func spans(all []*heard) (times []time.Duration) {
	for _, h := range all {
		times = append(times, h.took())
	}
	return times
}

// unhurried starts a vendor that needs a while for its first token.
func unhurried(t *testing.T) *testupstream.Server {
	t.Helper()
	up := testupstream.Start(t)
	if err := up.SetFault("delay-200ms"); err != nil {
		t.Fatal(err)
	}
	return up
}

// Story 10: the primary takes connections and says nothing more. One primary
// is silent to everything, one goes on answering free checks: only its model
// is silent. The same load goes to a route whose targets are all well.
func TestSilentPrimary(t *testing.T) {
	s := begin(t, 10)
	ups := map[string]*testupstream.Server{}
	config := configured{}.app()
	for _, name := range []string{"silent", "mute", "spare", "backup", "first", "second"} {
		ups[name] = unhurried(t)
		config.upstream(name, "openai-compatible", ups[name].BaseURL())
	}
	sv := newService(t)
	sv.apply(config.route("silent", "silent", "spare").route("mute", "mute", "backup").route("well", "first", "second"))
	c := sv.caller(t)
	questions := []question{
		{model: "silent", prompt: "hello", stream: true}, {model: "mute", prompt: "hello", stream: true}, {model: "well", prompt: "hello", stream: true},
	}
	var warm crowd
	together(3*sound, 30, func(i int) { warm.add(c.ask(t.Context(), questions[i%3])) })
	s.none("streams that failed while all was well", unserved(warm.all), len(warm.all))

	ctx, cancel := context.WithTimeout(t.Context(), pick(5*time.Minute, 4*time.Second))
	defer cancel()
	if err := errors.Join(ups["silent"].SetFault("hang"), ups["mute"].SetFaultFor("m-mute", "hang")); err != nil {
		t.Fatal(err)
	}
	got := c.side(ctx, 20, questions...)

	without := waits(got.of("well"))
	s.none("streams that failed of the same load with all well", unserved(got.of("well")), len(got.of("well")))
	for _, row := range []struct{ model, what string }{
		{"silent", "primary silent to everything"}, {"mute", "primary silent, free checks answered"},
	} {
		all := got.of(row.model)
		with := waits(all)
		s.none(fmt.Sprintf("streams that failed, %s, 20/s", row.what), unserved(all), len(all))
		s.figure(len(late(all)) <= 5, "streams delayed by more than 3 s, "+row.what, "<= 5", fmt.Sprintf("%d of %d", len(late(all)), len(all)))
		s.atMost("what that adds to the first token, p99, "+row.what, 3*time.Second,
			max(0, quantile(with, 0.99)-quantile(without, 0.99)), spread(with)+" beside"+spread(without))
	}
}

// late are the streams whose first token took more than 3 s longer than usual.
func late(all []*heard) (found []*heard) {
	for _, h := range all {
		if !h.first.IsZero() && h.wait() > 3200*time.Millisecond {
			found = append(found, h)
		}
	}
	return found
}
