package ollama_test

import (
	"encoding/json"
	"slices"
	"testing"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/ollama"
)

func text(s string) dialect.Part { return dialect.Part{Kind: dialect.PartText, Text: s} }

func said(role string, parts ...dialect.Part) dialect.Message {
	return dialect.Message{Role: role, Parts: parts}
}

func TestEncodeChat(t *testing.T) {
	req := &dialect.Request{
		Endpoint: dialect.EndpointChat, Stream: true, MaxTokens: 9, Temperature: new(0.0), TopK: new(3), Stop: []string{"x"}, Effort: "low",
		Messages: []dialect.Message{
			said("system", text("a"), text("b")),
			said("user", text("see"), dialect.Part{Kind: dialect.PartImage, Data: png, MIME: "image/png"}),
			said(
				"assistant", dialect.Part{Kind: dialect.PartReasoning, Text: "hm", Signature: "s", Signer: dialect.SignerAnthropic},
				dialect.Part{Kind: dialect.PartReasoning, Data: "secret", Signer: dialect.SignerAnthropic}, text("I "), dialect.Part{Kind: dialect.PartText, Text: "look", Citations: []dialect.Citation{{URL: "u"}}},
				dialect.Part{Kind: dialect.PartToolCall, Call: &dialect.ToolCall{ID: "c1", Name: "f", Args: `{"a":1}`}},
				dialect.Part{Kind: dialect.PartToolCall, Call: &dialect.ToolCall{ID: "c2", Name: "g", Args: `{"a":`}},
			),
			said(
				"user", dialect.Part{Kind: dialect.PartToolResult, CallID: "c2", Text: "two"},
				dialect.Part{Kind: dialect.PartToolResult, CallID: "c1", Text: "one", Media: []dialect.Part{{Kind: dialect.PartImage, Data: jpeg}}},
				text("and?"),
			),
			said("tool", dialect.Part{Kind: dialect.PartToolResult, CallID: "lost", Text: "?"}),
		},
		Tools:  []dialect.Tool{{Name: "f", Description: "<d>", Schema: json.RawMessage(`{"type":"object"}`)}, {Name: "h"}, {Name: "k", Custom: true}},
		Format: dialect.Format{Kind: "schema", Name: "n", Description: "d", Schema: json.RawMessage(`{"type":"object"}`), Strict: new(true)},
	}
	wire, err := ollama.Outbound{}.Encode(req, dialect.Target{Model: "gpt-oss:20b"})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"model":"gpt-oss:20b","messages":[{"role":"system","content":"a\nb"},` +
		`{"role":"user","content":"see","images":["` + png + `"]},` +
		`{"role":"assistant","content":"I look","thinking":"hm","tool_calls":[` +
		`{"id":"c1","function":{"index":0,"name":"f","arguments":{"a":1}}},{"id":"c2","function":{"index":1,"name":"g","arguments":{"_raw":"{\"a\":"}}}]},` +
		`{"role":"tool","content":"two","tool_name":"g","tool_call_id":"c2"},` +
		`{"role":"tool","content":"one","images":["` + jpeg + `"],"tool_name":"f","tool_call_id":"c1"},` +
		`{"role":"user","content":"and?"},{"role":"tool","content":"?","tool_call_id":"lost"}],` +
		`"stream":true,"think":"low","format":{"description":"d","type":"object"},"tools":[` +
		`{"type":"function","function":{"name":"f","description":"<d>","parameters":{"type":"object"}}},` +
		`{"type":"function","function":{"name":"h","parameters":{"type":"object","properties":{}}}},` +
		`{"type":"function","function":{"name":"k","parameters":` + dialect.CustomSchema + `}}],` +
		`"options":{"temperature":0,"top_k":3,"num_predict":9,"stop":["x"]}}`
	if string(wire.Body) != want {
		t.Errorf("got  %s\nwant %s", wire.Body, want)
	}
	if wire.Path != "/api/chat" || !slices.Equal(wire.Dropped, []string{"messages[].reasoning_content (unsigned)", "messages[].citations"}) {
		t.Errorf("got %s, dropped %q", wire.Path, wire.Dropped)
	}
}

func TestEncodeSaysAlwaysWhetherToStream(t *testing.T) {
	req := &dialect.Request{Endpoint: dialect.EndpointChat, Messages: []dialect.Message{said("user", text("x"))}}
	wire, err := ollama.Outbound{}.Encode(req, dialect.Target{Model: "m"})
	if want := `{"model":"m","messages":[{"role":"user","content":"x"}],"stream":false}`; err != nil || string(wire.Body) != want {
		t.Errorf("got %s, %v", wire.Body, err)
	}
}

func TestEncodeOfThinking(t *testing.T) {
	for _, row := range []struct {
		model  string
		effort string
		budget int
		want   string
	}{
		{"qwen3", "", 0, "null"},
		{"qwen3", "none", 0, "false"},
		{"qwen3", "low", 0, "true"},
		{"qwen3", "", 1024, "true"},
		{"gpt-oss:120b", "none", 0, "false"},
		{"gpt-oss:120b", "minimal", 0, `"low"`},
		{"GPT-OSS", "medium", 0, `"medium"`},
		{"gpt-oss", "xhigh", 0, `"high"`},
		{"gpt-oss", "", 4096, `"medium"`},
		{"gpt-oss", "", 40960, `"high"`},
	} {
		req := &dialect.Request{Endpoint: dialect.EndpointChat, Effort: row.effort, ThinkingTokens: row.budget, Messages: []dialect.Message{said("user", text("x"))}}
		wire, err := ollama.Outbound{}.Encode(req, dialect.Target{Model: row.model})
		var got struct {
			Think json.RawMessage `json:"think"`
		}
		if err != nil || json.Unmarshal(wire.Body, &got) != nil || string(got.Think) != row.want && (got.Think != nil || row.want != "null") {
			t.Errorf("%s %s %d: got %s, %v, want %s", row.model, row.effort, row.budget, got.Think, err, row.want)
		}
	}
}

func TestEncodeNamesWhatItDrops(t *testing.T) {
	tool := []dialect.Tool{{Name: "f"}}
	for _, row := range []struct {
		what  string
		req   dialect.Request
		want  []string
		tools int
	}{
		{"nothing", dialect.Request{Tools: tool, Choice: dialect.ToolChoice{Mode: "auto"}}, nil, 1},
		{"no tool wanted", dialect.Request{Tools: tool, Choice: dialect.ToolChoice{Mode: "none"}, ParallelTools: new(false)}, nil, 0},
		{"a tool wanted", dialect.Request{Tools: tool, Choice: dialect.ToolChoice{Mode: "required"}}, []string{"tool_choice"}, 1},
		{"this tool wanted", dialect.Request{Tools: tool, Choice: dialect.ToolChoice{Mode: "named", Name: "f"}}, []string{"tool_choice"}, 1},
		{"one call a turn", dialect.Request{Tools: tool, ParallelTools: new(false)}, []string{"parallel_tool_calls"}, 1},
		{"many calls a turn", dialect.Request{Tools: tool, ParallelTools: new(true)}, nil, 1},
		{"strict", dialect.Request{Tools: []dialect.Tool{{Name: "f", Strict: new(true)}, {Name: "g", Strict: new(true)}}}, []string{"tools[].strict"}, 2},
		{"grammar", dialect.Request{Tools: []dialect.Tool{{Name: "f", Custom: true, Grammar: json.RawMessage(`{}`)}}}, []string{"tools[].grammar"}, 1},
		{"several", dialect.Request{Count: 2, User: "u", Unmapped: []string{"logit_bias"}}, []string{"logit_bias", "n"}, 0},
		{"hidden thoughts", dialect.Request{ShowThoughts: new(false)}, nil, 0},
		{"no thoughts", dialect.Request{ShowThoughts: new(false), Effort: "none"}, nil, 0},
		{"a name", dialect.Request{Messages: []dialect.Message{{Role: "user", Name: "ann", Parts: []dialect.Part{text("x")}}}}, []string{"messages[].name"}, 0},
		{"an image's detail", dialect.Request{Messages: []dialect.Message{said("user", dialect.Part{Kind: dialect.PartImage, Data: png, Detail: "low"})}}, []string{"messages[].content[].detail"}, 0},
		{"a failed tool", dialect.Request{Messages: []dialect.Message{said("tool", dialect.Part{Kind: dialect.PartToolResult, IsError: true})}}, []string{"messages[].content[].is_error"}, 0},
	} {
		t.Run(row.what, func(t *testing.T) {
			row.req.Endpoint = dialect.EndpointChat
			wire, err := ollama.Outbound{}.Encode(&row.req, dialect.Target{Model: "m"})
			var got struct {
				Tools []any `json:"tools"`
			}
			if err != nil || !slices.Equal(wire.Dropped, row.want) || json.Unmarshal(wire.Body, &got) != nil || len(got.Tools) != row.tools {
				t.Errorf("dropped %q, want %q, %v, %s", wire.Dropped, row.want, err, wire.Body)
			}
		})
	}
}

func TestEncodeRefusesWhatOllamaCannotSee(t *testing.T) {
	for _, row := range []struct {
		part  dialect.Part
		field string
	}{
		{dialect.Part{Kind: dialect.PartImage, URL: "https://x.test/a.png"}, "messages[0].content[1]"},
		{dialect.Part{Kind: dialect.PartDocument, Data: "UERG", MIME: "application/pdf"}, "messages[0].content[1]"},
		{dialect.Part{Kind: dialect.PartAudio, Data: "AAAA"}, "messages[0].content[1]"},
		{dialect.Part{Kind: dialect.PartVideo, Data: "AAAA"}, "messages[0].content[1]"},
		{dialect.Part{Kind: dialect.PartToolResult, Media: []dialect.Part{{Kind: dialect.PartAudio}}}, "messages[0].content[1].media[0]"},
	} {
		req := &dialect.Request{Endpoint: dialect.EndpointChat, Messages: []dialect.Message{said("user", text("x"), row.part)}}
		_, err := ollama.Outbound{}.Encode(req, dialect.Target{Model: "m"})
		if e := hw.AsError(err); e == nil || e.Code != hw.CodeUnsupported || e.Field != row.field {
			t.Errorf("%s: got %v", row.part.Kind, err)
		}
	}
	if _, err := (ollama.Outbound{}).Encode(&dialect.Request{Endpoint: dialect.EndpointCount}, dialect.Target{}); hw.CodeOf(err) != hw.CodeUnsupported {
		t.Errorf("got %v", err)
	}
	text := dialect.Part{Kind: dialect.PartDocument, Text: "plain"}
	wire, err := ollama.Outbound{}.Encode(&dialect.Request{Endpoint: dialect.EndpointChat, Messages: []dialect.Message{said("user", text)}}, dialect.Target{Model: "m"})
	if want := `{"model":"m","messages":[{"role":"user","content":"plain"}],"stream":false}`; err != nil || string(wire.Body) != want {
		t.Errorf("a document that is text: %s, %v", wire.Body, err)
	}
}

func TestEncodeEmbeddings(t *testing.T) {
	req := &dialect.Request{Endpoint: dialect.EndpointEmbeddings, Input: []string{"a", "b"}, Dimensions: 3, InputType: dialect.InputTypeQuery, Encoding: "base64"}
	wire, err := ollama.Outbound{}.Encode(req, dialect.Target{Model: "m"})
	if err != nil || string(wire.Body) != `{"model":"m","input":["a","b"],"dimensions":3}` || wire.Path != "/api/embed" || !slices.Equal(wire.Dropped, []string{"input_type"}) {
		t.Errorf("got %+v %s, %v", wire, wire.Body, err)
	}
}
