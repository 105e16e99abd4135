package listen

import (
	"io"
	"net/http"
	"sync/atomic"
	"time"
)

// The times of a request's end.
const (
	// drainTime is how long the HTTP library may read on in a body that the
	// handler left unread; by itself it would wait for ever.
	drainTime = time.Second
	// lastWriteTime bounds the writing of what is still in the library's
	// buffers when the handler has returned.
	lastWriteTime = 30 * time.Second
	// handlerTime is how long a stopping door waits for handlers whose
	// connections it has cut, so that they can say what became of their calls.
	handlerTime = 3 * time.Second
)

// finish bounds the end of each request, whatever its handler read or wrote.
func (d *Door) finish(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d.handlers.begin()
		defer d.handlers.end()
		if r.ProtoMajor == 1 && r.Body != nil && r.Body != http.NoBody {
			t := &tail{ResponseWriter: w, request: r, body: r.Body}
			r.Body = t.track()
			next.ServeHTTP(t, r)
			t.head()
		} else {
			next.ServeHTTP(w, r)
		}
		if r.Header.Get("Upgrade") != "" {
			return // the connection may belong to somebody else by now
		}
		if c, ok := w.(interface{ SetWriteDeadline(t time.Time) error }); ok {
			_ = c.SetWriteDeadline(time.Now().Add(lastWriteTime)) // the library takes it away again
		}
	})
}

// tail is the answer to an HTTP/1 request that has a body. The library drains
// an unread body before it writes the answer's head; tail sees to it that this
// takes no longer than drainTime and that the connection ends afterwards.
type tail struct {
	http.ResponseWriter
	request *http.Request
	body    io.ReadCloser // the library's own
	ended   atomic.Bool   // the body was read to its end
	begun   bool          // the answer's head is on its way
}

// track is the body as the handler sees it.
func (t *tail) track() io.ReadCloser { return &trackedBody{t} }

// head runs once, before the library sees anything of the answer.
func (t *tail) head() {
	if t.begun {
		return
	}
	t.begun = true
	t.request.Body = t.body // the library asks for its type
	if t.ended.Load() {
		return
	}
	t.Header().Set("Connection", "close")
	if c, ok := t.ResponseWriter.(interface{ SetReadDeadline(t time.Time) error }); ok {
		_ = c.SetReadDeadline(time.Now().Add(drainTime)) // fails only on a closed connection
	}
}

// WriteHeader implements http.ResponseWriter.
func (t *tail) WriteHeader(status int) {
	if status >= http.StatusOK {
		t.head()
	}
	t.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (t *tail) Write(p []byte) (int, error) {
	t.head()
	return t.ResponseWriter.Write(p) //nolint:wrapcheck // the library's own error
}

// FlushError is what http.ResponseController looks for.
func (t *tail) FlushError() error {
	t.head()
	return http.NewResponseController(t.ResponseWriter).Flush() //nolint:wrapcheck // the library's own error
}

// Flush implements http.Flusher.
func (t *tail) Flush() { _ = t.FlushError() }

// Unwrap lets http.ResponseController reach the connection.
func (t *tail) Unwrap() http.ResponseWriter { return t.ResponseWriter }

// trackedBody notes the end of a body.
type trackedBody struct{ tail *tail }

// Read implements io.Reader.
func (b *trackedBody) Read(p []byte) (int, error) {
	n, err := b.tail.body.Read(p)
	if err == io.EOF {
		b.tail.ended.Store(true)
	}
	return n, err //nolint:wrapcheck // io.EOF must stay bare for io.Reader
}

// Close implements io.Closer. It leaves the rest unread: the library closes
// its body itself, once the time for that is bounded.
func (b *trackedBody) Close() error { return nil }

// handlers counts the handlers at work.
type handlers struct {
	running atomic.Int64
	waited  atomic.Bool
	idle    chan struct{} // one place
}

func (h *handlers) begin() { h.running.Add(1) }

func (h *handlers) end() {
	if h.running.Add(-1) == 0 && h.waited.Load() {
		select {
		case h.idle <- struct{}{}:
		default:
		}
	}
}

// wait returns when no handler runs any more, or after the given time.
func (h *handlers) wait(most time.Duration) {
	h.waited.Store(true)
	timer := time.NewTimer(most)
	defer timer.Stop()
	for h.running.Load() > 0 {
		select {
		case <-h.idle:
		case <-timer.C:
			return
		}
	}
}
