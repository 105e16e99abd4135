// Package resilience proves, against the real program over real sockets, what
// Headwater promises for the worst day: upstreams that die, processes that are
// killed, callers that leave or lie, and state that cannot be written.
//
// It holds tests only and decides nothing: each figure it asks for is stated
// in the design. Its one invariant: nothing of the service runs inside the
// test process; what is seen is what a caller, an administrator or the
// operating system sees. The upstreams are on the test's side.
//
// Plain "go test" runs a short version of each story, with room for a busy
// machine in figures of time. "make resilience" runs the full ones, with the
// figures as required, and writes them to docs/resilience.md. Environment:
//
//	HEADWATER_RESILIENCE=full   the full stories
//	HEADWATER_RESILIENCE_OUT    the file that gets the table of figures
//	HEADWATER_BIN               a binary that is there already
//	HEADWATER_TESTDATA          the folder with corpora/, for hostile input
package resilience
