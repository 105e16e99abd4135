package responses_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/responses"
)

var chat = dialect.Operation{Endpoint: dialect.EndpointChat}

func TestMatch(t *testing.T) {
	op, ok := responses.Inbound{}.Match(dialect.Ask{Method: "DELETE", Path: "/v1/responses/resp_1"})
	if !ok || op.Name != "delete" || op.ID != "resp_1" || op.Allow != "GET, DELETE" {
		t.Errorf("got %+v, %v", op, ok)
	}
	for _, row := range []struct {
		path, query string
		ours        bool
		want        dialect.Operation
	}{
		{"/v1/responses", "", true, dialect.Operation{Endpoint: dialect.EndpointChat, Allow: "POST"}},
		{"/v1/responses/input_tokens", "", true, dialect.Operation{Endpoint: dialect.EndpointCount, Allow: "POST"}},
		{"/v1/responses/resp_1", "", true, dialect.Operation{Endpoint: dialect.EndpointStored, Allow: "GET, DELETE", ID: "resp_1"}},
		{"/v1/responses/resp_1", "a=b&stream=true", true, dialect.Operation{Endpoint: dialect.EndpointStored, Allow: "GET, DELETE", ID: "resp_1", Stream: true}},
		{"/v1/responses/resp%2F1/cancel", "", true, dialect.Operation{Endpoint: dialect.EndpointStored, Allow: "POST", ID: "resp/1", Name: "cancel"}},
		{"/v1/responses/resp_1/input_items", "", true, dialect.Operation{Endpoint: dialect.EndpointStored, Allow: "GET", ID: "resp_1", Name: "input_items"}},
		{"/v1/responses/resp_1/other", "", true, dialect.Operation{}},
		{"/v1/responses/compact", "", true, dialect.Operation{}},
		{"/v1/responses/input_tokens/x", "", true, dialect.Operation{}},
		{"/v1/responses/", "", true, dialect.Operation{}},
		{"/v1/responsesx", "", false, dialect.Operation{}},
		{"/v1/chat/completions", "", false, dialect.Operation{}},
		{"/v1/models", "", false, dialect.Operation{}},
	} {
		op, ok := responses.Inbound{}.Match(dialect.Ask{Path: row.path, Query: row.query})
		if ok != row.ours || op.Endpoint != row.want.Endpoint || op.Allow != row.want.Allow || op.ID != row.want.ID ||
			op.Name != row.want.Name || op.Stream != row.want.Stream {
			t.Errorf("%s?%s: got %+v, %v", row.path, row.query, op, ok)
		}
	}
}

func TestPeek(t *testing.T) {
	for _, row := range []struct {
		name, body string
		op         dialect.Operation
		want       dialect.Peek
		code       hw.Code
		field      string
	}{
		{"plain", `{"model":"a","input":"x"}`, chat, dialect.Peek{Model: "a", StreamUsage: true}, "", ""},
		{"stream", `{"stream":true,"model":"a"}`, chat, dialect.Peek{Model: "a", Stream: true, StreamUsage: true}, "", ""},
		{"null stream", `{"stream":null,"model":"a"}`, chat, dialect.Peek{Model: "a", StreamUsage: true}, "", ""},
		{"a count is no stream", `{"stream":true,"model":"a"}`, dialect.Operation{Endpoint: dialect.EndpointCount}, dialect.Peek{Model: "a", StreamUsage: true}, "", ""},
		{"a kept answer has no body", ``, dialect.Operation{Endpoint: dialect.EndpointStored, Stream: true}, dialect.Peek{Stream: true, StreamUsage: true}, "", ""},
		{"no model", `{"input":"x"}`, chat, dialect.Peek{}, hw.CodeBadRequest, "model"},
		{"stream of another type", `{"model":"a","stream":1}`, chat, dialect.Peek{}, hw.CodeBadRequest, "stream"},
		{"model twice", `{"model":"a","model":"b"}`, chat, dialect.Peek{}, hw.CodeBadJSON, "model"},
		{"model in another case", `{"model":"a","Model":"b"}`, chat, dialect.Peek{}, hw.CodeBadJSON, "model"},
		{"a list", `[]`, chat, dialect.Peek{}, hw.CodeBadJSON, ""},
		{"cut", `{"model":"a"`, chat, dialect.Peek{}, hw.CodeBadJSON, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			p, err := responses.Inbound{}.Peek(row.op, []byte(row.body))
			if err != nil || row.code != "" {
				if e := hw.AsError(err); err == nil || e.Code != row.code || e.Field != row.field {
					t.Fatalf("got %v, want %s at %q", err, row.code, row.field)
				}
				return
			}
			if p != row.want {
				t.Fatalf("got %+v", p)
			}
		})
	}
}

