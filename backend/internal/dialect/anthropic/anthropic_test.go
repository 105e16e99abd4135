package anthropic_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/anthropic"
)

// say makes a message of one text.
func say(role, text string) dialect.Message {
	return dialect.Message{Role: role, Parts: []dialect.Part{{Kind: dialect.PartText, Text: text}}}
}

// call makes an assistant's turn of tool calls.
func call(ids ...string) dialect.Message {
	m := dialect.Message{Role: dialect.RoleAssistant}
	for _, id := range ids {
		m.Parts = append(m.Parts, dialect.Part{Kind: dialect.PartToolCall, Call: &dialect.ToolCall{ID: id, Name: "f", Args: "{}"}})
	}
	return m
}

func result(id, text string) dialect.Message {
	return dialect.Message{Role: dialect.RoleTool, Parts: []dialect.Part{{Kind: dialect.PartToolResult, CallID: id, Text: text}}}
}

func chat(messages ...dialect.Message) *dialect.Request {
	return &dialect.Request{Endpoint: dialect.EndpointChat, Messages: messages}
}

// encode renders a request and gives its body as JSON.
func encode(t *testing.T, r *dialect.Request, model string) (map[string]any, []string) {
	t.Helper()
	wire, err := anthropic.Outbound{}.Encode(r, dialect.Target{Model: model})
	if err != nil {
		t.Fatal(err)
	}
	if wire.Path != "/messages" || wire.Header["Anthropic-Version"][0] != "2023-06-01" {
		t.Fatalf("got %s %v", wire.Path, wire.Header)
	}
	var body map[string]any
	if err := json.Unmarshal(wire.Body, &body); err != nil {
		t.Fatal(err)
	}
	return body, wire.Dropped
}

// want compares a value of the body with JSON text.
func want(t *testing.T, got any, text string) {
	t.Helper()
	var value any
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, value) {
		out, _ := json.Marshal(got)
		t.Errorf("got  %s\nwant %s", out, text)
	}
}

const claude = "claude-sonnet-4-5"

