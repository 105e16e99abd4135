package gemini_test

import (
	"encoding/base64"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/gemini"
)

const hello = `"contents":[{"parts":[{"text":"hi"}]}]`

func TestDecodeFields(t *testing.T) {
	req := decode(t, `{`+hello+`,
		"generation_config":{"temperature":0.5,"top_p":"0.9","topK":40.0,"candidateCount":2,"max_output_tokens":100,"stopSequences":["a","b"],
			"seed":7,"presencePenalty":1,"frequencyPenalty":-1,"responseMimeType":"application/json","responseJsonSchema":{"type":"object"},
			"responseModalities":["TEXT"],"mediaResolution":"MEDIA_RESOLUTION_LOW","responseLogprobs":false,
			"thinkingConfig":{"include_thoughts":true,"thinkingBudget":2048}},
		"safetySettings":[{"category":"X","threshold":"Y"}],"cachedContent":"","labels":{},"toolConfig":null}`)
	want := &dialect.Request{
		Endpoint: dialect.EndpointChat, Model: "m", StreamUsage: true, Messages: []dialect.Message{say("user", "hi")},
		Temperature: new(0.5), TopP: new(0.9), TopK: new(40), Count: 2, MaxTokens: 100, Stop: []string{"a", "b"}, Seed: new(int64(7)),
		PresencePenalty: new(1.0), FrequencyPenalty: new(-1.0), Format: dialect.Format{Kind: "schema", Schema: json.RawMessage(`{"type":"object"}`)},
		ShowThoughts: new(true), ThinkingTokens: 2048, Unmapped: []string{"generationConfig.mediaResolution", "safetySettings"},
	}
	if !reflect.DeepEqual(req, want) {
		t.Errorf("\n got %+v\nwant %+v", req, want)
	}
}

func TestDecodeThinking(t *testing.T) {
	for config, want := range map[string]dialect.Request{
		`{}`:                           {ShowThoughts: new(false)},
		`{"thinkingBudget":0}`:         {ShowThoughts: new(false), Effort: "none"},
		`{"thinkingBudget":-1}`:        {ShowThoughts: new(false)},
		`{"thinkingLevel":"HIGH"}`:     {ShowThoughts: new(false), Effort: "high"},
		`{"thinking_level":"minimal"}`: {ShowThoughts: new(false), Effort: "minimal"},
		`{"includeThoughts":true}`:     {ShowThoughts: new(true)},
		`{"thinkingLevel":"THINKING_LEVEL_UNSPECIFIED"}`: {ShowThoughts: new(false)},
	} {
		req := decode(t, `{`+hello+`,"generationConfig":{"thinkingConfig":`+config+`}}`)
		if *req.ShowThoughts != *want.ShowThoughts || req.Effort != want.Effort || req.ThinkingTokens != want.ThinkingTokens {
			t.Errorf("%s: got %v %q %d", config, *req.ShowThoughts, req.Effort, req.ThinkingTokens)
		}
	}
}