func TestDecodeReadsEveryHardCase(t *testing.T) {
	body := `{"model":"m","stream":true,"instructions":"be brief","max_output_tokens":7,"temperature":0.5,"top_p":0.9,
	"parallel_tool_calls":false,"user":"u","store":true,"metadata":{"a":"b"},"truncation":"disabled","include":["reasoning.encrypted_content"],
	"prompt_cache_key":"k","service_tier":"flex","top_logprobs":2,"max_tool_calls":3,"background":false,
	"reasoning":{"effort":"low","summary":"auto"},
	"text":{"format":{"type":"json_schema","name":"s","schema":{"type":"object"},"strict":true},"verbosity":"low"},
	"tools":[{"type":"function","name":"f","description":"d","parameters":{"type":"object"},"strict":true},{"type":"web_search"},
	  {"type":"custom","name":"patch","format":{"type":"grammar","syntax":"lark","definition":"start: /x/"}},{"type":"custom","name":"free","format":{"type":"text"}}],
	"tool_choice":{"type":"custom","name":"patch"},
	"input":[
	 {"role":"developer","content":"rules"},
	 {"type":"message","role":"user","content":[{"type":"input_text","text":"see"},{"type":"input_image","image_url":"data:image/png;base64,QUJD","detail":"low"},
	   {"type":"input_image","image_url":"https://x.test/a.png"},{"type":"input_file","file_data":"data:application/pdf;base64,UERG","filename":"a.pdf"},
	   {"type":"input_file","file_url":"https://x.test/b.pdf"},{"type":"input_audio","input_audio":{"data":"QUJD","format":"wav"}}]},
	 {"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"hm"},{"type":"summary_text","text":"so"}],"encrypted_content":"enc"},
	 {"type":"reasoning","id":"rs_2","summary":[],"encrypted_content":"enc2"},
	 {"type":"reasoning","id":"rs_3","summary":[]},
	 {"type":"message","role":"assistant","id":"msg_1","content":[{"type":"output_text","text":"ok","annotations":[{"type":"url_citation","url":"https://y.test","title":"Y","start_index":0,"end_index":2}]},{"type":"refusal","refusal":"no"}]},
	 {"type":"web_search_call","id":"ws_1"},
	 {"type":"function_call","id":"fc_1","call_id":"c1","name":"f","arguments":""},
	 {"type":"custom_tool_call","id":"ctc_1","call_id":"c2","name":"patch","input":"a \"b\""},
	 {"type":"function_call_output","call_id":"c1","output":[{"type":"input_text","text":"one"},{"type":"input_image","image_url":"data:image/png;base64,QUJD"}]},
	 {"type":"custom_tool_call_output","call_id":"c2","output":"two"},
	 {"type":"web_search_call","id":"ws_2"}
	]}`
	r, err := responses.Inbound{}.Decode(chat, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"input[] (web_search_call)", "tools[1] (web_search)", "text.verbosity", "service_tier", "top_logprobs", "max_tool_calls"}
	if !slices.Equal(r.Unmapped, want) {
		t.Errorf("unmapped %q, want %q", r.Unmapped, want)
	}
	if r.MaxTokens != 7 || *r.Temperature != 0.5 || *r.TopP != 0.9 || *r.ParallelTools || r.User != "u" || r.Effort != "low" || !*r.ShowThoughts || !r.Stream || !r.StreamUsage {
		t.Errorf("got %+v", r)
	}
	if r.Format.Kind != "schema" || !*r.Format.Strict || r.Choice != (dialect.ToolChoice{Mode: "named", Name: "patch"}) {
		t.Errorf("got %+v %+v", r.Format, r.Choice)
	}
	if x := r.Tools; len(x) != 3 || !x[1].Custom || string(x[1].Schema) != dialect.CustomSchema || !strings.Contains(string(x[1].Grammar), "lark") || x[2].Grammar != nil {
		t.Errorf("tools %+v", x)
	}
	m := r.Messages
	if len(m) != 6 || m[0].Parts[0].Text != "be brief" || m[1].Role != dialect.RoleSystem {
		t.Fatalf("messages %+v", m)
	}
	if p := m[2].Parts; p[1].Data != "QUJD" || p[1].Detail != "low" || p[2].URL != "https://x.test/a.png" || p[3].MIME != "application/pdf" || p[4].URL == "" || p[5].MIME != "audio/wav" {
		t.Errorf("user %+v", p)
	}
	p := m[3].Parts
	if len(p) != 6 || p[0].Text != "hm\n\nso" || p[0].Signature != "enc" || p[0].Signer != dialect.SignerOpenAI || p[0].ID != "rs_1" || p[1].Data != "enc2" || p[1].Text != "" {
		t.Errorf("reasoning %+v", p)
	}
	if p[2].Citations[0] != (dialect.Citation{URL: "https://y.test", Title: "Y", End: 2}) || p[3].Kind != dialect.PartRefusal {
		t.Errorf("text %+v", p[2:4])
	}
	if p[4].Call.Args != "{}" || !p[5].Call.Custom || p[5].Call.Args != `{"input":"a \"b\""}` {
		t.Errorf("calls %+v %+v", p[4].Call, p[5].Call)
	}
	if x := m[4].Parts[0]; x.Text != "one" || len(x.Media) != 1 || x.CallID != "c1" || m[5].Parts[0].Text != "two" {
		t.Errorf("results %+v %+v", m[4], m[5])
	}
}

