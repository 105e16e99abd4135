package gateway

import (
	"context"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
)

// The time a caller may stay silent while sending or receiving.
const (
	bodySilence  = 30 * time.Second
	writeSilence = 60 * time.Second
	// bodyTotal bounds a whole request body, however steadily it drips.
	bodyTotal = 15 * time.Minute
	// renewAfter spares the clock: a deadline is moved only once this much of
	// it is used up.
	renewAfter = 5 * time.Second
	// While memory is short, a body must come with bodyPace bytes a second, on
	// average, once bodyGrace has passed.
	bodyGrace = 5 * time.Second
	bodyPace  = 1 << 10
)

// ServeHTTP is front A: HTTP/1.1 and HTTP/2 through net/http, always correct.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path == "/healthz":
		g.serveHealthz(w, r)
		return
	case r.URL.Path == "/" && looksForOllama(r):
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = io.WriteString(w, ollamaRuns)
		return
	}
	path := r.URL.Path
	if r.URL.RawPath != "" {
		path = r.URL.RawPath // an encoded slash stays one segment
	}
	front := &httpFront{w: w, r: r}
	g.Serve(front, Head{
		Method: r.Method, Path: path, Query: r.URL.RawQuery, Header: dialect.Header(r.Header), Client: clientOf(r.RemoteAddr),
	})
	if front.aborted {
		panic(http.ErrAbortHandler) // net/http's way to close without inventing an answer
	}
}

// RefuseHTTP answers a request that never became a call, in the dialect of the
// data listener.
func (g *Gateway) RefuseHTTP(w http.ResponseWriter, r *http.Request, err *hw.Error) {
	id := hw.NewID(hw.PrefixCall)
	var ask dialect.Ask
	if r.URL != nil { // it is nil where the head could not be read
		ask = dialect.Ask{Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery, Header: dialect.Header(r.Header)}
	}
	in, _ := g.match(ask)
	body := in.Error(err, id)
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("X-Request-Id", id)
	h.Set("X-Should-Retry", "false")
	w.WriteHeader(err.Code.Info().Status)
	_, _ = w.Write(body) // a caller who is gone cannot be told
}

// ollamaRuns is what Ollama says at its root, where its clients look before they
// ask anything, without a key. Source: server/routes.go of Ollama, 2025.
const ollamaRuns = "Ollama is running"

// looksForOllama tells them from a person, whose browser would be told of a
// program that is not here.
func looksForOllama(r *http.Request) bool {
	return (r.Method == http.MethodGet || r.Method == http.MethodHead) && !strings.Contains(r.Header.Get("Accept"), "text/html")
}

// serveHealthz answers the probe of a balancer or a script: the process serves.
func (g *Gateway) serveHealthz(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		g.RefuseHTTP(w, r, hw.Errorf(hw.CodeMethod, "This path takes GET and HEAD only."))
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, `{"status":"ok"}`+"\n")
}

func clientOf(addr string) string {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return addr
	}
	return host
}

// httpFront is a Front on a net/http request.
type httpFront struct {
	w        http.ResponseWriter
	r        *http.Request
	control  *http.ResponseController
	writeEnd time.Time
	aborted  bool
}

// Context implements Front.
func (f *httpFront) Context() context.Context { return f.r.Context() }

func (f *httpFront) ctl() *http.ResponseController {
	if f.control == nil {
		f.control = http.NewResponseController(f.w)
	}
	return f.control
}

// Body implements Front.
func (f *httpFront) Body(limit int64, grow func(n int) error) ([]byte, error) {
	if f.r.ContentLength > limit {
		return nil, errBodyTooLarge(limit)
	}
	var body []byte
	var renewed time.Time
	begun := time.Now()
	end := begun.Add(bodyTotal)
	for {
		if now := time.Now(); now.Sub(renewed) > renewAfter {
			if err := f.pace(int64(len(body)), now.Sub(begun), grow); err != nil {
				return nil, err
			}
			renewed = now
			silent := now.Add(bodySilence)
			if silent.After(end) {
				silent = end
			}
			_ = f.ctl().SetReadDeadline(silent) // a server that cannot has limits of its own
		}
		if len(body) == cap(body) {
			next := nextSize(cap(body), f.r.ContentLength, limit)
			if err := grow(next - cap(body)); err != nil {
				return nil, err
			}
			body = append(make([]byte, 0, next), body...)
		}
		n, err := f.r.Body.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		switch {
		case int64(len(body)) > limit:
			return nil, errBodyTooLarge(limit)
		case errors.Is(err, io.EOF):
			_ = f.ctl().SetReadDeadline(time.Time{})
			return body, nil
		case err != nil:
			return nil, bodyError(err)
		}
	}
}

// pace turns a body away that drips, where others could use the memory it holds.
func (f *httpFront) pace(size int64, took time.Duration, grow func(n int) error) error {
	if took < bodyGrace || size == f.r.ContentLength || float64(size) >= took.Seconds()*bodyPace {
		return nil
	}
	return grow(0)
}

// bodyStep is what a body is given of memory at first, and then at least.
const bodyStep = 64 << 10

// nextSize is the size of the buffer that follows a full one. A claimed length,
// negative where there is none, is believed only as far as it has come true: it
// costs the caller half of it first. One byte more lets the reader see the end.
func nextSize(size int, claimed, limit int64) int {
	switch have := int64(size); {
	case have == 0 && claimed < 0:
		return int(min(4<<10, limit+1))
	case have == 0:
		return int(min(claimed+1, bodyStep))
	case have <= claimed:
		next := have + max(have, bodyStep)
		if claimed-next < bodyStep { // no step for a rest
			next = claimed + 1
		}
		return int(next)
	default:
		return int(min(have+max(have/2, bodyStep), limit+1))
	}
}

func errBodyTooLarge(limit int64) *hw.Error {
	return hw.Errorf(hw.CodeTooLarge, "The request body is larger than %d MiB.", limit>>20)
}

func bodyError(err error) *hw.Error {
	if t, ok := errors.AsType[net.Error](err); ok && t.Timeout() {
		return hw.Errorf(hw.CodeBodyTimeout, "The request body did not arrive in time.").Because(err)
	}
	return hw.Errorf(hw.CodeBadRequest, "The request body could not be read to its end.").Because(err)
}

// Begin implements Front.
func (f *httpFront) Begin(status int, header dialect.Header, length int) {
	h := f.w.Header()
	maps.Copy(h, header)
	if length >= 0 {
		h["Content-Length"] = []string{strconv.Itoa(length)}
	}
	f.w.WriteHeader(status)
}

// buffered is what net/http holds back of an answer until it is flushed or the
// handler has returned; the listener bounds the latter. Such a write cannot wait.
const buffered = 2 << 10

// Write implements Front.
func (f *httpFront) Write(p []byte) error {
	if len(p) > buffered {
		f.renew()
	}
	_, err := f.w.Write(p)
	return err //nolint:wrapcheck // means only: the caller is gone
}

// Flush implements Front.
func (f *httpFront) Flush() error {
	f.renew()
	return f.ctl().Flush() //nolint:wrapcheck // means only: the caller is gone
}

// renew gives the caller time to take what is written next.
func (f *httpFront) renew() {
	if now := time.Now(); f.writeEnd.Sub(now) < writeSilence-renewAfter {
		f.writeEnd = now.Add(writeSilence)
		_ = f.ctl().SetWriteDeadline(f.writeEnd) // not every server can; a stuck caller is then found by TCP
	}
}

// Abort implements Front.
func (f *httpFront) Abort() { f.aborted = true }
