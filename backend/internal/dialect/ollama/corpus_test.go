package ollama_test

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/ollama"
)

// record is one recorded call, as far as these tests look at it.
type record struct {
	ID       string   `json:"id"`
	Dialect  string   `json:"dialect"`
	Features []string `json:"features"`
	Request  *struct {
		Path string          `json:"path"`
		Body json.RawMessage `json:"body"`
	} `json:"request"`
	Response struct {
		Status int             `json:"status"`
		Body   json.RawMessage `json:"body"`
		NDJSON string          `json:"ndjson"`
	} `json:"response"`
	Facts *facts `json:"facts"`
}

// facts is what a client must get out of the answer.
type facts struct {
	Text      string `json:"text"`
	Reasoning string `json:"reasoning"`
	Finish    string `json:"finish"`
	Calls     []struct {
		ID, Name, Args string
	} `json:"tool_calls"`
	Usage   struct{ In, Out *int64 } `json:"usage"`
	Vectors int                      `json:"vectors"`
	Dims    int                      `json:"dims"`
	First   []float64                `json:"first"`
}

// recordings gives the records of this dialect; it skips the test where they
// are not installed.
func recordings(t *testing.T, names ...string) []record {
	t.Helper()
	folder := os.Getenv("HEADWATER_TESTDATA")
	if folder == "" {
		t.Skip("SKIPPED: HEADWATER_TESTDATA is unset, the recorded provider traffic was not run")
	}
	f, err := os.Open(filepath.Join(folder, "traffic", "ollama.jsonl.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	zr, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var found []record
	lines := bufio.NewReader(zr)
	for {
		line, err := lines.ReadBytes('\n')
		var r record
		if len(line) > 0 && json.Unmarshal(line, &r) == nil && slices.Contains(names, r.Dialect) {
			found = append(found, r)
		}
		if errors.Is(err, io.EOF) {
			return found
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func (r *record) path() string {
	switch {
	case r.Request != nil:
		return r.Request.Path
	case r.Dialect == "ollama-embed":
		return "/api/embed"
	}
	return "/api/chat"
}

// known are the records whose answers differ from the facts, and why.
var known = map[string]string{}

func TestRecordedAnswersDecode(t *testing.T) {
	equal, total := 0, 0
	for _, r := range recordings(t, "ollama-chat", "ollama-generate") {
		total++
		if r.Response.Status >= 400 {
			d := ollama.Outbound{}.ReadError(r.Response.Status, nil, r.Response.Body)
			if d.Message == "" || d.Reason == dialect.ReasonUnknown {
				t.Errorf("%s: the error was not read: %+v", r.ID, d)
				continue
			}
			equal++
			continue
		}
		a, err := decode(op(t, r.path()), &r)
		diff := "no answer"
		if err == nil {
			diff = difference(a, r.Facts)
		}
		if why := known[r.ID]; diff != "" && why == "" {
			t.Errorf("%s: %s, %v", r.ID, diff, err)
		} else if diff == "" {
			equal++
		}
	}
	t.Logf("%d of %d answers equal", equal, total)
	if total < 31 {
		t.Errorf("only %d answers", total)
	}
}

// decode reads a recorded answer, plain or streamed.
func decode(o dialect.Operation, r *record) (*dialect.Answer, error) {
	dec := ollama.Outbound{}.Decoder(o)
	if r.Response.NDJSON == "" {
		return dec.Answer(r.Response.Body)
	}
	var g dialect.Gatherer
	for line := range strings.Lines(r.Response.NDJSON) {
		if strings.TrimSpace(line) == "" {
			continue
		}
		events, err := dec.Event(nil, "", []byte(line))
		if err != nil {
			return nil, err
		}
		g.Add(events...)
	}
	_, err := dec.Finish(nil)
	return g.Answer(), err
}

// difference is what of an answer is not as the facts say; empty when nothing.
func difference(a *dialect.Answer, want *facts) string {
	var said, thought strings.Builder
	var calls []dialect.ToolCall
	for _, p := range a.Choices[0].Parts {
		switch p.Kind {
		case dialect.PartText:
			said.WriteString(p.Text)
		case dialect.PartReasoning:
			thought.WriteString(p.Text)
		case dialect.PartToolCall:
			calls = append(calls, *p.Call)
		default:
			return "a part of kind " + string(p.Kind)
		}
	}
	finish := want.Finish
	if len(want.Calls) > 0 {
		finish = dialect.FinishTools
	}
	switch {
	case said.String() != want.Text:
		return "text"
	case thought.String() != want.Reasoning:
		return "reasoning"
	case a.Choices[0].Finish != finish:
		return "finish " + a.Choices[0].Finish
	case len(calls) != len(want.Calls):
		return "number of calls"
	case !sameCount(a.Usage, want):
		return "usage"
	}
	for i, c := range want.Calls {
		if calls[i].Name != c.Name || !sameJSON(calls[i].Args, c.Args) || calls[i].ID == "" || c.ID != "" && c.ID != calls[i].ID {
			return "call " + c.Name
		}
	}
	return ""
}

func sameCount(got *dialect.Usage, want *facts) bool {
	if got == nil {
		return want.Usage.In == nil && want.Usage.Out == nil
	}
	number := func(n *int64) int64 {
		if n == nil {
			return 0
		}
		return *n
	}
	return got.In == number(want.Usage.In) && got.Out == number(want.Usage.Out)
}

func sameJSON(a, b string) bool {
	var x, y any
	if json.Unmarshal([]byte(a), &x) != nil || json.Unmarshal([]byte(b), &y) != nil {
		return a == b
	}
	left, _ := json.Marshal(x)
	right, _ := json.Marshal(y)
	return string(left) == string(right)
}

func TestRecordedAnswersPassThroughAndTranslate(t *testing.T) {
	for _, r := range recordings(t, "ollama-chat", "ollama-generate") {
		if r.Response.Status >= 400 {
			continue
		}
		for _, out := range []dialect.Outbound{ollama.Outbound{}, stranger{}} {
			x := dialect.NewExchange(ollama.Inbound{}, out, options(t, r.path()))
			again := r
			again.Response.Body, again.Response.NDJSON = nil, ""
			var body []byte
			var usage *dialect.Usage
			var err error
			if r.Response.NDJSON != "" {
				body, usage, err = feed(x, r.Response.NDJSON, 97)
				again.Response.NDJSON = string(body)
			} else {
				body, usage, err = x.Answer(nil, r.Response.Body)
				again.Response.Body = body
			}
			if err != nil || !sameCount(usage, r.Facts) || !strings.Contains(string(body), `"route"`) {
				t.Errorf("%s through %s: %v, usage %+v", r.ID, out.Name(), err, usage)
				continue
			}
			a, err := decode(op(t, r.path()), &again)
			if err != nil || difference(a, r.Facts) != "" || a.Model != "route" {
				t.Errorf("%s through %s: %v, model %s, other %s", r.ID, out.Name(), err, a.Model, difference(a, r.Facts))
			}
		}
	}
}

func TestRecordedEmbeddingsDecode(t *testing.T) {
	n := 0
	for _, r := range recordings(t, "ollama-embed") {
		if r.Response.Status >= 400 {
			continue
		}
		a, err := ollama.Outbound{}.Decoder(op(t, r.path())).Answer(r.Response.Body)
		if err != nil || len(a.Embeddings) != r.Facts.Vectors || len(a.Embeddings[0]) != r.Facts.Dims || !slices.Equal(a.Embeddings[0][:len(r.Facts.First)], r.Facts.First) {
			t.Errorf("%s: %v", r.ID, err)
			continue
		}
		n++
	}
	t.Logf("%d embeddings equal", n)
	if n < 6 {
		t.Errorf("only %d embeddings", n)
	}
}

func TestRecordedRequestsDecodeAndEncode(t *testing.T) {
	n, refused := 0, 0
	for _, r := range recordings(t, "ollama-chat", "ollama-generate", "ollama-embed") {
		if r.Request == nil || len(r.Request.Body) == 0 {
			continue
		}
		n++
		req, err := ollama.Inbound{}.Decode(op(t, r.path()), r.Request.Body)
		if err != nil {
			if _, ok := errors.AsType[*hw.Error](err); !ok {
				t.Errorf("%s: %v", r.ID, err)
			}
			t.Logf("%s: refused: %v", r.ID, err)
			refused++
			continue
		}
		wire, err := ollama.Outbound{}.Encode(req, dialect.Target{Model: "m"})
		if err != nil || !json.Valid(wire.Body) || !strings.Contains(string(wire.Body), `"model":"m"`) {
			t.Errorf("%s: %s, %v", r.ID, wire.Body, err)
		}
		if len(wire.Dropped) > 0 {
			t.Logf("%s: dropped %q", r.ID, wire.Dropped)
		}
	}
	t.Logf("%d requests, %d refused", n, refused)
}

func TestRecordedRequestsToThePullPathFindNothing(t *testing.T) {
	for _, r := range recordings(t, "ollama-other") {
		if op, ok := (ollama.Inbound{}).Match(dialect.Ask{Method: "POST", Path: r.Request.Path}); !ok || op.Endpoint != "" {
			t.Errorf("%s %s: got %+v, %v", r.ID, r.Request.Path, op, ok)
		}
	}
}
