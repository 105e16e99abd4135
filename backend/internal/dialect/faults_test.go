package dialect_test

import (
	"errors"
	"fmt"
	"testing"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/dialecttest"
)

// TestARecordedStreamThatBreaksOffHasNoEnd cuts every recorded stream before its
// middle: a fault, and no end for any caller.
func TestARecordedStreamThatBreaksOffHasNoEnd(t *testing.T) {
	for _, up := range upstreams() {
		for _, to := range callers() {
			t.Run(up.name+" to "+to.name, func(t *testing.T) {
				for _, name := range up.recorded {
					dialecttest.Recordings(t, name, func(r *dialecttest.Record) {
						body, framing := r.Stream()
						if framing == dialect.FramingNone || leftOut[r.ID] != "" {
							return
						}
						options := to.options(framing, true)
						out, _, _, err := feed(dialect.NewExchange(to.in, up.out, options), string(body[:len(body)/3]), 4096)
						if _, ok := errors.AsType[*dialect.Fault](err); !ok {
							t.Errorf("%s: a third of it is taken for the whole: %v", r.ID, err)
							return
						}
						checkUnended(t, to, options.Op, out)
					})
				}
			})
		}
	}
}

// TestRecordedErrorsAreRead reads every recorded answer with an error status.
func TestRecordedErrorsAreRead(t *testing.T) {
	for _, up := range upstreams() {
		t.Run(up.name, func(t *testing.T) {
			y := &dialecttest.Tally{}
			for _, name := range up.recorded {
				dialecttest.Recordings(t, name, func(r *dialecttest.Record) {
					if !r.Failed() {
						return
					}
					var header dialect.Header
					d := up.out.ReadError(r.Response.Status, header, r.Plain())
					var out []string
					if d.Message == "" && d.Reason == dialect.ReasonUnknown {
						out = append(out, "neither a message nor a reason")
					}
					if d.Status != r.Response.Status {
						out = append(out, fmt.Sprintf("status %d for %d", d.Status, r.Response.Status))
					}
					y.Add(r.ID, out)
				})
			}
			y.Report(t, up.name+" errors", 100)
		})
	}
}
