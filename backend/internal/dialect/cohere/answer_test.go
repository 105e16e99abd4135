package cohere_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/cohere"
	"headwater/backend/internal/dialect/sse"
)

var (
	chat  = dialect.Operation{Endpoint: dialect.EndpointChat}
	embed = dialect.Operation{Endpoint: dialect.EndpointEmbeddings}
)

// decodeStream reads a stream that comes in pieces of the given size.
func decodeStream(body string, size int) ([]dialect.Event, error) {
	dec := cohere.Outbound{}.Decoder(chat)
	var split sse.Splitter
	var events []dialect.Event
	take := func(next func() (sse.Event, bool)) error {
		for ev, ok := next(); ok; ev, ok = next() {
			if !ev.HasData {
				continue
			}
			var err error
			if events, err = dec.Event(events, string(ev.Name), ev.Data); err != nil {
				return err
			}
		}
		return nil
	}
	for piece := range slices.Chunk([]byte(body), size) {
		split.Write(piece)
		if err := take(split.Next); err != nil {
			return events, err
		}
	}
	if ev, ok := split.Close(); ok && ev.HasData {
		var err error
		if events, err = dec.Event(events, string(ev.Name), ev.Data); err != nil {
			return events, err
		}
	}
	return dec.Finish(events)
}

const chatStream = `event: message-start
data: {"id":"i1","type":"message-start","delta":{"message":{"role":"assistant","content":[],"tool_plan":"","tool_calls":[],"citations":[]}}}

event: content-start
data: {"type":"content-start","index":0,"delta":{"message":{"content":{"type":"thinking","thinking":""}}}}

event: content-delta
data: {"type":"content-delta","index":0,"delta":{"message":{"content":{"thinking":"hm"}}}}

event: content-end
data: {"type":"content-end","index":0}

event: content-delta
data: {"type":"content-delta","index":1,"delta":{"message":{"content":{"text":"日本"}}}}

event: citation-start
data: {"type":"citation-start","index":0,"delta":{"message":{"citations":{"start":0,"end":2,"text":"日本","sources":[{"type":"document","id":"doc:0","document":{"title":"T","url":"https://x.test","snippet":"S"}},{"type":"tool","id":"t:0","tool_output":{"content":"O"}}],"type":"TEXT_CONTENT"}}}}

event: citation-start
data: {"type":"citation-start","index":1,"delta":{"message":{"citations":{"start":0,"end":2,"sources":[{"id":"p"}],"type":"PLAN"}}}}

event: tool-plan-delta
data: {"type":"tool-plan-delta","delta":{"message":{"tool_plan":"plan"}}}

event: tool-call-start
data: {"type":"tool-call-start","index":0,"delta":{"message":{"tool_calls":{"id":"c1","type":"function","function":{"name":"f","arguments":""}}}}}

event: tool-call-delta
data: {"type":"tool-call-delta","index":0,"delta":{"message":{"tool_calls":{"function":{"arguments":"{\"a\""}}}}}

event: tool-call-delta
data: {"type":"tool-call-delta","index":0,"delta":{"message":{"tool_calls":{"function":{"arguments":":1}"}}}}}

event: tool-call-end
data: {"type":"tool-call-end","index":0}

event: tool-call-start
data: {"type":"tool-call-start","index":1,"delta":{"message":{"tool_calls":{"id":"c2","function":{"name":"g"}}}}}

event: tool-call-delta
data: {"type":"tool-call-delta","index":1,"delta":{"message":{"tool_calls":{"function":{"arguments":"nu"}}}}}

event: tool-call-delta
data: {"type":"tool-call-delta","index":1,"delta":{"message":{"tool_calls":{"function":{"arguments":"ll"}}}}}

event: tool-call-start
data: {"type":"tool-call-start","index":7,"delta":{"message":{"tool_calls":{"id":"c3","function":{"name":"h"}}}}}

event: surprise
data: {"type":"surprise","index":[1]}

event: message-end
data: {"type":"message-end","delta":{"finish_reason":"TOOL_CALL","usage":{"billed_units":{"input_tokens":1,"output_tokens":1},"tokens":{"input_tokens":30.0,"output_tokens":4},"cached_tokens":20}}}

data: [DONE]

`