func TestDecodeContents(t *testing.T) {
	req := decode(t, `{"system_instruction":{"role":"user","parts":{"text":"be kind"}},"contents":[
		{"role":"user","parts":[{"text":"look"},{"inline_data":{"mime_type":"image/png","data":"AAAA"}},{"inlineData":{"mimeType":"application/pdf","data":"BBBB","displayName":"a.pdf"}},
			{"fileData":{"fileUri":"https://example.org/a.mp3?x=1"}},{"fileData":{"fileUri":"https://youtu.be/x"},"videoMetadata":{"fps":1}}]},
		{"role":"model","parts":[{"text":"hm","thought":true,"thoughtSignature":"c2ln"},{"text":"Hel"}]},
		{"role":"model","parts":[{"text":"lo"},{}]},
		{"role":"model","parts":[{"functionCall":{"name":"f","args":{"a":1}},"thoughtSignature":"Y2FsbA=="},{"function_call":{"name":"g","id":"own"}},{"functionCall":{"name":"f"}}]},
		{"role":"user","parts":[{"functionResponse":{"name":"f","response":{"output":"one"}}},{"functionResponse":{"id":"own","name":"g","response":{"error":"bad"},"parts":[{"inlineData":{"mimeType":"image/png","data":"CCCC"}}]}},
			{"functionResponse":{"name":"f","response":{"a":{"b":2}}}},{"text":"and?"}]},
		{"role":"function","parts":[{"functionResponse":{"name":"lost","response":{"result":"r"}}}]}
	]}`)
	text := func(s string) dialect.Part { return dialect.Part{Kind: dialect.PartText, Text: s} }
	want := []dialect.Message{
		say("system", "be kind"),
		{Role: "user", Parts: []dialect.Part{
			text("look"),
			{Kind: dialect.PartImage, MIME: "image/png", Data: "AAAA"},
			{Kind: dialect.PartDocument, MIME: "application/pdf", Data: "BBBB", Filename: "a.pdf"},
			{Kind: dialect.PartAudio, MIME: "audio/mp3", URL: "https://example.org/a.mp3?x=1"},
			{Kind: dialect.PartVideo, URL: "https://youtu.be/x"},
		}},
		{Role: "assistant", Parts: []dialect.Part{
			{Kind: dialect.PartReasoning, Text: "hm", Signature: "c2ln", Signer: "gemini"},
			text("Hello"),
			{Kind: dialect.PartToolCall, Call: &dialect.ToolCall{ID: "call_3_0", Name: "f", Args: `{"a":1}`}, Signature: "Y2FsbA==", Signer: "gemini"},
			{Kind: dialect.PartToolCall, Call: &dialect.ToolCall{ID: "own", Name: "g", Args: `{}`}},
			{Kind: dialect.PartToolCall, Call: &dialect.ToolCall{ID: "call_3_1", Name: "f", Args: `{}`}},
		}},
		{Role: "tool", Parts: []dialect.Part{
			{Kind: dialect.PartToolResult, CallID: "call_3_0", Text: "one"},
			{Kind: dialect.PartToolResult, CallID: "own", Text: "bad", IsError: true, Media: []dialect.Part{{Kind: dialect.PartImage, MIME: "image/png", Data: "CCCC"}}},
			{Kind: dialect.PartToolResult, CallID: "call_3_1", Text: `{"a":{"b":2}}`},
		}},
		say("user", "and?"),
		{Role: "tool", Parts: []dialect.Part{{Kind: dialect.PartToolResult, CallID: "call_5_orphan", Text: "r"}}},
	}
	for i := range max(len(want), len(req.Messages)) {
		if i >= len(want) || i >= len(req.Messages) || !reflect.DeepEqual(req.Messages[i], want[i]) {
			t.Fatalf("message %d:\n got %+v\nwant %+v", i, req.Messages, want)
		}
	}
	if !slices.Equal(req.Unmapped, []string{"contents[].parts[].videoMetadata"}) {
		t.Errorf("got %v", req.Unmapped)
	}
}

