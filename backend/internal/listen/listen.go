// Package listen opens the doors of the process: it binds an address, serves
// HTTP behind the limits of the edge and refuses callers that address it by a
// name it does not know.
//
// It deliberately knows no path, no caller and no key. Its one invariant: no
// handler sees a request whose Host is not on the allow-list, since that is
// the only thing that stops a web page from reaching us by DNS rebinding.
package listen

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"time"

	"headwater/backend/hw"
)

// The limits of the edge.
const (
	headBytes      = 32 << 10 // request line and header fields together
	headTime       = 5 * time.Second
	idleTime       = 120 * time.Second
	graceTime      = 10 * time.Second
	serverSlack    = 4 << 10 // what net/http adds to the limit it is given
	connectionsTop = 16_384
	connectionsLow = 64
)

// Config is what a Door is made of.
type Config struct {
	// Name is shown in errors and logs: "data", "admin".
	Name string
	// Address is host:port. Port 0 chooses a free one.
	Address string
	// Handler serves what the edge lets through.
	Handler http.Handler
	// Hosts are host names, lower-case and without port, that callers may use
	// beside the door's own addresses; asked with each request. Nil means none.
	Hosts func() []string
	// TLS encrypts every connection. Nil means plain HTTP.
	TLS *tls.Config
	// Refuse answers a request that the edge refuses. Nil means an RFC 9457
	// problem document.
	Refuse func(w http.ResponseWriter, r *http.Request, err *hw.Error)
	// MaxConnections bounds the open connections; those beyond it are closed
	// at once. Zero means a third of the process's file descriptors, between
	// 64 and 16384: one for the caller, one for the upstream, and spare ones.
	MaxConnections int
	// Grace is how long requests under way may go on after a stop. Zero means 10 s.
	Grace time.Duration
	// Log gets what the HTTP library has to say, as debug. Nil discards it.
	Log *slog.Logger
	// Listen replaces the network in tests. Nil means the real one.
	Listen func(ctx context.Context, network, address string) (net.Listener, error)
}

// Door is one open listener.
type Door struct {
	config   Config
	gate     *gate
	server   *http.Server
	handlers handlers
}

// Open binds the address; connections wait until Run.
func Open(ctx context.Context, c Config) (*Door, error) {
	if c.Handler == nil || c.Name == "" {
		return nil, errors.New("opening a listener: no name or no handler")
	}
	if c.MaxConnections <= 0 {
		c.MaxConnections = connectionsFor(FileLimit())
	}
	if c.Grace <= 0 {
		c.Grace = graceTime
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Listen == nil {
		var lc net.ListenConfig
		c.Listen = lc.Listen
	}
	listener, err := c.Listen(ctx, "tcp", c.Address)
	if err != nil {
		return nil, fmt.Errorf("opening the %s listener: %w", c.Name, err)
	}
	d := &Door{config: c, gate: newGate(listener, c.MaxConnections), handlers: handlers{idle: make(chan struct{}, 1)}}
	d.server = &http.Server{
		Handler:           d.finish(d.edge(c.Handler)),
		ReadHeaderTimeout: headTime,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    headBytes - serverSlack,
		ErrorLog:          slog.NewLogLogger(c.Log.Handler(), slog.LevelDebug),
		// Else the library answers "OPTIONS *" itself, past the allow-list.
		DisableGeneralOptionsHandler: true,
	}
	if c.TLS == nil { // under TLS the gate sees only what is encrypted
		d.gate.reword = d.reword
	}
	return d, nil
}

// connectionsFor derives the bound from the number of file descriptors; 0
// descriptors means that the system has no such limit.
func connectionsFor(descriptors uint64) int {
	if descriptors == 0 {
		return connectionsTop
	}
	return int(min(max(descriptors/3, connectionsLow), connectionsTop))
}

// Run serves until ctx ends, lets requests under way finish within the grace,
// closes every connection, those of WebSockets included, and gives the handlers
// of what was cut 3 s to return. Call it once.
func (d *Door) Run(ctx context.Context) error {
	served := make(chan error, 1)
	var listener net.Listener = d.gate
	if d.config.TLS != nil {
		listener = tls.NewListener(d.gate, d.config.TLS)
	}
	go func() { served <- d.server.Serve(listener) }()
	select {
	case err := <-served:
		d.gate.closeAll()
		d.handlers.wait(handlerTime)
		return fmt.Errorf("serving the %s listener: %w", d.config.Name, err)
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), d.config.Grace)
	defer cancel()
	if d.server.Shutdown(grace) != nil {
		_ = d.server.Close() // what did not finish in time is cut
	}
	err := <-served
	d.gate.closeAll()
	d.handlers.wait(handlerTime)
	if !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving the %s listener: %w", d.config.Name, err)
	}
	return nil
}

// Close closes a door that was opened but never run.
func (d *Door) Close() error {
	if err := d.gate.Close(); err != nil {
		return fmt.Errorf("closing the %s listener: %w", d.config.Name, err)
	}
	return nil
}

// Connections gives the number of open connections and how many were turned
// away because there were too many.
func (d *Door) Connections() (open, refused int64) {
	return d.gate.open.Load(), d.gate.refused.Load()
}

// Addr is the bound address.
func (d *Door) Addr() net.Addr { return d.gate.Addr() }

// URL is an address of the door that works on this machine.
func (d *Door) URL() string {
	scheme := "http://"
	if d.config.TLS != nil {
		scheme = "https://"
	}
	tcp, ok := d.Addr().(*net.TCPAddr)
	if !ok {
		return scheme + d.Addr().String()
	}
	ip := tcp.IP
	if ip.IsUnspecified() {
		ip = net.IPv4(127, 0, 0, 1)
	}
	return scheme + net.JoinHostPort(ip.String(), strconv.Itoa(tcp.Port))
}

// Owns reports whether a dial to addr would come in by this door: an upstream
// there would be ourselves.
func (d *Door) Owns(addr *net.TCPAddr) bool {
	bound, ok := d.Addr().(*net.TCPAddr)
	if !ok || bound.Port != addr.Port {
		return false
	}
	switch {
	case bound.IP.Equal(addr.IP):
		return true
	case addr.IP.IsUnspecified(): // a dial to no address reaches this machine
		return bound.IP.IsLoopback() || bound.IP.IsUnspecified()
	case bound.IP.IsUnspecified():
		return addr.IP.IsLoopback() || isOwnAddress(addr.IP)
	}
	return false
}

// isOwnAddress reports whether an interface of this machine has the address.
func isOwnAddress(ip net.IP) bool {
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		return true // unknown: better refuse a target than call ourselves
	}
	for _, a := range addresses {
		if network, ok := a.(*net.IPNet); ok && network.IP.Equal(ip) {
			return true
		}
	}
	return false
}