func TestDecoderGivesTheEventsOfAStream(t *testing.T) {
	stream := strings.Replace(chatStream, `"index":[1]`, `"index":1`, 1)
	want := []dialect.Event{
		{Kind: dialect.EventStart, ID: "i1"},
		{Kind: dialect.EventReasoning, Text: "hm"},
		{Kind: dialect.EventText, Text: "日本"},
		{Kind: dialect.EventCitation, Citation: &dialect.Citation{URL: "https://x.test", Title: "T", Cited: "S", End: 2}},
		{Kind: dialect.EventCitation, Citation: &dialect.Citation{Title: "t:0", Cited: "O", End: 2}},
		{Kind: dialect.EventReasoning, Text: "plan"},
		{Kind: dialect.EventToolStart, CallID: "c1", ToolName: "f"},
		{Kind: dialect.EventToolArgs, Text: `{"a"`},
		{Kind: dialect.EventToolArgs, Text: `:1}`},
		{Kind: dialect.EventToolStart, Tool: 1, CallID: "c2", ToolName: "g"},
		{Kind: dialect.EventToolStart, Tool: 2, CallID: "c3", ToolName: "h"},
		{Kind: dialect.EventUsage, Usage: &dialect.Usage{In: 30, Out: 4, CachedIn: 20}},
		{Kind: dialect.EventToolArgs, Tool: 1, Text: `{}`},
		{Kind: dialect.EventToolArgs, Tool: 2, Text: `{}`},
		{Kind: dialect.EventFinish, Finish: dialect.FinishTools},
		{Kind: dialect.EventEnd},
	}
	for size := 1; size <= len(stream); size += 7 {
		got, err := decodeStream(stream, size)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Fatalf("pieces of %d: %v %s", size, err, diff)
		}
	}
}

func TestStreamFaults(t *testing.T) {
	head, _, _ := strings.Cut(chatStream, "event: content-start")
	for _, row := range []struct {
		why, body            string
		truncated, malformed bool
		detail               dialect.ErrorDetail
	}{
		{"nothing", "", true, false, dialect.ErrorDetail{}},
		{"no end", head, true, false, dialect.ErrorDetail{}},
		{"only the marker", head + "data: [DONE]\n\n", true, false, dialect.ErrorDetail{}},
		{"an error", head + "event: error\ndata: {\"message\":\"too many tokens\"}\n\n", false, false, dialect.ErrorDetail{Message: "too many tokens", Reason: dialect.ReasonContextLength}},
		{"an error without a name", head + "data: {\"message\":\"boom\",\"id\":\"x\"}\n\n", false, false, dialect.ErrorDetail{Message: "boom"}},
		{"an end by error", head + `data: {"type":"message-end","delta":{"finish_reason":"ERROR","error":"boom"}}` + "\n\n", false, false, dialect.ErrorDetail{Status: 500, Type: "ERROR", Message: "boom"}},
		{"an end by time", head + `data: {"type":"message-end","delta":{"finish_reason":"TIMEOUT"}}` + "\n\n", false, false, dialect.ErrorDetail{Status: 504, Type: "TIMEOUT", Reason: dialect.ReasonOverloaded}},
		{"no type", "data: {\"delta\":{}}\n\n", false, true, dialect.ErrorDetail{Message: "an event has no type"}},
	} {
		_, err := decodeStream(row.body, 20)
		fault, ok := errors.AsType[*dialect.Fault](err)
		if !ok || fault.Truncated != row.truncated || fault.Malformed != row.malformed || fault.Detail != row.detail {
			t.Errorf("%s: got %+v, %v", row.why, fault, err)
		}
	}
	for _, body := range []string{"data: <html>\n\n", "data: {\"type\":\"content-delta\",\"delta\":{\"message\":{\"content\":1}}}\n\n"} {
		_, err := decodeStream(body, 20)
		if fault, ok := errors.AsType[*dialect.Fault](err); !ok || !fault.Malformed {
			t.Errorf("%s: got %v", body, err)
		}
	}
}

