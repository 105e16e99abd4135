package anthropic_test

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/anthropic"
	"headwater/backend/internal/dialect/sse"
)

// record is one recorded call.
type record struct {
	ID       string   `json:"id"`
	Dialect  string   `json:"dialect"`
	Features []string `json:"features"`
	Request  *struct {
		Body json.RawMessage `json:"body"`
	} `json:"request"`
	Response struct {
		Status int             `json:"status"`
		Body   json.RawMessage `json:"body"`
		Text   string          `json:"body_text"`
		SSE    string          `json:"sse"`
	} `json:"response"`
	Facts *struct {
		Text      string           `json:"text"`
		Reasoning string           `json:"reasoning"`
		Finish    string           `json:"finish"`
		ToolCalls []factCall       `json:"tool_calls"`
		Usage     map[string]int64 `json:"usage"`
	} `json:"facts"`
}

type factCall struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Args string `json:"args"`
}

// recordings visits every record of the dialects of this package.
func recordings(t *testing.T, dialectName string, visit func(r *record)) {
	t.Helper()
	folder := os.Getenv("HEADWATER_TESTDATA")
	if folder == "" {
		t.Skip("SKIPPED: HEADWATER_TESTDATA is unset, the recorded provider traffic was not run")
	}
	files, err := filepath.Glob(filepath.Join(folder, "traffic", "[a-z]*.jsonl.gz"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no recordings found: %v", err)
	}
	for _, file := range files {
		readRecords(t, file, dialectName, visit)
	}
}

// readRecords visits the records of one file. Lines reach 1.5 MB.
func readRecords(t *testing.T, file, dialectName string, visit func(r *record)) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	zr, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReaderSize(zr, 1<<20)
	for {
		line, err := lines.ReadBytes('\n')
		if strings.Contains(string(line[:min(len(line), 2000)]), `"`+dialectName+`"`) {
			r := &record{}
			if err := json.Unmarshal(line, r); err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			if r.Dialect == dialectName {
				visit(r)
			}
		}
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// decodeStream gives the events of a stream that arrives in pieces of a size.
func decodeStream(body string, size int) (events []dialect.Event, err error) {
	var split sse.Splitter
	d := anthropic.Outbound{}.Decoder(chatOp)
	take := func(ev sse.Event) error {
		if !ev.HasData {
			return nil
		}
		events, err = d.Event(events, string(ev.Name), ev.Data)
		return err
	}
	for len(body) > 0 {
		n := min(size, len(body))
		split.Write([]byte(body[:n]))
		body = body[n:]
		for ev, ok := split.Next(); ok; ev, ok = split.Next() {
			if err := take(ev); err != nil {
				return events, err
			}
		}
	}
	if ev, ok := split.Close(); ok {
		if err := take(ev); err != nil {
			return events, err
		}
	}
	return d.Finish(events)
}

var chatOp = dialect.Operation{Endpoint: dialect.EndpointChat}

// decodeRecord reads a recorded answer, plain or streamed.
func decodeRecord(r *record, size int) (*dialect.Answer, error) {
	if r.Response.SSE == "" {
		body := []byte(r.Response.Body)
		if len(body) == 0 {
			body = []byte(r.Response.Text)
		}
		return anthropic.Outbound{}.Decoder(chatOp).Answer(body)
	}
	events, err := decodeStream(r.Response.SSE, size)
	return gather(events), err
}

// gather builds an answer from events, for the tests only.
func gather(events []dialect.Event) *dialect.Answer {
	a := &dialect.Answer{Choices: []dialect.Choice{{}}}
	c := &a.Choices[0]
	calls := map[int]*dialect.ToolCall{}
	for _, ev := range events {
		switch ev.Kind {
		case dialect.EventText, dialect.EventRefusal:
			c.Parts = append(c.Parts, dialect.Part{Kind: dialect.PartKind(ev.Kind), Text: ev.Text})
		case dialect.EventReasoning:
			c.Parts = append(c.Parts, dialect.Part{Kind: dialect.PartReasoning, Text: ev.Text, Signature: ev.Signature, Data: ev.Redacted, Signer: ev.Signer})
		case dialect.EventToolStart:
			calls[ev.Tool] = &dialect.ToolCall{ID: ev.CallID, Name: ev.ToolName}
			c.Parts = append(c.Parts, dialect.Part{Kind: dialect.PartToolCall, Call: calls[ev.Tool]})
		case dialect.EventToolArgs:
			calls[ev.Tool].Args += ev.Text
		case dialect.EventFinish:
			c.Finish, c.StopSequence = ev.Finish, ev.StopSequence
		case dialect.EventUsage:
			a.Usage = ev.Usage
		case dialect.EventStart:
			a.ID, a.Model = ev.ID, ev.Model
		default:
		}
	}
	return a
}

// compare tells in what an answer differs from the facts.
func compare(r *record, a *dialect.Answer) []string {
	var text, reasoning string
	var calls []factCall
	for _, p := range a.Choices[0].Parts {
		switch p.Kind {
		case dialect.PartText:
			text += p.Text
		case dialect.PartReasoning:
			reasoning += p.Text
		case dialect.PartToolCall:
			calls = append(calls, factCall{p.Call.ID, p.Call.Name, p.Call.Args})
		default:
		}
	}
	var out []string
	if text != r.Facts.Text {
		out = append(out, "text")
	}
	if reasoning != r.Facts.Reasoning {
		out = append(out, "reasoning")
	}
	if !sameCalls(calls, r.Facts.ToolCalls) {
		out = append(out, "tool calls")
	}
	if got, want := a.Choices[0].Finish, finishes[r.Facts.Finish]; got != want && (got != dialect.FinishTools || len(calls) == 0) {
		out = append(out, "finish "+got+" for "+r.Facts.Finish)
	}
	return append(out, compareUsage(r.Facts.Usage, a.Usage)...)
}

// finishes says what the recorded words mean.
var finishes = map[string]string{
	"": "", "end_turn": "stop", "stop_sequence": "stop", "pause_turn": "stop", "compaction": "stop",
	"max_tokens": "length", "model_context_window_exceeded": "length", "tool_use": "tool_calls", "refusal": "content_filter",
}

func compareUsage(want map[string]int64, got *dialect.Usage) []string {
	if len(want) == 0 || got == nil {
		if len(want) > 0 || got != nil {
			return []string{"usage is there or not"}
		}
		return nil
	}
	u := dialect.Usage{
		In: want["in"] + want["cached_in"] + want["cache_write"], Out: want["out"],
		CachedIn: want["cached_in"], CacheWrite: want["cache_write"], ReasoningOut: want["reasoning_out"],
	}
	if _, told := want["reasoning_out"]; !told {
		u.ReasoningOut = got.ReasoningOut // the facts do not know the newer count
	}
	if *got != u {
		return []string{"usage"}
	}
	return nil
}

func sameCalls(a, b []factCall) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].ID != b[i].ID || a[i].Name != b[i].Name || canonical(a[i].Args) != canonical(b[i].Args) {
			return false
		}
	}
	return true
}

