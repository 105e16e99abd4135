package knobs_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"headwater/backend/hw"
)

// strategyByLoad has a primary that is slow, or has something to do.
func strategyByLoad(s *site) func(t *testing.T) {
	latency, busy, listed := s.lane(hw.StrategyLatency, pair(hw.StrategyLatency, 1000)), s.lane(hw.StrategyBusy, pair(hw.StrategyBusy, 1000)), s.lane("listed", pair(hw.StrategyPriority, 0))
	return func(t *testing.T) {
		const calls = 12
		for _, l := range []*lane{latency, listed} {
			l.primary.fault(t, "delay-150ms")
			l.row(t, calls)
		}
		if n := len(latency.primary.calls()); n > 2 {
			t.Errorf("by latency the slower was asked %d times of %d", n, calls)
		}
		if n := len(listed.primary.calls()); n != calls {
			t.Errorf("as listed the slower was asked %d times of %d", n, calls)
		}
		for _, l := range []*lane{busy, listed} {
			l.primary.fault(t, "delay-3s")
			l.primary.forget()
			waiting := make(chan reply, 1)
			go func() { waiting <- l.chat(t, "long") }() // with nothing to do, weight decides
			l.primary.awaitCalls(t, 1)
			l.primary.fault(t, "")
			l.row(t, calls)
			<-waiting
		}
		if n := len(busy.primary.calls()); n != 1 {
			t.Errorf("busy, it was asked %d times beside its first call", n-1)
		}
		if n := len(listed.primary.calls()); n != calls+1 {
			t.Errorf("as listed, it was asked %d times beside its first call", n-1)
		}
	}
}

func strategyByCost(s *site) func(t *testing.T) {
	priced := func(strategy string) func(l *lane) {
		return func(l *lane) {
			pair(strategy, 1000)(l)
			l.up.Provider, l.other.Provider = "openai", "openai"
			l.path.Tiers[0].Targets[0].Model, l.path.Tiers[0].Targets[1].Model = "gpt-4o", "gpt-4o-mini"
		}
	}
	cost, weighted := s.lane("cost", priced(hw.StrategyCost)), s.lane("weighted", priced(hw.StrategyWeighted))
	return func(t *testing.T) {
		cost.row(t, 8)
		weighted.row(t, 8)
		if n := len(cost.spare.calls()); n != 8 {
			t.Errorf("the cheaper was asked %d times of 8", n)
		}
		if n := len(weighted.spare.calls()); n > 2 {
			t.Errorf("by weight the cheaper was asked %d times of 8", n)
		}
	}
}

// sticky sends the same sessions, users and apps over and over.
func sticky(s *site) func(t *testing.T) {
	by := func(what string) *lane {
		return s.lane(strings.NewReplacer(":", "-", "X", "x", "I", "i", "S", "s").Replace(what), pair(hw.StrategySticky, 0), func(l *lane) { l.path.Tiers[0].StickyBy = what })
	}
	header, user, app := by("header:X-Session-Id"), by("user"), by("app")
	callers := make([]string, 20) // by chance all of ten are on one side, once in five hundred runs
	for i := range callers {
		callers[i] = s.caller(fmt.Sprint("app", i), nil)
	}
	return func(t *testing.T) {
		for l, send := range map[*lane]func(i int) ask{
			header: func(i int) ask { return ask{header: map[string]string{"X-Session-Id": fmt.Sprint(i)}} },
			user:   func(i int) ask { return ask{more: map[string]any{"user": fmt.Sprint("u", i)}} },
			app:    func(i int) ask { return ask{key: callers[i]} },
		} {
			sides := map[int]int{}
			for i := range callers {
				before := len(l.primary.calls())
				for range 4 {
					a := send(i)
					a.route, a.words = l.path.Name, "hello"
					served(t, l.path.Name, l.send(t, a), "1")
				}
				sides[len(l.primary.calls())-before]++
			}
			if sides[0] == 0 || sides[4] == 0 || sides[0]+sides[4] != len(callers) {
				t.Errorf("%s: of 4 calls each, the first target got %v", l.path.Name, sides)
			}
		}
		header.primary.forget()
		header.spare.forget()
		header.row(t, 40) // without a header they are drawn
		if a, b := len(header.primary.calls()), len(header.spare.calls()); a < 4 || b < 4 {
			t.Errorf("calls without the header went %d and %d times", a, b)
		}
	}
}

func condition(s *site) func(t *testing.T) {
	set := func(when string) func(l *lane) { return func(l *lane) { l.path.Tiers[0].When = when } }
	gold, none := s.lane("gold", set(`"x-tier" in headers && headers["x-tier"] == "gold"`)), s.lane("none", set(""))
	return func(t *testing.T) {
		for l, tiers := range map[*lane][]string{gold: {"1", "2", "2"}, none: {"1", "1", "1"}} {
			for i, header := range []map[string]string{{"X-Tier": "gold"}, {"X-Tier": "tin"}, nil} {
				served(t, fmt.Sprint(l.path.Name, header), l.send(t, ask{route: l.path.Name, words: "hello", header: header}), tiers[i])
			}
		}
		err := s.house.admin(t.Context(), "PATCH", "routes/"+gold.path.Name, map[string]any{
			"tiers": []hw.Tier{{When: "app ==", Targets: gold.path.Tiers[0].Targets}},
		}, nil)
		if err == nil || !strings.Contains(err.Error(), "tiers[0].when") || !strings.Contains(err.Error(), "line 1, column") {
			t.Errorf("what is no condition is refused with its place, not so: %v", err)
		}
	}
}

