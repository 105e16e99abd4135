package drill_test

import (
	"fmt"
	"testing"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/drill"
)

func TestOnlyCallsInScopeAreHit(t *testing.T) {
	type who = drill.Asked
	for name, row := range map[string]struct {
		scope   hw.DrillScope
		in, out []who
	}{
		"drill keys": {
			hw.DrillScope{Keys: true},
			[]who{{DrillKey: true}, {Tenant: "x", App: "y", Route: "z", DrillKey: true}},
			[]who{{}, {Tenant: "acme", App: "chat", Route: "fast"}},
		},
		"an app of any tenant": {
			hw.DrillScope{Apps: []string{"chat", "bot"}},
			[]who{{Tenant: "acme", App: "chat"}, {Tenant: "other", App: "bot"}},
			[]who{{Tenant: "acme", App: "chatter"}, {Tenant: "chat"}, {}, {DrillKey: true}},
		},
		"an app of one tenant": {
			hw.DrillScope{Apps: []string{"acme/chat"}},
			[]who{{Tenant: "acme", App: "chat"}},
			[]who{{Tenant: "other", App: "chat"}, {App: "chat"}, {App: "acme/chat"}, {Tenant: "acme"}},
		},
		"a route": {
			hw.DrillScope{Route: "fast"},
			[]who{{Route: "fast"}, {Route: "fast", Tenant: "x", App: "y"}},
			[]who{{Route: "faster"}, {Route: ""}, {App: "fast"}},
		},
		"a tenant": {
			hw.DrillScope{Tenant: "acme"},
			[]who{{Tenant: "acme"}},
			[]who{{Tenant: "acme2"}, {}},
		},
		"all that is named must hold": {
			hw.DrillScope{Keys: true, Apps: []string{"chat"}, Route: "fast", Tenant: "acme"},
			[]who{{Tenant: "acme", App: "chat", Route: "fast", DrillKey: true}},
			[]who{
				{Tenant: "acme", App: "chat", Route: "fast"},
				{Tenant: "acme", App: "chat", Route: "slow", DrillKey: true},
				{Tenant: "acme", App: "bot", Route: "fast", DrillKey: true},
				{Tenant: "other", App: "chat", Route: "fast", DrillKey: true},
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			inTime(t, func(t *testing.T, r *rig) {
				s := spec(hw.DrillRefused)
				s.Scope = row.scope
				r.start(s)
				for _, asked := range row.in {
					r.hit(asked, atUp())
				}
				for _, asked := range row.out {
					if _, hit := r.Match(asked, atUp()); hit {
						t.Errorf("%+v was hit", asked)
					}
				}
			})
		})
	}
}

func TestOnlyTheTargetsThatAreMeantAreHit(t *testing.T) {
	for name, row := range map[string]struct {
		spec    hw.DrillSpec
		in, out []drill.Target
	}{
		"by name": {
			hw.DrillSpec{Upstreams: []string{"up", "second"}},
			[]drill.Target{{Upstream: "up"}, {Upstream: "second", Local: true}},
			[]drill.Target{{Upstream: "third"}, {}},
		},
		"one model of it": {
			hw.DrillSpec{Upstreams: []string{"up"}, Model: "m"},
			[]drill.Target{{Upstream: "up", Model: "m"}},
			[]drill.Target{{Upstream: "up", Model: "n"}, {Upstream: "other", Model: "m"}},
		},
		"all clouds": {
			hw.DrillSpec{AllCloud: true},
			[]drill.Target{{Upstream: "up"}, {Upstream: "other", Model: "x"}},
			[]drill.Target{{Upstream: "engine", Local: true}},
		},
		"a fault of the machine hits no attempt": {
			hw.DrillSpec{Fault: hw.DrillDiskFull},
			nil,
			[]drill.Target{{Upstream: "up"}, {}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			inTime(t, func(t *testing.T, r *rig) {
				s := row.spec
				if s.Fault == "" {
					s.Fault = hw.DrillRefused
				}
				s.Scope = hw.DrillScope{Route: "fast"}
				r.start(s)
				for _, target := range row.in {
					r.hit(inScope(), target)
				}
				for _, target := range row.out {
					if _, hit := r.Match(inScope(), target); hit {
						t.Errorf("%+v was hit", target)
					}
				}
			})
		})
	}
}

