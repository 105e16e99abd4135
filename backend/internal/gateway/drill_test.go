package gateway_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/openai"
	"headwater/backend/internal/drill"
	"headwater/backend/internal/health"
)

// nowhere keeps no drill.
type nowhere struct{}

func (nowhere) PutDrill(context.Context, hw.Drill) error        { return nil }
func (nowhere) Drills(context.Context) ([]hw.Drill, error)      { return nil, nil }
func (nowhere) Drill(context.Context, string) (hw.Drill, error) { return hw.Drill{}, nil }

// withDrills gives a rig a runner of drills.
func withDrills(t *testing.T, r *rig) *drill.Runner {
	t.Helper()
	d, err := drill.New(drill.Config{
		Keeper: nowhere{}, Log: slog.New(slog.DiscardHandler), Told: func(hw.Drill) {}, Dialects: map[string]dialect.Outbound{"openai": openai.Outbound{}},
		Health: func(string) *health.Registry { return health.NewRegistry(health.Config{NoChecks: true}) },
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	var part sync.WaitGroup
	part.Go(func() { _ = d.Run(ctx) })
	<-d.Ready()
	t.Cleanup(func() { cancel(); part.Wait() })
	r.gateway.Drills = d
	return d
}

func twoApps() option {
	return routes(
		&hw.App{Meta: hw.Meta{ID: "app_2", Tenant: "acme"}, Name: "erp", Routes: []string{"*"}},
		&hw.Key{Meta: hw.Meta{ID: "key_2", Tenant: "acme"}, Name: "k2", App: "erp", SecretSHA256: sha("hw_other"), Drill: true},
	)
}

func TestADrillTouchesNobodyOutsideItsScope(t *testing.T) {
	r := newRig(t, twoApps())
	d := withDrills(t, r)
	running, err := d.Start(t.Context(), hw.DrillSpec{Fault: hw.DrillRefused, Upstreams: []string{"primary"}, Scope: hw.DrillScope{Apps: []string{"acme/erp"}}}, "root")
	if err != nil {
		t.Fatal(err)
	}
	tier := func(key string, i int) string {
		got := r.do("POST", "/v1/chat/completions", ask("fast", fmt.Sprint("call ", i), false), map[string]string{"Authorization": "Bearer " + key})
		if got.status != 200 {
			t.Errorf("%s: %d %s", key, got.status, got.body)
		}
		place, _, _ := strings.Cut(got.header.Get("X-Headwater-Served-By"), ";")
		return place
	}
	for i := range 8 {
		if in, out := tier("hw_other", i), tier(testKey, i); in != "tier=2" || out != "tier=1" {
			t.Errorf("call %d: in scope %s, outside %s", i, in, out)
		}
	}
	if s := r.states()["primary"]; s != hw.HealthHealthy {
		t.Errorf("to everybody the primary is %s", s)
	}
	first, later := r.calls.wait(t, 0), r.calls.wait(t, 14)
	if a := first.Attempts[0]; a.Drill != "refused" || a.Class != hw.ClassUnreachable || a.Cause != "connection refused" {
		t.Errorf("the first call in scope: %+v", first.Attempts)
	}
	if len(later.Attempts) != 1 || later.Upstream != "spare" {
		t.Errorf("the breaker of the drill is not open: %+v", later.Attempts)
	}
	if _, err := d.Abort(t.Context(), running.ID, "root"); err != nil {
		t.Fatal(err)
	}
	if got := tier("hw_other", 9); got != "tier=1" {
		t.Errorf("after the abort: %s", got)
	}
}

func TestADrillOfOneCall(t *testing.T) {
	r := newRig(t, twoApps())
	withDrills(t, r)
	post := func(key, fault string) answer {
		return r.do("POST", "/v1/chat/completions", chatBody("fast", false), map[string]string{"Authorization": "Bearer " + key, "X-Headwater-Drill": fault})
	}
	for range 5 {
		if got := post("hw_other", "overloaded_503"); got.status != 200 || !strings.HasPrefix(got.header.Get("X-Headwater-Attempts"), "t1;class=overloaded") {
			t.Fatalf("%d %v", got.status, got.header)
		}
	}
	if n := r.primary.Counts().Requests; n != 0 {
		t.Errorf("the upstream was asked %d times", n)
	}
	if s := r.states()["primary"]; s != hw.HealthUnknown {
		t.Errorf("to everybody the primary is %s", s)
	}
	if got := post(testKey, "overloaded_503"); !strings.HasPrefix(got.header.Get("X-Headwater-Served-By"), "tier=1") {
		t.Errorf("a key without the scope rehearsed a fault: %v", got.header)
	}
	if got := post("hw_other", "melted"); got.status != 400 || !strings.Contains(got.body, "refused") {
		t.Errorf("%d %s", got.status, got.body)
	}
}
