package cohere_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/cohere"
)

func text(s string) dialect.Part { return dialect.Part{Kind: dialect.PartText, Text: s} }

func said(role string, parts ...dialect.Part) dialect.Message {
	return dialect.Message{Role: role, Parts: parts}
}

func TestServesAndAdapts(t *testing.T) {
	for endpoint, want := range map[dialect.Endpoint]bool{
		dialect.EndpointChat: true, dialect.EndpointEmbeddings: true, dialect.EndpointModels: true, dialect.EndpointRerank: true,
		dialect.EndpointCount: false, dialect.EndpointAbout: false, dialect.EndpointStored: false,
	} {
		if got := (cohere.Outbound{}).Serves(endpoint); got != want {
			t.Errorf("%s: %v", endpoint, got)
		}
	}
	wire, err := cohere.Outbound{}.Adapt(dialect.Operation{Endpoint: dialect.EndpointModels}, nil, dialect.Target{}, false)
	if err != nil || wire.Path != "/models?page_size=1000" || wire.Body != nil {
		t.Errorf("got %+v, %v", wire, err)
	}
	if _, err = (cohere.Outbound{}).Adapt(dialect.Operation{Endpoint: dialect.EndpointChat}, []byte(`{}`), dialect.Target{}, false); hw.CodeOf(err) != hw.CodeUnsupported {
		t.Errorf("got %v", err)
	}
}

func TestReadModels(t *testing.T) {
	models, err := cohere.Outbound{}.ReadModels([]byte(`{"models":[{"name":"command-a","endpoints":["chat"]},{"name":null},{"name":"embed"}],"next_page_token":""}`))
	if err != nil || !slices.Equal(models, []dialect.Model{{ID: "command-a", OwnedBy: "cohere"}, {ID: "embed", OwnedBy: "cohere"}}) {
		t.Errorf("got %+v, %v", models, err)
	}
	for body, malformed := range map[string]bool{`{"message":"invalid api token"}`: false, `[]`: true, `<html>`: true} {
		_, err := cohere.Outbound{}.ReadModels([]byte(body))
		if fault, ok := errors.AsType[*dialect.Fault](err); !ok || fault.Malformed != malformed {
			t.Errorf("%s: got %v", body, err)
		}
	}
}

func TestReadErrorTellsTheReason(t *testing.T) {
	for _, row := range []struct {
		status int
		text   string
		want   dialect.Reason
	}{
		{401, "Incorrect API key provided: ***********.", dialect.ReasonAuth},
		{401, "invalid api token", dialect.ReasonAuth},
		{404, "model 'nonexistent' not found, make sure the correct model ID was used and that you have access to the model.", dialect.ReasonNoModel},
		{404, "404 page not found", dialect.ReasonBadRequest},
		{400, "too many tokens: total number of tokens in the prompt cannot exceed 4081 - received 6292.", dialect.ReasonContextLength},
		{400, "too many tokens: size limit exceeded by 1235 tokens. Try using shorter or fewer inputs. The limit for this model is 128000 tokens.", dialect.ReasonContextLength},
		{400, "invalid request: response_format is not supported with tools", dialect.ReasonBadRequest},
		{422, "invalid api_key field", dialect.ReasonBadRequest},
		{429, "You are using a Trial key, which is limited to 1000 API calls / month.", dialect.ReasonQuota},
		{429, "trial token rate limit exceeded, limit is 20 requests per minute", dialect.ReasonRate},
		{402, "Please add or update your payment method in billing to continue", dialect.ReasonQuota},
		{498, "blocked output: please modify the prompt and retry", dialect.ReasonContentPolicy},
		{500, "internal server error, this has been reported to our developers.", dialect.ReasonUnknown},
		{503, "the service is unavailable", dialect.ReasonOverloaded},
		{504, "", dialect.ReasonOverloaded},
	} {
		body, _ := json.Marshal(map[string]string{"id": "x", "message": row.text})
		got := cohere.Outbound{}.ReadError(row.status, nil, body)
		if got.Reason != row.want || got.Status != row.status || got.Message != row.text {
			t.Errorf("%d %s: got %+v, want %q", row.status, row.text, got, row.want)
		}
	}
	for body, want := range map[string]string{`<html>`: "<html>", `{"error":"e"}`: "e", `{"message":1}`: `{"message":1}`} {
		if got := (cohere.Outbound{}).ReadError(500, nil, []byte(body)); got.Message != want {
			t.Errorf("%s: got %+v", body, got)
		}
	}
	if got := (cohere.Outbound{}).ReadError(500, nil, []byte(strings.Repeat("x", 5000))); len(got.Message) > 2010 {
		t.Errorf("an error page of %d bytes is no message", len(got.Message))
	}
}