func TestDecodeIsQuietAboutWhatAsksForNothing(t *testing.T) {
	r, err := responses.Inbound{}.Decode(chat, []byte(`{"model":"m","input":"hi","store":false,"metadata":{},"truncation":"disabled","include":null,
		"service_tier":"auto","top_logprobs":0,"background":false,"previous_response_id":null,"conversation":null,"prompt":null,"max_tool_calls":null,
		"text":{"format":{"type":"text"},"verbosity":"medium"},"stream_options":{"include_obfuscation":false},"tools":[],"unheard_of":false,
		"client_metadata":{"agent":"x"},"safety_identifier":"s","prompt_cache_key":"k","reasoning":{"effort":"low","context":"all_turns"}}`))
	if err != nil || len(r.Unmapped) != 0 {
		t.Fatalf("got %q, %v", r.Unmapped, err)
	}
}

func TestDecodeLeavesTheAllowedTools(t *testing.T) {
	r, err := responses.Inbound{}.Decode(chat, []byte(`{"model":"m","input":"hi","tools":[{"type":"function","name":"a"},{"type":"function","name":"b"}],
		"tool_choice":{"type":"allowed_tools","mode":"required","tools":[{"type":"function","name":"b"}]}}`))
	if err != nil || len(r.Tools) != 1 || r.Tools[0].Name != "b" || r.Choice.Mode != "required" {
		t.Fatalf("got %+v, %v", r, err)
	}
}

