package testupstream

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"headwater/backend/internal/dialect/dialecttest"
)

// inEveryWire runs a test for each protocol, plain and streamed.
func inEveryWire(t *testing.T, q question, test func(t *testing.T, wire string, q question)) {
	t.Helper()
	for _, wire := range slices.Sorted(maps.Keys(wires())) {
		q.stream, q.list = false, false
		t.Run(wire+" plain", func(t *testing.T) { test(t, wire, q) })
		q.stream = true
		t.Run(wire+" streamed", func(t *testing.T) { test(t, wire, q) })
		if wire == "gemini" {
			q.list = true
			t.Run(wire+" list", func(t *testing.T) { test(t, wire, q) })
		}
	}
}

// got asks and reads a proper answer.
func got(t *testing.T, s *Server, wire string, q question) *dialecttest.Client {
	t.Helper()
	a := put(t, s, wire, q)
	if a.status != 200 || a.err != nil {
		t.Fatalf("got %d %v: %s", a.status, a.err, a.body)
	}
	c := readAnswer(t, wire, q, a.body)
	if len(c.Problems) > 0 || !c.Done {
		t.Errorf("problems %q, done %v, in %s", c.Problems, c.Done, a.body)
	}
	return c
}

func TestEveryDialectAnswers(t *testing.T) {
	s := Start(t)
	inEveryWire(t, question{model: "reasoning+tokens-5+cached-3"}, func(t *testing.T, wire string, q question) {
		c := got(t, s, wire, q)
		if c.Text != Words(5) || c.Reasoning != Words(2) || len(c.ToolCalls) != 0 {
			t.Errorf("got %+v", c)
		}
		out := c.Usage.Out
		if wire == "gemini" { // thoughts stand beside
			out += c.Usage.Reasoning
		}
		if out != 7 || (c.Usage.CachedIn != 3 && wire != "ollama") {
			t.Errorf("got %+v", c.Usage)
		}
		finish := map[string]string{
			"openai": "stop", "responses": "completed", "anthropic": "end_turn", "gemini": "STOP",
			"ollama": "stop", "cohere": "COMPLETE", "bedrock": "end_turn",
		}[wire]
		if c.Finish != finish {
			t.Errorf("finish %q, want %q", c.Finish, finish)
		}
	})
}

func TestEveryDialectCallsTools(t *testing.T) {
	s := Start(t)
	const weather, search = `{"city":"Vienna"}`, `{"limit":3,"query":"text"}`
	for model, want := range map[string][]string{
		"tool":              {"weather " + weather},
		"tools-2":           {"weather " + weather, "search " + search},
		"tools-9+reasoning": {"weather " + weather, "search " + search}, // there are no more
	} {
		inEveryWire(t, question{model: model, tools: true}, func(t *testing.T, wire string, q question) {
			c := got(t, s, wire, q)
			var calls []string
			ids := map[string]bool{}
			for _, call := range c.ToolCalls {
				calls = append(calls, call.Name+" "+strings.ReplaceAll(call.Args, " ", ""))
				ids[call.ID] = true
			}
			if !slices.Equal(calls, want) || c.Text != "" {
				t.Errorf("%s: got %q, text %q", model, calls, c.Text)
			}
			if wire != "gemini" && len(ids) != len(want) {
				t.Errorf("%s: got the ids %v", model, ids)
			}
		})
	}
	t.Run("without tools there is nothing to call", func(t *testing.T) {
		if c := got(t, s, "responses", question{model: "tools-2"}); c.Text != Words(8) {
			t.Errorf("got %+v", c)
		}
	})
}

func TestEveryDialectKeepsASchema(t *testing.T) {
	s := Start(t)
	inEveryWire(t, question{model: "schema", schema: true}, func(t *testing.T, wire string, q question) {
		if c := got(t, s, wire, q); c.Text != answerFilled {
			t.Errorf("got %q", c.Text)
		}
	})
	inEveryWire(t, question{model: "schema+tokens-2"}, func(t *testing.T, wire string, q question) {
		if c := got(t, s, wire, q); c.Text != Words(2) {
			t.Errorf("nobody asked for a schema, got %q", c.Text)
		}
	})
}

