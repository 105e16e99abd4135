package dialecttest

import (
	"testing"
	"time"
)

// Linear fails a test when work on very many things takes more than in
// proportion to their number. A slow machine, or the race detector, may take
// longer: but not for many things alone.
func Linear(t *testing.T, work func(t *testing.T, many int)) {
	t.Helper()
	if testing.Short() {
		t.Skip("a large conversation")
	}
	const many, most = 50_000, 5 * time.Second
	took := func(n int) time.Duration {
		begun := time.Now()
		work(t, n)
		return time.Since(begun)
	}
	few := took(many / 25)
	if all := took(many); all > most && all > 80*few {
		t.Fatalf("%d calls took %v, a 25th of them %v", many, all, few)
	}
}