func TestDecoderReadsPlainAnswers(t *testing.T) {
	body := `{"id":"i","message":{"role":"assistant","tool_plan":"plan","content":[{"type":"thinking","thinking":"hm"},{"type":"text","text":"one"},{"type":"text","text":"two"}],
	"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}},{"id":"d","function":{"name":"g","arguments":"null"}}],
	"citations":[{"start":0,"end":3,"sources":[{"type":"document","id":"d0","document":{"text":"T"}}],"type":"TEXT_CONTENT"},
	 {"start":1,"end":2,"content_index":2,"sources":[{"type":"tool","id":"t0","tool_output":{"x":1}}]},
	 {"start":1,"end":2,"content_index":0,"sources":[{"id":"th"}],"type":"THINKING_CONTENT"}]},
	"finish_reason":"TOOL_CALL","usage":{"billed_units":{"input_tokens":3,"output_tokens":2},"cached_tokens":9}}`
	got, err := cohere.Outbound{}.Decoder(chat).Answer([]byte(body))
	one, two := text("one"), text("two")
	one.Citations = []dialect.Citation{{Title: "d0", Cited: "T", End: 3}}
	two.Citations = []dialect.Citation{{Title: "t0", Start: 1, End: 2}}
	want := &dialect.Answer{ID: "i", Usage: &dialect.Usage{In: 3, Out: 2, CachedIn: 3}, Choices: []dialect.Choice{{Finish: dialect.FinishTools, Parts: []dialect.Part{
		{Kind: dialect.PartReasoning, Text: "plan"},
		{Kind: dialect.PartReasoning, Text: "hm"},
		one, two,
		{Kind: dialect.PartToolCall, Call: &dialect.ToolCall{ID: "c", Name: "f", Args: `{"a":1}`}},
		{Kind: dialect.PartToolCall, Call: &dialect.ToolCall{ID: "d", Name: "g", Args: `{}`}},
	}}}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	for word, finish := range map[string]string{"COMPLETE": "stop", "STOP_SEQUENCE": "stop", "MAX_TOKENS": "length", "TOOL_CALL": "tool_calls", "": ""} {
		a, err := cohere.Outbound{}.Decoder(chat).Answer([]byte(`{"message":{"content":[]},"finish_reason":"` + word + `"}`))
		if err != nil || a.Choices[0].Finish != finish || a.Usage != nil {
			t.Errorf("%s: got %+v, %v", word, a, err)
		}
	}
}

func TestPlainFaults(t *testing.T) {
	for _, row := range []struct {
		op        dialect.Operation
		body      string
		malformed bool
		message   string
	}{
		{chat, `{"message":"boom","id":"x"}`, false, "boom"},
		{chat, `{"error":"boom"}`, false, "boom"},
		{chat, `{"message":{"content":[]},"finish_reason":"ERROR"}`, false, ""},
		{chat, `{"id":"x"}`, true, "the answer has no message"},
		{chat, `{"message":[]}`, true, "the answer has no message"},
		{embed, `{"message":"boom"}`, false, "boom"},
		{embed, `{"id":"x"}`, true, "the answer has no embeddings"},
		{embed, `{"embeddings":{"int8":[[1]]}}`, true, "the embeddings are not lists of numbers"},
		{embed, `{"embeddings":"x"}`, true, "the embeddings are not lists of numbers"},
		{embed, `{"embeddings":[null]}`, true, "an embedding is null"},
	} {
		for how, read := range map[string]func() error{
			"Decoder": func() error { _, err := cohere.Outbound{}.Decoder(row.op).Answer([]byte(row.body)); return err },
			"Watcher": func() error { _, err := cohere.Outbound{}.Watcher(row.op).Answer([]byte(row.body)); return err },
		} {
			err := read()
			if fault, ok := errors.AsType[*dialect.Fault](err); !ok || fault.Malformed != row.malformed || fault.Detail.Message != row.message {
				t.Errorf("%s of %s: got %v", how, row.body, err)
			}
		}
	}
	for _, body := range []string{`[]`, `<html>`, `{"message":{"content":7}}`} {
		_, err := cohere.Outbound{}.Decoder(chat).Answer([]byte(body))
		if fault, ok := errors.AsType[*dialect.Fault](err); !ok || !fault.Malformed {
			t.Errorf("%s: got %v", body, err)
		}
	}
}

func TestEmbeddings(t *testing.T) {
	for _, body := range []string{
		`{"id":"i","embeddings":{"float":[[0.5,2],[1,-3]]},"meta":{"billed_units":{"input_tokens":10}}}`,
		`{"id":"i","embeddings":[[0.5,2],[1,-3]],"meta":{"billed_units":{"input_tokens":10}},"response_type":"embeddings_floats"}`,
	} {
		got, err := cohere.Outbound{}.Decoder(embed).Answer([]byte(body))
		want := &dialect.Answer{ID: "i", Embeddings: [][]float64{{0.5, 2}, {1, -3}}, Usage: &dialect.Usage{In: 10}}
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%v %s", err, diff)
		}
	}
}

