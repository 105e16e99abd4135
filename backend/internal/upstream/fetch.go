package upstream

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// The bounds of what is fetched from an address that a caller names.
const (
	// MaxFetched is the most of one image or document, in bytes.
	MaxFetched    = 10 << 20
	maxRedirects  = 3
	maxFetchURL   = 8 << 10
	fetchConnect  = 5 * time.Second
	fetchPiece    = 32 << 10
	sniffedLength = 512 // what http.DetectContentType reads
)

// FetchConfig is what a Fetcher is made of.
type FetchConfig struct {
	// Own reports whether an address is one of our listeners; nil means none is.
	Own func(addr *net.TCPAddr) bool
	// Dial replaces the network in tests; nil means the real one. The address
	// guard belongs to the real one.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// Fetcher gets images and documents from addresses that callers name: public
// ones only, without credentials, cookies or a connection that is kept. Safe for
// concurrent use.
type Fetcher struct {
	client *http.Client
}

// NewFetcher makes a Fetcher.
func NewFetcher(c FetchConfig) *Fetcher {
	dial := c.Dial
	if dial == nil {
		dial = publicDialer(c.Own, nil).DialContext
	}
	return &Fetcher{client: &http.Client{
		Transport: &http.Transport{
			DialContext:            dial,
			TLSHandshakeTimeout:    fetchConnect,
			MaxResponseHeaderBytes: maxHeadBytes,
			DisableKeepAlives:      true, // each connection is checked anew
			DisableCompression:     true,
			ForceAttemptHTTP2:      true,
		},
		CheckRedirect: checkRedirect,
	}}
}

// publicDialer connects to public addresses only, whatever a name leads to: the
// address is checked when it is dialled. Those of this machine are none of them,
// even where they are public: no firewall stands between. resolver may be nil.
func publicDialer(own func(*net.TCPAddr) bool, resolver *net.Resolver) *net.Dialer {
	ours := func(at *net.TCPAddr) bool { return own != nil && own(at) || ofThisMachine(at.IP) }
	return &net.Dialer{Timeout: fetchConnect, Control: guard(false, ours), Resolver: resolver}
}

// ofThisMachine reports whether an interface has the address. Where that is not
// known, it is taken for one.
func ofThisMachine(ip net.IP) bool {
	all, err := net.InterfaceAddrs()
	return err != nil || slices.ContainsFunc(all, func(a net.Addr) bool {
		network, ok := a.(*net.IPNet)
		return ok && network.IP.Equal(ip)
	})
}

// FetchError says why something could not be fetched.
type FetchError struct {
	// Reason is safe for the caller: it tells nothing of our own network.
	Reason string
	cause  error
}

// Error implements error; for the log.
func (e *FetchError) Error() string {
	if e.cause == nil {
		return e.Reason
	}
	return e.Reason + ": " + e.cause.Error()
}

// Unwrap returns the cause.
func (e *FetchError) Unwrap() error { return e.cause }

// Fetch gets the image or the PDF document at an address, and its type as its
// first bytes tell. ctx bounds the whole. It asks grow before it takes so many
// bytes more of memory, and gives up with its error; all others are *FetchError.
func (f *Fetcher) Fetch(ctx context.Context, address string, grow func(n int) error) (data []byte, kind string, err error) {
	to, err := fetchable(address)
	if err != nil {
		return nil, "", err
	}
	req := (&http.Request{
		Method: http.MethodGet, URL: to, Host: to.Host, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"User-Agent": userAgent, "Accept": {"image/*, application/pdf"}, "Accept-Encoding": identity},
	}).WithContext(ctx)
	resp, err := f.client.Do(req)
	if err != nil {
		return nil, "", fetchFailure(ctx, err)
	}
	defer func() { _ = resp.Body.Close() }()
	switch {
	case resp.StatusCode != http.StatusOK:
		return nil, "", &FetchError{Reason: fmt.Sprintf("it answers with status %d", resp.StatusCode)}
	case !mayBeMedia(resp.Header.Get("Content-Type")):
		return nil, "", errNoMedia()
	case resp.ContentLength > MaxFetched:
		return nil, "", errFetchTooLarge()
	}
	return readMedia(ctx, resp.Body, grow)
}

// readMedia reads a body within its bound.
func readMedia(ctx context.Context, body io.Reader, grow func(n int) error) ([]byte, string, error) {
	var data []byte
	kind := ""
	for piece := make([]byte, fetchPiece); ; {
		n, err := body.Read(piece)
		if len(data)+n > MaxFetched {
			return nil, "", errFetchTooLarge()
		}
		if gerr := grow(n); gerr != nil {
			return nil, "", gerr
		}
		data = append(data, piece[:n]...)
		if ended := errors.Is(err, io.EOF); kind == "" && (ended || len(data) >= sniffedLength) {
			if kind = sniffed(data); kind == "" {
				return nil, "", errNoMedia()
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return data, kind, nil
		case err != nil:
			return nil, "", fetchFailure(ctx, err)
		}
	}
}

// fetchable reads an address and refuses what is none of the web.
func fetchable(address string) (*url.URL, error) {
	if len(address) > maxFetchURL {
		return nil, &FetchError{Reason: "its address is too long"}
	}
	u, err := url.Parse(address)
	if err != nil {
		return nil, &FetchError{Reason: "its address cannot be read", cause: err}
	}
	return u, webOnly(u)
}

func webOnly(u *url.URL) error {
	switch {
	case u.Scheme != "http" && u.Scheme != "https", u.Hostname() == "":
		return &FetchError{Reason: "its address is neither http nor https"}
	case u.User != nil:
		return &FetchError{Reason: "its address has a user in it"}
	}
	return nil
}

// checkRedirect follows few redirects, and tells nobody where they came from.
func checkRedirect(req *http.Request, via []*http.Request) error {
	if len(via) > maxRedirects {
		return &FetchError{Reason: fmt.Sprintf("it is moved more than %d times", maxRedirects)}
	}
	req.Header.Del("Referer")
	return webOnly(req.URL)
}

// mayBeMedia reports whether a content type leaves open that it is media. Stores
// of files often name none.
func mayBeMedia(contentType string) bool {
	kind, _, err := mime.ParseMediaType(contentType)
	if contentType == "" {
		return true
	}
	return err == nil && (strings.HasPrefix(kind, "image/") || kind == "application/pdf" || strings.HasSuffix(kind, "/octet-stream"))
}

// sniffed is the type that the first bytes of a body tell; empty for what is
// neither an image nor a PDF document.
func sniffed(data []byte) string {
	kind := http.DetectContentType(data[:min(len(data), sniffedLength)])
	if strings.HasPrefix(kind, "image/") || kind == "application/pdf" {
		return kind
	}
	return ""
}

func errNoMedia() error { return &FetchError{Reason: "it is neither an image nor a PDF document"} }

func errFetchTooLarge() error {
	return &FetchError{Reason: fmt.Sprintf("it is larger than %d MiB", MaxFetched>>20)}
}

// fetchFailure says what went wrong on the wire. A name that does not exist and
// one that leads to an address of our own network are told alike: callers must
// not find out what names there are.
func fetchFailure(ctx context.Context, err error) error {
	if told, ok := errors.AsType[*FetchError](err); ok {
		return told
	}
	reason := "its server does not answer"
	_, lookup := errors.AsType[*net.DNSError](err)
	switch {
	case errors.Is(context.Cause(ctx), context.DeadlineExceeded):
		reason = "it takes too long"
	case errors.Is(err, ErrForbiddenAddress), lookup:
		reason = "its address is not a public one"
	}
	return &FetchError{Reason: reason, cause: err}
}
