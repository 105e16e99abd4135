package upstream_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/snapshot"
	"headwater/backend/internal/upstream"
)

type noPractice struct{}

func (noPractice) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errors.New("the simulator must not be asked")
}

func pool(t *testing.T, own func(*net.TCPAddr) bool) *upstream.Pool {
	t.Helper()
	p, err := upstream.New(upstream.Config{Practice: noPractice{}, Own: own})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

func target(t *testing.T, base string) *snapshot.Target {
	t.Helper()
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	return &snapshot.Target{Upstream: &snapshot.Upstream{
		ID: "ups_1", Name: "up", Base: u, Local: true, Fingerprint: base,
		Provider: hw.Provider{ID: "openai-compatible", Name: "OpenAI-compatible", AuthHeader: "Authorization", AuthScheme: "Bearer"},
		Timeouts: snapshot.Timeouts{Connect: time.Second, TLS: time.Second, FirstByte: 2 * time.Second, Idle: time.Second},
	}}
}

func TestSend(t *testing.T) {
	var got *http.Request
	var body []byte
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r
		body, _ = io.ReadAll(r.Body)
		w.Header().Set("X-Vendor", "yes")
		w.WriteHeader(201)
		_, _ = io.WriteString(w, "hello")
	}))
	defer server.Close()
	p := pool(t, nil)
	tgt := target(t, server.URL+"/v1")
	tgt.Credential = &snapshot.Credential{Secret: "sk-1"}

	send := func() *upstream.Response {
		resp, err := p.Send(t.Context(), "POST", tgt, dialect.Wire{
			Path: "/chat/completions", Header: dialect.Header{"X-Dialect": {"1"}}, Body: []byte(`{"a":1}`),
		})
		if err != nil {
			t.Fatal(err)
		}
		return resp
	}
	resp := send()
	answer, _ := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if resp.Status != 201 || string(answer) != "hello" || resp.Header["X-Vendor"][0] != "yes" {
		t.Errorf("answer %d %q %v", resp.Status, answer, resp.Header)
	}
	if resp.ConnectTime <= 0 {
		t.Error("the first call had to connect")
	}
	if got.URL.Path != "/v1/chat/completions" || string(body) != `{"a":1}` || got.ContentLength != 7 {
		t.Errorf("the upstream saw %s %q (%d bytes)", got.URL.Path, body, got.ContentLength)
	}
	for name, want := range map[string]string{
		"Authorization": "Bearer sk-1", "X-Dialect": "1", "Content-Type": "application/json", "User-Agent": "Headwater",
		"Accept-Encoding": "identity",
	} {
		if got.Header.Get(name) != want {
			t.Errorf("%s = %q, want %q", name, got.Header.Get(name), want)
		}
	}
	if len(got.Header) != 6 { // and Content-Length
		t.Errorf("nothing else may be sent: %v", got.Header)
	}
	again := send()
	_ = again.Body.Close()
	if again.ConnectTime != 0 {
		t.Error("the second call must reuse the connection")
	}
}

func TestSendRefusesForbiddenAddresses(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	t.Run("a public upstream does not reach this machine", func(t *testing.T) {
		tgt := target(t, server.URL)
		tgt.Upstream.Local = false
		_, err := pool(t, nil).Send(t.Context(), "POST", tgt, dialect.Wire{})
		if !errors.Is(err, upstream.ErrForbiddenAddress) {
			t.Errorf("err = %v", err)
		}
	})
	t.Run("nobody reaches our own listeners", func(t *testing.T) {
		port := server.Listener.Addr().(*net.TCPAddr).Port
		own := func(a *net.TCPAddr) bool { return a.Port == port }
		_, err := pool(t, own).Send(t.Context(), "POST", target(t, server.URL), dialect.Wire{})
		if !errors.Is(err, upstream.ErrForbiddenAddress) {
			t.Errorf("err = %v", err)
		}
	})
}