// canonical is JSON text in one spelling; other text stays as it is.
func canonical(text string) string {
	var v any
	if json.Unmarshal([]byte(text), &v) != nil {
		return text
	}
	out, _ := json.Marshal(v)
	return string(out)
}

// exceptions are the recorded answers that may differ from their facts, and why.
var exceptions = map[string]string{
	"009f1ab77949": "the message begins anew in mid-stream; the facts count the second twice, a stream cannot take back the first",
	"2847cbd5e6d7": "a second message follows message_stop; nothing may follow the end that the caller was given",
	"81949d947b0a": "a second message follows message_stop; nothing may follow the end that the caller was given",
}

func TestRecordedAnswersGiveTheirFacts(t *testing.T) {
	total, equal := 0, 0
	recordings(t, "anthropic-messages", func(r *record) {
		if r.Response.Status >= 400 || r.Facts == nil {
			return
		}
		for _, size := range []int{1 << 20, 61} {
			total++
			var differences []string
			a, err := decodeRecord(r, size)
			switch _, isFault := errors.AsType[*dialect.Fault](err); {
			case err != nil && !isFault:
				t.Errorf("%s: %v is no fault", r.ID, err)
			case err != nil:
				differences = []string{err.Error()}
			default:
				differences = compare(r, a)
			}
			switch {
			case len(differences) == 0:
				equal++
			case exceptions[r.ID] == "":
				t.Errorf("%s %v: %s", r.ID, r.Features, strings.Join(differences, "; "))
			}
		}
	})
	t.Logf("%d of %d answers equal", equal, total)
	if total > 0 && 100*float64(equal)/float64(total) < 99 {
		t.Errorf("only %d of %d answers equal", equal, total)
	}
}

