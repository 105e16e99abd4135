package admin

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"headwater/backend/hw"
)

// stripNow is five minutes into a quarter of an hour; the day before it begins
// at stripBegin.
func stripTimes() (begin, now time.Time) {
	now = time.Date(2026, 11, 28, 12, 5, 0, 0, time.UTC)
	return stripSince(now), now
}

func stripEvent(id int64, up, kind, scope string, at time.Time, from, to hw.HealthState) hw.HealthEvent {
	return hw.HealthEvent{ID: id, At: at, HealthChanged: hw.HealthChanged{Scope: scope, Kind: kind, Upstreams: []string{up}, From: from, To: to}}
}

// look is what the service does for one look.
func (p *strips) look(events []hw.HealthEvent, current []hw.TargetHealth, now time.Time, names ...string) hw.HealthStrip {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.takeLocked(events, now)
	p.standLocked(current, now)
	return p.answerLocked(names, now)
}

func TestStrip(t *testing.T) {
	begin, now := stripTimes()
	after := func(hours float64) time.Time { return begin.Add(time.Duration(hours * float64(time.Hour))) }
	var p strips
	strip := p.look([]hw.HealthEvent{
		stripEvent(1, "a", "endpoint", "e1", after(6), hw.HealthHealthy, hw.HealthOpen),
		stripEvent(2, "b", "model", "m1", after(7), hw.HealthHealthy, hw.HealthThrottled),
		stripEvent(3, "a", "endpoint", "e1", after(8), hw.HealthOpen, hw.HealthHealthy),
		stripEvent(4, "gone", "endpoint", "e9", after(23), hw.HealthHealthy, hw.HealthOpen),
	}, []hw.TargetHealth{
		{Upstream: "a", State: hw.HealthHealthy, Since: after(8)},
		{Upstream: "b", State: hw.HealthThrottled, Since: after(7)},
		{Upstream: "new", State: hw.HealthUnknown},
		{Upstream: "steady", State: hw.HealthHealthy, Since: after(-1)},
	}, now)
	if want := now.Add(-23*time.Hour - 50*time.Minute); strip.StepS != 900 || !strip.Since.Equal(want) || strip.Partial {
		t.Errorf("steps of %d s since %s, partial %v", strip.StepS, strip.Since, strip.Partial)
	}
	want := map[string]map[int]hw.HealthState{
		"a":      {0: hw.HealthHealthy, 23: hw.HealthHealthy, 24: hw.HealthOpen, 31: hw.HealthOpen, 32: hw.HealthOpen, 33: hw.HealthHealthy, 95: hw.HealthHealthy},
		"b":      {0: hw.HealthHealthy, 27: hw.HealthHealthy, 28: hw.HealthThrottled, 95: hw.HealthThrottled},
		"gone":   {0: hw.HealthHealthy, 91: hw.HealthHealthy, 92: hw.HealthOpen, 93: "", 95: ""},
		"new":    {0: "", 95: ""},
		"steady": {0: hw.HealthHealthy, 95: hw.HealthHealthy},
	}
	if len(strip.Upstreams) != len(want) {
		t.Fatalf("upstreams %+v", strip.Upstreams)
	}
	for _, up := range strip.Upstreams {
		if len(up.States) != 96 {
			t.Fatalf("%s has %d steps", up.Upstream, len(up.States))
		}
		for i, state := range want[up.Upstream] {
			if up.States[i] != state {
				t.Errorf("%s step %d is %q, want %q", up.Upstream, i, up.States[i], state)
			}
		}
	}
	if some := p.look(nil, nil, now, "b", "nobody"); len(some.Upstreams) != 1 || some.Upstreams[0].Upstream != "b" {
		t.Errorf("of two names: %+v", some.Upstreams)
	}
}

