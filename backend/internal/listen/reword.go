package listen

import (
	"bytes"
	"io"
	"net/http"
	"strconv"

	"headwater/backend/hw"
)

// How net/http refuses what it cannot read as a request: in one write, before
// any handler, as text. Source: conn.serve in net/http/server.go of Go 1.26.
// No other answer looks like this: those of handlers carry a Date.
const (
	libraryVersion = "HTTP/1.1 "
	libraryHead    = "Content-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n"
	libraryMost    = 512 // bytes
)

// reword turns the HTTP library's own refusal into one as the door gives them,
// so that callers get errors in one form only.
func (d *Door) reword(p []byte) ([]byte, bool) {
	rest, ok := bytes.CutPrefix(p, []byte(libraryVersion))
	if !ok || len(p) > libraryMost {
		return nil, false
	}
	line, rest, _ := bytes.Cut(rest, []byte("\r\n"))
	if !bytes.HasPrefix(rest, []byte(libraryHead)) {
		return nil, false
	}
	number, reason, _ := bytes.Cut(line, []byte(" "))
	status, err := strconv.Atoi(string(number))
	if err != nil {
		return nil, false
	}
	w := &memoryWriter{header: http.Header{}}
	d.refuse(w, &http.Request{Header: http.Header{}}, unreadable(status, reason))
	resp := &http.Response{
		StatusCode: w.status, ProtoMajor: 1, ProtoMinor: 1, Header: w.header, Close: true,
		ContentLength: int64(w.body.Len()), Body: io.NopCloser(&w.body),
	}
	resp.Header.Del("Connection") // Close says it
	var said bytes.Buffer
	if resp.Write(&said) != nil {
		return nil, false // memory does not fail; should it, the library's words are better than none
	}
	return said.Bytes(), true
}

// unreadable is the error behind a refusal of the library.
func unreadable(status int, reason []byte) *hw.Error {
	switch status {
	case http.StatusRequestHeaderFieldsTooLarge:
		return hw.Errorf(hw.CodeHeaderTooLarge, "The request's header is larger than %d KiB.", headBytes>>10)
	case http.StatusNotImplemented:
		return hw.Errorf(hw.CodeUnsupported, "This transfer encoding is not served.")
	}
	text := "The request is not well-formed HTTP"
	if _, detail, ok := bytes.Cut(reason, []byte(": ")); ok {
		text += ": " + string(detail) // one of the library's constants, never the caller's bytes
	}
	err := hw.Errorf(hw.CodeBadRequest, "%s.", text)
	err.Hint = "Check the client, or the proxy in front of it."
	return err
}

// memoryWriter collects an answer.
type memoryWriter struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header implements http.ResponseWriter.
func (w *memoryWriter) Header() http.Header { return w.header }

// WriteHeader implements http.ResponseWriter.
func (w *memoryWriter) WriteHeader(status int) { w.status = status }

// Write implements http.ResponseWriter.
func (w *memoryWriter) Write(p []byte) (int, error) { return w.body.Write(p) }
