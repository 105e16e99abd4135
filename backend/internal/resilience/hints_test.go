//go:build linux

package resilience

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"headwater/backend/adminclient"
	"headwater/backend/hw"
	"headwater/backend/internal/testupstream"
)

// longestHint is the most that a hint is honoured for.
const longestHint = 300 * time.Second

// bidden is one target whose first answer asks to wait.
type bidden struct {
	model string
	kind  *hintKind
	wait  time.Duration
	busy  bool // answers 503, at an address of its own; else 429

	mu    sync.Mutex
	asked int
	// until is when the next call may come; zero where nobody said. said is
	// when somebody did.
	until, said time.Time
	early       []string
	next        []int // tiers that served the calls after the first one
}

// bidder is an upstream of many targets, each with its hint.
type bidder struct {
	targets map[string]*bidden
	byHost  map[string]*bidden // those with an address of their own
}

// ServeHTTP implements http.Handler.
func (b *bidder) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	at := time.Now()
	if r.Method != http.MethodPost {
		if target := b.byHost[r.Host]; target != nil {
			target.check(at, r.URL.Path)
		}
		fmt.Fprint(w, `{"object":"list","data":[]}`)
		return
	}
	target := b.targets[modelIn(r)]
	if target == nil {
		http.Error(w, "nobody's model", http.StatusTeapot)
		return
	}
	target.answer(w, at)
}

// check notes a free check that comes before its time.
func (t *bidden) check(at time.Time, path string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	// One that was under way when the hint was given is none.
	if at.Before(t.until) && at.Sub(t.said) > 500*time.Millisecond {
		t.early = append(t.early, fmt.Sprintf("%s, %s: a free check (%s) %s before the time", t.model, t.kind.name, path, short(t.until.Sub(at))))
	}
}