func TestEncodeOrdersTheTurns(t *testing.T) {
	text := func(s string) string { return `{"type":"text","text":"` + s + `"}` }
	use := func(id string) string { return `{"type":"tool_use","id":"` + id + `","name":"f","input":{}}` }
	res := func(id, s string) string {
		return `{"type":"tool_result","tool_use_id":"` + id + `","content":"` + s + `"}`
	}
	user := func(blocks ...string) string {
		return `{"role":"user","content":[` + strings.Join(blocks, ",") + `]}`
	}
	assistant := func(blocks ...string) string {
		return `{"role":"assistant","content":[` + strings.Join(blocks, ",") + `]}`
	}
	for _, row := range []struct {
		name     string
		in       []dialect.Message
		messages []string
		system   string
		dropped  []string
	}{
		{"one user turn", []dialect.Message{say("user", "a")}, []string{user(text("a"))}, "", nil},
		{
			"system texts go to the top, from anywhere",
			[]dialect.Message{say("system", "s"), say("user", "a"), say("system", "z")},
			[]string{user(text("a"))},
			`[` + text("s") + `,` + text("z") + `]`, nil,
		},
		{"one system text stays plain", []dialect.Message{say("system", "s"), say("user", "a")}, []string{user(text("a"))}, `"s"`, nil},
		{
			"neighbours of one role are merged",
			[]dialect.Message{say("user", "a"), say("user", "b"), say("assistant", "c"), say("assistant", "d"), say("user", "e")},
			[]string{user(text("a"), text("b")), assistant(text("c"), text("d")), user(text("e"))},
			"", nil,
		},
		{
			"the user begins",
			[]dialect.Message{say("assistant", "hi"), say("user", "a")},
			[]string{user(text("Continue.")), assistant(text("hi")), user(text("a"))},
			"", nil,
		},
		{"a system text alone is what is asked", []dialect.Message{say("system", "s"), say("system", "z")}, []string{user(text("z"))}, `"s"`, nil},
		{
			"blank texts are left out",
			[]dialect.Message{say("user", "a"), say("assistant", " \n"), say("user", "b")},
			[]string{user(text("a"), text("b"))},
			"", nil,
		},
		{
			"a prefill ends without white space",
			[]dialect.Message{say("user", "a"), say("assistant", "so: \n")},
			[]string{user(text("a")), assistant(text("so:"))},
			"", nil,
		},
		{
			"results are grouped in one turn, first",
			[]dialect.Message{say("user", "a"), call("x", "y"), say("user", "wait"), result("y", "2"), result("x", "1")},
			[]string{user(text("a")), assistant(use("x"), use("y")), user(res("y", "2"), res("x", "1"), text("wait"))},
			"", nil,
		},
		{
			"an empty result stays",
			[]dialect.Message{say("user", "a"), call("x"), result("x", "")},
			[]string{user(text("a")), assistant(use("x")), user(res("x", ""))},
			"", nil,
		},
		{
			"orphans are dropped by name",
			[]dialect.Message{say("user", "a"), call("x", "y"), result("x", "1"), result("z", "3"), call("w")},
			[]string{user(text("a")), assistant(use("x")), user(res("x", "1"))},
			"",
			[]string{"messages (a tool call without its result)", "messages (a tool result without its call)"},
		},
		{
			"a second result is dropped",
			[]dialect.Message{say("user", "a"), call("x"), result("x", "1"), result("x", "2")},
			[]string{user(text("a")), assistant(use("x")), user(res("x", "1"))},
			"",
			[]string{"messages (a tool result without its call)"},
		},
		{
			"a late result is an orphan",
			[]dialect.Message{say("user", "a"), call("x"), say("user", "b"), say("assistant", "c"), result("x", "1")},
			[]string{user(text("a"), text("b")), assistant(text("c"))},
			"",
			[]string{"messages (a tool call without its result)", "messages (a tool result without its call)"},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			body, dropped := encode(t, chat(row.in...), claude)
			want(t, body["messages"], "["+strings.Join(row.messages, ",")+"]")
			if row.system == "" {
				row.system = "null"
			}
			want(t, body["system"], row.system)
			if !slices.Equal(dropped, row.dropped) {
				t.Errorf("dropped %q, want %q", dropped, row.dropped)
			}
		})
	}
}

func TestEncodeRefusesWhatHasNoForm(t *testing.T) {
	part := func(p dialect.Part) *dialect.Request {
		return chat(say("user", "a"), dialect.Message{Role: "user", Parts: []dialect.Part{{Kind: dialect.PartText, Text: "x"}, p}})
	}
	for _, row := range []struct {
		name  string
		req   *dialect.Request
		code  hw.Code
		field string
	}{
		{"no content", chat(say("user", " ")), hw.CodeBadRequest, "messages"},
		{"embeddings", &dialect.Request{Endpoint: dialect.EndpointEmbeddings, Input: []string{"a"}}, hw.CodeUnsupported, "model"},
		{"audio", part(dialect.Part{Kind: dialect.PartAudio, Data: "QQ==", MIME: "audio/wav"}), hw.CodeUnsupported, "messages[1].content[1]"},
		{"a TIFF image", part(dialect.Part{Kind: dialect.PartImage, Data: "QQ==", MIME: "image/tiff"}), hw.CodeUnsupported, "messages[1].content[1]"},
		{"a spreadsheet", part(dialect.Part{Kind: dialect.PartDocument, Data: "QQ==", MIME: "application/zip"}), hw.CodeUnsupported, "messages[1].content[1]"},
		{"broken base64", part(dialect.Part{Kind: dialect.PartDocument, Data: "!", MIME: "text/plain"}), hw.CodeBadRequest, "messages[1].content[1]"},
		{"an image in a system text", chat(dialect.Message{Role: "system", Parts: []dialect.Part{{Kind: dialect.PartImage, URL: "https://x.test/a"}}}), hw.CodeUnsupported, "messages[0].content[0]"},
	} {
		_, err := anthropic.Outbound{}.Encode(row.req, dialect.Target{Model: claude})
		if e := hw.AsError(err); err == nil || e.Code != row.code || e.Field != row.field {
			t.Errorf("%s: got %v, want %s at %s", row.name, err, row.code, row.field)
		}
	}
}

