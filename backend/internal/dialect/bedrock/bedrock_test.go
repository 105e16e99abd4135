package bedrock_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/bedrock"
)

const (
	claude = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
	old    = "anthropic.claude-3-5-sonnet-20240620-v1:0"
	newest = "global.anthropic.claude-opus-5-v1:0"
	nova   = "us.amazon.nova-2-lite-v1:0"
	llama  = "us.meta.llama3-3-70b-instruct-v1:0"
)

func say(role, text string) dialect.Message {
	return dialect.Message{Role: role, Parts: []dialect.Part{{Kind: dialect.PartText, Text: text}}}
}

func with(role string, parts ...dialect.Part) dialect.Message {
	return dialect.Message{Role: role, Parts: parts}
}

func call(id, args string) dialect.Part {
	return dialect.Part{Kind: dialect.PartToolCall, Call: &dialect.ToolCall{ID: id, Name: "f", Args: args}}
}

func result(id, text string) dialect.Part {
	return dialect.Part{Kind: dialect.PartToolResult, CallID: id, Text: text}
}

func encode(t *testing.T, model string, req *dialect.Request) dialect.Wire {
	t.Helper()
	req.Endpoint = dialect.EndpointChat
	wire, err := bedrock.Outbound{}.Encode(req, dialect.Target{Model: model})
	if err != nil {
		t.Fatal(err)
	}
	return wire
}

// fieldsOf are the raw fields of a body.
func fieldsOf(t *testing.T, body []byte) map[string]json.RawMessage {
	t.Helper()
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body, &fields); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	return fields
}

