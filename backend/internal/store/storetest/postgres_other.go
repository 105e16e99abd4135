//go:build !unix

package storetest

import "testing"

// Postgres skips the test: the private server is started on Unix only.
func Postgres(t *testing.T) func(t *testing.T) Engine {
	t.Helper()
	t.Skip("SKIPPED: THE STORE IS NOT TESTED ON POSTGRESQL on this system")
	return nil
}
