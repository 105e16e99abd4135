package knobs_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"headwater/backend/hw"
)

// begin starts a drill among the calls of the site, unless its scope says
// otherwise. It is over with the test at the latest.
func (s *site) begin(t *testing.T, spec hw.DrillSpec) hw.Drill {
	t.Helper()
	if !spec.Scope.Names() {
		spec.Scope.Tenant = s.tag
	}
	var d hw.Drill
	if err := s.house.admin(t.Context(), http.MethodPost, "drills", spec, &d); err != nil {
		t.Fatal(err)
	}
	ctx := context.WithoutCancel(t.Context())
	t.Cleanup(func() { _ = s.house.admin(ctx, http.MethodPost, "drills/"+d.ID+"/abort", nil, nil) }) // it may have ended
	return d
}

// end ends a drill.
func (s *site) end(t *testing.T, d hw.Drill) {
	t.Helper()
	if err := s.house.admin(t.Context(), http.MethodPost, "drills/"+d.ID+"/abort", nil, nil); err != nil {
		t.Fatal(err)
	}
}

// during runs something while a drill is on.
func (s *site) during(t *testing.T, spec hw.DrillSpec, do func()) {
	t.Helper()
	d := s.begin(t, spec)
	do()
	s.end(t, d)
}

// sign is how a fault shows: what the caller gets, what the attempt is called,
// and whether the call comes to the upstream at all.
type sign struct {
	stream  bool
	status  int
	class   hw.Class
	cause   string // a part of what the log says of it
	reaches bool
	least   time.Duration
	says    string // a part of what the caller is told
}

// signs are those of every fault of an upstream.
func signs() map[hw.DrillFault]sign {
	return map[hw.DrillFault]sign{
		hw.DrillRefused:        {status: 503, class: hw.ClassUnreachable, cause: "refused"},
		hw.DrillDNS:            {status: 503, class: hw.ClassUnreachable, cause: "name not found"},
		hw.DrillBlackhole:      {status: 504, class: hw.ClassSlow, stream: true, least: 300 * time.Millisecond},
		hw.DrillTLSExpired:     {status: 503, class: hw.ClassUnreachable, cause: "certificate expired"},
		hw.DrillSlowConnect:    {status: 200, class: hw.ClassOK, reaches: true, least: 250 * time.Millisecond},
		hw.DrillSlowFirstToken: {status: 200, class: hw.ClassOK, reaches: true, least: 250 * time.Millisecond},
		hw.DrillRate:           {status: 429, class: hw.ClassRate, cause: "429"},
		hw.DrillQuota:          {status: 502, class: hw.ClassQuota, cause: "insufficient_quota"},
		hw.DrillRevokedKey:     {status: 502, class: hw.ClassAuth, cause: "401"},
		hw.DrillError500:       {status: 503, class: hw.ClassFailed, cause: "500"},
		hw.DrillOverloaded503:  {status: 503, class: hw.ClassOverloaded, cause: "503"},
		hw.DrillOverloaded529:  {status: 503, class: hw.ClassOverloaded, cause: "529"},
		hw.DrillHTML:           {status: 503, class: hw.ClassOverloaded, cause: "502"},
		hw.DrillBadJSON:        {status: 502, class: hw.ClassFailed, cause: "malformed"},
		hw.DrillErrorIn200:     {status: 503, class: hw.ClassFailed, cause: "error inside the answer"},
		hw.DrillStall:          {status: 200, class: hw.ClassSlow, stream: true, reaches: true, least: 300 * time.Millisecond, says: "stream_interrupted"},
		hw.DrillCut:            {status: 200, class: hw.ClassFailed, cause: "broke off", stream: true, reaches: true, says: "stream_interrupted"},
		hw.DrillFlapping:       {status: 503, class: hw.ClassUnreachable, cause: "refused"},
	}
}