func TestDecodeNamesTheOffendingField(t *testing.T) {
	input := func(item string) string { return `{"model":"m","input":[` + item + `]}` }
	with := func(field string) string { return `{"model":"m","input":"x",` + field + `}` }
	for _, row := range []struct {
		body, field string
		code        hw.Code
	}{
		{`{"model":"m"}`, "input", hw.CodeBadRequest},
		{`{"model":"m","input":[]}`, "input", hw.CodeBadRequest},
		{`{"model":"m","input":4}`, "input", hw.CodeBadRequest},
		{`{"input":"x"}`, "model", hw.CodeBadRequest},
		{`{"model":"m","input":"x"`, "", hw.CodeBadJSON},
		{`{"model":"m","input":"x","input":"y"}`, "input", hw.CodeBadJSON},
		{input(`"x"`), "input[0]", hw.CodeBadRequest},
		{input(`{"role":"king","content":"x"}`), "input[0].role", hw.CodeBadRequest},
		{input(`{"role":"user","content":4}`), "input[0].content", hw.CodeBadRequest},
		{input(`{"role":"user","content":[{"type":"input_video"}]}`), "input[0].content[0].type", hw.CodeUnsupported},
		{input(`{"role":"user","content":[{"type":"input_image","file_id":"f"}]}`), "input[0].content[0].file_id", hw.CodeUnsupported},
		{input(`{"role":"user","content":[{"type":"input_image"}]}`), "input[0].content[0].image_url", hw.CodeBadRequest},
		{input(`{"role":"user","content":[{"type":"input_image","image_url":"data:image/png,x"}]}`), "input[0].content[0].image_url", hw.CodeBadRequest},
		{input(`{"role":"user","content":[{"type":"input_file","file_id":"f"}]}`), "input[0].content[0].file_id", hw.CodeUnsupported},
		{input(`{"role":"user","content":[{"type":"input_file"}]}`), "input[0].content[0].file_data", hw.CodeBadRequest},
		{input(`{"role":"user","content":[{"type":"input_audio"}]}`), "input[0].content[0].input_audio.data", hw.CodeBadRequest},
		{input(`{"type":"item_reference","id":"msg_1"}`), "input[0]", hw.CodeUnsupported},
		{input(`{"type":"function_call","call_id":"c"}`), "input[0].name", hw.CodeBadRequest},
		{input(`{"type":"function_call","name":"f"}`), "input[0].call_id", hw.CodeBadRequest},
		{input(`{"type":"function_call_output","output":"x"}`), "input[0].call_id", hw.CodeBadRequest},
		{input(`{"type":"function_call_output","call_id":"c","output":[{"type":"input_file","file_id":"f"}]}`), "input[0].output[0].file_id", hw.CodeUnsupported},
		{with(`"previous_response_id":"resp_1"`), "previous_response_id", hw.CodeUnsupported},
		{with(`"background":true`), "background", hw.CodeUnsupported},
		{with(`"prompt":{"id":"p"}`), "prompt", hw.CodeUnsupported},
		{with(`"conversation":"conv_1"`), "conversation", hw.CodeUnsupported},
		{with(`"instructions":4`), "instructions", hw.CodeBadRequest},
		{with(`"max_output_tokens":"many"`), "max_output_tokens", hw.CodeBadRequest},
		{with(`"max_output_tokens":-1`), "max_output_tokens", hw.CodeBadRequest},
		{with(`"max_output_tokens":0`), "max_output_tokens", hw.CodeBadRequest},
		{with(`"metadata":5`), "metadata", hw.CodeBadRequest},
		{with(`"metadata":[]`), "metadata", hw.CodeBadRequest},
		{with(`"metadata":"a"`), "metadata", hw.CodeBadRequest},
		{with(`"store":"yes"`), "store", hw.CodeBadRequest},
		{with(`"service_tier":1`), "service_tier", hw.CodeBadRequest},
		{with(`"prompt_cache_key":1`), "prompt_cache_key", hw.CodeBadRequest},
		{with(`"stream_options":"x"`), "stream_options", hw.CodeBadRequest},
		{with(`"stream":"yes"`), "stream", hw.CodeBadRequest},
		{with(`"tools":{}`), "tools", hw.CodeBadRequest},
		{with(`"tools":[4]`), "tools[0].type", hw.CodeBadRequest},
		{with(`"tools":[{"type":"function"}]`), "tools[0].name", hw.CodeBadRequest},
		{with(`"tool_choice":"perhaps"`), "tool_choice", hw.CodeBadRequest},
		{with(`"tool_choice":{"type":"function"}`), "tool_choice.name", hw.CodeBadRequest},
		{with(`"tool_choice":{"type":"allowed_tools","mode":"auto","tools":[{"type":"function","name":"z"}]}`), "tool_choice.tools", hw.CodeBadRequest},
		{with(`"text":"json"`), "text", hw.CodeBadRequest},
		{with(`"text":{"format":{"type":"json_schema","name":"n"}}`), "text.format.schema", hw.CodeBadRequest},
		{with(`"text":{"format":{"type":"xml"}}`), "text.format.type", hw.CodeBadRequest},
		{with(`"reasoning":"high"`), "reasoning", hw.CodeBadRequest},
		{with(`"include":"all"`), "include", hw.CodeBadRequest},
	} {
		_, err := responses.Inbound{}.Decode(chat, []byte(row.body))
		if e := hw.AsError(err); err == nil || e.Field != row.field || e.Code != row.code {
			t.Errorf("%s: got %v, want %s at %s", row.body, err, row.code, row.field)
		}
	}
}

