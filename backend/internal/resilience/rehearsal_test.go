//go:build linux

package resilience

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"headwater/backend/adminclient"
	"headwater/backend/hw"
	"headwater/backend/internal/testupstream"
)

// The keys of the apps of story 20: one takes part in drills, one does not.
const (
	drilledKey = "hw_resilience_drilled_0123"
	outsideKey = "hw_resilience_outside_0123"
)

// theatre are two services alike: in one, faults are rehearsed in the calls of
// one app, in the other they happen.
type theatre struct {
	*story
	rows    []rehearsed
	stage   *service
	life    *service
	vendors map[string]*testupstream.Server // of life, by name of the row
}

// Story 20: every fault is rehearsed beside its original.
func TestFireDrillsAreLikeTheRealThing(t *testing.T) {
	th := newTheatre(begin(t, 20), rehearsals()[:pick(len(rehearsals()), 4)])
	var unlike, touched, miscounted, late []string
	var calls int
	var played []*performance
	for i := range th.rows {
		played = append(played, th.play(&th.rows[i]))
	}
	time.Sleep(1500 * time.Millisecond) // for the history and the log to be written
	for _, p := range played {
		th.compare(p)
		if p.real != p.played {
			unlike = append(unlike, fmt.Sprintf("%s: really %+v, rehearsed %+v", p.row.name, p.real, p.played))
		}
		t.Logf("%s: %+v, found out after %d ms", p.row.name, p.played, p.drill.Report.DetectMs)
		touched = append(touched, p.touched...)
		calls += len(p.bystanders)
		if why := p.report(); why != "" {
			miscounted = append(miscounted, p.row.name+": "+why)
		}
		if off := p.drill.EndedAt.Sub(p.drill.EndsAt); p.drill.State != hw.DrillEnded || off.Abs() > time.Second {
			late = append(late, fmt.Sprintf("%s: %s, %s off: %s", p.row.name, p.drill.State, off, p.drill.Reason))
		}
	}
	n := len(th.rows)
	th.none("drills whose fault was judged unlike the real one: class, scope, state", unlike, n)
	th.none(fmt.Sprintf("effects outside the scope of %d drills: calls not served by tier 1, breakers of everybody, transitions without the drill's id", n), touched, calls)
	th.none("reports whose calls, served or attempts differ from the call log by more than 1 %", miscounted, n)
	th.none("drills that did not end by themselves within 1 s of their time", late, n)
}

func newTheatre(s *story, rows []rehearsed) *theatre {
	th := &theatre{story: s, rows: rows, vendors: map[string]*testupstream.Server{}}
	spare := testupstream.Start(s.T)
	stage, life := configured{}, configured{}
	for _, c := range []configured{stage, life} {
		c["tenants"] = []any{doc{"name": "acme", "show_upstreams": true}}
		for name, key := range map[string]string{"drilled": drilledKey, "outside": outsideKey} {
			c["apps"] = append(c["apps"], doc{"name": name, "tenant": "acme", "routes": []string{"*"}})
			c["keys"] = append(c["keys"], doc{"name": name, "tenant": "acme", "app": name, "secret_sha256": hashed(key)})
		}
		c.upstream("spare", "openai-compatible", spare.BaseURL())
	}
	for i := range rows {
		row := &rows[i]
		th.vendors[row.name] = testupstream.Start(s.T)
		base, more := th.vendors[row.name].BaseURL(), doc{}
		if row.elsewhere != nil {
			base, more = row.elsewhere(s.T)
		}
		for c, at := range map[*configured]string{&stage: testupstream.Start(s.T).BaseURL(), &life: base} {
			settings := doc{"timeouts": doc{"connect_ms": drillConnectMs, "first_byte_ms": drillFirstMs, "idle_ms": drillIdleMs}}
			if row.elsewhere != nil {
				settings["check"] = doc{"kind": "off"} // the fault is there from the beginning: calls are to find it
			}
			if c == &life {
				maps.Copy(settings, more)
			}
			c.tuned(row.name, at, settings).ladder(row.name, row.name, "spare")
			(*c)["credentials"] = append((*c)["credentials"], doc{"name": row.name, "upstream": row.name, "secret": "sk-1"})
		}
	}
	th.stage, th.life = newService(s.T), newService(s.T)
	th.stage.apply(stage)
	th.life.apply(life)
	return th
}

// performance is one fault, really and rehearsed.
type performance struct {
	row          *rehearsed
	drill        hw.Drill
	began        time.Time
	bystanders   []*answer // of the app outside the scope
	real, played judgement
	touched      []string
	rows         []hw.Call // of the app in scope, while the drill ran
	straddled    int       // calls at its edges, which may count or not
}

