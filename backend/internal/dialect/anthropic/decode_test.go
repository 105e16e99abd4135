package anthropic_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/anthropic"
)

func TestMatchKnowsItsGround(t *testing.T) {
	ours := dialect.Header{"Anthropic-Version": {"2023-06-01"}, "Anthropic-Beta": {"a,b", "c"}, "Authorization": {"secret"}}
	for _, row := range []struct {
		path   string
		header dialect.Header
		want   dialect.Operation
		ok     bool
	}{
		{"/v1/messages", nil, dialect.Operation{Endpoint: dialect.EndpointChat, Allow: "POST"}, true},
		{"/v1/messages/count_tokens", nil, dialect.Operation{Endpoint: dialect.EndpointCount, Allow: "POST"}, true},
		{"/v1/messages/batches/b1/results", nil, dialect.Operation{}, true},
		{"/v1/models", ours, dialect.Operation{Endpoint: dialect.EndpointModels, Allow: "GET"}, true},
		{"/v1/models/a%2Fb", ours, dialect.Operation{Endpoint: dialect.EndpointModels, Allow: "GET", Model: "a/b"}, true},
		{"/v1/models", nil, dialect.Operation{}, false},
		{"/v1/models/", ours, dialect.Operation{}, false},
		{"/v1/messagesx", nil, dialect.Operation{}, false},
		{"/v1/chat/completions", ours, dialect.Operation{}, false},
	} {
		op, ok := anthropic.Inbound{}.Match(dialect.Ask{Method: "GET", Path: row.path, Header: row.header})
		own := op.Header
		op.Header = nil
		if ok != row.ok || fmt.Sprint(op) != fmt.Sprint(row.want) {
			t.Errorf("%s: got %+v %v", row.path, op, ok)
		}
		if ok && row.header != nil && (len(own) != 2 || len(own["Anthropic-Beta"]) != 2) {
			t.Errorf("%s: header %v", row.path, own)
		}
	}
}

func TestPeek(t *testing.T) {
	for _, row := range []struct {
		body   string
		want   dialect.Peek
		code   hw.Code
		field  string
		counts bool
	}{
		{`{"model":"m"}`, dialect.Peek{Model: "m", StreamUsage: true}, "", "", false},
		{`{"stream":true,"model":"m","messages":[{}]}`, dialect.Peek{Model: "m", Stream: true, StreamUsage: true}, "", "", false},
		{`{"stream":true,"model":"m"}`, dialect.Peek{Model: "m", StreamUsage: true}, "", "", true},
		{`{"model":"m","stream":null}`, dialect.Peek{Model: "m", StreamUsage: true}, "", "", false},
		{`{"model":"m","stream":1}`, dialect.Peek{}, hw.CodeBadRequest, "stream", false},
		{`{"model":""}`, dialect.Peek{}, hw.CodeBadRequest, "model", false},
		{`{"model":7}`, dialect.Peek{}, hw.CodeBadRequest, "model", false},
		{`{}`, dialect.Peek{}, hw.CodeBadRequest, "model", false},
		{`{"model":"a","model":"b"}`, dialect.Peek{}, hw.CodeBadJSON, "model", false},
		{`{"model":"a","Stream":true,"stream":false}`, dialect.Peek{}, hw.CodeBadJSON, "stream", false},
		{`[]`, dialect.Peek{}, hw.CodeBadJSON, "", false},
		{`{"model":"m"`, dialect.Peek{}, hw.CodeBadJSON, "", false},
	} {
		op := chatOp
		if row.counts {
			op.Endpoint = dialect.EndpointCount
		}
		got, err := anthropic.Inbound{}.Peek(op, []byte(row.body))
		if row.code == "" {
			if err != nil || got != row.want {
				t.Errorf("%s: got %+v, %v", row.body, got, err)
			}
			continue
		}
		if e := hw.AsError(err); err == nil || e.Code != row.code || e.Field != row.field {
			t.Errorf("%s: got %v, want %s at %s", row.body, err, row.code, row.field)
		}
	}
}

// decode reads a request of one message body and other fields.
func decode(t *testing.T, body string) *dialect.Request {
	t.Helper()
	req, err := anthropic.Inbound{}.Decode(chatOp, []byte(body))
	if err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	return req
}