func TestWatcherSeesWhatTheDecoderSees(t *testing.T) {
	w := cohere.Outbound{}.Watcher(chat)
	for _, row := range []struct {
		data string
		want dialect.Sign
	}{
		{`{"type":"message-start"}`, dialect.Sign{}},
		{`{"type":"content-delta","delta":{"message":{"content":{"text":"x"}}}}`, dialect.Sign{Content: true}},
		{`{"type":"message-end","delta":{"finish_reason":"COMPLETE","usage":{"tokens":{"input_tokens":1}}}}`, dialect.Sign{End: true, Usage: &dialect.Usage{In: 1}}},
	} {
		got, err := w.Event("", []byte(row.data))
		if diff := cmp.Diff(row.want, got); err != nil || diff != "" {
			t.Errorf("%s: %v %s", row.data, err, diff)
		}
	}
	if err := w.Finish(); err != nil {
		t.Error(err)
	}
	if got := string(w.Rename([]byte("a"), []byte(`{"model":"x"}`), "m")); got != `a{"model":"x"}` {
		t.Errorf("got %s", got)
	}
	if err := (cohere.Outbound{}).Watcher(chat).Finish(); err == nil {
		t.Error("a stream without an end is none")
	}
}

// wire renders a neutral answer as Cohere would, plain and streamed.
func wire(a *dialect.Answer) (plain []byte, stream string) {
	type object = map[string]any
	var out strings.Builder
	send := func(kind string, index int, message object) {
		data, _ := json.Marshal(object{"type": kind, "index": index, "delta": object{"message": message}})
		out.WriteString("event: " + kind + "\ndata: " + string(data) + "\n\n")
	}
	start, _ := json.Marshal(object{"type": "message-start", "id": a.ID})
	out.WriteString("data: " + string(start) + "\n\n")
	content, calls := []any{}, []any{}
	for _, p := range a.Choices[0].Parts {
		kind := map[dialect.PartKind]string{dialect.PartText: "text", dialect.PartReasoning: "thinking"}[p.Kind]
		if kind != "" {
			send("content-start", len(content), object{"content": object{"type": kind, kind: ""}})
			for _, r := range p.Text {
				send("content-delta", len(content), object{"content": object{kind: string(r)}})
			}
			send("content-end", len(content), nil)
			content = append(content, object{"type": kind, kind: p.Text})
			continue
		}
		call := object{"id": p.Call.ID, "type": "function", "function": object{"name": p.Call.Name, "arguments": p.Call.Args}}
		send("tool-call-start", len(calls), object{"tool_calls": object{"id": p.Call.ID, "function": object{"name": p.Call.Name, "arguments": ""}}})
		for _, r := range p.Call.Args {
			send("tool-call-delta", len(calls), object{"tool_calls": object{"function": object{"arguments": string(r)}}})
		}
		send("tool-call-end", len(calls), nil)
		calls = append(calls, call)
	}
	finish := map[string]string{dialect.FinishStop: "COMPLETE", dialect.FinishLength: "MAX_TOKENS", dialect.FinishTools: "TOOL_CALL"}[a.Choices[0].Finish]
	usage := object{}
	if a.Usage != nil {
		usage = object{"tokens": object{"input_tokens": a.Usage.In, "output_tokens": a.Usage.Out}, "cached_tokens": a.Usage.CachedIn}
	}
	end, _ := json.Marshal(object{"type": "message-end", "delta": object{"finish_reason": finish, "usage": usage}})
	out.WriteString("data: " + string(end) + "\n\n")
	plain, _ = json.Marshal(object{"id": a.ID, "message": object{"content": content, "tool_calls": calls}, "finish_reason": finish, "usage": usage})
	return plain, out.String()
}

