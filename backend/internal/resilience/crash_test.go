//go:build linux

package resilience

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"headwater/backend/adminclient"
	"headwater/backend/hw"
	"headwater/backend/internal/testupstream"
)

// ledger is what the configuration must be, as far as the story can tell.
type ledger struct {
	Tenants map[string]string // name and title
	Pair    int               // number of the pair of routes in force; 0 means none
	Keys    map[string]string // name and secret; the secret is not in an export
}

func (l ledger) clone() ledger {
	l.Tenants, l.Keys = maps.Clone(l.Tenants), maps.Clone(l.Keys)
	return l
}

// export reads the configuration in force into a ledger, without secrets.
func (s *service) export() (l ledger, broken string) {
	out, errOut, err := s.run("export", "-o", "json")
	if err != nil {
		return l, fmt.Sprintf("export: %v: %s", err, errOut)
	}
	var file struct {
		Tenants, Routes, Keys []struct{ Name, Title string }
	}
	if err := json.Unmarshal([]byte(out), &file); err != nil {
		return l, fmt.Sprintf("export is not JSON: %v", err)
	}
	l = ledger{Tenants: map[string]string{}, Keys: map[string]string{}}
	for _, t := range file.Tenants {
		l.Tenants[t.Name] = t.Title
	}
	for _, k := range file.Keys {
		l.Keys[k.Name] = ""
	}
	names := []string{}
	for _, r := range file.Routes {
		names = append(names, r.Name)
	}
	l.Pair, broken = pairOf(names)
	return l, broken
}

// pairOf finds the number of the pair among the names of routes, and says when
// it is only half there, or two are.
func pairOf(names []string) (pair int, broken string) {
	count := map[int]int{}
	for _, name := range names {
		var n int
		var half string
		if found, _ := fmt.Sscanf(name, "pair-%d-%1s", &n, &half); found == 2 {
			count[n]++
			pair = n
		}
	}
	if len(count) > 1 || len(count) == 1 && count[pair] != 2 {
		return pair, fmt.Sprintf("half a change is visible: %v", names)
	}
	return pair, ""
}

// agrees compares a ledger with what was exported.
func (l ledger) agrees(seen ledger) string {
	switch {
	case !maps.Equal(l.Tenants, seen.Tenants):
		return fmt.Sprintf("tenants %v, exported %v", l.Tenants, seen.Tenants)
	case l.Pair != seen.Pair:
		return fmt.Sprintf("pair %d, exported %d", l.Pair, seen.Pair)
	case !slices.Equal(slices.Sorted(maps.Keys(l.Keys)), slices.Sorted(maps.Keys(seen.Keys))):
		return fmt.Sprintf("keys %v, exported %v", slices.Sorted(maps.Keys(l.Keys)), slices.Sorted(maps.Keys(seen.Keys)))
	}
	return ""
}

// writer changes the configuration without a pause, until the line is cut.
type writer struct {
	sv *service
	// sure is what the service has acknowledged; maybe what it would be with
	// the one change that was under way, nil when none was.
	sure  ledger
	maybe *ledger
	acks  int
	next  int
	// gone are secrets of keys whose deletion was acknowledged.
	gone []string
}

// run writes until the service is gone; it closes first after the first
// acknowledged change.
func (w *writer) run(first chan struct{}) error {
	line, err := w.sv.dial()
	if err != nil {
		return err
	}
	defer line.Close()
	for begun := w.acks; ; {
		w.next++
		after := w.sure.clone()
		method, params, acknowledged := w.change(&after)
		w.maybe = &after
		var made hw.CreatedKey
		if err := line.Call(context.Background(), method, params, &made); err != nil {
			if hw.CodeOf(err) == hw.CodeUnavailable {
				return nil // the kill
			}
			return fmt.Errorf("%s: %w", method, err)
		}
		if acknowledged != nil {
			acknowledged(&after, made.Secret)
		}
		w.sure, w.maybe = after, nil
		if w.acks++; w.acks == begun+1 {
			close(first)
		}
	}
}

