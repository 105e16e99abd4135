package openai_test

import (
	"encoding/base64"
	"regexp"
	"slices"
	"strings"
	"testing"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/openai"
)

// ask is a chat of one question with what change does to it.
func ask(change func(r *dialect.Request)) *dialect.Request {
	req := &dialect.Request{Endpoint: dialect.EndpointChat, Messages: []dialect.Message{{Role: dialect.RoleUser, Parts: []dialect.Part{{Kind: dialect.PartText, Text: "q"}}}}}
	change(req)
	return req
}

// TestModelsGetWhatTheyTake: want is what the body has beside model and messages.
func TestModelsGetWhatTheyTake(t *testing.T) {
	effort := func(word string) func(*dialect.Request) { return func(r *dialect.Request) { r.Effort = word } }
	stops := func(texts ...string) func(*dialect.Request) { return func(r *dialect.Request) { r.Stop = texts } }
	for _, row := range []struct {
		model   string
		change  func(*dialect.Request)
		want    string
		dropped []string
	}{
		{"gpt-4o", effort("none"), ``, nil},
		{"gpt-4o", effort("high"), ``, []string{"reasoning_effort"}},
		{"ft:gpt-4o-mini:me", effort("low"), ``, []string{"reasoning_effort"}},
		{"gpt-35-turbo", effort("low"), ``, []string{"reasoning_effort"}},
		{"chatgpt-4o-latest", effort("low"), ``, []string{"reasoning_effort"}},
		{"gpt-4o", func(r *dialect.Request) { r.ThinkingTokens = 9000 }, ``, []string{"reasoning_effort"}},
		{"gpt-5", effort("none"), `,"reasoning_effort":"minimal"`, []string{"reasoning_effort (minimal for none)"}},
		{"gpt-5", effort("minimal"), `,"reasoning_effort":"minimal"`, nil},
		{"gpt-5-mini", effort("xhigh"), `,"reasoning_effort":"high"`, []string{"reasoning_effort (high for xhigh)"}},
		{"gpt-5-chat-latest", effort("none"), ``, nil},
		{"gpt-5-chat-latest", effort("low"), ``, []string{"reasoning_effort"}},
		{"gpt-5.1-chat-latest", effort("medium"), `,"reasoning_effort":"medium"`, nil},
		{"gpt-5-codex", effort("minimal"), `,"reasoning_effort":"low"`, []string{"reasoning_effort (low for minimal)"}},
		{"gpt-5.1-codex-max", effort("xhigh"), `,"reasoning_effort":"xhigh"`, nil},
		{"gpt-5-pro", effort("low"), `,"reasoning_effort":"high"`, []string{"reasoning_effort (high for low)"}},
		{"gpt-5.1", effort("none"), `,"reasoning_effort":"none"`, nil},
		{"gpt-5.1", effort("minimal"), `,"reasoning_effort":"low"`, []string{"reasoning_effort (low for minimal)"}},
		{"gpt-5.2-2025-12-11", effort("xhigh"), `,"reasoning_effort":"xhigh"`, nil},
		{"gpt-6", effort("none"), `,"reasoning_effort":"none"`, nil},
		{"o3", effort("none"), `,"reasoning_effort":"low"`, []string{"reasoning_effort (low for none)"}},
		{"o1-mini", effort("low"), ``, []string{"reasoning_effort"}},
		{"o4-mini-deep-research", effort("high"), `,"reasoning_effort":"medium"`, []string{"reasoning_effort (medium for high)"}},
		{"gpt-5.9", effort("colossal"), `,"reasoning_effort":"colossal"`, nil},

		{"gpt-5", stops("a"), ``, []string{"stop"}},
		{"o3", stops("a"), ``, []string{"stop"}},
		{"o4-mini", stops("a"), ``, []string{"stop"}},
		{"o3-mini", stops("a"), `,"stop":["a"]`, nil},
		{"gpt-4o", stops("a", "b", "c", "d", "e", "f"), `,"stop":["a","b","c","d"]`, []string{"stop (the first 4 of 6)"}},
		{"gpt-5", func(r *dialect.Request) {
			r.Temperature, r.TopP, r.PresencePenalty, r.FrequencyPenalty = new(0.3), new(0.5), new(1.0), new(1.0)
		}, ``, []string{"temperature", "top_p", "presence_penalty", "frequency_penalty"}},
		{"o3", func(r *dialect.Request) { r.Temperature, r.TopP, r.PresencePenalty = new(1.0), new(1.0), new(0.0) }, `,"temperature":1`, nil},
		{"gpt-5.1", func(r *dialect.Request) { r.Temperature, r.Effort = new(0.3), "none" }, `,"temperature":0.3,"reasoning_effort":"none"`, nil},
		{"gpt-5.1", func(r *dialect.Request) { r.Temperature, r.Effort = new(0.3), "low" }, `,"reasoning_effort":"low"`, []string{"temperature"}},
		{"gpt-4o", func(r *dialect.Request) { r.Temperature, r.TopP = new(0.3), new(0.5) }, `,"temperature":0.3,"top_p":0.5`, nil},
		{"gpt-5-chat", func(r *dialect.Request) { r.Temperature, r.MaxTokens, r.Stop = new(0.3), 9, []string{"a"} }, `,"max_completion_tokens":9,"temperature":0.3,"stop":["a"]`, nil},

		{"gpt-4o", func(r *dialect.Request) { r.Choice.Mode, r.ParallelTools = "required", new(false) }, ``, []string{"tool_choice"}},
		{"gpt-4o", func(r *dialect.Request) { r.Choice.Mode = "none" }, ``, nil},
		{"qwen3", func(r *dialect.Request) { r.Choice = dialect.ToolChoice{Mode: "named", Name: "f"} }, ``, []string{"tool_choice"}},

		// Of other vendors' models nothing is known.
		{"gpt-oss-120b", func(r *dialect.Request) {
			r.Effort, r.Temperature, r.Stop = "none", new(0.3), []string{"a", "b", "c", "d", "e"}
		}, `,"temperature":0.3,"stop":["a","b","c","d","e"],"reasoning_effort":"none"`, nil},
		{"openai/gpt-5", func(r *dialect.Request) { r.Effort, r.Temperature, r.Stop = "none", new(0.3), []string{"a"} }, `,"temperature":0.3,"stop":["a"],"reasoning_effort":"none"`, nil},
		{"qwen3", func(r *dialect.Request) { r.Effort, r.PresencePenalty, r.Seed = "low", new(1.0), new(int64(7)) }, `,"seed":7,"presence_penalty":1,"reasoning_effort":"low"`, nil},
	} {
		wire, err := openai.Outbound{}.Encode(ask(row.change), dialect.Target{Model: row.model})
		want := `{"model":"` + row.model + `","messages":[{"role":"user","content":"q"}]` + row.want + `}`
		if err != nil || string(wire.Body) != want || !slices.Equal(wire.Dropped, row.dropped) {
			t.Errorf("%s: got  %s, %q, %v\nwant %s, %q", row.model, wire.Body, wire.Dropped, err, want, row.dropped)
		}
	}
}

