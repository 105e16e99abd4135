package gemini_test

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/gemini"
	"headwater/backend/internal/dialect/sse"
)

// record is one recorded call of a provider.
type record struct {
	ID      string `json:"id"`
	Dialect string `json:"dialect"`
	Request *struct {
		Method string          `json:"method"`
		Path   string          `json:"path"`
		Query  string          `json:"query"`
		Body   json.RawMessage `json:"body"`
	} `json:"request"`
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
	ToolCalls []struct {
		ID   string  `json:"id"`
		Name string  `json:"name"`
		Args *string `json:"args"`
	} `json:"tool_calls"`
	Usage   map[string]int64 `json:"usage"`
	Vectors int              `json:"vectors"`
	Dims    int              `json:"dims"`
	First   []float64        `json:"first"`
	Tokens  int64            `json:"tokens"`
}

func recordings(t *testing.T, dialects ...string) []*record {
	t.Helper()
	if os.Getenv("HEADWATER_TESTDATA") == "" {
		t.Skip("SKIPPED: HEADWATER_TESTDATA is unset, the recorded provider traffic was not run")
	}
	all, err := traffic()
	if err != nil {
		t.Fatal(err)
	}
	var out []*record
	for _, r := range all {
		if slices.Contains(dialects, r.Dialect) {
			out = append(out, r)
		}
	}
	return out
}

// traffic reads the recordings once for all tests. Lines reach 1.5 MB.
var traffic = sync.OnceValues(func() ([]*record, error) {
	var all []*record
	for _, name := range []string{"gemini", "vertex"} {
		f, err := os.Open(filepath.Join(os.Getenv("HEADWATER_TESTDATA"), "traffic", name+".jsonl.gz"))
		if err != nil {
			return nil, err
		}
		defer f.Close()
		zr, err := gzip.NewReader(f)
		if err != nil {
			return nil, err
		}
		lines := bufio.NewReaderSize(zr, 1<<20)
		for {
			line, err := lines.ReadBytes('\n')
			if strings.Contains(string(line[:min(len(line), 2000)]), `"gemini-`) {
				r := &record{}
				if err := json.Unmarshal(line, r); err != nil {
					return nil, fmt.Errorf("reading a record of %s: %w", name, err)
				}
				all = append(all, r)
			}
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return nil, err
			}
		}
	}
	return all, nil
})

// got is what the neutral form says of the first choice.
type got struct {
	text, reasoning, finish string
	calls                   []dialect.ToolCall
	usage                   *dialect.Usage
}

func ofAnswer(a *dialect.Answer) got {
	g := got{usage: a.Usage}
	if len(a.Choices) == 0 {
		return g
	}
	g.finish = a.Choices[0].Finish
	for _, p := range a.Choices[0].Parts {
		switch p.Kind {
		case dialect.PartText:
			g.text += p.Text
		case dialect.PartReasoning:
			g.reasoning += p.Text
		case dialect.PartToolCall:
			g.calls = append(g.calls, *p.Call)
		default: // facts know nothing else
		}
	}
	return g
}

func ofEvents(events []dialect.Event) got {
	var g got
	for _, ev := range events {
		if ev.Usage != nil {
			g.usage = ev.Usage
		}
		if ev.Choice != 0 {
			continue
		}
		switch ev.Kind {
		case dialect.EventText:
			g.text += ev.Text
		case dialect.EventReasoning:
			g.reasoning += ev.Text
		case dialect.EventToolStart:
			g.calls = append(g.calls, dialect.ToolCall{ID: ev.CallID, Name: ev.ToolName})
		case dialect.EventToolArgs:
			g.calls[ev.Tool].Args += ev.Text
		case dialect.EventFinish:
			g.finish = ev.Finish
		default: // facts know nothing else
		}
	}
	return g
}

// decodeStream runs a stream through splitter and decoder.
func decodeStream(stream string) ([]dialect.Event, error) {
	var split sse.Splitter
	d := gemini.Outbound{}.Decoder(dialect.Operation{Endpoint: dialect.EndpointChat})
	var events []dialect.Event
	var err error
	split.Write([]byte(stream))
	for ev, ok := split.Next(); ok; ev, ok = split.Next() {
		if !ev.HasData {
			continue
		}
		if events, err = d.Event(events, string(ev.Name), ev.Data); err != nil {
			return events, err
		}
	}
	if ev, ok := split.Close(); ok && ev.HasData {
		if events, err = d.Event(events, string(ev.Name), ev.Data); err != nil {
			return events, err
		}
	}
	return d.Finish(events)
}

func sameJSON(a, b string) bool {
	var x, y any
	return json.Unmarshal([]byte(a), &x) == nil && json.Unmarshal([]byte(b), &y) == nil && reflect.DeepEqual(x, y)
}

