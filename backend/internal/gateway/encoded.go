package gateway

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"strings"

	"headwater/backend/hw"
)

// encodingHeader says how a body is packed.
const encodingHeader = "Content-Encoding"

// encoding is how a call's body is packed; empty for a plain one. What cannot be
// unpacked is refused before anything is read of it.
func (h *Head) encoding() (string, error) {
	said := strings.Join(h.Header[encodingHeader], ",")
	switch strings.ToLower(strings.TrimSpace(said)) {
	case "", "identity":
		return "", nil
	case gzipped, "x-gzip":
		return gzipped, nil
	}
	err := hw.Errorf(hw.CodeUnsupported, "A request body with Content-Encoding %s cannot be read here; send it plain, or with gzip.", quoteModel(shorten(said, maxModelShown)))
	err.Field, err.Hint, err.Status = encodingHeader, "Switch off the client's compression of requests, or choose gzip.", http.StatusUnsupportedMediaType
	return "", err
}

// gzipped is the one packing that is unpacked: Go's library has it, and it is
// what clients that compress their requests can all do.
const gzipped = "gzip"

// unpack gives a packed body as it was before, of at most limit bytes; grow is
// asked for each piece of memory, as with one that comes plain. The time is bounded
// as both sizes are: a bomb is cut at the limit, and what holds nothing, however
// often, came in at most as many bytes. From here on the call is a plain one.
func (c *Call) unpack(packed []byte, limit int64, grow func(n int) error) ([]byte, error) {
	unpacked, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, errPacked(err)
	}
	var body []byte
	for {
		if c.gone() {
			return nil, errGone()
		}
		if len(body) == cap(body) {
			next := nextSize(cap(body), -1, limit)
			if err := grow(next - cap(body)); err != nil {
				return nil, err
			}
			body = append(make([]byte, 0, next), body...)
		}
		n, err := unpacked.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		switch {
		case int64(len(body)) > limit:
			return nil, errBodyTooLarge(limit)
		case errors.Is(err, io.EOF):
			delete(c.head.Header, encodingHeader)
			return body, nil
		case err != nil:
			return nil, errPacked(err)
		}
	}
}

func errPacked(cause error) *hw.Error {
	err := hw.Errorf(hw.CodeBadRequest, "The request body is not the gzip that its Content-Encoding says.").Because(cause)
	return err.At(encodingHeader)
}