// mistralTurns are turns with all that Mistral has other words for.
func mistralTurns(r *dialect.Request) {
	call := func(id string) dialect.Part {
		return dialect.Part{Kind: dialect.PartToolCall, Call: &dialect.ToolCall{ID: id, Name: "f", Args: "{}"}}
	}
	result := func(id string) dialect.Message {
		return dialect.Message{Role: dialect.RoleTool, Parts: []dialect.Part{{Kind: dialect.PartToolResult, CallID: id, Text: "r"}}}
	}
	r.Seed, r.User, r.Stream = new(int64(7)), "me", true
	r.Tools, r.Choice = []dialect.Tool{{Name: "f"}}, dialect.ToolChoice{Mode: "required"}
	r.Messages[0].Name = "ann"
	r.Messages = append(
		r.Messages,
		dialect.Message{Role: dialect.RoleAssistant, Parts: []dialect.Part{{Kind: dialect.PartReasoning, Text: "hm"}, call("toolu_01"), call("AbCdEf123")}},
		result("toolu_01"), result("AbCdEf123"),
		dialect.Message{Role: dialect.RoleUser, Parts: []dialect.Part{{Kind: dialect.PartDocument, MIME: "application/pdf", Data: "QQ==", Filename: "a.pdf"}}},
		dialect.Message{Role: dialect.RoleAssistant, Parts: []dialect.Part{{Kind: dialect.PartRefusal, Text: "no"}}},
	)
}