func TestEncodeRendersTurns(t *testing.T) {
	cache := json.RawMessage(`{"type":"ephemeral","ttl":"1h"}`)
	for _, row := range []struct {
		name, model  string
		messages     []dialect.Message
		system, want string
		dropped      []string
	}{
		{"system texts go to the top", claude, []dialect.Message{say("system", "s"), say("user", "u"), say("system", "t")}, `[{"text":"s"},{"text":"t"}]`, `[{"role":"user","content":[{"text":"u"}]}]`, nil},
		{"only a system text is asked", claude, []dialect.Message{say("system", "s"), say("system", "t")}, `[{"text":"s"}]`, `[{"role":"user","content":[{"text":"t"}]}]`, nil},
		{"neighbours are merged, blanks left out", claude, []dialect.Message{say("user", "a"), say("user", " \n"), say("user", "b"), say("assistant", ""), say("user", "c")}, ``, `[{"role":"user","content":[{"text":"a"},{"text":"b"},{"text":"c"}]}]`, nil},
		{"the assistant does not begin", claude, []dialect.Message{say("assistant", "a"), say("user", "b")}, ``, `[{"role":"user","content":[{"text":"Continue."}]},{"role":"assistant","content":[{"text":"a"}]},{"role":"user","content":[{"text":"b"}]}]`, nil},
		{"an answer that was begun", claude, []dialect.Message{say("user", "a"), say("assistant", "b \n")}, ``, `[{"role":"user","content":[{"text":"a"}]},{"role":"assistant","content":[{"text":"b"}]}]`, nil},
		{"not with a model that begins itself", newest, []dialect.Message{say("user", "a"), say("assistant", "b")}, ``, `[{"role":"user","content":[{"text":"a"}]},{"role":"assistant","content":[{"text":"b"}]},{"role":"user","content":[{"text":"Continue."}]}]`, []string{"messages (the answer that was begun)"}},
		{
			"calls and results", claude,
			[]dialect.Message{say("user", "a"), with("assistant", call("c1", `{"x":1}`), call("c2", ""), call("c3", "cut")), with("tool", result("c2", "two")), with("tool", result("c1", "")), with("user", dialect.Part{Kind: dialect.PartText, Text: "and"}, dialect.Part{Kind: dialect.PartToolResult, CallID: "c3", Text: "no", IsError: true})},
			``, `[{"role":"user","content":[{"text":"a"}]},{"role":"assistant","content":[{"toolUse":{"toolUseId":"c1","name":"f","input":{"x":1}}},{"toolUse":{"toolUseId":"c2","name":"f","input":{}}},{"toolUse":{"toolUseId":"c3","name":"f","input":{"input":"cut"}}}]},` +
				`{"role":"user","content":[{"toolResult":{"toolUseId":"c2","content":[{"text":"two"}]}},{"toolResult":{"toolUseId":"c1","content":[{"text":"(no output)"}]}},{"toolResult":{"toolUseId":"c3","content":[{"text":"no"}],"status":"error"}},{"text":"and"}]}]`, nil,
		},
		{"orphans go in pairs", claude, []dialect.Message{say("user", "a"), with("assistant", call("c1", "{}"), dialect.Part{Kind: dialect.PartText, Text: "t"}), with("user", result("c9", "x"), dialect.Part{Kind: dialect.PartText, Text: "b"})}, ``, `[{"role":"user","content":[{"text":"a"}]},{"role":"assistant","content":[{"text":"t"}]},{"role":"user","content":[{"text":"b"}]}]`, []string{"messages (a tool call without its result)", "messages (a tool result without its call)"}},
		{"ids are made to fit", claude, []dialect.Message{say("user", "a"), with("assistant", call("a b", "{}")), with("tool", result("a b", "x"))}, ``, `[{"role":"user","content":[{"text":"a"}]},{"role":"assistant","content":[{"toolUse":{"toolUseId":"tooluse_c8687a08aa5d6ed2044328fa","name":"f","input":{}}}]},{"role":"user","content":[{"toolResult":{"toolUseId":"tooluse_c8687a08aa5d6ed2044328fa","content":[{"text":"x"}]}}]}]`, nil},
		{"marks for caching", claude, []dialect.Message{with("system", dialect.Part{Kind: dialect.PartText, Text: "s", CacheControl: cache}), with("user", dialect.Part{Kind: dialect.PartText, Text: "a", CacheControl: json.RawMessage(`{"type":"ephemeral"}`)})}, `[{"text":"s"},{"cachePoint":{"type":"default","ttl":"1h"}}]`, `[{"role":"user","content":[{"text":"a"},{"cachePoint":{"type":"default"}}]}]`, nil},
		{"not where they are refused", llama, []dialect.Message{with("user", dialect.Part{Kind: dialect.PartText, Text: "a", CacheControl: cache})}, ``, `[{"role":"user","content":[{"text":"a"}]}]`, nil},
		{
			"signed reasoning", claude,
			[]dialect.Message{say("user", "a"), with("assistant", dialect.Part{Kind: dialect.PartReasoning, Text: "hm", Signature: "s", Signer: "anthropic"}, dialect.Part{Kind: dialect.PartReasoning, Data: "eA=="}, dialect.Part{Kind: dialect.PartReasoning, Text: "g", Signature: "s", Signer: "gemini"}, dialect.Part{Kind: dialect.PartReasoning, Text: "bare"}, dialect.Part{Kind: dialect.PartText, Text: "b"}), say("user", "c")},
			``, `[{"role":"user","content":[{"text":"a"}]},{"role":"assistant","content":[{"reasoningContent":{"reasoningText":{"text":"hm","signature":"s"}}},{"reasoningContent":{"redactedContent":"eA=="}},{"text":"b"}]},{"role":"user","content":[{"text":"c"}]}]`,
			[]string{"messages[].reasoning_content (unsigned)"},
		},
		{
			"another vendor's reasoning", claude,
			[]dialect.Message{say("user", "a"), with("assistant", dialect.Part{Kind: dialect.PartReasoning, Data: "E", Signer: "openai"}, dialect.Part{Kind: dialect.PartText, Text: "b"}), say("user", "c")},
			``, `[{"role":"user","content":[{"text":"a"}]},{"role":"assistant","content":[{"text":"b"}]},{"role":"user","content":[{"text":"c"}]}]`,
			[]string{"messages[].reasoning_content (unsigned)"},
		},
		{
			"which came in this conversation", claude,
			[]dialect.Message{say("user", "a"), with("assistant", dialect.Part{Kind: dialect.PartReasoning, Data: "E", Signer: "openai", Sealed: true}, dialect.Part{Kind: dialect.PartText, Text: "b"}), say("user", "c")},
			``, `[{"role":"user","content":[{"text":"a"}]},{"role":"assistant","content":[{"text":"b"}]},{"role":"user","content":[{"text":"c"}]}]`, nil,
		},
		{
			"and Claude's for others", nova,
			[]dialect.Message{say("user", "a"), with("assistant", dialect.Part{Kind: dialect.PartReasoning, Data: "E", Signer: "anthropic", Sealed: true}, dialect.Part{Kind: dialect.PartText, Text: "b"}), say("user", "c")},
			``, `[{"role":"user","content":[{"text":"a"}]},{"role":"assistant","content":[{"text":"b"}]},{"role":"user","content":[{"text":"c"}]}]`, nil,
		},
		{
			"which the caller has not sent", claude,
			[]dialect.Message{say("user", "a"), with("assistant", dialect.Part{Kind: dialect.PartReasoning, Data: "E", Signer: "openai", Restored: true}, dialect.Part{Kind: dialect.PartText, Text: "b"}), say("user", "c")},
			``, `[{"role":"user","content":[{"text":"a"}]},{"role":"assistant","content":[{"text":"b"}]},{"role":"user","content":[{"text":"c"}]}]`, nil,
		},
		{
			"sources of a text, and how closely to look", claude,
			[]dialect.Message{with("user", dialect.Part{Kind: dialect.PartImage, MIME: "image/png", Data: "QQ==", Detail: "low"}), with("assistant", dialect.Part{Kind: dialect.PartText, Text: "b", Citations: []dialect.Citation{{URL: "u"}}}), with("user", dialect.Part{Kind: dialect.PartText, Text: "c", Citations: []dialect.Citation{{URL: "u"}}}, dialect.Part{Kind: dialect.PartImage, MIME: "image/png", Data: "QQ==", Detail: "high"})},
			``, `[{"role":"user","content":[{"image":{"format":"png","source":{"bytes":"QQ=="}}}]},{"role":"assistant","content":[{"text":"b"}]},{"role":"user","content":[{"text":"c"},{"image":{"format":"png","source":{"bytes":"QQ=="}}}]}]`,
			[]string{"messages[].content[].detail", "messages[].citations"},
		},
		{
			"media", claude,
			[]dialect.Message{with("user", dialect.Part{Kind: dialect.PartImage, MIME: "image/jpg", Data: "QQ=="}, dialect.Part{Kind: dialect.PartDocument, MIME: "application/pdf", Data: "QQ==", Filename: "my_plan.v2.pdf"}, dialect.Part{Kind: dialect.PartDocument, MIME: "text/x-go", Data: "QQ==", Filename: "my plan v2.go"}, dialect.Part{Kind: dialect.PartVideo, URL: "s3://bucket/a.MP4"})},
			``, `[{"role":"user","content":[{"image":{"format":"jpeg","source":{"bytes":"QQ=="}}},{"document":{"format":"pdf","name":"my plan v2","source":{"bytes":"QQ=="}}},{"document":{"format":"txt","name":"my plan v2 2","source":{"bytes":"QQ=="}}},{"video":{"format":"mp4","source":{"s3Location":{"uri":"s3://bucket/a.MP4"}}}},{"text":"Read the document."}]}]`, nil,
		},
		{
			"media of a tool's result", claude,
			[]dialect.Message{say("user", "a"), with("assistant", call("c1", "{}")), with("tool", dialect.Part{Kind: dialect.PartToolResult, CallID: "c1", Text: "see", Media: []dialect.Part{{Kind: dialect.PartImage, MIME: "image/png", Data: "QQ=="}}})},
			``, `[{"role":"user","content":[{"text":"a"}]},{"role":"assistant","content":[{"toolUse":{"toolUseId":"c1","name":"f","input":{}}}]},{"role":"user","content":[{"toolResult":{"toolUseId":"c1","content":[{"text":"see"},{"image":{"format":"png","source":{"bytes":"QQ=="}}}]}}]}]`, nil,
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			wire := encode(t, row.model, &dialect.Request{Messages: row.messages})
			fields := fieldsOf(t, wire.Body)
			if got := string(fields["messages"]); got != row.want {
				t.Errorf("got  %s\nwant %s", got, row.want)
			}
			if got := string(fields["system"]); got != row.system {
				t.Errorf("system %s, want %s", got, row.system)
			}
			if !slices.Equal(wire.Dropped, row.dropped) {
				t.Errorf("dropped %q, want %q", wire.Dropped, row.dropped)
			}
		})
	}
}