// checkJSON compares a value with what its JSON text should be.
func checkJSON(t *testing.T, got, want any) {
	t.Helper()
	a, _ := json.Marshal(got)
	b, _ := json.Marshal(want)
	if string(a) != string(b) {
		t.Errorf("got  %s\nwant %s", a, b)
	}
}

func TestDecodeReadsMessages(t *testing.T) {
	part := func(p dialect.Part) []dialect.Part { return []dialect.Part{p} }
	words := func(s string) dialect.Part { return dialect.Part{Kind: dialect.PartText, Text: s} }
	user := func(parts ...dialect.Part) []dialect.Message {
		return []dialect.Message{{Role: dialect.RoleUser, Parts: parts}}
	}
	assistant := func(parts ...dialect.Part) []dialect.Message {
		return []dialect.Message{{Role: dialect.RoleAssistant, Parts: parts}}
	}
	mark := json.RawMessage(`{"type":"ephemeral"}`)
	for _, row := range []struct {
		name, messages string
		want           []dialect.Message
		unmapped       []string
	}{
		{"text", `{"role":"user","content":"a"}`, user(words("a")), nil},
		{"a system turn", `{"role":"system","content":[{"type":"text","text":"s"}]}`, []dialect.Message{{Role: "system", Parts: part(words("s"))}}, nil},
		{
			"blocks with marks", `{"role":"user","content":[{"type":"text","text":"a","cache_control":{"type":"ephemeral"},"citations":null},{"type":"text","text":"b","cache_control":null}]}`,
			user(dialect.Part{Kind: dialect.PartText, Text: "a", CacheControl: mark}, words("b")), nil,
		},
		{
			"images", `{"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"QQ=="}},{"type":"image","source":{"type":"url","url":"https://x.test/a"}}]}`,
			user(dialect.Part{Kind: dialect.PartImage, Data: "QQ==", MIME: "image/png"}, dialect.Part{Kind: dialect.PartImage, URL: "https://x.test/a"}), nil,
		},
		{
			"documents", `{"role":"user","content":[
				{"type":"document","title":"T","context":"c","citations":{"enabled":true},"source":{"type":"base64","media_type":"application/pdf","data":"UERG"}},
				{"type":"document","title":null,"citations":{"enabled":false},"source":{"type":"text","media_type":"text/plain","data":"hi"}},
				{"type":"document","source":{"type":"url","url":"https://x.test/a.pdf"}},
				{"type":"document","source":{"type":"content","content":"hi"}},
				{"type":"document","source":{"type":"content","content":[{"type":"text","text":"h"},{"type":"image","source":{"type":"url","url":"u"}},{"type":"text","text":"i"}]}}]}`,
			user(dialect.Part{Kind: dialect.PartDocument, Data: "UERG", MIME: "application/pdf", Filename: "T"},
				dialect.Part{Kind: dialect.PartDocument, Data: "aGk=", MIME: "text/plain"},
				dialect.Part{Kind: dialect.PartDocument, URL: "https://x.test/a.pdf"},
				dialect.Part{Kind: dialect.PartDocument, Data: "aGk=", MIME: "text/plain"},
				dialect.Part{Kind: dialect.PartDocument, Data: "aApp", MIME: "text/plain"},
				dialect.Part{Kind: dialect.PartImage, URL: "u"}),
			[]string{"messages[].content (context of a document)", "messages[].content (citations of a document)"},
		},
		{
			"a search result", `{"role":"user","content":[{"type":"search_result","source":"https://x.test","title":"T","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}]}`,
			user(dialect.Part{Kind: dialect.PartText, Text: "T\nhttps://x.test\n\na\nb", Citations: []dialect.Citation{{URL: "https://x.test", Title: "T"}}}), nil,
		},
		{
			"an assistant's turn", `{"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"s"},{"type":"thinking","thinking":"","signature":""},
				{"type":"redacted_thinking","data":"d"},{"type":"text","text":"a","citations":[{"type":"web_search_result_location","url":"u","title":"T","cited_text":"c"},{"type":"char_location","document_title":"D","document_index":0}]},
				{"type":"tool_use","id":"c1","name":"f","input":{"a":[1]}},{"type":"tool_use","id":"c2","name":"g"}]}`,
			assistant(dialect.Part{Kind: dialect.PartReasoning, Text: "hm", Signature: "s", Signer: "anthropic"},
				dialect.Part{Kind: dialect.PartReasoning, Data: "d", Signer: "anthropic"},
				dialect.Part{Kind: dialect.PartText, Text: "a", Citations: []dialect.Citation{{URL: "u", Title: "T", Cited: "c"}, {Title: "D"}}},
				dialect.Part{Kind: dialect.PartToolCall, Call: &dialect.ToolCall{ID: "c1", Name: "f", Args: `{"a":[1]}`}},
				dialect.Part{Kind: dialect.PartToolCall, Call: &dialect.ToolCall{ID: "c2", Name: "g", Args: `{}`}}), nil,
		},
		{
			"results come first, each a message", `{"role":"user","content":[{"type":"text","text":"and"},{"type":"tool_result","tool_use_id":"c1","content":"1","cache_control":{"type":"ephemeral"}},{"type":"tool_result","tool_use_id":"c2","is_error":true}]}`,
			[]dialect.Message{
				{Role: dialect.RoleTool, Parts: part(dialect.Part{Kind: dialect.PartToolResult, CallID: "c1", Text: "1", CacheControl: mark})},
				{Role: dialect.RoleTool, Parts: part(dialect.Part{Kind: dialect.PartToolResult, CallID: "c2", IsError: true})},
				{Role: dialect.RoleUser, Parts: part(words("and"))},
			},
			nil,
		},
		{
			"a result with an image", `{"role":"user","content":[{"type":"tool_result","tool_use_id":"c1","content":[{"type":"text","text":"a"},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"QQ=="}},{"type":"text","text":"b"},{"type":"tool_reference","tool_name":"x"}]}]}`,
			[]dialect.Message{{Role: dialect.RoleTool, Parts: part(dialect.Part{
				Kind: dialect.PartToolResult, CallID: "c1", Text: "a\nb", Media: part(dialect.Part{Kind: dialect.PartImage, Data: "QQ==", MIME: "image/png"}),
			})}},
			[]string{"messages[].content (tool_reference)"},
		},
		{
			"the traces of server tools", `{"role":"assistant","content":[{"type":"server_tool_use","id":"s","name":"web_search","input":{}},{"type":"web_search_tool_result","tool_use_id":"s","content":[]},{"type":"mcp_tool_use","id":"m"},{"type":"text","text":"a"},{"type":"compaction","content":"sum"}]}`,
			assistant(words("a"), words("sum")),
			[]string{"messages[].content (server_tool_use)", "messages[].content (web_search_tool_result)", "messages[].content (mcp_tool_use)"},
		},
		{
			"an image that a model drew", `{"role":"assistant","content":[{"type":"text","text":"![image](data:image/png;base64,QQ==)"},{"type":"text","text":"![image](data:image/png;base64,Q Q)"}]}`,
			assistant(dialect.Part{Kind: dialect.PartImage, MIME: "image/png", Data: "QQ=="}, words("![image](data:image/png;base64,Q Q)")), nil,
		},
		{
			"a broken seal proves nothing", `{"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"hw1.gemini.!"},{"type":"redacted_thinking","data":"hw1.x"},{"type":"text","text":"a"}]}`,
			assistant(dialect.Part{Kind: dialect.PartReasoning, Text: "hm"}, words("a")), nil,
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			req := decode(t, `{"model":"m","max_tokens":5,"messages":[`+row.messages+`]}`)
			checkJSON(t, req.Messages, row.want)
			if !slices.Equal(req.Unmapped, row.unmapped) {
				t.Errorf("unmapped %q", req.Unmapped)
			}
		})
	}
}

