package dialect

import "testing"

func TestUsageHoldsWhatItPromises(t *testing.T) {
	for _, row := range []struct{ in, out Usage }{
		{Usage{}, Usage{}},
		{Usage{In: 10, Out: 5, CachedIn: 4, CacheWrite: 6, ReasoningOut: 5}, Usage{In: 10, Out: 5, CachedIn: 4, CacheWrite: 6, ReasoningOut: 5}},
		{Usage{In: 10, Out: 5, ReasoningOut: 6}, Usage{In: 10, Out: 11, ReasoningOut: 6}},
		{Usage{In: 371, CachedIn: 493}, Usage{In: 371, CachedIn: 371}},
		{Usage{In: -1, Out: -9, CachedIn: -1, CacheWrite: -1, ReasoningOut: -1}, Usage{}},
	} {
		if got := row.in.sound(); *got != row.out {
			t.Errorf("%+v, want %+v", *got, row.out)
		}
	}
	if (*Usage)(nil).sound() != nil {
		t.Error("counts were made up")
	}
}
