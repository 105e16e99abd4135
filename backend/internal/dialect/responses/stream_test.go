package responses_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/dialecttest"
	"headwater/backend/internal/dialect/responses"
)

// settings is what an answer repeats of a request that set nothing.
const settings = `"instructions":null,"max_output_tokens":null,"max_tool_calls":null,"parallel_tool_calls":true,"previous_response_id":null,` +
	`"prompt_cache_key":null,"reasoning":{"effort":null,"summary":null},"safety_identifier":null,"service_tier":"default","store":true,"temperature":1,` +
	`"text":{"format":{"type":"text"}},"tool_choice":"auto","tools":[],"top_logprobs":0,"top_p":1,"truncation":"disabled","user":null,"metadata":{}`

func options(req *dialect.Request) dialect.EncodeOptions {
	return dialect.EncodeOptions{Op: chat, Model: "route", RequestID: "req_9", Request: req}
}

func write(req *dialect.Request, events ...dialect.Event) string {
	enc := responses.Inbound{}.Encoder(options(req))
	var out []byte
	for _, ev := range events {
		out = enc.Event(out, ev)
	}
	return string(out)
}

func TestStreamIsWrittenStepByStep(t *testing.T) {
	got := write(nil,
		dialect.Event{Kind: dialect.EventStart, ID: "chatcmpl-1", Created: 7},
		dialect.Event{Kind: dialect.EventPing},
		dialect.Event{Kind: dialect.EventReasoning, Text: "hm"},
		dialect.Event{Kind: dialect.EventText, Text: "a\"b"},
		dialect.Event{Kind: dialect.EventCitation, Citation: &dialect.Citation{URL: "https://x.test", Title: "X", End: 3}},
		dialect.Event{Kind: dialect.EventToolStart, CallID: "c1", ToolName: "f"},
		dialect.Event{Kind: dialect.EventToolArgs, Text: "{}"},
		dialect.Event{Kind: dialect.EventFinish, Finish: dialect.FinishTools},
		dialect.Event{Kind: dialect.EventUsage, Usage: &dialect.Usage{In: 5, Out: 3, CachedIn: 1, ReasoningOut: 2}},
		dialect.Event{Kind: dialect.EventEnd}, dialect.Event{Kind: dialect.EventEnd},
	)
	head := `{"id":"resp_9","object":"response","created_at":7,"status":"in_progress","background":false,"error":null,"incomplete_details":null,"model":"route","output":[],` + settings + `,"usage":null}`
	note := `{"type":"url_citation","url":"https://x.test","title":"X","start_index":0,"end_index":3}`
	reasoning := `{"id":"rs_9_0","type":"reasoning","summary":[{"type":"summary_text","text":"hm"}]}`
	message := `{"id":"msg_9_1","type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","text":"a\"b","annotations":[` + note + `],"logprobs":[]}]}`
	call := `{"id":"fc_9_2","type":"function_call","status":"completed","call_id":"c1","name":"f","arguments":"{}"}`
	var want strings.Builder
	for _, row := range [][2]string{
		{"response.created", `0,"response":` + head},
		{"response.in_progress", `1,"response":` + head},
		{"", ""},
		{"response.output_item.added", `2,"output_index":0,"item":{"id":"rs_9_0","type":"reasoning","summary":[]}`},
		{"response.reasoning_summary_part.added", `3,"item_id":"rs_9_0","output_index":0,"summary_index":0,"part":{"type":"summary_text","text":""}`},
		{"response.reasoning_summary_text.delta", `4,"item_id":"rs_9_0","output_index":0,"summary_index":0,"delta":"hm"`},
		{"response.reasoning_summary_text.done", `5,"item_id":"rs_9_0","output_index":0,"summary_index":0,"text":"hm"`},
		{"response.reasoning_summary_part.done", `6,"item_id":"rs_9_0","output_index":0,"summary_index":0,"part":{"type":"summary_text","text":"hm"}`},
		{"response.output_item.done", `7,"output_index":0,"item":` + reasoning},
		{"response.output_item.added", `8,"output_index":1,"item":{"id":"msg_9_1","type":"message","status":"in_progress","role":"assistant","content":[]}`},
		{"response.content_part.added", `9,"item_id":"msg_9_1","output_index":1,"content_index":0,"part":{"type":"output_text","text":"","annotations":[],"logprobs":[]}`},
		{"response.output_text.delta", `10,"item_id":"msg_9_1","output_index":1,"content_index":0,"delta":"a\"b","logprobs":[]`},
		{"response.output_text.annotation.added", `11,"item_id":"msg_9_1","output_index":1,"content_index":0,"annotation_index":0,"annotation":` + note},
		{"response.output_text.done", `12,"item_id":"msg_9_1","output_index":1,"content_index":0,"text":"a\"b","logprobs":[]`},
		{"response.content_part.done", `13,"item_id":"msg_9_1","output_index":1,"content_index":0,"part":{"type":"output_text","text":"a\"b","annotations":[` + note + `],"logprobs":[]}`},
		{"response.output_item.done", `14,"output_index":1,"item":` + message},
		{"response.output_item.added", `15,"output_index":2,"item":{"id":"fc_9_2","type":"function_call","status":"in_progress","call_id":"c1","name":"f","arguments":""}`},
		{"response.function_call_arguments.delta", `16,"item_id":"fc_9_2","output_index":2,"delta":"{}"`},
		{"response.function_call_arguments.done", `17,"item_id":"fc_9_2","output_index":2,"name":"f","arguments":"{}"`},
		{"response.output_item.done", `18,"output_index":2,"item":` + call},
		{"response.completed", `19,"response":{"id":"resp_9","object":"response","created_at":7,"status":"completed","background":false,"error":null,"incomplete_details":null,"model":"route",` +
			`"output":[` + reasoning + `,` + message + `,` + call + `],` + settings +
			`,"usage":{"input_tokens":5,"input_tokens_details":{"cached_tokens":1},"output_tokens":3,"output_tokens_details":{"reasoning_tokens":2},"total_tokens":8}}`},
	} {
		if row[0] == "" {
			want.WriteString(": keep-alive\n\n")
			continue
		}
		want.WriteString("event: " + row[0] + "\ndata: {\"type\":\"" + row[0] + `","sequence_number":` + row[1] + "}\n\n")
	}
	if got != want.String() {
		g, w := strings.Split(got, "\n"), strings.Split(want.String(), "\n")
		for i := range w {
			if i >= len(g) || g[i] != w[i] {
				t.Fatalf("line %d\ngot  %s\nwant %s", i, g[min(i, len(g)-1)], w[i])
			}
		}
		t.Fatalf("more than wanted: %s", g[len(w):])
	}
	if c := (dialecttest.Responses{}).Stream([]byte(got)); len(c.Problems) > 0 {
		t.Errorf("problems %q", c.Problems)
	}
}

