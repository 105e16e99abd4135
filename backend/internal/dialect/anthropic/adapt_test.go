package anthropic_test

import (
	"encoding/json"
	"strings"
	"testing"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/anthropic"
)

func adapt(t *testing.T, op dialect.Operation, body, model string) dialect.Wire {
	t.Helper()
	wire, err := anthropic.Outbound{}.Adapt(op, []byte(body), dialect.Target{Model: model}, false)
	if err != nil {
		t.Fatal(err)
	}
	return wire
}

func TestAdaptSendsVersionAndBetasOn(t *testing.T) {
	const body = `{"model":"r"}`
	for _, row := range []struct {
		name          string
		own           dialect.Header
		version, beta string
	}{
		{"none", nil, "2023-06-01", ""},
		{"the caller's own", dialect.Header{"Anthropic-Version": {"2026-10-21"}, "Anthropic-Beta": {"a-2025,b_1.x", " c ,a-2025"}}, "2026-10-21", "a-2025,b_1.x,c"},
		{"what is no word is left out", dialect.Header{"Anthropic-Version": {"a\r\nb"}, "Anthropic-Beta": {"a b, c\n,ü,ok", strings.Repeat("x", 81)}}, "2023-06-01", "c,ok"},
		{"many", dialect.Header{"Anthropic-Beta": {strings.Repeat("x,", 9) + "a1,a2,a3,a4,a5,a6,a7,a8,a9,b1,b2,b3,b4,b5,b6,b7,b8,b9,c1,c2,c3,c4,c5,c6,c7,c8,c9,d1,d2,d3,d4,d5"}}, "2023-06-01", "x,a1,a2,a3,a4,a5,a6,a7,a8,a9,b1,b2,b3,b4,b5,b6,b7,b8,b9,c1,c2,c3,c4,c5,c6,c7,c8,c9,d1,d2,d3,d4"},
	} {
		wire := adapt(t, dialect.Operation{Endpoint: dialect.EndpointChat, Header: row.own}, body, "m")
		if got := strings.Join(wire.Header["Anthropic-Beta"], "|"); wire.Header["Anthropic-Version"][0] != row.version || got != row.beta {
			t.Errorf("%s: %v", row.name, wire.Header)
		}
	}
}

func TestAdaptCountsAtTheUpstream(t *testing.T) {
	op := dialect.Operation{Endpoint: dialect.EndpointCount}
	if wire := adapt(t, op, `{"messages":[], "model":"r"}`, "m"); wire.Path != "/messages/count_tokens" || string(wire.Body) != `{"messages":[], "model":"m"}` {
		t.Errorf("got %+v", wire)
	}
	w := anthropic.Outbound{}.Watcher(op)
	sign, err := w.Answer([]byte(`{"input_tokens":12}`))
	if err != nil || !sign.Content || sign.Usage != nil {
		t.Errorf("got %+v, %v", sign, err)
	}
	if got := string(w.Rename(nil, []byte(`{"input_tokens":12}`), "r")); got != `{"input_tokens":12}` {
		t.Errorf("got %s", got)
	}
	a, err := anthropic.Outbound{}.Decoder(op).Answer([]byte(`{"input_tokens":12}`))
	if err != nil || a.Usage.In != 12 {
		t.Errorf("got %+v, %v", a, err)
	}
	for _, body := range []string{`{}`, `[]`, `{"error":{"type":"api_error","message":"x"}}`, `{"input_tokens":"many"}`} {
		if _, err := w.Answer([]byte(body)); err == nil {
			t.Errorf("%s was taken for a count", body)
		}
	}
	wire, err := anthropic.Outbound{}.Encode(&dialect.Request{
		Endpoint: dialect.EndpointCount, Messages: []dialect.Message{say("user", "a")}, MaxTokens: 9, Temperature: new(0.5), Stop: []string{"x"},
	}, dialect.Target{Model: "m"})
	if err != nil || string(wire.Body) != `{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"a"}]}]}` || wire.Path != "/messages/count_tokens" {
		t.Errorf("got %+v, %v", wire, err)
	}
}