// What is decoded and given to a caller of the same dialect is the same answer,
// streamed and plain, to a client as strict as the official ones.
func TestRecordedAnswersSurviveTheEncoder(t *testing.T) {
	total := 0
	recordings(t, "anthropic-messages", func(r *record) {
		if r.Response.Status >= 400 || r.Facts == nil || exceptions[r.ID] != "" {
			return
		}
		a, err := decodeRecord(r, 1<<20)
		if err != nil {
			return
		}
		if slices.Contains(r.Features, "refused") {
			return // a refusal that explains itself becomes text for the caller
		}
		total++
		plain := encodePlain(t, a)
		again, err := anthropic.Outbound{}.Decoder(chatOp).Answer(plain)
		if err != nil {
			t.Errorf("%s: %v\n%s", r.ID, err, plain)
			return
		}
		if differences := compare(r, again); len(differences) > 0 {
			t.Errorf("%s: plain: %s", r.ID, strings.Join(differences, "; "))
		}
		events := eventsOf(a)
		stream := encodeStream(events)
		checkStream(t, stream)
		back, err := decodeStream(string(stream), 1<<20)
		if err != nil {
			t.Errorf("%s: %v\n%s", r.ID, err, stream)
			return
		}
		if differences := compare(r, gather(back)); len(differences) > 0 {
			t.Errorf("%s: streamed: %s", r.ID, strings.Join(differences, "; "))
		}
	})
	t.Logf("%d answers", total)
}

// On the pass-through road the watcher sees what the decoder sees, and the
// model's name is all that changes.
func TestRecordedAnswersPassThrough(t *testing.T) {
	total := 0
	recordings(t, "anthropic-messages", func(r *record) {
		if r.Response.Status >= 400 || exceptions[r.ID] != "" {
			return
		}
		total++
		a, decoded := decodeRecord(r, 1<<20)
		w := anthropic.Outbound{}.Watcher(chatOp)
		usage, renamed, err := watchRecord(w, r)
		if (err == nil) != (decoded == nil) {
			t.Errorf("%s: watched %v, decoded %v", r.ID, err, decoded)
			return
		}
		if err == nil && !reflect.DeepEqual(usage, a.Usage) {
			t.Errorf("%s: watched %+v, decoded %+v", r.ID, usage, a.Usage)
		}
		if !renamed {
			t.Errorf("%s: more than the model changed", r.ID)
		}
	})
	t.Logf("%d answers", total)
}