func TestDecodeReadsFields(t *testing.T) {
	const base = `{"model":"m","max_tokens":5,"messages":[{"role":"user","content":"a"}]`
	for _, row := range []struct {
		fields string
		want   func(*dialect.Request)
	}{
		{`"stream":true,"temperature":0.5,"top_p":0.9,"top_k":3,"stop_sequences":["E"]`, func(r *dialect.Request) {
			r.Stream, r.Temperature, r.TopP, r.TopK, r.Stop = true, new(0.5), new(0.9), new(3), []string{"E"}
		}},
		{`"system":"s"`, func(r *dialect.Request) { r.Messages = append([]dialect.Message{say("system", "s")}, r.Messages...) }},
		{`"system":[{"type":"text","text":"s","cache_control":{"type":"ephemeral"}},{"type":"text","text":" "}]`, func(r *dialect.Request) {
			m := say("system", "s")
			m.Parts[0].CacheControl = json.RawMessage(`{"type":"ephemeral"}`)
			r.Messages = append([]dialect.Message{m}, r.Messages...)
		}},
		{`"cache_control":{"type":"ephemeral"}`, func(r *dialect.Request) {
			r.Messages[0].Parts[0].CacheControl = json.RawMessage(`{"type":"ephemeral"}`)
		}},
		{`"metadata":{"user_id":"u","x":1}`, func(r *dialect.Request) { r.User, r.Unmapped = "u", []string{"metadata.x"} }},
		{`"thinking":{"type":"enabled","budget_tokens":2000}`, func(r *dialect.Request) { r.ThinkingTokens = 2000 }},
		{`"thinking":{"type":"disabled"},"output_config":{"effort":"low"}`, func(r *dialect.Request) { r.Effort = "none" }},
		{`"thinking":{"type":"adaptive","display":"omitted"}`, func(r *dialect.Request) { r.Effort, r.ShowThoughts = "medium", new(false) }},
		{`"output_config":{"effort":"max","task_budget":{"total":1}},"thinking":{"type":"adaptive","display":"summarized"}`, func(r *dialect.Request) {
			r.Effort, r.ShowThoughts, r.Unmapped = "xhigh", new(true), []string{"output_config.task_budget"}
		}},
		{`"output_config":{"format":{"type":"json_schema","schema":{"type":"object"}}}`, func(r *dialect.Request) {
			r.Format = dialect.Format{Kind: "schema", Schema: json.RawMessage(`{"type":"object"}`)}
		}},
		{`"output_format":{"type":"json_schema","schema":{}}`, func(r *dialect.Request) {
			r.Format = dialect.Format{Kind: "schema", Schema: json.RawMessage(`{}`)}
		}},
		{`"tools":[{"name":"f","description":"d","input_schema":{"type":"object"},"strict":true,"cache_control":{"a":1},"input_examples":[{}]},{"type":"custom","name":"g"},{"type":"web_search_20250305","name":"web_search"}]`, func(r *dialect.Request) {
			r.Tools = []dialect.Tool{
				{Name: "f", Description: "d", Schema: json.RawMessage(`{"type":"object"}`), Strict: new(true), CacheControl: json.RawMessage(`{"a":1}`)},
				{Name: "g"},
			}
			r.Unmapped = []string{"tools[].input_examples", "tools[2] (web_search_20250305)"}
		}},
		{`"tool_choice":{"type":"auto","disable_parallel_tool_use":true}`, func(r *dialect.Request) { r.Choice.Mode, r.ParallelTools = "auto", new(false) }},
		{`"tool_choice":{"type":"any"}`, func(r *dialect.Request) { r.Choice.Mode = "required" }},
		{`"tool_choice":{"type":"tool","name":"f"}`, func(r *dialect.Request) { r.Choice = dialect.ToolChoice{Mode: "named", Name: "f"} }},
		{`"tool_choice":{"type":"none"}`, func(r *dialect.Request) { r.Choice.Mode = "none" }},
		{`"service_tier":"auto","container":null,"mcp_servers":[],"zzz":{}`, func(*dialect.Request) {}},
		{`"service_tier":"standard_only","container":"c","mcp_servers":[{"name":"x"}],"context_management":{"edits":[]}`, func(r *dialect.Request) {
			r.Unmapped = []string{"service_tier", "container", "context_management", "mcp_servers"}
		}},
	} {
		want := &dialect.Request{
			Endpoint: dialect.EndpointChat, Model: "m", MaxTokens: 5, StreamUsage: true,
			Messages: []dialect.Message{say("user", "a")},
		}
		row.want(want)
		t.Run(row.fields[:min(len(row.fields), 40)], func(t *testing.T) { checkJSON(t, decode(t, base+","+row.fields+"}"), want) })
	}
}

