package responses_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/dialecttest"
	"headwater/backend/internal/dialect/responses"
)

// maker makes random neutral values that this dialect can express.
type maker struct {
	*rand.Rand
	calls int
}

func (m *maker) text() string {
	words := []string{"a", "é", "\"q\"", "\n", "\\", "日本", "<&>", "\u2028", "{\"x\":1}", " "}
	s := words[m.IntN(len(words))]
	for range m.IntN(4) {
		s += words[m.IntN(len(words))]
	}
	return s
}

func (m *maker) reasoning(ids string) dialect.Part {
	p := dialect.Part{Kind: dialect.PartReasoning, ID: fmt.Sprintf("rs_%s%d", ids, m.calls), Signer: dialect.SignerOpenAI}
	m.calls++
	if m.IntN(2) == 0 {
		p.Data = m.text()
	} else {
		p.Text, p.Signature = m.text(), m.text()
	}
	return p
}

func (m *maker) call() dialect.Part {
	m.calls++
	c := &dialect.ToolCall{ID: fmt.Sprintf("call_%d", m.calls), Name: "f", Args: `{"a":1}`}
	if m.IntN(3) == 0 {
		input, _ := json.Marshal(m.text())
		var text string
		_ = json.Unmarshal(input, &text)
		c.Name, c.Custom = "patch", true
		c.Args = wrapped(text)
	}
	return dialect.Part{Kind: dialect.PartToolCall, Call: c}
}

// wrapped is the arguments of a custom tool's call.
func wrapped(text string) string {
	dec := responses.Outbound{}.Decoder(chat)
	item, _ := json.Marshal(map[string]string{"type": "custom_tool_call", "call_id": "c", "name": "n", "input": text})
	a, err := dec.Answer([]byte(`{"output":[` + string(item) + `]}`))
	if err != nil {
		panic(err)
	}
	return a.Choices[0].Parts[0].Call.Args
}

func (m *maker) media() dialect.Part {
	return []dialect.Part{
		{Kind: dialect.PartImage, Data: "QUJD", MIME: "image/png", Detail: "low"},
		{Kind: dialect.PartImage, URL: "https://x.test/a.png"},
		{Kind: dialect.PartDocument, Data: "UERG", MIME: "application/pdf", Filename: "a.pdf"},
		{Kind: dialect.PartDocument, URL: "https://x.test/a.pdf"},
		{Kind: dialect.PartAudio, Data: "QUJD", MIME: "audio/wav"},
	}[m.IntN(5)]
}

// turn is an assistant's turn with the results of its calls.
func (m *maker) turn() []dialect.Message {
	var parts, results []dialect.Part
	for range m.IntN(3) {
		parts = append(parts, m.reasoning("in"))
	}
	parts = append(parts, dialect.Part{Kind: dialect.PartText, Text: m.text()})
	for range m.IntN(3) {
		call := m.call()
		parts = append(parts, call)
		result := dialect.Part{Kind: dialect.PartToolResult, CallID: call.Call.ID, Text: m.text()}
		for range m.IntN(2) {
			result.Media = append(result.Media, m.media())
		}
		results = append(results, result)
	}
	out := []dialect.Message{{Role: dialect.RoleAssistant, Parts: parts}}
	for _, r := range results {
		out = append(out, dialect.Message{Role: dialect.RoleTool, Parts: []dialect.Part{r}})
	}
	return out
}

func (m *maker) request() *dialect.Request {
	r := &dialect.Request{Endpoint: dialect.EndpointChat, Model: "m", StreamUsage: true, Stream: m.IntN(2) == 0, MaxTokens: 16 + m.IntN(9), User: m.text()}
	if m.IntN(2) == 0 {
		r.Messages = append(r.Messages, text(dialect.RoleSystem, m.text()))
	}
	for range 1 + m.IntN(3) {
		parts := []dialect.Part{{Kind: dialect.PartText, Text: m.text()}}
		for range m.IntN(3) {
			parts = append(parts, m.media())
		}
		r.Messages = append(append(r.Messages, dialect.Message{Role: dialect.RoleUser, Parts: parts}), m.turn()...)
	}
	r.Messages = append(r.Messages, text(dialect.RoleUser, m.text()))
	strict := m.IntN(2) == 0
	r.Tools = []dialect.Tool{
		{Name: "f", Description: m.text(), Schema: json.RawMessage(`{"type":"object"}`), Strict: &strict},
		{Name: "patch", Custom: true, Schema: json.RawMessage(dialect.CustomSchema)},
	}
	r.Effort = []string{"", "low", "high"}[m.IntN(3)]
	r.Format = []dialect.Format{{}, {Kind: "json"}, {Kind: "schema", Name: "s", Schema: json.RawMessage(`{"type":"object"}`), Strict: &strict}}[m.IntN(3)]
	return r
}

