package knobs_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"headwater/backend/hw"
)

// site is one proof's part of a house: a tenant of its own with an app, a key,
// and what it declares.
type site struct {
	documents
	house *house
	t     *testing.T // of all proofs; vendors last as long
	tag   string
	key   string
}

func newSite(t *testing.T, h *house, n int) *site {
	t.Helper()
	s := &site{house: h, t: t, tag: fmt.Sprintf("k%02d", n)}
	s.Tenants = append(s.Tenants, &hw.Tenant{Name: s.tag})
	s.key = s.caller("app", nil)
	return s
}

// caller adds an app with a key and returns the key.
func (s *site) caller(name string, edit func(*hw.App, *hw.Key)) string {
	secret := "hw_" + s.tag + name
	sum := sha256.Sum256([]byte(secret))
	app := &hw.App{Meta: hw.Meta{Tenant: s.tag}, Name: s.tag + name, Routes: []string{"*"}}
	key := &hw.Key{Meta: hw.Meta{Tenant: s.tag}, Name: s.tag + name, App: app.Name, SecretSHA256: hex.EncodeToString(sum[:])}
	if edit != nil {
		edit(app, key)
	}
	s.Apps, s.Keys = append(s.Apps, app), append(s.Keys, key)
	return secret
}

// upstream adds an upstream that a vendor stands behind. It is asked nothing
// but calls.
func (s *site) upstream(name string, v *vendor) *hw.Upstream {
	u := &hw.Upstream{
		Name: s.tag + "-" + name, Provider: "openai-compatible", BaseURL: v.http.URL + "/v1", Local: true,
		Check: hw.HealthCheck{Kind: hw.CheckOff},
	}
	s.Upstreams = append(s.Upstreams, u)
	return u
}

// route adds a route.
func (s *site) route(name string, tiers ...hw.Tier) *hw.Route {
	r := &hw.Route{Name: s.tag + "-" + name, Tiers: tiers}
	s.Routes = append(s.Routes, r)
	return r
}

// secret adds a key of an upstream's pool.
func (s *site) secret(u *hw.Upstream, secret string, weight int) *hw.CredentialInput {
	c := &hw.CredentialInput{
		Credential: hw.Credential{Name: u.Name + "-" + secret, Upstream: u.Name, Weight: weight}, Secret: secret,
	}
	s.Credentials = append(s.Credentials, c)
	return c
}

// apply configures the site anew, after a change.
func (s *site) apply(t *testing.T) {
	t.Helper()
	if err := s.house.apply(t.Context(), s); err != nil {
		t.Fatal(err)
	}
}

func targets(ups ...*hw.Upstream) hw.Tier {
	tier := hw.Tier{Strategy: hw.StrategyPriority}
	for _, u := range ups {
		tier.Targets = append(tier.Targets, hw.RouteTarget{Upstream: u.Name, Model: "m-" + u.Name})
	}
	return tier
}

// lane is what the calls under one value of a setting go along: a route with a
// primary vendor and a spare one, both of its own.
type lane struct {
	*site
	primary, spare *vendor
	up, other      *hw.Upstream
	path           *hw.Route
}

// lane declares a lane; the edits are the value.
func (s *site) lane(value string, edits ...func(l *lane)) *lane {
	l := &lane{site: s, primary: startVendor(s.t), spare: startVendor(s.t)}
	l.up, l.other = s.upstream(value+"-p", l.primary), s.upstream(value+"-s", l.spare)
	l.path = s.route(value, targets(l.up), targets(l.other))
	for _, edit := range edits {
		edit(l)
	}
	return l
}

// alone takes the spare out of a lane.
func alone(l *lane) { l.path.Tiers = l.path.Tiers[:1] }

// tireless keeps failures from opening a breaker.
func tireless(l *lane) {
	for _, u := range []*hw.Upstream{l.up, l.other} {
		u.Health.TripFailures, u.Health.TripSamples = 100, 10_000
	}
}

// frail opens the breaker with the first failure, for long.
func frail(l *lane) { l.up.Health.TripFailures, l.up.Health.WaitFirstMs = 1, 60_000 }

