package gemini_test

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/gemini"
)

func TestEncodeOrdersTheTurns(t *testing.T) {
	user := func(parts ...string) string { return `{"role":"user","parts":[` + strings.Join(parts, ",") + `]}` }
	model := func(parts ...string) string { return `{"role":"model","parts":[` + strings.Join(parts, ",") + `]}` }
	text := func(s string) string { return `{"text":"` + s + `"}` }
	call := func(id string) string { return `{"functionCall":{"id":"` + id + `","name":"f_` + id + `","args":{}}}` }
	res := func(id, s string) string {
		return `{"functionResponse":{"id":"` + id + `","name":"f_` + id + `","response":{"output":"` + s + `"}}}`
	}
	for _, row := range []struct {
		name     string
		in       []dialect.Message
		contents []string
		system   string
		dropped  []string
	}{
		{"one user turn", []dialect.Message{say("user", "a")}, []string{user(text("a"))}, "", nil},
		{
			"system texts go to the top, from anywhere",
			[]dialect.Message{say("system", "s"), say("user", "a"), say("system", "z")},
			[]string{user(text("a"))},
			`{"parts":[` + text("s") + `,` + text("z") + `]}`, nil,
		},
		{
			"a system text alone is what is asked",
			[]dialect.Message{say("system", "s"), say("system", "z")},
			[]string{user(text("z"))},
			`{"parts":[` + text("s") + `]}`, nil,
		},
		{
			"neighbours of one role are merged, and the user ends",
			[]dialect.Message{say("user", "a"), say("user", "b"), say("assistant", "c"), say("assistant", "d")},
			[]string{user(text("a"), text("b")), model(text("c"), text("d")), user(text("Continue."))},
			"",
			[]string{"messages (the answer that was begun)"},
		},
		{
			"the user begins",
			[]dialect.Message{say("assistant", "hi"), say("user", "a")},
			[]string{user(text("Continue.")), model(text("hi")), user(text("a"))},
			"", nil,
		},
		{
			"empty texts are left out",
			[]dialect.Message{say("user", "a"), say("assistant", ""), say("user", "b")},
			[]string{user(text("a"), text("b"))},
			"", nil,
		},
		{"an empty text alone is asked", []dialect.Message{say("user", "")}, []string{user(text(""))}, "", nil},
		{
			"results stand in one turn right after their calls, in their order",
			[]dialect.Message{say("user", "q"), calls("a", "b"), result("b", "2"), say("user", "so?"), result("a", "1")},
			[]string{user(text("q")), model(call("a"), call("b")), user(res("a", "1"), res("b", "2"), text("so?"))},
			"", nil,
		},
		{
			"orphans are dropped in pairs",
			[]dialect.Message{say("user", "q"), calls("a", "b"), result("a", "1"), result("x", "2"), calls("z")},
			[]string{user(text("q")), model(call("a")), user(res("a", "1"))},
			"",
			[]string{"messages (a tool call without its result)", "messages (a tool result without its call)"},
		},
		{
			"a result far from its call is an orphan",
			[]dialect.Message{say("user", "q"), calls("a"), say("user", "no"), say("assistant", "ok"), result("a", "1")},
			[]string{user(text("q"), text("no")), model(text("ok")), user(text("Continue."))},
			"",
			[]string{"messages (a tool call without its result)", "messages (a tool result without its call)"},
		},
		{
			"only Google's thoughts go back",
			[]dialect.Message{say("user", "q"), {Role: "assistant", Name: "n", Parts: []dialect.Part{
				{Kind: dialect.PartReasoning, Text: "x", Signature: "s", Signer: "anthropic"},
				{Kind: dialect.PartReasoning, Text: "y", Signature: "Zw==", Signer: "gemini"},
				{Kind: dialect.PartText, Text: "t", Signature: "aA==", Signer: "gemini"},
				{Kind: dialect.PartRefusal, Text: "no", Signature: "s", Signer: "openai"},
			}}},
			[]string{user(text("q")), model(`{"text":"y","thought":true,"thoughtSignature":"Zw=="}`, `{"text":"t","thoughtSignature":"aA=="}`, text("no")), user(text("Continue."))},
			"",
			[]string{"messages[].name", "messages[].reasoning_content (unsigned)", "messages (the answer that was begun)"},
		},
		{
			"what the caller has not sent is not lost, what it has sent is named",
			[]dialect.Message{
				{Role: "user", Parts: []dialect.Part{{Kind: dialect.PartImage, URL: "https://x.test/a.png", MIME: "image/png", Detail: "low"}}},
				{Role: "assistant", Parts: []dialect.Part{
					{Kind: dialect.PartReasoning, Text: "x", Signature: "s", Signer: "anthropic", Restored: true},
					{Kind: dialect.PartText, Text: "t", Citations: []dialect.Citation{{URL: "u"}}},
				}},
				{Role: "user", Parts: []dialect.Part{{Kind: dialect.PartText, Text: "q", Citations: []dialect.Citation{{URL: "u"}}}}},
			},
			[]string{user(`{"fileData":{"mimeType":"image/png","fileUri":"https://x.test/a.png"}}`), model(text("t")), user(text("q"))},
			"",
			[]string{"messages[].content[].detail", "messages[].citations"},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			body, dropped := encode(t, chat(row.in...), "gemini-2.0-flash")
			sameAs(t, field(t, body, "contents"), `[`+strings.Join(row.contents, ",")+`]`)
			if row.system == "" {
				row.system = "null"
			}
			sameAs(t, field(t, body, "systemInstruction"), row.system)
			if !slices.Equal(dropped, row.dropped) {
				t.Errorf("dropped %v, want %v", dropped, row.dropped)
			}
		})
	}
	_, err := gemini.Outbound{}.Encode(chat(), dialect.Target{Model: "g"})
	refused(t, err, hw.CodeBadRequest, "messages")
}

