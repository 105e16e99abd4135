package healthsim

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"

	"headwater/backend/hw"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// full selects the long version, as for the other heavy suites.
func full() bool { return os.Getenv("HEADWATER_RESILIENCE") == "full" }

// figure logs a line of the table; one that is not met fails the test.
func figure(t *testing.T, ok bool, property, required, measured string) {
	t.Helper()
	t.Logf("| %s | %s | %s |", property, required, measured)
	if !ok {
		t.Errorf("%s: %s, required %s", property, measured, required)
	}
}

// many chooses how much a version does: the full one, the short one, or the
// short one under the race detector, which is ten times slower and has little to
// find here: a world has one goroutine.
func many[N any](whole, short, raced N) N {
	switch {
	case full():
		return whole
	case raceDetector:
		return raced
	}
	return short
}

// promises asserts what holds in every hour, whatever happens in it.
func promises(t *testing.T, all *tally) {
	t.Helper()
	figure(t, all.unused == 0, "repaired targets that a call passed by > 60 s (+hint) later", "0", fmt.Sprint(all.unused))
	keepsPace(t, all)
}

// keepsPace asserts what holds of tests and hints.
func keepsPace(t *testing.T, all *tally) {
	t.Helper()
	t.Logf("| repair (+hint) to first use in the first tier, with the wait for a call | - | %s |", spread(all.recoveries))
	figure(t, all.mostTests <= 1, "tests under way at one target", "<= 1", fmt.Sprintf("%d (of %d tests)", all.mostTests, all.tests))
	figure(t, all.early == 0, "attempts before a time that a target asked for", "0", fmt.Sprint(all.early))
}

// quantile is the value that a share of all does not pass; it sorts them.
func quantile(all []time.Duration, share float64) time.Duration {
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[min(int(float64(len(all))*share), len(all)-1)]
}

func spread(all []time.Duration) string {
	at := func(share float64) time.Duration { return quantile(all, share).Round(10 * time.Millisecond) }
	return fmt.Sprintf("p50 %s, p99 %s, most %s (%d)", at(0.5), at(0.99), at(1), len(all))
}

func TestTheSameSeedGivesTheSameHour(t *testing.T) {
	hour := func() tally {
		w := newWorld(7, hw.StrategyWeighted, 2, 1)
		rng := rand.New(rand.NewPCG(7, 9))
		w.incidents(rng, 5)
		w.starts(load{rate: 2, until: epoch.Add(time.Hour), apps: 3, stream: 0.7})
		w.runAll(epoch.Add(time.Hour))
		return w.tally
	}
	a, b := hour(), hour()
	if a.upstream != b.upstream || a.served != b.served || !slices.Equal(a.firsts, b.firsts) {
		t.Errorf("%d attempts, %d served; again: %d attempts, %d served", a.upstream, a.served, b.upstream, b.served)
	}
}