func TestEncodeRendersParts(t *testing.T) {
	mark := json.RawMessage(`{"type":"ephemeral"}`)
	body, dropped := encode(t, chat(dialect.Message{Role: "user", Name: "ann", Parts: []dialect.Part{
		{Kind: dialect.PartText, Text: "a<b", CacheControl: mark},
		{Kind: dialect.PartImage, Data: "QQ==", MIME: "image/jpg"},
		{Kind: dialect.PartImage, URL: "https://x.test/a.png", Detail: "low"},
		{Kind: dialect.PartDocument, Data: "UERG", MIME: "application/pdf", Filename: "a.pdf"},
		{Kind: dialect.PartDocument, Data: "aGk=", MIME: "text/markdown"},
		{Kind: dialect.PartDocument, URL: "https://x.test/a.pdf"},
	}}), claude)
	want(t, body["messages"], `[{"role":"user","content":[
		{"type":"text","text":"a<b","cache_control":{"type":"ephemeral"}},
		{"type":"image","source":{"type":"base64","media_type":"image/jpeg","data":"QQ=="}},
		{"type":"image","source":{"type":"url","url":"https://x.test/a.png"}},
		{"type":"document","title":"a.pdf","source":{"type":"base64","media_type":"application/pdf","data":"UERG"}},
		{"type":"document","source":{"type":"text","media_type":"text/plain","data":"hi"}},
		{"type":"document","source":{"type":"url","url":"https://x.test/a.pdf"}}]}]`)
	if !slices.Equal(dropped, []string{"messages[].name", "messages[].content[].detail"}) {
		t.Errorf("dropped %q", dropped)
	}
}

func TestEncodeKeepsSignedReasoningAndNamesTheRest(t *testing.T) {
	turn := call("x")
	turn.Parts = append([]dialect.Part{
		{Kind: dialect.PartReasoning, Text: "hm", Signature: "s"},
		{Kind: dialect.PartReasoning, Data: "secret"},
		{Kind: dialect.PartReasoning, Text: "unsigned"},
		{Kind: dialect.PartReasoning, Text: "theirs", Signature: "g", Signer: dialect.SignerGemini},
	}, turn.Parts...)
	r := chat(say("user", "a"), turn, result("x", "1"))
	r.Effort = "low"
	restored := chat(say("user", "a"), say("assistant", "b"), say("user", "c"))
	restored.Messages[1].Parts = append(restored.Messages[1].Parts, dialect.Part{Kind: dialect.PartReasoning, Signature: "g", Signer: dialect.SignerGemini, Restored: true})
	if _, dropped := encode(t, restored, claude); dropped != nil {
		t.Errorf("what the caller has not sent is not lost: %q", dropped)
	}
	body, dropped := encode(t, r, claude)
	messages, _ := body["messages"].([]any)
	want(t, messages[1], `{"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"s"},
		{"type":"redacted_thinking","data":"secret"},{"type":"tool_use","id":"x","name":"f","input":{}}]}`)
	want(t, body["thinking"], `{"type":"enabled","budget_tokens":2048}`)
	if !slices.Equal(dropped, []string{"messages[].reasoning_content (unsigned)"}) {
		t.Errorf("dropped %q", dropped)
	}
}

func TestEncodeFitsCallIDsInPairs(t *testing.T) {
	for _, id := range []string{"functions.f:0", strings.Repeat("x", 65), "日本", ""} {
		body, _ := encode(t, chat(say("user", "a"), call(id), result(id, "1")), claude)
		messages, _ := body["messages"].([]any)
		use, _ := json.Marshal(messages[1])
		res, _ := json.Marshal(messages[2])
		_, after, _ := strings.Cut(string(use), `"id":"`)
		fitted, _, _ := strings.Cut(after, `"`)
		if !strings.HasPrefix(fitted, "toolu_") || len(fitted) != 30 || !strings.Contains(string(res), `"tool_use_id":"`+fitted+`"`) {
			t.Errorf("%q: %s %s", id, use, res)
		}
	}
}

