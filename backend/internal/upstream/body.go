package upstream

import (
	"bytes"
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

func newReader(b []byte) *bytes.Reader { return bytes.NewReader(b) }

// decompress undoes a content encoding. None was asked for, but some
// upstreams compress all the same.
func decompress(resp *http.Response) (io.ReadCloser, error) {
	encoding := strings.ToLower(resp.Header.Get("Content-Encoding"))
	switch encoding {
	case "", "identity":
		return resp.Body, nil
	case "gzip", "x-gzip":
		resp.Header.Del("Content-Encoding")
		resp.Header.Del("Content-Length")
		return &inflater{raw: &counter{ReadCloser: resp.Body}}, nil
	}
	return nil, fmt.Errorf("%w %q", ErrEncoding, encoding)
}

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
