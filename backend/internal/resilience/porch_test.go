//go:build linux

package resilience

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"headwater/backend/adminclient"
	"headwater/backend/hw"
	"headwater/backend/internal/testupstream"
)

// plea is one chat call with all that a story may want to say in it.
type plea struct {
	model, prompt string
	stream        bool
	most          int    // tokens to answer with; 0 does not say
	prefer        string // the Prefer header; empty leaves it out
	key           string // empty is the key of every story's app
}

func (p *plea) body() []byte {
	fields := map[string]any{
		"model": p.model, "stream": p.stream, "messages": []map[string]string{{"role": "user", "content": p.prompt}},
	}
	if p.most > 0 {
		fields["max_tokens"] = p.most
	}
	body, err := json.Marshal(fields)
	if err != nil {
		panic("bug: " + err.Error())
	}
	return body
}

// plead makes one call and reads its answer to the end.
func (c *caller) plead(ctx context.Context, p plea) *answer {
	a := &answer{sent: time.Now(), stream: p.stream, header: http.Header{}}
	defer func() { a.ended = time.Now() }()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url+"/v1/chat/completions", bytes.NewReader(p.body()))
	if err != nil {
		a.err = err
		return a
	}
	key := c.key
	if p.key != "" {
		key = p.key
	}
	req.Header.Set("Authorization", "Bearer "+key)
	req.Header.Set("Content-Type", "application/json")
	if p.prefer != "" {
		req.Header.Set("Prefer", p.prefer)
	}
	return c.read(a, req)
}

// fetch asks for a path of the data listener.
func (c *caller) fetch(ctx context.Context, path string) *answer {
	a := &answer{sent: time.Now(), header: http.Header{}}
	defer func() { a.ended = time.Now() }()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.url+path, nil)
	if err != nil {
		a.err = err
		return a
	}
	req.Header.Set("Authorization", "Bearer "+c.key)
	return c.read(a, req)
}

func (c *caller) read(a *answer, req *http.Request) *answer {
	resp, err := c.client.Do(req)
	if err != nil {
		a.err = err
		return a
	}
	defer resp.Body.Close()
	a.status, a.header, a.id = resp.StatusCode, resp.Header, resp.Header.Get("X-Request-Id")
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream") {
		a.err = a.readStream(resp.Body)
		return a
	}
	a.err = readAll(a, resp)
	a.readPlain()
	return a
}

// whole reports whether the caller has a complete answer.
func (a *answer) whole() bool {
	return a.status == http.StatusOK && a.done && a.told == "" && a.err == nil
}

// served is what the answer says of who gave it; tier 0 when it does not.
func (a *answer) served() (tier int, by string) {
	for part := range strings.SplitSeq(a.header.Get("X-Headwater-Served-By"), ";") {
		name, value, _ := strings.Cut(part, "=")
		switch name {
		case "tier":
			tier, _ = strconv.Atoi(value)
		case "upstream", "kind":
			by = value
		}
	}
	return tier, by
}

// asked reports whether an upstream was asked for this answer.
func (a *answer) asked(upstream string) bool {
	for part := range strings.SplitSeq(a.header.Get("X-Headwater-Attempts"), ", ") {
		if strings.HasPrefix(part, upstream+";") {
			return true
		}
	}
	return false
}

// visit is one request that came to a porch.
type visit struct {
	at           time.Time
	method, path string
	model        string // that the body names
}

// call reports whether the visit is a chat call, not a free check.
func (v *visit) call() bool { return v.method == http.MethodPost }

// porch stands before an upstream and notes who comes to it.
type porch struct {
	inner http.Handler
	url   string

	mu     sync.Mutex
	visits []visit
	// inside are the calls and the checks under way; most are the most of
	// them at once since the last count.
	inside, most [2]int
	came         chan struct{} // closed and replaced with each call that has left
}

// newPorch opens a porch before an upstream.
func newPorch(t *testing.T, inner http.Handler) *porch {
	t.Helper()
	p := &porch{inner: inner, came: make(chan struct{})}
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	p.url = server.URL
	return p
}

// vendorPorch opens one before a fake vendor of its own.
func vendorPorch(t *testing.T) (*porch, *testupstream.Server) {
	t.Helper()
	vendor := testupstream.New()
	return newPorch(t, vendor), vendor
}

// base is the address as an upstream is configured.
func (p *porch) base() string { return p.url + "/v1" }

// ServeHTTP implements http.Handler.
func (p *porch) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		return // the service went while sending
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	var named struct{ Model string }
	_ = json.Unmarshal(body, &named) // a check has no body
	v := visit{at: time.Now(), method: r.Method, path: r.URL.Path, model: named.Model}
	kind := 1
	if v.call() {
		kind = 0
	}
	p.mu.Lock()
	p.visits = append(p.visits, v)
	p.inside[kind]++
	p.most[kind] = max(p.most[kind], p.inside[kind])
	p.mu.Unlock()
	defer p.leave(kind)
	p.inner.ServeHTTP(w, r)
}

func (p *porch) leave(kind int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.inside[kind]--
	if kind == 0 {
		close(p.came)
		p.came = make(chan struct{})
	}
}

// next is closed when the next call has left.
func (p *porch) next() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.came
}

// since are the visits from a moment on.
func (p *porch) since(from time.Time) (later []visit) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, v := range p.visits {
		if !v.at.Before(from) {
			later = append(later, v)
		}
	}
	return later
}

// callsSince are the chat calls among them.
func (p *porch) callsSince(from time.Time) (later []visit) {
	for _, v := range p.since(from) {
		if v.call() {
			later = append(later, v)
		}
	}
	return later
}

// count begins to count anew how many are inside at once, and returns what it
// was: of calls, and of checks.
func (p *porch) count() (calls, checks int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	calls, checks = p.most[0], p.most[1]
	p.most = p.inside
	return calls, checks
}

// tuned adds an upstream that may be on this machine, with more to say of it.
func (c configured) tuned(name, baseURL string, more doc) configured {
	up := doc{"name": name, "provider": "openai-compatible", "base_url": baseURL, "local": true, "max_in_flight": 5000}
	maps.Copy(up, more)
	c["upstreams"] = append(c["upstreams"], up)
	return c
}

// ladder adds a route with tiers of all kinds: a text is an upstream.
func (c configured) ladder(name string, tiers ...any) configured {
	rungs := make([]any, 0, len(tiers))
	for _, tier := range tiers {
		if up, ok := tier.(string); ok {
			tier = doc{"targets": []any{doc{"upstream": up, "model": "m-" + up}}}
		}
		rungs = append(rungs, tier)
	}
	c["routes"] = append(c["routes"], doc{"name": name, "tiers": rungs})
	return c
}

// transitions are those of one upstream's health so far, oldest first.
func (s *service) transitions(upstream string) (all []hw.HealthEvent) {
	s.t.Helper()
	cursor := ""
	for {
		var page hw.Page[hw.HealthEvent]
		params := adminclient.Params{"limit": 200}
		if upstream != "" {
			params["upstream"] = upstream
		}
		if cursor != "" {
			params["cursor"] = cursor
		}
		s.must("health.history", params, &page)
		all = append(all, page.Items...)
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	for i, j := 0, len(all)-1; i < j; i, j = i+1, j-1 {
		all[i], all[j] = all[j], all[i]
	}
	return all
}
