package drill_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"headwater/backend/hw"
)

var errLocked = errors.New("database is locked")

func TestADrillThatHarmsOthersEndsByItself(t *testing.T) {
	other := route("other")
	failed := ended(503, hw.CodeNoHealthyUpstream)
	good := func(r *rig, n int) {
		for i := range n {
			r.Record(call(i, by("up", 1), other))
		}
	}
	bad := func(r *rig, n int) {
		for i := range n {
			r.Record(call(i, other, failed))
		}
	}
	for name, row := range map[string]struct {
		before, during func(r *rig)
		aborted        bool
	}{
		"failures where there were none":    {func(r *rig) { good(r, 1000) }, func(r *rig) { good(r, 18); bad(r, 2) }, true},
		"twice the share":                   {func(r *rig) { good(r, 90); bad(r, 10) }, func(r *rig) { good(r, 79); bad(r, 21) }, true},
		"less than twice the share":         {func(r *rig) { good(r, 90); bad(r, 10) }, func(r *rig) { good(r, 81); bad(r, 19) }, false},
		"a single failure":                  {func(r *rig) { good(r, 1000) }, func(r *rig) { good(r, 30); bad(r, 1) }, false},
		"too few calls to tell":             {func(r *rig) { good(r, 1000) }, func(r *rig) { bad(r, 19) }, false},
		"enough of them":                    {func(r *rig) { good(r, 1000) }, func(r *rig) { bad(r, 20) }, true},
		"two in very many":                  {func(r *rig) { good(r, 1000) }, func(r *rig) { good(r, 20_000); bad(r, 2) }, false},
		"nothing known of before":           {func(*rig) {}, func(r *rig) { good(r, 18); bad(r, 2) }, true},
		"what is longer ago does not count": {func(r *rig) { bad(r, 100); time.Sleep(6 * time.Minute); good(r, 100) }, func(r *rig) { good(r, 16); bad(r, 4) }, true},
		"harm that comes late": {func(r *rig) { good(r, 1000) }, func(r *rig) {
			good(r, 100_000)
			time.Sleep(3 * time.Minute)
			good(r, 100)
			bad(r, 20)
		}, true},
		"streams that break off": {func(r *rig) { good(r, 1000) }, func(r *rig) {
			for n := range 30 {
				r.Record(call(n, by("up", 1), other, func(c *hw.Call) { c.Interrupted, c.Code = true, hw.CodeStreamInterrupted }))
			}
		}, true},
		"callers' own mistakes": {func(r *rig) { good(r, 1000) }, func(r *rig) {
			for n := range 100 {
				r.Record(call(n, other, ended(400, hw.CodeBadJSON)))
				r.Record(call(n, other, ended(499, hw.CodeCanceled)))
			}
		}, false},
		"drilled calls, as they should": {func(r *rig) { good(r, 1000) }, func(r *rig) {
			for n := range 100 {
				r.Record(call(n, hitThen(hw.DrillRefused), failed))
				r.Record(call(n, failed)) // all breakers are open: nothing was asked
			}
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			inTime(t, func(t *testing.T, r *rig) {
				row.before(r)
				time.Sleep(time.Minute)
				s := spec(hw.DrillRefused)
				s.DurationS = 900
				d := r.start(s)
				row.during(r)
				got := r.get(d.ID)
				_, hits := r.Match(inScope(), atUp())
				if aborted := got.State == hw.DrillAutoAborted; aborted != row.aborted || hits == aborted {
					t.Errorf("aborted %v, still hits %v: %s", aborted, hits, got.Reason)
				}
				if !row.aborted {
					return
				}
				if !strings.Contains(got.Reason, "outside the drill failed") || got.Report.Passed {
					t.Errorf("%+v", got)
				}
				synctest.Wait()
				if kept, _ := r.kept.Drill(t.Context(), d.ID); kept.State != hw.DrillAutoAborted {
					t.Errorf("kept as %s", kept.State)
				}
			})
		})
	}
	t.Run("a fault of the machine has bystanders only", func(t *testing.T) {
		inTime(t, func(t *testing.T, r *rig) {
			good(r, 1000)
			d := r.start(hw.DrillSpec{Fault: hw.DrillDatabaseLocked})
			r.kept.broken(errLocked) // the rehearsal may be better than meant
			bad(r, 20)
			if got := r.get(d.ID); got.State != hw.DrillAutoAborted || got.Report.Calls != 20 {
				t.Errorf("%+v", got)
			}
			r.kept.broken(nil)
		})
	})
}