func TestAdaptTakesOutWhatAnthropicCannotHaveSaid(t *testing.T) {
	seal := func(fields string) string {
		p := dialect.Part{Kind: dialect.PartReasoning, Text: "hm", Signature: fields, Signer: dialect.SignerGemini}
		var m struct {
			Content []struct{ Signature string }
		}
		if err := json.Unmarshal(encodePlain(t, &dialect.Answer{Choices: []dialect.Choice{{Parts: []dialect.Part{p}}}}), &m); err != nil {
			t.Fatal(err)
		}
		return m.Content[0].Signature
	}("g")
	user := `{"role":"user","content":"a"}`
	turn := func(blocks string) string { return `{"role":"assistant","content":[` + blocks + `]}` }
	result := `{"role":"user","content":[{"type":"tool_result","tool_use_id":"c","content":"x"}]}`
	foreign := `{"type":"thinking","thinking":"hm","signature":"` + seal + `"}`
	redacted := `{"type":"redacted_thinking","data":"` + seal + `"}`
	unsigned := `{"type":"thinking","thinking":"hm","signature":""}`
	own := `{"type":"thinking","thinking":"hm","signature":"Eq+/="}`
	use := `{"type":"tool_use","id":"c","name":"f","input":{"signature":"","x":"hw1."}}`
	enabled, disabled := `{"type":"enabled","budget_tokens":2000}`, `{"type":"disabled"}`
	body := func(thinking string, messages ...string) string {
		return `{"model":"M", "thinking":` + thinking + `,"messages":[` + strings.Join(messages, ",") + `] }`
	}
	for _, row := range []struct{ name, model, in, want string }{
		{"nothing to do", claude, body(enabled, user, turn(own+", "+use), result), body(enabled, user, turn(own+", "+use), result)},
		{"a foreign proof", claude, body(enabled, user, turn(foreign+","+own+","+use), result), body(enabled, user, turn(own+","+use), result)},
		{"thinking cannot go on", claude, body(enabled, user, turn(redacted+","+use), result), body(disabled, user, turn(use), result)},
		{"it can in a new turn", claude, body(enabled, user, turn(foreign+`,{"type":"text","text":"b"}`), user), body(enabled, user, turn(`{"type":"text","text":"b"}`), user)},
		{"an empty turn goes", claude, body(enabled, user, turn(foreign+","+redacted), user), body(enabled, user, user)},
		{"no proof at all", claude, body(disabled, user, turn(unsigned+","+use), result), body(disabled, user, turn(use), result)},
		{"others take that", "kimi-k2", body(enabled, user, turn(unsigned+","+use), result), body(enabled, user, turn(unsigned+","+use), result)},
		{"but no seal", "kimi-k2", body(enabled, user, turn(foreign+","+use), result), body(enabled, user, turn(use), result)},
		{"a user may say it", claude, body(enabled, `{"role":"user","content":"\"hw1.\" \"signature\":\"\" hw1."}`, `{"role":"user","content":[`+foreign+`]}`), body(enabled, `{"role":"user","content":"\"hw1.\" \"signature\":\"\" hw1."}`, `{"role":"user","content":[`+foreign+`]}`)},
	} {
		want := strings.Replace(row.want, `"M"`, `"`+row.model+`"`, 1)
		if got := string(adapt(t, chatOp, row.in, row.model).Body); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", row.name, got, want)
		}
	}
}

