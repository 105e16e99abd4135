package upstream_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/upstream"
)

// refuser answers each connection by hand after the head of its request.
func refuser(t *testing.T, answer func(conn *net.TCPConn)) (base string) {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			if _, err := http.ReadRequest(bufio.NewReaderSize(conn, 1<<10)); err == nil {
				answer(conn.(*net.TCPConn))
			}
		}
	}()
	return "http://" + listener.Addr().String()
}

func TestARequestCutWhileItIsWrittenIsASendError(t *testing.T) {
	reset := func(conn *net.TCPConn) { _ = conn.SetLinger(0); _ = conn.Close() }
	base := refuser(t, reset)
	for _, row := range []struct {
		name string
		size int
		cut  bool
	}{
		{"on the transport", 64 << 20, true},
		{"a small request", 10, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := pool(t, nil).Send(t.Context(), "POST", target(t, base), dialect.Wire{Body: make([]byte, row.size)})
			if _, cut := errors.AsType[*upstream.SendError](err); err == nil || cut != row.cut {
				t.Errorf("a send error: %v, want %v: %v", cut, row.cut, err)
			}
		})
	}
	t.Run("nothing was sent", func(t *testing.T) {
		server := httptest.NewServer(http.NotFoundHandler())
		server.Close()
		_, err := pool(t, nil).Send(t.Context(), "POST", target(t, server.URL), dialect.Wire{Body: make([]byte, 1<<20)})
		if _, cut := errors.AsType[*upstream.SendError](err); err == nil || cut {
			t.Errorf("err = %v", err)
		}
	})
	t.Run("the caller hung up", func(t *testing.T) {
		base := refuser(t, func(conn *net.TCPConn) { t.Cleanup(func() { _ = conn.Close() }) })
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		_, err := pool(t, nil).Send(ctx, "POST", target(t, base), dialect.Wire{Body: make([]byte, 64<<20)})
		if _, cut := errors.AsType[*upstream.SendError](err); err == nil || cut {
			t.Errorf("err = %v", err)
		}
	})
}

// brokenPipe fails to write, as a connection does whose other end has closed.
type brokenPipe struct {
	net.Conn
	answer io.Reader
}

func (b *brokenPipe) Write([]byte) (int, error)  { return 0, errors.New("broken pipe") }
func (b *brokenPipe) Read(p []byte) (int, error) { return b.answer.Read(p) }

func TestADirectWriteThatFails(t *testing.T) {
	for name, row := range map[string]struct {
		answer string
		status int // 0 means a SendError
	}{
		"without an answer":         {"", 0},
		"with half an answer":       {"HTTP/1.1 413 Conte", 0},
		"with the upstream's words": {"HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nno", 413},
	} {
		t.Run(name, func(t *testing.T) {
			ours, theirs := net.Pipe()
			defer func() { _ = theirs.Close() }()
			p, err := upstream.New(upstream.Config{Practice: noPractice{}, Dial: func(context.Context, string, string) (net.Conn, error) {
				return &brokenPipe{Conn: ours, answer: strings.NewReader(row.answer)}, nil
			}})
			if err != nil {
				t.Fatal(err)
			}
			resp, err := p.Send(t.Context(), "POST", target(t, "http://up.example"), dialect.Wire{Body: []byte("{}")})
			if row.status == 0 {
				if _, cut := errors.AsType[*upstream.SendError](err); !cut {
					t.Errorf("err = %v", err)
				}
				return
			}
			if err != nil || resp.Status != row.status {
				t.Fatalf("%+v, %v", resp, err)
			}
			if body, err := io.ReadAll(resp.Body); err != nil || string(body) != "no" {
				t.Errorf("%q, %v", body, err)
			}
		})
	}
}

func TestASwitchOfProtocolsIsNoAnswer(t *testing.T) {
	base := refuser(t, func(conn *net.TCPConn) {
		_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n")
		t.Cleanup(func() { _ = conn.Close() })
	})
	for name, size := range map[string]int{"direct": 10, "transport": 300 << 10} {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		if _, err := pool(t, nil).Send(ctx, "POST", target(t, base), dialect.Wire{Body: make([]byte, size)}); err == nil || ctx.Err() != nil {
			t.Errorf("%s: err = %v", name, err)
		}
		cancel()
	}
	began := time.Now()
	report := pool(t, nil).Diagnose(t.Context(), target(t, base).Upstream, dialect.Wire{Path: "/models"})
	if report.OK || report.Code != "HW-UP-502" || time.Since(began) > time.Second {
		t.Errorf("after %s: %+v", time.Since(began), report)
	}
}