func TestEncodeSignsCallsForGemini3(t *testing.T) {
	signed := calls("b")
	signed.Parts[0].Signature, signed.Parts[0].Signer = "cmVhbA==", "gemini"
	req := chat(say("user", "q"), calls("a", "c"), result("a", "1"), result("c", "3"), signed, result("b", "2"))
	body, _ := encode(t, req, "gemini-3-pro-preview")
	skip := base64.StdEncoding.EncodeToString([]byte("skip_thought_signature_validator"))
	if strings.Count(body, skip) != 1 || !strings.Contains(body, `"name":"f_a","args":{}},"thoughtSignature":"`+skip) || !strings.Contains(body, "cmVhbA==") {
		t.Errorf("got %s", body)
	}
	if body, _ := encode(t, req, "gemini-2.5-pro"); strings.Contains(body, skip) {
		t.Errorf("got %s", body)
	}
}

func TestEncodeParts(t *testing.T) {
	req := chat(dialect.Message{Role: "user", Parts: []dialect.Part{
		{Kind: dialect.PartImage, MIME: "image/png", Data: "AA=="},
		{Kind: dialect.PartImage, URL: "https://x.org/a.webp?b=c"},
		{Kind: dialect.PartDocument, Data: "BB==", Filename: "notes.txt"},
		{Kind: dialect.PartDocument, Text: "plain"},
		{Kind: dialect.PartAudio, MIME: "audio/wav", Data: "CC=="},
		{Kind: dialect.PartVideo, URL: "https://youtu.be/x"},
	}})
	body, _ := encode(t, req, "gemini-2.5-flash")
	sameAs(t, field(t, body, "contents"), `[{"role":"user","parts":[{"inlineData":{"mimeType":"image/png","data":"AA=="}},
		{"fileData":{"mimeType":"image/webp","fileUri":"https://x.org/a.webp?b=c"}},{"inlineData":{"mimeType":"text/plain","data":"BB=="}},{"text":"plain"},
		{"inlineData":{"mimeType":"audio/wav","data":"CC=="}},{"fileData":{"mimeType":"video/mp4","fileUri":"https://youtu.be/x"}}]}]`)

	for _, row := range []struct {
		message dialect.Message
		code    hw.Code
	}{
		{dialect.Message{Role: "user", Parts: []dialect.Part{{Kind: dialect.PartImage}}}, hw.CodeBadRequest},
		{dialect.Message{Role: "user", Parts: []dialect.Part{{Kind: "hologram"}}}, hw.CodeUnsupported},
		{dialect.Message{Role: "system", Parts: []dialect.Part{{Kind: dialect.PartImage, Data: "AA=="}}}, hw.CodeUnsupported},
		{dialect.Message{Role: "tool", Parts: []dialect.Part{{Kind: dialect.PartToolResult, CallID: "c", Media: []dialect.Part{{Kind: "hologram"}}}}}, hw.CodeUnsupported},
	} {
		_, err := gemini.Outbound{}.Encode(chat(row.message), dialect.Target{Model: "g"})
		refused(t, err, row.code, "messages[0].content[0]")
	}
}

