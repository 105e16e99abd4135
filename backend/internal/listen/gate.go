package listen

import (
	"errors"
	"net"
	"sync"
	"sync/atomic"
)

// gate is a listener with a bound on open connections. One too many is
// accepted and closed at once: a caller that waits in the kernel's queue would
// learn nothing.
type gate struct {
	net.Listener
	bound         int64
	open, refused atomic.Int64
	// reword replaces what the HTTP library writes where it refuses a request
	// by itself; false means that the bytes are to go as they are. Set before
	// the first connection.
	reword func(p []byte) ([]byte, bool)

	mu    sync.Mutex
	conns map[*conn]struct{}
}

func newGate(l net.Listener, bound int) *gate {
	return &gate{Listener: l, bound: int64(bound), conns: make(map[*conn]struct{})}
}

// Accept gives the next connection within the bound.
func (g *gate) Accept() (net.Conn, error) {
	for {
		raw, err := g.Listener.Accept()
		if err != nil {
			// As it is: the HTTP library looks at its type to tell a passing
			// lack of file descriptors from a closed listener.
			return nil, err //nolint:wrapcheck // see above
		}
		if g.open.Load() >= g.bound { // only this goroutine counts up
			g.refused.Add(1)
			_ = raw.Close()
			continue
		}
		c := &conn{Conn: raw, gate: g}
		g.open.Add(1)
		g.mu.Lock()
		g.conns[c] = struct{}{}
		g.mu.Unlock()
		return c, nil
	}
}

// closeAll closes what is still open: connections that were taken over from
// the HTTP server, which it does not close itself.
func (g *gate) closeAll() {
	g.mu.Lock()
	left := make([]*conn, 0, len(g.conns))
	for c := range g.conns {
		left = append(left, c)
	}
	g.mu.Unlock()
	for _, c := range left {
		_ = c.Close()
	}
}

// conn is a counted connection.
type conn struct {
	net.Conn
	gate *gate
	once sync.Once
}

// Close closes the connection and gives its place back, once.
func (c *conn) Close() error {
	c.once.Do(func() {
		c.gate.mu.Lock()
		delete(c.gate.conns, c)
		c.gate.mu.Unlock()
		c.gate.open.Add(-1)
	})
	return c.Conn.Close() //nolint:wrapcheck // the connection's own error, for the HTTP library
}

// Write hands bytes on, except for a refusal of the HTTP library's own making:
// that goes in the words of the door.
func (c *conn) Write(p []byte) (int, error) {
	if c.gate.reword != nil {
		if said, ok := c.gate.reword(p); ok {
			if _, err := c.Conn.Write(said); err != nil {
				return 0, err //nolint:wrapcheck // the connection's own error, for the HTTP library
			}
			return len(p), nil
		}
	}
	return c.Conn.Write(p) //nolint:wrapcheck // the connection's own error, for the HTTP library
}

// CloseWrite ends the writing side alone. The HTTP library looks for it when
// it refuses a caller that is still sending: without it the caller would see
// its connection reset instead of the answer.
func (c *conn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite() //nolint:wrapcheck // the connection's own error, for the HTTP library
	}
	return errors.ErrUnsupported
}