func TestRequestsKeepTheirMeaning(t *testing.T) {
	for seed := range uint64(500) {
		m := &maker{Rand: rand.New(rand.NewPCG(seed, 1))}
		r := m.request()
		wire, err := responses.Outbound{}.Encode(r, dialect.Target{Model: "m"})
		if err != nil || len(wire.Dropped) > 0 {
			t.Fatalf("seed %d: %v, dropped %q", seed, err, wire.Dropped)
		}
		checkConversation(t, fmt.Sprint("seed ", seed), wire.Body)
		again, err := responses.Inbound{}.Decode(chat, wire.Body)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if a, b := meaning(r), meaning(again); a != b {
			t.Fatalf("seed %d:\n%s\n%s", seed, a, b)
		}
	}
}

func (m *maker) answer() *dialect.Answer {
	var parts []dialect.Part
	for range m.IntN(3) {
		parts = append(parts, m.reasoning("out"))
	}
	if m.IntN(3) > 0 {
		p := dialect.Part{Kind: dialect.PartText, Text: m.text()}
		for range m.IntN(3) {
			p.Citations = append(p.Citations, dialect.Citation{URL: "https://x.test", Title: m.text(), Start: 1, End: 2})
		}
		parts = append(parts, p)
	}
	if m.IntN(4) == 0 {
		parts = append(parts, dialect.Part{Kind: dialect.PartRefusal, Text: m.text()})
	}
	finish := []string{dialect.FinishStop, dialect.FinishLength, dialect.FinishFilter}[m.IntN(3)]
	for range m.IntN(3) {
		parts = append(parts, m.call())
		finish = dialect.FinishTools
	}
	a := &dialect.Answer{ID: "resp_1", Model: "route", Created: 5, Choices: []dialect.Choice{{Parts: parts, Finish: finish}}}
	if m.IntN(2) == 0 {
		a.Usage = &dialect.Usage{In: int64(m.IntN(9)), Out: 9, CachedIn: 1, CacheWrite: int64(m.IntN(2)), ReasoningOut: 3}
	}
	return a
}

func TestAnswersKeepTheirMeaning(t *testing.T) {
	for seed := range uint64(500) {
		m := &maker{Rand: rand.New(rand.NewPCG(seed, 2))}
		a := m.answer()
		plain, err := responses.Inbound{}.Encoder(options(nil)).Answer(nil, a)
		if err != nil {
			t.Fatal(err)
		}
		stream := write(nil, a.Events()...)
		if whole, ok := (responses.Inbound{}).StoredAnswer([]byte(stream)); !ok || string(whole) != string(plain) {
			t.Fatalf("seed %d:\nstreamed %s\nplain    %s", seed, whole, plain)
		}
		if c := (dialecttest.Responses{}).Stream([]byte(stream)); len(c.Problems) > 0 {
			t.Fatalf("seed %d: %q", seed, c.Problems)
		}
		fromPlain, err := responses.Outbound{}.Decoder(chat).Answer(plain)
		if err != nil {
			t.Fatal(err)
		}
		for _, size := range []int{1 << 20, 7} {
			fromStream, err := gather(responses.Outbound{}.Decoder(chat), stream, size)
			if err != nil {
				t.Fatal(err)
			}
			for _, got := range []*dialect.Answer{fromPlain, fromStream} {
				for i := range got.Choices[0].Parts {
					if p := &got.Choices[0].Parts[i]; p.Kind == dialect.PartToolCall {
						p.ID = "" // made on the way
					}
				}
				if !reflect.DeepEqual(got, a) {
					t.Fatalf("seed %d:\ngot  %s\nwant %s", seed, jsonText(got), jsonText(a))
				}
			}
		}
	}
}

func jsonText(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(text)
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"model":"m","input":"x","tools":[{"type":"custom","name":"f","format":{"type":"grammar"}}],"tool_choice":{"type":"allowed_tools","mode":"auto","tools":[]}}`))
	f.Add([]byte(`{"model":"m","input":[{"type":"reasoning","encrypted_content":"headwater.v1.a.call.Yw.Yw","summary":[{}]},{"type":"function_call","call_id":"c","name":"f"},{"type":"function_call_output","call_id":"c","output":[{"type":"input_image","image_url":{"url":"data:a;base64,b"}}]}],"previous_response_id":null}`))
	f.Add([]byte(`{"model":"m","previous\u005fresponse_id":"r" , "input":[],"text":{"format":{"type":"json_schema","schema":{}}},"reasoning":{"effort":null}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		told := func(err error) {
			if err != nil && hw.CodeOf(err) == hw.CodeInternal {
				t.Fatalf("an error that is not for the caller: %v", err)
			}
		}
		in, out := responses.Inbound{}, responses.Outbound{}
		if _, err := in.Peek(chat, body); err == nil {
			wire, err := out.Adapt(chat, body, dialect.Target{Model: "x"}, true)
			if err == nil { // another field may stand twice
				if p, err := in.Peek(chat, wire.Body); err != nil || p.Model != "x" {
					t.Fatalf("adapted %s: %v, %+v", wire.Body, err, p)
				}
			}
			told(err)
		}
		_, _, err := in.Thread(body)
		told(err)
		if joined, err := in.Join(body, []byte(`[{"role":"user","content":"before"}]`)); err == nil {
			if previous, _, err := in.Thread(joined); !json.Valid(joined) || err == nil && previous != "" {
				t.Fatalf("joined %s", joined)
			}
			history, err := in.History(joined, body)
			if err != nil || !json.Valid(history) {
				t.Fatalf("history %s, %v", history, err)
			}
			if list, err := in.Stored(dialect.Operation{Name: "input_items"}, body, history); err != nil || !json.Valid(list) {
				t.Fatalf("list %s, %v", list, err)
			}
		} else {
			told(err)
		}
		r, err := in.Decode(chat, body)
		if err != nil {
			told(err)
			return
		}
		if answer, err := in.Encoder(withBody(options(r), body)).Answer(nil, &dialect.Answer{}); err != nil || !json.Valid(answer) {
			t.Fatalf("answer %s, %v", answer, err)
		}
		wire, err := out.Encode(r, dialect.Target{Model: "m"})
		told(err)
		if err == nil {
			_, err = in.Decode(chat, wire.Body)
			told(err)
		}
	})
}