func TestEncodeToolResults(t *testing.T) {
	call := calls("a")
	call.Parts[0].Call.Args = `{"cut":`
	media := dialect.Message{Role: "tool", Parts: []dialect.Part{
		{Kind: dialect.PartToolResult, CallID: "a", Text: "no", IsError: true, Media: []dialect.Part{{Kind: dialect.PartImage, MIME: "image/png", Data: "AA=="}}},
	}}
	const image = `{"inlineData":{"mimeType":"image/png","data":"AA=="}}`
	body, _ := encode(t, chat(say("user", "q"), call, media), "gemini-2.5-flash")
	sameAs(t, field(t, body, "contents"), `[{"role":"user","parts":[{"text":"q"}]},{"role":"model","parts":[{"functionCall":{"id":"a","name":"f_a","args":{"input":"{\"cut\":"}}}]},
		{"role":"user","parts":[{"functionResponse":{"id":"a","name":"f_a","response":{"error":"no"}}},`+image+`]}]`)
	body, _ = encode(t, chat(say("user", "q"), calls("a"), media), "gemini-3-flash")
	if !strings.Contains(body, `"response":{"error":"no"},"parts":[`+image+`]}}`) {
		t.Errorf("got %s", body)
	}
	body, _ = encode(t, chat(say("user", "q"), calls("a"), result("a", `{"deg": 20}`)), "gemini-3-flash")
	if !strings.Contains(body, `"response":{"deg": 20}`) && !strings.Contains(body, `"response":{"deg":20}`) {
		t.Errorf("got %s", body)
	}
}

func TestEncodeConfig(t *testing.T) {
	full := func() *dialect.Request {
		r := chat(say("user", "q"))
		r.Temperature, r.TopP, r.TopK, r.Seed = new(0.5), new(0.9), new(40), new(int64(3))
		r.PresencePenalty, r.FrequencyPenalty, r.Count, r.MaxTokens = new(1.0), new(0.0), 2, 500
		r.Stop = []string{"1", "", "2", "3", "4", "5", "6"}
		r.User, r.Unmapped = "me", []string{"logit_bias"}
		return r
	}
	body, dropped := encode(t, full(), "gemini-2.0-flash")
	sameAs(t, field(t, body, "generationConfig"), `{"temperature":0.5,"topP":0.9,"topK":40,"seed":3,"presencePenalty":1,"frequencyPenalty":0,"candidateCount":2,"maxOutputTokens":500,"stopSequences":["1","2","3","4","5"]}`)
	if want := []string{"logit_bias", "stop (more than 5)"}; !slices.Equal(dropped, want) {
		t.Errorf("got %v", dropped)
	}
	wire, err := gemini.Outbound{}.Encode(full(), dialect.Target{Model: "gemini-3.5-flash-lite", MaxOutput: 100})
	if err != nil || strings.Contains(string(wire.Body), "enalty") || !slices.Contains(wire.Dropped, "presence_penalty") || !strings.Contains(string(wire.Body), `"maxOutputTokens":100`) {
		t.Errorf("got %s %v, %v", wire.Body, wire.Dropped, err)
	}
	r := chat(say("user", "q"))
	r.Seed = new(int64(1) << 40)
	if body, dropped := encode(t, r, "gemini-2.0-flash"); strings.Contains(body, "generationConfig") || !slices.Equal(dropped, []string{"seed"}) {
		t.Errorf("got %s %v", body, dropped)
	}
}