// drillFaults plays every fault of an upstream: what the caller gets of each,
// and that nothing of it is left afterwards.
func drillFaults(s *site) func(t *testing.T) {
	l := s.lane("l", alone, tireless)
	l.up.Timeouts.FirstByteMs, l.up.Timeouts.IdleMs = 300, 300
	l.path.Retry.TriesPerTier = 1
	return func(t *testing.T) {
		for fault, want := range signs() {
			t.Run(string(fault), func(t *testing.T) {
				spec := hw.DrillSpec{Fault: fault, Upstreams: []string{l.up.Name}}
				if fault == hw.DrillSlowConnect || fault == hw.DrillSlowFirstToken {
					spec.DelayMs = 250
				}
				before := len(l.primary.calls())
				var got reply
				l.during(t, spec, func() {
					got = l.send(t, ask{route: l.path.Name, words: string(fault), stream: want.stream})
				})
				came := len(l.primary.calls()) - before
				want.match(t, got, came)
				want.logged(t, l, got, fault)
				served(t, "after the drill", l.chat(t, "hello"), "1")
			})
		}
	}
}

func (w *sign) match(t *testing.T, got reply, came int) {
	t.Helper()
	if got.status != w.status || got.took < w.least || !strings.Contains(got.body, w.says) {
		t.Errorf("the caller got %s, want %d after %s", got, w.status, w.least)
	}
	if (came > 0) != w.reaches {
		t.Errorf("%d calls came to the upstream", came)
	}
	if w.status == http.StatusOK {
		return
	}
	if tried := got.header.Get("X-Headwater-Attempts"); !strings.Contains(tried, "class="+string(w.class)) {
		t.Errorf("the caller is told %q, want class %s", tried, w.class)
	}
}

// logged looks for the fault in the log's row of the call.
func (w *sign) logged(t *testing.T, l *lane, got reply, fault hw.DrillFault) {
	t.Helper()
	row, found := l.logRow(t, got, patience)
	if !found || len(row.Attempts) == 0 {
		t.Fatalf("the call is not in the log: %+v", row)
	}
	first := row.Attempts[0]
	if first.Drill != string(fault) || first.Class != w.class || !strings.Contains(first.Cause, w.cause) {
		t.Errorf("the log says %+v", first)
	}
}

// logRow reads the log's row of a call; false when there is none in time.
func (s *site) logRow(t *testing.T, got reply, limit time.Duration) (row hw.Call, found bool) {
	t.Helper()
	found = until(limit, func() bool {
		return s.house.admin(t.Context(), http.MethodGet, "calls/"+got.header.Get("X-Request-Id"), nil, &row) == nil
	})
	return row, found
}

// drillMachine plays the faults of this machine: no call notices, but what they
// stop is stopped.
func drillMachine(s *site) func(t *testing.T) {
	l := s.lane("l", alone)
	return func(t *testing.T) {
		t.Run(string(hw.DrillDiskFull), func(t *testing.T) {
			var got reply
			l.during(t, hw.DrillSpec{Fault: hw.DrillDiskFull}, func() {
				got = l.chat(t, "hello")
				served(t, "meanwhile", got, "1")
				if _, found := l.logRow(t, got, time.Second); found {
					t.Error("a full disk took a row of the log")
				}
			})
			after := l.chat(t, "hello")
			if _, found := l.logRow(t, after, patience); !found {
				t.Error("the log does not go on")
			}
		})
		t.Run(string(hw.DrillDatabaseLocked), func(t *testing.T) {
			change := func() error {
				l.path.Title += "x"
				return l.house.apply(t.Context(), l.site)
			}
			if err := change(); err != nil {
				t.Fatal(err)
			}
			l.during(t, hw.DrillSpec{Fault: hw.DrillDatabaseLocked}, func() {
				got := l.chat(t, "hello")
				served(t, "meanwhile", got, "1")
				if err := change(); !errors.Is(err, errAdmin) || !strings.Contains(err.Error(), ": 503 ") {
					t.Errorf("a locked database took a change: %v", err)
				}
				if _, found := l.logRow(t, got, patience); !found {
					t.Error("the log is held up")
				}
			})
			if err := change(); err != nil {
				t.Errorf("afterwards: %v", err)
			}
		})
	}
}