func TestEncodeRendersArgumentsAsAnObject(t *testing.T) {
	for args, input := range map[string]string{
		`{"a":[1]}`: `{"a":[1]}`, "": `{}`, `{"a":`: `{"input":"{\"a\":"}`, `[1]`: `{"input":"[1]"}`,
	} {
		turn := call("x")
		turn.Parts[0].Call.Args = args
		body, _ := encode(t, chat(say("user", "a"), turn, result("x", "1")), claude)
		messages, _ := body["messages"].([]any)
		want(t, messages[1], `{"role":"assistant","content":[{"type":"tool_use","id":"x","name":"f","input":`+input+`}]}`)
	}
}

func TestEncodeRendersTools(t *testing.T) {
	tools := []dialect.Tool{{Name: "f", Description: "d"}, {Name: "g", Schema: json.RawMessage(`{"properties":{}}`), Strict: new(true)}}
	for _, row := range []struct {
		name     string
		choice   dialect.ToolChoice
		parallel *bool
		want     string
	}{
		{"unsaid", dialect.ToolChoice{}, nil, `null`},
		{"auto", dialect.ToolChoice{Mode: "auto"}, new(true), `{"type":"auto"}`},
		{"none", dialect.ToolChoice{Mode: "none"}, new(false), `{"type":"none"}`},
		{"required", dialect.ToolChoice{Mode: "required"}, nil, `{"type":"any"}`},
		{"named, one at a time", dialect.ToolChoice{Mode: "named", Name: "g"}, new(false), `{"type":"tool","name":"g","disable_parallel_tool_use":true}`},
		{"one at a time", dialect.ToolChoice{}, new(false), `{"type":"auto","disable_parallel_tool_use":true}`},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := chat(say("user", "a"))
			r.Tools, r.Choice, r.ParallelTools = tools, row.choice, row.parallel
			body, dropped := encode(t, r, claude)
			want(t, body["tool_choice"], row.want)
			want(t, body["tools"], `[{"name":"f","description":"d","input_schema":{"type":"object","properties":{}}},{"name":"g","input_schema":{"type":"object","properties":{}}}]`)
			if !slices.Equal(dropped, []string{"tools[].strict"}) {
				t.Errorf("dropped %q", dropped)
			}
		})
	}
	t.Run("past calls without tools get theirs back", func(t *testing.T) {
		r := chat(say("user", "a"), call("x", "y"), result("x", "1"), result("y", "1"))
		r.Choice = dialect.ToolChoice{Mode: "auto"}
		body, _ := encode(t, r, claude)
		want(t, body["tools"], `[{"name":"f","input_schema":{"type":"object","properties":{}}}]`)
	})
	t.Run("no tools, no choice", func(t *testing.T) {
		r := chat(say("user", "a"))
		r.Choice, r.ParallelTools = dialect.ToolChoice{Mode: "auto"}, new(false)
		body, _ := encode(t, r, claude)
		want(t, body["tool_choice"], `null`)
	})
}