func TestCallsMayGrowTogether(t *testing.T) {
	start := func(tool int, id string) dialect.Event {
		return dialect.Event{Kind: dialect.EventToolStart, Tool: tool, CallID: id, ToolName: "f"}
	}
	args := func(tool int, text string) dialect.Event {
		return dialect.Event{Kind: dialect.EventToolArgs, Tool: tool, Text: text}
	}
	out := write(nil,
		dialect.Event{Kind: dialect.EventStart, ID: "resp_x"},
		start(0, "a"), args(0, `{"x`), start(1, "b"), args(1, `{"y`), args(0, `":1}`), dialect.Event{Kind: dialect.EventText, Text: "and"},
		args(1, `":2}`), start(2, "c"), dialect.Event{Kind: dialect.EventFinish, Finish: dialect.FinishTools}, dialect.Event{Kind: dialect.EventEnd},
	)
	c := dialecttest.Responses{}.Stream([]byte(out))
	want := []dialecttest.Call{{ID: "a", Name: "f", Args: `{"x":1}`}, {ID: "b", Name: "f", Args: `{"y":2}`}, {ID: "c", Name: "f", Args: `{}`}}
	if len(c.Problems) > 0 || !reflect.DeepEqual(c.ToolCalls, want) || c.Text != "and" || c.ID != "resp_x" || c.Usage != nil {
		t.Fatalf("got %+v", c)
	}
}

