//go:build linux

package resilience

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"headwater/backend/hw"
)

// hands is how many callers a mixed load has at a time.
const hands = 96

// Story 21: a crowd of calls meets every fault, on ladders of every kind.
func TestMixedFaults(t *testing.T) {
	s := begin(t, 21)
	m := newMedley(t)
	idle := idleGoroutines(t, m.configuration())
	sv := newTracedService(t)
	sv.apply(m.configuration())
	c := sv.caller(t)
	total := pick(100_000, 3000)

	m.run(c, 6*hands, hands) // buffers, threads and idle connections that stay
	warm := func() { m.quiet(c) }
	heap, _ := sv.heap(warm)
	m.settle(t, c)
	before := sv.usage()
	m.run(c, total, hands)
	m.judge(s, sv)

	m.calmDown(t)
	m.fetch(s, c)
	after, ok := sv.heap(warm)
	s.figure(ok && after <= heap+8, fmt.Sprintf("live heap after %d calls", total), "<= what it was, and 8 MiB", fmt.Sprintf("%d MiB, before %d MiB (resident %.0f MiB, before %.0f MiB)", after, heap, sv.usage().rssMiB, before.rssMiB))
	m.settle(t, c)
	var is usage
	back := within(2*time.Second, func() bool { is = sv.usage(); return is.files <= before.files+5 })
	s.figure(back && is.threads <= before.threads+5, "descriptors, besides its databases', and threads after it", fmt.Sprintf("<= %d and %d (before + 5)", before.files+5, before.threads+5),
		fmt.Sprintf("%d and %d", is.files, is.threads))
	s.stored(is)
	if shared.full {
		sv.atRest(s, m, c)
	}
	n := sv.goroutines()
	s.figure(n <= idle+5, "goroutines when nothing is under way any more", fmt.Sprintf("<= %d (an idle service + 5)", idle+5), fmt.Sprint(n))
}

// idleGoroutines are those of a service that has answered a few calls.
func idleGoroutines(t *testing.T, c configured) int {
	t.Helper()
	sv := newService(t)
	sv.apply(c)
	caller := sv.caller(t)
	caller.plead(t.Context(), plea{model: "mixed", prompt: "one"})
	caller.client.CloseIdleConnections()
	time.Sleep(500 * time.Millisecond)
	return sv.goroutines()
}

// atRest looks at what is left of a crowd when nobody has called for longer
// than a connection may be idle.
func (s *service) atRest(st *story, m *medley, c *caller) {
	st.Helper()
	before := s.usage().sockets
	if err := m.still.SetFault("delay-500ms"); err != nil {
		st.Fatal(err)
	}
	m.crowd(c, 100)
	m.still.Clear()
	m.cut(s.t)
	c.client.CloseIdleConnections()
	left, began := 0, time.Now()
	back := within(100*time.Second, func() bool { left = s.usage().sockets; return left <= before+5 })
	st.figure(back, "sockets after 100 calls at once, when nobody has called for 100 s and the upstream has closed its ends", fmt.Sprintf("<= %d (before + 5)", before+5),
		fmt.Sprintf("%d after %s", left, short(time.Since(began))))
	m.settle(s.t, c)
}

// judge says what the callers got while everything failed.
func (m *medley) judge(s *story, sv *service) {
	s.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	injected := int64(0)
	for _, up := range m.moodies() {
		injected += up.moods.Load()
	}
	s.none(fmt.Sprintf("calls of a mixed load with %d kinds of faults, %d of them injected, that got neither a whole answer, a deferral nor an honest break; %d left by themselves", len(moods), injected, m.hungUp), m.wrong, m.calls)
	var used []string
	for _, by := range slices.Sorted(maps.Keys(m.by)) {
		used = append(used, fmt.Sprintf("%s %d", by, m.by[by]))
	}
	held := 0
	for _, row := range sv.calls() {
		if slices.ContainsFunc(row.Attempts, func(a hw.Attempt) bool { return a.Kind == hw.TierHold && a.Class == hw.ClassOK }) {
			held++
		}
	}
	used = append(used, fmt.Sprintf("after a hold %d", held))
	all := held > 0 && m.by["cache"] > 0 && m.by["scripted"] > 0 && m.by["deferred"] > 0 && m.by["wild-0"] > 0 && m.by["calm"] > 0
	s.figure(all, "who answered them", "targets, cache, hold, scripts and deferrals", strings.Join(used, ", "))
}

// fetch waits for the answers to the deferred calls.
func (m *medley) fetch(s *story, c *caller) {
	s.Helper()
	began := time.Now()
	open := map[string]bool{}
	for _, path := range m.deferred {
		open[path] = true
	}
	answered, expired := 0, 0
	var wrong []string
	// A call that failed often is tried again after up to a minute.
	within(pick(5*time.Minute, 90*time.Second), func() bool {
		for path := range open {
			a := c.fetch(s.Context(), path)
			e, _ := openAIError(a.body)
			switch {
			case a.status == http.StatusAccepted:
				continue
			case a.whole() && a.text != "":
				answered++
			case a.status == http.StatusGone && e.Error.Code == "expired":
				expired++
			default:
				wrong = append(wrong, a.String())
			}
			delete(open, path)
		}
		return len(open) == 0
	})
	for path := range open {
		wrong = append(wrong, "still waits: "+path)
	}
	s.none(fmt.Sprintf("deferred calls that were neither answered (%d) nor said to have expired (%d) %s after recovery", answered, expired, short(time.Since(began))), wrong, len(m.deferred))
}
