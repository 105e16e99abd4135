package listen

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"headwater/backend/hw"
)

// What the HTTP library refuses by itself is told in the words of the door,
// and arrives although the caller is still sending.
func TestDoor_refusesInOneForm(t *testing.T) {
	own := func(w http.ResponseWriter, _ *http.Request, err *hw.Error) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(err.Code.Info().Status)
		_, _ = io.WriteString(w, string(err.Code))
	}
	const host = "Host: localhost\r\n"
	for _, row := range []struct {
		why, request string
		status       int
		code         hw.Code
	}{
		{"head too large", "GET / HTTP/1.1\r\n" + host + "X: " + strings.Repeat("x", 60_000) + "\r\n\r\n", 431, hw.CodeHeaderTooLarge},
		{"no request at all", "hello\r\n\r\n", 400, hw.CodeBadRequest},
		{"no Host", "GET / HTTP/1.1\r\n\r\n", 400, hw.CodeBadRequest},
		{"header with a NUL", "GET / HTTP/1.1\r\n" + host + "X: \x00\r\n\r\n", 400, hw.CodeBadRequest},
		{"unknown transfer encoding", "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: rot13\r\n\r\n", 400, hw.CodeUnsupported},
		{"version of the future", "GET / HTTP/7.0\r\n" + host + "\r\n", 400, hw.CodeBadRequest},
		{"OPTIONS of everything at a foreign host", "OPTIONS * HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421, hw.CodeMisdirected},
	} {
		t.Run(row.why, func(t *testing.T) {
			status, header, body := say(t, open(t, Config{Refuse: own}), row.request)
			if status != row.status || body != string(row.code) || header.Get("Content-Type") != "application/json" || header.Get("closed") != "true" {
				t.Errorf("%d %v %q, want %d %s", status, header, body, row.status, row.code)
			}
			status, header, body = say(t, open(t, Config{}), row.request)
			var problem struct{ Title, Code string }
			if err := json.Unmarshal([]byte(body), &problem); err != nil || status != row.status ||
				problem.Code != row.code.Info().Public || problem.Title == "" || header.Get("Content-Type") != "application/problem+json" {
				t.Errorf("%d %v %q (%v), want %d %s", status, header, body, err, row.status, row.code)
			}
		})
	}
}

// A handler's own text goes through as it is, whatever it looks like.
func TestDoor_leavesHandlersWordsAlone(t *testing.T) {
	const text = "HTTP/1.1 400 Bad Request\r\n" + libraryHead + "400 Bad Request"
	d := open(t, Config{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Connection", "close")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, text)
	})})
	status, _, body := say(t, d, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
	if status != 400 || body != text {
		t.Errorf("%d %q", status, body)
	}
}

// A refused caller that goes on sending sees the answer and its end at once,
// not a reset.
func TestDoor_endsARefusalProperly(t *testing.T) {
	d := open(t, Config{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })})
	c, err := net.Dial("tcp", strings.TrimPrefix(d.URL(), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(5 * time.Second))
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		fmt.Fprintf(c, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n", 4<<20)
		_, _ = c.Write(make([]byte, 4<<20))
	}()
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil || resp.StatusCode != http.StatusTeapot {
		t.Fatalf("%v %v", resp, err)
	}
	if rest, err := io.ReadAll(resp.Body); err != nil || len(rest) != 0 {
		t.Errorf("%q, %v", rest, err)
	}
	_ = c.Close()
	<-sent
}