func TestEncodeRendersThinking(t *testing.T) {
	for _, row := range []struct {
		name    string
		model   string
		change  func(*dialect.Request)
		want    string
		tokens  float64
		dropped []string
	}{
		{"unsaid", claude, func(*dialect.Request) {}, `null`, 4096, nil},
		{"none", claude, func(r *dialect.Request) { r.Effort = "none" }, `null`, 4096, nil},
		{"effort becomes a budget above the default", claude, func(r *dialect.Request) { r.Effort = "high" }, `{"type":"enabled","budget_tokens":16384}`, 4096 + 16384, nil},
		{"a bound is shared", claude, func(r *dialect.Request) { r.Effort, r.MaxTokens = "high", 8000 }, `{"type":"enabled","budget_tokens":4000}`, 8000, nil},
		{"a small bound leaves no room", claude, func(r *dialect.Request) { r.Effort, r.MaxTokens = "high", 1000 }, `null`, 1000, []string{"reasoning_effort"}},
		{"a given budget", claude, func(r *dialect.Request) { r.ThinkingTokens = 3000 }, `{"type":"enabled","budget_tokens":3000}`, 7096, nil},
		{"a current model decides itself", "claude-opus-4-6", func(r *dialect.Request) { r.Effort = "xhigh" }, `{"type":"adaptive"}`, 4096, nil},
		{"an old model cannot", "claude-3-5-haiku-20241022", func(r *dialect.Request) { r.Effort = "low" }, `null`, 4096, []string{"reasoning_effort"}},
		{"not with a forced tool", claude, func(r *dialect.Request) {
			r.Effort, r.Tools, r.Choice = "low", []dialect.Tool{{Name: "f"}}, dialect.ToolChoice{Mode: "required"}
		}, `null`, 4096, []string{"reasoning_effort"}},
		{"not with a prefill", claude, func(r *dialect.Request) { r.Effort, r.Messages = "low", append(r.Messages, say("assistant", "so")) }, `null`, 4096, []string{"reasoning_effort"}},
		{"not where the turn's own reasoning is gone", claude, func(r *dialect.Request) {
			r.Effort, r.Messages = "low", append(r.Messages, call("x"), result("x", "1"))
		}, `null`, 4096, []string{"reasoning_effort"}},
		{"sampling gives way", claude, func(r *dialect.Request) {
			r.Effort, r.Temperature, r.TopP, r.TopK = "low", new(0.2), new(0.5), new(4)
		}, `{"type":"enabled","budget_tokens":2048}`, 6144, []string{"temperature", "top_p", "top_k"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := chat(say("user", "a"))
			row.change(r)
			body, dropped := encode(t, r, row.model)
			want(t, body["thinking"], row.want)
			if body["max_tokens"] != row.tokens || !slices.Equal(dropped, row.dropped) {
				t.Errorf("max_tokens %v, dropped %q", body["max_tokens"], dropped)
			}
		})
	}
}

func TestEncodeNamesWhatItCannotSay(t *testing.T) {
	r := chat(say("user", "a"))
	r.Seed, r.PresencePenalty, r.FrequencyPenalty, r.Count = new(int64(1)), new(1.0), new(0.0), 2
	r.Temperature, r.TopP, r.Stop, r.User = new(1.7), new(0.5), []string{"END", "\n"}, "u1"
	r.Unmapped = []string{"logit_bias"}
	r.Stream = true
	body, dropped := encode(t, r, claude)
	wantDropped := []string{"logit_bias", "temperature (limited to 1)", "top_p", "stop (blank)", "seed", "presence_penalty", "n"}
	if !slices.Equal(dropped, wantDropped) {
		t.Errorf("dropped %q\nwant    %q", dropped, wantDropped)
	}
	for field, text := range map[string]string{
		"temperature": `1`, "stop_sequences": `["END"]`, "metadata": `{"user_id":"u1"}`, "stream": `true`, "top_p": `null`, "model": `"` + claude + `"`,
	} {
		want(t, body[field], text)
	}
	if body, dropped := encode(t, &dialect.Request{Endpoint: dialect.EndpointChat, Messages: r.Messages, Temperature: new(0.1), TopP: new(0.5)}, "claude-3-opus-20240229"); len(dropped) > 0 || body["top_p"] != 0.5 {
		t.Errorf("an old model takes both: %q %v", dropped, body)
	}
}

func TestEncodeRendersAnAnswerSchema(t *testing.T) {
	r := chat(say("user", "a"))
	r.Format = dialect.Format{Kind: "schema", Description: "What holds.", Schema: json.RawMessage(
		`{"type":"object","properties":{"z":{"type":"integer","minimum":1},"minimum":{"$ref":"#/$defs/p"}},"required":["z"],"$defs":{"p":{"type":"object","additionalProperties":true,"properties":{"x":{"enum":[{"maximum":1}]}}}}}`)}
	wire, err := anthropic.Outbound{}.Encode(r, dialect.Target{Model: claude})
	if err != nil || !slices.Equal(wire.Dropped, []string{"response_format (minimum)"}) {
		t.Fatalf("dropped %q, %v", wire.Dropped, err)
	}
	schema := `"output_config":{"format":{"type":"json_schema","schema":{"description":"What holds.","type":"object","properties":{"z":{"type":"integer"},"minimum":{"$ref":"#/$defs/p"}},"required":["z"],` +
		`"$defs":{"p":{"type":"object","additionalProperties":false,"properties":{"x":{"enum":[{"maximum":1}]}}}},"additionalProperties":false}}}`
	if !strings.Contains(string(wire.Body), schema) {
		t.Errorf("got  %s\nwant %s", wire.Body, schema)
	}
	wire, err = anthropic.Outbound{}.Encode(r, dialect.Target{Model: "claude-sonnet-4-20250514"})
	tool := ` What holds.","input_schema":` + string(r.Format.Schema) + `}],"tool_choice":{"type":"tool","name":"headwater_json_answer","disable_parallel_tool_use":true}}`
	if err != nil || wire.Dropped != nil || strings.Contains(string(wire.Body), "output_config") || !strings.HasSuffix(string(wire.Body), tool) {
		t.Errorf("an older model: %q %s, %v", wire.Dropped, wire.Body, err)
	}
}

