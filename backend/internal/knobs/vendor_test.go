package knobs_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"headwater/backend/internal/testupstream"
)

// patience bounds every wait for something that has to happen.
const patience = 20 * time.Second

// vendor is the fake vendor with a watch at its door: who came, when, and with
// what.
type vendor struct {
	*testupstream.Server
	http *httptest.Server

	mu sync.Mutex
	// The fields below are guarded by mu.
	seen    []arrival
	left    int // requests whose client went before the answer was complete
	dials   int
	pages   map[string]page
	changed chan struct{} // closed and replaced with each change
}

// arrival is one request as it came.
type arrival struct {
	at                  time.Time
	method, path, query string
	model, key          string
	words               string // the last message, or what an embedding is asked of
	most                int    // tokens that the answer may have
}

// page is an answer to a path that the fake itself does not know.
type page struct {
	status int
	body   string
	delay  time.Duration
}

func newVendor(t *testing.T) *vendor {
	t.Helper()
	v := &vendor{Server: testupstream.New(), pages: map[string]page{}, changed: make(chan struct{})}
	v.http = httptest.NewUnstartedServer(v)
	v.http.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	v.http.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			v.note(func() { v.dials++ })
		}
	}
	t.Cleanup(func() {
		v.http.CloseClientConnections()
		v.http.Close()
	})
	return v
}

// startVendor is a vendor that is there.
func startVendor(t *testing.T) *vendor {
	t.Helper()
	v := newVendor(t)
	v.http.Start()
	return v
}

func (v *vendor) note(change func()) {
	v.mu.Lock()
	defer v.mu.Unlock()
	change()
	close(v.changed)
	v.changed = make(chan struct{})
}

// ServeHTTP implements http.Handler.
func (v *vendor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // who asked is gone
	}
	v.note(func() { v.seen = append(v.seen, arrivalOf(r, body)) })
	defer func() {
		if r.Context().Err() != nil {
			v.note(func() { v.left++ })
		}
	}()
	v.mu.Lock()
	p, has := v.pages[r.URL.Path]
	v.mu.Unlock()
	if !has {
		r.Body = io.NopCloser(bytes.NewReader(body))
		v.Server.ServeHTTP(w, r)
		return
	}
	timer := time.NewTimer(p.delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		if json.Valid([]byte(p.body)) {
			w.Header().Set("Content-Type", "application/json")
		}
		w.WriteHeader(p.status)
		_, _ = io.WriteString(w, p.body)
	case <-r.Context().Done():
	}
}

func arrivalOf(r *http.Request, body []byte) arrival {
	a := arrival{at: time.Now(), method: r.Method, path: r.URL.Path, query: r.URL.RawQuery}
	a.key = strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ") + r.Header.Get("X-Api-Key")
	var asked struct {
		Model, Input string
		Messages     []struct{ Content string }
	}
	if json.Unmarshal(body, &asked) == nil {
		a.model, a.words = asked.Model, asked.Input
		if n := len(asked.Messages); n > 0 {
			a.words = asked.Messages[n-1].Content
		}
	}
	var bound struct {
		MaxTokens int `json:"max_tokens"`
	}
	if json.Unmarshal(body, &bound) == nil {
		a.most = bound.MaxTokens
	}
	return a
}

// fault makes every request meet a fault; "" ends that.
func (v *vendor) fault(t *testing.T, text string) {
	t.Helper()
	v.Clear()
	if text == "" {
		return
	}
	if err := v.SetFault(text); err != nil {
		t.Fatal(err)
	}
}

// answers sets a page.
func (v *vendor) answers(path string, p page) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.pages[path] = p
}

// calls are the calls that came, without checks.
func (v *vendor) calls() []arrival {
	return v.arrivals(func(a arrival) bool { return a.method == http.MethodPost })
}

// checks are the times at which a path was asked for.
func (v *vendor) checks(path string) []arrival {
	return v.arrivals(func(a arrival) bool { return a.method == http.MethodGet && a.path == path })
}

func (v *vendor) arrivals(wanted func(arrival) bool) []arrival {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(v.seen), func(a arrival) bool { return !wanted(a) })
}

// forget drops what has come so far.
func (v *vendor) forget() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.seen = nil
}

func (v *vendor) gone() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.left
}

func (v *vendor) dialled() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.dials
}

// await returns once something is so.
func (v *vendor) await(t *testing.T, what string, so func() bool) {
	t.Helper()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	for {
		v.mu.Lock()
		changed := v.changed
		v.mu.Unlock()
		if so() {
			return
		}
		select {
		case <-changed:
		case <-limit.C:
			t.Fatalf("in vain: %s", what)
		}
	}
}

// awaitCalls returns once n calls have come.
func (v *vendor) awaitCalls(t *testing.T, n int) {
	t.Helper()
	v.await(t, "calls", func() bool { return len(v.calls()) >= n })
}

// awaitChecks returns once a path was asked for n times.
func (v *vendor) awaitChecks(t *testing.T, path string, n int) {
	t.Helper()
	v.await(t, "checks", func() bool { return len(v.checks(path)) >= n })
}

// until asks again and again, at a pace that leaves others room, until
// something is so or the time is up; it reports whether it is.
func until(limit time.Duration, so func() bool) bool {
	for end := time.Now().Add(limit); ; <-time.After(15 * time.Millisecond) {
		if so() {
			return true
		}
		if time.Now().After(end) {
			return false
		}
	}
}