func TestACutAnswerIsIncomplete(t *testing.T) {
	for finish, reason := range map[string]string{dialect.FinishLength: "max_output_tokens", dialect.FinishFilter: "content_filter"} {
		out := write(nil, dialect.Event{Kind: dialect.EventText, Text: "a"}, dialect.Event{Kind: dialect.EventFinish, Finish: finish}, dialect.Event{Kind: dialect.EventEnd})
		c := dialecttest.Responses{}.Stream([]byte(out))
		if len(c.Problems) > 0 || c.Finish != "incomplete:"+reason || strings.Count(out, `"status":"incomplete"`) != 3 {
			t.Errorf("got %+v from %s", c, out)
		}
	}
}

func TestCustomToolsGetTheirTextBack(t *testing.T) {
	req := &dialect.Request{Tools: []dialect.Tool{{Name: "patch", Custom: true, Schema: json.RawMessage(dialect.CustomSchema)}}}
	a := &dialect.Answer{Choices: []dialect.Choice{{Finish: dialect.FinishTools, Parts: []dialect.Part{
		{Kind: dialect.PartToolCall, Call: &dialect.ToolCall{ID: "c", Name: "patch", Args: `{"input":"*** \"x\"\n"}`}},
		{Kind: dialect.PartToolCall, Call: &dialect.ToolCall{ID: "d", Name: "patch", Args: `no JSON`}},
	}}}}
	plain, err := responses.Inbound{}.Encoder(options(req)).Answer(nil, a)
	if err != nil {
		t.Fatal(err)
	}
	out := write(req, a.Events()...)
	for _, text := range []string{string(plain), out} {
		for _, want := range []string{
			`{"id":"ctc_9_0","type":"custom_tool_call","status":"completed","call_id":"c","name":"patch","input":"*** \"x\"\n"}`,
			`"call_id":"d","name":"patch","input":"no JSON"}`,
		} {
			if !strings.Contains(text, want) {
				t.Errorf("no %s in %s", want, text)
			}
		}
	}
	if c := (dialecttest.Responses{}).Stream([]byte(out)); len(c.Problems) > 0 || len(c.ToolCalls) != 2 {
		t.Errorf("got %+v", c)
	}
}

// TestCustomToolsGetTheirTextAsItGrows cuts arguments at every place.
func TestCustomToolsGetTheirTextAsItGrows(t *testing.T) {
	req := &dialect.Request{Tools: []dialect.Tool{{Name: "patch", Custom: true}}}
	for args, want := range map[string]string{
		`{"input":"a\\n\"\u00e9日\ud83d\ude00\ud83dx\\"}`: "a\\n\"é日😀\ufffdx\\",
		"{\n\"input\" : \"x\" , \"more\":1}":             "x",
		`{"input":""}`:                                   "",
		`{"input":"cut\u00`:                              "cut",
		"{\"input\":\"line\nline\"}":                     "line\nline",
		`{"other":1,"input":"x"}`:                        "x",
		`{"inputs":"x"}`:                                 `{"inputs":"x"}`,
		`{"input":{"a":1}}`:                              `{"input":{"a":1}}`,
		`bare`:                                           `bare`,
		``:                                               ``,
	} {
		for cut := range len(args) + 1 {
			out := write(req,
				dialect.Event{Kind: dialect.EventToolStart, CallID: "c", ToolName: "patch"},
				dialect.Event{Kind: dialect.EventToolArgs, Text: args[:cut]}, dialect.Event{Kind: dialect.EventToolArgs, Text: args[cut:]},
				dialect.Event{Kind: dialect.EventEnd},
			)
			if !utf8.ValidString(args[:cut]) {
				continue // a piece of JSON text is never cut inside a character
			}
			c := dialecttest.Responses{}.Stream([]byte(out))
			if len(c.Problems) > 0 || len(c.ToolCalls) != 1 || !dialecttest.SameJSON(c.ToolCalls[0].Args, jsonText(map[string]string{"input": want})) {
				t.Fatalf("%q cut at %d: %+v", args, cut, c)
			}
		}
	}
}

