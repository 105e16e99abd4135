package dialect_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/dialecttest"
)

// TestGeneratedStreamsAreTheSameAtAnyBoundary sends generated streams, as each
// dialect writes them, through every pair, whole and cut at random places.
func TestGeneratedStreamsAreTheSameAtAnyBoundary(t *testing.T) {
	for _, from := range callers() {
		for _, up := range upstreams() {
			if up.out.Name() != from.in.Name() || from.op.List {
				continue
			}
			for _, to := range callers() {
				t.Run(up.name+" to "+to.name, func(t *testing.T) {
					for seed := range uint64(rounds / 8) {
						g := newGenerator(seed)
						enc := from.in.Encoder(from.options(dialect.FramingNone, true))
						var body []byte
						for _, ev := range g.stream(g.answer()) {
							body = enc.Event(body, ev)
						}
						make := func() dialect.Exchange { return dialect.NewExchange(to.in, up.out, to.options(from.framing(), true)) }
						want, _, _, wantErr := feed(make(), string(body), len(body))
						for range 3 {
							got, err := feedRandomly(g, make(), body)
							if (err == nil) != (wantErr == nil) || !sameBytes(got, want) {
								t.Fatalf("seed %d: %v for %v\ngot  %s\nwant %s", seed, err, wantErr, got, want)
							}
						}
						if wantErr != nil {
							t.Fatalf("seed %d: %v\n%s", seed, wantErr, body)
						}
					}
				})
			}
		}
	}
}

func feedRandomly(g generator, x dialect.Exchange, body []byte) (out []byte, err error) {
	for len(body) > 0 {
		n := 1 + g.IntN(min(len(body), 90))
		if out, _, err = x.Feed(out, body[:n]); err != nil {
			return out, err
		}
		body = body[n:]
	}
	out, _, err = x.Close(out)
	return out, err
}

// TestAStreamThatBreaksOffEndsForNobody cuts generated streams before anything
// told of their end: every caller must be left without one.
func TestAStreamThatBreaksOffEndsForNobody(t *testing.T) {
	for _, from := range callers() {
		for _, up := range upstreams() {
			if up.out.Name() != from.in.Name() || from.op.List {
				continue
			}
			for _, to := range callers() {
				t.Run(up.name+" to "+to.name, func(t *testing.T) {
					for seed := range uint64(rounds / 4) {
						g := newGenerator(seed)
						body := brokenOff(g, from)
						asked := to.options(from.framing(), true)
						out, _, _, err := feed(dialect.NewExchange(to.in, up.out, asked), string(body), 1+g.IntN(200))
						fault, ok := errors.AsType[*dialect.Fault](err)
						if !ok || !fault.Truncated {
							t.Fatalf("seed %d: %v\n%s", seed, err, body)
						}
						checkUnended(t, to, asked.Op, out)
						if _, _, err = dialect.NewExchange(to.in, up.out, to.options(from.framing(), false)).StreamAsAnswer(nil, body); err == nil {
							t.Fatalf("seed %d: taken for whole:\n%s", seed, body)
						}
					}
				})
			}
		}
	}
}

// brokenOff is a stream that is cut at any place before its finish.
func brokenOff(g generator, from callerRow) []byte {
	enc := from.in.Encoder(from.options(dialect.FramingNone, true))
	var body []byte
	for _, ev := range g.stream(g.answer()) {
		if ev.Kind == dialect.EventFinish || ev.Kind == dialect.EventEnd {
			break
		}
		body = enc.Event(body, ev)
	}
	return body[:g.IntN(len(body)+1)]
}

// checkUnended wants no end in what a caller got before the upstream broke off,
// nor after the error that the front adds.
func checkUnended(t *testing.T, to callerRow, op dialect.Operation, out []byte) {
	t.Helper()
	told := to.in.StreamError(op, hw.Errorf(hw.CodeStreamInterrupted, "The upstream broke off."), "req_1")
	if to.op.List {
		return // an open list is no JSON, and what closes it is the error
	}
	for _, body := range [][]byte{out, append(bytes.Clone(out), told...)} {
		c := to.reader.Stream(body)
		if c.Done {
			t.Fatalf("an end was invented:\n%s", body)
		}
	}
	if len(told) == 0 {
		t.Fatal("nothing tells of the error")
	}
}

// FuzzMatrix sends any bytes as any upstream's stream or answer to any caller:
// no panic, no error but a fault, no difference by the cut, and no translation
// that a strict client would stumble over.
func FuzzMatrix(f *testing.F) {
	for seed := range uint64(3) {
		for i, from := range callers() {
			g := newGenerator(seed)
			enc := from.in.Encoder(from.options(dialect.FramingNone, true))
			var body []byte
			for _, ev := range g.stream(g.answer()) {
				body = enc.Event(body, ev)
			}
			f.Add(body, i*7+3)
			plain, err := from.in.Encoder(from.options(dialect.FramingNone, false)).Answer(nil, g.answer())
			if err != nil {
				f.Fatal(err)
			}
			f.Add(plain, i)
		}
	}
	f.Fuzz(func(t *testing.T, body []byte, size int) {
		if len(body) == 0 || len(body) > 8192 {
			return
		}
		for _, up := range upstreams() {
			for _, to := range callers() {
				fuzzPair(t, up, to, body, max(1, size%64))
			}
		}
	})
}

func fuzzPair(t *testing.T, up upstreamRow, to callerRow, body []byte, size int) {
	t.Helper()
	pair := up.name + " to " + to.name
	make := func(stream bool) dialect.Exchange {
		return dialect.NewExchange(to.in, up.out, to.options(up.framing(), stream))
	}
	whole, _, _, wholeErr := feed(make(true), string(body), len(body))
	cut, _, _, cutErr := feed(make(true), string(body), size)
	if (wholeErr == nil) != (cutErr == nil) || !sameBytes(whole, cut) {
		t.Fatalf("%s: whole %q, %v\nin pieces of %d %q, %v", pair, whole, wholeErr, size, cut, cutErr)
	}
	asStream, _, asStreamErr := make(true).AnswerAsStream(nil, body)
	asAnswer, _, asAnswerErr := make(false).StreamAsAnswer(nil, body)
	plain, _, plainErr := make(false).Answer(nil, body)
	for _, err := range []error{wholeErr, asStreamErr, asAnswerErr, plainErr} {
		if _, ok := errors.AsType[*dialect.Fault](err); err != nil && !ok {
			t.Fatalf("%s: an error that is no fault: %v", pair, err)
		}
	}
	if up.out.Name() == to.in.Name() || bytes.Contains(body, []byte("\xff")) {
		return
	}
	for _, row := range []struct {
		form form
		err  error
		out  []byte
		read func([]byte) *dialecttest.Client
	}{
		{streamToStream, wholeErr, whole, to.reader.Stream},
		{plainToStream, asStreamErr, asStream, to.reader.Stream},
		{streamToPlain, asAnswerErr, asAnswer, to.reader.Plain},
		{plainToPlain, plainErr, plain, to.reader.Plain},
	} {
		if row.err != nil {
			continue
		}
		c := row.read(row.out)
		// A call without a name is the upstream's fault, and stays what it is.
		c.Problems = slices.DeleteFunc(c.Problems, func(p string) bool { return strings.Contains(p, "has no name") })
		if len(c.Problems) > 0 {
			t.Fatalf("%s, %s: %q\n%q\nfrom %q", pair, row.form, c.Problems, row.out, body)
		}
	}
}
