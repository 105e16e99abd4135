package knobs_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"headwater/backend/hw"
)

// then puts a tier of another kind behind the primary.
func then(tier hw.Tier) func(l *lane) {
	return func(l *lane) { l.path.Tiers = []hw.Tier{targets(l.up), tier} }
}

// told is what a plain answer says.
func told(t *testing.T, r reply) string {
	t.Helper()
	var body struct {
		Choices []struct{ Message struct{ Content string } }
	}
	if err := json.Unmarshal([]byte(r.body), &body); err != nil || len(body.Choices) == 0 {
		t.Errorf("not an answer: %s", r)
		return ""
	}
	return body.Choices[0].Message.Content
}

func tierTargets(s *site) func(t *testing.T) {
	usual := s.lane("usual")
	named := s.lane("targets", func(l *lane) { l.path.Tiers[0].Kind, l.path.Tiers[1].Kind = hw.TierTargets, hw.TierTargets })
	swapped := s.lane("swapped", func(l *lane) { slices.Reverse(l.path.Tiers) })
	return func(t *testing.T) {
		for l, first := range map[*lane]*vendor{usual: usual.primary, named: named.primary, swapped: swapped.spare} {
			served(t, l.path.Name, l.chat(t, "hello"), "1")
			if n := len(first.calls()); n != 1 {
				t.Errorf("%s: %d calls came to the first tier's upstream", l.path.Name, n)
			}
			first.fault(t, "cut")
			served(t, l.path.Name, l.chat(t, "hello"), "2")
		}
	}
}

func tierCache(s *site) func(t *testing.T) {
	kept, none := s.lane("cache", then(hw.Tier{Kind: hw.TierCache})), s.lane("none", alone)
	return func(t *testing.T) {
		for _, l := range []*lane{kept, none} {
			served(t, l.path.Name, l.chat(t, "hello"), "1")
			l.primary.fault(t, "cut")
		}
		got := kept.chat(t, "hello")
		served(t, "what was answered before", got, "2")
		if got.header.Get("Age") == "" || told(t, got) == "" {
			t.Errorf("from memory: %s", got)
		}
		if got := kept.chat(t, "something else"); got.status != 503 {
			t.Errorf("what was never answered: %s", got)
		}
		if got := none.chat(t, "hello"); got.status != 503 {
			t.Errorf("without a memory: %s", got)
		}
	}
}

func cacheFresh(s *site) func(t *testing.T) {
	set := func(seconds int64) func(l *lane) {
		return func(l *lane) {
			l.path.Tiers = []hw.Tier{{Kind: hw.TierCache, FreshSeconds: seconds}, targets(l.up)}
		}
	}
	none, short, long := s.lane("0", set(0)), s.lane("1", set(1)), s.lane("60", set(60))
	return func(t *testing.T) {
		for _, l := range []*lane{long, none, short} {
			l.row(t, 1)
		}
		long.row(t, 1)
		none.row(t, 1)
		<-time.After(1100 * time.Millisecond)
		for _, l := range []*lane{short, long} {
			l.row(t, 1)
		}
		for l, want := range map[*lane]int{none: 2, short: 2, long: 1} {
			if got := len(l.primary.calls()); got != want {
				t.Errorf("%s: the upstream was asked %d times, want %d", l.path.Name, got, want)
			}
		}
	}
}

func cacheStale(s *site) func(t *testing.T) {
	set := func(seconds int64) func(l *lane) { return then(hw.Tier{Kind: hw.TierCache, StaleSeconds: seconds}) }
	short, long, usual := s.lane("1", set(1)), s.lane("60", set(60)), s.lane("0", set(0))
	return func(t *testing.T) {
		for _, l := range []*lane{short, long, usual} {
			served(t, l.path.Name, l.chat(t, "hello"), "1")
			l.primary.fault(t, "cut")
		}
		<-time.After(1100 * time.Millisecond)
		if got := short.chat(t, "hello"); got.status != 503 {
			t.Errorf("too old an answer was given: %s", got)
		}
		served(t, "young enough", long.chat(t, "hello"), "2")
		served(t, "younger than a day", usual.chat(t, "hello"), "2")
	}
}

func tierHold(s *site) func(t *testing.T) {
	set := func(ms int64) func(l *lane) {
		return func(l *lane) { tireless(l); then(hw.Tier{Kind: hw.TierHold, WaitMs: ms})(l) }
	}
	short, long, usual, none := s.lane("200", set(200)), s.lane("1500", set(1500)), s.lane("0", set(0)), s.lane("none", tireless, alone)
	return func(t *testing.T) {
		for _, l := range []*lane{short, long, usual, none} {
			l.primary.fault(t, "cut")
		}
		if got := none.chat(t, "hello"); got.status != 503 || got.took > time.Second {
			t.Errorf("without a hold: %s", got)
		}
		patient := make(chan reply, 1)
		go func() { patient <- usual.chat(t, "hello") }()
		a, b := short.chat(t, "hello"), long.chat(t, "hello")
		if a.status != 503 || b.status != 503 {
			t.Errorf("in vain: %s and %s", a, b)
		}
		slower(t, "a hold", a.took, 200*time.Millisecond, b.took, 1500*time.Millisecond)
		usual.primary.fault(t, "")
		got := <-patient
		served(t, "after the recovery", got, "1")
		if n := len(usual.primary.calls()); got.took < b.took || n < 2 {
			t.Errorf("it was held for %s and asked %d times", got.took, n)
		}
	}
}