func TestAnImageIsWrittenAsAnImageCall(t *testing.T) {
	image := &dialect.Part{Kind: dialect.PartImage, Data: "QUJD", MIME: "image/webp"}
	out := write(nil, dialect.Event{Kind: dialect.EventMedia, Media: image}, dialect.Event{Kind: dialect.EventEnd})
	want := `{"id":"ig_9_0","type":"image_generation_call","status":"completed","result":"QUJD","output_format":"webp"}`
	if strings.Count(out, want) != 2 {
		t.Errorf("got %s", out)
	}
	var g dialect.Gatherer
	dec := responses.Outbound{}.Decoder(chat)
	for ev := range eventsOf(out) {
		events, err := dec.Event(nil, ev.name, ev.data)
		if err != nil {
			t.Fatal(err)
		}
		g.Add(events...)
	}
	if p := g.Answer().Choices[0].Parts; len(p) != 1 || p[0].Data != "QUJD" || p[0].MIME != "image/webp" {
		t.Errorf("read back %+v", p)
	}
}

func TestAnswerRepeatsTheRequest(t *testing.T) {
	body := []byte(`{"model":"route","input":"x","instructions":"be brief","metadata":{"k":"v"},"temperature":0.25,"store":false,"previous_response_id":"resp_0",
		"tools":[{"type":"web_search"}],"text":{"verbosity":"low"},"user":null}`)
	half, yes := 0.5, false
	req := &dialect.Request{
		Temperature: &half, MaxTokens: 9, ParallelTools: &yes, Effort: "low", User: "u", Choice: dialect.ToolChoice{Mode: "named", Name: "f"},
		Tools: []dialect.Tool{{Name: "f", Schema: json.RawMessage(`{}`)}, {Name: "g", Custom: true}}, Format: dialect.Format{Kind: "json"},
	}
	for _, row := range []struct {
		body []byte
		want []string
	}{
		{nil, []string{
			`"temperature":0.5`, `"max_output_tokens":9`, `"parallel_tool_calls":false`, `"effort":"low"`, `"user":"u"`, `"tool_choice":{"type":"function","name":"f"}`,
			`"tools":[{"type":"function","name":"f","description":null,"parameters":{},"strict":true},{"type":"custom","name":"g","format":{"type":"text"}}]`,
			`"text":{"format":{"type":"json_object"}}`, `"metadata":{}`, `"store":true`,
		}},
		{body, []string{
			`"instructions":"be brief"`, `"metadata":{"k":"v"}`, `"temperature":0.25`, `"store":false`, `"previous_response_id":"resp_0"`,
			`"tools":[{"type":"web_search"}]`, `"text":{"verbosity":"low"}`, `"user":"u"`, `"max_output_tokens":9`,
		}},
	} {
		out, err := responses.Inbound{}.Encoder(withBody(options(req), row.body)).Answer(nil, &dialect.Answer{})
		if err != nil {
			t.Fatal(err)
		}
		if c := (dialecttest.Responses{}).Plain(out); len(c.Problems) > 0 {
			t.Errorf("problems %q", c.Problems)
		}
		for _, want := range row.want {
			if !strings.Contains(string(out), ","+want) && !strings.Contains(string(out), "{"+want) {
				t.Errorf("no %s in %s", want, out)
			}
		}
	}
}

