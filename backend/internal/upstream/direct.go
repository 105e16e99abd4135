package upstream

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/snapshot"
)

// This file is back B: plain HTTP/1.1 on connections of our own, written and
// read on the goroutine of the call. net/http's transport hands every request
// to two goroutines of its connection and back, which costs more than the rest
// of a call; what comes back is still read by net/http's own parser. Back A,
// the transport, keeps TLS, HTTP/2 and everything unusual.

// The bounds of a direct connection.
const (
	directBuffer = 16 << 10
	// maxDirectBody is the largest request body that is written before the
	// answer is read; an upstream that refuses a larger one without reading it
	// needs both at once, which the transport does.
	maxDirectBody = 256 << 10
	// maxInformational is how many 1xx answers may precede the real one.
	maxInformational = 5
)

// errHeadTooLarge is returned for an answer whose head passes maxHeadBytes.
var errHeadTooLarge = errors.New("the head of the answer is larger than its bound")

// directPool holds the idle direct connections of one upstream.
type directPool struct {
	dial dialFunc
	mu   sync.Mutex
	// The fields below are guarded by mu.
	idle   []*directConn // the one used last is taken first
	closed bool
}

// directConn is one connection. It belongs to one attempt at a time.
type directConn struct {
	net.Conn
	limit     io.LimitedReader // between the socket and reader
	reader    *bufio.Reader
	out       []byte
	idleSince time.Time
}

func newDirectConn(c net.Conn) *directConn {
	d := &directConn{Conn: c}
	d.limit.R = c
	d.reader = bufio.NewReaderSize(&d.limit, directBuffer)
	return d
}

// take returns a live idle connection, or nil.
func (p *directPool) take(now time.Time) *directConn {
	for {
		p.mu.Lock()
		n := len(p.idle)
		if n == 0 {
			p.mu.Unlock()
			return nil
		}
		c := p.idle[n-1]
		p.idle[n-1], p.idle = nil, p.idle[:n-1]
		p.mu.Unlock()
		if now.Sub(c.idleSince) < idleLifetime && quiet(c.Conn) {
			return c
		}
		_ = c.Close()
	}
}

// put keeps a connection for the next attempt.
func (p *directPool) put(c *directConn, now time.Time) {
	c.idleSince = now
	p.mu.Lock()
	keep := !p.closed && len(p.idle) < idlePerHost
	if keep {
		p.idle = append(p.idle, c)
	}
	p.mu.Unlock()
	if !keep {
		_ = c.Close()
	}
}

// close closes the idle connections; those in use are closed when they return.
func (p *directPool) close() {
	p.mu.Lock()
	idle := p.idle
	p.idle, p.closed = nil, true
	p.mu.Unlock()
	for _, c := range idle {
		_ = c.Close()
	}
}

// CloseIdleConnections implements idleCloser.
func (p *directPool) CloseIdleConnections() { p.close() }

// send carries one attempt on a direct connection.
func (p *directPool) send(ctx context.Context, method string, up *snapshot.Upstream, who proof, wire dialect.Wire) (*Response, error) {
	start := time.Now()
	conn, took := p.take(start), time.Duration(0)
	if conn == nil {
		raw, err := p.dial(ctx, "tcp", address(up))
		if err != nil {
			return nil, err
		}
		conn, took = newDirectConn(raw), max(time.Since(start), 1)
	}
	// A deadline in the past interrupts whatever the connection waits for.
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	resp, err := conn.exchange(ctx, method, up, who, wire)
	if err != nil {
		stop()
		_ = conn.Close()
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return nil, err
	}
	resp.Body = &directBody{pool: p, conn: conn, body: resp.Body, stop: stop, reusable: !resp.Close}
	return &Response{Status: resp.StatusCode, Header: dialect.Header(resp.Header), Body: decompress(resp), ConnectTime: took}, nil
}