// TestStripForgetsWhatWasTakenOut looks at a key that was refused, and at one
// that took its place: the refusal stays in the past and ends with the key.
func TestStripForgetsWhatWasTakenOut(t *testing.T) {
	begin, now := stripTimes()
	after := func(hours float64) time.Time { return begin.Add(time.Duration(hours * float64(time.Hour))) }
	refused := []hw.HealthEvent{stripEvent(1, "a", "credential", "c1", after(6), hw.HealthHealthy, hw.HealthQuarantined)}
	var kept, replaced strips
	still := kept.look(refused, []hw.TargetHealth{{Upstream: "a", State: hw.HealthQuarantined, Since: after(6)}}, now)
	gone := replaced.look(refused, []hw.TargetHealth{{Upstream: "a", State: hw.HealthHealthy, Since: after(-1)}}, now)
	for _, row := range []struct {
		what      string
		strip     hw.HealthStrip
		then, now hw.HealthState
	}{
		{"the refused key is there", still, hw.HealthQuarantined, hw.HealthQuarantined},
		{"another key took its place", gone, hw.HealthQuarantined, hw.HealthHealthy},
	} {
		states := row.strip.Upstreams[0].States
		if states[24] != row.then || states[95] != row.now {
			t.Errorf("%s: then %s, now %s", row.what, states[24], states[95])
		}
	}
}

// TestStripMoves looks again and again while a day goes by: each look takes in
// only what is new, and comes to the same as one look at everything.
func TestStripMoves(t *testing.T) {
	begin, _ := stripTimes()
	var piecemeal strips
	var all []hw.HealthEvent
	state := hw.HealthHealthy
	var now time.Time
	var since time.Time
	for i := range 200 {
		now = begin.Add(time.Duration(i) * 11 * time.Minute)
		next := []hw.HealthState{hw.HealthHealthy, hw.HealthOpen, hw.HealthHealthy, hw.HealthThrottled, hw.HealthRamp}[i*i/30%5]
		var news []hw.HealthEvent
		if next != state {
			news = append(news, stripEvent(int64(len(all)+1), "a", "endpoint", "e1", now, state, next))
			all, state, since = append(all, news...), next, now
		}
		piecemeal.look(news, []hw.TargetHealth{{Upstream: "a", State: state, Since: since}}, now)
	}
	current := []hw.TargetHealth{{Upstream: "a", State: state, Since: since}}
	var atOnce strips
	got, want := piecemeal.look(nil, current, now), atOnce.look(all, current, now)
	if !slices.Equal(got.Upstreams[0].States, want.Upstreams[0].States) || !slices.Contains(got.Upstreams[0].States, hw.HealthOpen) {
		t.Errorf("bit by bit %v\nat once    %v", got.Upstreams[0].States, want.Upstreams[0].States)
	}
	if quiet := piecemeal.look(nil, nil, now.Add(48*time.Hour)); len(quiet.Upstreams) != 0 || len(piecemeal.byUp) != 0 || len(piecemeal.scopes) != 0 {
		t.Errorf("two days after it was taken out: %+v", quiet)
	}
}

func TestStripSaysWhatItMissed(t *testing.T) {
	begin, now := stripTimes()
	at := begin.Add(time.Hour)
	one := func(id int64) []hw.HealthEvent {
		return []hw.HealthEvent{stripEvent(id, "a", "endpoint", "e1", at, hw.HealthHealthy, hw.HealthOpen)}
	}
	var p strips
	if p.look(one(7), nil, now).Partial {
		t.Error("a history whose beginning has aged is whole")
	}
	if p.look(one(8), nil, now).Partial {
		t.Error("nothing was missed between 7 and 8")
	}
	if !p.look(one(10), nil, now).Partial {
		t.Error("9 was missed")
	}
	if p.look(nil, nil, now.Add(24*time.Hour)).Partial {
		t.Error("what was missed is more than a day ago")
	}
}

// BenchmarkStrip is one look of a page at fifty of five thousand upstreams, each
// of which has a target, with the transitions of a second in between.
func BenchmarkStrip(b *testing.B) {
	_, now := stripTimes()
	names, current := make([]string, 5000), make([]hw.TargetHealth, 5000)
	for i := range names {
		names[i] = fmt.Sprintf("u-%04d", i)
		current[i] = hw.TargetHealth{Upstream: names[i], State: hw.HealthHealthy, Since: now.Add(-time.Hour)}
	}
	var p strips
	var id int64
	second := func() []hw.HealthEvent {
		events := make([]hw.HealthEvent, 50)
		for i := range events {
			id++
			up := names[id%5000]
			from, to := hw.HealthHealthy, hw.HealthThrottled
			if id/5000%2 == 1 {
				from, to = to, from
			}
			events[i] = stripEvent(id, up, "model", up, now, from, to)
		}
		return events
	}
	for range 400 { // what is remembered of twenty thousand transitions
		p.look(second(), nil, now)
	}
	b.Run("after a second", func(b *testing.B) {
		for b.Loop() {
			p.look(second(), current, now, names[:50]...)
		}
	})
	b.Run("of all", func(b *testing.B) {
		for b.Loop() {
			p.look(second(), current, now)
		}
	})
}

