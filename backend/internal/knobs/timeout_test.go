package knobs_test

import (
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// slower wants a call to have taken at least its bound, and another, of a
// smaller bound, to have taken less than that.
func slower(t *testing.T, what string, short, shortBound, long, longBound time.Duration) {
	t.Helper()
	if short < shortBound || long < longBound || short >= longBound {
		t.Errorf("%s: bounds of %s and %s were kept to after %s and %s", what, shortBound, longBound, short, long)
	}
}

// silent accepts connections and says nothing on them.
func silent(t *testing.T) net.Addr {
	t.Helper()
	lc := net.ListenConfig{}
	ln, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var accepting sync.WaitGroup
	var open []net.Conn
	accepting.Go(func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			open = append(open, conn)
		}
	})
	t.Cleanup(func() {
		_ = ln.Close()
		accepting.Wait()
		for _, conn := range open {
			_ = conn.Close()
		}
	})
	return ln.Addr()
}

func connectTimeout(s *site) func(t *testing.T) {
	address, full := fullListener(s.t)
	set := func(ms int64) func(l *lane) {
		return func(l *lane) { tireless(l); l.up.BaseURL, l.up.Timeouts.ConnectMs = "http://"+address+"/v1", ms }
	}
	short, long := s.lane("100", set(100)), s.lane("1500", set(1500))
	return func(t *testing.T) {
		if !full {
			t.Skip("this system does not let connections wait for a listener that is full")
		}
		a, b := short.chat(t, "hello"), long.chat(t, "hello")
		served(t, "after the bound", a, "2")
		served(t, "after the bound", b, "2")
		slower(t, "connecting", a.took, 100*time.Millisecond, b.took, 1500*time.Millisecond)
	}
}

func tlsTimeout(s *site) func(t *testing.T) {
	address := silent(s.t)
	set := func(ms int64) func(l *lane) {
		return func(l *lane) { l.up.BaseURL, l.up.Timeouts.TLSMs = "https://"+address.String()+"/v1", ms }
	}
	short, long := s.lane("100", set(100)), s.lane("1500", set(1500))
	return func(t *testing.T) {
		a, b := short.chat(t, "hello"), long.chat(t, "hello")
		served(t, "after the bound", a, "2")
		served(t, "after the bound", b, "2")
		slower(t, "the TLS handshake", a.took, 100*time.Millisecond, b.took, 1500*time.Millisecond)
	}
}

func firstByteTimeout(s *site) func(t *testing.T) {
	set := func(ms int64) func(l *lane) {
		return func(l *lane) { tireless(l); l.up.Timeouts.FirstByteMs = ms }
	}
	short, long := s.lane("150", set(150)), s.lane("1500", set(1500))
	return func(t *testing.T) {
		for _, l := range []*lane{short, long} {
			l.primary.fault(t, "hang")
		}
		a, b := short.stream(t, "hello"), long.stream(t, "hello")
		served(t, "after the bound", a, "2")
		served(t, "after the bound", b, "2")
		slower(t, "the first content", a.took, 150*time.Millisecond, b.took, 1500*time.Millisecond)
		plain := short.chat(t, "hello")
		slower(t, "a plain answer", a.took, 150*time.Millisecond, plain.took, 600*time.Millisecond)
		short.primary.await(t, "that it hangs up", func() bool { return short.primary.gone() == 2 })
	}
}

func idleTimeout(s *site) func(t *testing.T) {
	set := func(ms int64) func(l *lane) { return func(l *lane) { l.up.Timeouts.IdleMs = ms } }
	short, long := s.lane("150", set(150)), s.lane("1500", set(1500))
	return func(t *testing.T) {
		got := map[*lane]reply{}
		for _, l := range []*lane{short, long} {
			l.primary.fault(t, "stall-after-2")
			got[l] = l.stream(t, "hello")
			if r := got[l]; r.status != 200 || !strings.Contains(r.body, "stream_interrupted") || strings.Contains(r.body, "[DONE]") {
				t.Errorf("%s: the caller is not told: %s", l.path.Name, r)
			}
		}
		slower(t, "silence", got[short].took, 150*time.Millisecond, got[long].took, 1500*time.Millisecond)
	}
}
