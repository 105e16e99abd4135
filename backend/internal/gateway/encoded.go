package gateway

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"

	"headwater/backend/hw"
)

// encodingHeader says how a body is packed.
const encodingHeader = "Content-Encoding"

// otherCodings are those that have a name and are not unpacked here. Source: IANA,
// HTTP Content Coding Registry, 2026-11.
var otherCodings = []string{"aes128gcm", "br", "compress", "dcb", "dcz", "deflate", "exi", "pack200-gzip", "x-compress", "zstd"}

// encoding is what a call says of how its body is packed; empty for not at all.
// What cannot be unpacked is refused before anything is read of it.
func (h *Head) encoding() (string, error) {
	said := strings.ToLower(strings.TrimSpace(strings.Join(h.Header[encodingHeader], ",")))
	if said == "" || said == "identity" {
		return "", nil
	}
	for one := range strings.SplitSeq(said, ",") {
		if said != one || slices.Contains(otherCodings, strings.TrimSpace(one)) {
			return "", h.errEncoding()
		}
	}
	return said, nil
}

func (h *Head) errEncoding() error {
	said := shorten(strings.Join(h.Header[encodingHeader], ","), maxModelShown)
	err := hw.Errorf(hw.CodeUnsupported, "A request body with Content-Encoding %s cannot be read here; send it plain, or with gzip.", quoteModel(said))
	err.Field, err.Hint, err.Status = encodingHeader, "Switch off the client's compression of requests, or choose gzip.", http.StatusUnsupportedMediaType
	return err
}

// open gives a body as it is without its packing, and from here on the call is a
// plain one. Clients that name a charset where the packing belongs, or a packing
// that some layer of theirs has undone, send what can be read as it is: that it
// begins as JSON or a form does tells them apart.
func (c *Call) open(said string, body []byte, limit int64, grow func(n int) error) ([]byte, error) {
	start := bytes.TrimLeft(body[:min(len(body), 64)], " \t\r\n")
	if !bytes.HasPrefix(start, []byte("{")) && !bytes.HasPrefix(start, []byte("--")) {
		if said != gzipped && said != "x-gzip" {
			return nil, c.head.errEncoding()
		}
		var err error
		if body, err = c.unpack(body, limit, grow); err != nil {
			return nil, err
		}
	}
	delete(c.head.Header, encodingHeader)
	return body, nil
}

// gzipped is the one packing that is unpacked: Go's library has it, and it is
// what clients that compress their requests can all do.
const gzipped = "gzip"

// unpack gives a packed body as it was before, of at most limit bytes; grow is
// asked for each piece of memory, as with one that comes plain. The time is bounded
// as both sizes are: a bomb is cut at the limit, and what holds nothing, however
// often, came in at most as many bytes.
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