func TestEncodeSendsBackOnlyAnthropicsProof(t *testing.T) {
	turn := call("x")
	turn.Parts[0].Signature, turn.Parts[0].Signer = "cs", dialect.SignerGemini
	turn.Parts = append([]dialect.Part{
		{Kind: dialect.PartReasoning, Text: "mine", Signature: "s", Signer: dialect.SignerAnthropic},
		{Kind: dialect.PartReasoning, Signature: "omitted", Signer: dialect.SignerAnthropic},
		{Kind: dialect.PartReasoning, Text: "theirs", Signature: "g", Signer: dialect.SignerGemini},
		{Kind: dialect.PartReasoning, Data: "o", ID: "rs_1", Signer: dialect.SignerOpenAI},
		{Kind: dialect.PartText, Text: "a", Signature: "ts", Signer: dialect.SignerGemini},
		{Kind: dialect.PartImage, Data: "QQ==", MIME: "image/png"},
	}, turn.Parts...)
	res := result("x", "seen")
	res.Parts[0].Media = []dialect.Part{{Kind: dialect.PartImage, Data: "QQ==", MIME: "image/png"}, {Kind: dialect.PartDocument, URL: "u"}}
	body, dropped := encode(t, chat(say("user", "a"), turn, res), claude)
	messages, _ := body["messages"].([]any)
	want(t, messages[1], `{"role":"assistant","content":[{"type":"thinking","thinking":"mine","signature":"s"},{"type":"thinking","thinking":"","signature":"omitted"},
		{"type":"text","text":"a"},{"type":"tool_use","id":"x","name":"f","input":{}}]}`)
	want(t, messages[2], `{"role":"user","content":[{"type":"tool_result","tool_use_id":"x","content":[{"type":"text","text":"seen"},
		{"type":"image","source":{"type":"base64","media_type":"image/png","data":"QQ=="}},{"type":"document","source":{"type":"url","url":"u"}}]}]}`)
	if strings.Join(dropped, "|") != "messages[].reasoning_content (unsigned)|messages[].content (image of the assistant)" {
		t.Errorf("dropped %q", dropped)
	}
}

func TestEncodeKnowsTheModel(t *testing.T) {
	for _, row := range []struct {
		name, model string
		most        int
		change      func(*dialect.Request)
		want        string
		dropped     string
	}{
		{"the most it gives is the default", claude, 64000, func(*dialect.Request) {}, `{"max_tokens":64000}`, ""},
		{"and the limit", claude, 100, func(r *dialect.Request) { r.MaxTokens = 500 }, `{"max_tokens":100}`, "max_tokens (limited to 100)"},
		{"a budget leaves room below it", claude, 8192, func(r *dialect.Request) { r.Effort = "high" }, `{"max_tokens":8192,"thinking":{"type":"enabled","budget_tokens":4096}}`, ""},
		{"a budget that fits stays", claude, 0, func(r *dialect.Request) { r.ThinkingTokens, r.MaxTokens = 6000, 8000 }, `{"max_tokens":8000,"thinking":{"type":"enabled","budget_tokens":6000}}`, ""},
		{
			"no budget, no sampling", "claude-opus-4-7", 0,
			func(r *dialect.Request) {
				r.ThinkingTokens, r.Temperature, r.TopP, r.TopK = 3000, new(0.3), new(1.0), new(4)
			},
			`{"max_tokens":4096,"thinking":{"type":"adaptive","display":"summarized"},"output_config":{"effort":"medium"}}`, "temperature|top_k",
		},
		{"thoughts unwanted", "claude-opus-4-8", 0, func(r *dialect.Request) { r.Effort, r.ShowThoughts = "xhigh", new(false) }, `{"max_tokens":4096,"thinking":{"type":"adaptive","display":"omitted"},"output_config":{"effort":"xhigh"}}`, ""},
		{"a model that thinks unasked is told not to", "claude-opus-5", 0, func(r *dialect.Request) { r.Effort = "none" }, `{"max_tokens":4096,"thinking":{"type":"disabled"}}`, ""},
		{"nor one that cannot stop", "claude-opus-5-5", 0, func(r *dialect.Request) { r.Effort = "none" }, `{"max_tokens":4096}`, "reasoning_effort"},
		{"one that always thinks is not", "claude-fable-5", 0, func(r *dialect.Request) { r.Effort = "none" }, `{"max_tokens":4096}`, "reasoning_effort"},
		{"thinking goes on in a turn that lost its own", "claude-opus-4-6", 0, func(r *dialect.Request) {
			r.Effort, r.Messages, r.Tools = "low", append(r.Messages, call("x"), result("x", "1")), []dialect.Tool{{Name: "f"}}
		}, `{"max_tokens":4096,"thinking":{"type":"adaptive"},"output_config":{"effort":"low"}}`, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := chat(say("user", "a"))
			row.change(r)
			wire, err := anthropic.Outbound{}.Encode(r, dialect.Target{Model: row.model, MaxOutput: row.most})
			if err != nil {
				t.Fatal(err)
			}
			var body map[string]any
			if err := json.Unmarshal(wire.Body, &body); err != nil {
				t.Fatal(err)
			}
			for _, key := range []string{"model", "messages", "tools"} {
				delete(body, key)
			}
			want(t, body, row.want)
			if got := strings.Join(wire.Dropped, "|"); got != row.dropped {
				t.Errorf("dropped %q", got)
			}
		})
	}
	t.Run("a begun answer", func(t *testing.T) {
		body, dropped := encode(t, chat(say("user", "a"), say("assistant", "so: ")), "claude-opus-4-6")
		messages, _ := body["messages"].([]any)
		want(t, messages[2], `{"role":"user","content":[{"type":"text","text":"Continue."}]}`)
		if strings.Join(dropped, "|") != "messages (the answer that was begun)" {
			t.Errorf("dropped %q", dropped)
		}
	})
	t.Run("a custom tool is a function", func(t *testing.T) {
		r := chat(say("user", "a"))
		r.Tools = []dialect.Tool{{Name: "f", Custom: true, Grammar: json.RawMessage(`{"type":"grammar"}`)}}
		body, dropped := encode(t, r, claude)
		want(t, body["tools"], `[{"name":"f","input_schema":`+dialect.CustomSchema+`}]`)
		if strings.Join(dropped, "|") != "tools[].format" {
			t.Errorf("dropped %q", dropped)
		}
	})
}

