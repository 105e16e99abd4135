package knobs_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"headwater/backend/hw"
)

// What checks ask for.
const (
	modelList   = "/v1/models"
	checkedPage = "/up"
)

// checked sets the free check of a lane's primary, which is made often, though
// not so often that the lanes are in each other's way.
func checked(c hw.HealthCheck) func(l *lane) {
	if c.IntervalMs == 0 {
		c.IntervalMs = 600
	}
	return func(l *lane) { l.up.Check = c }
}

// standing wants calls to be served by the primary of the lanes whose checks
// are good, and by the next tier in those whose checks take it out of use.
func standing(t *testing.T, in, out []*lane) {
	t.Helper()
	for _, l := range out {
		l.reaches(t, hw.HealthOpen)
		served(t, l.path.Name, l.chat(t, "hello"), "2")
	}
	for _, l := range in {
		l.primary.awaitChecks(t, checkedPage, 3)
		served(t, l.path.Name, l.chat(t, "hello"), "1")
	}
}

func checkKind(s *site) func(t *testing.T) {
	usual := s.lane("usual", checked(hw.HealthCheck{}))
	models := s.lane("models", checked(hw.HealthCheck{Kind: hw.CheckModels}))
	connect := s.lane("connect", checked(hw.HealthCheck{Kind: hw.CheckConnect}))
	path := s.lane("http", checked(hw.HealthCheck{Kind: hw.CheckHTTP, Path: "/up"}))
	off := s.lane("off", checked(hw.HealthCheck{Kind: hw.CheckOff}))
	return func(t *testing.T) {
		usual.primary.awaitChecks(t, modelList, 2)
		models.primary.awaitChecks(t, modelList, 2)
		path.primary.awaitChecks(t, "/up", 2)
		connect.primary.await(t, "connections", func() bool { return connect.primary.dialled() >= 4 })
		// Once it may be asked for them, to find out what engine it is.
		for _, l := range []*lane{path, connect} {
			if got := l.primary.checks(modelList); len(got) > 1 {
				t.Errorf("%s: it was asked for its models %d times", l.path.Name, len(got))
			}
		}
		if got := off.primary.dialled(); got > 0 {
			t.Errorf("off: there were %d connections", got)
		}
		if got := len(models.primary.checks("/up")); got > 0 {
			t.Errorf("models: a path was asked for")
		}
		t.Run("a connection is made where calls would go", secureConnect)
	}
}

func checkPath(s *site) func(t *testing.T) {
	a := s.lane("a", checked(hw.HealthCheck{Kind: hw.CheckHTTP, Path: "/up"}))
	b := s.lane("b", checked(hw.HealthCheck{Kind: hw.CheckHTTP, Path: "/deep/up?full=1"}))
	return func(t *testing.T) {
		a.primary.awaitChecks(t, "/up", 1)
		b.primary.awaitChecks(t, "/deep/up", 1)
		if got := b.primary.checks("/deep/up")[0].query; got != "full=1" {
			t.Errorf("the query is %q", got)
		}
		if len(a.primary.checks("/deep/up"))+len(b.primary.checks("/up")) > 0 {
			t.Error("the paths were exchanged")
		}
	}
}

// pageLane declares a lane with a check of a page, which is what is given.
func (s *site) pageLane(name string, p page, c hw.HealthCheck) *lane {
	c.Kind, c.Path, c.Fall = hw.CheckHTTP, checkedPage, 1
	l := s.lane(name, checked(c))
	l.primary.answers(checkedPage, p)
	return l
}

func checkStatus(s *site) func(t *testing.T) {
	well, ill := page{status: 204}, page{status: 503}
	in := []*lane{
		s.pageLane("any", well, hw.HealthCheck{}),
		s.pageLane("204", well, hw.HealthCheck{Status: 204}),
		s.pageLane("503", ill, hw.HealthCheck{Status: 503}),
	}
	out := []*lane{
		s.pageLane("200", well, hw.HealthCheck{Status: 200}),
		s.pageLane("ill", ill, hw.HealthCheck{}),
	}
	return func(t *testing.T) { standing(t, in, out) }
}

func checkContains(s *site) func(t *testing.T) {
	says := page{status: 200, body: `{"state":"green"}`}
	in := []*lane{s.pageLane("any", says, hw.HealthCheck{}), s.pageLane("green", says, hw.HealthCheck{Contains: "green"})}
	out := []*lane{s.pageLane("red", says, hw.HealthCheck{Contains: "red"})}
	return func(t *testing.T) { standing(t, in, out) }
}

func checkSlow(s *site) func(t *testing.T) {
	late := page{status: 200, delay: 150 * time.Millisecond}
	in := []*lane{s.pageLane("0", late, hw.HealthCheck{}), s.pageLane("4000", late, hw.HealthCheck{SlowMs: 4000})}
	out := []*lane{s.pageLane("50", late, hw.HealthCheck{SlowMs: 50})}
	return func(t *testing.T) { standing(t, in, out) }
}

func checkTimeout(s *site) func(t *testing.T) {
	late := page{status: 200, delay: 400 * time.Millisecond}
	in := []*lane{s.pageLane("0", late, hw.HealthCheck{})}
	out := []*lane{s.pageLane("100", late, hw.HealthCheck{TimeoutMs: 100})}
	return func(t *testing.T) {
		standing(t, in, out)
		out[0].primary.await(t, "that it hangs up", func() bool { return out[0].primary.gone() > 0 })
		if in[0].primary.gone() > 0 {
			t.Error("it did not wait for the answer")
		}
	}
}

