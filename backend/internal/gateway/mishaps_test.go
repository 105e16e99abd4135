package gateway_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect/dialecttest"
	"headwater/backend/internal/testupstream"
)

// mishap is one way in which an upstream fails, and what a caller of any
// dialect must get where nobody else can answer.
type mishap struct {
	// name is the row of docs/dialects.md, fault what the test upstream does.
	name, fault string
	class       hw.Class
	code        hw.Code
	status      int
	// wait is the Retry-After in seconds; soon means that of our own back-off.
	wait int
	// plain and streamed say which answers fail so.
	plain, streamed bool
	// begun is how many words a stream has given before; the status is 200 then.
	begun int
	// except are the upstreams that tell of it in another way.
	except map[string]mishap
}

// soon is a wait of which the upstream said nothing: one to five seconds.
const soon = -1

// mishaps are the rows.
func mishaps() []mishap {
	refused := func(status int) mishap {
		return mishap{class: hw.ClassNeutral, code: hw.CodeUpstreamRefused, status: status}
	}
	both := func(name, fault string, m mishap) mishap {
		m.name, m.fault, m.plain, m.streamed = name, fault, true, true
		return m
	}
	plain := func(name, fault string, m mishap) mishap {
		m.name, m.fault, m.plain = name, fault, true
		return m
	}
	stream := func(name, fault string, m mishap) mishap {
		m.name, m.fault, m.streamed = name, fault, true
		return m
	}
	down := mishap{class: hw.ClassOverloaded, code: hw.CodeNoHealthyUpstream, status: 503, wait: soon}
	failed := mishap{class: hw.ClassFailed, code: hw.CodeNoHealthyUpstream, status: 503, wait: soon}
	garbled := mishap{class: hw.ClassFailed, code: hw.CodeUpstreamMalformed, status: 502, wait: soon}
	auth := mishap{class: hw.ClassAuth, code: hw.CodeUpstreamAuth, status: 502}
	limited := func(wait int) mishap {
		return mishap{class: hw.ClassRate, code: hw.CodeAllRateLimited, status: 429, wait: wait}
	}
	cut := func(class hw.Class, words int) mishap {
		return mishap{class: class, code: hw.CodeStreamInterrupted, status: 200, begun: words}
	}
	unless := func(m mishap, except map[string]mishap) mishap {
		m.except = except
		return m
	}
	return []mishap{
		both("400", "bad-request", refused(400)),
		both("400, too long for the context", "context", mishap{class: hw.ClassContextLength, code: hw.CodeContextLength, status: 400}),
		both("401", "status-401", auth),
		both("403", "status-403", unless(auth, map[string]mishap{"ollama": {class: hw.ClassQuota, code: hw.CodeUpstreamQuota, status: 502}})),
		both("404, no such model", "no-model", mishap{class: hw.ClassNoModel, code: hw.CodeNoHealthyUpstream, status: 503, wait: soon}),
		both("408", "status-408", unless(mishap{class: hw.ClassSlow, code: hw.CodeUpstreamTimeout, status: 504, wait: soon}, map[string]mishap{"bedrock": down})),
		both("413", "status-413", refused(413)),
		both("422", "status-422", refused(422)),
		both("429", "rate", unless(limited(soon), map[string]mishap{"gemini": limited(7)})),
		both("429, Retry-After: 7", "rate+retry-7", limited(7)),
		both("429, Retry-After-Ms", "rate+retry-ms-9000", limited(9)),
		both("429, reset in a header", "rate+remaining-0+reset-12s", unless(limited(12), map[string]mishap{
			"gemini": limited(7), "ollama": limited(soon), "cohere": limited(soon), "bedrock": limited(soon),
		})),
		both("500", "status-500", failed),
		both("502", "status-502", down),
		both("503", "status-503", down),
		both("503, Retry-After: 8", "status-503-retry-8", mishap{class: hw.ClassOverloaded, code: hw.CodeNoHealthyUpstream, status: 503, wait: 8}),
		both("504", "status-504", down),
		both("529", "status-529", down),
		both("200, a page of HTML", "html", garbled),
		both("502, a page of HTML", "html+status-502", down),
		both("429, a page of HTML", "html+status-429-retry-7", limited(7)),
		both("200, an empty body", "empty", garbled),
		both("500, an empty body", "empty+status-500", failed),
		plain("200, no JSON", "badjson", garbled),
		both("200, an error within: rate", "error-in-200+rate+retry-7", limited(7)),
		both("200, an error within: overloaded", "error-in-200+overloaded", unless(down, map[string]mishap{"bedrock": failed})),
		both("200, an error within: credential", "error-in-200+auth", auth),
		both("no answer, the connection is closed", "cut", mishap{class: hw.ClassUnreachable, code: hw.CodeNoHealthyUpstream, status: 503, wait: soon}),
		stream("stream: error before the first content", "error-in-stream-after-0", unless(down, map[string]mishap{"cohere": failed})),
		stream("stream: closed before the first content", "cut-after-0", failed),
		stream("stream: error after content", "error-in-stream-after-3", unless(cut(hw.ClassOverloaded, 3), map[string]mishap{"cohere": cut(hw.ClassFailed, 3)})),
		stream("stream: closed after content", "cut-after-3", cut(hw.ClassFailed, 3)),
		stream("stream: ends without its end", "noend", cut(hw.ClassFailed, 8)),
		stream("stream: no JSON after content", "badjson", cut(hw.ClassFailed, 1)),
	}
}