// mistral is a model at Mistral's own API.
func mistral(model string) dialect.Target { return dialect.Target{Provider: "mistral", Model: model} }

func TestMistralGetsItsOwnWords(t *testing.T) {
	for model, want := range map[string]struct {
		thinking string
		dropped  []string
	}{
		"mistral-large-latest":    {`null`, []string{"messages[].name", "messages[].reasoning_content"}},
		"magistral-medium-latest": {`[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]}]`, []string{"messages[].name"}},
	} {
		wire, err := openai.Outbound{}.Encode(ask(mistralTurns), mistral(model))
		if err != nil || !slices.Equal(wire.Dropped, want.dropped) {
			t.Errorf("%s: dropped %q, %v", model, wire.Dropped, err)
		}
		made := regexp.MustCompile(`"id":"([0-9A-Za-z]{9})"`).FindSubmatch(wire.Body)
		if len(made) == 0 || string(made[1]) == "AbCdEf123" {
			t.Fatalf("%s: no id that Mistral takes in %s", model, wire.Body)
		}
		body := `{"model":"` + model + `","messages":[{"role":"user","content":"q"},{"role":"assistant","content":` + want.thinking +
			`,"tool_calls":[{"id":"MADE","type":"function","function":{"name":"f","arguments":"{}"}},{"id":"AbCdEf123","type":"function","function":{"name":"f","arguments":"{}"}}]},` +
			`{"role":"tool","content":"r","tool_call_id":"MADE"},{"role":"tool","content":"r","tool_call_id":"AbCdEf123"},` +
			`{"role":"user","content":[{"type":"document_url","document_url":"data:application/pdf;base64,QQ==","document_name":"a.pdf"}]},{"role":"assistant","content":"no","prefix":true}],"stream":true,` +
			`"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{}}}}],"tool_choice":"any","random_seed":7}`
		if body = strings.ReplaceAll(body, "MADE", string(made[1])); string(wire.Body) != body {
			t.Errorf("%s: got  %s\nwant %s", model, wire.Body, body)
		}
	}
}

func TestMistralsEffortIsNoneOrHigh(t *testing.T) {
	for _, row := range []struct{ model, effort, want, dropped string }{
		{"mistral-small-latest", "none", "none", ""},
		{"mistral-small-2603", "low", "high", "reasoning_effort (high for low)"},
		{"mistral-medium-2604", "high", "high", ""},
		{"mistral-small-2506", "high", "", "reasoning_effort"},
		{"mistral-large-latest", "none", "", ""},
		{"magistral-medium-latest", "high", "", ""},
		{"magistral-medium-latest", "none", "", "reasoning_effort"},
	} {
		wire, err := openai.Outbound{}.Encode(ask(func(r *dialect.Request) { r.Effort = row.effort }), mistral(row.model))
		said := strings.Contains(string(wire.Body), `"reasoning_effort":"`+row.want+`"`)
		if err != nil || said != (row.want != "") || strings.Join(wire.Dropped, ",") != row.dropped {
			t.Errorf("%s, %s: got %s, %q, %v", row.model, row.effort, wire.Body, wire.Dropped, err)
		}
	}
}

// TestMistralIsNotAskedForUsage: it tells usage in any case, and refuses a request
// with stream_options.include_usage. Others serve its models as OpenAI would.
func TestMistralIsNotAskedForUsage(t *testing.T) {
	for provider, want := range map[string]bool{"mistral": false, "scaleway": true, "openai-compatible": true, "": true} {
		to := dialect.Target{Provider: provider, Model: "mistral-large-latest"}
		wire, err := openai.Outbound{}.Adapt(chat, []byte(`{"model":"r","stream":true}`), to, true)
		if err != nil || strings.Contains(string(wire.Body), "include_usage") != want {
			t.Errorf("%s: got %s, %v", provider, wire.Body, err)
		}
		wire, err = openai.Outbound{}.Encode(ask(mistralTurns), to)
		if err != nil || strings.Contains(string(wire.Body), "random_seed") == want || strings.Contains(string(wire.Body), `"include_usage":true`) != want {
			t.Errorf("%s: got %s, %v", provider, wire.Body, err)
		}
	}
}