func TestEncodeThinking(t *testing.T) {
	for _, row := range []struct {
		model  string
		effort string
		tokens int
		show   *bool
		want   string
		drop   string
	}{
		{"gemini-2.5-flash", "", 0, nil, `{"includeThoughts":true}`, ""},
		{"gemini-2.5-flash", "", 0, new(false), `null`, ""},
		{"gemini-2.5-flash", "none", 0, nil, `{"thinkingBudget":0}`, ""},
		{"gemini-2.5-flash", "medium", 0, nil, `{"includeThoughts":true,"thinkingBudget":8192}`, ""},
		{"gemini-2.5-flash", "xhigh", 0, new(false), `{"thinkingBudget":24576}`, ""},
		{"gemini-2.5-flash-lite", "", 100, nil, `{"includeThoughts":true,"thinkingBudget":512}`, ""},
		{"gemini-2.5-pro", "none", 0, nil, `{"thinkingBudget":128}`, "reasoning_effort (none)"},
		{"gemini-2.5-pro", "", 99999, nil, `{"includeThoughts":true,"thinkingBudget":32768}`, ""},
		{"gemini-3-pro-preview", "medium", 0, nil, `{"includeThoughts":true,"thinkingLevel":"high"}`, ""},
		{"gemini-3.1-pro-preview", "medium", 0, nil, `{"includeThoughts":true,"thinkingLevel":"medium"}`, ""},
		{"gemini-3-pro-preview", "minimal", 0, nil, `{"includeThoughts":true,"thinkingLevel":"low"}`, ""},
		{"gemini-3-flash-preview", "none", 0, nil, `{"thinkingLevel":"minimal"}`, ""},
		{"gemini-3-flash-preview", "", 777, nil, `{"includeThoughts":true,"thinkingBudget":777}`, ""},
		{"gemini-flash-latest", "low", 0, nil, `{"includeThoughts":true,"thinkingLevel":"low"}`, ""},
		{"gemini-flash-latest", "", 0, nil, `null`, ""},
		{"gemini-2.0-flash", "high", 0, nil, `null`, "reasoning_effort"},
		{"gemini-2.0-flash", "none", 0, nil, `null`, ""},
		{"gemini-2.5-flash-image", "", 0, nil, `null`, ""},
		{"gemma-3-27b-it", "low", 0, nil, `null`, "reasoning_effort"},
	} {
		r := chat(say("user", "q"))
		r.Effort, r.ThinkingTokens, r.ShowThoughts = row.effort, row.tokens, row.show
		body, dropped := encode(t, r, row.model)
		config := field(t, body, "generationConfig")
		if config != "null" {
			config = field(t, config, "thinkingConfig")
		}
		if config != row.want {
			t.Errorf("%s %s %d: got %s, want %s", row.model, row.effort, row.tokens, config, row.want)
		}
		if strings.Join(dropped, ",") != row.drop {
			t.Errorf("%s %s: dropped %v", row.model, row.effort, dropped)
		}
	}
}