// ask is a call to be made.
type ask struct {
	route, words, key string
	stream, embed     bool
	prefer            string
	header            map[string]string
	more              map[string]any  // further fields of the body
	seed              int             // 0 is none
	ctx               context.Context //nolint:containedctx // bounds the one call that is described
}

// reply is what a caller got, and how long it took.
type reply struct {
	status int
	header http.Header
	body   string
	took   time.Duration
	err    error
}

// tier is the tier that answered; empty when none did.
func (r reply) tier() string {
	_, after, _ := strings.Cut(r.header.Get("X-Headwater-Served-By"), "tier=")
	tier, _, _ := strings.Cut(after, ";")
	return tier
}

func (r reply) String() string {
	return fmt.Sprintf("%d after %s, tier %q, tried %q: %.300s (%v)", r.status, r.took, r.tier(), r.header.Get("X-Headwater-Attempts"), r.body, r.err)
}

// send makes a call.
func (s *site) send(t *testing.T, a ask) reply {
	t.Helper()
	path, content := "/v1/chat/completions", map[string]any{"model": a.route, "stream": a.stream}
	if a.embed {
		path, content["input"] = "/v1/embeddings", a.words
	} else {
		content["messages"] = []map[string]string{{"role": "user", "content": a.words}}
	}
	if a.seed != 0 {
		content["seed"] = a.seed
	}
	maps.Copy(content, a.more)
	body, err := json.Marshal(content)
	if err != nil {
		t.Error(err)
	}
	return s.do(t, http.MethodPost, path, body, a)
}

func (s *site) do(t *testing.T, method, path string, body []byte, a ask) reply {
	t.Helper()
	ctx := a.ctx
	if ctx == nil {
		ctx = t.Context()
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://"+s.house.addresses.Data+path, bytes.NewReader(body))
	if err != nil {
		return reply{err: err}
	}
	key := s.key
	if a.key != "" {
		key = a.key
	}
	req.Header.Set("Authorization", "Bearer "+key)
	for name, value := range a.header {
		req.Header.Set(name, value)
	}
	if a.prefer != "" {
		req.Header.Set("Prefer", a.prefer)
	}
	begin := time.Now()
	resp, err := s.house.client.Do(req)
	if err != nil {
		return reply{err: err, took: time.Since(begin), header: http.Header{}}
	}
	defer func() { _ = resp.Body.Close() }()
	got, err := io.ReadAll(resp.Body)
	return reply{status: resp.StatusCode, header: resp.Header, body: string(got), took: time.Since(begin), err: err}
}

// chat asks a lane's route for a plain answer, and stream for a streamed one.
func (l *lane) chat(t *testing.T, words string) reply {
	t.Helper()
	return l.send(t, ask{route: l.path.Name, words: words})
}

func (l *lane) stream(t *testing.T, words string) reply {
	t.Helper()
	return l.send(t, ask{route: l.path.Name, words: words, stream: true})
}

// many makes n calls at once and returns what they got.
func many(n int, call func(i int) reply) []reply {
	got := make([]reply, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { got[i] = call(i) })
	}
	all.Wait()
	return got
}

// row makes n calls one after the other.
func (l *lane) row(t *testing.T, n int) {
	t.Helper()
	for i := range n {
		l.chat(t, fmt.Sprint("call ", i))
	}
}

// served wants an answer from a tier.
func served(t *testing.T, what string, r reply, tier string) {
	t.Helper()
	if r.status != http.StatusOK || r.tier() != tier {
		t.Errorf("%s: want an answer of tier %s, got %s", what, tier, r)
	}
}

// reaches waits until the target of the lane's primary is in a state and says
// since when.
func (l *lane) reaches(t *testing.T, want hw.HealthState) (since time.Time) {
	t.Helper()
	var page hw.Page[hw.TargetHealth]
	now := ""
	if !until(patience, func() bool {
		if err := l.house.admin(t.Context(), http.MethodGet, "health", nil, &page); err != nil {
			t.Fatal(err)
		}
		for _, row := range page.Items {
			if row.Upstream == l.up.Name {
				now, since = row.Words, row.Since
				return row.State == want
			}
		}
		return false
	}) {
		t.Fatalf("%s is never %s: %s", l.up.Name, want, now)
	}
	return since
}
