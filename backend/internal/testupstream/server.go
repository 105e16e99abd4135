package testupstream

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"sync"
	"time"
)

// seenRequests is how many requests are remembered, seenBody how many bytes of
// each body.
const (
	seenRequests = 256
	seenBody     = 1 << 20
)

// Counts are the totals since the server was made or Reset.
type Counts struct {
	// Requests counts every request, BySuffix those by the last element of
	// their path, e.g. "completions", "messages", "models", or by Google's
	// method, e.g. "generateContent".
	Requests int64
	BySuffix map[string]int64
	// InFlight are requests under way, Peak the most there ever were at once.
	InFlight, Peak int64
	// Cancelled counts requests whose client went before the answer was complete.
	Cancelled int64
	// Completed counts requests that were answered to the end, errors included.
	Completed int64
}

// Request is one request as it arrived.
type Request struct {
	Method, Path, Query string
	Header              http.Header
	// Body is at most 1 MiB of the body; Truncated says whether there was more.
	Body      []byte
	Truncated bool
	// Model is the model the path or the body named; empty when none.
	Model string
}

// Server is the fake vendor. Make it with New; it is safe for concurrent use.
type Server struct {
	mu sync.Mutex
	// Guarded by mu:
	counts  Counts
	seen    []Request
	fault   *Fault
	named   map[string]Fault
	script  []Fault
	changed chan struct{} // closed and replaced at each change of counts
	serial  int64
	version string // of Ollama
	addr    net.Addr
	http    *http.Server
	closed  bool

	serving sync.WaitGroup
}

// New returns a server that answers properly.
func New() *Server {
	return &Server{
		counts:  Counts{BySuffix: map[string]int64{}},
		named:   map[string]Fault{},
		changed: make(chan struct{}),
	}
}

// TB is the part of testing.TB that Start needs; the package is linked into
// the product, which must not carry package testing.
type TB interface {
	Helper()
	Cleanup(func())
	Fatalf(format string, args ...any)
}

// Start runs a server on a free loopback port until the test ends.
func Start(t TB) *Server {
	t.Helper()
	lc := net.ListenConfig{}
	ln, err := lc.Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("listening for the test upstream: %v", err)
		return nil
	}
	s := New()
	s.serveOn(ln)
	t.Cleanup(s.stop)
	return s
}

// Serve answers on ln until ctx ends, then closes every connection and
// returns when the last handler has. Down and Up work meanwhile.
func (s *Server) Serve(ctx context.Context, ln net.Listener) error {
	s.serveOn(ln)
	<-ctx.Done()
	s.stop()
	return nil
}

func (s *Server) stop() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.Down()
}

// serveOn starts one listener's life; it ends with Down.
func (s *Server) serveOn(ln net.Listener) {
	hs := &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second}
	s.mu.Lock()
	s.addr, s.http = ln.Addr(), hs
	s.mu.Unlock()
	s.serving.Go(func() {
		// The error says only that the listener was closed: by Down, or
		// because the process is out of descriptors, which callers see anyway.
		_ = hs.Serve(ln)
	})
}

// Down closes the listener and every connection, as a crashed process does.
// It returns when all handlers have ended. Idempotent.
func (s *Server) Down() {
	s.mu.Lock()
	hs := s.http
	s.http = nil
	s.mu.Unlock()
	if hs != nil {
		_ = hs.Close()
	}
	s.serving.Wait()
	// Handlers end on their own: their connection and context are gone.
	for {
		s.mu.Lock()
		inFlight, changed := s.counts.InFlight, s.changed
		s.mu.Unlock()
		if inFlight == 0 {
			return
		}
		<-changed
	}
}

// Up listens again on the same address. It does nothing when already up.
func (s *Server) Up(ctx context.Context) error {
	s.mu.Lock()
	addr, up, closed := s.addr, s.http != nil, s.closed
	s.mu.Unlock()
	switch {
	case up:
		return nil
	case closed || addr == nil:
		return errors.New("the test upstream is not being served")
	}
	lc := net.ListenConfig{}
	ln, err := lc.Listen(ctx, addr.Network(), addr.String())
	if err != nil {
		return fmt.Errorf("listening again on %s: %w", addr, err)
	}
	s.serveOn(ln)
	return nil
}

// URL is the server's address without a path, e.g. "http://127.0.0.1:4011".
func (s *Server) URL() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.addr == nil {
		return ""
	}
	return "http://" + s.addr.String()
}