// shores are the dialects of upstreams, each with its provider and base path.
var shores = []struct{ name, provider, path string }{
	{"openai", "openai-compatible", "/v1"},
	{"openai-responses", "openai-responses-compatible", "/v1"},
	{"anthropic", "anthropic-compatible", "/v1"},
	{"gemini", "gemini-compatible", "/v1beta"},
	{"ollama", "ollama", ""},
	{"cohere", "cohere", "/v2"},
	{"bedrock", "amazon-bedrock", ""},
}

// readers are the callers' SDKs.
func readers() map[string]dialecttest.ErrorReader {
	return map[string]dialecttest.ErrorReader{
		"openai": dialecttest.OpenAI{}, "openai-responses": dialecttest.Responses{}, "anthropic": dialecttest.Anthropic{},
		"gemini": dialecttest.Gemini{}, "gemini, list": dialecttest.Gemini{List: true}, "ollama": dialecttest.Ollama{},
	}
}

// speakers are the dialects of callers; Gemini's streams come in two forms.
func speakers() []tongue {
	all := tongues()
	for _, g := range all {
		if g.name == "gemini" {
			path := g.path
			g.name, g.path = "gemini, list", func(model string, stream bool) string {
				return strings.TrimSuffix(path(model, stream), "?alt=sse")
			}
			return append(all, g)
		}
	}
	return all
}

// TestEveryMishapIsToldToEveryCaller lets an upstream of each dialect fail in
// each way, behind a route that has no other target, and reads what a caller of
// each dialect is told as its SDK does.
func TestEveryMishapIsToldToEveryCaller(t *testing.T) {
	told := 0
	vendor, hosts := mishapHosts(t)
	for _, shore := range shores {
		for _, g := range speakers() {
			t.Run(g.name+" to "+shore.name, func(t *testing.T) {
				r := newRig(t)
				r.load(append(r.documents(), mishapRoutes(hosts, shore.provider, shore.path)...))
				for i, m := range mishaps() {
					if other, ok := m.except[spoken(g.name, shore.name)]; ok {
						m.class, m.code, m.status, m.wait = other.class, other.code, other.status, other.wait
					}
					for _, streamed := range []bool{false, true} {
						if streamed && !m.streamed || !streamed && !m.plain {
							continue
						}
						told++
						model := mishapRoute(i, streamed)
						before := r.calls.count()
						got := vendor.ask(r, g.path(model, streamed), g.body(model, g.say, streamed))
						row := r.calls.wait(t, before)
						for _, wrong := range m.judge(readers()[g.name], got, row) {
							t.Errorf("%s, stream %v: %s\n%s", m.name, streamed, wrong, got.body)
						}
					}
				}
			})
		}
	}
	t.Logf("%d failures told", told)
}

// spoken is the dialect that an upstream is asked in: Ollama has OpenAI's, too.
func spoken(caller, upstream string) string {
	if caller == "openai" && upstream == "ollama" {
		return caller
	}
	return upstream
}

func mishapRoute(i int, streamed bool) string {
	if streamed {
		return fmt.Sprintf("mishap-%d-streamed", i)
	}
	return fmt.Sprintf("mishap-%d-plain", i)
}

// mishapHosts are the addresses of one test upstream, one for each route: what
// is wrong with a host is not held against another.
func mishapHosts(t *testing.T) (*paced, map[string]string) {
	t.Helper()
	vendor, hosts := &paced{vendor: testupstream.New()}, map[string]string{}
	for i := range mishaps() {
		for _, streamed := range []bool{false, true} {
			server := httptest.NewServer(vendor)
			t.Cleanup(server.Close)
			hosts[mishapRoute(i, streamed)] = server.URL
		}
	}
	return vendor, hosts
}

// paced is a vendor whose stream goes on only when the caller has its first
// word: what fails then fails in the midst of an answer.
type paced struct {
	vendor http.Handler
	seen   atomic.Pointer[chan struct{}]
}

