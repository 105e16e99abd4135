//go:build linux

package resilience

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"headwater/backend/adminclient"
	"headwater/backend/hw"
	"headwater/backend/internal/testupstream"
)

// Story 13: everything is refused, the breakers are open, and far more callers
// than before go on asking.
func TestOpenBreakersUnderACrowd(t *testing.T) {
	o := &outage{story: begin(t, 13), ups: []*testupstream.Server{testupstream.Start(t), testupstream.Start(t)}}
	o.sv = newService(t)
	o.sv.apply(configured{}.app().
		upstream("one", "openai-compatible", o.ups[0].BaseURL()).
		upstream("two", "openai-compatible", o.ups[1].BaseURL()).
		route("fast", "one", "two"))
	o.c = o.sv.caller(t)
	if a := o.c.chat(t.Context(), "fast", false); !a.done {
		t.Fatal(a)
	}
	for _, up := range o.ups {
		up.Down()
	}
	before := 1
	o.sv.soon("all breakers open", func() bool {
		o.c.chat(t.Context(), "fast", false)
		before++
		states := o.sv.health()
		return states["one"].State == hw.HealthOpen && states["two"].State == hw.HealthOpen
	})

	rate := pick(1000, 200)
	warm, _ := o.beside(pick(2*time.Second, 200*time.Millisecond), rate) // connections and buffers that stay
	got, bare := o.beside(pick(20*time.Second, 2*time.Second), rate)
	var seen, inside, least []time.Duration
	var lies []string
	rows := o.sv.awaitCalls(before + len(warm) + len(got))
	for _, a := range got {
		seen = append(seen, a.took())
		inside = append(inside, time.Duration(rows[a.id].TotalMs*float64(time.Millisecond)))
		if why := dishonest(a); why != "" {
			lies = append(lies, why+": "+a.String())
		}
	}
	for _, a := range bare {
		least = append(least, a.took())
	}
	o.none("answers that are not 503 no_healthy_upstream in OpenAI's shape with Retry-After >= 1, request id and what was tried", lies, len(got))
	o.atMost(fmt.Sprintf("own answers, all refused, breakers open, %d rps, p99 by the service's own clock (call log)", rate), 5*time.Millisecond, quantile(inside, 0.99), spread(inside))
	o.atMost("the same as the caller sees it, beyond what a bare HTTP server takes that is asked meanwhile, p99", 5*time.Millisecond,
		max(0, quantile(seen, 0.99)-quantile(least, 0.99)), spread(seen)+" beside"+spread(least))
}

// beside makes calls at a rate, and meanwhile a tenth as many to a server that
// only says no: what those take is the machine's doing.
func (o *outage) beside(d time.Duration, perSecond int) (got, bare []*answer) {
	o.Helper()
	other := o.c.bare(o.T)
	ctx, cancel := context.WithTimeout(o.T.Context(), d)
	defer cancel()
	var asked, answered answers
	drive(ctx, perSecond+perSecond/10, func(i int) {
		if i%11 == 0 {
			answered.add(other.chat(context.WithoutCancel(ctx), "fast", false))
			return
		}
		asked.add(o.c.chat(context.WithoutCancel(ctx), "fast", i%2 == 1))
	})
	return asked.list(), answered.list()
}

// bare is the same caller of a server that only says no, to everyone.
func (c *caller) bare(t *testing.T) *caller {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		http.Error(w, "no", http.StatusServiceUnavailable)
	}))
	transport := &http.Transport{MaxIdleConnsPerHost: 200}
	t.Cleanup(server.Close)
	t.Cleanup(transport.CloseIdleConnections)
	return &caller{url: server.URL, key: c.key, client: &http.Client{Transport: transport}}
}

// flood is a service that is offered ten times what its upstream can do.
type flood struct {
	*story
	sv *service
	c  *caller
	// places are what the upstream works on at once; each takes 100 ms.
	places int
	calls  int   // so far
	bare   crowd // what a server got that only says no, beside the flood
}

// The apps of the flood.
const (
	vital = "vital" // critical_plus, of the first tenant
	usual = "usual" // critical, of the second
	batch = "batch" // sheddable, of the first
)

// Story 14: ten times more calls than the upstream can answer, from three apps
// of two tenants.
func TestOverload(t *testing.T) {
	f := &flood{story: begin(t, 14), places: pick(16, 4)}
	up := testupstream.Start(t)
	if err := up.SetFault("delay-100ms"); err != nil {
		t.Fatal(err)
	}
	f.sv = newService(t)
	config := configured{}.tenant("acme").tenant("bolt").
		appOf("acme", vital, hw.CriticalPlus).appOf("bolt", usual, hw.Critical).appOf("acme", batch, hw.Sheddable).route("fast", "only")
	config["upstreams"] = []any{doc{
		"name": "only", "provider": "openai-compatible", "base_url": up.BaseURL(), "local": true, "max_in_flight": f.places,
	}}
	f.sv.apply(config)
	// As much as is answered within half a second, and nobody waits longer than two.
	f.sv.must("settings.update", adminclient.Params{"body": doc{"queue_calls": 5 * f.places, "queue_ms": 2000}}, nil)
	f.c = f.sv.caller(t)

	peak := f.peak(pick(10*time.Second, 1200*time.Millisecond))
	got, took := f.offer(pick(time.Minute, 4*time.Second), 100*f.places)
	f.judge(got, peak, took)
	f.prompt(got)
	sick, of := f.sv.sickTargets()
	f.none("targets that are neither healthy nor unknown afterwards", sick, of)
}

