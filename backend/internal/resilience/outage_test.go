//go:build linux

package resilience

import (
	"context"
	"fmt"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/testupstream"
)

// slammer stands where an upstream was: it accepts and resets every
// connection, and remembers when they came.
type slammer struct {
	listener net.Listener
	over     sync.WaitGroup

	mu    sync.Mutex
	times []time.Time
}

// slam takes the place of an upstream that is down.
func slam(t *testing.T, up *testupstream.Server) *slammer {
	t.Helper()
	listener, err := net.Listen("tcp", strings.TrimPrefix(up.URL(), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	m := &slammer{listener: listener}
	m.over.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			m.mu.Lock()
			m.times = append(m.times, time.Now())
			m.mu.Unlock()
			_ = conn.(*net.TCPConn).SetLinger(0) // a reset, not an end
			_ = conn.Close()
		}
	})
	t.Cleanup(m.stop)
	return m
}

func (m *slammer) stop() {
	_ = m.listener.Close()
	m.over.Wait()
}

// since are the times of the connections after a moment.
func (m *slammer) since(from time.Time) []time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	var later []time.Time
	for _, at := range m.times {
		if at.After(from) {
			later = append(later, at)
		}
	}
	return later
}

// outage is a service whose two upstreams can all die.
type outage struct {
	*story
	sv   *service
	ups  []*testupstream.Server
	slam []*slammer
	c    *caller
}

func newOutage(t *testing.T, number int) *outage {
	t.Helper()
	o := &outage{story: begin(t, number), ups: []*testupstream.Server{testupstream.Start(t), testupstream.Start(t)}}
	o.sv = newService(t)
	o.sv.apply(configured{}.app().
		upstream("one", "openai-compatible", o.ups[0].BaseURL()).
		upstream("two", "openai-compatible", o.ups[1].BaseURL()).
		route("fast", "one", "two"))
	o.c = o.sv.caller(t)
	if a := o.c.chat(t.Context(), "fast", false); !a.done {
		t.Fatal(a)
	}
	return o
}

// down kills all upstreams and calls until every breaker is open.
func (o *outage) down() {
	o.Helper()
	o.slam = nil
	for _, up := range o.ups {
		up.Down()
		o.slam = append(o.slam, slam(o.T, up))
	}
	o.sv.soon("all breakers open", func() bool {
		o.c.chat(o.T.Context(), "fast", false)
		states := o.sv.health()
		return states["one"].State == hw.HealthOpen && states["two"].State == hw.HealthOpen
	})
}

// up repairs one upstream and nothing else.
func (o *outage) up(i int) time.Time {
	o.Helper()
	o.slam[i].stop()
	if err := o.ups[i].Up(o.T.Context()); err != nil {
		o.Fatal(err)
	}
	return time.Now()
}

// during makes calls at a rate for some time.
func (o *outage) during(d time.Duration, perSecond int) []*answer {
	ctx, cancel := context.WithTimeout(o.T.Context(), d)
	defer cancel()
	return o.c.load(ctx, perSecond).list()
}

var tellsWhatWasTried = regexp.MustCompile(`Tried \d of 2: (one|two) \([a-z_, ]+\), (one|two) \([a-z_, ]+\)\. Next try in \d+ s\.$`)

// dishonest says what is wrong with an answer that no upstream could give.
func dishonest(a *answer) string {
	e, ok := openAIError(a.body)
	wait, err := strconv.Atoi(a.header.Get("Retry-After"))
	switch {
	case a.err != nil || a.status != 503:
		return "not a 503"
	case !ok:
		return "not an OpenAI error"
	case e.Error.Code != string(hw.CodeNoHealthyUpstream):
		return "code " + e.Error.Code
	case err != nil || wait < 1:
		return "Retry-After " + a.header.Get("Retry-After")
	case !tellsWhatWasTried.MatchString(e.Error.Message):
		return "does not tell what was tried: " + e.Error.Message
	case a.id == "":
		return "no request id"
	}
	return ""
}

