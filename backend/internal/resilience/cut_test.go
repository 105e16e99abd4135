//go:build linux

package resilience

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"headwater/backend/hw"
)

// cuts are answers of an upstream that break off after every byte there is, in
// each framing and with each end of the connection; every step-th of each place.
// Between them are whole ones, so that the breaker has no reason to open.
func cuts(lead, rest *tape, marks bool, step int, seen map[string]int) (plans []*sawing) {
	for _, chunked := range []bool{false, true} {
		tail := rest
		if chunked {
			tail = rest.chunked()
		}
		for _, reset := range []bool{false, true} {
			for cut := range tail.over {
				p := &sawing{lead: lead, rest: tail, chunked: chunked, reset: reset, cut: cut, got: make(chan struct{})}
				if marks && p.endsAsSomeDo() {
					continue
				}
				place := tail.places[cut]
				if seen[place]++; place != atEnd && seen[place]%step != 1 {
					continue
				}
				plans = append(plans, p)
				if len(plans)%8 == 0 {
					plans = append(plans, &sawing{lead: lead, rest: tail, chunked: chunked, cut: -1, got: make(chan struct{})})
				}
			}
		}
	}
	return plans
}

// endsAsSomeDo reports a stream that ends, after its reason to finish, as those
// vendors end theirs who send no end marker: nothing is missing.
func (p *sawing) endsAsSomeDo() bool {
	return !p.chunked && !p.reset && p.cut >= p.rest.finished && p.cut < p.rest.marker
}

// cutVerdict sorts what callers heard of streams that were cut.
type cutVerdict struct {
	cut, whole                        int
	silent, invented, foreign, spoilt []string
	places                            map[string]int
	numbers                           map[string]*sawing // by call id
}

func (v *cutVerdict) judge(p *sawing, h *heard) {
	v.numbers[h.id] = p
	what := fmt.Sprintf("%s: %s", p, h)
	if p.whole() {
		if v.whole++; !h.done || h.told != "" || h.text != words() {
			v.spoilt = append(v.spoilt, what)
		}
		return
	}
	v.cut++
	v.places[p.place()]++
	if h.err != nil || h.told != string(hw.CodeStreamInterrupted) {
		v.silent = append(v.silent, what)
	}
	if h.done || p.cut < p.rest.finished && strings.Contains(h.raw, `"finish_reason":"`) {
		v.invented = append(v.invented, what)
	}
	if h.text == "" || !strings.HasPrefix(words(), h.text) {
		v.foreign = append(v.foreign, what)
	}
}

// unflagged are the cut streams whose row does not say so.
func (v *cutVerdict) unflagged(rows map[string]hw.Call) (found []string) {
	for id, p := range v.numbers {
		row := rows[id]
		if p.whole() {
			continue
		}
		if !row.Interrupted || row.Code != hw.CodeStreamInterrupted || len(row.Attempts) != 1 || row.Attempts[0].Class != hw.ClassFailed {
			found = append(found, fmt.Sprintf("%s: %+v", p, row))
		}
	}
	return found
}

// Story 11: streams are cut after every kind of byte.
func TestStreamsCutAtEveryByte(t *testing.T) {
	s := begin(t, 11)
	step, seen := pick(5, 79), map[string]int{}
	leads, rests := openAITape()
	plans := map[string][]*sawing{"openai": cuts(leads, rests, true, step, seen)}
	leads, rests = anthropicTape()
	plans["anthropic"] = cuts(leads, rests, false, step, seen)

	config := configured{}.app()
	for _, name := range slices.Sorted(maps.Keys(plans)) {
		// What is cut here is the upstream's fault each time; this story is not
		// about the breaker that takes it out of use.
		config["upstreams"] = append(config["upstreams"], doc{
			"name": name, "provider": name + "-compatible", "base_url": saw(t, plans[name]).url(), "local": true, "max_in_flight": 500,
			"health": doc{"trip_failures": 100, "trip_percent": 1, "trip_samples": 10_000},
		})
		config.route(name, name)
	}
	sv := newService(t)
	sv.apply(config)
	c := sv.caller(t)
	v := cutVerdict{places: map[string]int{}, numbers: map[string]*sawing{}}
	for name, mine := range plans {
		all := make([]*heard, len(mine))
		together(len(mine), 12, func(i int) {
			var told atomic.Bool
			once := func() {
				if !told.Swap(true) {
					close(mine[i].got)
				}
			}
			all[i] = c.askThen(t.Context(), question{model: name, prompt: fmt.Sprintf("plan-%d-", i), stream: true}, once)
			once()
		})
		for i, h := range all {
			v.judge(mine[i], h)
		}
	}
	s.report(&v, sv.awaitCalls(v.cut+v.whole))
}

func (s *story) report(v *cutVerdict, rows map[string]hw.Call) {
	s.Helper()
	var places []string
	for _, place := range slices.Sorted(maps.Keys(v.places)) {
		places = append(places, fmt.Sprintf("%d %s", v.places[place], place))
	}
	s.figure(len(v.places) == 9, "streams cut after commit: at kinds of place", "9", fmt.Sprintf("%d: %s", len(v.places), strings.Join(places, ", ")))
	s.none("cut streams without an error event in the caller's dialect", v.silent, v.cut)
	s.none("cut streams with an end the upstream never sent ([DONE], or a reason to finish)", v.invented, v.cut)
	s.none("cut streams with words the upstream never said", v.foreign, v.cut)
	s.none("cut streams that the call log does not flag as interrupted by a failed attempt", v.unflagged(rows), v.cut)
	s.none("whole streams between them that did not come whole", v.spoilt, v.whole)
}
