package upstream_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"headwater/backend/internal/dialect"
)

// scripted answers each request on each connection with the next text, as it is.
func scripted(t *testing.T, answers ...string) (base string, connections *atomic.Int32) {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	connections = new(atomic.Int32)
	var next atomic.Int32
	serve := func(conn net.Conn) {
		defer func() { _ = conn.Close() }()
		reader := bufio.NewReader(conn)
		for {
			req, err := http.ReadRequest(reader)
			if err != nil {
				return
			}
			_, _ = io.Copy(io.Discard, req.Body)
			i := int(next.Add(1)) - 1
			if i >= len(answers) {
				return
			}
			answer, last := strings.CutSuffix(answers[i], "<close>")
			if _, err := io.WriteString(conn, answer); err != nil || last {
				return
			}
		}
	}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			connections.Add(1)
			go serve(conn)
		}
	}()
	t.Cleanup(func() { _ = listener.Close() })
	return "http://" + listener.Addr().String(), connections
}

const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

func TestDirectConnections(t *testing.T) {
	rows := []struct {
		name        string
		answers     []string
		want        []string // bodies, or "error"
		connections int32
	}{
		{"a clean answer keeps the connection", []string{ok, ok, ok}, []string{"ok", "ok", "ok"}, 1},
		{"chunks", []string{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n1\r\nk\r\n0\r\n\r\n", ok}, []string{"ok", "ok"}, 1},
		{"informational answers are skipped", []string{"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + ok, ok}, []string{"ok", "ok"}, 1},
		{"nothing but informational answers", []string{strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 9)}, []string{"error"}, 1},
		{"switching protocols", []string{"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"}, []string{"error"}, 1},
		{"an answer that ends with its connection", []string{"HTTP/1.1 200 OK\r\n\r\nok<close>", ok}, []string{"ok", "ok"}, 2},
		{"an upstream that says close", []string{"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok", ok}, []string{"ok", "ok"}, 2},
		{"HTTP/1.0", []string{"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", ok}, []string{"ok", "ok"}, 2},
		{"a connection closed while idle is not used", []string{ok + "<close>", ok}, []string{"ok", "ok"}, 2},
		{"bytes behind the answer cost the connection", []string{ok + "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil", ok}, []string{"ok", "ok"}, 2},
		{"no content", []string{"HTTP/1.1 204 No Content\r\n\r\n", ok}, []string{"", "ok"}, 1},
		{"cut inside the head", []string{"HTTP/1.1 200 OK\r\nContent-<close>"}, []string{"error"}, 1},
		{"cut inside the body", []string{"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok<close>"}, []string{"error"}, 1},
		{"not HTTP", []string{"SSH-2.0-OpenSSH\r\n"}, []string{"error"}, 1},
		{"two lengths", []string{"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok"}, []string{"error"}, 1},
		{"an endless head", []string{"HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 80<<10) + "\r\n\r\n"}, []string{"error"}, 1},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			base, connections := scripted(t, row.answers...)
			p, tgt := pool(t, nil), target(t, base)
			for i, want := range row.want {
				if i > 0 && strings.HasSuffix(row.answers[i-1], "<close>") {
					waitForClose(t, base)
				}
				got := "error"
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
				resp, err := p.Send(ctx, "POST", tgt, dialect.Wire{Path: "/x", Body: []byte("{}")})
				if err == nil {
					var body []byte
					if body, err = io.ReadAll(resp.Body); err == nil {
						got = string(body)
					}
					_ = resp.Body.Close()
				}
				cancel()
				if got != want {
					t.Errorf("call %d: %q, want %q (%v)", i, got, want, err)
				}
			}
			if got := connections.Load() - extra(row.answers); got != row.connections {
				t.Errorf("%d connections, want %d", got, row.connections)
			}
		})
	}
}

// waitForClose gives a closing server's goodbye time to arrive: a further
// connection is served only after it.
func waitForClose(t *testing.T, base string) {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.Close()
	time.Sleep(20 * time.Millisecond)
}

// extra counts the connections that waitForClose makes.
func extra(answers []string) (n int32) {
	for _, a := range answers[:len(answers)-1] {
		if strings.HasSuffix(a, "<close>") {
			n++
		}
	}
	return n
}

func TestAnAnswerLeftUnreadCostsTheConnection(t *testing.T) {
	base, connections := scripted(t, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\npart", ok)
	p, tgt := pool(t, nil), target(t, base)
	for range 2 {
		resp, err := p.Send(t.Context(), "POST", tgt, dialect.Wire{})
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
	}
	if connections.Load() != 2 {
		t.Errorf("%d connections", connections.Load())
	}
}

func TestCancellingInterruptsADirectCall(t *testing.T) {
	for _, answer := range []string{"", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"} {
		base, _ := scripted(t, answer)
		gone := errors.New("the caller is gone")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(30*time.Millisecond, func() { cancel(gone) })
		resp, err := pool(t, nil).Send(ctx, "POST", target(t, base), dialect.Wire{})
		if err == nil {
			_, err = io.ReadAll(resp.Body)
			_ = resp.Body.Close()
		} else if !errors.Is(err, gone) {
			t.Errorf("err = %v", err)
		}
		if err == nil {
			t.Error("the call was not interrupted")
		}
	}
}

func TestNoHeaderCanBeSmuggled(t *testing.T) {
	base, connections := scripted(t, ok)
	_, err := pool(t, nil).Send(t.Context(), "POST", target(t, base), dialect.Wire{Header: dialect.Header{"X-A": {"1\r\nX-B: 2"}}})
	if err == nil || connections.Load() > 1 {
		t.Errorf("err = %v", err)
	}
}

func TestLargeBodiesGoByTheTransport(t *testing.T) {
	// This upstream refuses without reading: whoever writes first waits forever.
	base := refuser(t, func(conn *net.TCPConn) {
		_, _ = io.WriteString(conn, "HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n")
		t.Cleanup(func() { _ = conn.Close() })
	})
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	resp, err := pool(t, nil).Send(ctx, "POST", target(t, base), dialect.Wire{Body: make([]byte, 20<<20)})
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.Status != http.StatusRequestEntityTooLarge {
		t.Errorf("status %d", resp.Status)
	}
}
