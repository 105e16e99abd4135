package listen

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"headwater/backend/hw"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// answering counts what reached the handler by answering 200 with its path.
func answering(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.URL.Path) }

// open opens and runs a door for the length of a test.
func open(t *testing.T, c Config) *Door {
	t.Helper()
	if c.Handler == nil {
		c.Handler = http.HandlerFunc(answering)
	}
	if c.Address == "" {
		c.Address = "127.0.0.1:0"
	}
	c.Name = "test"
	d, err := Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	result := make(chan error, 1)
	go func() { result <- d.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-result; err != nil {
			t.Errorf("Run gave %v", err)
		}
		if opened, _ := d.Connections(); opened != 0 {
			t.Errorf("%d connections are open after the end", opened)
		}
	})
	return d
}

// say sends bytes over a new connection and reads one answer; no answer is status 0.
func say(t *testing.T, d *Door, request string) (int, http.Header, string) {
	t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(d.URL(), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, request); err != nil {
		return 0, nil, ""
	}
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return 0, nil, ""
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	resp.Header.Set("closed", strconv.FormatBool(resp.Close)) // the reader takes the field away
	return resp.StatusCode, resp.Header, string(body)
}

func TestDoor_answersOnlyToItsNames(t *testing.T) {
	d := open(t, Config{Hosts: func() []string { return []string{"gateway.example.com", "10.0.0.9"} }})
	port := d.Addr().(*net.TCPAddr).Port
	for host, want := range map[string]int{
		"127.0.0.1":                       200,
		fmt.Sprintf("127.0.0.1:%d", port): 200,
		"127.0.0.1:1":                     200, // a forwarded port is another one
		"localhost":                       200,
		"LocalHost.:4100":                 200,
		"app.localhost":                   200,
		"[::1]:4100":                      200,
		"gateway.example.com":             200,
		"Gateway.Example.com:4100":        200,
		"10.0.0.9:4100":                   200,

		"evil.example":              421,
		"127.0.0.1.evil.example":    421,
		"localhost.evil.example":    421,
		"gateway.example.com.evil":  421,
		"xgateway.example.com":      421,
		"10.0.0.10":                 421,
		"192.168.1.1":               421,
		"0.0.0.0":                   421,
		"::1":                       421,
		"[localhost]":               421,
		"[::1":                      421,
		"":                          421,
		":4100":                     421,
		"localhost:80:evil.example": 421,
	} {
		status, _, body := say(t, d, "GET /x HTTP/1.1\r\nHost: "+host+"\r\n\r\n")
		// The HTTP library refuses some of the malformed ones itself.
		if status != want && (want == 200 || status != 400) {
			t.Errorf("Host %q: %d, want %d", host, status, want)
		}
		if (body == "/x") != (want == 200) {
			t.Errorf("Host %q: body %q", host, body)
		}
	}
}

func TestDoor_refusesTheHostBeforeAnythingElse(t *testing.T) {
	d := open(t, Config{})
	for _, request := range []string{
		"GET http://evil.example/x HTTP/1.1\r\nHost: localhost\r\n\r\n", // the target's host counts
		"CONNECT evil.example:443 HTTP/1.1\r\nHost: localhost\r\n\r\n",
		"TRACE /x HTTP/1.1\r\nHost: evil.example\r\n\r\n",
		"GET /x HTTP/1.0\r\n\r\n",
	} {
		status, header, body := say(t, d, request)
		if status != 421 || header.Get("Content-Type") != "application/problem+json" || header.Get("closed") != "true" {
			t.Errorf("%q: %d %v", request, status, header)
		}
		var problem struct {
			Status int
			Code   string
		}
		if err := json.Unmarshal([]byte(body), &problem); err != nil || problem.Status != 421 || problem.Code != "HW-REQ-421" {
			t.Errorf("%q: %v %s", request, err, body)
		}
		if strings.Contains(body, "evil") {
			t.Errorf("the answer repeats the caller's words: %s", body)
		}
	}
}

func TestDoor_refusesTraceAndConnect(t *testing.T) {
	d := open(t, Config{})
	for _, request := range []string{
		"TRACE /x HTTP/1.1\r\nHost: localhost\r\n\r\n",
		"CONNECT localhost:4100 HTTP/1.1\r\nHost: localhost:4100\r\n\r\n",
	} {
		status, header, _ := say(t, d, request)
		if status != 405 || header.Get("Allow") != allowedMethods {
			t.Errorf("%q: %d, Allow %q", request, status, header.Get("Allow"))
		}
	}
}

func TestDoor_refusesInTheCallersOwnWay(t *testing.T) {
	d := open(t, Config{Refuse: func(w http.ResponseWriter, _ *http.Request, err *hw.Error) {
		http.Error(w, string(err.Code), 499)
	}})
	if status, _, body := say(t, d, "GET / HTTP/1.1\r\nHost: evil\r\n\r\n"); status != 499 || body != "misdirected\n" {
		t.Errorf("%d %q", status, body)
	}
}