func TestEncode(t *testing.T) {
	body := `{"model":"m","instructions":"be brief","input":[` +
		`{"type":"message","role":"user","content":[{"type":"input_text","text":"hi"},{"type":"input_image","image_url":"data:image/png;base64,QUJD","detail":"low"}]},` +
		`{"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"hm"}],"encrypted_content":"enc"},` +
		`{"type":"message","role":"assistant","content":[{"type":"output_text","text":"wait"}]},` +
		`{"type":"function_call","id":"fc_1","call_id":"c1","name":"f","arguments":"{\"a\":1}"},` +
		`{"type":"custom_tool_call","id":"ctc_1","call_id":"c2","name":"patch","input":"a \"b\""},` +
		`{"type":"function_call_output","call_id":"c1","output":"r"},` +
		`{"type":"custom_tool_call_output","call_id":"c2","output":[{"type":"input_text","text":"see"},{"type":"input_file","filename":"a.pdf","file_data":"data:application/pdf;base64,UERG"}]},` +
		`{"type":"message","role":"system","content":[{"type":"input_text","text":"later rule"}]},` +
		`{"type":"message","role":"user","content":[{"type":"input_text","text":"go"}]}],` +
		`"stream":true,"tools":[{"type":"function","name":"f","description":"d","parameters":{"type":"object"},"strict":true},` +
		`{"type":"custom","name":"patch","format":{"type":"grammar","syntax":"lark","definition":"x"}}],` +
		`"tool_choice":{"type":"custom","name":"patch"},"parallel_tool_calls":true,"max_output_tokens":99,"temperature":0.5,` +
		`"text":{"format":{"type":"json_schema","name":"s","schema":{"type":"object"},"strict":true}},"user":"u","store":false}`
	r, err := responses.Inbound{}.Decode(chat, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	wire, err := responses.Outbound{}.Encode(r, dialect.Target{Model: "m"})
	if err != nil || string(wire.Body) != body || wire.Path != "/responses" || len(wire.Dropped) != 0 {
		t.Fatalf("got  %s %q, %v\nwant %s", wire.Body, wire.Dropped, err, body)
	}
}

func text(role, s string) dialect.Message {
	return dialect.Message{Role: role, Parts: []dialect.Part{{Kind: dialect.PartText, Text: s}}}
}

func TestEncodeNamesWhatItDrops(t *testing.T) {
	k, seed, half := 3, int64(4), 0.5
	yes := true
	r := &dialect.Request{
		Endpoint: dialect.EndpointChat, Unmapped: []string{"logit_bias"}, MaxTokens: 1, TopK: &k, Seed: &seed, Stop: []string{"x"}, PresencePenalty: &half,
		FrequencyPenalty: &half, Count: 2, Temperature: &half, TopP: &half, Effort: "low", ShowThoughts: &yes, Choice: dialect.ToolChoice{Mode: "auto"},
		Messages: []dialect.Message{
			text(dialect.RoleSystem, "one"), text(dialect.RoleSystem, "two"),
			{Role: dialect.RoleUser, Name: "ann", Parts: []dialect.Part{{Kind: dialect.PartText, Text: "hi"}}},
			{Role: dialect.RoleAssistant, Parts: []dialect.Part{
				{Kind: dialect.PartReasoning, Text: "t", Signature: "s", Signer: dialect.SignerAnthropic},
				{Kind: dialect.PartToolCall, Call: &dialect.ToolCall{ID: "lost", Name: "f", Args: "{}"}},
				{Kind: dialect.PartToolCall, Call: &dialect.ToolCall{ID: strings.Repeat("x", 65), Name: "f", Args: "{}"}},
			}},
			{Role: dialect.RoleTool, Parts: []dialect.Part{
				{Kind: dialect.PartToolResult, CallID: "nobody", Text: "?"},
				{Kind: dialect.PartToolResult, CallID: strings.Repeat("x", 65), Text: "!", IsError: true},
			}},
			{Role: dialect.RoleAssistant, Parts: []dialect.Part{{Kind: dialect.PartReasoning, ID: "rs_1", Data: "enc", Signer: dialect.SignerOpenAI}}},
		},
	}
	wire, err := responses.Outbound{}.Encode(r, dialect.Target{Model: "gpt-5"})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"logit_bias", "max_tokens (raised to 16)", "top_k", "stop", "seed", "presence_penalty", "frequency_penalty", "n", "temperature", "top_p",
		"messages[].name", "messages[].reasoning_content (unsigned)", "messages (a tool call without its result)",
		"messages (a tool result without its call)", "messages[].content[].is_error", "messages[].reasoning_content (without an answer)",
	}
	if !slices.Equal(wire.Dropped, want) {
		t.Errorf("dropped %q\nwant    %q", wire.Dropped, want)
	}
	const id = "call_9537c5fdf120482f7d58d25e"
	body := `{"model":"gpt-5","instructions":"one\n\ntwo","input":[{"type":"message","role":"user","content":[{"type":"input_text","text":"hi"}]},` +
		`{"type":"function_call","call_id":"` + id + `","name":"f","arguments":"{}"},{"type":"function_call_output","call_id":"` + id + `","output":"!"}],` +
		`"max_output_tokens":16,"reasoning":{"effort":"low","summary":"auto"},"include":["reasoning.encrypted_content"],"store":false}`
	if string(wire.Body) != body {
		t.Errorf("got  %s\nwant %s", wire.Body, body)
	}
}