func TestDecodeTools(t *testing.T) {
	req := decode(t, `{`+hello+`,"tools":[
		{"functionDeclarations":[{"name":"a","description":"d","parameters":{"type":"OBJECT","property_ordering":["z","y"],"nullable":false,"properties":{
			"y":{"type":"STRING","format":"enum","enum":["p"],"nullable":true},"z":{"type":"ARRAY","items":{"type":"INTEGER"},"minItems":"1"},
			"type":{"anyOf":[{"type":"NUMBER"},{"type":"BOOLEAN"}],"nullable":true,"example":1}},"required":["z"]},"behavior":"BLOCKING"}]},
		{"function_declarations":[{"name":"b","parametersJsonSchema":{"type":"object","$defs":{}}},{"name":"c"}]},
		{"googleSearch":{}},{"codeExecution":{}},{"urlContext":null}],
		"toolConfig":{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["a"]},"retrievalConfig":{"latLng":1}}}`)
	if len(req.Tools) != 3 || req.Tools[0].Name != "a" || req.Tools[0].Description != "d" || req.Tools[2].Schema != nil {
		t.Fatalf("got %+v", req.Tools)
	}
	if got, want := string(req.Tools[0].Schema), `{"type":"object","properties":{"z":{"type":"array","items":{"type":"integer"},"minItems":1},`+
		`"y":{"type":["string","null"],"enum":["p",null]},"type":{"anyOf":[{"type":"number"},{"type":"boolean"},{"type":"null"}],"examples":[1]}},"required":["z"]}`; got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
	if string(req.Tools[1].Schema) != `{"type":"object","$defs":{}}` {
		t.Errorf("got %s", req.Tools[1].Schema)
	}
	if req.Choice != (dialect.ToolChoice{Mode: "named", Name: "a"}) {
		t.Errorf("got %+v", req.Choice)
	}
	want := []string{"tools[].functionDeclarations[].behavior", "tools[].googleSearch", "tools[].codeExecution", "toolConfig.retrievalConfig"}
	if !slices.Equal(req.Unmapped, want) {
		t.Errorf("got %v", req.Unmapped)
	}
}