// Story 2: nothing is left, and 50 callers a second do not care.
func TestAllUpstreamsDown(t *testing.T) {
	o := newOutage(t, 2)
	o.down()
	began := time.Now()
	got := o.during(pick(15*time.Second, 3*time.Second), 50)
	span := time.Since(began)

	var times []time.Duration
	var lies []string
	for _, a := range got {
		times = append(times, a.took())
		if why := dishonest(a); why != "" {
			lies = append(lies, why+": "+a.String())
		}
	}
	o.atMost("every answer while all breakers are open, 50 rps, as the caller sees it", 50*time.Millisecond, slices.Max(times), spread(times))
	o.none("answers that are not 503 no_healthy_upstream in OpenAI's shape with Retry-After >= 1, request id and what was tried", lies, len(got))

	var inside []time.Duration
	rows := o.sv.awaitCalls(len(got) + 1)
	for _, a := range got {
		inside = append(inside, time.Duration(rows[a.id].TotalMs*float64(time.Millisecond)))
	}
	o.atMost("the same by the service's own clock (call log)", 50*time.Millisecond, slices.Max(inside), spread(inside))

	for i, m := range o.slam {
		tries := m.since(began)
		closest := span
		for j := 1; j < len(tries); j++ {
			closest = min(closest, tries[j].Sub(tries[j-1]))
		}
		perSecond := float64(len(tries)) / span.Seconds()
		// The first and the last second are counted as whole ones.
		o.figure(float64(len(tries)) <= span.Seconds()+1, fmt.Sprintf("connections to dead target %d", i+1), "<= 1/s",
			fmt.Sprintf("%.2f/s (%d in %s, closest %s apart)", perSecond, len(tries), short(span), short(closest)))
	}
}

// recovery watches a load for the first success after a repair, and for
// failures from one second after it on.
func (o *outage) recovery(what string, repaired time.Time, got []*answer) {
	o.Helper()
	first := time.Time{}
	for _, a := range got {
		if a.done && a.sent.After(repaired) && (first.IsZero() || a.ended.Before(first)) {
			first = a.ended
		}
	}
	if first.IsZero() {
		o.figure(false, what, "<= 60s", "never")
		return
	}
	o.figure(first.Sub(repaired) <= time.Minute, what, "<= 60s", short(first.Sub(repaired)))
	var failed []string
	n := 0
	for _, a := range got {
		if a.sent.Before(first.Add(time.Second)) {
			continue
		}
		if n++; !a.done {
			failed = append(failed, a.String())
		}
	}
	o.none("calls that failed later than 1 s after that", failed, n)
}

// Story 3: one upstream comes back and nobody touches anything.
func TestRecovery(t *testing.T) {
	o := newOutage(t, 3)

	o.down()
	o.during(pick(10*time.Second, time.Second), 50)
	repaired := o.up(1)
	o.recovery(fmt.Sprintf("first success after repair, %s outage, 50 rps", pick("10 s", "1 s")), repaired, o.during(pick(10*time.Second, 3*time.Second), 50))

	o.ups[1].Down()
	o.slam[1] = slam(t, o.ups[1])
	o.during(pick(65*time.Second, time.Second), 10)
	repaired = o.up(0)
	o.recovery(fmt.Sprintf("first success after repair, %s outage, 10 rps", pick("65 s", "1 s")), repaired, o.during(pick(10*time.Second, 3*time.Second), 10))

	if shared.full { // its waits are long
		o.obedient()
	}
}

// obedient is one caller alone after a long outage, who does as the answers say.
func (o *outage) obedient() {
	o.Helper()
	o.ups[0].Down()
	o.slam[0] = slam(o.T, o.ups[0])
	a := o.during(65*time.Second, 10)[0]
	repaired := o.up(0)
	var waits []string
	for !a.done && time.Since(repaired) < 3*time.Minute {
		if a = o.c.chat(o.T.Context(), "fast", false); a.done {
			break
		}
		waits = append(waits, a.header.Get("Retry-After")+" s")
		wait, err := strconv.Atoi(a.header.Get("Retry-After"))
		if err != nil {
			o.Fatal(err)
		}
		time.Sleep(time.Duration(wait) * time.Second)
	}
	o.figure(a.done && a.ended.Sub(repaired) <= 61*time.Second, "first success after repair of a single caller who obeys Retry-After, 65 s outage", "<= 60s, and what rounding up a Retry-After adds",
		fmt.Sprintf("%s, told to wait %s", short(a.ended.Sub(repaired)), strings.Join(waits, ", ")))
}