func tierDeferred(s *site) func(t *testing.T) {
	set := func(seconds int64) func(l *lane) {
		return func(l *lane) { tireless(l); then(hw.Tier{Kind: hw.TierDeferred, ExpireSeconds: seconds})(l) }
	}
	short, usual := s.lane("1", set(1)), s.lane("0", set(0))
	return func(t *testing.T) {
		places := map[*lane]string{}
		for _, l := range []*lane{short, usual} {
			l.primary.fault(t, "cut")
			if got := l.chat(t, "hello"); got.status != 503 {
				t.Errorf("for who did not ask for it: %s", got)
			}
			got := l.send(t, ask{route: l.path.Name, words: "later", prefer: "respond-async"})
			if got.status != http.StatusAccepted {
				t.Fatalf("it is not kept: %s", got)
			}
			places[l] = got.header.Get("Location")
		}
		stands := func(l *lane) reply { return s.do(t, http.MethodGet, places[l], nil, ask{}) }
		if !until(patience, func() bool { return stands(short).status == http.StatusGone }) {
			t.Errorf("it never expires: %s", stands(short))
		}
		if got := stands(usual); got.status != http.StatusAccepted {
			t.Errorf("the usual day is over: %s", got)
		}
		for _, l := range []*lane{short, usual} {
			l.primary.fault(t, "")
		}
		if !until(patience, func() bool { return stands(usual).status == http.StatusOK }) || told(t, stands(usual)) == "" {
			t.Errorf("it is never answered: %s", stands(usual))
		}
		if got := stands(short); got.status != http.StatusGone {
			t.Errorf("what had expired was answered: %s", got)
		}
	}
}

func tierScripted(s *site) func(t *testing.T) {
	texts := map[string]*lane{}
	for name, text := range map[string]string{"a": "Please come back later.", "b": "Wir sind gleich zurück."} {
		texts[text] = s.lane(name, then(hw.Tier{Kind: hw.TierScripted, Text: text}))
	}
	return func(t *testing.T) {
		for text, l := range texts {
			served(t, "while the upstream is well", l.chat(t, "hello"), "1")
			l.primary.fault(t, "cut")
			got := l.chat(t, "hello")
			served(t, "when it is not", got, "2")
			if said := told(t, got); said != text || !strings.Contains(got.header.Get("X-Headwater-Served-By"), "kind=scripted") {
				t.Errorf("it said %q: %s", said, got)
			}
		}
	}
}

func deadline(s *site) func(t *testing.T) {
	set := func(ms int64) func(l *lane) { return func(l *lane) { alone(l); l.path.DeadlineMs = ms } }
	short, long := s.lane("200", set(200)), s.lane("1500", set(1500))
	return func(t *testing.T) {
		got := map[*lane]reply{}
		for _, l := range []*lane{short, long} {
			l.primary.fault(t, "hang")
			got[l] = l.chat(t, "hello")
			if got[l].status != http.StatusGatewayTimeout {
				t.Errorf("%s: %s", l.path.Name, got[l])
			}
			l.primary.await(t, "that it hangs up", func() bool { return l.primary.gone() == 1 })
		}
		slower(t, "the deadline", got[short].took, 200*time.Millisecond, got[long].took, 1500*time.Millisecond)
		for _, l := range []*lane{short, long} {
			l.primary.fault(t, "delay-600ms")
		}
		if got := short.chat(t, "hello"); got.status == http.StatusOK {
			t.Errorf("after the deadline: %s", got)
		}
		served(t, "within the deadline", long.chat(t, "hello"), "1")
	}
}

func streamDeadline(s *site) func(t *testing.T) {
	apart := s.lane("apart", alone, func(l *lane) { l.path.DeadlineMs, l.path.StreamDeadlineMs = 300, 3000 })
	one := s.lane("one", alone, func(l *lane) { l.path.DeadlineMs = 300 })
	return func(t *testing.T) {
		for _, l := range []*lane{apart, one} {
			l.primary.fault(t, "delay-800ms")
			if got := l.chat(t, "hello"); got.status == http.StatusOK {
				t.Errorf("%s: a plain call after its deadline: %s", l.path.Name, got)
			}
		}
		served(t, "a stream within its deadline", apart.stream(t, "hello"), "1")
		if got := one.stream(t, "hello"); got.status == http.StatusOK {
			t.Errorf("a stream after the deadline of all: %s", got)
		}
	}
}

func routeState(s *site) func(t *testing.T) {
	set := func(state string) func(l *lane) { return func(l *lane) { l.path.State = state } }
	usual, on, off := s.lane("usual", set("")), s.lane("enabled", set(hw.StateEnabled)), s.lane("disabled", set(hw.StateDisabled))
	return func(t *testing.T) {
		served(t, "as it is", usual.chat(t, "hello"), "1")
		served(t, "enabled", on.chat(t, "hello"), "1")
		if got := off.chat(t, "hello"); got.status != http.StatusNotFound || len(off.primary.calls()) > 0 {
			t.Errorf("disabled: %s", got)
		}
	}
}