// answer gives the hint once, and is well from then on.
func (t *bidden) answer(w http.ResponseWriter, at time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.asked++
	if at.Before(t.until) {
		t.early = append(t.early, fmt.Sprintf("%s, %s, %s: a call %s before the time", t.model, t.kind.name, t.wait, short(t.until.Sub(at))))
	}
	if t.asked > 1 {
		writeChat(w)
		return
	}
	t.said = time.Now()
	said := t.kind.say(t.wait, t.said)
	for _, field := range said.header {
		w.Header()[field[0]] = append(w.Header()[field[0]], field[1])
	}
	if !said.until.IsZero() {
		t.until = said.until
		if most := t.said.Add(longestHint); most.Before(t.until) {
			t.until = most
		}
	}
	if t.kind.good {
		writeChat(w)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	status := http.StatusTooManyRequests
	if t.busy {
		status = http.StatusServiceUnavailable
	}
	w.WriteHeader(status)
	fmt.Fprint(w, cmp.Or(said.body, `{"error":{"message":"Please come back later.","type":"requests","param":null,"code":null}}`))
}

func writeChat(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprint(w, `{"id":"chatcmpl-1","object":"chat.completion","created":1767225600,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"yes"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}`)
}

// Story 16: thousands of targets ask to wait, in every way there is, and calls
// come all the time.
func TestHintsAreObeyed(t *testing.T) {
	s := begin(t, 16)
	b := newBidder(pick(10_000, 0), pick(
		[]time.Duration{time.Second, 2 * time.Second, 3500 * time.Millisecond, 8 * time.Second, 20 * time.Second, 45 * time.Second, 90 * time.Second, 200 * time.Second, time.Hour},
		[]time.Duration{time.Second, 1500 * time.Millisecond, 2 * time.Second, 90 * time.Second, time.Hour},
	))
	sv := newService(t)
	began := time.Now()
	sv.applyMany(b.configuration(t))
	t.Logf("%d routes were configured in %s", len(b.targets), short(time.Since(began)))
	calls, unserved := b.besiege(t, sv)
	s.none(fmt.Sprintf("calls that were not served while targets asked to wait, all kinds, %d calls", calls), unserved, calls)
	b.judge(s)
	a := sv.caller(t).plead(t.Context(), plea{model: "spare", prompt: "still there?"})
	var status hw.Status
	sv.must("status.get", nil, &status)
	s.figure(a.whole(), "the service afterwards", "alive, no panic in its log", fmt.Sprintf("%d, %s", a.status, status.Words))
}

// newBidder makes so many targets; zero means three of each kind.
func newBidder(n int, waits []time.Duration) *bidder {
	b := &bidder{targets: map[string]*bidden{}, byHost: map[string]*bidden{}}
	kinds := hintKinds()
	for i := range cmp.Or(n, 3*len(kinds)) {
		target := &bidden{model: fmt.Sprintf("h-%05d", i), kind: &kinds[i%len(kinds)], wait: waits[i/len(kinds)%len(waits)]}
		target.busy = target.kind.torn || i%11 == 0 && !target.kind.good
		b.targets[target.model] = target
	}
	return b
}

// configuration opens the upstreams and says what routes lead to them.
func (b *bidder) configuration(t *testing.T) configured {
	t.Helper()
	server := &http.Server{Handler: b}
	var serving sync.WaitGroup
	t.Cleanup(func() {
		_ = server.Close()
		serving.Wait()
	})
	open := func() string {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		serving.Go(func() { _ = server.Serve(ln) })
		return ln.Addr().String()
	}
	spare := testupstream.Start(t)
	c := configured{}.app().upstream("spare", "openai-compatible", spare.BaseURL()).ladder("spare", "spare").
		upstream("many", "openai-compatible", "http://"+open()+"/v1")
	for _, model := range slices.Sorted(keysOf(b.targets)) {
		up, target := "many", b.targets[model]
		if target.busy {
			up = "own-" + model
			host := open()
			b.byHost[host] = target
			more := doc{}
			if !shared.full {
				more["check"] = doc{"interval_ms": 250} // idle upstreams are checked four intervals later
			}
			c.tuned(up, "http://"+host+"/v1", more)
		}
		c.ladder(model, doc{"targets": []any{doc{"upstream": up, "model": model}}}, "spare")
	}
	return c
}

// applyMany is apply for a configuration that takes its time.
func (s *service) applyMany(c configured) {
	s.t.Helper()
	line, err := s.dial()
	if err != nil {
		s.t.Fatal(err)
	}
	defer line.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	if err := line.Call(ctx, "config.apply", adminclient.Params{"body": hw.ConfigFile{YAML: c.text()}}, nil); err != nil {
		s.t.Fatal(err)
	}
}

// besiege calls every target again and again; each is called by one caller
// only, so that the order of its answers is known.
func (b *bidder) besiege(t *testing.T, sv *service) (calls int, unserved []string) {
	t.Helper()
	const hands = 20
	ctx, cancel := context.WithTimeout(t.Context(), pick(110*time.Second, 4*time.Second))
	defer cancel()
	c := sv.caller(t)
	models := slices.Sorted(keysOf(b.targets))
	pause := time.Second * hands / time.Duration(pick(1500, 800))
	var mu sync.Mutex
	var all sync.WaitGroup
	for hand := range hands {
		all.Go(func() {
			for n := hand; ctx.Err() == nil; n += hands {
				next := time.NewTimer(pause)
				target := b.targets[models[n%len(models)]]
				a := c.plead(context.WithoutCancel(ctx), plea{model: target.model, prompt: fmt.Sprint("call ", n)})
				target.note(a)
				mu.Lock()
				if calls++; !a.whole() {
					unserved = append(unserved, target.kind.name+": "+a.String())
				}
				mu.Unlock()
				<-next.C
			}
		})
	}
	all.Wait()
	return calls, unserved
}

func (t *bidden) note(a *answer) {
	tier, _ := a.served()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.next = append(t.next, tier)
}

// judge looks at what the targets saw.
func (b *bidder) judge(s *story) {
	s.Helper()
	hinted, junk, over := 0, 0, 0
	var early, believed, forgotten []string
	for _, model := range slices.Sorted(keysOf(b.targets)) {
		t := b.targets[model]
		t.mu.Lock()
		if len(t.early) > 0 {
			early = append(early, fmt.Sprintf("%s (%d times)", t.early[0], len(t.early)))
		}
		switch {
		case !t.until.IsZero():
			hinted++
			// A round of calls must have come after the wait was over.
			if time.Since(t.until) < pick(20*time.Second, 1500*time.Millisecond) {
				break
			}
			if over++; t.asked < 2 {
				forgotten = append(forgotten, fmt.Sprintf("%s, %s, %s: not asked any more, %s after its time", model, t.kind.name, t.wait, short(time.Since(t.until))))
			}
		case t.kind.junk:
			if junk++; len(t.next) > 1 && t.next[1] != 1 {
				believed = append(believed, fmt.Sprintf("%s, %s: the next call went to tier %d", model, t.kind.name, t.next[1]))
			}
		}
		t.mu.Unlock()
	}
	s.none(fmt.Sprintf("targets that got a call or a free check before a time they named, %d kinds of hint and junk over real sockets", len(hintKinds())), early, hinted)
	s.none("targets that were not used again although their time had come", forgotten, over)
	s.none("kinds of junk that were taken for a hint", believed, junk)
}
