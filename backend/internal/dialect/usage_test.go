package dialect

import (
	"math"
	"testing"
)

func TestUsageHoldsWhatItPromises(t *testing.T) {
	for _, row := range []struct{ in, out Usage }{
		{Usage{}, Usage{}},
		{Usage{In: 10, Out: 5, CachedIn: 4, CacheWrite: 6, ReasoningOut: 5}, Usage{In: 10, Out: 5, CachedIn: 4, CacheWrite: 6, ReasoningOut: 5}},
		{Usage{In: 10, Out: 5, ReasoningOut: 6}, Usage{In: 10, Out: 11, ReasoningOut: 6}},
		{Usage{In: 371, CachedIn: 493}, Usage{In: 371, CachedIn: 371}},
		{Usage{In: 100, Out: 50, CachedIn: 40, AudioIn: 60, ReasoningOut: 10, AudioOut: 40}, Usage{In: 100, Out: 50, CachedIn: 40, AudioIn: 60, ReasoningOut: 10, AudioOut: 40}},
		{Usage{In: 100, Out: 50, CachedIn: 40, CacheWrite: 10, AudioIn: 70, ImageIn: 20, ReasoningOut: 10, AudioOut: 30, ImageOut: 30}, Usage{In: 100, Out: 50, CachedIn: 40, CacheWrite: 10, AudioIn: 50, ReasoningOut: 10, AudioOut: 30, ImageOut: 10}},
		{Usage{AudioIn: 5, AudioOut: -1, ImageIn: 5, ImageOut: 5}, Usage{}},
		{Usage{In: -1, Out: -9, CachedIn: -1, CacheWrite: -1, ReasoningOut: -1}, Usage{}},
		{Usage{In: math.MaxInt64, Out: math.MaxInt64 - 1, ReasoningOut: math.MaxInt64, CachedIn: math.MaxInt64}, Usage{In: mostTokens, Out: mostTokens, ReasoningOut: mostTokens, CachedIn: mostTokens}},
		{Usage{Out: 1, ReasoningOut: math.MaxInt64}, Usage{Out: mostTokens + 1, ReasoningOut: mostTokens}},
	} {
		if got := row.in.Sound(); *got != row.out {
			t.Errorf("%+v, want %+v", *got, row.out)
		}
	}
	if (*Usage)(nil).Sound() != nil {
		t.Error("counts were made up")
	}
}