func TestEncodeToolsAndFormat(t *testing.T) {
	r := chat(say("user", "q"))
	r.Tools = []dialect.Tool{
		{Name: "a", Description: "d", Schema: json.RawMessage(`{"type":"object","properties":{"x":{"type":"string"}},"additionalProperties":false}`), Strict: new(true)},
		{Name: "none", Schema: json.RawMessage(` { } `)},
		{Name: "free", Custom: true, Grammar: json.RawMessage(`{}`)},
	}
	r.ParallelTools = new(false)
	r.Format = dialect.Format{Kind: "schema", Schema: json.RawMessage(`{"type":"object","properties":{"n":{"const":"v"}}}`)}
	for mode, want := range map[string]string{
		"": `null`, "auto": `{"functionCallingConfig":{"mode":"AUTO"}}`, "none": `{"functionCallingConfig":{"mode":"NONE"}}`,
		"required": `{"functionCallingConfig":{"mode":"ANY"}}`, "named": `{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["a"]}}`,
	} {
		r.Choice = dialect.ToolChoice{Mode: mode, Name: "a"}
		body, _ := encode(t, r, "gemini-3-flash")
		sameAs(t, field(t, body, "toolConfig"), want)
	}
	body, dropped := encode(t, r, "gemini-3-flash")
	sameAs(t, field(t, body, "tools"), `[{"functionDeclarations":[
		{"name":"a","description":"d","parametersJsonSchema":{"type":"object","properties":{"x":{"type":"string"}},"additionalProperties":false}},
		{"name":"none"},{"name":"free","parametersJsonSchema":`+dialect.CustomSchema+`}]}]`)
	if want := []string{"tools[].strict", "tools[].custom.format", "parallel_tool_calls"}; !slices.Equal(dropped, want) {
		t.Errorf("got %v", dropped)
	}
	sameAs(t, field(t, field(t, body, "generationConfig"), "responseJsonSchema"), `{"type":"object","properties":{"n":{"type":"string","enum":["v"]}}}`)
	body, dropped = encode(t, r, "gemini-2.5-flash")
	if strings.Contains(body, "responseMimeType") || !slices.Contains(dropped, "response_format") {
		t.Errorf("got %s, %v", body, dropped)
	}
	r.Tools, r.Format = nil, dialect.Format{Kind: "json", Description: "d"}
	body, dropped = encode(t, r, "gemini-2.0-flash")
	if !slices.Contains(dropped, "response_format (description)") {
		t.Errorf("dropped %v", dropped)
	}
	sameAs(t, field(t, body, "generationConfig"), `{"responseMimeType":"application/json"}`)
	r.Format = dialect.Format{Kind: "schema", Description: "d", Schema: json.RawMessage(`{"type":"object"}`)}
	described, dropped := encode(t, r, "gemini-2.0-flash")
	if slices.Contains(dropped, "response_format (description)") {
		t.Errorf("dropped %v", dropped)
	}
	sameAs(t, field(t, field(t, described, "generationConfig"), "responseJsonSchema"), `{"description":"d","type":"object"}`)
	sameAs(t, field(t, body, "toolConfig"), `null`)
}

func TestEncodeSchemas(t *testing.T) {
	for _, row := range []struct {
		name, in, want string
		lost           []string
	}{
		{"annotations go, the order stays", `{"$schema":"s","type":"object","properties":{"z":{"type":"string","format":"uri"},"a":{"type":"string","format":"date-time"}}}`, `{"type":"object","properties":{"z":{"type":"string"},"a":{"type":"string","format":"date-time"}}}`, nil},
		{"references are written out", `{"type":"object","properties":{"p":{"$ref":"#/$defs/P","description":"mine"}},"$defs":{"P":{"type":"object","description":"theirs","properties":{"q":{"$ref":"#/$defs/Q~1R"}}},"Q/R":{"type":"number"}}}`, `{"type":"object","properties":{"p":{"type":"object","description":"mine","properties":{"q":{"type":"number"}}}}}`, nil},
		{"a recursion ends", `{"type":"object","properties":{"next":{"$ref":"#"}}}`, `{"type":"object","properties":{"next":{"type":"object","properties":{"next":{"type":"object"}}}}}`, []string{"response_format ($ref (recursive))"}},
		{"a reference to nowhere", `{"type":"object","properties":{"x":{"$ref":"http://x"}}}`, `{"type":"object","properties":{"x":{}}}`, []string{"response_format ($ref)"}},
		{"oneOf and tuples", `{"oneOf":[{"type":["string","null"]},{"const":true},{"items":[{"type":"number"}]}]}`, `{"anyOf":[{"type":["string","null"]},{"type":"boolean"},{"prefixItems":[{"type":"number"}]}]}`, nil},
		{"allOf is merged", `{"allOf":[{"type":"object","properties":{"a":{}},"required":["a"]},{"properties":{"b":true},"required":["b"]}]}`, `{"type":"object","properties":{"a":{},"b":{}},"required":["a","b"]}`, nil},
		{"names are no keywords", `{"type":"object","properties":{"const":{"type":"string"},"$ref":{"type":"string"},"not":{"type":"string"}}}`, `{"type":"object","properties":{"const":{"type":"string"},"$ref":{"type":"string"},"not":{"type":"string"}}}`, nil},
		{"what is lost is named", `{"type":"object","properties":{"n":{"type":"number","multipleOf":2,"exclusiveMinimum":0}},"patternProperties":{}}`, `{"type":"object","properties":{"n":{"type":"number"}}}`, []string{"response_format (exclusiveMinimum)", "response_format (multipleOf)", "response_format (patternProperties)"}},
		{"maps", `{"type":"object","additionalProperties":{"type":"string","$comment":"c"}}`, `{"type":"object","additionalProperties":{"type":"string"}}`, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := chat(say("user", "q"))
			r.Format = dialect.Format{Kind: "schema", Schema: json.RawMessage(row.in)}
			body, dropped := encode(t, r, "gemini-2.0-flash")
			if got := field(t, field(t, body, "generationConfig"), "responseJsonSchema"); got != row.want {
				t.Errorf("\n got %s\nwant %s", got, row.want)
			}
			if !slices.Equal(dropped, row.lost) {
				t.Errorf("dropped %v", dropped)
			}
		})
	}
}