// exchange writes the request and reads the head of the answer.
func (c *directConn) exchange(ctx context.Context, method string, up *snapshot.Upstream, who proof, wire dialect.Wire) (*http.Response, error) {
	request, err := c.request(ctx, method, up, who, &wire)
	if err != nil {
		return nil, fmt.Errorf("writing the request: %w", err)
	}
	if _, err := c.Conn.Write(request); err != nil {
		// An upstream that refuses a request before it has read it all answers
		// and closes; what it said may have arrived.
		if resp, readErr := c.head(); readErr == nil {
			resp.Close = true
			return resp, nil
		}
		return nil, &SendError{err}
	}
	return c.head()
}

// head reads the head of the final answer.
func (c *directConn) head() (*http.Response, error) {
	c.limit.N = maxHeadBytes
	for range maxInformational + 1 {
		resp, err := http.ReadResponse(c.reader, nil)
		if err != nil {
			if c.limit.N <= 0 {
				err = errHeadTooLarge
			}
			return nil, fmt.Errorf("reading the head: %w", err)
		}
		if resp.StatusCode >= http.StatusOK {
			c.limit.N = math.MaxInt64
			return resp, nil
		}
		if resp.StatusCode == http.StatusSwitchingProtocols {
			break // nobody asked for that
		}
	}
	return nil, fmt.Errorf("reading the head: %w", errNotFinal)
}

// request puts head and body in one piece. Header values come from our own
// dialects and from secrets; a line break in one would be a second header.
func (c *directConn) request(ctx context.Context, method string, up *snapshot.Upstream, who proof, wire *dialect.Wire) ([]byte, error) {
	b := c.out[:0]
	b = append(b, method...)
	b = append(b, ' ')
	url := endpoint(up.Base, wire.Path)
	b = append(b, url.RequestURI()...)
	b = append(b, " HTTP/1.1\r\nHost: "...)
	b = append(b, url.Host...)
	for name, values := range headerFor(ctx, method, url, who, wire) {
		for _, value := range values {
			if !oneLine(value) {
				return nil, errors.New("a header value holds a control character")
			}
			b = append(b, '\r', '\n')
			b = append(b, name...)
			b = append(b, ':', ' ')
			b = append(b, value...)
		}
	}
	if len(wire.Body) > 0 || method == http.MethodPost {
		b = append(b, "\r\nContent-Length: "...)
		b = strconv.AppendInt(b, int64(len(wire.Body)), 10)
	}
	b = append(b, "\r\n\r\n"...)
	b = append(b, wire.Body...)
	if cap(b) <= directBuffer {
		c.out = b // a large body's buffer is not worth keeping
	}
	return b, nil
}

func oneLine(value string) bool {
	for i := range len(value) {
		if value[i] < ' ' && value[i] != '\t' || value[i] == 0x7f {
			return false
		}
	}
	return true
}

// address is what to dial.
func address(up *snapshot.Upstream) string {
	port := up.Base.Port()
	if port == "" {
		port = "80"
		if up.Base.Scheme == "https" {
			port = "443"
		}
	}
	return net.JoinHostPort(up.Base.Hostname(), port)
}

// directBody reads an answer and gives the connection back at its end.
type directBody struct {
	pool     *directPool
	conn     *directConn
	body     io.ReadCloser
	stop     func() bool
	reusable bool
	done     bool
}

// Read implements io.Reader.
func (d *directBody) Read(p []byte) (int, error) {
	if d.done {
		return 0, io.EOF
	}
	n, err := d.body.Read(p)
	if err == nil {
		return n, nil
	}
	d.done = true
	// The connection is clean only when the answer ended by itself, nothing
	// follows it and nobody has begun to interrupt us.
	if d.stop() && errors.Is(err, io.EOF) && d.reusable && d.conn.reader.Buffered() == 0 {
		d.pool.put(d.conn, time.Now())
	} else {
		_ = d.conn.Close()
	}
	return n, err //nolint:wrapcheck // io.EOF must stay bare for io.Reader
}

// Close implements io.Closer. An answer that was not read to its end costs
// the connection: reading on could take forever.
func (d *directBody) Close() error {
	if d.done {
		return nil
	}
	d.done = true
	d.stop()
	_ = d.conn.Close() // nothing of it is needed any more
	return nil
}
