package drill

import (
	"math"
	"testing"
	"time"
)

func TestQuantilesAreOffByOnePercentAtMost(t *testing.T) {
	for _, ms := range []float64{0.06, 0.1, 1, 7.77, 99, 1234.5, 59_000, 3_600_000} {
		var h histogram
		for range 10 {
			h.add(ms)
		}
		for _, share := range []float64{0, 0.5, 0.99, 1} {
			if got := h.quantile(share); math.Abs(got-ms) > ms/100 {
				t.Errorf("%g of %g is %g", share, ms, got)
			}
		}
	}
	var h histogram
	for n := 1; n <= 10_000; n++ {
		h.add(float64(n))
	}
	for share, want := range map[float64]float64{0.5: 5000, 0.99: 9900, 0.999: 9990} {
		if got := h.quantile(share); math.Abs(got-want) > want/100 {
			t.Errorf("%g is %g, want %g", share, got, want)
		}
	}
	if got := new(histogram).quantile(0.5); got != 0 {
		t.Errorf("of nothing: %g", got)
	}
	h.add(math.Inf(1))
	h.add(-1)
}

func TestTheWindowForgets(t *testing.T) {
	var w window
	at := time.Date(2026, 1, 1, 0, 0, 5, 0, time.UTC)
	w.add(at, failed, 1)
	w.add(at.Add(4*time.Minute), served, 10)
	w.add(at.Add(5*time.Minute), served, 10) // takes the place of the first
	if got := w.recent(at.Add(5 * time.Minute)); got != (count{calls: 1}) {
		t.Errorf("the last minute: %+v", got)
	}
	if got, first := w.take(at.Add(5 * time.Minute)); got != (count{calls: 2}) || first.quantile(0.5) == 0 {
		t.Errorf("all: %+v", got)
	}
	if got, _ := w.take(at.Add(5 * time.Minute)); got != (count{}) {
		t.Errorf("once more: %+v", got)
	}
}