func TestAnswerDoesNotRepeatWhatTheUpstreamWasNotTold(t *testing.T) {
	body := []byte(`{"model":"route","input":"x","temperature":0.25,"top_p":0.5,"max_output_tokens":5,"max_tool_calls":3,"service_tier":"flex","top_logprobs":2,
		"truncation":"auto","parallel_tool_calls":false,"reasoning":{"effort":"minimal","summary":"auto"},"tool_choice":"required","metadata":{"k":"v"},
		"text":{"format":{"type":"json_schema","name":"s","schema":{"type":"object"}},"verbosity":"low"},
		"tools":[{"type":"function","name":"f","parameters":{},"strict":true},{"type":"web_search"}]}`)
	req, err := responses.Inbound{}.Decode(chat, body)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		dropped []string
		want    []string
	}{
		{nil, []string{
			`"temperature":0.25`, `"top_p":0.5`, `"max_output_tokens":5`, `"max_tool_calls":3`, `"service_tier":"flex"`, `"top_logprobs":2`, `"truncation":"auto"`,
			`"parallel_tool_calls":false`, `"reasoning":{"effort":"minimal","summary":"auto"}`, `"tool_choice":"required"`, `"verbosity":"low"`, `{"type":"web_search"}`,
		}},
		{
			[]string{
				"temperature", "top_p", "max_tokens (raised to 16)", "max_tool_calls", "service_tier", "top_logprobs", "truncation", "parallel_tool_calls",
				"reasoning_effort (low for minimal)", "tool_choice", "text.verbosity", "response_format", "tools[1] (web_search)", "tools[].strict", "messages[].name",
			},
			[]string{
				`"temperature":1,`, `"top_p":1,`, `"max_output_tokens":16`, `"max_tool_calls":null`, `"service_tier":"default"`, `"top_logprobs":0`, `"truncation":"disabled"`,
				`"parallel_tool_calls":true`, `"reasoning":{"effort":"low","summary":"auto"}`, `"tool_choice":"auto"`, `"text":{"format":{"type":"text"}}`,
				`"tools":[{"type":"function","name":"f","description":null,"parameters":{},"strict":false}]`, `"metadata":{"k":"v"}`,
			},
		},
		{[]string{"response_format (pattern)", "max_tokens", "reasoning_effort"}, []string{
			`"text":{"format":{"type":"json_schema","name":"s","schema":{"type":"object"}},"verbosity":"low"}`, `"max_output_tokens":null`, `"reasoning":{"effort":null,"summary":"auto"}`,
		}},
	} {
		opts := withBody(options(req), body)
		opts.Dropped = row.dropped
		out, err := responses.Inbound{}.Encoder(opts).Answer(nil, &dialect.Answer{})
		if err != nil || !json.Valid(out) {
			t.Fatalf("%v %s", err, out)
		}
		for _, want := range row.want {
			if !strings.Contains(string(out), want) {
				t.Errorf("without %q: no %s in %s", row.dropped, want, out)
			}
		}
	}
}

