package dialect_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/anthropic"
	"headwater/backend/internal/dialect/dialecttest"
	"headwater/backend/internal/dialect/openai"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares got with a file, or rewrites the file.
func golden(t *testing.T, file string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, got, 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s: got\n%s\nwant\n%s", file, got, want)
	}
}

// inputs gives the golden inputs with the given ending, and where each one's
// output belongs.
func inputs(t *testing.T, ending string, visit func(t *testing.T, in []byte, outFile string)) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "golden", "*.in."+ending))
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden inputs: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			in, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			visit(t, in, strings.Replace(file, ".in.", ".out.", 1))
		})
	}
}

func TestGoldenRequestsFromOpenAIToAnthropic(t *testing.T) {
	inputs(t, "request.json", func(t *testing.T, in []byte, outFile string) {
		req, err := openai.Inbound{}.Decode(dialect.Operation{Endpoint: dialect.EndpointChat}, in)
		if err != nil {
			t.Fatal(err)
		}
		wire, err := anthropic.Outbound{}.Encode(req, dialect.Target{Model: "claude-sonnet-4-5"})
		if err != nil {
			t.Fatal(err)
		}
		if problem := checkTurns(wire.Body); problem != "" {
			t.Error(problem)
		}
		out, err := json.MarshalIndent(map[string]any{"body": json.RawMessage(wire.Body), "dropped": wire.Dropped}, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		golden(t, outFile, append(out, '\n'))
	})
}

var createdNow = regexp.MustCompile(`"created":\d+`)

func translating(stream bool) dialect.Exchange {
	return dialect.NewExchange(openai.Inbound{}, anthropic.Outbound{}, dialect.EncodeOptions{
		Op: dialect.Operation{Endpoint: dialect.EndpointChat}, Stream: stream, Model: "the-route", StreamUsage: true, RequestID: "req_1",
	})
}

func TestGoldenStreamsFromAnthropicToOpenAI(t *testing.T) {
	inputs(t, "sse", func(t *testing.T, in []byte, outFile string) {
		var first []byte
		for size := len(in); size > 0; size = nextSize(size) {
			out, _, _, err := feed(translating(true), string(in), size)
			if err != nil {
				t.Fatal(err)
			}
			out = createdNow.ReplaceAll(out, []byte(`"created":0`))
			if first == nil {
				first = out
				golden(t, outFile, out)
			} else if !bytes.Equal(out, first) {
				t.Fatalf("pieces of %d give\n%s\nwant\n%s", size, out, first)
			}
		}
	})
}

// nextSize halves large pieces and tries every small one.
func nextSize(size int) int {
	if size > 100 {
		return size * 2 / 3
	}
	return size - 1
}

func TestACutStreamNeverEndsProperly(t *testing.T) {
	inputs(t, "sse", func(t *testing.T, in []byte, _ string) {
		end := bytes.LastIndex(in, []byte("message_stop\"}"))
		for cut := range end {
			out, usage, _, err := feed(translating(true), string(in[:cut]), 256)
			fault, ok := errors.AsType[*dialect.Fault](err)
			if !ok || !fault.Truncated {
				t.Fatalf("cut at %d: %v", cut, err)
			}
			if bytes.Contains(out, []byte("[DONE]")) {
				t.Fatalf("cut at %d: an end was invented", cut)
			}
			if bytes.Contains(in[:cut], []byte("content_block_start\",")) && usage == nil {
				t.Fatalf("cut at %d: the usage known so far is lost", cut)
			}
		}
	})
}

func TestAnErrorInsideAnAnthropicStreamIsAFault(t *testing.T) {
	body := "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"model\":\"c\",\"content\":[],\"usage\":{\"input_tokens\":5}}}\n\n" +
		"event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n"
	out, usage, content, err := feed(translating(true), body, 10)
	fault, ok := errors.AsType[*dialect.Fault](err)
	if !ok || fault.Detail.Status != 529 || fault.Detail.Reason != dialect.ReasonOverloaded || content || usage == nil || usage.In != 5 {
		t.Fatalf("got %v, usage %+v, content %v", err, usage, content)
	}
	if bytes.Contains(out, []byte("Overloaded")) || bytes.Contains(out, []byte("[DONE]")) {
		t.Fatalf("got %s", out)
	}
}

func TestSignedReasoningSurvivesTheRoundTrip(t *testing.T) {
	in, err := os.ReadFile(filepath.Join("testdata", "golden", "thinking-and-tools.in.sse"))
	if err != nil {
		t.Fatal(err)
	}
	plain, _, err := translating(false).StreamAsAnswer(nil, in)
	if err != nil {
		t.Fatal(err)
	}
	var answer struct {
		Choices []struct {
			Message json.RawMessage `json:"message"`
		} `json:"choices"`
	}
	if err := json.Unmarshal(plain, &answer); err != nil {
		t.Fatal(err)
	}
	// The caller sends the assistant's message back, as clients do.
	body := `{"model":"r","reasoning_effort":"low","messages":[{"role":"user","content":"a"},` + string(answer.Choices[0].Message) +
		`,{"role":"tool","tool_call_id":"toolu_1","content":"1"},{"role":"tool","tool_call_id":"toolu_2","content":"2"}]}`
	req, err := openai.Inbound{}.Decode(dialect.Operation{Endpoint: dialect.EndpointChat}, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	wire, err := anthropic.Outbound{}.Encode(req, dialect.Target{Model: "claude-sonnet-4-5"})
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{
		`{"type":"thinking","thinking":"I should look it up.","signature":"c2ln"}`, `{"type":"redacted_thinking","data":"c2VjcmV0"}`,
		`"thinking":{"type":"enabled"`,
	} {
		if !strings.Contains(string(wire.Body), part) {
			t.Errorf("%s is missing in %s", part, wire.Body)
		}
	}
}

func TestRecordedStreamsAreTheSameAtAnyBoundary(t *testing.T) {
	for name, make := range map[string]func() dialect.Exchange{
		"anthropic-messages": func() dialect.Exchange { return translating(true) },
		"openai-chat":        func() dialect.Exchange { return passing(dialect.EncodeOptions{Model: "the-route"}) },
	} {
		dialecttest.Recordings(t, name, func(r *dialecttest.Record) {
			if r.Response.SSE == "" || len(r.Response.SSE) > 8000 {
				return
			}
			want, _, _, wantErr := feed(make(), r.Response.SSE, len(r.Response.SSE))
			want = createdNow.ReplaceAll(want, nil)
			for _, size := range []int{1, 113} {
				got, _, _, err := feed(make(), r.Response.SSE, size)
				if (err == nil) != (wantErr == nil) || !bytes.Equal(createdNow.ReplaceAll(got, nil), want) {
					t.Fatalf("%s: pieces of %d differ: %v, %v", r.ID, size, err, wantErr)
				}
			}
		})
	}
}

func FuzzExchange(f *testing.F) {
	f.Add([]byte(openAIStream), 3)
	f.Add([]byte("event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"model\":\"c\"}}\n\ndata: {\"type\":\"message_stop\"}\n\n"), 9)
	f.Fuzz(func(t *testing.T, body []byte, size int) {
		if len(body) == 0 || len(body) > 8192 {
			return
		}
		size = max(1, size%64)
		for _, make := range []func() dialect.Exchange{
			func() dialect.Exchange { return translating(true) },
			func() dialect.Exchange { return passing(dialect.EncodeOptions{Model: "r"}) },
			func() dialect.Exchange {
				return dialect.NewExchange(mirror{}, anthropic.Outbound{}, dialect.EncodeOptions{Op: dialect.Operation{Endpoint: dialect.EndpointChat}, Model: "r"})
			},
		} {
			whole, _, _, wholeErr := feed(make(), string(body), len(body))
			cut, _, _, cutErr := feed(make(), string(body), size)
			whole, cut = createdNow.ReplaceAll(whole, nil), createdNow.ReplaceAll(cut, nil)
			if (wholeErr == nil) != (cutErr == nil) || !bytes.Equal(whole, cut) {
				t.Fatalf("whole %q, %v\nin pieces of %d %q, %v", whole, wholeErr, size, cut, cutErr)
			}
			if _, ok := errors.AsType[*dialect.Fault](wholeErr); wholeErr != nil && !ok {
				t.Fatalf("an error that is no fault: %v", wholeErr)
			}
		}
	})
}