// finishFact is the neutral word for what the provider said.
func finishFact(f *facts) string {
	switch {
	case len(f.ToolCalls) > 0:
		return dialect.FinishTools
	case f.Finish == "STOP":
		return dialect.FinishStop
	case f.Finish == "MAX_TOKENS":
		return dialect.FinishLength
	}
	return ""
}

// differences compares with the facts.
func differences(g got, f *facts) []string {
	var out []string
	differ := func(what string, got, want any) {
		if !reflect.DeepEqual(got, want) {
			out = append(out, fmt.Sprintf("%s: got %.200q, want %.200q", what, fmt.Sprint(got), fmt.Sprint(want)))
		}
	}
	differ("text", g.text, f.Text)
	differ("reasoning", g.reasoning, f.Reasoning)
	differ("finish", g.finish, finishFact(f))
	differ("number of calls", len(g.calls), len(f.ToolCalls))
	for i := range min(len(g.calls), len(f.ToolCalls)) {
		want := f.ToolCalls[i]
		differ("name", g.calls[i].Name, want.Name)
		if want.ID != "" {
			differ("id", g.calls[i].ID, want.ID)
		} else {
			differ("made id", strings.HasPrefix(g.calls[i].ID, "call_"), true)
		}
		// Arguments that were streamed in pieces are told as none.
		if want.Args != nil && !sameJSON(g.calls[i].Args, *want.Args) {
			differ("args", g.calls[i].Args, *want.Args)
		}
		if !json.Valid([]byte(g.calls[i].Args)) {
			differ("args", g.calls[i].Args, "valid JSON")
		}
	}
	return append(out, usageDifferences(g.usage, f.Usage)...)
}

// usageDifferences compares usage. As the provider counts, what its tools read
// is only in the total, and reasoning stands beside the output.
func usageDifferences(u *dialect.Usage, f map[string]int64) []string {
	if len(f) == 0 {
		if u != nil {
			return []string{fmt.Sprintf("usage: got %+v, want none", *u)}
		}
		return nil
	}
	if u == nil {
		return []string{"usage: got none"}
	}
	out := f["out"] + f["reasoning_out"]
	in := f["in"]
	if beside := f["total"] - in - out; beside > 0 {
		in += beside
	}
	want := dialect.Usage{In: in, Out: out, CachedIn: f["cached_in"], ReasoningOut: f["reasoning_out"]}
	// The facts do not count sound and pictures apart.
	want.AudioIn, want.AudioOut, want.ImageIn, want.ImageOut = u.AudioIn, u.AudioOut, u.ImageIn, u.ImageOut
	if *u != want {
		return []string{fmt.Sprintf("usage: got %+v, want %+v (%v)", *u, want, f)}
	}
	return nil
}

// exceptions are records whose facts do not hold for the neutral form, with the
// reason.
var exceptions = map[string]string{}

func TestRecordedAnswers(t *testing.T) {
	equal, total := 0, 0
	for _, r := range recordings(t, "gemini-generate", "gemini-stream") {
		if r.Response.Status >= 400 || r.Facts == nil {
			continue
		}
		total++
		var g got
		var err error
		if r.Response.SSE != "" {
			var events []dialect.Event
			events, err = decodeStream(r.Response.SSE)
			g = ofEvents(events)
		} else {
			var a *dialect.Answer
			if a, err = (gemini.Outbound{}).Decoder(dialect.Operation{Endpoint: dialect.EndpointChat}).Answer(r.Response.Body); err == nil {
				g = ofAnswer(a)
			}
		}
		diff := differences(g, r.Facts)
		if err != nil {
			diff = append(diff, err.Error())
		}
		switch reason, known := exceptions[r.ID]; {
		case len(diff) == 0 && known:
			t.Errorf("%s is equal; it is listed as different: %s", r.ID, reason)
		case len(diff) == 0:
			equal++
		case !known:
			t.Errorf("%s (%s):\n\t%s", r.ID, r.Dialect, strings.Join(diff, "\n\t"))
		}
	}
	t.Logf("%d of %d recorded answers equal their facts", equal, total)
}

func TestRecordedErrors(t *testing.T) {
	for _, r := range recordings(t, "gemini-generate", "gemini-stream", "gemini-embed", "gemini-embed-batch") {
		if r.Response.Status < 400 {
			continue
		}
		d := gemini.Outbound{}.ReadError(r.Response.Status, nil, r.Response.Body)
		want := dialect.ReasonBadRequest
		switch {
		case strings.Contains(string(r.Response.Body), "API_KEY_INVALID"):
			want = dialect.ReasonAuth
		case r.Response.Status == 404:
			want = dialect.ReasonNoModel
		}
		if d.Reason != want || d.Message == "" || d.Type == "" || d.Status != r.Response.Status {
			t.Errorf("%s: got %+v, want reason %s", r.ID, d, want)
		}
	}
}

