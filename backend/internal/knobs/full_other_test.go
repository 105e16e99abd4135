//go:build !linux

package knobs_test

import "testing"

// fullListener needs the way in which Linux treats a full queue.
func fullListener(t *testing.T) (address string, full bool) {
	t.Helper()
	return "127.0.0.1:1", false
}