// play lets a fault happen in one service and rehearses it in the other.
func (th *theatre) play(row *rehearsed) *performance {
	th.Helper()
	p := &performance{row: row, began: time.Now()}
	lasts := time.Duration(pick(6, 1)) * time.Second
	spec := row.spec
	spec.Upstreams, spec.DurationS, spec.Scope = []string{row.name}, int64(lasts/time.Second), hw.DrillScope{Apps: []string{"acme/drilled"}}
	if row.elsewhere == nil {
		th.call(th.T.Context(), th.life, row, drilledKey, 0)
	}
	th.call(th.T.Context(), th.stage, row, drilledKey, 0)
	th.stage.must("drills.start", adminclient.Params{"body": spec}, &p.drill)
	undo := row.begin(th.T, th.vendors[row.name], lasts)
	ctx, cancel := context.WithTimeout(th.T.Context(), lasts+pick(time.Second, 300*time.Millisecond))
	defer cancel()
	var load sync.WaitGroup
	var outside answers
	for _, one := range []struct {
		sv  *service
		key string
	}{{th.life, drilledKey}, {th.stage, drilledKey}, {th.stage, outsideKey}} {
		load.Go(func() {
			drive(ctx, pick(20, 15), func(i int) {
				if a := th.call(ctx, one.sv, row, one.key, i+1); one.key == outsideKey {
					outside.add(a)
				}
			})
		})
	}
	time.Sleep(lasts / 2)
	p.touched = append(p.touched, th.unmoved(row, "in the middle of the drill")...)
	load.Wait()
	undo()
	p.bystanders = outside.list()
	return p
}

func (th *theatre) call(ctx context.Context, sv *service, row *rehearsed, key string, n int) *answer {
	c := sv.caller(th.T)
	defer c.client.CloseIdleConnections()
	return c.plead(context.WithoutCancel(ctx), plea{model: row.name, prompt: fmt.Sprint("call ", n), stream: row.stream, key: key})
}

// unmoved looks for harm to the state that everybody sees.
func (th *theatre) unmoved(row *rehearsed, when string) []string {
	th.Helper()
	if is := th.stage.health()[row.name]; is.State != hw.HealthHealthy && is.State != hw.HealthUnknown {
		return []string{fmt.Sprintf("%s %s: for everybody it is %s", row.name, when, is.Words)}
	}
	return nil
}

// compare reads what both services have kept.
func (th *theatre) compare(p *performance) {
	th.Helper()
	name := p.row.name
	th.stage.must("drills.get", adminclient.Params{"id": p.drill.ID}, &p.drill)
	p.touched = append(p.touched, th.unmoved(p.row, "after the drill")...)
	for _, a := range p.bystanders {
		if tier, _ := a.served(); tier != 1 || !a.whole() {
			p.touched = append(p.touched, fmt.Sprintf("%s: a call outside the drill: %s", name, a))
		}
	}
	events := th.stage.transitions(name)
	for _, e := range events {
		if e.Drill != p.drill.ID && outOfUse(e.To) {
			p.touched = append(p.touched, fmt.Sprintf("%s: for everybody: %s", name, e.Words))
		}
	}
	rows := th.rowsOf(th.stage, name, "drilled", p.began)
	p.played = judged(events, rows, name, p.drill.ID)
	p.real = judged(th.life.transitions(name), th.rowsOf(th.life, name, "drilled", p.began), name, "")
	for _, row := range rows {
		ended := row.StartedAt.Add(time.Duration(row.TotalMs * float64(time.Millisecond)))
		switch {
		case ended.Before(p.drill.StartedAt) || row.StartedAt.After(p.drill.EndedAt):
		case row.StartedAt.Before(p.drill.StartedAt) || ended.After(p.drill.EndedAt):
			p.straddled++
		default:
			p.rows = append(p.rows, row)
		}
	}
}

// rowsOf are the calls of a route and an app in the log, oldest first.
func (th *theatre) rowsOf(sv *service, route, app string, since time.Time) (rows []hw.Call) {
	th.Helper()
	for _, row := range sv.calls() {
		if row.Route == route && row.App == app && !row.StartedAt.Before(since) {
			rows = append(rows, row)
		}
	}
	slices.SortFunc(rows, func(a, b hw.Call) int { return cmp.Compare(a.StartedAt.UnixNano(), b.StartedAt.UnixNano()) })
	return rows
}

// report says what is wrong with the drill's figures; calls at its very edges
// may count or not.
func (p *performance) report() string {
	var log hw.DrillReport
	for i := range p.rows {
		row := &p.rows[i]
		log.Calls++
		if row.Code == "" && row.Status == 200 && !row.Interrupted {
			log.Served++
		}
		for _, attempt := range row.Attempts {
			if attempt.Kind == "" {
				log.Attempts++
			}
		}
	}
	told := p.drill.Report
	if told == nil || log.Calls == 0 || !p.near(told.Calls, log.Calls) || !p.near(told.Served, log.Served) || !p.near(told.Attempts, log.Attempts) {
		return fmt.Sprintf("the log has %d calls, %d served, %d attempts and %d calls at the edges, the report %+v", log.Calls, log.Served, log.Attempts, p.straddled, told)
	}
	return ""
}

// near reports whether a figure of the report is that of the log, to 1 %.
func (p *performance) near(told, is int64) bool {
	return told >= is-is/100 && told <= is+is/100+2*int64(p.straddled)
}
