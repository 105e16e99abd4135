package health

import (
	"strings"
	"testing"
	"time"

	"headwater/backend/hw"
)

// What was asked and failed was used: it says so until it answers well.
func TestUnknown_saysHowTheLastAnswerFailed(t *testing.T) {
	rows := []struct {
		name  string
		o     Outcome
		class hw.Class
		cause string
	}{
		{"an error of the server", status(503), hw.ClassOverloaded, "503"},
		{"no connection", refused(), hw.ClassUnreachable, "refused"},
		{"a rate limit without a time", status(429), hw.ClassRate, "429"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			story(t, func(t *testing.T, r *Registry, _ *events) {
				a, other := target("a", "k", "m"), target("b", "l", "m")
				wantUnused(t, r, a)
				mustCall(t, r, a, false, row.o)
				v := r.View(a, time.Now())
				if v.State != hw.HealthUnknown || !v.Usable || v.Share != 1 || v.Degraded || v.Reason != row.class {
					t.Fatalf("after one failure it is %+v", v)
				}
				if !strings.HasPrefix(v.Words, "last answer failed: ") || !strings.Contains(v.Words, row.cause) {
					t.Errorf("it says %q", v.Words)
				}
				// A key that was not tried shares the model that failed, not the answer.
				wantUnused(t, r, other)
				mustCall(t, r, a, false, ok())
				if v := r.View(a, time.Now()); v.State != hw.HealthHealthy || v.Reason != "" || strings.Contains(v.Words, "failed") {
					t.Errorf("after a success it is %+v", v)
				}
			})
		})
	}
	t.Run("a fault of the caller's own says nothing of it", func(t *testing.T) {
		story(t, func(t *testing.T, r *Registry, _ *events) {
			a := target("a", "k", "m")
			mustCall(t, r, a, false, status(400))
			wantUnused(t, r, a)
		})
	})
	t.Run("the end of a pause does not make it unused", func(t *testing.T) {
		story(t, func(t *testing.T, r *Registry, told *events) {
			a := target("a", "k", "m")
			mustCall(t, r, a, false, hinted(429, "2"))
			if s := state(r, a); s != hw.HealthThrottled {
				t.Fatalf("it is %s", s)
			}
			time.Sleep(3 * time.Second)
			if v := r.View(a, time.Now()); v.State != hw.HealthUnknown || v.Reason != hw.ClassRate || !strings.HasPrefix(v.Words, "last answer failed: ") {
				t.Errorf("after the pause it is %+v", v)
			}
			mustCall(t, r, a, false, status(429)) // only use tells what time has changed
			for _, e := range told.list {
				if e.To == hw.HealthUnknown && (e.Reason != hw.ClassRate || strings.Contains(e.Words, "not used")) {
					t.Errorf("told was %+v", e)
				}
			}
		})
	})
}

func wantUnused(t *testing.T, r *Registry, a *Target) {
	t.Helper()
	if v := r.View(a, time.Now()); v.State != hw.HealthUnknown || v.Reason != "" || v.Words != "not used yet" {
		t.Errorf("%s is %+v", a.ID, v)
	}
}