func TestEveryDialectCountsImages(t *testing.T) {
	s := Start(t)
	for images, want := range map[int]string{0: "images 0 word1", 3: "images 3 word1"} {
		inEveryWire(t, question{model: "vision+tokens-3", images: images}, func(t *testing.T, wire string, q question) {
			if c := got(t, s, wire, q); c.Text != want {
				t.Errorf("got %q, want %q", c.Text, want)
			}
		})
	}
}

func TestEveryDialectRefuses(t *testing.T) {
	s := Start(t)
	inEveryWire(t, question{model: "refusal"}, func(t *testing.T, wire string, q question) {
		c := got(t, s, wire, q)
		finish := map[string]string{"anthropic": "refusal", "gemini": "SAFETY", "bedrock": "content_filtered"}[wire]
		if finish != "" && c.Finish != finish {
			t.Errorf("finish %q, want %q", c.Finish, finish)
		}
		said := c.Text + c.Refusal
		if wire == "gemini" {
			said += "I can't help with that." // it says nothing
		}
		if said != "I can't help with that." || (c.Refusal == "") != (wire != "openai" && wire != "responses") {
			t.Errorf("got %+v", c)
		}
	})
}

func TestEveryDialectWithoutUsage(t *testing.T) {
	s := Start(t)
	inEveryWire(t, question{model: "nousage"}, func(t *testing.T, wire string, q question) {
		a := put(t, s, wire, q)
		if c := readAnswer(t, wire, q, a.body); c.Usage != nil || c.Text != Words(8) {
			t.Errorf("got %+v", c)
		}
	})
}

func TestBrokenStreamsOfEveryDialect(t *testing.T) {
	s := Start(t)
	// text is what arrives; complete whether the stream still looks it.
	for _, row := range []struct {
		model, text      string
		broken, complete bool
	}{
		{"cut-after-3", Words(3), true, false},
		{"cut-after-0", "", true, false},
		{"noend", Words(8), false, false},
		{"nodone", Words(8), false, false},
		{"error-in-stream-after-2", Words(2), false, false},
		{"error-in-stream-after-0+rate", "", false, false},
		{"bytes+gap-1ms", Words(8), false, true},
		{"bytes+crlf+pings+tokens-2", Words(2), false, true},
	} {
		for _, wire := range slices.Sorted(maps.Keys(wires())) {
			t.Run(row.model+" "+wire, func(t *testing.T) {
				q := question{model: row.model, stream: true}
				a := put(t, s, wire, q)
				if a.status != 200 || (a.err != nil) != row.broken {
					t.Fatalf("got %d %v: %s", a.status, a.err, a.body)
				}
				c := readAnswer(t, wire, q, a.body)
				if text := textSoFar(wire, c, a.body); text != row.text {
					t.Errorf("got the text %q, want %q, of %q", text, row.text, a.body)
				}
				if (c.Done && len(c.Problems) == 0 || row.complete && c.Done) != row.complete {
					t.Errorf("done %v with problems %q in %s", c.Done, c.Problems, a.body)
				}
			})
		}
	}
}

// textSoFar is the text of a stream that may have no end: the readers of
// Responses and Ollama tell it only of one that has.
func textSoFar(wire string, c *dialecttest.Client, body string) string {
	if wire != "responses" {
		return c.Text
	}
	text := ""
	for line := range strings.Lines(body) {
		var v struct{ Type, Delta string }
		data, _ := strings.CutPrefix(strings.TrimSpace(line), "data: ")
		if json.Unmarshal([]byte(data), &v) == nil && v.Type == "response.output_text.delta" {
			text += v.Delta
		}
	}
	return text
}