func TestEncodeRendersFields(t *testing.T) {
	tools := []dialect.Tool{{Name: "f", Description: "d", Schema: json.RawMessage(`{"properties":{}}`), Strict: new(true), CacheControl: json.RawMessage(`{}`)}, {Name: "g", Custom: true, Schema: json.RawMessage(dialect.CustomSchema), Grammar: json.RawMessage(`{}`)}}
	schema := dialect.Format{Kind: "schema", Name: "n", Description: "d", Schema: json.RawMessage(`{"type":"object","properties":{"a":{"type":["object","null"],"maxProperties":2},"enum":{"type":"string","default":"minimum"}}}`)}
	for _, row := range []struct {
		name, model string
		req         dialect.Request
		field, want string
		dropped     []string
	}{
		{"tools", claude, dialect.Request{Tools: tools, Choice: dialect.ToolChoice{Mode: "named", Name: "f"}}, "toolConfig", `{"tools":[{"toolSpec":{"name":"f","description":"d","inputSchema":{"json":{"type":"object","properties":{}}}}},{"cachePoint":{"type":"default"}},{"toolSpec":{"name":"g","inputSchema":{"json":` + dialect.CustomSchema + `}}}],"toolChoice":{"tool":{"name":"f"}}}`, []string{"tools[].strict", "tools[].format"}},
		{"no tool may be called", claude, dialect.Request{Tools: tools[:1], Choice: dialect.ToolChoice{Mode: "none"}}, "toolConfig", ``, []string{"tools[].strict"}},
		{"a tool must be called", nova, dialect.Request{Tools: []dialect.Tool{{Name: "f"}}, Choice: dialect.ToolChoice{Mode: "required"}, ParallelTools: new(false)}, "toolConfig", `{"tools":[{"toolSpec":{"name":"f","inputSchema":{"json":{"type":"object","properties":{}}}}}],"toolChoice":{"any":{}}}`, []string{"parallel_tool_calls"}},
		{"a model that cannot be made to", llama, dialect.Request{Tools: []dialect.Tool{{Name: "f"}}, Choice: dialect.ToolChoice{Mode: "required"}}, "toolConfig", `{"tools":[{"toolSpec":{"name":"f","inputSchema":{"json":{"type":"object","properties":{}}}}}]}`, []string{"tool_choice"}},
		{"tools of the past", claude, dialect.Request{Messages: []dialect.Message{say("user", "a"), with("assistant", call("c", "{}")), with("tool", result("c", "r"))}}, "toolConfig", `{"tools":[{"toolSpec":{"name":"f","inputSchema":{"json":{"type":"object","properties":{}}}}}]}`, nil},
		{"sampling", llama, dialect.Request{MaxTokens: 5, Temperature: new(0.5), TopP: new(0.9), Stop: []string{"x"}}, "inferenceConfig", `{"maxTokens":5,"temperature":0.5,"topP":0.9,"stopSequences":["x"]}`, nil},
		{"no sampling", claude, dialect.Request{}, "inferenceConfig", ``, nil},
		{"one sampler", claude, dialect.Request{Temperature: new(1.5), TopP: new(0.9)}, "inferenceConfig", `{"temperature":1}`, []string{"temperature (limited to 1)", "top_p"}},
		{"none for the newest", newest, dialect.Request{Temperature: new(0.5), TopP: new(0.9), TopK: new(5)}, "inferenceConfig", ``, []string{"temperature", "top_p", "top_k"}},
		{"which stop text was met", claude, dialect.Request{Stop: []string{"x", " "}}, "additionalModelResponseFieldPaths", `["/stop_sequence"]`, []string{"stop (blank)"}},
		{"which in a stream", claude, dialect.Request{Stream: true, Stop: []string{"x"}}, "additionalModelResponseFieldPaths", `["/delta/stop_sequence"]`, nil},
		{"top_k of Claude", claude, dialect.Request{TopK: new(5)}, "additionalModelRequestFields", `{"top_k":5}`, nil},
		{"top_k of Nova", nova, dialect.Request{TopK: new(5)}, "additionalModelRequestFields", `{"inferenceConfig":{"topK":5}}`, nil},
		{"top_k of Cohere", "cohere.command-r-v1:0", dialect.Request{TopK: new(5)}, "additionalModelRequestFields", `{"k":5}`, nil},
		{"top_k of others", llama, dialect.Request{TopK: new(5)}, "additionalModelRequestFields", ``, []string{"top_k"}},
		{"thinking within a budget", claude, dialect.Request{Effort: "low", TopK: new(5)}, "additionalModelRequestFields", `{"thinking":{"type":"enabled","budget_tokens":2048}}`, []string{"top_k"}},
		{"room for the answer", claude, dialect.Request{ThinkingTokens: 5000}, "inferenceConfig", `{"maxTokens":9096}`, nil},
		{"half of the bound", claude, dialect.Request{ThinkingTokens: 5000, MaxTokens: 4000}, "additionalModelRequestFields", `{"thinking":{"type":"enabled","budget_tokens":2000}}`, nil},
		{"no room", claude, dialect.Request{Effort: "high", MaxTokens: 1000}, "additionalModelRequestFields", ``, []string{"reasoning_effort"}},
		{"a model that cannot think", old, dialect.Request{Effort: "high"}, "additionalModelRequestFields", ``, []string{"reasoning_effort"}},
		{"not with a forced tool", claude, dialect.Request{Effort: "high", Tools: []dialect.Tool{{Name: "f"}}, Choice: dialect.ToolChoice{Mode: "required"}}, "additionalModelRequestFields", ``, []string{"reasoning_effort"}},
		{"not without the reasoning of the calls", claude, dialect.Request{Effort: "high", Messages: []dialect.Message{say("user", "a"), with("assistant", call("c", "{}")), with("tool", result("c", "r"))}}, "additionalModelRequestFields", ``, []string{"reasoning_effort"}},
		{"thinking of the newest", newest, dialect.Request{Effort: "xhigh"}, "additionalModelRequestFields", `{"output_config":{"effort":"xhigh"},"thinking":{"type":"adaptive","display":"summarized"}}`, nil},
		{"thoughts not wanted", newest, dialect.Request{ThinkingTokens: 9000, ShowThoughts: new(false)}, "additionalModelRequestFields", `{"output_config":{"effort":"high"},"thinking":{"type":"adaptive","display":"omitted"}}`, nil},
		{"thinking switched off", newest, dialect.Request{Effort: "none"}, "additionalModelRequestFields", `{"thinking":{"type":"disabled"}}`, nil},
		{"thinking of Nova", nova, dialect.Request{Effort: "minimal"}, "additionalModelRequestFields", `{"reasoningConfig":{"maxReasoningEffort":"low","type":"enabled"}}`, nil},
		{"thinking of an open model", "openai.gpt-oss-120b-1:0", dialect.Request{Effort: "xhigh"}, "additionalModelRequestFields", `{"reasoning_effort":"high"}`, nil},
		{"a schema", claude, dialect.Request{Format: schema}, "outputConfig", `{"textFormat":{"type":"json_schema","structure":{"jsonSchema":{"schema":"{\"additionalProperties\":false,\"description\":\"d\",\"properties\":{\"a\":{\"additionalProperties\":false,\"type\":[\"object\",\"null\"]},\"enum\":{\"default\":\"minimum\",\"type\":\"string\"}},\"type\":\"object\"}","name":"n"}}}}`, []string{"response_format (maxProperties)"}},
		{"a schema for others", llama, dialect.Request{Format: schema}, "outputConfig", ``, []string{"response_format"}},
		{"JSON without a schema", claude, dialect.Request{Format: dialect.Format{Kind: "json"}}, "outputConfig", ``, nil},
		{"what has no form", claude, dialect.Request{Unmapped: []string{"logit_bias"}, Seed: new(int64(1)), PresencePenalty: new(1.0), FrequencyPenalty: new(0.0), Count: 2}, "n", ``, []string{"logit_bias", "seed", "presence_penalty", "n"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			if row.req.Messages == nil {
				row.req.Messages = []dialect.Message{say("user", "a")}
			}
			wire := encode(t, row.model, &row.req)
			if got := string(fieldsOf(t, wire.Body)[row.field]); got != row.want {
				t.Errorf("got  %s\nwant %s", got, row.want)
			}
			if !slices.Equal(wire.Dropped, row.dropped) {
				t.Errorf("dropped %q, want %q", wire.Dropped, row.dropped)
			}
		})
	}
}