func TestMistralEmbeddingsHaveTheirOwnWords(t *testing.T) {
	req := &dialect.Request{Endpoint: dialect.EndpointEmbeddings, Input: []string{"x"}, Dimensions: 9, User: "me"}
	wire, err := openai.Outbound{}.Encode(req, mistral("codestral-embed-2505"))
	if want := `{"model":"codestral-embed-2505","input":["x"],"output_dimension":9}`; err != nil || string(wire.Body) != want {
		t.Errorf("got %s, %v", wire.Body, err)
	}
}

func TestOverridesSpeakToMistralInItsWords(t *testing.T) {
	p := &hw.Parameters{Set: hw.ParameterValues{Seed: new(int64(7)), User: "me"}}
	body, dropped, err := openai.Outbound{}.Override(chat, []byte(`{"model":"mistral-large-latest"}`), mistral("mistral-large-latest"), p)
	if err != nil || !strings.Contains(string(body), `"random_seed":7`) || strings.Contains(string(body), "user") || !slices.Equal(dropped, []string{"user"}) {
		t.Errorf("got %s, %q, %v", body, dropped, err)
	}
}

func TestWhatOnlyOpenAIKnowsReachesOpenAI(t *testing.T) {
	const fields = `"store":true,"metadata":{"a":"b"},"prompt_cache_key":"k","prompt_cache_retention":"24h","safety_identifier":"s","service_tier":"flex","verbosity":"low"`
	req, err := openai.Inbound{}.Decode(chat, []byte(`{"model":"m","messages":[{"role":"user","content":"q"}],`+fields+`}`))
	if err != nil {
		t.Fatal(err)
	}
	for model, want := range map[string]struct {
		fields  string
		dropped []string
	}{
		"gpt-5":                {`,` + fields, []string{}},
		"gpt-4o":               {`,"store":true,"metadata":{"a":"b"},"prompt_cache_key":"k","prompt_cache_retention":"24h","safety_identifier":"s","service_tier":"flex"`, []string{"verbosity"}},
		"gpt-5-chat-latest":    {`,"store":true,"metadata":{"a":"b"},"prompt_cache_key":"k","prompt_cache_retention":"24h","safety_identifier":"s","service_tier":"flex"`, []string{"verbosity"}},
		"qwen3":                {``, []string{"service_tier", "verbosity"}},
		"mistral-large-latest": {`,"prompt_cache_key":"k"`, []string{"service_tier", "verbosity"}},
	} {
		to := dialect.Target{Model: model}
		if strings.HasPrefix(model, "mistral") {
			to = mistral(model)
		}
		wire, err := openai.Outbound{}.Encode(req, to)
		body := `{"model":"` + model + `","messages":[{"role":"user","content":"q"}]` + want.fields + `}`
		if err != nil || string(wire.Body) != body || !slices.Equal(wire.Dropped, want.dropped) {
			t.Errorf("%s: got  %s, %q, %v\nwant %s", model, wire.Body, wire.Dropped, err, body)
		}
	}
	// OpenAI refuses metadata for what it does not store.
	req.Kin.Store = nil
	if wire, err := (openai.Outbound{}).Encode(req, dialect.Target{Model: "gpt-5"}); err != nil || strings.Contains(string(wire.Body), "metadata") {
		t.Errorf("got %s, %v", wire.Body, err)
	}
}

