package limit_test

import (
	"testing"
	"time"

	"headwater/backend/internal/limit"
)

var noon = time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)

func TestNoMoreRequestsThanTheLimitWithinAnyMinute(t *testing.T) {
	a := limit.Allowance{Level: &limit.Level{}, Requests: 60}
	var taken []time.Time
	for now := noon; now.Before(noon.Add(5 * time.Minute)); now = now.Add(100 * time.Millisecond) {
		if until := a.Until(now); a.Take(now) == until.After(now) {
			t.Fatalf("at %s the next is free at %s, and is told otherwise", now, until)
		} else if !until.After(now) {
			taken = append(taken, now)
		}
	}
	for i := range taken {
		n := 0
		for _, at := range taken[i:] {
			if at.Sub(taken[i]) < time.Minute {
				n++
			}
		}
		if n > 60 {
			t.Fatalf("%d requests within the minute from %s", n, taken[i])
		}
	}
	// Little is lost to the counting in slots.
	if len(taken) < 60*4 {
		t.Errorf("%d requests in 5 minutes", len(taken))
	}
}

func TestTokensCountWhenTheyAreUsed(t *testing.T) {
	a := limit.Allowance{Level: &limit.Level{}, Tokens: 1000}
	a.Spend(999, noon)
	if !a.Take(noon) {
		t.Fatal("a token is left")
	}
	a.Spend(5000, noon)
	if a.Take(noon) || a.Take(noon.Add(59*time.Second)) {
		t.Fatal("more than all were used within the minute")
	}
	if got := a.Until(noon).Sub(noon); got < time.Minute || got > time.Minute+5*time.Second {
		t.Errorf("free after %s", got)
	}
	if !a.Take(a.Until(noon)) {
		t.Error("it is not free when it is said to be")
	}
}

func TestAClockThatGoesBackFreesNothing(t *testing.T) {
	a := limit.Allowance{Level: &limit.Level{}, Requests: 1}
	a.Take(noon)
	if a.Take(noon.Add(-time.Hour)) {
		t.Error("a request more")
	}
}

func TestNoLimitIsNone(t *testing.T) {
	a := limit.Allowance{Level: &limit.Level{}}
	for range 10_000 {
		if !a.Take(noon) {
			t.Fatal("refused")
		}
		a.Spend(1<<40, noon)
	}
}

func TestALevelOutlivesItsLimits(t *testing.T) {
	var levels limit.Levels
	a := limit.Allowance{Level: levels.Of("k"), Requests: 1}
	a.Take(noon)
	b := limit.Allowance{Level: levels.Of("k"), Requests: 1}
	if b.Take(noon) {
		t.Error("the level was forgotten")
	}
	levels.Keep(func(string) bool { return false })
	if c := (limit.Allowance{Level: levels.Of("k"), Requests: 1}); !c.Take(noon) {
		t.Error("the level of a name that is gone was kept")
	}
}