func TestTheEscapesOfABaseStay(t *testing.T) {
	var seen atomic.Value
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen.Store(r.RequestURI)
		_, _ = io.WriteString(w, `{"data":[]}`)
	}))
	defer server.Close()
	for base, want := range map[string]string{
		"/a%2Fb/v1": "/a%2Fb/v1/models", "/a b/v1": "/a%20b/v1/models", "/v1": "/v1/models", "": "/models",
	} {
		p, tgt := pool(t, nil), target(t, server.URL+base)
		for name, ask := range map[string]func() error{
			"direct": func() error { return send(p.Send(t.Context(), "POST", tgt, dialect.Wire{Path: "/models"})) },
			"transport": func() error {
				return send(p.Send(t.Context(), "POST", tgt, dialect.Wire{Path: "/models", Body: make([]byte, 300<<10)}))
			},
			"test": func() error {
				if report := p.Diagnose(t.Context(), tgt.Upstream, dialect.Wire{Path: "/models"}); !report.OK {
					return errors.New(report.Diagnosis)
				}
				return nil
			},
		} {
			if err := ask(); err != nil || seen.Load() != want {
				t.Errorf("%s, %s: the upstream saw %v, want %s (%v)", base, name, seen.Load(), want, err)
			}
		}
	}
}

func send(resp *upstream.Response, err error) error {
	if err != nil {
		return err
	}
	return resp.Body.Close()
}

// hole is a connection whose other end may vanish without a word.
type hole struct {
	net.Conn
	dead   atomic.Bool
	closed chan struct{}
	once   sync.Once
}

func (h *hole) Write(p []byte) (int, error) {
	if h.dead.Load() {
		return len(p), nil
	}
	return h.Conn.Write(p)
}

func (h *hole) Read(p []byte) (int, error) {
	n, err := h.Conn.Read(p)
	if h.dead.Load() {
		<-h.closed
		return 0, net.ErrClosed
	}
	return n, err
}

func (h *hole) Close() error {
	h.once.Do(func() { close(h.closed) })
	return h.Conn.Close()
}

// memory is a listener for connections that are made here.
type memory chan net.Conn

func (m memory) Accept() (net.Conn, error) {
	if conn, open := <-m; open {
		return conn, nil
	}
	return nil, net.ErrClosed
}
func (m memory) Close() error   { return nil }
func (m memory) Addr() net.Addr { return &net.UnixAddr{Name: "memory"} }

func TestADeadHTTP2ConnectionIsReplaced(t *testing.T) {
	certified := httptest.NewUnstartedServer(nil)
	certified.StartTLS()
	certified.Close()
	roots := x509.NewCertPool()
	roots.AddCert(certified.Certificate())
	synctest.Test(t, func(t *testing.T) {
		conns := make(memory, 8)
		server := &http.Server{
			Handler:   http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Proto) }),
			TLSConfig: &tls.Config{Certificates: certified.TLS.Certificates, NextProtos: []string{"h2"}, MinVersion: tls.VersionTLS13},
			ErrorLog:  log.New(io.Discard, "", 0),
		}
		served := make(chan error, 1)
		go func() { served <- server.ServeTLS(conns, "", "") }()
		var dialled []*hole
		p, err := upstream.New(upstream.Config{Practice: noPractice{}, Dial: func(context.Context, string, string) (net.Conn, error) {
			ours, theirs := net.Pipe()
			conns <- theirs
			dialled = append(dialled, &hole{Conn: ours, closed: make(chan struct{})})
			return dialled[len(dialled)-1], nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		tgt := target(t, "https://example.com/v1")
		tgt.Upstream.RootCAs = roots
		ask := func() error {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			resp, err := p.Send(ctx, "POST", tgt, dialect.Wire{Path: "/x", Body: []byte("{}")})
			if err != nil {
				return err
			}
			defer func() { _ = resp.Body.Close() }()
			proto, err := io.ReadAll(resp.Body)
			if string(proto) != "HTTP/2.0" {
				t.Errorf("it was asked by %s", proto)
			}
			return err
		}
		if err := ask(); err != nil {
			t.Fatal(err)
		}
		dialled[0].dead.Store(true)
		died := time.Now()
		for ask() != nil && time.Since(died) < time.Hour {
			time.Sleep(time.Second)
		}
		if took := time.Since(died); took > 20*time.Second || len(dialled) != 2 {
			t.Errorf("replaced after %s, by connection %d", took, len(dialled))
		}
		p.Close()
		close(conns)
		_ = server.Close()
		<-served
		for _, conn := range dialled {
			_ = conn.Close()
		}
	})
}
