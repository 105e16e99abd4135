package upstream

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// The bounds of a compressed answer.
const (
	maxInflated = 64 << 20
	maxRatio    = 100
	ratioGrace  = 1 << 20 // small answers may compress better than the ratio
)

// ErrInflated is returned when a compressed answer grows past its bounds.
var ErrInflated = errors.New("compressed answer grows beyond its bounds")

// ErrEncoding is returned for a content encoding nobody asked for.
var ErrEncoding = errors.New("unknown content encoding")

// decompress undoes a content encoding. None was asked for, but some
// upstreams compress all the same. What cannot be undone is an error of the
// body: the status and the fields of the head say enough by themselves.
func decompress(resp *http.Response) io.ReadCloser {
	encoding := strings.ToLower(resp.Header.Get("Content-Encoding"))
	switch encoding {
	case "", "identity":
		return resp.Body
	case "gzip", "x-gzip":
		resp.Header.Del("Content-Encoding")
		resp.Header.Del("Content-Length")
		return &inflater{raw: &counter{ReadCloser: resp.Body}}
	}
	return &unreadable{ReadCloser: resp.Body, err: fmt.Errorf("%w %q", ErrEncoding, encoding)}
}

// unreadable is a body that nobody can make sense of.
type unreadable struct {
	io.ReadCloser
	err error
}

func (u *unreadable) Read([]byte) (int, error) { return 0, u.err }

type counter struct {
	io.ReadCloser
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	c.n += int64(n)
	return n, err //nolint:wrapcheck // io.EOF must stay bare for io.Reader
}

// inflater reads gzip within bounds; the header is read on first use, so that
// a slow body never delays the answer's head.
type inflater struct {
	raw *counter
	gz  *gzip.Reader
	out int64
}

func (f *inflater) Read(p []byte) (int, error) {
	if f.gz == nil {
		gz, err := gzip.NewReader(f.raw)
		if err != nil {
			return 0, fmt.Errorf("opening the compressed answer: %w", err)
		}
		f.gz = gz
	}
	n, err := f.gz.Read(p)
	f.out += int64(n)
	if f.out > maxInflated || f.out > ratioGrace && f.out > maxRatio*f.raw.n {
		return 0, ErrInflated
	}
	return n, err //nolint:wrapcheck // io.EOF must stay bare for io.Reader
}

func (f *inflater) Close() error { return f.raw.Close() } //nolint:wrapcheck // the transport's own error says it all
