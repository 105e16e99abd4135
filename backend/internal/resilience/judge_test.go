//go:build linux

package resilience

import (
	"errors"
	"net/http"
	"testing"

	"headwater/backend/hw"
)

// A suite that cannot fail proves nothing: each way to break a promise must be
// found by what judges the answers.
func TestJudge(t *testing.T) {
	const whole = "one two three"
	for _, row := range []struct {
		why string
		a   answer
		// what the verdict must count
		failed, silent, garbled, interrupted int
	}{
		{"a plain answer", answer{status: 200, done: true, text: whole}, 0, 0, 0, 0},
		{"a stream", answer{stream: true, status: 200, done: true, text: whole}, 0, 0, 0, 0},
		{"a refusal", answer{status: 503, body: "{}"}, 1, 0, 0, 0},
		{"no connection", answer{err: errors.New("refused")}, 1, 0, 0, 0},
		{"half a plain answer", answer{status: 200, err: errors.New("cut")}, 1, 0, 0, 0},
		{"a stream that ended before its first word", answer{stream: true, status: 200, told: "stream_interrupted"}, 1, 0, 0, 0},
		{"a stream that ended silently", answer{stream: true, status: 200, text: "one"}, 0, 1, 0, 0},
		{"a stream that was cut", answer{stream: true, status: 200, text: "one", err: errors.New("cut")}, 0, 1, 0, 0},
		{"an invented end after an error", answer{stream: true, status: 200, text: "one", told: "stream_interrupted", done: true}, 0, 1, 0, 0},
		{"an invented end without one", answer{stream: true, status: 200, text: "one", done: true}, 0, 0, 1, 0},
		{"words of two upstreams", answer{stream: true, status: 200, text: "one twone two three", done: true}, 0, 0, 1, 0},
		{"an honest break", answer{stream: true, status: 200, text: "one", told: "stream_interrupted"}, 0, 0, 0, 1},
		{"an honest break after foreign words", answer{stream: true, status: 200, text: "two", told: "stream_interrupted"}, 0, 0, 1, 1},
	} {
		v := judge([]*answer{&row.a}, whole)
		if len(v.failed) != row.failed || len(v.silent) != row.silent || len(v.garbled) != row.garbled || v.interrupted != row.interrupted {
			t.Errorf("%s is judged %+v", row.why, v)
		}
	}
}

func TestDisagreement(t *testing.T) {
	a := answer{id: "req_1", stream: true, status: 200, told: "stream_interrupted", header: http.Header{
		"X-Headwater-Attempts":  {"one;class=unreachable;ms=1, two;class=ok;ms=5"},
		"X-Headwater-Served-By": {"tier=2;upstream=two;model=m"},
	}}
	good := func() hw.Call {
		return hw.Call{
			ID: "req_1", Stream: true, Status: 200, Interrupted: true, Code: "stream_interrupted", Tier: 2, Upstream: "two",
			Attempts: []hw.Attempt{{Upstream: "one", Class: hw.ClassUnreachable}, {Upstream: "two", Class: hw.ClassFailed}},
		}
	}
	row := good()
	if why := disagreement(&a, &row); why != "" {
		t.Errorf("a row that agrees: %s", why)
	}
	for why, spoil := range map[string]func(*hw.Call){
		"status":             func(c *hw.Call) { c.Status = 503 },
		"stream":             func(c *hw.Call) { c.Stream = false },
		"interrupted":        func(c *hw.Call) { c.Interrupted = false },
		"code":               func(c *hw.Call) { c.Code = "" },
		"number of attempts": func(c *hw.Call) { c.Attempts = c.Attempts[1:] },
		"who served it":      func(c *hw.Call) { c.Upstream = "one" },
		"attempt 1":          func(c *hw.Call) { c.Attempts[0].Class = hw.ClassRate },
		"attempt 2":          func(c *hw.Call) { c.Attempts[1].Upstream = "three" },
	} {
		row := good()
		spoil(&row)
		if got := disagreement(&a, &row); got != why {
			t.Errorf("a row wrong in %q is found %q", why, got)
		}
	}
}

func TestLedger(t *testing.T) {
	for _, row := range []struct {
		names []string
		pair  int
		half  bool
	}{
		{[]string{"fast"}, 0, false},
		{[]string{"fast", "pair-5-a", "pair-5-b"}, 5, false},
		{[]string{"fast", "pair-5-a"}, 5, true},
		{[]string{"pair-5-a", "pair-5-b", "pair-10-a", "pair-10-b"}, 0, true},
		{[]string{"pair-5-a", "pair-10-b"}, 0, true},
	} {
		pair, broken := pairOf(row.names)
		if (broken != "") != row.half || !row.half && pair != row.pair {
			t.Errorf("%v: pair %d, %q", row.names, pair, broken)
		}
	}
	l := ledger{Tenants: map[string]string{"a": "x"}, Pair: 5, Keys: map[string]string{"k": "secret"}}
	if why := l.agrees(ledger{Tenants: map[string]string{"a": "x"}, Pair: 5, Keys: map[string]string{"k": ""}}); why != "" {
		t.Error(why)
	}
	for _, seen := range []ledger{
		{Tenants: map[string]string{"a": "y"}, Pair: 5, Keys: l.Keys},
		{Tenants: map[string]string{}, Pair: 5, Keys: l.Keys},
		{Tenants: l.Tenants, Pair: 0, Keys: l.Keys},
		{Tenants: l.Tenants, Pair: 5, Keys: map[string]string{}},
	} {
		if l.agrees(seen) == "" {
			t.Errorf("%+v passes for %+v", seen, l)
		}
	}
}
