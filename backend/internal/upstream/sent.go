package upstream

import (
	"bytes"
	"io"
	"sync/atomic"
)

// smallBody is what surely fits into the buffers of a connection: of less than
// this nobody can say how much was sent. Unit: bytes.
const smallBody = 64 << 10

// sentBody is the body of a request on the transport, which reads it on a
// goroutine of its own, and again where it tries a second connection.
type sentBody struct {
	whole []byte
	last  atomic.Pointer[sentReader]
}

func (s *sentBody) open() io.ReadCloser {
	if len(s.whole) <= smallBody {
		// This very type lets the transport send head and body in one write.
		return io.NopCloser(bytes.NewReader(s.whole))
	}
	r := &sentReader{}
	r.rest.Reset(s.whole)
	s.last.Store(r)
	return r
}

// again is what http.Request.GetBody wants.
func (s *sentBody) again() (io.ReadCloser, error) { return s.open(), nil }

// cut reports whether the sending had begun and did not come to its end.
func (s *sentBody) cut() bool {
	if s == nil {
		return false
	}
	r := s.last.Load()
	if r == nil {
		return false
	}
	read := r.read.Load()
	return read > 0 && read < int64(len(s.whole))
}

// sentReader counts what was read of a body; others may look at the count
// while it is read.
type sentReader struct {
	rest bytes.Reader
	read atomic.Int64
}

// Read implements io.Reader.
func (r *sentReader) Read(p []byte) (int, error) {
	n, err := r.rest.Read(p)
	r.read.Add(int64(n))
	return n, err //nolint:wrapcheck // io.EOF must stay bare for io.Reader
}

// Close implements io.Closer.
func (r *sentReader) Close() error { return nil }
