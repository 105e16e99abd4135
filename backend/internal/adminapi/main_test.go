package adminapi_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"headwater/backend/hw"
	"headwater/backend/internal/admin"
	"headwater/backend/internal/admin/admintest"
	"headwater/backend/internal/adminapi"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// listener is the admin listener on loopback, over a house of its own.
type listener struct {
	*admintest.House
	URL, Addr string
	client    *http.Client
	server    *adminapi.Server
}

func listen(t *testing.T) *listener {
	t.Helper()
	l := &listener{House: admintest.New(t)}
	var err error
	l.server, err = adminapi.New(adminapi.Config{
		Admin: l.Service, Bus: l.Bus, Log: slog.New(slog.NewTextHandler(l.Logged, nil)), Version: "test",
		Hosts: func() []string { return []string{"192.168.7.7:4101"} },
		Page:  http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "the page") }),
	})
	if err != nil {
		t.Fatal(err)
	}
	ts := httptest.NewServer(l.server)
	l.URL, l.Addr, l.client = ts.URL, strings.TrimPrefix(ts.URL, "http://"), ts.Client()
	t.Cleanup(func() {
		if err := l.server.Close(); err != nil {
			t.Error(err)
		}
		ts.Close()
	})
	return l
}

// response is an answer that has been read.
type response struct {
	*http.Response
	body []byte
}

func (r response) decode(t *testing.T, into any) {
	t.Helper()
	if err := json.Unmarshal(r.body, into); err != nil {
		t.Fatalf("answer %s: %v", r.body, err)
	}
}

// do sends a request with the local token, or with the one given in a header.
func (l *listener) do(t *testing.T, method, path, body string, headers ...string) response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, l.URL+path, bytes.NewReader([]byte(body)))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+l.LocalToken(t))
	for i := 0; i+1 < len(headers); i += 2 {
		if headers[i] == "Host" {
			req.Host = headers[i+1]
			continue
		}
		req.Header.Set(headers[i], headers[i+1])
		if headers[i+1] == "" {
			req.Header.Del(headers[i])
		}
	}
	resp, err := l.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response{resp, got}
}

// wantProblem checks an error answer and returns it.
func wantProblem(t *testing.T, r response, code hw.Code) hw.ProblemDetails {
	t.Helper()
	var d hw.ProblemDetails
	r.decode(t, &d)
	if d.Code != code || r.StatusCode != d.Status || d.Public == "" || d.Detail == "" || d.Hint == "" {
		t.Fatalf("status %d, problem %s, want code %s", r.StatusCode, r.body, code)
	}
	if ct := r.Header.Get("Content-Type"); ct != "application/problem+json" {
		t.Errorf("content type is %s", ct)
	}
	if id := r.Header.Get("X-Request-Id"); id == "" || id != d.RequestID {
		t.Errorf("request id is %q in the header and %q in the problem", id, d.RequestID)
	}
	return d
}

func ref(name string) admin.Ref { return admin.Ref{Name: name} }
