package scan

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"sync/atomic"
	"syscall"
)

// getter asks one address. It keeps one connection for all its questions.
type getter struct {
	at        netip.AddrPort
	transport *http.Transport
	// left is how many bytes of answers are still taken: who identifies an engine
	// keeps them all, and many ports are asked at once.
	left int64
	// connected is true once a connection was made.
	connected atomic.Bool
}

// newGetter makes the getter of one address; guard sees each address that is
// connected to.
func newGetter(at netip.AddrPort, guard func(network, address string, c syscall.RawConn) error) *getter {
	g := &getter{at: at, left: maxBody}
	dialer := &net.Dialer{Timeout: connectTime, Control: guard}
	g.transport = &http.Transport{
		// No proxy: it would be asked instead. No compression: small answers
		// must not unpack to large ones.
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			conn, err := dialer.DialContext(ctx, "tcp", at.String())
			if err == nil {
				g.connected.Store(true)
			}
			return conn, err //nolint:wrapcheck // get says what it was doing
		},
		DisableCompression: true, MaxIdleConnsPerHost: 1, MaxResponseHeaderBytes: maxHead,
	}
	return g
}

func (g *getter) close() { g.transport.CloseIdleConnections() }

// errTooMuch ends an answer that is longer than any engine's.
var errTooMuch = errors.New("it says too much")

// get makes one GET, one after the other. The transport follows no redirect by itself.
func (g *getter) get(ctx context.Context, path string) (int, []byte, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+g.at.String()+path, http.NoBody)
	if err != nil {
		return 0, nil, fmt.Errorf("asking %s: %w", g.at, err)
	}
	req.Header.Set("User-Agent", "Headwater")
	req.Header.Set("Accept", "application/json")
	resp, err := g.transport.RoundTrip(req)
	if err != nil {
		return 0, nil, fmt.Errorf("asking %s: %w", g.at, err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, g.left+1))
	if g.left -= int64(len(body)); err == nil && g.left < 0 {
		g.left, err = 0, errTooMuch
	}
	if err != nil {
		return 0, nil, fmt.Errorf("reading the answer of %s: %w", g.at, err)
	}
	return resp.StatusCode, body, nil
}