func TestEncodePutsTheModelIntoThePath(t *testing.T) {
	req := &dialect.Request{Messages: []dialect.Message{say("user", "a")}}
	if wire := encode(t, claude, req); wire.Path != "/model/us.anthropic.claude-sonnet-4-5-20250929-v1:0/converse" || wire.Header["Accept"] != nil {
		t.Errorf("got %+v", wire)
	}
	req.Stream = true
	wire := encode(t, "arn:aws:bedrock:us-east-1:1:inference-profile/us.x", req)
	if wire.Path != "/model/arn:aws:bedrock:us-east-1:1:inference-profile%2Fus.x/converse-stream" || wire.Header["Accept"][0] != "application/vnd.amazon.eventstream" {
		t.Errorf("got %+v", wire)
	}
}

func TestEncodeRefusesWhatHasNoForm(t *testing.T) {
	for _, row := range []struct {
		message dialect.Message
		field   string
	}{
		{with("user", dialect.Part{Kind: dialect.PartImage, URL: "https://x.test/a.png"}), "messages[0].content[0]"},
		{with("user", dialect.Part{Kind: dialect.PartImage, Data: "QQ==", MIME: "image/tiff"}), "messages[0].content[0]"},
		{with("user", dialect.Part{Kind: dialect.PartAudio, Data: "QQ==", MIME: "audio/wav"}), "messages[0].content[0]"},
		{with("user", dialect.Part{Kind: dialect.PartToolResult, CallID: "c", Media: []dialect.Part{{Kind: dialect.PartAudio, Data: "QQ=="}}}), "messages[0].content[0]"},
		{with("system", dialect.Part{Kind: dialect.PartText, Text: "s"}, dialect.Part{Kind: dialect.PartImage, Data: "QQ==", MIME: "image/png"}), "messages[0].content[1]"},
	} {
		_, err := bedrock.Outbound{}.Encode(&dialect.Request{Endpoint: dialect.EndpointChat, Messages: []dialect.Message{row.message}}, dialect.Target{Model: claude})
		if e := hw.AsError(err); err == nil || e.Code != hw.CodeUnsupported || e.Field != row.field {
			t.Errorf("%+v: got %v", row.message, err)
		}
	}
	if _, err := (bedrock.Outbound{}).Encode(&dialect.Request{Endpoint: dialect.EndpointChat}, dialect.Target{}); hw.CodeOf(err) != hw.CodeBadRequest {
		t.Errorf("no messages: %v", err)
	}
	if _, err := (bedrock.Outbound{}).Encode(&dialect.Request{Endpoint: dialect.EndpointEmbeddings}, dialect.Target{}); hw.CodeOf(err) != hw.CodeUnsupported {
		t.Errorf("embeddings: %v", err)
	}
	if _, err := (bedrock.Outbound{}).Adapt(dialect.Operation{Endpoint: dialect.EndpointChat}, nil, dialect.Target{}, false); hw.CodeOf(err) != hw.CodeUnsupported {
		t.Errorf("adapt: %v", err)
	}
}