// TestProofsSurviveTheCaller sends an answer that other vendors signed to a
// caller, who sends its items back as they are.
func TestProofsSurviveTheCaller(t *testing.T) {
	parts := []dialect.Part{
		{Kind: dialect.PartReasoning, Text: "hm", Signature: "sig.1", Signer: dialect.SignerAnthropic},
		{Kind: dialect.PartReasoning, Data: "secret", Signer: dialect.SignerAnthropic},
		{Kind: dialect.PartReasoning, Signature: "bare", Signer: dialect.SignerAnthropic},
		{Kind: dialect.PartReasoning, ID: "rs_up", Text: "so", Signature: "enc", Signer: dialect.SignerOpenAI},
		{Kind: dialect.PartReasoning, ID: "rs_up2", Data: "enc2", Signer: dialect.SignerOpenAI},
		{Kind: dialect.PartText, Text: "well", Signature: "st", Signer: dialect.SignerGemini},
		{Kind: dialect.PartToolCall, Call: &dialect.ToolCall{ID: "c.1", Name: "f", Args: "{}"}, Signature: "sc", Signer: dialect.SignerGemini},
		{Kind: dialect.PartToolCall, Call: &dialect.ToolCall{ID: "c2", Name: "f", Args: "{}"}},
	}
	a := &dialect.Answer{ID: "resp_1", Created: 1, Choices: []dialect.Choice{{Parts: parts, Finish: dialect.FinishTools}}}
	plain, err := responses.Inbound{}.Encoder(options(nil)).Answer(nil, a)
	if err != nil {
		t.Fatal(err)
	}
	stream := write(nil, a.Events()...)
	if c := (dialecttest.Responses{}).Stream([]byte(stream)); len(c.Problems) > 0 {
		t.Errorf("problems %q", c.Problems)
	}
	whole, ok := responses.Inbound{}.StoredAnswer([]byte(stream))
	if !ok || string(whole) != string(plain) {
		t.Errorf("streamed %s\nplain    %s", whole, plain)
	}
	history, err := responses.Inbound{}.History([]byte(`{"input":"hi"}`), plain)
	if err != nil {
		t.Fatal(err)
	}
	body := `{"model":"m","input":` + string(history) + `}`
	r, err := responses.Inbound{}.Decode(chat, []byte(body))
	if err != nil || len(r.Messages) != 2 || len(r.Unmapped) > 0 {
		t.Fatalf("got %+v, %v", r, err)
	}
	got := r.Messages[1].Parts
	for i := range got {
		if got[i].Signer != dialect.SignerOpenAI {
			got[i].ID = "" // one of ours
		}
	}
	want := slices.Clone(parts)
	for i := range want[:3] {
		want[i].Sealed = true // another vendor's, and of this conversation
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	// On the way to OpenAI itself only its own proofs are left.
	wire, err := responses.Outbound{}.Adapt(chat, []byte(body), dialect.Target{Model: "m"}, false)
	if err != nil || strings.Contains(string(wire.Body), "headwater") || strings.Count(string(wire.Body), `"type":"reasoning"`) != 2 {
		t.Errorf("adapted %s, %v", wire.Body, err)
	}
}

// TestStreamsOfEveryKindAreRead feeds events without their framing.
func TestStreamsOfEveryKindAreRead(t *testing.T) {
	done := func(output string) string {
		return `{"type":"response.completed","response":{"id":"resp_1","model":"up","created_at":3,"status":"completed","output":[` + output + `],"usage":{"input_tokens":4,"output_tokens":2}}}`
	}
	message := `{"id":"m","type":"message","content":[{"type":"output_text","text":"ab","annotations":[{"type":"url_citation","url":"https://x.test"}]},{"type":"refusal","refusal":"no"}]}`
	call := `{"id":"fc","type":"function_call","call_id":"c","name":"f","arguments":"{\"a\":1}"}`
	custom := `{"id":"ct","type":"custom_tool_call","call_id":"d","name":"g","input":"x\"y"}`
	for _, row := range []struct {
		name   string
		events []string
		text, reasoning,
		finish string
		calls []dialecttest.Call
	}{
		{"nothing but the end", []string{done(message + "," + call)}, "ab", "", "tool_calls", []dialecttest.Call{{ID: "c", Name: "f", Args: `{"a":1}`}}},
		{"deltas, then the end", []string{
			`{"type":"response.created","response":{"id":"resp_1","model":"up"}}`,
			`{"type":"response.output_item.added","output_index":0,"item":{"id":"m","type":"message","content":[]}}`,
			`{"type":"response.output_text.delta","output_index":0,"item_id":"m","content_index":0,"delta":"a"}`,
			`{"type":"response.output_text.delta","output_index":0,"item_id":"m","content_index":0,"delta":"b"}`,
			`{"type":"response.refusal.delta","output_index":0,"item_id":"m","content_index":1,"delta":"no"}`, done(message), `[DONE]`,
		}, "ab", "", "stop", nil},
		{"deltas without an announcement", []string{`{"type":"response.output_text.delta","delta":"ab"}`, done(`{"type":"message","content":"ab"}`)}, "ab", "", "stop", nil},
		{"ids that change with each event", []string{
			`{"type":"response.output_item.added","output_index":1,"item":{"id":"x1","type":"message"}}`,
			`{"type":"response.output_text.delta","output_index":1,"item_id":"x2","delta":"ab"}`,
			`{"type":"response.output_item.done","output_index":1,"item":{"id":"x3","type":"message","content":[{"type":"output_text","text":"ab"}]}}`,
			done(`{"id":"x4","type":"reasoning","summary":[]},{"id":"x5","type":"message","content":[{"type":"output_text","text":"ab"}]}`),
		}, "ab", "", "stop", nil},
		{"arguments before the name", []string{
			`{"type":"response.function_call_arguments.delta","output_index":0,"delta":"{\"a\""}`,
			`{"type":"response.function_call_arguments.delta","output_index":0,"delta":":1}"}`,
			`{"type":"response.output_item.done","output_index":0,"item":` + call + `}`, done(call),
		}, "", "", "tool_calls", []dialecttest.Call{{ID: "c", Name: "f", Args: `{"a":1}`}}},
		{"a custom call in pieces", []string{
			`{"type":"response.output_item.added","output_index":0,"item":{"id":"ct","type":"custom_tool_call","call_id":"d","name":"g","input":""}}`,
			`{"type":"response.custom_tool_call_input.delta","output_index":0,"item_id":"ct","delta":"x"}`,
			`{"type":"response.custom_tool_call_input.delta","output_index":0,"item_id":"ct","delta":"\"y"}`, done(custom),
		}, "", "", "tool_calls", []dialecttest.Call{{ID: "d", Name: "g", Args: `{"input":"x\"y"}`}}},
		{"a custom call at once", []string{done(custom)}, "", "", "tool_calls", []dialecttest.Call{{ID: "d", Name: "g", Args: `{"input":"x\"y"}`}}},
		{"calls that the end forgets", []string{
			`{"type":"response.output_item.added","output_index":0,"item":{"id":"fc","type":"function_call","call_id":"c","name":"f"}}`,
			`{"type":"response.output_item.added","output_index":1,"item":{"id":"ct","type":"custom_tool_call","call_id":"d","name":"g"}}`, done(""),
		}, "", "", "tool_calls", []dialecttest.Call{{ID: "c", Name: "f", Args: `{}`}, {ID: "d", Name: "g", Args: `{"input":""}`}}},
		{"a summary of two parts", []string{
			`{"type":"response.reasoning_summary_text.delta","output_index":0,"item_id":"rs","summary_index":0,"delta":"h"}`,
			`{"type":"response.reasoning_summary_text.delta","output_index":0,"item_id":"rs","summary_index":1,"delta":"m"}`,
			done(`{"id":"rs","type":"reasoning","summary":[{"type":"summary_text","text":"h"},{"type":"summary_text","text":"m"}]}`),
		}, "", "h\n\nm", "stop", nil},
		{"reasoning in the open", []string{`{"type":"response.reasoning_text.delta","delta":"hm"}`, `{"type":"keepalive"}`, `{"type":"response.brand_new","x":1}`, done("")}, "", "hm", "stop", nil},
		{
			"an incomplete end",
			[]string{`{"type":"response.incomplete","response":{"status":"incomplete","incomplete_details":{"reason":"max_output_tokens"},"output":[` + call + `]}}`},
			"", "", "length",
			[]dialecttest.Call{{ID: "c", Name: "f", Args: `{"a":1}`}},
		},
		{"a filtered end", []string{`{"type":"response.incomplete","response":{"incomplete_details":{"reason":"content_filter"},"output":[]}}`}, "", "", "content_filter", nil},
		{"a search that xAI ran", []string{done(`{"type":"custom_tool_call","call_id":"xs_call_1","name":"x_search","input":"q"}`)}, "", "", "stop", nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			stream := "data: " + strings.Join(row.events, "\n\ndata: ") + "\n\n"
			for _, size := range []int{1 << 20, 1} {
				a, err := gather(responses.Outbound{}.Decoder(chat), stream, size)
				if err != nil {
					t.Fatal(err)
				}
				c := neutralClient(a)
				if c.Text != row.text || c.Reasoning != row.reasoning || c.Finish != row.finish || !reflect.DeepEqual(c.ToolCalls, row.calls) {
					t.Fatalf("got %+v", c)
				}
			}
		})
	}
}

