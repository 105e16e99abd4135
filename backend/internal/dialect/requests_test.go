package dialect_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/dialecttest"
)

// counts tallies texts and keeps a few ids of each.
type counts map[string][]string

func (c counts) add(what, id string) { c[what] = append(c[what], id) }

func (c counts) log(t *testing.T, title string) {
	t.Helper()
	for _, what := range slices.Sorted(maps.Keys(c)) {
		ids := c[what]
		t.Logf("%s: %d x %s (%s)", title, len(ids), what, strings.Join(ids[:min(len(ids), 4)], " "))
	}
}

var modelInPath = regexp.MustCompile(`models/([^:/]+)(?::|$)`)

// operationOf is what a recorded request asked of its dialect.
func operationOf(from callerRow, r *dialecttest.Record) dialect.Operation {
	op := from.op
	if m := modelInPath.FindStringSubmatch(r.Request.Path); m != nil && from.name == "gemini" {
		op.Model = m[1]
	}
	op.Stream = strings.Contains(r.Request.Path, "stream")
	return op
}

// TestEveryRecordedRequestReachesEveryUpstream decodes each recorded request
// and renders it for every dialect. What comes out must be in the order that
// the dialect demands and mean the same when it is read back.
func TestEveryRecordedRequestReachesEveryUpstream(t *testing.T) {
	for _, from := range callers() {
		if from.op.List {
			continue // it asks as its like with events does
		}
		t.Run("from "+from.name, func(t *testing.T) {
			refused, wrong := counts{}, counts{}
			var decoded []decodedRequest
			for _, name := range from.recorded() {
				dialecttest.Recordings(t, name, func(r *dialecttest.Record) {
					body := r.RequestBody()
					if body == nil {
						return
					}
					req, err := from.in.Decode(operationOf(from, r), body)
					if err != nil {
						checkRefusal(t, r, err)
						if !r.Failed() && hw.CodeOf(err) != hw.CodeUnsupported && !strings.Contains(err.Error(), "(model)") {
							// Where the model stands in the path only, the gateway has none.
							wrong.add(err.Error(), r.ID)
						}
						refused.add(err.Error(), r.ID)
						return
					}
					checkPeek(t, from, r, req)
					checkMedia(t, r, req)
					checkAdapt(t, from, r, req)
					decoded = append(decoded, decodedRequest{r, req})
				})
			}
			t.Logf("%d decoded", len(decoded))
			refused.log(t, "refused")
			wrong.log(t, "refused, but its provider took it")
			if len(wrong) > 0 {
				t.Errorf("%d kinds of request are refused that their provider took", len(wrong))
			}
			for _, up := range upstreams() {
				t.Run("to "+up.name, func(t *testing.T) { requestsTo(t, up, decoded) })
			}
		})
	}
}

type decodedRequest struct {
	record *dialecttest.Record
	req    *dialect.Request
}

// checkRefusal wants an error that a caller can understand: one of ours that
// was asked for well enough to be recorded with a success is rare.
func checkRefusal(t *testing.T, r *dialecttest.Record, err error) {
	t.Helper()
	e, ok := errors.AsType[*hw.Error](err)
	if !ok || e.Code == hw.CodeInternal || e.Text == "" {
		t.Errorf("%s: an unclear refusal: %v", r.ID, err)
	}
}

// checkMedia wants media in the base64 that every dialect reads.
func checkMedia(t *testing.T, r *dialecttest.Record, req *dialect.Request) {
	t.Helper()
	for _, m := range req.Messages {
		for _, p := range m.Parts {
			for _, media := range append(slices.Clone(p.Media), p) {
				if _, err := base64.StdEncoding.DecodeString(media.Data); err != nil && media.Kind != dialect.PartReasoning {
					t.Errorf("%s: a part of kind %s is no plain base64: %v", r.ID, media.Kind, err)
				}
			}
		}
	}
}

// checkPeek wants the first look at a request to see what the whole says.
func checkPeek(t *testing.T, from callerRow, r *dialecttest.Record, req *dialect.Request) {
	t.Helper()
	op := operationOf(from, r)
	p, err := from.in.Peek(op, r.RequestBody())
	if err != nil || p.Model != req.Model || p.Stream != req.Stream {
		t.Errorf("%s: at a first look %+v, %v, but it is %q, %v", r.ID, p, err, req.Model, req.Stream)
	}
}

// checkAdapt wants a request that passes through to mean what it did, but for
// the model.
func checkAdapt(t *testing.T, from callerRow, r *dialecttest.Record, req *dialect.Request) {
	t.Helper()
	for _, up := range upstreams() {
		if up.out.Name() != from.in.Name() {
			continue
		}
		op := operationOf(from, r)
		wire, err := up.out.Adapt(op, r.RequestBody(), dialect.Target{Model: "the-model"}, req.Stream)
		if err != nil {
			t.Errorf("%s: passing on: %v", r.ID, err)
			return
		}
		if op.Model != "" {
			op.Model = "the-model"
		}
		again, err := from.in.Decode(op, wire.Body)
		if err != nil || again.Model != "the-model" {
			t.Errorf("%s: passed on as %.300s: %v", r.ID, wire.Body, err)
			return
		}
		if out := changes(upstreamRow{}, meaningOf(req), meaningOf(again), nil); out != nil {
			t.Errorf("%s: passed on, but changed: %q", r.ID, out)
		}
		if wire.Path == "" || op.Model != "" && !strings.Contains(wire.Path, "the-model") {
			t.Errorf("%s: passed on to %q", r.ID, wire.Path)
		}
	}
}

func requestsTo(t *testing.T, up upstreamRow, decoded []decodedRequest) {
	t.Helper()
	refused, dropped, changed := counts{}, counts{}, counts{}
	n := 0
	for _, d := range decoded {
		wire, err := up.out.Encode(d.req, dialect.Target{Model: "the-model", MaxOutput: 1 << 20})
		if err != nil {
			checkRefusal(t, d.record, err)
			refused.add(err.Error(), d.record.ID)
			continue
		}
		n++
		if !json.Valid(wire.Body) || wire.Path == "" {
			t.Errorf("%s: to %q: %.300s", d.record.ID, wire.Path, wire.Body)
		}
		for _, name := range wire.Dropped {
			dropped.add(name, d.record.ID)
		}
		if check := wireChecks[up.name]; check != nil {
			if problem := check(wire.Body); problem != "" {
				t.Errorf("%s: %s: %.600s", d.record.ID, problem, wire.Body)
			}
		}
		for _, difference := range roundTrip(t, up, d, wire) {
			changed.add(difference, d.record.ID)
		}
	}
	t.Logf("%d rendered", n)
	refused.log(t, "refused")
	dropped.log(t, "dropped")
	changed.log(t, "changed on the way")
	if len(changed) > 0 {
		t.Errorf("%d kinds of change that nothing names", len(changed))
	}
}

// roundTrip reads a rendered request back in its own dialect and says what is
// not as it was.
func roundTrip(t *testing.T, up upstreamRow, d decodedRequest, wire dialect.Wire) []string {
	t.Helper()
	for _, back := range callers() {
		if back.in.Name() != up.out.Name() {
			continue
		}
		op := back.op
		op.Model, op.Stream = "the-model", d.req.Stream
		again, err := back.in.Decode(op, wire.Body)
		if err != nil {
			return []string{"not read back: " + err.Error()}
		}
		return changes(up, meaningOf(inlined(up, d.req)), meaningOf(again), wire.Dropped)
	}
	return nil
}
