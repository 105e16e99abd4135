//go:build linux

package resilience

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"headwater/backend/adminclient"
	"headwater/backend/hw"
	"headwater/backend/internal/testupstream"
)

// question is one chat call in full; its prompt may carry cues for upstreams.
type question struct {
	model, prompt string
	stream        bool
}

func (q question) body() []byte {
	body, err := json.Marshal(map[string]any{
		"model": q.model, "stream": q.stream, "messages": []map[string]string{{"role": "user", "content": q.prompt}},
	})
	if err != nil {
		panic("bug: " + err.Error())
	}
	return body
}

// heard is an answer with the moment of its first content.
type heard struct {
	answer
	asked question
	first time.Time
	// raw are the lines of a stream, as they came.
	raw string
	on  func() // called once, when the first content is there
}

// wait is how long the caller had nothing to show.
func (h *heard) wait() time.Duration { return h.first.Sub(h.sent) }

// as is the same caller with the key of another app.
func (c *caller) as(key string) *caller { return &caller{url: c.url, key: key, client: c.client} }

// ask makes one call and reads its answer to the end.
func (c *caller) ask(ctx context.Context, q question) *heard { return c.askThen(ctx, q, func() {}) }

// askThen calls on when the first content of a stream has arrived.
func (c *caller) askThen(ctx context.Context, q question, on func()) *heard {
	h := &heard{answer: answer{sent: time.Now(), stream: q.stream, header: http.Header{}}, asked: q, on: on}
	defer func() { h.ended = time.Now() }()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url+"/v1/chat/completions", bytes.NewReader(q.body()))
	if err != nil {
		h.err = err
		return h
	}
	req.Header.Set("Authorization", "Bearer "+c.key)
	req.Header.Set("Content-Type", "application/json")
	resp, err := c.client.Do(req)
	if err != nil {
		h.err = err
		return h
	}
	defer resp.Body.Close()
	h.status, h.header, h.id = resp.StatusCode, resp.Header, resp.Header.Get("X-Request-Id")
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream") {
		h.err = h.listen(resp.Body)
		return h
	}
	h.err = readAll(&h.answer, resp)
	h.readPlain()
	h.first = time.Now()
	return h
}

func (h *heard) listen(body io.Reader) error {
	lines := bufio.NewReader(body)
	for {
		line, err := lines.ReadString('\n')
		h.raw += line
		if data, ok := strings.CutPrefix(strings.TrimRight(line, "\r\n"), "data: "); ok {
			h.event(data)
		}
		if h.first.IsZero() && h.text != "" {
			h.first = time.Now()
			h.on()
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// crowd collects what many callers heard, in no order.
type crowd struct {
	mu  sync.Mutex
	all []*heard
}

func (c *crowd) add(h *heard) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all = append(c.all, h)
}

// of are those that asked for a model; read it when nobody asks any more.
func (c *crowd) of(model string) (some []*heard) {
	for _, h := range c.all {
		if h.asked.model == model {
			some = append(some, h)
		}
	}
	return some
}

// unserved describes the calls that did not get a whole answer.
func unserved(all []*heard) (found []string) {
	for _, h := range all {
		if !h.done || h.told != "" || h.status != http.StatusOK {
			found = append(found, h.String())
		}
	}
	return found
}

// waits are the times to the first content.
func waits(all []*heard) (times []time.Duration) {
	for _, h := range all {
		if !h.first.IsZero() {
			times = append(times, h.wait())
		}
	}
	return times
}

// together runs work for the numbers below n, so many at a time.
func together(n, atOnce int, work func(i int)) {
	var hands sync.WaitGroup
	next := make(chan int)
	for range atOnce {
		hands.Go(func() {
			for i := range next {
				work(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	hands.Wait()
}

// cued is a fake vendor that takes its faults from the prompts: "[one:hang]"
// tells the upstream called one to hang.
type cued struct {
	vendor *testupstream.Server
	cue    *regexp.Regexp
}

// ServeHTTP implements http.Handler.
func (u *cued) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the caller went while sending, and the service with it
	}
	if m := u.cue.FindSubmatch(body); m != nil {
		r.Header.Set("X-Test-Fault", string(m[1]))
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	u.vendor.ServeHTTP(w, r)
}

// cuedUpstream starts a fake vendor that listens to the cues for a name, and
// gives its address.
func cuedUpstream(t *testing.T, name string) string {
	t.Helper()
	server := httptest.NewServer(&cued{vendor: testupstream.New(), cue: regexp.MustCompile(`\[` + name + `:([a-z0-9+-]+)\]`)})
	t.Cleanup(server.Close)
	return server.URL + "/v1"
}

// tenant adds a tenant without apps.
func (c configured) tenant(name string) configured {
	c["tenants"] = append(c["tenants"], doc{"name": name, "show_upstreams": true})
	return c
}

// appOf adds an app of a tenant whose key follows from its name.
func (c configured) appOf(tenant, name, criticality string) configured {
	c["apps"] = append(c["apps"], doc{"name": name, "tenant": tenant, "routes": []string{"*"}, "criticality": criticality})
	c["keys"] = append(c["keys"], doc{"name": name, "tenant": tenant, "app": name, "secret_sha256": hashed(keyOf(name))})
	return c
}

func keyOf(app string) string { return "hw_resilience_" + app + "_0123456789" }

// hedged adds a route of one tier that asks a second target when the first is late.
func (c configured) hedged(name string, upstreams ...string) configured {
	var targets []any
	for _, up := range upstreams {
		targets = append(targets, doc{"upstream": up, "model": "m-" + up})
	}
	c["routes"] = append(c["routes"], doc{"name": name, "hedge": true, "tiers": []any{doc{"strategy": "priority", "targets": targets}}})
	return c
}

// historyLag is by how much what is kept of health may be late, with room.
const historyLag = 1500 * time.Millisecond

// turns are all transitions of health so far, as an administrator reads them.
func (s *service) turns() (all []hw.HealthEvent) {
	s.t.Helper()
	time.Sleep(historyLag)
	cursor := ""
	for {
		var page hw.Page[hw.HealthEvent]
		params := adminclient.Params{"limit": 200}
		if cursor != "" {
			params["cursor"] = cursor
		}
		s.must("health.history", params, &page)
		all = append(all, page.Items...)
		if cursor = page.Next; cursor == "" {
			return all
		}
	}
}

// setbacks are the transitions to anything but well.
func (s *service) setbacks() (found []string) {
	s.t.Helper()
	for _, turn := range s.turns() {
		if turn.To != hw.HealthHealthy && turn.To != hw.HealthUnknown {
			found = append(found, fmt.Sprintf("%s %s: %s to %s: %s", turn.Kind, turn.Name, turn.From, turn.To, turn.Words))
		}
	}
	return found
}

// openings are the transitions to open.
func (s *service) openings() (found []string) {
	s.t.Helper()
	for _, turn := range s.turns() {
		if turn.To == hw.HealthOpen {
			found = append(found, turn.Name+": "+turn.Words)
		}
	}
	return found
}

// sickTargets are the targets that are anything but well.
func (s *service) sickTargets() (found []string, of int) {
	s.t.Helper()
	states := s.health()
	for name, is := range states {
		if is.State != hw.HealthHealthy && is.State != hw.HealthUnknown {
			found = append(found, fmt.Sprintf("%s: %s: %s", name, is.State, is.Words))
		}
	}
	return found, len(states)
}