func TestFaultsAreSeen(t *testing.T) {
	for _, row := range []struct {
		name, event string
		want        dialect.Fault
	}{
		{
			"an error event", `{"type":"error","sequence_number":2,"error":{"type":"insufficient_quota","code":"insufficient_quota","message":"m"}}`,
			dialect.Fault{Detail: dialect.ErrorDetail{Status: 429, Type: "insufficient_quota", Code: "insufficient_quota", Message: "m", Reason: dialect.ReasonQuota}},
		},
		{
			"a flat error event", `{"type":"error","code":"rate_limit_exceeded","message":"m","param":null,"sequence_number":2}`,
			dialect.Fault{Detail: dialect.ErrorDetail{Status: 429, Code: "rate_limit_exceeded", Message: "m", Reason: dialect.ReasonRate}},
		},
		{
			"a failed answer", `{"type":"response.failed","response":{"status":"failed","error":{"code":"server_error","message":"m"},"output":[]}}`,
			dialect.Fault{Detail: dialect.ErrorDetail{Status: 500, Code: "server_error", Message: "m"}},
		},
		{
			"an error without a type", `{"error":{"message":"m","code":503}}`,
			dialect.Fault{Detail: dialect.ErrorDetail{Status: 503, Code: "503", Message: "m", Reason: dialect.ReasonOverloaded}},
		},
		{"another dialect", `{"object":"chat.completion.chunk","choices":[]}`, dialect.Fault{Malformed: true, Detail: dialect.ErrorDetail{Message: "an event has no type"}}},
	} {
		_, err := responses.Outbound{}.Decoder(chat).Event(nil, "", []byte(row.event))
		fault, ok := errors.AsType[*dialect.Fault](err)
		if !ok || *fault != row.want {
			t.Errorf("%s: decoded %+v", row.name, err)
		}
		_, err = responses.Outbound{}.Watcher(chat).Event("", []byte(row.event))
		if fault, ok := errors.AsType[*dialect.Fault](err); !ok || *fault != row.want {
			t.Errorf("%s: watched %+v", row.name, err)
		}
	}
	for _, body := range []string{`{"object":"response","status":"failed","error":{"code":"server_error","message":"m"},"output":[]}`, `{"error":{"message":"m"}}`, `{"status":"failed","output":[]}`} {
		_, err := responses.Outbound{}.Decoder(chat).Answer([]byte(body))
		fault, ok := errors.AsType[*dialect.Fault](err)
		_, watched := responses.Outbound{}.Watcher(chat).Answer([]byte(body))
		if seen, also := errors.AsType[*dialect.Fault](watched); !ok || !also || fault.Malformed || seen.Malformed {
			t.Errorf("%s: %v, %v", body, err, watched)
		}
	}
	for _, body := range []string{`{"choices":[]}`, `[]`, ``, `{"output":4}`} {
		_, err := responses.Outbound{}.Decoder(chat).Answer([]byte(body))
		if fault, ok := errors.AsType[*dialect.Fault](err); !ok || !fault.Malformed {
			t.Errorf("%s: %v", body, err)
		}
	}
	_, cut := gather(responses.Outbound{}.Decoder(chat), "data: {\"type\":\"response.output_text.delta\",\"delta\":\"a\"}\n\ndata: [DONE]\n\n", 9)
	if fault, ok := errors.AsType[*dialect.Fault](cut); !ok || !fault.Truncated {
		t.Errorf("a cut stream: %v", cut)
	}
	if fault, ok := errors.AsType[*dialect.Fault](responses.Outbound{}.Watcher(chat).Finish()); !ok || !fault.Truncated {
		t.Error("the watcher took a cut stream for whole")
	}
}