// TestEncodePairsCallsTurnByTurn has an engine that numbers its calls anew in
// each turn, and a result that was sent twice.
func TestEncodePairsCallsTurnByTurn(t *testing.T) {
	call := dialect.Message{Role: dialect.RoleAssistant, Parts: []dialect.Part{{Kind: dialect.PartToolCall, Call: &dialect.ToolCall{ID: "c", Name: "f", Args: "{}"}}}}
	result := func(text string) dialect.Message {
		return dialect.Message{Role: dialect.RoleTool, Parts: []dialect.Part{{Kind: dialect.PartToolResult, CallID: "c", Text: text}}}
	}
	second := dialect.Message{Role: call.Role, Parts: slices.Clone(call.Parts)}
	r := &dialect.Request{Messages: []dialect.Message{call, result("1"), result("1 again"), second, result("2")}}
	wire, err := responses.Outbound{}.Encode(r, dialect.Target{Model: "m"})
	one := `{"type":"function_call","call_id":"c","name":"f","arguments":"{}"},{"type":"function_call_output","call_id":"c","output":`
	want := `{"model":"m","input":[` + one + `"1"},` + one + `"2"}],"store":false}`
	if err != nil || string(wire.Body) != want || !slices.Equal(wire.Dropped, []string{"messages (a tool result without its call)"}) {
		t.Errorf("got  %s %q, %v\nwant %s", wire.Body, wire.Dropped, err, want)
	}
}

func TestEncodeKnowsWhoReasons(t *testing.T) {
	half := 0.5
	for _, row := range []struct {
		model  string
		budget int
		effort string
		want   string
	}{
		{"gpt-4o", 0, "", `"temperature":0.5,"store":false}`},
		{"gpt-5-chat-latest", 0, "", `"temperature":0.5,"store":false}`},
		{"openai/o3-mini", 0, "", `"include":["reasoning.encrypted_content"],"store":false}`},
		{"gpt-5.1", 0, "none", `"temperature":0.5,"reasoning":{"effort":"none"},"include":["reasoning.encrypted_content"],"store":false}`},
		{"any", 5000, "", `"reasoning":{"effort":"medium","summary":"auto"},"include":["reasoning.encrypted_content"],"store":false}`},
	} {
		r := &dialect.Request{Temperature: &half, Effort: row.effort, ThinkingTokens: row.budget, Messages: []dialect.Message{text(dialect.RoleUser, "hi")}}
		wire, err := responses.Outbound{}.Encode(r, dialect.Target{Model: row.model})
		if err != nil || !strings.HasSuffix(string(wire.Body), `}],`+row.want) {
			t.Errorf("%s: got %s, %v", row.model, wire.Body, err)
		}
	}
}

