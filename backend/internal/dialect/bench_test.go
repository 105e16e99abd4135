package dialect_test

import (
	"bytes"
	"strings"
	"testing"

	"headwater/backend/internal/dialect"
)

// hundredChunks is a stream of a hundred deltas as an upstream of the dialect
// sends it, one piece per event.
func hundredChunks(b *testing.B, up upstreamRow) [][]byte {
	b.Helper()
	for _, from := range callers() {
		if from.in.Name() != up.out.Name() || from.op.List {
			continue
		}
		opts := from.options(dialect.FramingNone, true)
		opts.Model = "upstream-model-2025-08-07"
		enc := from.in.Encoder(opts)
		events := []dialect.Event{{Kind: dialect.EventStart, ID: "id_0123456789abcdef", Model: "m", Created: 1700000000}}
		for i := range 100 {
			kind := dialect.EventText
			if i < 20 {
				kind = dialect.EventReasoning
			}
			events = append(events, dialect.Event{Kind: kind, Text: []string{" the", " quick", " brown", "日本", "\"fox\"\n", " jumps"}[i%6]})
		}
		events = append(events, dialect.Event{Kind: dialect.EventFinish, Finish: dialect.FinishStop},
			dialect.Event{Kind: dialect.EventUsage, Usage: &dialect.Usage{In: 100, Out: 100, ReasoningOut: 20}}, dialect.Event{Kind: dialect.EventEnd})
		var pieces [][]byte
		for _, ev := range events {
			if piece := enc.Event(nil, ev); len(piece) > 0 {
				pieces = append(pieces, piece)
			}
		}
		return pieces
	}
	b.Skipf("no caller speaks %s", up.name)
	return nil
}

func benchmarkPair(b *testing.B, up upstreamRow, to callerRow, pieces [][]byte) {
	b.Helper()
	b.ReportAllocs()
	b.SetBytes(int64(len(bytes.Join(pieces, nil))))
	opts := to.options(up.framing(), true)
	var out []byte
	for b.Loop() {
		x := dialect.NewExchange(to.in, up.out, opts)
		for _, piece := range pieces {
			var err error
			if out, _, err = x.Feed(out[:0], piece); err != nil {
				b.Fatal(err)
			}
		}
		if _, _, err := x.Close(out[:0]); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkPass100Chunks relays a stream to a caller of the same dialect.
func BenchmarkPass100Chunks(b *testing.B) { benchmarkPairs(b, true) }

// BenchmarkTranslate100Chunks sends the same streams to callers of the others:
// one translation may cost three times what the relay of its stream costs.
func BenchmarkTranslate100Chunks(b *testing.B) { benchmarkPairs(b, false) }

func benchmarkPairs(b *testing.B, same bool) {
	b.Helper()
	for _, up := range upstreams() {
		for _, to := range callers() {
			if (up.out.Name() == to.in.Name()) != same || strings.HasSuffix(to.name, "-list") {
				continue
			}
			b.Run(up.name+"-"+to.name, func(b *testing.B) { benchmarkPair(b, up, to, hundredChunks(b, up)) })
		}
	}
}
