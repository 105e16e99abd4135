//go:build linux

package resilience

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httputil"
	"testing"
)

// The tapes of the cut streams have to be what they say, or their cuts lie.
func TestTapes(t *testing.T) {
	for name, make := range map[string]func() (*tape, *tape){"openai": openAITape, "anthropic": anthropicTape} {
		_, plain := make()
		chunks := plain.chunked()
		for _, tape := range []*tape{plain, chunks} {
			if len(tape.bytes) != len(tape.places) || tape.finished >= tape.marker || tape.marker >= tape.over {
				t.Errorf("%s: %d bytes, %d places, finished at %d, marker from %d to %d", name, len(tape.bytes), len(tape.places), tape.finished, tape.marker, tape.over)
			}
		}
		if got, want := string(chunks.bytes[chunks.marker:chunks.over]), string(plain.bytes[plain.marker:plain.over]); got != want {
			t.Errorf("%s: the end marker in chunks is %q, plain %q", name, got, want)
		}
		whole, err := io.ReadAll(httputil.NewChunkedReader(io.MultiReader(bytes.NewReader(chunks.bytes), bytes.NewReader([]byte("0\r\n\r\n")))))
		if err != nil || !bytes.Equal(whole, plain.bytes) {
			t.Errorf("%s: the chunks hold %q, %v", name, whole, err)
		}
	}
}

// Each way to break the promise about cut streams must be found.
func TestCutVerdict(t *testing.T) {
	_, rest := openAITape()
	const finish = `data: {"choices":[{"finish_reason":"stop"}]}`
	early, whole := &sawing{rest: rest, cut: 10}, &sawing{rest: rest, cut: -1}
	for _, row := range []struct {
		why                                string
		p                                  *sawing
		h                                  heard
		silent, invented, foreign, spoiled int
	}{
		{"an honest break", early, heard{answer: answer{text: greeting[0], told: "stream_interrupted"}}, 0, 0, 0, 0},
		{"a silent end", early, heard{answer: answer{text: greeting[0]}}, 1, 0, 0, 0},
		{"a break of the connection", early, heard{answer: answer{text: greeting[0], told: "stream_interrupted", err: io.ErrUnexpectedEOF}}, 1, 0, 0, 0},
		{"an invented marker", early, heard{answer: answer{text: greeting[0], told: "stream_interrupted", done: true}}, 0, 1, 0, 0},
		{"an invented reason", early, heard{answer: answer{text: greeting[0], told: "stream_interrupted"}, raw: finish}, 0, 1, 0, 0},
		{"a reason that was given", &sawing{rest: rest, cut: rest.marker}, heard{answer: answer{text: words(), told: "stream_interrupted"}, raw: finish}, 0, 0, 0, 0},
		{"foreign words", early, heard{answer: answer{text: "hello", told: "stream_interrupted"}}, 0, 0, 1, 0},
		{"a whole stream", whole, heard{answer: answer{text: words(), done: true}}, 0, 0, 0, 0},
		{"a whole stream without its end", whole, heard{answer: answer{text: words()}}, 0, 0, 0, 1},
	} {
		v := cutVerdict{places: map[string]int{}, numbers: map[string]*sawing{}}
		v.judge(row.p, &row.h)
		if len(v.silent) != row.silent || len(v.invented) != row.invented || len(v.foreign) != row.foreign || len(v.spoilt) != row.spoiled {
			t.Errorf("%s is judged %+v", row.why, v)
		}
	}
}

func TestRudeness(t *testing.T) {
	const body = `{"error":{"message":"busy","type":"server_error","code":"overloaded"}}`
	after := http.Header{"Retry-After": {"1"}}
	for why, h := range map[string]heard{
		"":                                 {answer: answer{status: 503, body: body, header: after}},
		"not a 503":                        {answer: answer{status: 500, body: body, header: after}},
		"not overloaded in OpenAI's shape": {answer: answer{status: 503, body: `{}`, header: after}},
		"Retry-After ":                     {answer: answer{status: 503, body: body, header: http.Header{}}},
		"Retry-After 0":                    {answer: answer{status: 503, body: body, header: http.Header{"Retry-After": {"0"}}}},
	} {
		if got := rudeness(&h); got != why {
			t.Errorf("a refusal wrong in %q is found %q", why, got)
		}
	}
}