// change chooses the next change: what it makes of the ledger, and what is
// only known once it is acknowledged.
func (w *writer) change(after *ledger) (string, adminclient.Params, func(*ledger, string)) {
	name := fmt.Sprintf("t%d", w.next)
	title := "title " + name
	tenants, keys := slices.Sorted(maps.Keys(w.sure.Tenants)), slices.Sorted(maps.Keys(w.sure.Keys))
	switch {
	case w.next%5 == 0:
		after.Pair = w.next
		return "config.apply", adminclient.Params{"body": hw.ConfigFile{YAML: pairFile(w.next), Prune: true}}, nil
	case w.next%5 == 1:
		after.Keys[name] = ""
		return "keys.create", adminclient.Params{"body": doc{"name": name, "tenant": "acme", "app": "crm"}},
			func(l *ledger, secret string) { l.Keys[name] = secret }
	case w.next%5 == 2 && len(keys) > 4:
		victim := keys[1+w.next%(len(keys)-1)] // not the first: that is the story's own, "crm"
		delete(after.Keys, victim)
		return "keys.delete", adminclient.Params{"ref": victim, "tenant": "acme"},
			func(*ledger, string) { w.gone = append(w.gone, w.sure.Keys[victim]) }
	case w.next%5 == 3 && len(tenants) > 8:
		victim := tenants[1+w.next%(len(tenants)-1)] // not "acme"
		delete(after.Tenants, victim)
		return "tenants.delete", adminclient.Params{"ref": victim}, nil
	case w.next%5 == 4 && len(tenants) > 1:
		victim := tenants[1+w.next%(len(tenants)-1)]
		after.Tenants[victim] = title
		return "tenants.update", adminclient.Params{"ref": victim, "body": doc{"title": title}}, nil
	}
	after.Tenants[name] = title
	return "tenants.create", adminclient.Params{"body": doc{"name": name, "title": title}}, nil
}

// pairFile replaces the pair of routes by the next one, in one change.
func pairFile(n int) string {
	return configured{}.route("fast", "one").
		route(fmt.Sprintf("pair-%d-a", n), "one").
		route(fmt.Sprintf("pair-%d-b", n), "one").text()
}

// models are the routes a caller sees; nil when nobody answers.
func (c *caller) models() []string {
	status, body := c.get("/v1/models")
	var page struct{ Data []struct{ ID string } }
	if status != 200 || json.Unmarshal([]byte(body), &page) != nil {
		return nil
	}
	names := []string{}
	for _, m := range page.Data {
		names = append(names, m.ID)
	}
	return names
}

// get asks for a path; status 0 means that nobody answered.
func (c *caller) get(path string) (status int, body string) {
	req, err := http.NewRequest(http.MethodGet, c.url+path, http.NoBody)
	if err != nil {
		panic("bug: " + err.Error())
	}
	req.Header.Set("Authorization", "Bearer "+c.key)
	resp, err := c.client.Do(req)
	if err != nil {
		return 0, ""
	}
	defer resp.Body.Close()
	a := answer{}
	a.err = readAll(&a, resp)
	return resp.StatusCode, a.body
}

// crashes is story 4 as it goes on.
type crashes struct {
	*story
	sv     *service
	w      *writer
	rand   *rand.Rand
	serve  []time.Duration
	looks  int
	lost   []string
	halves []string
	keys   []string
	audits []string
	mu     sync.Mutex
}

// Story 4: the process is killed while the configuration is being changed.
func TestKillWhileConfiguring(t *testing.T) {
	seed := rand.Uint64()
	k := &crashes{story: begin(t, 4), rand: rand.New(rand.NewPCG(seed, 4))}
	t.Logf("seed %d", seed)
	up := testupstream.Start(t)
	k.sv = newService(t)
	k.sv.apply(configured{}.app().upstream("one", "openai-compatible", up.BaseURL()).route("fast", "one"))
	k.w = &writer{sv: k.sv, sure: ledger{Tenants: map[string]string{"acme": ""}, Keys: map[string]string{"crm": appKey}}}
	rounds := pick(50, 5)
	for range rounds {
		k.round()
		if t.Failed() {
			break
		}
	}
	k.none(fmt.Sprintf("restarts after which an acknowledged change was lost (%d acknowledged in all)", k.w.acks), k.lost, rounds)
	k.none("looks at which half a change was visible, to a caller or in an export", k.halves, k.looks)
	k.none("keys that did not work although acknowledged, or worked although deleted", k.keys, k.w.acks)
	k.none("restarts after which the audit chain did not verify", k.audits, rounds)
	k.atMost("from start to a real call answered, after kill -9", 3*time.Second, slices.Max(append(k.serve, 0)), spread(k.serve))
}

// round is one life and death of the process.
func (k *crashes) round() {
	k.Helper()
	written, first := make(chan error, 1), make(chan struct{})
	go func() { written <- k.w.run(first) }()
	stop := make(chan struct{})
	var watching sync.WaitGroup
	watching.Go(func() { k.watch(k.sv.caller(k.T), stop) })
	select {
	case <-first:
	case err := <-written:
		k.Fatalf("writing: %v", err)
	}
	time.Sleep(time.Duration(k.rand.IntN(400)) * time.Millisecond)
	k.sv.kill()
	close(stop)
	watching.Wait()
	if err := <-written; err != nil {
		k.Fatalf("writing: %v", err)
	}
	k.restart()
	k.compare()
}