func TestRecordedVectorsAndCounts(t *testing.T) {
	for _, r := range recordings(t, "gemini-embed", "gemini-embed-batch") {
		if r.Response.Status >= 400 {
			continue
		}
		a, err := gemini.Outbound{}.Decoder(dialect.Operation{Endpoint: dialect.EndpointEmbeddings}).Answer(r.Response.Body)
		if err != nil {
			t.Errorf("%s: %v", r.ID, err)
			continue
		}
		if len(a.Embeddings) != r.Facts.Vectors || len(a.Embeddings[0]) != r.Facts.Dims || !slices.Equal(a.Embeddings[0][:len(r.Facts.First)], r.Facts.First) {
			t.Errorf("%s: got %d vectors of %d", r.ID, len(a.Embeddings), len(a.Embeddings[0]))
		}
	}
	for _, r := range recordings(t, "gemini-count-tokens") {
		a, err := gemini.Outbound{}.Decoder(dialect.Operation{Endpoint: dialect.EndpointCount}).Answer(r.Response.Body)
		if err != nil || a.Usage.In != r.Facts.Tokens {
			t.Errorf("%s: got %+v, %v", r.ID, a, err)
		}
	}
	for _, r := range recordings(t, "gemini-models") {
		models, err := gemini.Outbound{}.ReadModels(r.Response.Body)
		if err != nil || len(models) == 0 || strings.HasPrefix(models[0].ID, "models/") {
			t.Errorf("%s: got %v, %v", r.ID, models, err)
		}
	}
}

// TestRecordedRequests reads every recorded request and renders it again for
// the same model: what comes out must be read to the same.
func TestRecordedRequests(t *testing.T) {
	read, refused := 0, map[string]int{}
	for _, r := range recordings(t, "gemini-generate", "gemini-stream", "gemini-count-tokens", "gemini-embed", "gemini-embed-batch", "gemini-models") {
		if r.Request == nil || len(r.Request.Body) == 0 || string(r.Request.Body) == "null" {
			continue
		}
		op, ok := gemini.Inbound{}.Match(dialect.Ask{Method: r.Request.Method, Path: r.Request.Path, Query: r.Request.Query})
		if !ok || op.Endpoint == "" {
			t.Errorf("%s: no operation at %s", r.ID, r.Request.Path)
			continue
		}
		if op.Endpoint == dialect.EndpointModels {
			continue
		}
		if _, err := (gemini.Inbound{}).Peek(op, r.Request.Body); err != nil {
			t.Errorf("%s: peek: %v", r.ID, err)
		}
		req, err := gemini.Inbound{}.Decode(op, r.Request.Body)
		if err != nil {
			e, ok := errors.AsType[*hw.Error](err)
			if !ok {
				t.Errorf("%s: %v", r.ID, err)
				continue
			}
			refused[string(e.Code)+": "+e.Text]++
			continue
		}
		read++
		again(t, r.ID, op, req)
	}
	t.Logf("%d recorded requests read; refused: %v", read, refused)
}

// again renders a request for its own model and reads it once more.
func again(t *testing.T, id string, op dialect.Operation, req *dialect.Request) {
	t.Helper()
	wire, err := gemini.Outbound{}.Encode(req, dialect.Target{Model: op.Model})
	if err != nil {
		t.Errorf("%s: encode: %v", id, err)
		return
	}
	path, query, _ := strings.Cut(wire.Path, "?")
	second, ok := gemini.Inbound{}.Match(dialect.Ask{Method: "POST", Path: "/v1beta" + path, Query: query})
	if !ok || second.Model != op.Model || second.Endpoint != op.Endpoint {
		t.Errorf("%s: the path %s is read as %+v", id, wire.Path, second)
		return
	}
	back, err := gemini.Inbound{}.Decode(second, wire.Body)
	if err != nil {
		t.Errorf("%s: reading again: %v\n%.2000s", id, err, wire.Body)
		return
	}
	if got, want := len(back.Tools), len(req.Tools); got != want {
		t.Errorf("%s: got %d tools, want %d", id, got, want)
	}
	if got, want := lastText(back), lastText(req); got != want {
		t.Errorf("%s: the last text is %.100q, want %.100q", id, got, want)
	}
	for _, dropped := range wire.Dropped {
		if !slices.Contains(req.Unmapped, dropped) && !strings.HasPrefix(dropped, "messages") && !strings.HasPrefix(dropped, "response_format") && !strings.HasPrefix(dropped, "tools[].parameters") && dropped != "reasoning_effort" {
			t.Errorf("%s: dropped %s", id, dropped)
		}
	}
}

func lastText(r *dialect.Request) string {
	last := strings.Join(r.Input, "|")
	for _, m := range r.Messages {
		for _, p := range m.Parts {
			if p.Kind == dialect.PartText && p.Text != "" && m.Role != dialect.RoleAssistant && p.Text != "Continue." {
				last = p.Text
			}
		}
	}
	return last
}