func checkFall(s *site) func(t *testing.T) {
	set := func(n int) func(l *lane) { return checked(hw.HealthCheck{Fall: n, IntervalMs: 300}) }
	one, usual, many := s.lane("1", set(1)), s.lane("0", set(0)), s.lane("100", set(100))
	return func(t *testing.T) {
		bad := map[*lane]int{}
		for _, l := range []*lane{many, usual, one} {
			bad[l] = -len(l.primary.checks(modelList))
			l.primary.answers(modelList, page{status: 503})
		}
		for l, want := range map[*lane]int{one: 1, usual: 3} {
			since := l.reaches(t, hw.HealthOpen)
			for _, c := range l.primary.checks(modelList) {
				if c.at.Before(since) {
					bad[l]++
				}
			}
			if bad[l] < want || bad[l] > want+1 { // one may have been under way
				t.Errorf("%s: %d checks took it out of use, want %d", l.path.Name, bad[l], want)
			}
			served(t, l.path.Name, l.chat(t, "hello"), "2")
		}
		served(t, many.path.Name, many.chat(t, "hello"), "1")
	}
}

func checkRise(s *site) func(t *testing.T) {
	set := func(n int) func(l *lane) {
		return func(l *lane) { frail(l); checked(hw.HealthCheck{Rise: n, IntervalMs: 300})(l) }
	}
	one, usual, five := s.lane("1", set(1)), s.lane("0", set(0)), s.lane("5", set(5))
	return func(t *testing.T) {
		took := map[*lane]int{}
		for _, l := range []*lane{one, usual, five} {
			l.primary.fault(t, "cut")
			served(t, "with the failure", l.chat(t, "breaks it"), "2")
			l.primary.fault(t, "")
			well := len(l.primary.checks(modelList))
			if !until(patience, func() bool { l.chat(t, "hello"); return len(l.primary.calls()) > 1 }) {
				t.Fatalf("%s: it is never asked again", l.path.Name)
			}
			back := l.primary.calls()[1].at
			for _, c := range l.primary.checks(modelList)[well:] {
				if c.at.Before(back) {
					took[l]++
				}
			}
		}
		if took[one] < 1 || took[usual] < 2 || took[five] < 5 || took[one] >= took[five] {
			t.Errorf("%d, %d and %d checks brought it back, want 1, 2 and 5", took[one], took[usual], took[five])
		}
	}
}

func checkInterval(s *site) func(t *testing.T) {
	set := func(ms int64) func(l *lane) {
		return func(l *lane) { frail(l); l.up.Check = hw.HealthCheck{IntervalMs: ms} }
	}
	short, long, usual := s.lane("100", set(100)), s.lane("1500", set(1500)), s.lane("0", set(0))
	// The first check finds out whether it is a local engine, and the second comes
	// when it breaks; the pace shows after that.
	pace := func(l *lane, n int) time.Duration {
		c := l.primary.checks(modelList)[1:]
		return c[n].at.Sub(c[0].at) / time.Duration(n)
	}
	return func(t *testing.T) {
		for _, l := range []*lane{short, long, usual} {
			l.primary.fault(t, "cut")
			l.chat(t, "breaks it") // what is out of use is asked at once, and then at the interval
		}
		long.primary.awaitChecks(t, modelList, 4)
		short.primary.awaitChecks(t, modelList, 6)
		if often, seldom := pace(short, 4), pace(long, 2); 2*often > seldom || seldom < 1300*time.Millisecond {
			t.Errorf("at 100 ms it was asked each %s, at 1500 ms each %s", often, seldom)
		}
		if n := len(usual.primary.checks(modelList)); n > 2 {
			t.Errorf("at the usual 15 s it was asked %d times", n)
		}
		t.Run("that changes holds at once", func(t *testing.T) {
			usual.up.Check.IntervalMs = 100
			usual.apply(t)
			if !until(5*time.Second, func() bool { return len(usual.primary.checks(modelList)) > 2 }) {
				t.Error("it is asked as seldom as before")
			}
		})
	}
}

// checkMany checks more upstreams, all of one vendor, than are asked at the
// same time, as often as that goes.
func checkMany(s *site) func(t *testing.T) {
	const many = 24
	v := startVendor(s.t)
	paths := make([]string, many)
	tier := hw.Tier{}
	for i := range many {
		u := s.upstream(fmt.Sprint("u", i), v)
		u.BaseURL = fmt.Sprint(v.http.URL, "/u", i)
		paths[i] = fmt.Sprint("/u", i, "/models")
		tier.Targets = append(tier.Targets, hw.RouteTarget{Upstream: u.Name, Model: "m"})
	}
	s.route("many", tier)
	return func(t *testing.T) {
		for _, u := range s.Upstreams {
			u.Check = hw.HealthCheck{IntervalMs: 100}
		}
		s.apply(t)
		left := paths
		if !until(6*time.Second, func() bool {
			left = slices.DeleteFunc(left, func(path string) bool { return len(v.checks(path)) >= 2 })
			return len(left) == 0
		}) {
			t.Errorf("%d of %d upstreams were not asked twice: %v", len(left), many, left)
		}
		for _, u := range s.Upstreams {
			u.Check = hw.HealthCheck{Kind: hw.CheckOff}
		}
		s.apply(t)
	}
}