func canary(s *site) func(t *testing.T) {
	set := func(percent int) func(l *lane) { return func(l *lane) { l.path.Tiers[0].Percent = percent } }
	all, half, whole := s.lane("0", set(0)), s.lane("50", set(50)), s.lane("100", set(100))
	keeps := s.lane("keeps", set(50), func(l *lane) { l.path.Tiers[0].StickyBy = "header:X-Session-Id" })
	return func(t *testing.T) {
		const calls = 40
		for l, between := range map[*lane][2]int{all: {calls, calls}, whole: {calls, calls}, half: {8, calls - 8}} {
			l.row(t, calls)
			if n := len(l.primary.calls()); n < between[0] || n > between[1] || n+len(l.spare.calls()) != calls {
				t.Errorf("%s: %d of %d calls", l.path.Name, n, calls)
			}
		}
		for range calls {
			keeps.send(t, ask{route: keeps.path.Name, words: "hello", header: map[string]string{"X-Session-Id": "one"}})
		}
		if n := len(keeps.primary.calls()); n != 0 && n != calls {
			t.Errorf("one session was on both sides: %d of %d", n, calls)
		}
	}
}

// figureSettings are the parameters that reach the vendor as they are.
func figureSettings() []string {
	var all []string
	for _, side := range []string{"set", "default"} {
		for _, name := range []string{"temperature", "top_p", "max_tokens", "stop", "seed", "presence_penalty", "frequency_penalty", "user"} {
			all = append(all, "route.parameters."+side+"."+name)
		}
	}
	return all
}

// parameterFigures says nothing, or something else, of every parameter.
func parameterFigures(s *site) func(t *testing.T) {
	ours := hw.ParameterValues{
		Temperature: new(0.25), TopP: new(0.75), MaxTokens: 77, Stop: []string{"<end>"}, Seed: new(int64(0)),
		PresencePenalty: new(0.5), FrequencyPenalty: new(-0.5), User: "ann",
	}
	named := map[string]any{
		"temperature": 0.25, "top_p": 0.75, "max_tokens": 77.0, "stop": []any{"<end>"}, "seed": 0.0, "presence_penalty": 0.5, "frequency_penalty": -0.5, "user": "ann",
	}
	theirs := map[string]any{
		"temperature": 1.0, "top_p": 1.0, "max_tokens": 11.0, "stop": []any{"<fin>"}, "seed": 5.0, "presence_penalty": 1.0, "frequency_penalty": 1.0, "user": "bob",
	}
	none := map[string]any{}
	set := s.lane("set", alone, func(l *lane) { l.path.Parameters.Set = ours })
	usual := s.lane("default", alone, func(l *lane) { l.path.Parameters.Default = ours })
	silent := s.lane("none", alone)
	return func(t *testing.T) {
		for _, row := range []struct {
			l          *lane
			says, want map[string]any
		}{
			{silent, none, none}, {silent, theirs, theirs}, {set, none, named}, {set, theirs, named}, {usual, none, named}, {usual, theirs, theirs},
		} {
			served(t, row.l.path.Name, row.l.send(t, ask{route: row.l.path.Name, words: "hello", more: row.says}), "1")
			came := sentBody(t, row.l.primary)
			for name := range named {
				if got, want := fmt.Sprint(came[name]), fmt.Sprint(row.want[name]); got != want {
					t.Errorf("%s: %s came as %s, want %s", row.l.path.Name, name, got, want)
				}
			}
		}
	}
}

func sentBody(t *testing.T, v *vendor) map[string]any {
	t.Helper()
	var body map[string]any
	if err := json.Unmarshal(v.Last().Body, &body); err != nil {
		t.Fatal(err)
	}
	return body
}

func efforts() []string { return []string{"none", "minimal", "low", "medium", "high", "xhigh"} }

func effortSettings(side string) []string {
	return of("route.parameters."+side+".reasoning_effort", efforts()...)
}

func parameterEffort(s *site) func(t *testing.T) {
	l := s.lane("effort", alone)
	paths := map[string]*hw.Route{}
	for _, effort := range efforts() {
		set, usual := s.route("set-"+effort, targets(l.up)), s.route("default-"+effort, targets(l.up))
		set.Parameters.Set.ReasoningEffort, usual.Parameters.Default.ReasoningEffort = effort, effort
		paths["set "+effort], paths["default "+effort] = set, usual
	}
	return func(t *testing.T) {
		names := make([]string, 0, len(paths))
		for name := range paths {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			side, effort, _ := strings.Cut(name, " ")
			for said, want := range map[string]string{"": effort, "other": map[string]string{"set": effort, "default": "other"}[side]} {
				a := ask{route: paths[name].Name, words: "hello"}
				if said != "" {
					a.more = map[string]any{"reasoning_effort": said}
				}
				served(t, name, l.send(t, a), "1")
				if got := sentBody(t, l.primary)["reasoning_effort"]; got != want {
					t.Errorf("%s, said %q: %v came, want %s", name, said, got, want)
				}
			}
		}
	}
}