// watch looks for half changes as a caller.
func (k *crashes) watch(c *caller, stop chan struct{}) {
	for {
		select {
		case <-stop:
			return
		default:
		}
		names := c.models()
		if names == nil {
			continue
		}
		_, broken := pairOf(names)
		k.look(broken)
	}
}

func (k *crashes) look(broken string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.looks++
	if broken != "" {
		k.halves = append(k.halves, broken)
	}
}

// restart starts the process again and times it until a call is answered.
func (k *crashes) restart() {
	k.Helper()
	began := time.Now()
	if err := k.sv.start(); err != nil {
		k.Fatal(err)
	}
	c := k.sv.caller(k.T)
	if !within(30*time.Second, func() bool { return c.chat(k.T.Context(), "fast", false).done }) {
		k.Fatal("no call was answered after the restart")
	}
	k.serve = append(k.serve, time.Since(began))
}

// compare holds the configuration against the ledger.
func (k *crashes) compare() {
	k.Helper()
	seen, broken := k.sv.export()
	k.look(broken)
	why := k.w.sure.agrees(seen)
	if why != "" && k.w.maybe != nil && k.w.maybe.agrees(seen) == "" {
		// The change under way was made, only its acknowledgement was lost.
		why, k.w.sure = "", *k.w.maybe
	}
	k.w.maybe = nil
	if why != "" {
		k.lost = append(k.lost, why)
	}
	var audit hw.AuditReport
	k.sv.must("audit.verify", nil, &audit)
	if !audit.OK {
		k.audits = append(k.audits, audit.Words)
	}
	for name, secret := range k.w.sure.Keys {
		k.tryKey(secret, 200, name)
	}
	for _, secret := range k.w.gone {
		k.tryKey(secret, 401, "deleted")
	}
	k.w.gone = nil
}

func (k *crashes) tryKey(secret string, want int, name string) {
	if secret == "" {
		return // its acknowledgement, and with it the secret, was lost
	}
	c := k.sv.caller(k.T)
	c.key = secret
	if status, body := c.get("/v1/models"); status != want {
		k.keys = append(k.keys, fmt.Sprintf("key %s: %d, want %d: %s", name, status, want, body))
	}
	c.client.CloseIdleConnections()
}

// Story 5: the process is killed while calls are made.
func TestKillUnderCallLoad(t *testing.T) {
	s := begin(t, 5)
	up := testupstream.Start(t)
	sv := newService(t)
	sv.apply(configured{}.app().upstream("one", "openai-compatible", up.BaseURL()).route("fast", "one"))
	var ages []time.Duration
	answered, lost := 0, 0
	rounds := pick(10, 2)
	var badRows []string
	for range rounds {
		ctx, cancel := context.WithCancel(t.Context())
		killed := make(chan time.Time, 1)
		go func() {
			time.Sleep(time.Second + rand.N(500*time.Millisecond))
			killed <- sv.kill()
			cancel()
		}()
		got := sv.caller(t).load(ctx, 100).list()
		at := <-killed
		if err := sv.start(); err != nil {
			t.Fatal(err)
		}
		after := sv.caller(t).chat(t.Context(), "fast", false)
		if !after.done {
			t.Fatalf("after the restart: %s", after)
		}
		sv.soon("the log takes rows again", func() bool { return sv.calls()[after.id].Status == 200 })
		rows := sv.calls()
		oldest := time.Duration(0)
		for _, a := range got {
			if !a.done || a.ended.After(at) {
				continue
			}
			answered++
			row, ok := rows[a.id]
			if !ok {
				lost++
				oldest = max(oldest, at.Sub(a.ended))
			} else if why := disagreement(a, &row); why != "" {
				badRows = append(badRows, fmt.Sprintf("%s: log %+v, client %s", why, row, a))
			}
		}
		ages = append(ages, oldest)
	}
	s.atMost(fmt.Sprintf("age of the oldest call row lost by kill -9 at 100 rps, %d kills", rounds), 250*time.Millisecond, slices.Max(ages),
		fmt.Sprintf(" (%d of %d rows lost in all)", lost, answered))
	s.none("rows that are there and disagree with what the client saw", badRows, answered-lost)
	damaged := strings.Count(sv.log.String(), "damaged call file")
	s.figure(damaged == 0, "call files found damaged after the kills", "0", fmt.Sprintf("%d; the log opened again each time", damaged))
}