// faulty fails on an error that is no fault of the upstream.
func faulty(t *testing.T, err error) {
	t.Helper()
	if _, ok := errors.AsType[*dialect.Fault](err); err != nil && !ok {
		t.Fatalf("an error that is no fault: %v", err)
	}
}

func FuzzAnswer(f *testing.F) {
	f.Add([]byte(`{"id":"x","status":"completed","output":[{"type":"message","content":[{"type":"output_text","text":"hi","annotations":[{"type":"url_citation","url":"u"}]}]},{"type":"function_call","name":"f"},{"type":"image_generation_call","result":"QUJD"}],"usage":{"input_tokens":1}}`))
	f.Add([]byte(`{"output":[{"type":"reasoning","summary":[{"text":"x"}],"encrypted_content":1}],"incomplete_details":{"reason":"x"}}`))
	f.Add([]byte(`{"error":"x"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, endpoint := range []dialect.Endpoint{dialect.EndpointChat, dialect.EndpointStored} {
			w := responses.Outbound{}.Watcher(dialect.Operation{Endpoint: endpoint})
			_, err := w.Answer(body)
			faulty(t, err)
			w.Rename(nil, body, "m")
		}
		a, err := responses.Outbound{}.Decoder(chat).Answer(body)
		faulty(t, err)
		responses.Outbound{}.ReadError(400, nil, body)
		if err != nil {
			return
		}
		out, err := responses.Inbound{}.Encoder(options(nil)).Answer(nil, a)
		if err != nil || !json.Valid(out) {
			t.Fatalf("answer %s, %v", out, err)
		}
		if c := (dialecttest.Responses{}).Plain(out); len(c.Problems) > 0 && len(a.Choices[0].Parts) == 0 {
			t.Fatalf("problems %q", c.Problems)
		}
	})
}

func FuzzStream(f *testing.F) {
	f.Add([]byte("data: {\"type\":\"response.output_text.delta\",\"delta\":\"a\",\"content_index\":3}\n\ndata: {\"type\":\"response.completed\",\"response\":{\"output\":[{\"type\":\"message\",\"content\":[{\"type\":\"output_text\",\"text\":\"a\"}]}]}}\n\n"))
	f.Add([]byte("event: response.output_item.added\ndata: {\"item\":{\"type\":\"custom_tool_call\",\"name\":\"f\"},\"output_index\":1e3}\n\ndata: {\"type\":\"response.custom_tool_call_input.delta\",\"delta\":\"a\",\"output_index\":1000}\n\ndata: {\"type\":\"response.incomplete\",\"response\":{\"output\":null}}\n\n"))
	f.Add([]byte("data: {\"type\":\"error\",\"error\":{}}\n\n"))
	f.Fuzz(func(t *testing.T, stream []byte) {
		w := responses.Outbound{}.Watcher(chat)
		dec := responses.Outbound{}.Decoder(chat)
		enc := responses.Inbound{}.Encoder(options(nil))
		var out []byte
		write := func(events []dialect.Event) {
			for _, ev := range events {
				out = enc.Event(out, ev)
			}
		}
		var err error
		for ev := range eventsOf(string(stream)) {
			_, watched := w.Event(ev.name, ev.data)
			faulty(t, watched)
			w.Rename(nil, ev.data, "m")
			var events []dialect.Event
			events, err = dec.Event(nil, ev.name, ev.data)
			faulty(t, err)
			write(events)
			if err != nil {
				return
			}
		}
		events, err := dec.Finish(nil)
		faulty(t, err)
		write(events)
		if err != nil {
			return
		}
		for _, p := range (dialecttest.Responses{}).Stream(out).Problems {
			if !strings.Contains(p, "image_generation_call") { // which its reader does not know
				t.Fatalf("%q in %s", p, out)
			}
		}
		if whole, ok := (responses.Inbound{}).StoredAnswer(out); !ok || !json.Valid(whole) {
			t.Fatalf("no whole answer in %s", out)
		}
	})
}