func TestAShareOfTheCallsIsInScopeWithAllTheirAttempts(t *testing.T) {
	inTime(t, func(t *testing.T, r *rig) {
		s := spec(hw.DrillRefused)
		s.Scope.CallPercent = 20
		r.start(s)
		const calls = 20_000
		hits := 0
		for n := range calls {
			asked := inScope()
			asked.CallHash = drill.Hash(fmt.Sprintf("req_%d", n))
			_, first := r.Match(asked, atUp())
			if first {
				hits++
			}
			for range 3 {
				if _, again := r.Match(asked, atUp()); again != first {
					t.Fatalf("call %d was in scope and out of it", n)
				}
			}
		}
		if share := float64(hits) / calls; share < 0.19 || share > 0.21 {
			t.Errorf("%.1f %% of the calls were hit, want 20", share*100)
		}
	})
}

func TestAShareOfTheAttemptsIsHit(t *testing.T) {
	inTime(t, func(t *testing.T, r *rig) {
		s := spec(hw.DrillError500)
		s.Percent = 30
		r.start(s)
		const attempts = 20_000
		hits := 0
		for range attempts {
			if _, hit := r.Match(inScope(), atUp()); hit {
				hits++
			}
		}
		if share := float64(hits) / attempts; share < 0.27 || share > 0.33 {
			t.Errorf("%.1f %% of the attempts were hit, want 30", share*100)
		}
	})
}

func TestFlappingRefusesAndIsWellInTurn(t *testing.T) {
	inTime(t, func(t *testing.T, r *rig) {
		s := spec(hw.DrillFlapping)
		s.FlapS, s.DurationS = 5, 100
		r.start(s)
		time.Sleep(100 * time.Millisecond)
		for second := range 40 {
			_, hit := r.Match(inScope(), atUp())
			if want := second/5%2 == 0; hit != want {
				t.Errorf("in second %d: refused %v, want %v", second, hit, want)
			}
			time.Sleep(time.Second)
		}
	})
}

func TestFaultsOfTheMachine(t *testing.T) {
	inTime(t, func(t *testing.T, r *rig) {
		ask := func(wantDisk, wantDatabase bool) {
			t.Helper()
			if disk, database := r.Faults(); disk != wantDisk || database != wantDatabase {
				t.Errorf("disk full %v, database locked %v", disk, database)
			}
		}
		ask(false, false)
		r.start(hw.DrillSpec{Fault: hw.DrillDiskFull, DurationS: 5})
		ask(true, false)
		time.Sleep(5 * time.Second)
		ask(false, false)
		time.Sleep(time.Second)
		d := r.start(hw.DrillSpec{Fault: hw.DrillDatabaseLocked})
		ask(false, true)
		if _, err := r.Abort(t.Context(), d.ID, "root"); err != nil {
			t.Fatal(err)
		}
		ask(false, false)
		r.start(spec(hw.DrillRefused))
		ask(false, false)
	})
}

func TestMatchWithoutADrillCostsNothing(t *testing.T) {
	inTime(t, func(t *testing.T, r *rig) {
		if n := testing.AllocsPerRun(1000, func() { r.Match(inScope(), atUp()) }); n != 0 {
			t.Errorf("%.0f allocations", n)
		}
		s := spec(hw.DrillRefused)
		s.Scope = hw.DrillScope{Apps: []string{"acme/none"}, CallPercent: 50}
		r.start(s)
		if n := testing.AllocsPerRun(1000, func() { r.Match(inScope(), atUp()) }); n != 0 {
			t.Errorf("%.0f allocations outside the scope of a drill", n)
		}
	})
}

func BenchmarkMatchWithoutADrill(b *testing.B) {
	r := newRig(b, &memory{})
	asked, target := inScope(), atUp()
	b.ReportAllocs()
	for b.Loop() {
		if _, hit := r.Match(asked, target); hit {
			b.Fatal("hit")
		}
	}
}

func BenchmarkMatchOutsideTheScope(b *testing.B) {
	r := newRig(b, &memory{})
	s := spec(hw.DrillRefused)
	s.Scope, s.DurationS = hw.DrillScope{Apps: []string{"acme/none"}}, 900
	r.start(s)
	asked, target := inScope(), atUp()
	b.ReportAllocs()
	for b.Loop() {
		if _, hit := r.Match(asked, target); hit {
			b.Fatal("hit")
		}
	}
}