func TestAnswerReadsEveryBlock(t *testing.T) {
	body := `{"output":{"message":{"role":"assistant","content":[
	 {"reasoningContent":{"reasoningText":{"text":"hm","signature":"s"}}},{"reasoningContent":{"redactedContent":"eA=="}},
	 {"citationsContent":{"content":[{"text":"a"}],"citations":[{"title":"T","sourceContent":[{"text":"p"}],"location":{"documentChar":{"documentIndex":0}}}]}},
	 {"citationsContent":{"citations":[{"location":{"web":{"url":"https://x.test","domain":"x.test"}}}]}},
	 {"text":"b"},{"toolUse":{"toolUseId":"t","name":"f","input":{"x": 1}}},{"toolUse":{"toolUseId":"u","name":"g"}},{"toolUse":{"toolUseId":"v","name":"s","type":"server_tool_use","input":{}}},
	 {"image":{"format":"png","source":{"bytes":"QQ=="}}},{"news":1}]}},
	 "stopReason":"end_turn","additionalModelResponseFields":{"stop_sequence":"END"},
	 "usage":{"inputTokens":3,"outputTokens":4,"cacheReadInputTokens":10,"cacheWriteInputTokens":20}}`
	a, err := bedrock.Outbound{}.Decoder(dialect.Operation{}).Answer([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	got, _ := json.Marshal(a.Choices[0].Parts)
	want, _ := json.Marshal([]dialect.Part{
		{Kind: dialect.PartReasoning, Text: "hm", Signature: "s", Signer: dialect.SignerAnthropic},
		{Kind: dialect.PartReasoning, Data: "eA==", Signer: dialect.SignerAnthropic},
		{Kind: dialect.PartText, Text: "a", Citations: []dialect.Citation{{Title: "T", Cited: "p"}, {URL: "https://x.test", Title: "x.test"}}},
		{Kind: dialect.PartText, Text: "b"},
		{Kind: dialect.PartToolCall, Call: &dialect.ToolCall{ID: "t", Name: "f", Args: `{"x": 1}`}},
		{Kind: dialect.PartToolCall, Call: &dialect.ToolCall{ID: "u", Name: "g", Args: "{}"}},
		{Kind: dialect.PartImage, MIME: "image/png", Data: "QQ=="},
	})
	if string(got) != string(want) {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if c := a.Choices[0]; c.Finish != dialect.FinishTools || c.StopSequence != "END" {
		t.Errorf("got %+v", c)
	}
	if *a.Usage != (dialect.Usage{In: 33, Out: 4, CachedIn: 10, CacheWrite: 20}) {
		t.Errorf("usage %+v", a.Usage)
	}
}

func TestAnswerFindsFaults(t *testing.T) {
	for _, row := range []struct {
		body      string
		malformed bool
		reason    dialect.Reason
	}{
		{`<html>`, true, ""},
		{`{}`, true, ""},
		{`{"output":{}}`, true, ""},
		{`{"__type":"com.amazon#ThrottlingException","message":"Too many requests"}`, false, dialect.ReasonRate},
	} {
		_, err := bedrock.Outbound{}.Decoder(dialect.Operation{}).Answer([]byte(row.body))
		fault, ok := errors.AsType[*dialect.Fault](err)
		if !ok || fault.Malformed != row.malformed || fault.Detail.Reason != row.reason {
			t.Errorf("%s: got %v", row.body, err)
		}
	}
}

// stream feeds events, each a name and its data, and gathers the answer.
func stream(t *testing.T, events ...string) (*dialect.Answer, []dialect.Event, error) {
	t.Helper()
	d := bedrock.Outbound{}.Decoder(dialect.Operation{})
	var g dialect.Gatherer
	var all []dialect.Event
	for _, ev := range events {
		name, data, _ := strings.Cut(ev, " ")
		out, err := d.Event(nil, name, []byte(data))
		g.Add(out...)
		all = append(all, out...)
		if err != nil {
			return g.Answer(), all, err
		}
	}
	out, err := d.Finish(nil)
	g.Add(out...)
	return g.Answer(), append(all, out...), err
}

func TestStreamReadsEveryEvent(t *testing.T) {
	a, events, err := stream(
		t,
		`messageStart {"role":"assistant"}`,
		`contentBlockDelta {"contentBlockIndex":0,"delta":{"reasoningContent":{"text":"hm"}}}`,
		`contentBlockDelta {"contentBlockIndex":0,"delta":{"reasoningContent":{"signature":"s"}}}`,
		`contentBlockStop {"contentBlockIndex":0}`,
		`contentBlockDelta {"contentBlockIndex":1,"delta":{"reasoningContent":{"redactedContent":"eA=="}}}`,
		`contentBlockDelta {"contentBlockIndex":2,"delta":{"text":"a"}}`,
		`contentBlockDelta {"contentBlockIndex":2,"delta":{"citation":{"title":"T"}}}`,
		`contentBlockStart {"contentBlockIndex":3,"start":{"toolUse":{"toolUseId":"t","name":"f"}}}`,
		`contentBlockStart {"contentBlockIndex":4,"start":{"toolUse":{"toolUseId":"u","name":"g"}}}`,
		`contentBlockDelta {"contentBlockIndex":3,"delta":{"toolUse":{"input":"{\"x\":"}}}`,
		`contentBlockDelta {"contentBlockIndex":3,"delta":{"toolUse":{"input":"1}"}}}`,
		`contentBlockStop {"contentBlockIndex":3}`,
		`contentBlockStart {"contentBlockIndex":5,"start":{"toolUse":{"toolUseId":"v","name":"s","type":"server_tool_use"}}}`,
		`contentBlockDelta {"contentBlockIndex":5,"delta":{"toolUse":{"input":"{}"}}}`,
		`somethingNew {"a":1}`,
		`messageStop {"stopReason":"end_turn","additionalModelResponseFields":{"delta":{"stop_sequence":"E"}}}`,
		`metadata {"usage":{"inputTokens":3,"outputTokens":4,"cacheReadInputTokens":1}}`,
	)
	if err != nil || events[len(events)-1].Kind != dialect.EventEnd || events[0].Kind != dialect.EventStart {
		t.Fatalf("got %v, %+v", err, events)
	}
	got, _ := json.Marshal(a.Choices[0])
	want, _ := json.Marshal(dialect.Choice{Finish: dialect.FinishTools, StopSequence: "E", Parts: []dialect.Part{
		{Kind: dialect.PartReasoning, Text: "hm", Signature: "s", Signer: dialect.SignerAnthropic},
		{Kind: dialect.PartReasoning, Data: "eA==", Signer: dialect.SignerAnthropic},
		{Kind: dialect.PartText, Text: "a", Citations: []dialect.Citation{{Title: "T"}}},
		{Kind: dialect.PartToolCall, Call: &dialect.ToolCall{ID: "t", Name: "f", Args: `{"x":1}`}},
		{Kind: dialect.PartToolCall, Call: &dialect.ToolCall{ID: "u", Name: "g", Args: "{}"}},
	}})
	if string(got) != string(want) {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if *a.Usage != (dialect.Usage{In: 4, Out: 4, CachedIn: 1}) {
		t.Errorf("usage %+v", a.Usage)
	}
}

func TestStreamFindsFaults(t *testing.T) {
	for _, row := range []struct {
		name, event          string
		status               int
		reason               dialect.Reason
		malformed, truncated bool
	}{
		{"throttled", `throttlingException {"message":"Too many tokens, please wait"}`, 429, dialect.ReasonRate, false, false},
		{"the model failed", `modelStreamErrorException {"originalStatusCode":500,"originalMessage":"boom"}`, 424, dialect.ReasonUnknown, false, false},
		{"not available", `serviceUnavailableException {"message":"x"}`, 503, dialect.ReasonOverloaded, false, false},
		{"without words", `internalServerException {}`, 500, dialect.ReasonUnknown, false, false},
		{"too long", `validationException {"message":"Input is too long for requested model."}`, 400, dialect.ReasonContextLength, false, false},
		{"not JSON", `contentBlockDelta x`, 0, "", true, false},
		{"cut", `contentBlockDelta {"delta":{"text":"a"}}`, 0, "", false, true},
	} {
		_, events, err := stream(t, `messageStart {}`, row.event)
		fault, ok := errors.AsType[*dialect.Fault](err)
		if !ok || fault.Detail.Status != row.status || fault.Detail.Reason != row.reason || fault.Malformed != row.malformed || fault.Truncated != row.truncated {
			t.Errorf("%s: got %+v", row.name, err)
		}
		if !row.malformed && !row.truncated && fault != nil && fault.Detail.Message == "" {
			t.Errorf("%s: no message", row.name)
		}
		if slices.ContainsFunc(events, func(ev dialect.Event) bool { return ev.Kind == dialect.EventEnd }) {
			t.Errorf("%s: an end was invented", row.name)
		}
	}
}

func TestReadErrorTellsTheReason(t *testing.T) {
	for _, row := range []struct {
		status     int
		kind, body string
		want       dialect.Reason
	}{
		{400, "ValidationException:http://internal.amazon.com/coral/com.amazon.bedrock/", `{"message":"The provided model identifier is invalid."}`, dialect.ReasonNoModel},
		{400, "", `{"message":"The provided model identifier is invalid."}`, dialect.ReasonNoModel},
		{400, "ValidationException", `{"message":"Input is too long for requested model."}`, dialect.ReasonContextLength},
		{400, "ValidationException", `{"message":"Malformed input request"}`, dialect.ReasonBadRequest},
		{403, "UnrecognizedClientException", `{"message":"The security token included in the request is invalid."}`, dialect.ReasonAuth},
		{403, "", `{"Message":"User is not authorized"}`, dialect.ReasonAuth},
		{404, "ResourceNotFoundException", `{"message":"gone"}`, dialect.ReasonNoModel},
		{429, "", `{"__type":"com.amazon.coral.service#ThrottlingException","message":"slow"}`, dialect.ReasonRate},
		{429, "ModelNotReadyException", `{"message":"wait"}`, dialect.ReasonLoading},
		{424, "ModelErrorException", `{"message":"boom"}`, dialect.ReasonUnknown},
		{503, "", `<html>`, dialect.ReasonOverloaded},
	} {
		header := dialect.Header{}
		if row.kind != "" {
			header["X-Amzn-Errortype"] = []string{row.kind}
		}
		got := bedrock.Outbound{}.ReadError(row.status, header, []byte(row.body))
		if got.Reason != row.want || got.Status != row.status || got.Message == "" {
			t.Errorf("%d %s %s: got %+v", row.status, row.kind, row.body, got)
		}
	}
}

func TestWatcherSeesWhatTheDecoderSees(t *testing.T) {
	w := bedrock.Outbound{}.Watcher(dialect.Operation{})
	if sign, err := w.Event("contentBlockDelta", []byte(`{"delta":{"text":"a"}}`)); err != nil || !sign.Content {
		t.Errorf("got %+v, %v", sign, err)
	}
	if w.Finish() == nil {
		t.Error("a cut stream ended properly")
	}
	if _, err := w.Event("messageStop", []byte(`{"stopReason":"end_turn"}`)); err != nil {
		t.Error(err)
	}
	if sign, err := w.Event("metadata", []byte(`{"usage":{"inputTokens":1}}`)); err != nil || sign.Usage == nil || sign.Usage.In != 1 {
		t.Errorf("got %+v, %v", sign, err)
	}
	if err := w.Finish(); err != nil {
		t.Error(err)
	}
	if sign, err := w.Answer([]byte(`{"output":{"message":{"content":[]}},"usage":{"outputTokens":1}}`)); err != nil || sign.Usage.Out != 1 {
		t.Errorf("got %+v, %v", sign, err)
	}
	if got := string(w.Rename([]byte("x"), []byte("y"), "m")); got != "xy" {
		t.Errorf("got %q", got)
	}
}