func TestAnswersKeepTheirMeaning(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := func(label string) string { return rapid.StringMatching(`[a-zé日"<\\]{1,6}`).Draw(t, label) }
		choice := dialect.Choice{Finish: rapid.SampledFrom([]string{dialect.FinishStop, dialect.FinishLength}).Draw(t, "finish")}
		if rapid.Bool().Draw(t, "thinks") {
			choice.Parts = append(choice.Parts, dialect.Part{Kind: dialect.PartReasoning, Text: word("thought")})
		}
		if rapid.Bool().Draw(t, "speaks") {
			choice.Parts = append(choice.Parts, text(word("text")))
		}
		for i := range rapid.IntRange(0, 3).Draw(t, "calls") {
			choice.Finish = dialect.FinishTools
			args := rapid.SampledFrom([]string{"{}", `{"a":"null"}`, `nullify`, "n"}).Draw(t, "arguments")
			choice.Parts = append(choice.Parts, dialect.Part{Kind: dialect.PartToolCall, Call: &dialect.ToolCall{ID: strings.Repeat("c", i+1), Name: word("tool"), Args: args}})
		}
		want := &dialect.Answer{ID: word("id"), Choices: []dialect.Choice{choice}}
		if rapid.Bool().Draw(t, "counted") {
			want.Usage = &dialect.Usage{In: rapid.Int64Range(5, 99).Draw(t, "in"), Out: rapid.Int64Range(0, 99).Draw(t, "out"), CachedIn: rapid.Int64Range(0, 5).Draw(t, "cached")}
		}
		plain, stream := wire(want)
		got, err := cohere.Outbound{}.Decoder(chat).Answer(plain)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Fatalf("plain: %v %s", err, diff)
		}
		events, err := decodeStream(stream, rapid.IntRange(1, 50).Draw(t, "size"))
		if err != nil {
			t.Fatal(err)
		}
		var g dialect.Gatherer
		g.Add(events...)
		if diff := cmp.Diff(want, g.Answer()); diff != "" {
			t.Fatalf("streamed: %s", diff)
		}
	})
}

func FuzzAnswer(f *testing.F) {
	f.Add([]byte(`{"id":"x","message":{"content":[{"type":"text","text":"x"}],"tool_calls":[{"function":{}}],"citations":[{"content_index":-1,"sources":[{}]}]},"usage":{"tokens":{"input_tokens":-1}}}`))
	f.Add([]byte(`{"embeddings":{"float":[[1]]},"meta":{}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, op := range []dialect.Operation{chat, embed} {
			_, err := cohere.Outbound{}.Decoder(op).Answer(body)
			isFault(t, err)
		}
		_, err := cohere.Outbound{}.ReadModels(body)
		isFault(t, err)
		cohere.Outbound{}.ReadError(400, nil, body)
	})
}

func FuzzStream(f *testing.F) {
	f.Add([]byte(chatStream), uint16(9))
	f.Fuzz(func(t *testing.T, body []byte, size uint16) {
		got, err := decodeStream(string(body), 1+int(size))
		isFault(t, err)
		whole, wholeErr := decodeStream(string(body), len(body)+1)
		if diff := cmp.Diff(whole, got); diff != "" || (err == nil) != (wholeErr == nil) {
			t.Fatalf("%v, %v: %s", err, wholeErr, diff)
		}
	})
}

func isFault(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		return
	}
	if _, ok := errors.AsType[*dialect.Fault](err); !ok {
		t.Fatalf("an error that is no fault: %v", err)
	}
}