func TestSendDoesNotFollowRedirects(t *testing.T) {
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		http.Redirect(w, r, "http://169.254.169.254/", http.StatusTemporaryRedirect)
	}))
	defer server.Close()
	resp, err := pool(t, nil).Send(t.Context(), "POST", target(t, server.URL), dialect.Wire{Body: []byte("{}")})
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.Status != http.StatusTemporaryRedirect || asked != 1 {
		t.Errorf("status %d after %d requests", resp.Status, asked)
	}
}

func zip(body []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write(body)
	_ = w.Close()
	return b.Bytes()
}

func TestCompressedAnswers(t *testing.T) {
	rows := []struct {
		name, encoding string
		body           []byte
		want           string
		err            error
	}{
		{name: "gzip is undone", encoding: "gzip", body: zip([]byte("hello")), want: "hello"},
		{name: "identity is left alone", encoding: "identity", body: []byte("hello"), want: "hello"},
		{name: "a bomb is refused", encoding: "gzip", body: zip(make([]byte, 30<<20)), err: upstream.ErrInflated},
		{name: "an unknown encoding is refused", encoding: "br", body: []byte("?"), err: upstream.ErrEncoding},
		{name: "a broken one is refused", encoding: "gzip", body: []byte("this is no gzip stream"), err: gzip.ErrHeader},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Encoding", row.encoding)
				w.Header().Set("Retry-After", "7")
				w.WriteHeader(http.StatusTooManyRequests)
				_, _ = w.Write(row.body)
			}))
			defer server.Close()
			resp, err := pool(t, nil).Send(t.Context(), "POST", target(t, server.URL), dialect.Wire{})
			if err != nil || resp.Status != http.StatusTooManyRequests || resp.Header["Retry-After"][0] != "7" {
				t.Fatalf("the head says enough by itself: %+v, %v", resp, err)
			}
			got, err := io.ReadAll(resp.Body)
			_ = resp.Body.Close()
			if !errors.Is(err, row.err) || row.err == nil && string(got) != row.want {
				t.Errorf("%d bytes, err %v; want %q, %v", len(got), err, row.want, row.err)
			}
		})
	}
}

func TestTransportsFollowTheConfiguration(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	p, tgt := pool(t, nil), target(t, server.URL)
	ask := func() time.Duration {
		resp, err := p.Send(t.Context(), "POST", tgt, dialect.Wire{})
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
		return resp.ConnectTime
	}
	ask()
	p.Keep(&snapshot.Snapshot{Upstreams: []*snapshot.Upstream{tgt.Upstream}})
	if ask() != 0 {
		t.Error("a change that leaves the upstream alone must keep its connections")
	}
	p.Keep(&snapshot.Snapshot{})
	if ask() == 0 {
		t.Error("connections of a removed upstream must not be used again")
	}
}

// checkReport holds a report to the lists by which people are told of it: its
// code has a row in the table, its steps are those that the interface names.
func checkReport(t *testing.T, report hw.TestReport) {
	t.Helper()
	listed := slices.ContainsFunc(hw.CodeTable(), func(row hw.CodeInfo) bool { return row.Public == report.Code })
	if listed == report.OK || (report.Hint == "") != report.OK {
		t.Errorf("code %q, hint %q of a report that is OK: %v", report.Code, report.Hint, report.OK)
	}
	field, _ := reflect.TypeFor[hw.TestStep]().FieldByName("Name")
	names := strings.Split(field.Tag.Get("enum"), ",")
	for _, step := range report.Steps {
		if !slices.Contains(names, step.Name) {
			t.Errorf("step %q is not among %q", step.Name, names)
		}
		if words, _ := hw.Tell(step.WordsSaid...); words == "" || words != step.Words {
			t.Errorf("step %q says %q, and %q for other languages", step.Name, step.Words, words)
		}
	}
	if words, _ := hw.Tell(report.DiagnosisSaid...); words != report.Diagnosis {
		t.Errorf("the diagnosis is %q, and %q for other languages", report.Diagnosis, words)
	}
	if words, _ := hw.Tell(report.HintSaid...); words != "" && words != report.Hint {
		t.Errorf("the hint is %q, and %q for other languages", report.Hint, words)
	}
}