// ServeHTTP implements http.Handler.
func (p *paced) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.vendor.ServeHTTP(&pacedWriter{ResponseWriter: w, gone: r.Context().Done(), seen: *p.seen.Load()}, r)
}

type pacedWriter struct {
	http.ResponseWriter
	gone, seen <-chan struct{}
	begun      bool
}

// Unwrap lets the writer be flushed.
func (w *pacedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Write implements http.ResponseWriter.
func (w *pacedWriter) Write(p []byte) (int, error) {
	if w.begun {
		select {
		case <-w.seen:
		case <-w.gone:
		}
	}
	w.begun = w.begun || bytes.Contains(p, []byte("word1"))
	return w.ResponseWriter.Write(p) //nolint:wrapcheck // it is the writer
}

// ask asks, and tells the vendor when the first word has come.
func (p *paced) ask(r *rig, path, body string) answer {
	r.t.Helper()
	seen := make(chan struct{})
	p.seen.Store(&seen)
	ctx, cancel := context.WithTimeout(r.t.Context(), patience)
	defer cancel()
	resp, err := http.DefaultClient.Do(r.request(ctx, http.MethodPost, path, []byte(body), nil))
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var got []byte
	for buf := make([]byte, 4096); err == nil; {
		var n int
		n, err = resp.Body.Read(buf)
		before := bytes.Contains(got, []byte("word1"))
		if got = append(got, buf[:n]...); !before && bytes.Contains(got, []byte("word1")) {
			close(seen)
		}
	}
	if !errors.Is(err, io.EOF) {
		r.t.Fatalf("reading the answer: %v", err)
	}
	return answer{resp.StatusCode, resp.Header, string(got)}
}

// mishapRoutes are a route and an upstream of its own for each mishap.
func mishapRoutes(hosts map[string]string, provider, path string) []hw.Document {
	var docs []hw.Document
	for i, m := range mishaps() {
		for _, streamed := range []bool{false, true} {
			name := mishapRoute(i, streamed)
			docs = append(docs,
				&hw.Upstream{Meta: hw.Meta{ID: "ups_" + name}, Name: name, Provider: provider, BaseURL: hosts[name] + path, Local: true},
				&hw.Credential{Meta: hw.Meta{ID: "crd_" + name}, Name: name, Upstream: name, Sealed: "test-" + name},
				&hw.Route{Name: name, Tiers: []hw.Tier{{Targets: []hw.RouteTarget{{Upstream: name, Model: m.fault}}}}},
			)
		}
	}
	return docs
}

// judge compares what a caller got, and the row of the log, with what must be.
func (m *mishap) judge(reader dialecttest.ErrorReader, got answer, row *hw.Call) []string {
	var wrong []string
	require := func(ok bool, format string, args ...any) {
		if !ok {
			wrong = append(wrong, fmt.Sprintf(format, args...))
		}
	}
	require(got.status == m.status, "status %d, want %d", got.status, m.status)
	require(row.Status == m.status && row.Code == m.code, "the log has %d %s, want %d %s", row.Status, row.Code, m.status, m.code)
	require(len(row.Attempts) == 1 && row.Attempts[0].Class == m.class, "the attempts are %+v, want one of class %s", row.Attempts, m.class)
	require(row.Interrupted == (m.begun > 0), "interrupted is %v", row.Interrupted)
	var told *dialecttest.Told
	if m.begun > 0 {
		told = reader.StreamError([]byte(got.body))
		require(strings.Count(told.Before, "word") == m.begun, "%q came before the error, want %d words", told.Before, m.begun)
	} else {
		told = reader.Error(got.status, []byte(got.body))
		require(got.header.Get("Content-Type") == "application/json", "the type is %q", got.header.Get("Content-Type"))
		require(m.waits(got.header.Get("Retry-After")), "Retry-After is %q, want %d", got.header.Get("Retry-After"), m.wait)
		again := strconv.FormatBool(m.status == 429 || m.status >= 500 && m.wait != 0)
		require(got.header.Get("X-Should-Retry") == again, "X-Should-Retry is %q", got.header.Get("X-Should-Retry"))
	}
	for _, problem := range told.Problems {
		require(false, "a strict client stumbles: %s", problem)
	}
	for _, secret := range []string{"test-mishap", "127.0.0.1"} {
		require(!strings.Contains(got.body, secret), "the answer has %q", secret)
	}
	return wrong
}

// waits compares a Retry-After.
func (m *mishap) waits(value string) bool {
	switch m.wait {
	case 0:
		return value == ""
	case soon:
		n, err := strconv.Atoi(value)
		return err == nil && n >= 1 && n <= 5
	}
	return value == strconv.Itoa(m.wait)
}