func TestEncodeRefusesWhatHasNoForm(t *testing.T) {
	for name, r := range map[string]*dialect.Request{
		"messages":               {},
		"messages[0].content[0]": {Messages: []dialect.Message{{Role: dialect.RoleUser, Parts: []dialect.Part{{Kind: dialect.PartVideo, URL: "https://x.test"}}}}},
		"messages[1].content[0]": {Messages: []dialect.Message{
			{Role: dialect.RoleAssistant, Parts: []dialect.Part{{Kind: dialect.PartToolCall, Call: &dialect.ToolCall{ID: "c", Name: "f", Args: "{}"}}}},
			{Role: dialect.RoleTool, Parts: []dialect.Part{{Kind: dialect.PartToolResult, CallID: "c", Media: []dialect.Part{{Kind: dialect.PartVideo}}}}},
		}},
		"": {Endpoint: dialect.EndpointEmbeddings},
	} {
		_, err := responses.Outbound{}.Encode(r, dialect.Target{Model: "m"})
		if e := hw.AsError(err); err == nil || e.Code == hw.CodeInternal || e.Field != name {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestAdaptChangesOnlyWhatItMust(t *testing.T) {
	sealed := `{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"headwater.v1.anthropic.signature.c2ln"}`
	for _, row := range []struct {
		name, in, want string
	}{
		{"the model", `{ "x":1.0,"model" : "route","input":"\u00e9","stream":true }`, `{ "x":1.0,"model" : "gpt\"5","input":"\u00e9","stream":true }`},
		{"reasoning of others", `{"input":[{"role":"user","content":"a"} , ` + sealed + `,{"z":1}],"model":"r"}`, `{"input":[{"role":"user","content":"a"},{"z":1}],"model":"gpt\"5"}`},
		{"but not words about it", `{"model":"r","input":"headwater.v1."}`, `{"model":"gpt\"5","input":"headwater.v1."}`},
		{"nor OpenAI's own", `{"model":"r","input":[{"type":"reasoning","encrypted_content":"enc"}]}`, `{"model":"gpt\"5","input":[{"type":"reasoning","encrypted_content":"enc"}]}`},
	} {
		wire, err := responses.Outbound{}.Adapt(chat, []byte(row.in), dialect.Target{Model: `gpt"5`}, true)
		if err != nil || string(wire.Body) != row.want || wire.Path != "/responses" || len(wire.Dropped) != 0 {
			t.Errorf("%s: got %s %s %q, %v", row.name, wire.Path, wire.Body, wire.Dropped, err)
		}
	}
	for path, op := range map[string]dialect.Operation{
		"/models":                       {Endpoint: dialect.EndpointModels},
		"/responses/resp_1":             {Endpoint: dialect.EndpointStored, ID: "resp_1"},
		"/responses/resp_1?stream=true": {Endpoint: dialect.EndpointStored, ID: "resp_1", Stream: true},
		"/responses/a%2Fb/cancel":       {Endpoint: dialect.EndpointStored, ID: "a/b", Name: "cancel"},
		"/responses/resp_1/input_items": {Endpoint: dialect.EndpointStored, ID: "resp_1", Name: "input_items"},
		"/responses/input_tokens":       {Endpoint: dialect.EndpointCount},
		"/responses":                    chat,
	} {
		var body []byte
		if op.Endpoint == dialect.EndpointCount || op.Endpoint == dialect.EndpointChat {
			body = []byte(`{"model":"x"}`)
		}
		if wire, err := (responses.Outbound{}).Adapt(op, body, dialect.Target{Model: "m"}, false); err != nil || wire.Path != path {
			t.Errorf("%s: got %s, %v", path, wire.Path, err)
		}
	}
	for _, body := range []string{`{"model":"a","model":"b"}`, `{}`, `[]`} {
		if _, err := (responses.Outbound{}).Adapt(chat, []byte(body), dialect.Target{Model: "m"}, false); err == nil || hw.CodeOf(err) == hw.CodeInternal {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestServes(t *testing.T) {
	for endpoint, want := range map[dialect.Endpoint]bool{
		dialect.EndpointChat: true, dialect.EndpointModels: true, dialect.EndpointStored: true, dialect.EndpointCount: true, dialect.EndpointEmbeddings: false,
	} {
		if got := (responses.Outbound{}).Serves(endpoint); got != want {
			t.Errorf("%s: %v", endpoint, got)
		}
	}
}

func TestErrors(t *testing.T) {
	err := hw.Errorf(hw.CodeBadRequest, "x").At("input[0]").Because(errors.New("secret"))
	body := responses.Inbound{}.Error(err, "req_1")
	want := `{"error":{"message":"x","type":"invalid_request_error","param":"input[0]","code":"bad_request","hint":"Correct the named field and send the request again.","request_id":"req_1"}}`
	if string(body) != want {
		t.Errorf("got %s", body)
	}
	last := string(responses.Inbound{}.StreamError(chat, hw.Errorf(hw.CodeStreamInterrupted, "cut"), "r"))
	data, ok := strings.CutPrefix(last, "event: error\ndata: ")
	var ev struct {
		Type, Code, Message string
		Number              *int `json:"sequence_number"`
		Error               struct{ Type, Code, Message string }
	}
	if !ok || !strings.HasSuffix(data, "\n\n") || json.Unmarshal([]byte(data), &ev) != nil {
		t.Fatalf("got %q", last)
	}
	if ev.Type != "error" || ev.Code != "stream_interrupted" || ev.Message != "cut" || ev.Number == nil || ev.Error.Type != "server_error" || ev.Error.Message != "cut" {
		t.Errorf("got %+v", ev)
	}
}

func TestAForgottenAnswerHasTheCodeOfTheVendor(t *testing.T) {
	for field, want := range map[string]string{"previous_response_id": `"code":"previous_response_not_found"`, "input": `"code":"unsupported"`} {
		body := string(responses.Inbound{}.Error(hw.Errorf(hw.CodeUnsupported, "x").At(field), "r"))
		if !strings.Contains(body, want) || !strings.Contains(body, `"param":"`+field+`"`) {
			t.Errorf("%s: %s", field, body)
		}
	}
}

func TestReadErrorTellsTheReason(t *testing.T) {
	for _, row := range []struct {
		status int
		body   string
		want   dialect.Reason
	}{
		{429, `{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","code":"insufficient_quota"}}`, dialect.ReasonQuota},
		{429, `{"error":{"message":"Rate limit reached","type":"tokens","code":"rate_limit_exceeded"}}`, dialect.ReasonRate},
		{400, `{"error":{"message":"Your input exceeds the context window of this model.","code":"context_length_exceeded"}}`, dialect.ReasonContextLength},
		{400, `{"error":{"message":"Invalid prompt: flagged","code":"invalid_prompt"}}`, dialect.ReasonContentPolicy},
		{400, `{"error":{"code":"model_not_found","message":"not supported with the Responses API","param":"model"}}`, dialect.ReasonNoModel},
		{400, `{"code":"invalid-argument","error":"Incorrect API key provided. You can obtain an API key from https://console.x.ai."}`, dialect.ReasonAuth},
		{401, ``, dialect.ReasonAuth},
		{503, `{"detail":"overloaded"}`, dialect.ReasonOverloaded},
		{404, `<html>`, dialect.ReasonBadRequest},
		{500, `{"error":{"message":"boom","type":"server_error"}}`, dialect.ReasonUnknown},
	} {
		got := responses.Outbound{}.ReadError(row.status, nil, []byte(row.body))
		if got.Reason != row.want || got.Status != row.status {
			t.Errorf("%d %s: got %+v, want %q", row.status, row.body, got, row.want)
		}
	}
}

func TestModelsAndCount(t *testing.T) {
	list := responses.Inbound{}.Models(dialect.Operation{}, []dialect.Model{{ID: "a", Created: 5, OwnedBy: "x"}})
	if string(list) != `{"object":"list","data":[{"id":"a","object":"model","created":5,"owned_by":"x"}]}` {
		t.Errorf("got %s", list)
	}
	if one := (responses.Inbound{}).Model(dialect.Operation{}, dialect.Model{ID: "a"}); string(one) != `{"id":"a","object":"model","created":0,"owned_by":""}` {
		t.Errorf("got %s", one)
	}
	models, err := responses.Outbound{}.ReadModels(list)
	if err != nil || len(models) != 1 || models[0] != (dialect.Model{ID: "a", Created: 5, OwnedBy: "x"}) {
		t.Errorf("got %+v, %v", models, err)
	}
	for _, body := range []string{`{"error":"x"}`, `[]`} {
		if _, err := (responses.Outbound{}).ReadModels([]byte(body)); err == nil {
			t.Errorf("%s was taken", body)
		}
	}
	if got := (responses.Inbound{}).Count(12); string(got) != `{"object":"response.input_tokens","input_tokens":12}` {
		t.Errorf("got %s", got)
	}
}