func TestDiagnose(t *testing.T) {
	answer := func(status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/v1/models" || r.Method != http.MethodGet {
				status = http.StatusTeapot
			}
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	rows := []struct {
		name   string
		handle http.HandlerFunc
		code   string
		words  string
	}{
		{"all is well", answer(200, `{"data":[]}`), "", "answers"},
		{"bad key", answer(401, `{}`), "HW-UP-401", "refused"},
		{"no credit", answer(402, `{}`), "HW-UP-402", "credit"},
		{"wrong path", answer(404, `not found`), "HW-UP-404", "model list"},
		{"a web page", answer(200, `<html>`), "HW-UP-MALFORMED", "not JSON"},
		{"broken", answer(500, `{}`), "HW-UP-502", "500"},
		{"cut off", func(w http.ResponseWriter, _ *http.Request) {
			c, _, _ := http.NewResponseController(w).Hijack()
			_ = c.Close()
		}, "HW-UP-502", "broke"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			server := httptest.NewServer(row.handle)
			defer server.Close()
			report := pool(t, nil).Diagnose(t.Context(), target(t, server.URL+"/v1").Upstream, dialect.Wire{Path: "/models"})
			if report.Code != row.code || report.OK != (row.code == "") || !strings.Contains(report.Diagnosis, row.words) {
				t.Errorf("report %+v", report)
			}
			checkReport(t, report)
			if last := report.Steps[len(report.Steps)-1]; last.OK != report.OK {
				t.Errorf("the last step must be the one that decided: %+v", report.Steps)
			}
		})
	}
	t.Run("refused", func(t *testing.T) {
		server := httptest.NewServer(http.NotFoundHandler())
		server.Close()
		report := pool(t, nil).Diagnose(t.Context(), target(t, server.URL).Upstream, dialect.Wire{Path: "/models"})
		checkReport(t, report)
		if report.Code != "HW-UP-REFUSED" || report.Hint == "" {
			t.Errorf("report %+v", report)
		}
	})
	t.Run("certificate nobody trusts", func(t *testing.T) {
		server := httptest.NewUnstartedServer(http.NotFoundHandler())
		server.Config.ErrorLog = log.New(io.Discard, "", 0)
		server.StartTLS()
		defer server.Close()
		report := pool(t, nil).Diagnose(t.Context(), target(t, server.URL).Upstream, dialect.Wire{Path: "/models"})
		checkReport(t, report)
		if report.Code != "HW-UP-TLS" || !strings.Contains(report.Diagnosis, "does not trust") {
			t.Errorf("report %+v", report)
		}
	})
	t.Run("TLS to a plain port", func(t *testing.T) {
		server := httptest.NewServer(http.NotFoundHandler())
		defer server.Close()
		report := pool(t, nil).Diagnose(t.Context(), target(t, strings.Replace(server.URL, "http:", "https:", 1)).Upstream, dialect.Wire{Path: "/models"})
		checkReport(t, report)
		if report.Code != "HW-UP-TLS" {
			t.Errorf("report %+v", report)
		}
	})
	t.Run("a name that is none", func(t *testing.T) {
		report := pool(t, nil).Diagnose(t.Context(), target(t, "http://no-such-host.invalid/v1").Upstream, dialect.Wire{Path: "/models"})
		checkReport(t, report)
		if report.Code != "HW-UP-DNS" {
			t.Errorf("report %+v", report)
		}
	})
	t.Run("this machine, without being marked local", func(t *testing.T) {
		server := httptest.NewServer(http.NotFoundHandler())
		defer server.Close()
		up := target(t, server.URL).Upstream
		up.Local = false
		report := pool(t, nil).Diagnose(context.Background(), up, dialect.Wire{Path: "/models"})
		checkReport(t, report)
		if report.Code != "HW-UP-ADDRESS" {
			t.Errorf("report %+v", report)
		}
	})
}