func TestReadErrorTellsTheReason(t *testing.T) {
	body := func(kind, message string) string {
		return `{"type":"error","error":{"type":"` + kind + `","message":"` + message + `"},"request_id":"r"}`
	}
	for _, row := range []struct {
		status int
		body   string
		want   dialect.Reason
	}{
		{400, body("invalid_request_error", "messages.0: bad"), dialect.ReasonBadRequest},
		{400, body("invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum"), dialect.ReasonContextLength},
		{400, body("invalid_request_error", "Your credit balance is too low to access the Anthropic API."), dialect.ReasonQuota},
		{401, body("authentication_error", "invalid x-api-key"), dialect.ReasonAuth},
		{402, body("billing_error", "pay"), dialect.ReasonQuota},
		{403, body("permission_error", "no"), dialect.ReasonAuth},
		{404, body("not_found_error", "model: claude-9"), dialect.ReasonNoModel},
		{404, body("not_found_error", "Not Found"), dialect.ReasonBadRequest},
		{413, body("request_too_large", "big"), dialect.ReasonBadRequest},
		{429, body("rate_limit_error", "slow"), dialect.ReasonRate},
		{500, body("api_error", "oops"), dialect.ReasonUnknown},
		{529, body("overloaded_error", "Overloaded"), dialect.ReasonOverloaded},
		{503, "<html>", dialect.ReasonOverloaded},
		{429, `{"error":"too many"}`, dialect.ReasonRate},
	} {
		got := anthropic.Outbound{}.ReadError(row.status, nil, []byte(row.body))
		if got.Reason != row.want || got.Status != row.status || got.Message == "" {
			t.Errorf("%d %s: got %+v, want %q", row.status, row.body, got, row.want)
		}
	}
}

func TestFaultsInsideASuccess(t *testing.T) {
	overloaded := `{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}`
	for _, row := range []struct {
		name, data string
		status     int
		malformed  bool
	}{
		{"overloaded", overloaded, 529, false},
		{"an error without a type", `{"error":{"type":"api_error","message":"x"}}`, 500, false},
		{"not JSON", `<html>`, 0, true},
		{"another object", `{"ok":true}`, 0, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, plain := anthropic.Outbound{}.Decoder(dialect.Operation{Endpoint: dialect.EndpointChat}).Answer([]byte(row.data))
			_, event := anthropic.Outbound{}.Decoder(dialect.Operation{Endpoint: dialect.EndpointChat}).Event(nil, "error", []byte(row.data))
			_, seen := anthropic.Outbound{}.Watcher(dialect.Operation{Endpoint: dialect.EndpointChat}).Answer([]byte(row.data))
			_, passed := anthropic.Outbound{}.Watcher(dialect.Operation{Endpoint: dialect.EndpointChat}).Event("error", []byte(row.data))
			for _, err := range []error{plain, event, seen, passed} {
				fault, ok := errors.AsType[*dialect.Fault](err)
				if !ok || fault.Malformed != row.malformed || fault.Detail.Status != row.status {
					t.Errorf("got %v", err)
				}
			}
		})
	}
}