func TestDecodeRefusesByName(t *testing.T) {
	message := func(content string) string {
		return `{"model":"m","max_tokens":5,"messages":[{"role":"user","content":"a"},{"role":"assistant","content":` + content + `}]}`
	}
	users := func(block string) string {
		return `{"model":"m","max_tokens":5,"messages":[{"role":"user","content":[{"type":"text","text":"a"},` + block + `]}]}`
	}
	field := func(field string) string {
		return `{"model":"m","max_tokens":5,"messages":[{"role":"user","content":"a"}],` + field + `}`
	}
	for _, row := range []struct {
		body  string
		code  hw.Code
		field string
	}{
		{`{`, hw.CodeBadJSON, ""},
		{`[]`, hw.CodeBadJSON, ""},
		{`{"model":"m","max_tokens":1,"max_tokens":2,"messages":[]}`, hw.CodeBadJSON, "max_tokens"},
		{`{"max_tokens":5,"messages":[{"role":"user","content":"a"}]}`, hw.CodeBadRequest, "model"},
		{`{"model":"","max_tokens":5,"messages":[{"role":"user","content":"a"}]}`, hw.CodeBadRequest, "model"},
		{`{"model":"m","messages":[{"role":"user","content":"a"}]}`, hw.CodeBadRequest, "max_tokens"},
		{`{"model":"m","max_tokens":0,"messages":[{"role":"user","content":"a"}]}`, hw.CodeBadRequest, "max_tokens"},
		{`{"model":"m","max_tokens":"5","messages":[]}`, hw.CodeBadRequest, "max_tokens"},
		{`{"model":"m","max_tokens":5}`, hw.CodeBadRequest, "messages"},
		{`{"model":"m","max_tokens":5,"messages":[]}`, hw.CodeBadRequest, "messages"},
		{`{"model":"m","max_tokens":5,"messages":[7]}`, hw.CodeBadRequest, "messages[0]"},
		{`{"model":"m","max_tokens":5,"messages":[{"role":"tool","content":"a"}]}`, hw.CodeBadRequest, "messages[0].role"},
		{`{"model":"m","max_tokens":5,"messages":[{"role":"user"}]}`, hw.CodeBadRequest, "messages[0].content"},
		{message(`7`), hw.CodeBadRequest, "messages[1].content"},
		{message(`["a"]`), hw.CodeBadRequest, "messages[1].content[0]"},
		{message(`[{"type":"text","text":7}]`), hw.CodeBadRequest, "messages[1].content[0].text"},
		{message(`[{"type":"text"}]`), hw.CodeBadRequest, "messages[1].content[0].text"},
		{message(`[{}]`), hw.CodeBadRequest, "messages[1].content[0].type"},
		{message(`[{"type":"tool_use","name":"f"}]`), hw.CodeBadRequest, "messages[1].content[0].id"},
		{message(`[{"type":"tool_use","id":"c"}]`), hw.CodeBadRequest, "messages[1].content[0].name"},
		{message(`[{"type":"tool_use","id":"c","name":"f","input":"x"}]`), hw.CodeBadRequest, "messages[1].content[0].input"},
		{message(`[{"type":"tool_result","tool_use_id":"c"}]`), hw.CodeUnsupported, "messages[1].content[0].type"},
		{message(`[{"type":"hologram"}]`), hw.CodeUnsupported, "messages[1].content[0].type"},
		{users(`{"type":"tool_use","id":"c","name":"f","input":{}}`), hw.CodeUnsupported, "messages[0].content[1].type"},
		{users(`{"type":"container_upload","file_id":"f"}`), hw.CodeUnsupported, "messages[0].content[1].type"},
		{users(`{"type":"image"}`), hw.CodeBadRequest, "messages[0].content[1].source"},
		{users(`{"type":"image","source":{"type":"file","file_id":"f"}}`), hw.CodeUnsupported, "messages[0].content[1].source"},
		{users(`{"type":"image","source":{"type":"url"}}`), hw.CodeBadRequest, "messages[0].content[1].source.url"},
		{users(`{"type":"image","source":{"type":"base64","data":"QQ=="}}`), hw.CodeBadRequest, "messages[0].content[1].source.media_type"},
		{users(`{"type":"document","source":{"type":"file","file_id":"f"}}`), hw.CodeUnsupported, "messages[0].content[1].source"},
		{users(`{"type":"document","source":{"type":"odd"}}`), hw.CodeUnsupported, "messages[0].content[1].source.type"},
		{users(`{"type":"document","source":{"type":"content","content":[{"type":"odd"}]}}`), hw.CodeUnsupported, "messages[0].content[1].source.content[0].type"},
		{users(`{"type":"tool_result","content":"x"}`), hw.CodeBadRequest, "messages[0].content[1].tool_use_id"},
		{users(`{"type":"tool_result","tool_use_id":"c","content":[{"type":"text"}]}`), hw.CodeBadRequest, "messages[0].content[1].content[0].text"},
		{users(`{"type":"search_result"}`), hw.CodeBadRequest, "messages[0].content[1].source"},
		{field(`"system":[{"type":"image"}]`), hw.CodeUnsupported, "system[0].type"},
		{field(`"system":7`), hw.CodeBadRequest, "system"},
		{field(`"stream":"yes"`), hw.CodeBadRequest, "stream"},
		{field(`"temperature":"hot"`), hw.CodeBadRequest, "temperature"},
		{field(`"stop_sequences":"x"`), hw.CodeBadRequest, "stop_sequences"},
		{field(`"metadata":{"user_id":7}`), hw.CodeBadRequest, "metadata.user_id"},
		{field(`"tools":{}`), hw.CodeBadRequest, "tools"},
		{field(`"tools":[{"input_schema":{}}]`), hw.CodeBadRequest, "tools[0].name"},
		{field(`"tools":[{"name":7}]`), hw.CodeBadRequest, "tools[0].name"},
		{field(`"tool_choice":{"type":"maybe"}`), hw.CodeBadRequest, "tool_choice.type"},
		{field(`"tool_choice":{"type":"tool"}`), hw.CodeBadRequest, "tool_choice.name"},
		{field(`"thinking":{"type":"enabled"}`), hw.CodeBadRequest, "thinking.budget_tokens"},
		{field(`"thinking":{"type":"deep"}`), hw.CodeBadRequest, "thinking.type"},
		{field(`"output_config":{"effort":1}`), hw.CodeBadRequest, "output_config.effort"},
		{field(`"output_config":{"format":{"type":"json_schema"}}`), hw.CodeBadRequest, "output_config.format.schema"},
	} {
		_, err := anthropic.Inbound{}.Decode(chatOp, []byte(row.body))
		if e := hw.AsError(err); err == nil || e.Code != row.code || e.Field != row.field {
			t.Errorf("%s: got %v, want %s at %s", row.body, err, row.code, row.field)
		}
	}
	if _, err := (anthropic.Inbound{}).Decode(dialect.Operation{Endpoint: dialect.EndpointCount}, []byte(`{"model":"m","messages":[{"role":"user","content":"a"}]}`)); err != nil {
		t.Errorf("a count needs no max_tokens: %v", err)
	}
}