func TestEncodeChat(t *testing.T) {
	req := &dialect.Request{
		Endpoint: dialect.EndpointChat, Stream: true, MaxTokens: 9, Temperature: new(0.0), TopK: new(3), TopP: new(1.0), Seed: new(int64(4)),
		Stop: []string{"x"}, PresencePenalty: new(0.5), FrequencyPenalty: new(0.0), ThinkingTokens: 500,
		Messages: []dialect.Message{
			said("system", text("a"), text("b")),
			said(
				"user", text("see"), dialect.Part{Kind: dialect.PartImage, Data: "QUJD", MIME: "image/png", Detail: "low"},
				dialect.Part{Kind: dialect.PartImage, URL: "https://x.test/a.png"}, dialect.Part{Kind: dialect.PartDocument, Text: "doc"},
			),
			said(
				"assistant", dialect.Part{Kind: dialect.PartReasoning, Text: "hm", Signature: "s", Signer: dialect.SignerAnthropic},
				dialect.Part{Kind: dialect.PartReasoning, Data: "secret", Signer: dialect.SignerAnthropic}, text("so"),
			),
			said("user", text("go")),
			said(
				"assistant", dialect.Part{Kind: dialect.PartReasoning, Text: "plan"},
				dialect.Part{Kind: dialect.PartToolCall, Call: &dialect.ToolCall{ID: "c1", Name: "f", Args: `{"a":1}`}},
			),
			said("user", dialect.Part{Kind: dialect.PartToolResult, CallID: "c1", Text: "one"}, text("and?")),
		},
		Tools: []dialect.Tool{
			{Name: "f", Description: "<d>", Schema: json.RawMessage(`{"type":"object"}`), Strict: new(true)}, {Name: "k", Custom: true, Strict: new(true)},
		},
		Choice: dialect.ToolChoice{Mode: "required"},
	}
	wire, err := cohere.Outbound{}.Encode(req, dialect.Target{Model: "command-a-reasoning-08-2025"})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"model":"command-a-reasoning-08-2025","messages":[{"role":"system","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]},` +
		`{"role":"user","content":[{"type":"text","text":"see"},{"type":"image_url","image_url":{"url":"data:image/png;base64,QUJD","detail":"low"}},` +
		`{"type":"image_url","image_url":{"url":"https://x.test/a.png"}},{"type":"text","text":"doc"}]},` +
		`{"role":"assistant","content":[{"type":"thinking","thinking":"hm"},{"type":"text","text":"so"}]},` +
		`{"role":"user","content":"go"},` +
		`{"role":"assistant","tool_plan":"plan","tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]},` +
		`{"role":"tool","content":"one","tool_call_id":"c1"},{"role":"user","content":"and?"}],"stream":true,` +
		`"tools":[{"type":"function","function":{"name":"f","description":"<d>","parameters":{"type":"object"}}},` +
		`{"type":"function","function":{"name":"k","parameters":` + dialect.CustomSchema + `}}],"strict_tools":true,"tool_choice":"REQUIRED",` +
		`"thinking":{"type":"enabled","token_budget":500},"max_tokens":9,"stop_sequences":["x"],"temperature":0,"seed":4,` +
		`"frequency_penalty":0,"presence_penalty":0.5,"k":3,"p":0.99}`
	if string(wire.Body) != want {
		t.Errorf("got  %s\nwant %s", wire.Body, want)
	}
	if wire.Path != "/chat" || !slices.Equal(wire.Dropped, []string{"messages[].reasoning_content (unsigned)"}) || wire.Header["Content-Type"][0] != "application/json" {
		t.Errorf("got %+v", wire)
	}
}

func TestEncodeOfSingleFields(t *testing.T) {
	tools := []dialect.Tool{{Name: "f"}, {Name: "g"}}
	const toolF = `{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{}}}}`
	const toolG = `{"type":"function","function":{"name":"g","parameters":{"type":"object","properties":{}}}}`
	described := dialect.Format{Kind: "json", Description: "d"}
	schema := dialect.Format{Kind: "schema", Name: "n", Schema: json.RawMessage(`{"type":"object"}`)}
	for _, row := range []struct {
		what, model, want string
		req               dialect.Request
		dropped           []string
	}{
		{"nothing", "m", ``, dialect.Request{Choice: dialect.ToolChoice{Mode: "none"}}, nil},
		{"json", "m", `,"response_format":{"type":"json_object"}`, dialect.Request{Format: dialect.Format{Kind: "json"}}, nil},
		{"schema", "m", `,"response_format":{"type":"json_object","json_schema":{"type":"object"}}`, dialect.Request{Format: schema}, nil},
		{"schema that says what it is for", "m", `,"response_format":{"type":"json_object","json_schema":{"description":"d","type":"object"}}`, dialect.Request{Format: dialect.Format{Kind: "schema", Description: "d", Schema: schema.Schema}}, nil},
		{"a description of it", "m", `,"response_format":{"type":"json_object"}`, dialect.Request{Format: described}, []string{"response_format (description)"}},
		{"schema beside tools", "m", `,"tools":[` + toolF + `,` + toolG + `]`, dialect.Request{Format: schema, Tools: tools}, []string{"response_format"}},
		{"text", "m", ``, dialect.Request{Format: dialect.Format{Kind: "text"}}, nil},
		{"no tool wanted", "m", `,"tools":[` + toolF + `,` + toolG + `],"tool_choice":"NONE"`, dialect.Request{Tools: tools, Choice: dialect.ToolChoice{Mode: "none"}, ParallelTools: new(false)}, nil},
		{"this tool wanted", "m", `,"tools":[` + toolG + `],"tool_choice":"REQUIRED"`, dialect.Request{Tools: tools, Choice: dialect.ToolChoice{Mode: "named", Name: "g"}}, nil},
		{"an unknown tool wanted", "m", `,"tools":[` + toolF + `,` + toolG + `]`, dialect.Request{Tools: tools, Choice: dialect.ToolChoice{Mode: "named", Name: "x"}}, []string{"tool_choice"}},
		{"one call a turn", "m", `,"tools":[` + toolF + `,` + toolG + `]`, dialect.Request{Tools: tools, ParallelTools: new(false)}, []string{"parallel_tool_calls"}},
		{"some strict", "m", `,"tools":[` + toolF + `,` + toolG + `]`, dialect.Request{Tools: []dialect.Tool{{Name: "f"}, {Name: "g", Strict: new(true), Grammar: json.RawMessage(`{}`)}}}, []string{"tools[].grammar", "tools[].strict"}},
		{"no thinking", "m", `,"thinking":{"type":"disabled"}`, dialect.Request{Effort: "none", ShowThoughts: new(false)}, nil},
		{"no thinking of a model that cannot", "command-r-08-2024", ``, dialect.Request{Effort: "none"}, nil},
		{"thinking of a model that cannot", "command-a-03-2025", ``, dialect.Request{Effort: "high"}, []string{"reasoning_effort"}},
		{"low effort", "m", `,"thinking":{"type":"enabled","token_budget":2048}`, dialect.Request{Effort: "low"}, nil},
		{"medium effort", "m", `,"thinking":{"type":"enabled","token_budget":8192}`, dialect.Request{Effort: "medium"}, nil},
		{"least effort", "m", `,"thinking":{"type":"enabled","token_budget":1024}`, dialect.Request{Effort: "minimal"}, nil},
		{"high effort", "m", `,"thinking":{"type":"enabled"}`, dialect.Request{Effort: "high"}, nil},
		{"hidden thoughts", "m", ``, dialect.Request{ShowThoughts: new(false)}, nil},
		{"many stops", "m", `,"stop_sequences":["1","2","3","4","5"]`, dialect.Request{Stop: []string{"1", "2", "3", "4", "5", "6"}}, []string{"stop"}},
		{"out of bounds", "m", `,"frequency_penalty":1,"presence_penalty":0,"k":500,"p":0.01`, dialect.Request{TopK: new(9999), TopP: new(0.0), PresencePenalty: new(-1.0), FrequencyPenalty: new(2.0)}, []string{"presence_penalty", "frequency_penalty"}},
		{"several", "m", ``, dialect.Request{Count: 2, User: "u", Unmapped: []string{"logit_bias"}}, []string{"logit_bias", "n"}},
	} {
		t.Run(row.what, func(t *testing.T) {
			row.req.Endpoint = dialect.EndpointChat
			wire, err := cohere.Outbound{}.Encode(&row.req, dialect.Target{Model: row.model})
			want := `{"model":"` + row.model + `","messages":[],"stream":false` + row.want + `}`
			if err != nil || string(wire.Body) != want || !slices.Equal(wire.Dropped, row.dropped) {
				t.Errorf("dropped %q, want %q, %v\ngot  %s\nwant %s", wire.Dropped, row.dropped, err, wire.Body, want)
			}
		})
	}
}

func TestEncodeOfSingleMessages(t *testing.T) {
	calls := said(
		"assistant", dialect.Part{Kind: dialect.PartToolCall, Call: &dialect.ToolCall{ID: "c", Name: "f", Args: "{}"}},
		dialect.Part{Kind: dialect.PartToolCall, Call: &dialect.ToolCall{ID: "d", Name: "f", Args: "{}"}},
	)
	const called = `{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}},{"id":"d","type":"function","function":{"name":"f","arguments":"{}"}}]},`
	for _, row := range []struct {
		what    string
		in      dialect.Message
		want    string
		dropped []string
	}{
		{"empty", said("user"), `{"role":"user","content":""}`, nil},
		{"a name", dialect.Message{Role: "user", Name: "ann", Parts: []dialect.Part{text("x")}}, `{"role":"user","content":"x"}`, []string{"messages[].name"}},
		{"a refusal", said("assistant", dialect.Part{Kind: dialect.PartRefusal, Text: "no"}), `{"role":"assistant","content":"no"}`, nil},
		{"a failed tool", said("tool", dialect.Part{Kind: dialect.PartToolResult, CallID: "c", IsError: true}), `{"role":"tool","content":"","tool_call_id":"c"}`, []string{"messages[].content[].is_error"}},
		{
			"two results", said("tool", dialect.Part{Kind: dialect.PartToolResult, CallID: "c", Text: "1"}, dialect.Part{Kind: dialect.PartToolResult, CallID: "d", Text: "2"}),
			`{"role":"tool","content":"1","tool_call_id":"c"},{"role":"tool","content":"2","tool_call_id":"d"}`, nil,
		},
		{
			"words and a call", said("assistant", text("x"), dialect.Part{Kind: dialect.PartToolCall, Call: &dialect.ToolCall{ID: "c", Name: "f", Args: "{}"}}),
			`{"role":"assistant","content":"x","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]}`, nil,
		},
	} {
		req := &dialect.Request{Endpoint: dialect.EndpointChat, Messages: []dialect.Message{row.in}}
		if row.in.Role == "tool" {
			req.Messages, row.want = []dialect.Message{calls, row.in}, called+row.want
		}
		wire, err := cohere.Outbound{}.Encode(req, dialect.Target{Model: "m"})
		if want := `{"model":"m","messages":[` + row.want + `],"stream":false}`; err != nil || string(wire.Body) != want || !slices.Equal(wire.Dropped, row.dropped) {
			t.Errorf("%s: dropped %q, %v\ngot  %s\nwant %s", row.what, wire.Dropped, err, wire.Body, want)
		}
	}
}

func TestEncodeNamesWhatCohereHasNoPlaceFor(t *testing.T) {
	result := func(id string) dialect.Part { return dialect.Part{Kind: dialect.PartToolResult, CallID: id, Text: "r"} }
	calls := said("assistant", dialect.Part{Kind: dialect.PartToolCall, Call: &dialect.ToolCall{ID: "c", Name: "f", Args: "{}"}})
	const called = `{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]}`
	const orphan, reasoning = "messages (a tool result without its call)", "messages[].reasoning_content (unsigned)"
	for _, row := range []struct {
		what    string
		in      []dialect.Message
		want    string
		dropped []string
	}{
		{"a result without its call", []dialect.Message{said("user", text("q")), said("tool", result("z")), said("user", result("y"), text("s"))}, `{"role":"user","content":"q"},{"role":"user","content":"s"}`, []string{orphan}},
		{"one of two for a call", []dialect.Message{calls, said("tool", result("c")), said("user", result("c"))}, called + `,{"role":"tool","content":"r","tool_call_id":"c"}`, []string{orphan}},
		{"one that comes too late", []dialect.Message{calls, said("assistant", text("a")), said("tool", result("c"))}, called + `,{"role":"assistant","content":"a"}`, []string{orphan}},
		{
			"another vendor's secret",
			[]dialect.Message{said("assistant", dialect.Part{Kind: dialect.PartReasoning, Text: "S", Data: "E", Signer: dialect.SignerOpenAI}, text("a"))},
			`{"role":"assistant","content":[{"type":"thinking","thinking":"S"},{"type":"text","text":"a"}]}`,
			[]string{reasoning},
		},
		{
			"one that another vendor's model gave in this conversation",
			[]dialect.Message{said("assistant", dialect.Part{Kind: dialect.PartReasoning, Signature: "E", Signer: dialect.SignerGemini, Sealed: true}, text("a"))},
			`{"role":"assistant","content":"a"}`, nil,
		},
		{
			"one that the caller has not sent",
			[]dialect.Message{said("assistant", dialect.Part{Kind: dialect.PartReasoning, Signature: "E", Signer: dialect.SignerGemini, Restored: true}, text("a"))},
			`{"role":"assistant","content":"a"}`, nil,
		},
		{
			"the sources of an answer",
			[]dialect.Message{said("user", dialect.Part{Kind: dialect.PartText, Text: "q", Citations: []dialect.Citation{{URL: "u"}}}), said("assistant", dialect.Part{Kind: dialect.PartText, Text: "a", Citations: []dialect.Citation{{URL: "u"}}})},
			`{"role":"user","content":"q"},{"role":"assistant","content":"a"}`,
			[]string{"messages[].citations"},
		},
	} {
		wire, err := cohere.Outbound{}.Encode(&dialect.Request{Endpoint: dialect.EndpointChat, Messages: row.in}, dialect.Target{Model: "m"})
		if want := `{"model":"m","messages":[` + row.want + `],"stream":false}`; err != nil || string(wire.Body) != want || !slices.Equal(wire.Dropped, row.dropped) {
			t.Errorf("%s: dropped %q, %v\ngot  %s\nwant %s", row.what, wire.Dropped, err, wire.Body, want)
		}
	}
	_, err := cohere.Outbound{}.Encode(&dialect.Request{Endpoint: dialect.EndpointChat, Messages: []dialect.Message{said("user", result("z"))}}, dialect.Target{Model: "m"})
	if e := hw.AsError(err); e == nil || e.Code != hw.CodeBadRequest || e.Field != "messages" {
		t.Errorf("nothing is left: got %v", err)
	}
}

func TestEncodeRefusesWhatCohereCannotSee(t *testing.T) {
	for _, row := range []struct {
		part  dialect.Part
		field string
	}{
		{dialect.Part{Kind: dialect.PartImage}, "messages[0].content[1]"},
		{dialect.Part{Kind: dialect.PartDocument, Data: "UERG", MIME: "application/pdf"}, "messages[0].content[1]"},
		{dialect.Part{Kind: dialect.PartAudio, Data: "AAAA"}, "messages[0].content[1]"},
		{dialect.Part{Kind: dialect.PartVideo, URL: "https://x.test"}, "messages[0].content[1]"},
		{dialect.Part{Kind: dialect.PartToolResult, Media: []dialect.Part{{Kind: dialect.PartImage, Data: "QUJD"}}}, "messages[0].content[1].media[0]"},
	} {
		req := &dialect.Request{Endpoint: dialect.EndpointChat, Messages: []dialect.Message{said("user", text("x"), row.part)}}
		_, err := cohere.Outbound{}.Encode(req, dialect.Target{Model: "m"})
		if e := hw.AsError(err); e == nil || e.Code != hw.CodeUnsupported || e.Field != row.field {
			t.Errorf("%s: got %v", row.part.Kind, err)
		}
	}
	if _, err := (cohere.Outbound{}).Encode(&dialect.Request{Endpoint: dialect.EndpointCount}, dialect.Target{}); hw.CodeOf(err) != hw.CodeUnsupported {
		t.Errorf("got %v", err)
	}
}

func TestEncodeEmbeddings(t *testing.T) {
	for _, row := range []struct {
		use, want string
		dropped   []string
	}{
		{"", "search_document", nil},
		{dialect.InputTypeDocument, "search_document", nil},
		{dialect.InputTypeQuery, "search_query", nil},
		{"search_query", "search_query", nil},
		{dialect.InputTypeClustering, "clustering", nil},
		{dialect.InputTypeClassification, "classification", nil},
		{dialect.InputTypeSimilarity, "search_document", []string{"input_type"}},
		{"other", "search_document", []string{"input_type"}},
	} {
		req := &dialect.Request{Endpoint: dialect.EndpointEmbeddings, Input: []string{"a", "b"}, Dimensions: 256, InputType: row.use, Encoding: "base64"}
		wire, err := cohere.Outbound{}.Encode(req, dialect.Target{Model: "m"})
		want := `{"model":"m","texts":["a","b"],"input_type":"` + row.want + `","embedding_types":["float"],"output_dimension":256}`
		if err != nil || string(wire.Body) != want || wire.Path != "/embed" || !slices.Equal(wire.Dropped, row.dropped) {
			t.Errorf("%q: dropped %q, %v\ngot  %s\nwant %s", row.use, wire.Dropped, err, wire.Body, want)
		}
	}
	many := &dialect.Request{Endpoint: dialect.EndpointEmbeddings, Input: make([]string, 97)}
	if _, err := (cohere.Outbound{}).Encode(many, dialect.Target{Model: "m"}); hw.CodeOf(err) != hw.CodeUnsupported || hw.AsError(err).Field != "input" {
		t.Errorf("got %v", err)
	}
}
