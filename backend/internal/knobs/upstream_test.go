package knobs_test

import (
	"encoding/pem"
	"testing"
	"time"

	"headwater/backend/hw"
)

func provider(s *site) func(t *testing.T) {
	set := func(id string) func(l *lane) { return func(l *lane) { l.up.Provider = id } }
	a, b := s.lane("openai", set("openai-compatible")), s.lane("anthropic", set("anthropic-compatible"))
	for _, l := range []*lane{a, b} {
		s.secret(l.up, "secret", 0)
	}
	return func(t *testing.T) {
		for l, want := range map[*lane]string{a: "/v1/chat/completions", b: "/v1/messages"} {
			served(t, l.path.Name, l.chat(t, "hello"), "1")
			if got := l.primary.calls(); len(got) != 1 || got[0].path != want || got[0].key != "secret" {
				t.Errorf("%s: it was asked %+v, want %s", l.path.Name, got, want)
			}
		}
	}
}

func baseURL(s *site) func(t *testing.T) {
	plain := s.lane("plain")
	deep := s.lane("deep", func(l *lane) { l.up.BaseURL = l.primary.http.URL + "/tenant/v2" })
	return func(t *testing.T) {
		for l, want := range map[*lane]string{plain: "/v1/chat/completions", deep: "/tenant/v2/chat/completions"} {
			l.chat(t, "hello")
			if got := l.primary.calls(); len(got) != 1 || got[0].path != want {
				t.Errorf("%s: it was asked %+v, want %s", l.path.Name, got, want)
			}
		}
	}
}

func local(s *site) func(t *testing.T) {
	allowed, closed := s.lane("true"), s.lane("false", func(l *lane) { l.up.Local = false })
	return func(t *testing.T) {
		served(t, "where it is allowed", allowed.chat(t, "hello"), "1")
		served(t, "where it is not", closed.chat(t, "hello"), "2")
		if n := closed.primary.dialled(); n > 0 {
			t.Errorf("an address of this machine was dialled %d times", n)
		}
	}
}

func certificates(s *site) func(t *testing.T) {
	secure := func(l *lane) {
		l.primary = newVendor(s.t)
		l.primary.http.StartTLS()
		l.up.BaseURL = l.primary.http.URL + "/v1"
	}
	trusted, strange := s.lane("trusted", secure), s.lane("strange", secure)
	trusted.up.CACertificates = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: trusted.primary.http.Certificate().Raw}))
	return func(t *testing.T) {
		served(t, "with its certificate", trusted.chat(t, "hello"), "1")
		served(t, "without", strange.chat(t, "hello"), "2")
		if n := len(strange.primary.calls()); n > 0 {
			t.Errorf("%d calls came to who could not be trusted", n)
		}
	}
}

func maxInFlight(s *site) func(t *testing.T) {
	set := func(n int) func(l *lane) {
		return func(l *lane) { alone(l); l.up.MaxInFlight = n }
	}
	two, five, usual := s.lane("2", set(2)), s.lane("5", set(5)), s.lane("0", set(0))
	return func(t *testing.T) {
		const calls = 10
		for l, want := range map[*lane]int64{two: 2, five: 5, usual: calls} {
			l.primary.fault(t, "delay-500ms")
			for _, r := range many(calls, func(int) reply { return l.chat(t, "hello") }) {
				served(t, l.path.Name, r, "1")
			}
			if got := l.primary.Counts().Peak; got != want {
				t.Errorf("%s: %d at once, want %d", l.path.Name, got, want)
			}
		}
	}
}

func upstreamState(s *site) func(t *testing.T) {
	begun := map[string]*lane{}
	for _, state := range []string{hw.StateEnabled, hw.StateDraining, hw.StateMaintenance, hw.StateDisabled} {
		begun[state] = s.lane(state)
	}
	return func(t *testing.T) {
		under := map[string]chan reply{}
		for state, l := range begun {
			l.primary.fault(t, "delay-1500ms")
			under[state] = make(chan reply, 1)
			go func() { under[state] <- l.chat(t, "under way") }()
			l.primary.awaitCalls(t, 1)
			l.primary.fault(t, "")
			l.up.State = state
		}
		s.apply(t)
		for state, l := range begun {
			want := "2"
			if state == hw.StateEnabled {
				want = "1"
			}
			served(t, state+", a new call", l.chat(t, "new"), want)
			served(t, state+", the call under way", <-under[state], "1")
		}
	}
}

func maintenanceUntil(s *site) func(t *testing.T) {
	soon, never := s.lane("soon"), s.lane("never")
	return func(t *testing.T) {
		end := time.Now().Add(2 * time.Second)
		soon.up.MaintenanceUntil = end
		for _, l := range []*lane{soon, never} {
			l.up.State = hw.StateMaintenance
		}
		s.apply(t)
		if r := soon.chat(t, "hello"); time.Now().Before(end) {
			served(t, "before the end", r, "2")
		}
		if !until(patience, func() bool {
			return soon.chat(t, "hello").tier() == "1"
		}) {
			t.Fatal("maintenance does not end")
		}
		if at := soon.primary.calls()[0].at; at.Before(end) {
			t.Errorf("it was asked %s before the end", end.Sub(at))
		}
		served(t, "without an end", never.chat(t, "hello"), "2")
	}
}