func TestErrorsInsideStreams(t *testing.T) {
	s := Start(t)
	for _, row := range []struct {
		wire, model string
		list        bool
		want        string
	}{
		{"responses", "error-in-stream-after-1+rate", false, "event: error\ndata: {\"error\":{\"code\":\"rate_limit_exceeded\""},
		{"responses", "error-in-stream-after-1", false, "event: response.failed\n"},
		{"gemini", "error-in-stream-after-1+rate", false, "}\r\n\r\n{\"error\":{\"code\":429,"},
		{"gemini", "error-in-stream-after-1", true, `,` + "\r\n" + `{"error":{"code":503,"message":"The model is overloaded. Please try again later.","status":"UNAVAILABLE"}}]`},
		{"gemini", "error-in-stream-after-0", true, `[{"error":`},
		{"gemini", "error-in-stream-after-1+policy", false, `"finishReason":"PROHIBITED_CONTENT"`},
		{"ollama", "error-in-stream-after-1+server", false, "\n{\"error\":\"llama runner process has terminated"},
		{"cohere", "error-in-stream-after-1", false, `"finish_reason":"ERROR"`},
		{"bedrock", "error-in-stream-after-1+rate", false, "throttlingException"},
		{"bedrock", "error-in-stream-after-1+loading", false, "modelStreamErrorException"},
	} {
		t.Run(row.wire+" "+row.model, func(t *testing.T) {
			a := put(t, s, row.wire, question{model: row.model, stream: true, list: row.list})
			if a.err != nil || !strings.Contains(a.body, row.want) {
				t.Errorf("want %q in %q, %v", row.want, a.body, a.err)
			}
			if row.list && !json.Valid([]byte(a.body)) {
				t.Errorf("the list has no end: %s", a.body)
			}
		})
	}
	t.Run("the events of a failed response are numbered on", func(t *testing.T) {
		a := put(t, s, "responses", question{model: "error-in-stream-after-1", stream: true})
		for i, line := range strings.Split(strings.TrimSpace(a.body), "\n\n") {
			_, data, _ := strings.Cut(line, "data: ")
			var v struct {
				N int `json:"sequence_number"`
			}
			if err := json.Unmarshal([]byte(data), &v); err != nil || v.N != i {
				t.Errorf("event %d is %s", i, line)
			}
		}
	})
	t.Run("badjson breaks the second event of each", func(t *testing.T) {
		for wire := range wires() {
			q := question{model: "badjson", stream: true}
			if c := readAnswer(t, wire, q, put(t, s, wire, q).body); len(c.Problems) == 0 {
				t.Errorf("%s: no problem", wire)
			}
			q.stream = false
			if a := put(t, s, wire, q); a.err != nil || json.Valid([]byte(a.body)) {
				t.Errorf("%s: got %s", wire, a.body)
			}
		}
	})
}

func TestSilenceInEveryDialect(t *testing.T) {
	s := Start(t)
	cancelled := int64(0)
	for wire := range wires() {
		path, body := wires()[wire](question{model: "stall-after-1", stream: true})
		ctx, cancel := context.WithCancel(t.Context())
		req, _ := http.NewRequestWithContext(ctx, http.MethodPost, s.URL()+path, bytes.NewReader(mustJSON(body)))
		res, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatalf("%s: %v", wire, err)
		}
		seen := make([]byte, 0, 4096)
		for !bytes.Contains(seen, []byte("word1")) {
			n, err := res.Body.Read(seen[len(seen):cap(seen)])
			if seen = seen[:len(seen)+n]; err != nil || len(seen) == cap(seen) {
				t.Fatalf("%s: %v after %q", wire, err, seen)
			}
		}
		cancel()
		_ = res.Body.Close()
		cancelled++
		await(t, s, func(c Counts) bool { return c.InFlight == 0 && c.Cancelled == cancelled })
	}
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
}