func TestDecodeAnswerTellsSignerSourceAndStop(t *testing.T) {
	const body = `{"id":"msg_1","type":"message","model":"m","content":[{"type":"thinking","thinking":"hm","signature":"s"},{"type":"redacted_thinking","data":"d"},
		{"type":"text","text":"a","citations":[{"type":"web_search_result_location","url":"u","title":"T","cited_text":"c","encrypted_index":"e"},{"type":"page_location","document_title":"D","cited_text":"p","document_index":0}]}],
		"stop_reason":"stop_sequence","stop_sequence":"END","usage":{"input_tokens":1,"output_tokens":2}}`
	a, err := anthropic.Outbound{}.Decoder(chatOp).Answer([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	checkJSON(t, a.Choices[0], dialect.Choice{Finish: "stop", StopSequence: "END", Parts: []dialect.Part{
		{Kind: dialect.PartReasoning, Text: "hm", Signature: "s", Signer: "anthropic"},
		{Kind: dialect.PartReasoning, Data: "d", Signer: "anthropic"},
		{Kind: dialect.PartText, Text: "a", Citations: []dialect.Citation{{URL: "u", Title: "T", Cited: "c"}, {Title: "D", Cited: "p"}}},
	}})
	d := anthropic.Outbound{}.Decoder(chatOp)
	var events []dialect.Event
	for _, data := range []string{
		`{"type":"message_start","message":{"id":"msg_1","model":"m"}}`,
		`{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}`,
		`{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"s"}}`,
		`{"type":"content_block_start","index":1,"content_block":{"type":"redacted_thinking","data":"d"}}`,
		`{"type":"content_block_start","index":2,"content_block":{"type":"text","text":"","citations":[]}}`,
		`{"type":"content_block_delta","index":2,"delta":{"type":"citations_delta","citation":{"type":"web_search_result_location","url":"u","title":"T","cited_text":"c"}}}`,
		`{"type":"content_block_start","index":3,"content_block":{"type":"tool_use","id":"c","name":"f","input":{}}}`,
		`{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null}}`,
		`{"type":"message_stop"}`,
	} {
		if events, err = d.Event(events, "", []byte(data)); err != nil {
			t.Fatal(err)
		}
	}
	checkJSON(t, events, []dialect.Event{
		{Kind: dialect.EventStart, ID: "msg_1", Model: "m"},
		{Kind: dialect.EventReasoning, Signature: "s", Signer: "anthropic"},
		{Kind: dialect.EventReasoning, Redacted: "d", Signer: "anthropic"},
		{Kind: dialect.EventCitation, Citation: &dialect.Citation{URL: "u", Title: "T", Cited: "c"}},
		{Kind: dialect.EventToolStart, CallID: "c", ToolName: "f"},
		{Kind: dialect.EventFinish, Finish: "tool_calls"},
		{Kind: dialect.EventEnd},
	})
}