func TestReasoningThatOthersEncryptedIsNamed(t *testing.T) {
	for _, row := range []struct {
		model string
		part  dialect.Part
		named bool
	}{
		{"gpt-5", dialect.Part{Data: "E", Signer: dialect.SignerOpenAI, ID: "rs"}, true},
		{"qwen3", dialect.Part{Data: "E", Signer: dialect.SignerAnthropic}, true},
		{"qwen3", dialect.Part{Data: "E", Signer: dialect.SignerAnthropic, Restored: true}, false},
		{"qwen3", dialect.Part{Text: "hm", Signature: "s", Signer: dialect.SignerAnthropic}, false},
		{"openai/gpt-5", dialect.Part{Data: "E", Signer: dialect.SignerOpenAI, ID: "rs"}, false},
		{"anthropic/claude-sonnet-4.5", dialect.Part{Data: "E", Signer: dialect.SignerAnthropic}, false},
	} {
		row.part.Kind = dialect.PartReasoning
		wire, err := openai.Outbound{}.Encode(ask(func(r *dialect.Request) {
			r.Messages = append(r.Messages, dialect.Message{Role: dialect.RoleAssistant, Parts: []dialect.Part{row.part, row.part, {Kind: dialect.PartText, Text: "a"}}})
		}), dialect.Target{Model: row.model})
		var want []string
		if row.named {
			want = []string{"messages[].reasoning_content (unsigned)"}
		}
		if err != nil || !slices.Equal(wire.Dropped, want) {
			t.Errorf("%s, %+v: got %q, %v", row.model, row.part, wire.Dropped, err)
		}
	}
}

func TestResultsWithoutTheirCallAreDropped(t *testing.T) {
	result := func(id string) dialect.Part {
		return dialect.Part{Kind: dialect.PartToolResult, CallID: id, Text: "r"}
	}
	lost := []string{"messages (a tool result without its call)"}
	wire, err := openai.Outbound{}.Encode(ask(func(r *dialect.Request) {
		r.Messages = append(
			r.Messages,
			dialect.Message{Role: dialect.RoleAssistant, Parts: []dialect.Part{{Kind: dialect.PartToolCall, Call: &dialect.ToolCall{ID: "c", Name: "f", Args: "{}"}}}},
			dialect.Message{Role: dialect.RoleTool, Parts: []dialect.Part{result("c"), result("c"), result("zz"), {Kind: dialect.PartText, Text: "so"}}},
		)
	}), dialect.Target{Model: "m"})
	want := `{"model":"m","messages":[{"role":"user","content":"q"},{"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","content":"r","tool_call_id":"c"},{"role":"user","content":"so"}]}`
	if err != nil || string(wire.Body) != want || !slices.Equal(wire.Dropped, lost) {
		t.Errorf("got %s, %q, %v", wire.Body, wire.Dropped, err)
	}
	_, err = openai.Outbound{}.Encode(ask(func(r *dialect.Request) { r.Messages[0].Parts = []dialect.Part{result("zz")} }), dialect.Target{Model: "m"})
	if e := hw.AsError(err); err == nil || e.Code != hw.CodeBadRequest || e.Field != "messages" {
		t.Errorf("of nothing but a result without its call: %v", err)
	}
}

func TestDocumentsOfTextStandInTheContent(t *testing.T) {
	for _, row := range []struct {
		part dialect.Part
		want string
	}{
		{dialect.Part{MIME: "text/plain", Data: base64.StdEncoding.EncodeToString([]byte("é"))}, `"é"`},
		{dialect.Part{MIME: "text/markdown", Filename: "a.md", Data: base64.StdEncoding.EncodeToString([]byte("# A"))}, `"a.md:\n\n# A"`},
		{dialect.Part{MIME: "application/json", Data: base64.StdEncoding.EncodeToString([]byte("{}"))}, `"{}"`},
		{dialect.Part{MIME: "text/plain", Data: "/w=="}, `[{"type":"file","file":{"file_data":"data:text/plain;base64,/w==","filename":"document.txt"}}]`},
		{dialect.Part{MIME: "application/pdf", Data: "QQ=="}, `[{"type":"file","file":{"file_data":"data:application/pdf;base64,QQ==","filename":"document.pdf"}}]`},
	} {
		row.part.Kind = dialect.PartDocument
		wire, err := openai.Outbound{}.Encode(ask(func(r *dialect.Request) { r.Messages[0].Parts = []dialect.Part{row.part} }), dialect.Target{Model: "m"})
		if want := `{"model":"m","messages":[{"role":"user","content":` + row.want + `}]}`; err != nil || string(wire.Body) != want {
			t.Errorf("got  %s, %v\nwant %s", wire.Body, err, want)
		}
	}
}