func TestErrorsAreAnthropics(t *testing.T) {
	err := hw.Errorf(hw.CodeBadRequest, "Too <hot>.").At("temperature")
	const want = `{"type":"error","error":{"type":"invalid_request_error","message":"Too <hot>.","code":"bad_request","param":"temperature","hint":"Correct the named field and send the request again."},"request_id":"r1"}`
	if got := string(anthropic.Inbound{}.Error(err, "r1")); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := string(anthropic.Inbound{}.StreamError(chatOp, err, "r1")); got != "event: error\ndata: "+want+"\n\n" {
		t.Errorf("got %s", got)
	}
	for code, kind := range map[hw.Code]string{
		hw.CodeInvalidKey: "authentication_error", hw.CodeForbidden: "permission_error", hw.CodeUnknownModel: "not_found_error",
		hw.CodeTooLarge: "request_too_large", hw.CodeRateLimited: "rate_limit_error", hw.CodeInternal: "api_error",
		hw.CodeNoHealthyUpstream: "overloaded_error", hw.CodeUpstreamTimeout: "timeout_error", hw.CodeUpstreamAuth: "api_error", hw.CodeConflict: "invalid_request_error",
	} {
		if got := string(anthropic.Inbound{}.Error(hw.Errorf(code, "x"), "")); !strings.Contains(got, `"type":"`+kind+`"`) || !strings.Contains(got, `"request_id":null`) {
			t.Errorf("%s: %s", code, got)
		}
	}
}