// TestStripOfWhatAPersonTookOut looks at upstreams that a person has out of use,
// or had: from when it began and no longer, whatever was known of them before.
func TestStripOfWhatAPersonTookOut(t *testing.T) {
	begin, now := stripTimes()
	after := func(hours float64) time.Time { return begin.Add(time.Duration(hours * float64(time.Hour))) }
	word := func(id int64, up string, at time.Time, from, to hw.HealthState) hw.HealthEvent {
		return stripEvent(id, up, hw.HealthKindUpstream, "ups_"+up, at, from, to)
	}
	var p strips
	events := []hw.HealthEvent{
		stripEvent(1, "ill", "endpoint", "e1", after(2), hw.HealthHealthy, hw.HealthOpen),
		word(2, "over", after(4), hw.HealthEnabled, hw.HealthDraining),
		word(3, "ill", after(4), hw.HealthEnabled, hw.HealthMaintenance),
		word(4, "unused", after(5), hw.HealthEnabled, hw.HealthDisabled),
		word(5, "over", after(6), hw.HealthDraining, hw.HealthMaintenance),
		word(6, "over", after(8), hw.HealthMaintenance, hw.HealthEnabled),
	}
	current := []hw.TargetHealth{
		{Upstream: "ill", State: hw.HealthMaintenance, Since: after(4)},
		{Upstream: "over", State: hw.HealthHealthy, Since: after(-3)},
		{Upstream: "since", State: hw.HealthDisabled, Since: after(10)},
		{Upstream: "ever", State: hw.HealthDisabled, Since: after(-100)},
		{Upstream: "unknown", State: hw.HealthMaintenance},
	}
	p.look(events, current, after(12))
	strip := p.look([]hw.HealthEvent{
		word(7, "unused", after(20), hw.HealthDisabled, hw.HealthEnabled),
		word(8, "ill", after(21), hw.HealthMaintenance, hw.HealthEnabled),
	}, append(current[1:], hw.TargetHealth{Upstream: "ill", State: hw.HealthOpen, Since: after(2)}), now)
	for up, want := range map[string]map[int]hw.HealthState{
		"ill":     {7: hw.HealthHealthy, 8: hw.HealthOpen, 15: hw.HealthOpen, 16: hw.HealthOpen, 17: hw.HealthMaintenance, 83: hw.HealthMaintenance, 85: hw.HealthOpen, 95: hw.HealthOpen},
		"over":    {0: hw.HealthHealthy, 15: hw.HealthHealthy, 16: hw.HealthDraining, 23: hw.HealthDraining, 24: hw.HealthMaintenance, 32: hw.HealthMaintenance, 33: hw.HealthHealthy, 95: hw.HealthHealthy},
		"unused":  {0: "", 19: "", 20: hw.HealthDisabled, 80: hw.HealthDisabled, 81: "", 95: ""},
		"since":   {39: "", 40: hw.HealthDisabled, 95: hw.HealthDisabled},
		"ever":    {0: hw.HealthDisabled, 95: hw.HealthDisabled},
		"unknown": {0: "", 94: "", 95: hw.HealthMaintenance},
	} {
		i := slices.IndexFunc(strip.Upstreams, func(one hw.UpstreamStrip) bool { return one.Upstream == up })
		if i < 0 {
			t.Errorf("nothing of %s", up)
			continue
		}
		for step, state := range want {
			if got := strip.Upstreams[i].States[step]; got != state {
				t.Errorf("%s step %d is %q, want %q", up, step, got, state)
			}
		}
	}
}
