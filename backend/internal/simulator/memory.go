package simulator

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
)

// RoundTripper returns a transport that reaches the practice model without any
// network: the handler runs beside the caller and each of its writes is read
// as it is made. Ending the request's context or closing the answer's body
// ends the handler before Close returns.
func (s *Simulator) RoundTripper() http.RoundTripper { return memory{s} }

// memory is an http.RoundTripper over a handler.
type memory struct{ handler http.Handler }

// RoundTrip implements http.RoundTripper.
func (m memory) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancel(r.Context())
	in := r.Clone(ctx)
	in.RequestURI = r.URL.RequestURI()
	if in.Body == nil {
		in.Body = http.NoBody
	}
	reader, writer := io.Pipe()
	w := &memoryWriter{header: http.Header{}, body: writer, ready: make(chan struct{})}
	// An ended context unblocks a handler that waits for its reader. Closing a
	// pipe twice keeps the first reason.
	context.AfterFunc(ctx, func() { _ = writer.CloseWithError(ctx.Err()) })
	done := make(chan struct{})
	// The goroutine belongs to the answer: Close of its body, or the error
	// return below, waits for it. A request that is read to its end needs
	// neither.
	go func() {
		defer close(done)
		defer cancel()
		defer func() { _ = in.Body.Close() }()
		defer func() { w.finish(ctx, recover()) }()
		m.handler.ServeHTTP(w, in)
	}()
	select {
	case <-w.ready:
	case <-ctx.Done():
		// The handler may have answered and ended in the same moment.
		<-done
		if err := r.Context().Err(); err != nil {
			return nil, err // net/http's own transport returns it bare, too
		}
	}
	res := &http.Response{
		Status: strconv.Itoa(w.status) + " " + http.StatusText(w.status), StatusCode: w.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.sent, ContentLength: -1, Request: r,
		Body: &memoryBody{PipeReader: reader, end: func() { cancel(); <-done }},
	}
	return res, nil
}

// memoryBody is the reading side of an answer.
type memoryBody struct {
	*io.PipeReader
	end func()
}

// Close ends the handler and waits for it.
func (b *memoryBody) Close() error {
	err := b.PipeReader.Close()
	b.end()
	return err
}

// memoryWriter is the writing side; used by the handler's goroutine only,
// except that ready publishes sent and status.
type memoryWriter struct {
	header http.Header
	body   *io.PipeWriter
	once   sync.Once
	ready  chan struct{}
	status int
	sent   http.Header
}

// Header implements http.ResponseWriter.
func (w *memoryWriter) Header() http.Header { return w.header }

// WriteHeader implements http.ResponseWriter.
func (w *memoryWriter) WriteHeader(status int) {
	w.once.Do(func() {
		w.status, w.sent = status, w.header.Clone()
		close(w.ready)
	})
}

// Write implements http.ResponseWriter; it returns when the bytes were read.
func (w *memoryWriter) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(b)
}

// Flush implements http.Flusher; nothing is held back.
func (w *memoryWriter) Flush() { w.WriteHeader(http.StatusOK) }

// finish ends the answer; a panic becomes a broken answer, as on a network. So
// does a context that has ended: a handler that gave up because of it must not
// look like one that came to its end.
func (w *memoryWriter) finish(ctx context.Context, panicked any) {
	if panicked != nil {
		_ = w.body.CloseWithError(fmt.Errorf("the practice model broke off: %v", panicked))
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	w.WriteHeader(http.StatusOK)
	_ = w.body.CloseWithError(ctx.Err()) // nil is a clean end
}