// BaseURL is URL with "/v1", as an upstream is configured.
func (s *Server) BaseURL() string { return s.URL() + "/v1" }

// SetFault makes every request meet this fault until Clear.
func (s *Server) SetFault(text string) error {
	f, err := Parse(text)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = &f
	return nil
}

// SetFaultFor makes requests with this credential or model meet a fault until
// Clear. It wins over every other source.
func (s *Server) SetFaultFor(credentialOrModel, text string) error {
	f, err := Parse(text)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.named[credentialOrModel] = f
	return nil
}

// Script makes the next calls meet these faults, one each, in order. A look, at
// the model list say, takes none of them away.
func (s *Server) Script(texts ...string) error {
	faults := make([]Fault, 0, len(texts))
	for _, text := range texts {
		f, err := Parse(text)
		if err != nil {
			return err
		}
		faults = append(faults, f)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.script = faults
	return nil
}

// SetOllamaVersion sets what GET /api/version tells. It is empty at first:
// who looks for local engines takes a host that tells a version for an Ollama,
// and goes on asking it how it stands, which would count as requests.
func (s *Server) SetOllamaVersion(version string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.version = version
}

func (s *Server) ollamaVersion() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.version
}

// Clear removes what SetFault, SetFaultFor and Script have set.
func (s *Server) Clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault, s.script = nil, nil
	clear(s.named)
}

// Reset sets the counts to zero, except for requests in flight, and forgets
// the requests seen.
func (s *Server) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	inFlight := s.counts.InFlight
	s.counts = Counts{InFlight: inFlight, Peak: inFlight, BySuffix: map[string]int64{}}
	s.seen = nil
	s.announceLocked()
}

// Counts returns a copy of the counts.
func (s *Server) Counts() Counts {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.countsLocked()
}

func (s *Server) countsLocked() Counts {
	c := s.counts
	c.BySuffix = make(map[string]int64, len(s.counts.BySuffix))
	maps.Copy(c.BySuffix, s.counts.BySuffix)
	return c
}

// awaitMost bounds Await where ctx does not: a test whose counts have gone past
// what it waits for must fail and say so, not hang.
const awaitMost = 30 * time.Second

// Await returns when the counts are as wanted, or with an error that tells them:
// when ctx ends, and after 30 s.
func (s *Server) Await(ctx context.Context, wanted func(Counts) bool) error {
	ctx, cancel := context.WithTimeout(ctx, awaitMost)
	defer cancel()
	for {
		s.mu.Lock()
		counts, changed := s.countsLocked(), s.changed
		s.mu.Unlock()
		if wanted(counts) {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("waiting for the test upstream, now %+v: %w", counts, ctx.Err())
		}
	}
}

// Seen returns the last requests, oldest first, at most 256.
func (s *Server) Seen() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.seen...)
}

// Last returns the latest request; the zero Request when there was none.
func (s *Server) Last() Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.seen) == 0 {
		return Request{}
	}
	return s.seen[len(s.seen)-1]
}

func (s *Server) announceLocked() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// begin counts a request in; end counts it out.
func (s *Server) begin(suffix string) (serial int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.serial++
	s.counts.Requests++
	s.counts.InFlight++
	s.counts.Peak = max(s.counts.Peak, s.counts.InFlight)
	// Paths come from outside: only so many names are counted apart.
	if _, ok := s.counts.BySuffix[suffix]; !ok && len(s.counts.BySuffix) >= 64 {
		suffix = "other"
	}
	s.counts.BySuffix[suffix]++
	s.announceLocked()
	return s.serial
}

func (s *Server) end(cancelled bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts.InFlight--
	if cancelled && s.http != nil { // connections closed by Down are not the client's doing
		s.counts.Cancelled++
	} else if !cancelled {
		s.counts.Completed++
	}
	s.announceLocked()
}

func (s *Server) remember(r Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.seen) >= seenRequests {
		s.seen = append(s.seen[:0], s.seen[1:]...)
	}
	s.seen = append(s.seen, r)
}

// pick chooses the fault of a request; the package comment has the order.
func (s *Server) pick(c caller) (Fault, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f, ok := s.named[c.credential]; ok && c.credential != "" {
		return f, nil
	}
	if f, ok := s.named[c.model]; ok && c.model != "" {
		return f, nil
	}
	if s.fault != nil {
		return *s.fault, nil
	}
	if c.calls && len(s.script) > 0 {
		f := s.script[0]
		s.script = s.script[1:]
		return f, nil
	}
	return faultOf(c)
}
