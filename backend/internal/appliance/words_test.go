package appliance_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"headwater/backend/hw"
)

// history is what the service has on record of an upstream, oldest first.
func (s *service) history(t *testing.T, dir, upstream string) (words []string) {
	t.Helper()
	var page hw.Page[hw.HealthEvent]
	if err := s.call(t, dir, "health.history", map[string]any{"upstream": upstream}, &page); err != nil {
		t.Fatal(err)
	}
	for _, e := range slices.Backward(page.Items) {
		if e.Kind == hw.HealthKindUpstream {
			words = append(words, string(e.From)+">"+string(e.To)+" "+e.By)
		}
	}
	return words
}

// TestThePastOfAnUpstreamHasWhatPeopleDid takes an upstream out of use and back
// in a whole service: its history, its strip and its state all tell the same,
// over a restart, and nothing twice.
func TestThePastOfAnUpstreamHasWhatPeopleDid(t *testing.T) {
	dir := t.TempDir()
	s := start(t, dir)
	config, _, _ := strings.Cut(practice, "keys:")
	s.apply(t, dir, config)
	set := func(fields map[string]any) {
		t.Helper()
		if err := s.call(t, dir, "upstreams.update", map[string]any{"ref": "sim", "body": fields}, nil); err != nil {
			t.Fatal(err)
		}
	}
	restart := func() {
		t.Helper()
		if err := s.stop(); err != nil {
			t.Fatal(err)
		}
		s = start(t, dir)
	}
	want := []string{"enabled>draining local"}
	set(map[string]any{"state": hw.StateDraining})
	for _, after := range []string{"at once", "after a restart"} {
		if got := s.history(t, dir, "sim"); !slices.Equal(got, want) {
			t.Fatalf("%s: %q", after, got)
		}
		var strip hw.HealthStrip
		var health hw.Page[hw.TargetHealth]
		if err := s.call(t, dir, "health.strip", nil, &strip); err != nil {
			t.Fatal(err)
		}
		if err := s.call(t, dir, "health.list", nil, &health); err != nil {
			t.Fatal(err)
		}
		states := strip.Upstreams[0].States
		if out := len(states) - slices.Index(states, hw.HealthDraining); out > 2 || states[len(states)-1] != hw.HealthDraining {
			t.Errorf("%s: the last %d steps are painted: %v", after, out, states)
		}
		if one := health.Items[0]; one.State != hw.HealthDraining || time.Since(one.Since) > time.Minute {
			t.Errorf("%s: %+v", after, one)
		}
		if after == "at once" {
			restart()
		}
	}
	set(map[string]any{"state": hw.StateMaintenance, "maintenance_until": time.Now().Add(700 * time.Millisecond)})
	want = append(want, "draining>maintenance local", "maintenance>enabled ")
	for end := time.Now().Add(10 * time.Second); len(s.history(t, dir, "sim")) < len(want) && time.Now().Before(end); {
		time.Sleep(50 * time.Millisecond)
	}
	restart()
	if got := s.history(t, dir, "sim"); !slices.Equal(got, want) {
		t.Errorf("the whole past: %q", got)
	}
	if err := s.stop(); err != nil {
		t.Error(err)
	}
}