func TestModelsAndCount(t *testing.T) {
	got := string(anthropic.Inbound{}.Models(dialect.Operation{}, []dialect.Model{{ID: "a", Created: 1739923200}, {ID: "b"}}))
	const want = `{"data":[{"type":"model","id":"a","display_name":"a","created_at":"2025-02-19T00:00:00Z"},{"type":"model","id":"b","display_name":"b","created_at":"1970-01-01T00:00:00Z"}],"has_more":false,"first_id":"a","last_id":"b"}`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := string(anthropic.Inbound{}.Models(dialect.Operation{}, nil)); got != `{"data":[],"has_more":false,"first_id":null,"last_id":null}` {
		t.Errorf("got %s", got)
	}
	if got := string(anthropic.Inbound{}.Model(dialect.Operation{}, dialect.Model{ID: "b"})); got != `{"type":"model","id":"b","display_name":"b","created_at":"1970-01-01T00:00:00Z"}` {
		t.Errorf("got %s", got)
	}
	if got := string(anthropic.Inbound{}.Count(12)); got != `{"input_tokens":12}` {
		t.Errorf("got %s", got)
	}
}

// randomRequest makes a request of what both this dialect and the neutral form
// can say.
func randomRequest(r *rand.Rand) *dialect.Request {
	coin := func() bool { return r.IntN(2) == 0 }
	req := &dialect.Request{
		Endpoint: dialect.EndpointChat, Model: claude, MaxTokens: 4096 + r.IntN(9000), Stream: coin(), StreamUsage: true,
		Messages: []dialect.Message{say("user", fmt.Sprintf("q%d", r.IntN(99)))},
	}
	if coin() {
		req.Messages = append([]dialect.Message{say("system", "s\"")}, req.Messages...)
	}
	for i := range r.IntN(4) {
		id := fmt.Sprintf("c%d", i)
		turn := call(id)
		turn.Parts[0].Call.Args = fmt.Sprintf(`{"n":%d}`, i)
		if coin() {
			turn.Parts = append([]dialect.Part{{Kind: dialect.PartReasoning, Text: "hm", Signature: "s", Signer: "anthropic"}}, turn.Parts...)
		}
		res := result(id, "r")
		res.Parts[0].IsError = coin()
		if coin() {
			res.Parts[0].Media = []dialect.Part{{Kind: dialect.PartImage, Data: "QQ==", MIME: "image/png"}}
		}
		if coin() {
			res.Parts[0].CacheControl = json.RawMessage(`{"type":"ephemeral"}`)
		}
		req.Messages = append(req.Messages, turn, res, say("assistant", "so"), say("user", "next"))
	}
	if coin() {
		req.Tools = []dialect.Tool{{Name: "f", Description: "d", Schema: json.RawMessage(`{"type":"object"}`)}}
	} else if len(req.Messages) > 3 {
		req.Tools = []dialect.Tool{{Name: "f", Schema: json.RawMessage(`{"type":"object","properties":{}}`)}}
	}
	if coin() && len(req.Tools) > 0 {
		req.Choice, req.ParallelTools = dialect.ToolChoice{Mode: "auto"}, new(false)
	}
	if coin() {
		req.ThinkingTokens = 1024 + r.IntN(2000)
	} else if coin() {
		req.Temperature = new(0.5)
		req.Stop, req.User = []string{"END"}, "u"
	}
	return req
}

func TestRequestsComeBackWhole(t *testing.T) {
	for seed := range uint64(300) {
		req := randomRequest(rand.New(rand.NewPCG(seed, 3)))
		wire, err := anthropic.Outbound{}.Encode(req, dialect.Target{Model: claude})
		if err != nil || len(wire.Dropped) > 0 {
			t.Fatalf("seed %d: %q %v", seed, wire.Dropped, err)
		}
		got, _ := json.Marshal(decode(t, string(wire.Body)))
		want, _ := json.Marshal(req)
		if string(got) != string(want) {
			t.Fatalf("seed %d\ngot  %s\nwant %s", seed, got, want)
		}
	}
}
