package tokens_test

import (
	"encoding/json"
	"math"
	"slices"
	"testing"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/anthropic"
	"headwater/backend/internal/dialect/dialecttest"
	"headwater/backend/internal/dialect/gemini"
	"headwater/backend/internal/dialect/ollama"
	"headwater/backend/internal/dialect/openai"
	"headwater/backend/internal/dialect/responses"
	"headwater/backend/internal/tokens"
)

// spoken is one dialect with its recordings.
type spoken struct {
	name     string
	recorded []string
	in       dialect.Inbound
	out      dialect.Outbound
	framing  dialect.Framing
}

func spokenDialects() []spoken {
	return []spoken{
		{"openai", []string{"openai-chat"}, openai.Inbound{}, openai.Outbound{}, dialect.FramingSSE},
		{"anthropic", []string{"anthropic-messages"}, anthropic.Inbound{}, anthropic.Outbound{}, dialect.FramingSSE},
		{"responses", []string{"openai-responses"}, responses.Inbound{}, responses.Outbound{}, dialect.FramingSSE},
		{"gemini", []string{"gemini-generate", "gemini-stream"}, gemini.Inbound{}, gemini.Outbound{}, dialect.FramingSSE},
		{"ollama", []string{"ollama-chat"}, ollama.Inbound{}, ollama.Outbound{}, dialect.FramingLines},
	}
}

// errorsOf are how far estimates were from what was told, as parts of it.
type errorsOf []float64

func (e *errorsOf) add(estimated, told int64) {
	*e = append(*e, float64(estimated-told)/float64(told))
}

// figures are the median of the signed errors, the median and the 90th
// percentile of their sizes, and the share within a quarter.
func (e errorsOf) figures() (bias, median, p90, near float64) {
	sizes := make([]float64, len(e))
	for i, x := range e {
		if sizes[i] = math.Abs(x); sizes[i] <= 0.25 {
			near += 1 / float64(len(e))
		}
	}
	signed := slices.Clone(e)
	slices.Sort(signed)
	slices.Sort(sizes)
	n := len(e)
	return signed[n/2], sizes[n/2], sizes[n*9/10], near
}

// minTokens is how many tokens must have been told: an error of one in four
// says nothing.
const minTokens = 20

// unseen are the features of requests whose tokens stand in no text: files, and
// what a vendor's own tools and caches put before the model.
var unseen = []string{"vision", "document", "audio_in", "video_in", "server_tools", "web_search", "code_execution", "citations", "cached_tokens"}

func TestEstimatesAreNearWhatWasToldInTheRecordings(t *testing.T) {
	var allIn, allOut errorsOf
	for _, d := range spokenDialects() {
		var in, out errorsOf
		for _, name := range d.recorded {
			dialecttest.Recordings(t, name, func(r *dialecttest.Record) {
				told := toldBy(d, r)
				if r.Failed() || told == nil {
					return
				}
				if n, ok := d.asked(r); ok && told.In >= minTokens && told.In < 4*n+1000 {
					in.add(n, told.In)
				}
				if n, ok := d.answered(r); ok && told.Out-told.ReasoningOut >= minTokens && r.Facts.Reasoning == "" && told.ImageOut+told.AudioOut == 0 {
					out.add(n, told.Out-told.ReasoningOut)
				}
			})
		}
		allIn, allOut = append(allIn, in...), append(allOut, out...)
		report(t, d.name+" in", in)
		report(t, d.name+" out", out)
	}
	if near := report(t, "in", allIn); near < 0.65 {
		t.Errorf("only %.0f %% of the estimates of requests are within a quarter", 100*near)
	}
	if near := report(t, "out", allOut); near < 0.75 {
		t.Errorf("only %.0f %% of the estimates of answers are within a quarter", 100*near)
	}
}

// report logs the figures and gives the share within a quarter.
func report(t *testing.T, name string, e errorsOf) float64 {
	t.Helper()
	if len(e) == 0 {
		t.Errorf("%s: nothing to compare", name)
		return 0
	}
	bias, median, p90, near := e.figures()
	t.Logf("%-14s %4d: median error %+.0f %%, size %.0f %%, p90 %.0f %%; within a quarter %.0f %%", name, len(e), 100*bias, 100*median, 100*p90, 100*near)
	return near
}

// asked estimates a recorded request.
func (d spoken) asked(r *dialecttest.Record) (int64, bool) {
	body := r.RequestBody()
	if body == nil || slices.ContainsFunc(unseen, r.Has) {
		return 0, false
	}
	request, err := d.in.Decode(dialect.Operation{Endpoint: dialect.EndpointChat, Model: r.Model}, body)
	if err != nil {
		return 0, false
	}
	return tokens.Of(r.Model).Request(request), true
}

// exchange carries a recorded answer through to a caller of its own dialect,
// and gives what it said.
func (d spoken) exchange(r *dialecttest.Record, plain []byte) (*dialect.Usage, dialect.Said, error) {
	stream, framing := r.Stream()
	x := dialect.NewExchange(d.in, d.out, dialect.EncodeOptions{
		Op: dialect.Operation{Endpoint: dialect.EndpointChat, Stream: stream != nil}, Stream: stream != nil, StreamUsage: true, Framing: framing, Model: "m",
	})
	if stream == nil {
		_, usage, err := x.Answer(nil, plain)
		return usage, x.Said(), err
	}
	if _, _, err := x.Feed(nil, stream); err != nil {
		return nil, dialect.Said{}, err
	}
	_, usage, err := x.Close(nil)
	return usage, x.Said(), err
}

// toldBy is the usage that a recorded answer tells; nil when none.
func toldBy(d spoken, r *dialecttest.Record) *dialect.Usage {
	usage, _, err := d.exchange(r, r.Plain())
	if err != nil || r.Facts == nil {
		return nil
	}
	return usage
}

// answered estimates a recorded answer as if it had told no usage.
func (d spoken) answered(r *dialecttest.Record) (int64, bool) {
	var fields map[string]json.RawMessage
	if stream, _ := r.Stream(); stream == nil && json.Unmarshal(r.Plain(), &fields) != nil {
		return 0, false
	}
	for _, name := range []string{"usage", "usageMetadata", "prompt_eval_count", "eval_count", "x_groq"} {
		delete(fields, name)
	}
	plain, _ := json.Marshal(fields)
	_, said, err := d.exchange(r, plain)
	return tokens.Of(r.Model).Said(said), err == nil
}
