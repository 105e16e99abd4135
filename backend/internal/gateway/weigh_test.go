package gateway

import (
	"context"
	"fmt"
	"io"
	"net/http/httptest"
	"strings"
	"testing"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/snapshot"
)

// bodyOf is a front with a body; claimed is its Content-Length, negative for none.
func bodyOf(t *testing.T, body io.Reader, claimed int64) *httpFront {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), "POST", "/", body)
	r.ContentLength = claimed
	return &httpFront{w: httptest.NewRecorder(), r: r}
}

func TestABodyIsCountedWhileItArrives(t *testing.T) {
	const most = 1 << 20
	for _, row := range []struct{ size, claimed, counted, steps int }{
		{0, 0, 1, 1},
		{100, 100, 101, 1},
		{60 << 10, 60 << 10, 60<<10 + 1, 1},
		{most, most, most + 1, 5},
		{100, -1, 4 << 10, 1},
		{most, -1, most + 1, 11},
	} {
		counted, steps := 0, 0
		got, err := bodyOf(t, strings.NewReader(strings.Repeat("x", row.size)), int64(row.claimed)).Body(most, func(n int) error {
			counted, steps = counted+n, steps+1
			if n <= 0 {
				t.Errorf("%+v: %d more", row, n)
			}
			return nil
		})
		if err != nil || len(got) != row.size || counted != cap(got) || counted != row.counted || steps > row.steps {
			t.Errorf("%+v: %d bytes of %d, counted %d in %d steps, %v", row, len(got), cap(got), counted, steps, err)
		}
	}
	if _, err := bodyOf(t, strings.NewReader(strings.Repeat("x", most+1)), -1).Body(most, func(int) error { return nil }); hw.CodeOf(err) != hw.CodeTooLarge {
		t.Errorf("one that is too large: %v", err)
	}
}

// stalled gives what it has, says so, and then waits for the test.
type stalled struct {
	io.Reader
	empty chan<- struct{}
	end   <-chan error
}

func (s stalled) Read(p []byte) (int, error) {
	if n, err := s.Reader.Read(p); err == nil {
		return n, nil
	}
	s.empty <- struct{}{}
	return 0, <-s.end
}

func TestBodiesThatAreNeverFinishedAreBoundedAndGivenBack(t *testing.T) {
	const sent = 3 << 20
	g := &Gateway{Config: Config{MaxBodies: 11 << 20, Calls: noCalls{}}}
	empty, end := make(chan struct{}), make(chan error)
	results := make(chan error)
	serve := func(class snapshot.Class, front Front) {
		c := callOf(class, 0)
		c.front, c.in, c.ctx = front, plain{}, context.Background()
		c.key.App.Tenant = &snapshot.Tenant{}
		var err error
		defer func() {
			if cause := recover(); cause != nil {
				err = fmt.Errorf("panic: %v", cause)
			}
			g.finish(c)
			results <- err
		}()
		c.body, err = g.readBodyOf(c, maxBody)
	}
	open := func(class snapshot.Class) (full bool) {
		go serve(class, bodyOf(t, stalled{strings.NewReader(strings.Repeat("x", sent)), empty, end}, sent+(1<<20)))
		select {
		case <-empty:
			return false
		case err := <-results:
			if hw.CodeOf(err) != hw.CodeOverloaded {
				t.Errorf("turned away with %v", err)
			}
			return true
		}
	}
	var in []int
	for _, class := range []snapshot.Class{snapshot.ClassSheddable, snapshot.ClassSheddable, snapshot.ClassSheddable, snapshot.ClassCriticalPlus} {
		if !open(class) {
			in = append(in, int(class))
		}
	}
	if len(in) != 2 || g.bodies.Load() < 2*sent || g.bodies.Load() > g.MaxBodies {
		t.Errorf("%d unfinished bodies are in, %d bytes counted", len(in), g.bodies.Load())
	}
	end <- io.ErrUnexpectedEOF
	if err := <-results; hw.CodeOf(err) != hw.CodeBadRequest {
		t.Errorf("one that hung up: %v", err)
	}
	for range in[1:] {
		end <- io.EOF
		if err := <-results; err != nil {
			t.Errorf("one that came to its end: %v", err)
		}
	}
	go serve(snapshot.ClassSheddable, panics{bodyOf(t, strings.NewReader(""), 0)})
	if err := <-results; err == nil || g.bodies.Load() != 0 {
		t.Errorf("%v; %d bytes are still counted", err, g.bodies.Load())
	}
}

// panics is a front that breaks while it reads.
type panics struct{ *httpFront }

func (panics) Body(_ int64, grow func(int) error) ([]byte, error) {
	_ = grow(1000)
	panic("planted")
}

type noCalls struct{}

func (noCalls) Record(*hw.Call) {}

// plain is a dialect of which only the name is asked.
type plain struct{ dialect.Inbound }

func (plain) Name() string { return "plain" }

func TestACallThatWaitsCountsAllThatItHolds(t *testing.T) {
	c := &Call{body: make([]byte, 3), joined: make([]byte, 50), fetched: map[string]fetched{"a": {data: "12345678"}, "b": {}}}
	if got := c.held(); got != 61 {
		t.Errorf("%d bytes", got)
	}
}
