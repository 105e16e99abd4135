package gateway

import (
	"errors"
	"io"
	"strconv"
	"strings"
	"sync"

	"headwater/backend/internal/dialect"
)

// errAnswerTooLarge is returned for an answer past its bound.
var errAnswerTooLarge = errors.New("the answer is larger than its bound")

// buffers holds read buffers for streams.
var buffers = sync.Pool{New: func() any {
	b := make([]byte, readBufferSize)
	return &b
}}

// readBody reads a whole answer of at most limit bytes and tells of progress
// after each piece. Past the bound it returns what fitted and
// errAnswerTooLarge.
func readBody(r io.Reader, h dialect.Header, limit int, progress func()) ([]byte, error) {
	size := 4 << 10
	if values := h["Content-Length"]; len(values) == 1 {
		if n, err := strconv.Atoi(values[0]); err == nil && n >= 0 && n <= limit {
			size = n + 1 // one more byte lets the reader see the end
		}
	}
	body := make([]byte, 0, min(size, 1<<20))
	for {
		if len(body) == cap(body) {
			body = append(body, 0)[:len(body)]
		}
		n, err := r.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		if len(body) > limit {
			return body[:limit], errAnswerTooLarge
		}
		if errors.Is(err, io.EOF) {
			return body, nil
		}
		if err != nil {
			return body, err //nolint:wrapcheck // classified, not shown
		}
		progress()
	}
}

// framingOf is how an answer says it is streamed.
func framingOf(h dialect.Header) dialect.Framing { return dialect.FramingOf(typeOf(h)) }

// typeOf is an answer's content type; empty where it says none.
func typeOf(h dialect.Header) string {
	if values := h["Content-Type"]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// isJSON reports whether an answer says it is JSON.
func isJSON(h dialect.Header) bool { return hasType(h, "application/json") }

func hasType(h dialect.Header, want string) bool {
	values := h["Content-Type"]
	if len(values) == 0 {
		return false
	}
	got, _, _ := strings.Cut(values[0], ";")
	return strings.EqualFold(strings.TrimSpace(got), want)
}