func TestAFailedAnswerStillCostsItsTokens(t *testing.T) {
	event := []byte(`{"type":"response.failed","response":{"status":"failed","error":{"code":"server_error","message":"m"},"output":[],"usage":{"input_tokens":4,"output_tokens":2}}}`)
	events, err := responses.Outbound{}.Decoder(chat).Event(nil, "", event)
	if last := events[len(events)-1]; err == nil || last.Usage == nil || last.Usage.In != 4 {
		t.Errorf("got %+v, %v", events, err)
	}
	if sign, err := (responses.Outbound{}).Watcher(chat).Event("", event); err == nil || sign.Usage == nil {
		t.Errorf("got %+v, %v", sign, err)
	}
}

func TestWatcherOfAKeptAnswer(t *testing.T) {
	op := dialect.Operation{Endpoint: dialect.EndpointStored}
	for body, ok := range map[string]bool{
		`{"id":"resp_1","object":"response","deleted":true}`:                                         true,
		`{"object":"list","data":[]}`:                                                                true,
		`{"object":"response","status":"failed","error":{"message":"m"},"usage":{"input_tokens":1}}`: true,
		`{"error":{"message":"m"}}`:                                                                  false,
		`[]`:                                                                                         false,
	} {
		sign, err := responses.Outbound{}.Watcher(op).Answer([]byte(body))
		if (err == nil) != ok || sign.Usage != nil {
			t.Errorf("%s: %+v, %v", body, sign, err)
		}
	}
}

// withBody adds the request as it was sent.
func withBody(opts dialect.EncodeOptions, body []byte) dialect.EncodeOptions {
	opts.Body = body
	return opts
}