// peak is how many answers a second there are at most: no place is ever empty,
// and nobody is refused.
func (f *flood) peak(d time.Duration) float64 {
	f.Helper()
	var got crowd
	began := time.Now()
	together(2*f.places, 2*f.places, func(int) {
		for time.Since(began) < d {
			got.add(f.c.as(keyOf(usual)).ask(f.Context(), question{model: "fast", prompt: "hello"}))
		}
	})
	span := time.Since(began)
	f.calls += len(got.all)
	f.none("calls that failed at the peak", unserved(got.all), len(got.all))
	return float64(len(got.all)) / span.Seconds()
}

// offer drives the flood: one call in forty is vital, the others are the usual
// ones and batch in turn. A tenth as many go to a bare server beside it.
func (f *flood) offer(span time.Duration, perSecond int) (map[string]*crowd, time.Duration) {
	got := map[string]*crowd{vital: {}, usual: {}, batch: {}}
	other := f.c.bare(f.T)
	ctx, cancel := context.WithTimeout(f.Context(), span)
	defer cancel()
	began := time.Now()
	drive(ctx, perSecond+perSecond/10, func(i int) {
		if i%11 == 0 {
			f.bare.add(other.ask(context.WithoutCancel(ctx), question{model: "fast", prompt: "hello"}))
			return
		}
		i -= i/11 + 1
		app := [...]string{usual, batch}[i%2]
		if i%40 == 0 {
			app = vital
		}
		got[app].add(f.c.as(keyOf(app)).ask(context.WithoutCancel(ctx), question{model: "fast", prompt: strconv.Itoa(i)}))
	})
	return got, time.Since(began)
}

func (f *flood) judge(got map[string]*crowd, peak float64, took time.Duration) {
	f.Helper()
	var served, all int
	var shares string
	var rude []string
	for _, app := range []string{vital, usual, batch} {
		fine := 0
		for _, h := range got[app].all {
			if h.done && h.status == http.StatusOK {
				fine++
			}
			if why := rudeness(h); why != "" {
				rude = append(rude, why+": "+h.String())
			}
		}
		n := len(got[app].all)
		served, all = served+fine, all+n
		shares += fmt.Sprintf(", %s %d of %d", app, fine, n)
	}
	goodput := float64(served) / took.Seconds()
	f.figure(goodput >= pick(0.9, 0.6)*peak, fmt.Sprintf("answers a second under 10x overload for %s", short(took)), fmt.Sprintf(">= 90 %% of the peak of %.1f", peak),
		fmt.Sprintf("%.1f, %.1f %% (%.0f calls a second%s)", goodput, 100*goodput/peak, float64(all)/took.Seconds(), shares))
	best := got[vital].all
	fine := len(best) - len(unserved(best))
	f.figure(float64(fine) >= 0.99*float64(len(best)), "calls of the highest class that were served", ">= 99 %",
		fmt.Sprintf("%.2f %%, %d of %d%s", 100*float64(fine)/float64(len(best)), fine, len(best), spread(spans(best))))
	f.none("refusals without code overloaded, Retry-After >= 1 and OpenAI's shape", rude, all-served)
}

// prompt judges how soon those were refused who found the waiting room full of
// more important ones: the batch app, once the room is full, which takes less
// than a second.
func (f *flood) prompt(got map[string]*crowd) {
	f.Helper()
	for _, app := range got {
		f.calls += len(app.all)
	}
	rows := f.sv.awaitCalls(f.calls)
	filled := got[vital].all[0].sent.Add(time.Second)
	var seen, inside []time.Duration
	for _, h := range got[batch].all {
		if h.status != http.StatusOK && h.sent.After(filled) {
			seen = append(seen, h.took())
			inside = append(inside, time.Duration(rows[h.id].TotalMs*float64(time.Millisecond)))
		}
	}
	f.atMost("refusals of those who were not queued, p99 by the service's own clock (call log)", 50*time.Millisecond, quantile(inside, 0.99), spread(inside))
	least := spans(f.bare.all)
	f.atMost("the same as the caller sees it, beyond what a bare HTTP server takes that is asked meanwhile, p99", 50*time.Millisecond,
		max(0, quantile(seen, 0.99)-quantile(least, 0.99)), spread(seen)+" beside"+spread(least))
}

// rudeness says what is wrong with a refusal.
func rudeness(h *heard) string {
	e, ok := openAIError(h.body)
	wait, err := strconv.Atoi(h.header.Get("Retry-After"))
	switch {
	case h.done && h.status == http.StatusOK:
		return ""
	case h.err != nil || h.status != http.StatusServiceUnavailable:
		return "not a 503"
	case !ok || e.Error.Code != string(hw.CodeOverloaded):
		return "not overloaded in OpenAI's shape"
	case err != nil || wait < 1:
		return "Retry-After " + h.header.Get("Retry-After")
	}
	return ""
}