func TestDoor_boundsTheHead(t *testing.T) {
	d := open(t, Config{})
	request := func(bytes int) string {
		return "GET /x HTTP/1.1\r\nHost: localhost\r\nX: " + strings.Repeat("a", bytes) + "\r\n\r\n"
	}
	if status, _, _ := say(t, d, request(headBytes-100)); status != 200 {
		t.Errorf("%d below the limit", status)
	}
	if status, _, _ := say(t, d, request(headBytes+100)); status == 200 {
		t.Error("a head beyond the limit was served")
	}
}

func TestDoor_closesConnectionsBeyondItsBound(t *testing.T) {
	d := open(t, Config{MaxConnections: 2})
	var held []net.Conn
	for range 2 {
		c, err := net.Dial("tcp", d.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		held = append(held, c)
		// An answer proves that the connection was accepted.
		_, _ = io.WriteString(c, "GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n")
		if _, err := c.Read(make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
	}
	if status, _, _ := say(t, d, "GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n"); status != 0 {
		t.Errorf("the third connection was answered with %d", status)
	}
	if opened, refused := d.Connections(); opened != 2 || refused != 1 {
		t.Errorf("%d open, %d refused", opened, refused)
	}
	_ = held[0].Close()
	status := 0
	for range 1000 { // the server needs a moment to notice
		if status, _, _ = say(t, d, "GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n"); status != 0 {
			break
		}
		runtime.Gosched()
	}
	if status != 200 {
		t.Errorf("a free place gave %d", status)
	}
}

func TestDoor_addresses(t *testing.T) {
	loop := open(t, Config{})
	port := loop.Addr().(*net.TCPAddr).Port
	if want := fmt.Sprintf("http://127.0.0.1:%d", port); port == 0 || loop.URL() != want {
		t.Errorf("URL %s, want %s", loop.URL(), want)
	}
	wide := open(t, Config{Address: "0.0.0.0:0"})
	if !strings.HasPrefix(wide.URL(), "http://127.0.0.1:") {
		t.Errorf("URL %s", wide.URL())
	}
	for _, row := range []struct {
		door *Door
		ip   string
		owns bool
	}{
		{loop, "127.0.0.1", true},
		{loop, "::ffff:127.0.0.1", true},
		{loop, "0.0.0.0", true},
		{loop, "10.1.2.3", false},
		{loop, "203.0.113.7", false},
		{wide, "127.0.0.1", true},
		{wide, "127.9.9.9", true},
		{wide, "::", true},
		{wide, "203.0.113.7", false},
	} {
		addr := &net.TCPAddr{IP: net.ParseIP(row.ip), Port: row.door.Addr().(*net.TCPAddr).Port}
		if got := row.door.Owns(addr); got != row.owns {
			t.Errorf("%s owns %s: %v", row.door.Addr(), addr, got)
		}
		addr.Port++
		if row.door.Owns(addr) {
			t.Errorf("%s owns %s", row.door.Addr(), addr)
		}
	}
	addresses, _ := net.InterfaceAddrs()
	for _, a := range addresses {
		ip := a.(*net.IPNet).IP
		if !wide.Owns(&net.TCPAddr{IP: ip, Port: wide.Addr().(*net.TCPAddr).Port}) {
			t.Errorf("the machine's own %s is not known", ip)
		}
	}
}

// A connection that was taken over, as a WebSocket is, does not outlive the door.
func TestDoor_closesHijackedConnections(t *testing.T) {
	taken := make(chan struct{})
	d, err := Open(t.Context(), Config{
		Name: "test", Address: "127.0.0.1:0",
		Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if _, _, err := http.NewResponseController(w).Hijack(); err != nil {
				t.Error(err)
			}
			close(taken)
		}),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	result := make(chan error, 1)
	go func() { result <- d.Run(ctx) }()
	c, err := net.Dial("tcp", d.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_, _ = io.WriteString(c, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
	<-taken
	stop()
	if err := <-result; err != nil {
		t.Error(err)
	}
	if _, err := c.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("the connection is still there: %v", err)
	}
}

func TestOpen_saysWhatIsWrong(t *testing.T) {
	first := open(t, Config{})
	_, err := Open(t.Context(), Config{Name: "data", Address: first.Addr().String(), Handler: http.NotFoundHandler()})
	if err == nil || !strings.HasPrefix(err.Error(), "opening the data listener: listen tcp 127.0.0.1:") {
		t.Errorf("got %v", err)
	}
	if _, err := Open(t.Context(), Config{Name: "data", Address: "127.0.0.1:0"}); err == nil {
		t.Error("no handler was accepted")
	}
	d, err := Open(t.Context(), Config{Name: "data", Address: "127.0.0.1:0", Handler: http.NotFoundHandler()})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
}

// pipes is a listener over memory, so that time can be virtual.
type pipes struct {
	conns  chan net.Conn
	errs   chan error
	closed chan struct{}
}

func newPipes() *pipes {
	return &pipes{conns: make(chan net.Conn), errs: make(chan error), closed: make(chan struct{})}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case err := <-p.errs:
		return nil, err
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	select {
	case <-p.closed:
	default:
		close(p.closed)
	}
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "pipe"} }

func (p *pipes) dial() net.Conn {
	ours, theirs := net.Pipe()
	p.conns <- theirs
	return ours
}

// inMemory runs a door over pipes in virtual time.
func inMemory(t *testing.T, c Config, tell func(t *testing.T, p *pipes, stop func() error)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p := newPipes()
		c.Name, c.Listen = "test", func(context.Context, string, string) (net.Listener, error) { return p, nil }
		d, err := Open(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		result := make(chan error, 1)
		go func() { result <- d.Run(ctx) }()
		tell(t, p, func() error { cancel(); return <-result })
		cancel()
	})
}

func TestDoor_waitsFiveSecondsForAHead(t *testing.T) {
	inMemory(t, Config{Handler: http.HandlerFunc(answering)}, func(t *testing.T, p *pipes, stop func() error) {
		c := p.dial()
		began := time.Now()
		_, _ = io.WriteString(c, "GET /x HTTP/1.1\r\nHost: local")
		_, _ = io.ReadAll(c)
		if took := time.Since(began); took != headTime {
			t.Errorf("a half head was waited for %s", took)
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
}

func TestDoor_keepsAnIdleConnectionTwoMinutes(t *testing.T) {
	inMemory(t, Config{Handler: http.HandlerFunc(answering)}, func(t *testing.T, p *pipes, stop func() error) {
		c := p.dial()
		go func() { _, _ = io.WriteString(c, "GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n") }()
		answer := bufio.NewReader(c)
		resp, err := http.ReadResponse(answer, nil)
		if err != nil || resp.StatusCode != 200 {
			t.Fatal(resp, err)
		}
		_, _ = io.ReadAll(resp.Body)
		began := time.Now()
		_, _ = io.ReadAll(answer)
		if took := time.Since(began); took != idleTime {
			t.Errorf("idle for %s", took)
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
}

func TestDoor_letsRequestsFinishWithinTheGrace(t *testing.T) {
	for _, row := range []struct {
		name     string
		work     time.Duration
		answered bool
	}{{"in time", 8 * time.Second, true}, {"too slow", time.Hour, false}} {
		t.Run(row.name, func(t *testing.T) {
			slow := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				select {
				case <-time.After(row.work):
					answering(w, r)
				case <-r.Context().Done():
				}
			})
			inMemory(t, Config{Handler: slow}, func(t *testing.T, p *pipes, stop func() error) {
				c := p.dial()
				_, _ = io.WriteString(c, "GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n")
				time.Sleep(time.Second)
				got := make(chan bool, 1)
				go func() {
					resp, err := http.ReadResponse(bufio.NewReader(c), nil)
					if err == nil {
						_ = resp.Body.Close()
					}
					got <- err == nil
				}()
				began := time.Now()
				if err := stop(); err != nil {
					t.Error(err)
				}
				if took := time.Since(began); took > graceTime {
					t.Errorf("the stop took %s", took)
				}
				if answered := <-got; answered != row.answered {
					t.Errorf("answered: %v", answered)
				}
				_ = c.Close()
			})
		})
	}
}

// Running out of file descriptors passes; the door must not end by it.
func TestDoor_survivesALackOfDescriptors(t *testing.T) {
	inMemory(t, Config{Handler: http.HandlerFunc(answering)}, func(t *testing.T, p *pipes, stop func() error) {
		for range 10 {
			p.errs <- &net.OpError{Op: "accept", Err: syscall.EMFILE}
		}
		c := p.dial()
		go func() { _, _ = io.WriteString(c, "GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n") }()
		if resp, err := http.ReadResponse(bufio.NewReader(c), nil); err != nil || resp.StatusCode != 200 {
			t.Error(resp, err)
		}
		_ = c.Close()
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
}

func TestDoor_saysWhenTheListenerBreaks(t *testing.T) {
	inMemory(t, Config{Handler: http.HandlerFunc(answering)}, func(t *testing.T, p *pipes, stop func() error) {
		p.errs <- errors.New("cable cut")
		if err := stop(); err == nil || err.Error() != "serving the test listener: cable cut" {
			t.Errorf("got %v", err)
		}
	})
}

func TestFileLimit(t *testing.T) {
	limit, err := RaiseFileLimit()
	if err != nil {
		t.Fatal(err)
	}
	if limit != FileLimit() {
		t.Errorf("raised to %d, but it is %d", limit, FileLimit())
	}
	for descriptors, want := range map[uint64]int{0: 16384, 1: 64, 1024: 341, 30_000: 10_000, 1 << 63: 16384} {
		if got := connectionsFor(descriptors); got != want {
			t.Errorf("%d descriptors: %d connections, want %d", descriptors, got, want)
		}
	}
}

func FuzzHostOf(f *testing.F) {
	for _, seed := range []string{"localhost", "a:1", "[::1]:1", "[", "]", ":", "a.", "[::1]]", "::"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		host := hostOf(header)
		if strings.ContainsAny(host, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") {
			t.Errorf("%q gave %q", header, host)
		}
	})
}