func TestDecodeToolChoice(t *testing.T) {
	const two = `,"tools":[{"functionDeclarations":[{"name":"a"},{"name":"b"},{"name":"c"}]}]`
	for config, want := range map[string]struct {
		choice dialect.ToolChoice
		tools  int
	}{
		`{"mode":"AUTO"}`:      {dialect.ToolChoice{Mode: "auto"}, 3},
		`{"mode":"VALIDATED"}`: {dialect.ToolChoice{Mode: "auto"}, 3},
		`{"mode":"NONE"}`:      {dialect.ToolChoice{Mode: "none"}, 3},
		`{"mode":"ANY"}`:       {dialect.ToolChoice{Mode: "required"}, 3},
		`{"mode":"ANY","allowedFunctionNames":["b","c"]}`:       {dialect.ToolChoice{Mode: "required"}, 2},
		`{"mode":"ANY","allowed_function_names":["b"]}`:         {dialect.ToolChoice{Mode: "named", Name: "b"}, 3},
		`{"mode":"VALIDATED","allowedFunctionNames":["c"]}`:     {dialect.ToolChoice{Mode: "auto"}, 1},
		`{"mode":"MODE_UNSPECIFIED","allowedFunctionNames":[]}`: {dialect.ToolChoice{}, 3},
	} {
		req := decode(t, `{`+hello+two+`,"toolConfig":{"functionCallingConfig":`+config+`}}`)
		if req.Choice != want.choice || len(req.Tools) != want.tools {
			t.Errorf("%s: got %+v, %d tools", config, req.Choice, len(req.Tools))
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	part := func(p string) string { return `{"contents":[{"parts":[` + p + `]}]}` }
	config := func(c string) string { return `{` + hello + `,"generationConfig":` + c + `}` }
	for _, row := range []struct {
		body  string
		code  hw.Code
		field string
	}{
		{`{`, hw.CodeBadJSON, ""},
		{`[]`, hw.CodeBadJSON, ""},
		{`{}`, hw.CodeBadRequest, "contents"},
		{`{"contents":[]}`, hw.CodeBadRequest, "contents"},
		{`{"contents":"hi"}`, hw.CodeBadRequest, "contents"},
		{`{"contents":[1]}`, hw.CodeBadRequest, "contents[0]"},
		{`{"contents":[{"role":"robot","parts":[]}]}`, hw.CodeBadRequest, "contents[0].role"},
		{`{"contents":[{"role":1,"parts":[]}]}`, hw.CodeBadRequest, "contents[0].role"},
		{`{"contents":[{"parts":"x"}]}`, hw.CodeBadRequest, "contents[0].parts"},
		{part(`"x"`), hw.CodeBadRequest, "contents[0].parts[0]"},
		{part(`{"text":1}`), hw.CodeBadRequest, "contents[0].parts[0].text"},
		{part(`{"text":"a","text":"b"}`), hw.CodeBadJSON, "contents[0].parts[0].text"},
		{part(`{"thoughtSignature":"a","thought_signature":"b"}`), hw.CodeBadJSON, "contents[0].parts[0].thoughtSignature"},
		{part(`{"hologram":{}}`), hw.CodeUnsupported, "contents[0].parts[0]"},
		{part(`{"inlineData":{"mimeType":"image/png"}}`), hw.CodeBadRequest, "contents[0].parts[0].inlineData.data"},
		{part(`{"inlineData":{"data":"AA"}}`), hw.CodeBadRequest, "contents[0].parts[0].inlineData.mimeType"},
		{part(`{"fileData":{"fileUri":"https://generativelanguage.googleapis.com/v1beta/files/x"}}`), hw.CodeUnsupported, "contents[0].parts[0].fileData.fileUri"},
		{part(`{"fileData":{"fileUri":"gs://b/o"}}`), hw.CodeUnsupported, "contents[0].parts[0].fileData.fileUri"},
		{part(`{"fileData":{}}`), hw.CodeBadRequest, "contents[0].parts[0].fileData.fileUri"},
		{part(`{"functionCall":{}}`), hw.CodeBadRequest, "contents[0].parts[0].functionCall.name"},
		{part(`{"functionCall":{"name":"f","args":[]}}`), hw.CodeBadRequest, "contents[0].parts[0].functionCall.args"},
		{part(`{"functionResponse":{"response":{}}}`), hw.CodeBadRequest, "contents[0].parts[0].functionResponse.name"},
		{part(`{"functionResponse":{"name":"f","response":"x"}}`), hw.CodeBadRequest, "contents[0].parts[0].functionResponse.response"},
		{part(`{"functionResponse":{"name":"f","response":{},"parts":[{"text":"x"}]}}`), hw.CodeUnsupported, "contents[0].parts[0].functionResponse.parts[0]"},
		{`{` + hello + `,"systemInstruction":"x"}`, hw.CodeBadRequest, "systemInstruction"},
		{`{` + hello + `,"systemInstruction":{"parts":[{"inlineData":{"mimeType":"image/png","data":"AA"}}]}}`, hw.CodeUnsupported, "systemInstruction"},
		{config(`[]`), hw.CodeBadRequest, "generationConfig"},
		{config(`{"temperature":"warm"}`), hw.CodeBadRequest, "generationConfig.temperature"},
		{config(`{"topK":1.5}`), hw.CodeBadRequest, "generationConfig.topK"},
		{config(`{"maxOutputTokens":-1}`), hw.CodeBadRequest, "generationConfig.maxOutputTokens"},
		{config(`{"stopSequences":"x"}`), hw.CodeBadRequest, "generationConfig.stopSequences"},
		{config(`{"responseSchema":{}}`), hw.CodeBadRequest, "generationConfig.responseMimeType"},
		{config(`{"responseMimeType":"application/json","responseSchema":[]}`), hw.CodeBadRequest, "generationConfig.responseSchema"},
		{config(`{"responseMimeType":"application/json","responseJsonSchema":1}`), hw.CodeBadRequest, "generationConfig.responseJsonSchema"},
		{config(`{"thinkingConfig":{"thinkingLevel":"huge"}}`), hw.CodeBadRequest, "generationConfig.thinkingConfig.thinkingLevel"},
		{config(`{"thinkingConfig":{"includeThoughts":1}}`), hw.CodeBadRequest, "generationConfig.thinkingConfig.includeThoughts"},
		{`{` + hello + `,"tools":[{"functionDeclarations":[{}]}]}`, hw.CodeBadRequest, "tools[0].functionDeclarations[0].name"},
		{`{` + hello + `,"tools":[{"functionDeclarations":[{"name":"f","parameters":1}]}]}`, hw.CodeBadRequest, "tools[0].functionDeclarations[0].parameters"},
		{`{` + hello + `,"toolConfig":{"functionCallingConfig":{"mode":"MAYBE"}}}`, hw.CodeBadRequest, "toolConfig.functionCallingConfig.mode"},
		{`{` + hello + `,"toolConfig":{"functionCallingConfig":{"mode":"AUTO","allowedFunctionNames":["x"]}}}`, hw.CodeBadRequest, "toolConfig.functionCallingConfig.allowedFunctionNames"},
	} {
		_, err := gemini.Inbound{}.Decode(chatOp, []byte(row.body))
		if err == nil {
			t.Errorf("%s: want an error", row.body)
			continue
		}
		refused(t, err, row.code, row.field)
	}
	_, err := gemini.Inbound{}.Decode(dialect.Operation{Endpoint: dialect.EndpointChat}, []byte(`{}`))
	refused(t, err, hw.CodeBadRequest, "model")
}

func TestDecodeNamesGooglesOwnParts(t *testing.T) {
	req := decode(t, `{"contents":[{"role":"model","parts":[{"executableCode":{"code":"1"},"thoughtSignature":"AA=="},{"codeExecutionResult":{"output":"1"}},{"toolCall":{"id":"x"}}]},{"parts":[{"text":"hi"}]}]}`)
	want := []string{"contents[].parts[].executableCode", "contents[].parts[].codeExecutionResult", "contents[].parts[].toolCall"}
	if !slices.Equal(req.Unmapped, want) || len(req.Messages) != 2 {
		t.Errorf("got %v %+v", req.Unmapped, req.Messages)
	}
}

func TestDecodeCount(t *testing.T) {
	op := dialect.Operation{Endpoint: dialect.EndpointCount, Name: "countTokens", Model: "m"}
	for _, body := range []string{`{` + hello + `}`, `{"generateContentRequest":{"model":"models/m",` + hello + `}}`, `{"generate_content_request":{` + hello + `}}`} {
		req, err := gemini.Inbound{}.Decode(op, []byte(body))
		if err != nil || len(req.Messages) != 1 || req.Endpoint != dialect.EndpointCount || len(req.Unmapped) != 0 {
			t.Errorf("%s: got %+v, %v", body, req, err)
		}
	}
}

func TestDecodeEmbeddings(t *testing.T) {
	one := dialect.Operation{Endpoint: dialect.EndpointEmbeddings, Name: "embedContent", Model: "e"}
	batch := dialect.Operation{Endpoint: dialect.EndpointEmbeddings, Name: "batchEmbedContents", Model: "e"}
	req, err := gemini.Inbound{}.Decode(one, []byte(`{"model":"models/e","content":{"parts":[{"text":"a"},{"text":"b"}]},"taskType":"RETRIEVAL_QUERY","title":"t","output_dimensionality":8}`))
	if err != nil || !slices.Equal(req.Input, []string{"a\nb"}) || req.InputType != "query" || req.Dimensions != 8 || !slices.Equal(req.Unmapped, []string{"title"}) {
		t.Errorf("got %+v, %v", req, err)
	}
	req, err = gemini.Inbound{}.Decode(batch, []byte(`{"requests":[{"model":"models/e","content":{"parts":[{"text":"a"}]}},{"content":{"role":"user","parts":{"text":"b"}}}]}`))
	if err != nil || !slices.Equal(req.Input, []string{"a", "b"}) {
		t.Errorf("got %+v, %v", req, err)
	}
	for _, row := range []struct {
		op    dialect.Operation
		body  string
		code  hw.Code
		field string
	}{
		{one, `{}`, hw.CodeBadRequest, "content"},
		{one, `{"content":{}}`, hw.CodeBadRequest, "content.parts"},
		{one, `{"content":{"parts":[{"inlineData":{}}]}}`, hw.CodeUnsupported, "content.parts[0]"},
		{batch, `{"requests":[]}`, hw.CodeBadRequest, "requests"},
		{batch, `{"requests":[{"content":{"parts":[{"text":"a"}]}},{"content":{"parts":[{"text":"b"}]},"outputDimensionality":3}]}`, hw.CodeUnsupported, "requests[1]"},
	} {
		_, err := gemini.Inbound{}.Decode(row.op, []byte(row.body))
		refused(t, err, row.code, row.field)
	}
}

// TestOtherVendorsReasoningComesBack sends an answer with another vendor's
// signed reasoning through a client that keeps history, shown and hidden.
func TestOtherVendorsReasoningComesBack(t *testing.T) {
	for _, shown := range []bool{true, false} {
		opts := dialect.EncodeOptions{Request: &dialect.Request{ShowThoughts: &shown}, RequestID: "r"}
		stream := write(
			opts,
			dialect.Event{Kind: dialect.EventReasoning, Text: "let me "},
			dialect.Event{Kind: dialect.EventReasoning, Text: "think"},
			dialect.Event{Kind: dialect.EventReasoning, Signature: "sig+", Signer: "anthropic"},
			dialect.Event{Kind: dialect.EventReasoning, Redacted: "secret", Signer: "anthropic", PartID: "rs_1"},
			dialect.Event{Kind: dialect.EventText, Text: "Hi"},
			dialect.Event{Kind: dialect.EventText, Text: " there"},
			dialect.Event{Kind: dialect.EventToolStart, CallID: "c1", ToolName: "f"},
			dialect.Event{Kind: dialect.EventToolArgs, Text: `{"a":1}`},
			dialect.Event{Kind: dialect.EventFinish, Finish: dialect.FinishTools},
			dialect.Event{Kind: dialect.EventEnd},
		)
		var history []string
		for _, c := range chunks(t, stream) {
			var w struct {
				Candidates []struct {
					Content json.RawMessage `json:"content"`
				} `json:"candidates"`
			}
			if err := json.Unmarshal([]byte(c), &w); err != nil {
				t.Fatal(err)
			}
			history = append(history, curated(t, string(w.Candidates[0].Content))...)
		}
		req := decode(t, `{"contents":[{"role":"user","parts":[{"text":"q"}]},`+strings.Join(history, ",")+`]}`)
		want := []dialect.Part{
			{Kind: dialect.PartReasoning, Text: "let me think", Signature: "sig+", Signer: "anthropic", Sealed: true},
			{Kind: dialect.PartReasoning, Data: "secret", Signer: "anthropic", ID: "rs_1", Sealed: true},
			{Kind: dialect.PartText, Text: "Hi there"},
			{Kind: dialect.PartToolCall, Call: &dialect.ToolCall{ID: "c1", Name: "f", Args: `{"a":1}`}},
		}
		if got := req.Messages[1].Parts; !reflect.DeepEqual(got, want) {
			t.Errorf("shown %v:\n got %+v\nwant %+v\n%s", shown, got, want, stream)
		}
		if strings.Contains(stream, `"thought":true`) != shown {
			t.Errorf("shown %v: got %s", shown, stream)
		}
	}
}

func TestSignaturesAreStandardBase64(t *testing.T) {
	stream := write(dialect.EncodeOptions{}, dialect.Event{Kind: dialect.EventText, Text: "a", Signature: "ÿ?>", Signer: "openai"}, dialect.Event{Kind: dialect.EventEnd})
	_, rest, _ := strings.Cut(stream, `"thoughtSignature":"`)
	signature, _, _ := strings.Cut(rest, `"`)
	if text, err := base64.StdEncoding.DecodeString(signature); err != nil || !strings.HasPrefix(string(text), "headwater/") {
		t.Errorf("got %s, %v", text, err)
	}
	// A signature of Google's own passes as it is.
	stream = write(dialect.EncodeOptions{}, dialect.Event{Kind: dialect.EventText, Text: "a", Signature: "R29vZ2xl", Signer: "gemini"}, dialect.Event{Kind: dialect.EventEnd})
	if !strings.Contains(stream, `"thoughtSignature":"R29vZ2xl"`) {
		t.Errorf("got %s", stream)
	}
}