// watchRecord runs a watcher over an answer; renamed tells that giving the model
// another name and its own again gives the same bytes.
func watchRecord(w dialect.Watcher, r *record) (usage *dialect.Usage, renamed bool, err error) {
	same := func(data []byte, model string) bool {
		return model == "" || string(w.Rename(nil, w.Rename(nil, data, "the-route"), model)) == string(data)
	}
	if r.Response.SSE == "" {
		a, _ := decodeRecord(r, 1)
		sign, err := w.Answer(r.Response.Body)
		return sign.Usage, a == nil || same(r.Response.Body, a.Model), err
	}
	renamed = true
	var split sse.Splitter
	split.Write([]byte(r.Response.SSE))
	for ev, ok := split.Next(); ok; ev, ok = split.Next() {
		if !ev.HasData {
			continue
		}
		sign, err := w.Event(string(ev.Name), ev.Data)
		if err != nil {
			return usage, renamed, err
		}
		if sign.Usage != nil {
			usage = sign.Usage
		}
		var head struct{ Message struct{ Model string } }
		_ = json.Unmarshal(ev.Data, &head)
		renamed = renamed && same(ev.Data, head.Message.Model)
	}
	return usage, renamed, w.Finish()
}

func TestRecordedCountsAreRead(t *testing.T) {
	op := dialect.Operation{Endpoint: dialect.EndpointCount}
	total := 0
	recordings(t, "anthropic-count-tokens", func(r *record) {
		if r.Response.Status >= 400 || len(r.Response.Body) == 0 {
			return
		}
		total++
		a, err := anthropic.Outbound{}.Decoder(op).Answer(r.Response.Body)
		sign, watched := anthropic.Outbound{}.Watcher(op).Answer(r.Response.Body)
		if err != nil || watched != nil || !sign.Content || a.Usage.In == 0 {
			t.Errorf("%s: %v, %v", r.ID, err, watched)
		}
	})
	t.Logf("%d counts read", total)
}

func TestRecordedErrorsAreRead(t *testing.T) {
	total := 0
	recordings(t, "anthropic-messages", func(r *record) {
		if r.Response.Status < 400 {
			return
		}
		total++
		d := anthropic.Outbound{}.ReadError(r.Response.Status, nil, r.Response.Body)
		if d.Message == "" || d.Type == "" || d.Reason == dialect.ReasonUnknown && r.Response.Status != 500 {
			t.Errorf("%s: %d %s gave %+v", r.ID, r.Response.Status, r.Response.Body, d)
		}
	})
	t.Logf("%d errors read", total)
}

func TestRecordedRequestsAreDecodedOrRefused(t *testing.T) {
	accepted, refused := 0, map[string]int{}
	visit := func(op dialect.Operation) func(r *record) {
		return func(r *record) {
			if r.Request == nil || len(r.Request.Body) == 0 || r.Request.Body[0] != '{' {
				return
			}
			if _, err := (anthropic.Inbound{}).Peek(op, r.Request.Body); err != nil {
				t.Errorf("%s: %v", r.ID, err)
			}
			req, err := anthropic.Inbound{}.Decode(op, r.Request.Body)
			if err != nil {
				e, ok := errors.AsType[*hw.Error](err)
				if !ok || e.Field == "" {
					t.Errorf("%s: %v names no field", r.ID, err)
					return
				}
				refused[e.Text]++
				return
			}
			accepted++
			wire, err := anthropic.Outbound{}.Encode(req, dialect.Target{Model: claude})
			if e, ok := errors.AsType[*hw.Error](err); ok && e.Field != "" {
				refused[e.Text]++
				return
			}
			if err != nil || !json.Valid(wire.Body) {
				t.Errorf("%s: encoding again: %v", r.ID, err)
				return
			}
			again, err := anthropic.Inbound{}.Decode(op, wire.Body)
			if err != nil {
				t.Errorf("%s: decoding again: %v\n%s", r.ID, err, wire.Body)
				return
			}
			if len(again.Tools) < len(req.Tools) || len(again.Unmapped) > 0 {
				t.Errorf("%s: %d tools became %d, unmapped %q", r.ID, len(req.Tools), len(again.Tools), again.Unmapped)
			}
		}
	}
	recordings(t, "anthropic-messages", visit(chatOp))
	recordings(t, "anthropic-count-tokens", visit(dialect.Operation{Endpoint: dialect.EndpointCount}))
	t.Logf("%d accepted", accepted)
	for text, n := range refused {
		t.Logf("%d refused: %s", n, text)
	}
}