func TestSchemaThatWouldGrowWithoutEndIsBounded(t *testing.T) {
	var b strings.Builder
	b.WriteString(`{"type":"object","properties":{"x":{"$ref":"#/$defs/d0"}},"$defs":{"d30":{"type":"string"}`)
	for i := range 30 {
		ref := `{"$ref":"#/$defs/d` + string(json.Number(jsonInt(i+1))) + `"}`
		b.WriteString(`,"d` + jsonInt(i) + `":{"type":"object","properties":{"a":` + ref + `,"b":` + ref + `}}`)
	}
	b.WriteString(`}}`)
	r := chat(say("user", "q"))
	r.Format = dialect.Format{Kind: "schema", Schema: json.RawMessage(b.String())}
	body, dropped := encode(t, r, "gemini-2.0-flash")
	if len(body) > 4<<20 || !slices.Contains(dropped, "response_format (size)") {
		t.Errorf("got %d bytes, %v", len(body), dropped)
	}
}

func jsonInt(i int) string {
	text, _ := json.Marshal(i)
	return string(text)
}

func TestEncodeCountAndEmbeddings(t *testing.T) {
	r := chat(say("user", "q"))
	r.Endpoint = dialect.EndpointCount
	wire, err := gemini.Outbound{}.Encode(r, dialect.Target{Model: "g"})
	if err != nil || wire.Path != "/models/g:countTokens" {
		t.Fatalf("got %s, %v", wire.Path, err)
	}
	sameAs(t, string(wire.Body), `{"generateContentRequest":{"model":"models/g","contents":[{"role":"user","parts":[{"text":"q"}]}]}}`)

	e := &dialect.Request{Endpoint: dialect.EndpointEmbeddings, Input: []string{"a"}, Dimensions: 8, InputType: "document"}
	wire, err = gemini.Outbound{}.Encode(e, dialect.Target{Model: "e"})
	if err != nil || wire.Path != "/models/e:embedContent" {
		t.Fatalf("got %s, %v", wire.Path, err)
	}
	sameAs(t, string(wire.Body), `{"model":"models/e","content":{"parts":[{"text":"a"}]},"taskType":"RETRIEVAL_DOCUMENT","outputDimensionality":8}`)
	e = &dialect.Request{Endpoint: dialect.EndpointEmbeddings, Input: []string{"a", "b"}, InputType: "fact_verification", User: "u"}
	wire, err = gemini.Outbound{}.Encode(e, dialect.Target{Model: "e"})
	if err != nil || wire.Path != "/models/e:batchEmbedContents" || len(wire.Dropped) != 0 {
		t.Fatalf("got %s %v, %v", wire.Path, wire.Dropped, err)
	}
	sameAs(t, string(wire.Body), `{"requests":[{"model":"models/e","content":{"parts":[{"text":"a"}]},"taskType":"FACT_VERIFICATION"},{"model":"models/e","content":{"parts":[{"text":"b"}]},"taskType":"FACT_VERIFICATION"}]}`)
	e.InputType = "poetry"
	if wire, _ = (gemini.Outbound{}).Encode(e, dialect.Target{Model: "e"}); !slices.Contains(wire.Dropped, "input_type") {
		t.Errorf("got %v", wire.Dropped)
	}
	for _, endpoint := range []dialect.Endpoint{dialect.EndpointChat, dialect.EndpointEmbeddings, dialect.EndpointModels, dialect.EndpointCount} {
		if !(gemini.Outbound{}).Serves(endpoint) {
			t.Errorf("%s is not served", endpoint)
		}
	}
	if (gemini.Outbound{}).Serves(dialect.EndpointCompletions) {
		t.Error("completions are served")
	}
}