func TestAdaptReplacesTheModelOnly(t *testing.T) {
	wire, err := anthropic.Outbound{}.Adapt(dialect.Operation{Endpoint: dialect.EndpointChat}, []byte(`{ "x":1.0,"model":"r" }`), dialect.Target{Model: "claude"}, true)
	if err != nil || string(wire.Body) != `{ "x":1.0,"model":"claude" }` || wire.Path != "/messages" {
		t.Fatalf("got %+v, %v", wire, err)
	}
	for _, body := range []string{`{}`, `[]`, `{"model":"a","model":"b"}`} {
		if _, err := (anthropic.Outbound{}).Adapt(dialect.Operation{Endpoint: dialect.EndpointChat}, []byte(body), dialect.Target{Model: "m"}, false); hw.AsError(err).Code == hw.CodeInternal || err == nil {
			t.Errorf("%s: %v", body, err)
		}
	}
	if (anthropic.Outbound{}).Serves(dialect.EndpointEmbeddings) || !(anthropic.Outbound{}).Serves(dialect.EndpointModels) {
		t.Error("Anthropic serves chat and models only")
	}
}

func TestReadModels(t *testing.T) {
	models, err := anthropic.Outbound{}.ReadModels([]byte(`{"data":[{"type":"model","id":"claude-a","created_at":"2025-02-19T00:00:00Z"},{"id":"b","created_at":"?"}],"has_more":false}`))
	if err != nil || !slices.Equal(models, []dialect.Model{{ID: "claude-a", Created: 1739923200, OwnedBy: "anthropic"}, {ID: "b", OwnedBy: "anthropic"}}) {
		t.Fatalf("got %+v, %v", models, err)
	}
	if _, err := (anthropic.Outbound{}).ReadModels([]byte(`{"type":"error","error":{"type":"authentication_error"}}`)); err == nil {
		t.Error("an error was taken for a list")
	}
}

func FuzzAnswer(f *testing.F) {
	f.Add([]byte(`{"type":"message","content":[{"type":"text","text":"x"},{"type":"tool_use","input":null}],"usage":{"input_tokens":1}}`))
	f.Add([]byte(`{"type":"content_block_delta","index":-1,"delta":{"type":"input_json_delta","partial_json":"x"}}`))
	f.Add([]byte(`{"type":"message_start","message":{"model":"x","usage":{"output_tokens":1.5}}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		d := anthropic.Outbound{}.Decoder(dialect.Operation{Endpoint: dialect.EndpointChat})
		_, _ = d.Answer(data)
		_, decoded := d.Event(nil, "", data)
		w := anthropic.Outbound{}.Watcher(dialect.Operation{Endpoint: dialect.EndpointChat})
		if _, err := w.Answer(data); err == nil {
			checkRename(t, w, data)
		}
		if _, err := w.Event("", data); err == nil {
			checkRename(t, w, data)
		} else if decoded == nil && json.Valid(data) && len(data) < 1000 {
			if _, ok := errors.AsType[*dialect.Fault](err); !ok {
				t.Fatalf("an error that is no fault: %v", err)
			}
		}
		anthropic.Outbound{}.ReadError(400, nil, data)
	})
}

func checkRename(t *testing.T, w dialect.Watcher, data []byte) {
	if out := w.Rename(nil, data, "m"); !json.Valid(out) {
		t.Fatalf("renaming broke %q into %q", data, out)
	}
}

func FuzzSchema(f *testing.F) {
	f.Add([]byte(`{"type":"object","properties":{"a":{"type":["string","null"],"maxLength":3}},"anyOf":[{"properties":{}}]}`))
	f.Add([]byte(`{"":1,"minimum":{"":2},"properties":{"":{"type":"object"}}}`))
	f.Fuzz(func(t *testing.T, schema []byte) {
		if !json.Valid(schema) {
			return
		}
		r := chat(say("user", "a"))
		r.Format = dialect.Format{Kind: "schema", Schema: schema}
		r.Tools = []dialect.Tool{{Name: "f", Schema: schema}}
		wire, err := anthropic.Outbound{}.Encode(r, dialect.Target{Model: claude})
		if err != nil || !json.Valid(wire.Body) {
			t.Fatalf("%s: %v", wire.Body, err)
		}
	})
}
