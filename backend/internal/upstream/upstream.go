// Package upstream carries one attempt to a target and its answer back: dial,
// TLS, timers, address guard and the credential's place in the request.
//
// It decides nothing: which target, whether to try again and whose fault it
// was are asked elsewhere. Its one invariant: what it sends and returns are
// plain bytes and header fields, so no type of an HTTP library leaves it.
package upstream

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/snapshot"
)

// The bounds of what is read from an upstream.
const (
	maxHeadBytes  = 64 << 10
	idlePerHost   = 256
	idleLifetime  = 90 * time.Second
	keepAliveTime = 30 * time.Second
	// A connection of HTTP/2 carries every call to its upstream: one that has
	// died in silence must be found soon.
	pingAfter   = 10 * time.Second // of silence
	pingTimeout = 5 * time.Second
)

// Config is what a Pool is made of.
type Config struct {
	// Practice answers for upstreams of the built-in simulator; required.
	Practice http.RoundTripper
	// Own reports whether an address is one of our listeners: a call to
	// ourselves would loop. Nil means none is.
	Own func(addr *net.TCPAddr) bool
	// Dial replaces the network in tests; nil means the real one. The address
	// guard belongs to the real one.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// Pool keeps one transport for each upstream, so that connections are reused
// across calls and survive changes of configuration that do not concern them.
type Pool struct {
	config     Config
	transports sync.Map // fingerprint -> *http.Transport
	directs    sync.Map // fingerprint -> *directPool
	tokens     minter
}

// New makes a Pool.
func New(c Config) (*Pool, error) {
	if c.Practice == nil {
		return nil, errors.New("making the upstream pool: no practice transport")
	}
	p := &Pool{config: c}
	p.tokens.begin(p)
	return p, nil
}

// Response is an upstream's answer; Body must be closed.
type Response struct {
	Status int
	Header dialect.Header
	Body   io.ReadCloser
	// ConnectTime is how long the connection took; zero when one was reused.
	ConnectTime time.Duration
}

// Send carries one attempt. ctx bounds the whole exchange, the reading of the
// body included; its end closes the connection.
func (p *Pool) Send(ctx context.Context, method string, target *snapshot.Target, wire dialect.Wire) (*Response, error) {
	up := target.Upstream
	who, err := p.proofOf(ctx, up, target.Credential)
	if err != nil {
		return nil, fmt.Errorf("sending to %s: %w", up.Name, err)
	}
	resp, err := p.send(ctx, method, up, who, wire)
	if err != nil {
		return nil, fmt.Errorf("sending to %s: %w", up.Name, err)
	}
	if resp.Status == http.StatusUnauthorized {
		p.tokens.refused(up, target.Credential, who)
	}
	return resp, nil
}

func (p *Pool) send(ctx context.Context, method string, up *snapshot.Upstream, who proof, wire dialect.Wire) (*Response, error) {
	if directWorks && up.Base.Scheme == "http" && up.Provider.ID != hw.ProviderSimulator && len(wire.Body) <= maxDirectBody {
		return p.direct(up).send(ctx, method, up, who, wire)
	}
	return p.sendTransport(ctx, method, up, who, wire)
}

// sendTransport is back A: net/http's transport.
func (p *Pool) sendTransport(ctx context.Context, method string, up *snapshot.Upstream, who proof, wire dialect.Wire) (*Response, error) {
	url := endpoint(up.Base, wire.Path)
	trip := &dialContext{Context: ctx}
	req := (&http.Request{
		Method: method, URL: url, Host: url.Host,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: headerFor(ctx, method, url, who, &wire),
	}).WithContext(trip) //nolint:contextcheck // trip is ctx, with a place for the time a dial took
	var sent *sentBody
	if len(wire.Body) > 0 {
		sent = &sentBody{whole: wire.Body}
		req.Body, req.GetBody, req.ContentLength = sent.open(), sent.again, int64(len(wire.Body))
	}
	resp, err := p.transport(up).RoundTrip(req)
	if err == nil {
		err = final(resp)
	}
	if err != nil {
		if sent.cut() && ctx.Err() == nil {
			err = &SendError{err}
		}
		return nil, err //nolint:wrapcheck // Send says to whom
	}
	return &Response{
		Status: resp.StatusCode, Header: dialect.Header(resp.Header), Body: decompress(resp),
		ConnectTime: time.Duration(trip.took.Load()),
	}, nil
}

// endpoint is the URL of an escaped path, with its query, below the base. The
// base's own escapes stay as the administrator wrote them, and its query stays
// in front.
func endpoint(base *url.URL, address string) *url.URL {
	path, query, _ := strings.Cut(address, "?")
	u := *base
	plain, err := url.PathUnescape(path)
	if err != nil {
		plain = path
	}
	u.RawPath = base.EscapedPath() + path
	u.Path += plain
	if query != "" {
		u.RawQuery = strings.TrimPrefix(base.RawQuery+"&"+query, "&")
	}
	return &u
}

// final refuses a change of protocol, which nobody asked for: its body would
// be the bare connection.
func final(resp *http.Response) error {
	if resp.StatusCode >= http.StatusOK {
		return nil
	}
	_ = resp.Body.Close()
	return fmt.Errorf("%w: status %d", errNotFinal, resp.StatusCode)
}

// headerFor puts the dialect's fields, the gateway's own and the proof together.
func headerFor(ctx context.Context, method string, to *url.URL, who proof, wire *dialect.Wire) http.Header {
	h := make(http.Header, len(wire.Header)+4)
	maps.Copy(h, wire.Header)
	if len(wire.Body) > 0 && h["Content-Type"] == nil {
		h["Content-Type"] = contentJSON
	}
	h["User-Agent"] = userAgent
	h["Accept-Encoding"] = identity
	who.add(ctx, h, proven{method, to, wire.Body})
	return h
}

// Shared header values; never written to.
var (
	contentJSON = []string{"application/json"}
	userAgent   = []string{"Headwater"}
	identity    = []string{"identity"}
)

// direct finds the upstream's direct connections.
func (p *Pool) direct(up *snapshot.Upstream) *directPool {
	if d, ok := p.directs.Load(up.Fingerprint); ok {
		return d.(*directPool) //nolint:forcetypeassert // the map holds nothing else
	}
	d, _ := p.directs.LoadOrStore(up.Fingerprint, &directPool{dial: timed(p.dialer(up))})
	return d.(*directPool) //nolint:forcetypeassert // the map holds nothing else
}

func (p *Pool) transport(up *snapshot.Upstream) http.RoundTripper {
	if up.Provider.ID == hw.ProviderSimulator {
		return p.config.Practice
	}
	if t, ok := p.transports.Load(up.Fingerprint); ok {
		return t.(*http.Transport)
	}
	t, _ := p.transports.LoadOrStore(up.Fingerprint, p.newTransport(up))
	return t.(*http.Transport)
}

// dialer dials the real network behind the address guard, or what a test gave.
func (p *Pool) dialer(up *snapshot.Upstream) dialFunc {
	if p.config.Dial != nil {
		return p.config.Dial
	}
	return (&net.Dialer{
		Timeout: up.Timeouts.Connect, KeepAlive: keepAliveTime,
		Control: guard(up.Local, p.config.Own),
	}).DialContext
}

func (p *Pool) newTransport(up *snapshot.Upstream) *http.Transport {
	return &http.Transport{
		DialContext:            timed(p.dialer(up)),
		TLSClientConfig:        tlsConfig(up),
		TLSHandshakeTimeout:    up.Timeouts.TLS,
		MaxResponseHeaderBytes: maxHeadBytes,
		MaxIdleConnsPerHost:    idlePerHost,
		IdleConnTimeout:        idleLifetime,
		DisableCompression:     true, // we neither ask for it nor hide it
		ForceAttemptHTTP2:      true,
		HTTP2:                  &http.HTTP2Config{SendPingTimeout: pingAfter, PingTimeout: pingTimeout},
		WriteBufferSize:        16 << 10,
		ReadBufferSize:         16 << 10,
	}
}

// Keep closes the idle connections of upstreams that a snapshot no longer has,
// and forgets their access tokens.
func (p *Pool) Keep(s *snapshot.Snapshot) {
	live := make(map[string]bool, len(s.Upstreams))
	for _, up := range s.Upstreams {
		live[up.Fingerprint] = true
	}
	for _, pools := range []*sync.Map{&p.transports, &p.directs} {
		pools.Range(func(fingerprint, connections any) bool {
			if !live[fingerprint.(string)] { //nolint:forcetypeassert // the maps hold nothing else
				pools.Delete(fingerprint)
				connections.(idleCloser).CloseIdleConnections() //nolint:forcetypeassert // as above
			}
			return true
		})
	}
	p.tokens.keep(s)
}

// idleCloser is what the two kinds of connection pools have in common.
type idleCloser interface{ CloseIdleConnections() }

// Close closes every idle connection, and waits for tokens that are on their way.
func (p *Pool) Close() {
	p.tokens.end()
	p.Keep(&snapshot.Snapshot{})
}

// dialContext lets a dial report how long it took to the attempt that waits
// for it, without the transport's trace hooks on every call.
type dialContext struct {
	context.Context
	took atomic.Int64 // nanoseconds
}

type dialKey struct{}

// Value implements context.Context.
func (d *dialContext) Value(key any) any {
	if key == (dialKey{}) {
		return d
	}
	return d.Context.Value(key)
}

type dialFunc = func(ctx context.Context, network, address string) (net.Conn, error)

func timed(dial dialFunc) dialFunc {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		start := time.Now()
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, &DialError{err}
		}
		if d, ok := ctx.Value(dialKey{}).(*dialContext); ok {
			d.took.Store(int64(max(time.Since(start), 1)))
		}
		return conn, nil
	}
}
