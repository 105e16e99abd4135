package dialect_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/dialecttest"
	"headwater/backend/internal/dialect/gemini"
)

// longStream is a stream of many deltas in the dialect of a caller, and all
// that it says. Its beginning is no sample of the rest.
func longStream(to callerRow, deltas int) (stream []byte, said string) {
	opts := to.options(to.framing(), true)
	enc := to.in.Encoder(opts)
	all := strings.Builder{}
	put := func(ev dialect.Event) {
		stream = enc.Event(stream, ev)
		all.WriteString(ev.Text)
	}
	put(dialect.Event{Kind: dialect.EventStart, ID: "id_0123456789abcdef", Model: "m", Created: 1700000000})
	for i := range deltas {
		kind, text := dialect.EventText, []string{" the", " quick", " brown fox", "日本", "\"fox\"\n", " jumps over it all"}[i*7%6]
		if i < deltas/5 {
			kind, text = dialect.EventReasoning, "."
		}
		put(dialect.Event{Kind: kind, Text: text})
	}
	return stream, all.String()
}

// stated is how many bytes a stream has said, by what is known of it.
func stated(s dialect.Said) float64 { return float64(len(s.Text)) * s.Times }

func TestWhatALongStreamSaidIsKnownFromASample(t *testing.T) {
	for _, to := range callers() {
		if to.op.List {
			continue // an upstream gives events
		}
		for _, up := range upstreams() {
			if up.out.Name() != to.in.Name() {
				continue
			}
			for _, deltas := range []int{1, 10, 100, 3000} {
				stream, said := longStream(to, deltas)
				for _, reader := range callers() {
					if reader.op.List {
						continue
					}
					x := dialect.NewExchange(reader.in, up.out, reader.options(up.framing(), true))
					if _, _, err := x.Feed(nil, stream); err != nil {
						t.Fatal(err)
					}
					if got, want := stated(x.Said()), float64(len(said)); math.Abs(got-want) > 0.12*want+1 {
						t.Errorf("%s to %s, %d deltas: %.0f bytes, said were %.0f", up.name, reader.name, deltas, got, want)
					}
				}
			}
		}
	}
}

func TestAWholeAnswerIsHeardOnlyWithoutUsage(t *testing.T) {
	for usage, want := range map[string]string{`,"usage":{"prompt_tokens":3,"completion_tokens":2}`: "", "": "hello there"} {
		body := `{"id":"c","object":"chat.completion","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"hello there"},"finish_reason":"stop"}]` + usage + `}`
		for _, to := range callers()[:2] { // passed through, and translated
			x := dialect.NewExchange(to.in, upstreams()[0].out, to.options(dialect.FramingNone, false))
			if _, _, err := x.Answer(nil, []byte(body)); err != nil {
				t.Fatal(err)
			}
			if got := x.Said(); got.Text != want {
				t.Errorf("%s, usage %q: heard %q", to.name, usage, got.Text)
			}
		}
	}
}

func TestUsageThatNobodyToldIsPutInWhereItIsTranslated(t *testing.T) {
	plain := `{"id":"c","object":"chat.completion","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"hello there"},"finish_reason":"stop"}]}`
	streamed := `data: {"id":"c","object":"chat.completion.chunk","model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"hello there"},"finish_reason":null}]}` + "\n\n" +
		`data: {"id":"c","object":"chat.completion.chunk","model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}` + "\n\ndata: [DONE]\n\n"
	for _, to := range callers() {
		for _, stream := range []bool{false, true} {
			for _, from := range []string{plain, streamed} {
				t.Run(fmt.Sprintf("%s stream=%v from=%d", to.name, stream, len(from)), func(t *testing.T) {
					estimateFor(t, to, stream, from, from == streamed)
				})
			}
		}
	}
}

func estimateFor(t *testing.T, to callerRow, stream bool, body string, streamed bool) {
	t.Helper()
	opts, asked := to.options(dialect.FramingSSE, stream), 0
	opts.Estimate = func(s dialect.Said) *dialect.Usage {
		if asked++; s.Text != "hello there" || s.Times != 1 {
			t.Errorf("estimated from %+v", s)
		}
		return &dialect.Usage{In: 41, Out: 43, Estimated: true}
	}
	x := dialect.NewExchange(to.in, upstreams()[0].out, opts)
	var out []byte
	var usage *dialect.Usage
	var err error
	switch {
	case !streamed && !stream:
		out, usage, err = x.Answer(nil, []byte(body))
	case !streamed:
		out, usage, err = x.AnswerAsStream(nil, []byte(body))
	case !stream:
		out, usage, err = x.StreamAsAnswer(nil, []byte(body))
	default:
		out, usage, _, err = feed(x, body, 40)
	}
	if err != nil {
		t.Fatal(err)
	}
	passes := to.name == "openai" && streamed == stream
	told := strings.Contains(string(out), "41") && strings.Contains(string(out), "43") && strings.Contains(string(out), `"estimated":true`)
	if told == passes || (asked == 1) == passes {
		t.Errorf("passed through: %v, told: %v, asked %d times\n%s", passes, told, asked, out)
	}
	if (usage != nil && usage.Estimated) == passes {
		t.Errorf("usage for the log: %+v", usage)
	}
}

// TestRecordedStreamsAreHeard compares what is known of long recorded streams
// that pass through with what they said.
func TestRecordedStreamsAreHeard(t *testing.T) {
	const long = 16 << 10
	var y dialecttest.Tally
	for _, up := range upstreams() {
		for _, to := range callers() {
			if to.in.Name() != up.out.Name() || to.op.List {
				continue
			}
			for _, name := range up.recorded {
				dialecttest.Recordings(t, name, func(r *dialecttest.Record) {
					stream, framing := r.Stream()
					if len(stream) < long || r.Facts == nil || r.Failed() {
						return
					}
					want := float64(len(r.Facts.Text) + len(r.Facts.Reasoning))
					for _, call := range r.Facts.ToolCalls {
						want += float64(len(call.Name) + len(call.Args))
					}
					x := dialect.NewExchange(to.in, up.out, to.options(framing, true))
					_, _, err := x.Feed(nil, stream)
					if got := stated(x.Said()); err != nil || math.Abs(got-want) > 0.25*want {
						y.Add(r.ID, []string{fmt.Sprintf("%s %v: %.0f bytes, said were %.0f", up.name, r.Features, got, want)})
						return
					}
					y.Add(r.ID, nil)
				})
			}
		}
	}
	y.Report(t, "long streams, heard from a sample", 80)
}

// TestNestedArgumentsAreReadOnce: reading them anew at each depth would keep a
// processor busy for seconds with one event.
func TestNestedArgumentsAreReadOnce(t *testing.T) {
	allocations := func(depth int) float64 {
		inside := strings.Repeat(`{"args":`, depth) + `{"x":"y"}` + strings.Repeat("}", depth)
		event := []byte(`data: {"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":` + inside + "}}]}}]}\n\n")
		return testing.AllocsPerRun(10, func() {
			x := dialect.NewExchange(gemini.Inbound{}, gemini.Outbound{}, dialect.EncodeOptions{
				Op: dialect.Operation{Endpoint: dialect.EndpointChat}, Stream: true, Framing: dialect.FramingSSE,
			})
			if _, _, err := x.Feed(nil, event); err != nil {
				t.Fatal(err)
			}
		})
	}
	if flat, deep := allocations(1), allocations(400); deep > 3*flat { // a watcher lets a depth of 512 through
		t.Errorf("%.0f allocations, and %.0f where they are deep", flat, deep)
	}
}
