package cohere_test

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

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/cohere"
)

// record is one recorded call, as far as these tests look at it.
type record struct {
	ID       string `json:"id"`
	Dialect  string `json:"dialect"`
	Response struct {
		Status int             `json:"status"`
		Body   json.RawMessage `json:"body"`
		SSE    string          `json:"sse"`
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

// recordings gives the records of a dialect; it skips the test where they are
// not installed.
func recordings(t *testing.T, name string) []record {
	t.Helper()
	folder := os.Getenv("HEADWATER_TESTDATA")
	if folder == "" {
		t.Skip("SKIPPED: HEADWATER_TESTDATA is unset, the recorded provider traffic was not run")
	}
	f, err := os.Open(filepath.Join(folder, "traffic", "cohere.jsonl.gz"))
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
		if len(line) > 0 && json.Unmarshal(line, &r) == nil && r.Dialect == name {
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

// known are the records whose answers differ from the facts, and why.
var known = map[string]string{}

// plan is the plan before tool calls as it stands in a record. The facts count
// it neither as text nor as reasoning, but to us it is reasoning.
func (r *record) plan() string {
	var whole struct {
		Message struct {
			Plan string `json:"tool_plan"`
		} `json:"message"`
	}
	_ = json.Unmarshal(r.Response.Body, &whole)
	all := whole.Message.Plan
	for line := range strings.Lines(r.Response.SSE) {
		var ev struct {
			Type  string `json:"type"`
			Delta struct {
				Message struct {
					Plan string `json:"tool_plan"`
				} `json:"message"`
			} `json:"delta"`
		}
		data, ok := strings.CutPrefix(line, "data:")
		if ok && json.Unmarshal([]byte(data), &ev) == nil && ev.Type == "tool-plan-delta" {
			all += ev.Delta.Message.Plan
		}
	}
	return all
}

func TestRecordedAnswersDecode(t *testing.T) {
	equal, total := 0, 0
	for _, r := range recordings(t, "cohere-chat-v2") {
		total++
		if r.Response.Status >= 400 {
			if d := (cohere.Outbound{}).ReadError(r.Response.Status, nil, r.Response.Body); d.Message == "" || d.Reason == dialect.ReasonUnknown {
				t.Errorf("%s: the error was not read: %+v", r.ID, d)
				continue
			}
			equal++
			continue
		}
		a, err := decode(&r)
		diff := "no answer"
		if err == nil {
			diff = difference(a, r.Facts, r.plan())
		}
		if why := known[r.ID]; diff != "" && why == "" {
			t.Errorf("%s: %s, %v", r.ID, diff, err)
		} else if diff == "" {
			equal++
		}
	}
	t.Logf("%d of %d answers equal", equal, total)
	if total < 52 {
		t.Errorf("only %d answers", total)
	}
}

// decode reads a recorded answer, plain or streamed.
func decode(r *record) (*dialect.Answer, error) {
	if r.Response.SSE == "" {
		return cohere.Outbound{}.Decoder(chat).Answer(r.Response.Body)
	}
	events, err := decodeStream(r.Response.SSE, 97)
	var g dialect.Gatherer
	g.Add(events...)
	return g.Answer(), err
}

// difference is what of an answer is not as the facts say; empty when nothing.
func difference(a *dialect.Answer, want *facts, plan string) string {
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
	finish := map[string]string{"COMPLETE": "stop", "STOP_SEQUENCE": "stop", "MAX_TOKENS": "length", "TOOL_CALL": "tool_calls"}[want.Finish]
	switch {
	case said.String() != want.Text:
		return "text"
	case thought.String() != plan+want.Reasoning:
		return "reasoning"
	case a.Choices[0].Finish != finish:
		return "finish " + a.Choices[0].Finish
	case len(calls) != len(want.Calls):
		return "number of calls"
	case !sameCount(a.Usage, want):
		return "usage"
	}
	for i, c := range want.Calls {
		if calls[i].ID != c.ID || calls[i].Name != c.Name || !sameArgs(calls[i].Args, c.Args) {
			return "call " + c.Name
		}
	}
	return ""
}

func sameCount(got *dialect.Usage, want *facts) bool {
	if got == nil || want.Usage.In == nil || want.Usage.Out == nil {
		return got == nil && want.Usage.In == nil && want.Usage.Out == nil
	}
	return got.In == *want.Usage.In && got.Out == *want.Usage.Out
}

// sameArgs compares arguments as values. What the facts have as null is none.
func sameArgs(got, want string) bool {
	if want == "" || want == "null" {
		want = "{}"
	}
	var x, y any
	if json.Unmarshal([]byte(got), &x) != nil || json.Unmarshal([]byte(want), &y) != nil {
		return got == want
	}
	left, _ := json.Marshal(x)
	right, _ := json.Marshal(y)
	return string(left) == string(right)
}

func TestRecordedEmbeddingsDecode(t *testing.T) {
	n := 0
	for _, r := range recordings(t, "cohere-embed") {
		if r.Response.Status >= 400 {
			if d := (cohere.Outbound{}).ReadError(r.Response.Status, nil, r.Response.Body); d.Reason != dialect.ReasonNoModel {
				t.Errorf("%s: %+v", r.ID, d)
			}
			continue
		}
		a, err := cohere.Outbound{}.Decoder(embed).Answer(r.Response.Body)
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
