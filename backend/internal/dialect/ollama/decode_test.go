package ollama_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/ollama"
)

// The first bytes of images, in base64.
const (
	png  = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAAB"
	jpeg = "/9j/4AAQSkZJRgAB"
)

func TestDecodeChat(t *testing.T) {
	body := `{"model":"m:latest","keep_alive":"5m","truncate":true,"logprobs":true,"shift":false,"stream":true,
	"think":"high","format":{"type":"object"},
	"options":{"temperature":0.5,"top_p":0.9,"top_k":40,"seed":7,"num_predict":128.0,"stop":["END"],"presence_penalty":1,"frequency_penalty":0.5,
	  "num_ctx":4096,"min_p":0.1,"numa":false},
	"tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object"}}},{"type":"browser"}],
	"messages":[
	 {"role":"system","content":"be brief"},
	 {"role":"user","content":"see","images":["` + png + `","data:image/jpeg;base64,` + jpeg + `"]},
	 {"role":"assistant","content":"","thinking":"hm","tool_calls":[
	   {"function":{"name":"f","arguments":{"a": 1}}},{"id":"own","function":{"index":1,"name":"g","arguments":null}},{"function":{"name":"f","arguments":"{\"a\":2}"}}]},
	 {"role":"tool","tool_name":"g","content":"two"},
	 {"role":"tool","content":"one","images":["` + png + `"]},
	 {"role":"tool","tool_call_id":"call_2_2","content":"three"},
	 {"role":"assistant","content":"so"}]}`
	r, err := ollama.Inbound{}.Decode(op(t, "/api/chat"), []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	text := func(s string) dialect.Part { return dialect.Part{Kind: dialect.PartText, Text: s} }
	call := func(id, name, args string) dialect.Part {
		return dialect.Part{Kind: dialect.PartToolCall, Call: &dialect.ToolCall{ID: id, Name: name, Args: args}}
	}
	image := func(data, mime string) dialect.Part {
		return dialect.Part{Kind: dialect.PartImage, Data: data, MIME: mime}
	}
	result := func(id, s string, media ...dialect.Part) []dialect.Part {
		return []dialect.Part{{Kind: dialect.PartToolResult, CallID: id, Text: s, Media: media}}
	}
	want := &dialect.Request{
		Endpoint: dialect.EndpointChat, Model: "m:latest", Stream: true, StreamUsage: true,
		Messages: []dialect.Message{
			{Role: "system", Parts: []dialect.Part{text("be brief")}},
			{Role: "user", Parts: []dialect.Part{text("see"), image(png, "image/png"), image(jpeg, "image/jpeg")}},
			{Role: "assistant", Parts: []dialect.Part{
				{Kind: dialect.PartReasoning, Text: "hm"}, call("call_2_0", "f", `{"a": 1}`), call("own", "g", "{}"), call("call_2_2", "f", `{"a":2}`),
			}},
			{Role: "tool", Parts: result("own", "two")},
			{Role: "tool", Parts: result("call_2_0", "one", image(png, "image/png"))},
			{Role: "tool", Parts: result("call_2_2", "three")},
			{Role: "assistant", Parts: []dialect.Part{text("so")}},
		},
		Tools:     []dialect.Tool{{Name: "f", Description: "d", Schema: json.RawMessage(`{"type":"object"}`)}},
		MaxTokens: 128, Temperature: new(0.5), TopP: new(0.9), TopK: new(40), Seed: new(int64(7)), Stop: []string{"END"},
		PresencePenalty: new(1.0), FrequencyPenalty: new(0.5), Effort: "high", ShowThoughts: new(true),
		Format:   dialect.Format{Kind: "schema", Schema: json.RawMessage(`{"type":"object"}`)},
		Unmapped: []string{"options.min_p", "options.num_ctx", "shift", "tools[1] (browser)", "logprobs"},
	}
	if diff := cmp.Diff(want, r); diff != "" {
		t.Error(diff)
	}
}

func TestDecodeGenerate(t *testing.T) {
	body := `{"model":"m","prompt":"p","system":"s","images":["` + png + `"],"suffix":"x","template":"t","raw":true,"context":[1],"format":"json","think":false,"options":{}}`
	r, err := ollama.Inbound{}.Decode(op(t, "/api/generate"), []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	want := &dialect.Request{
		Endpoint: dialect.EndpointChat, Model: "m", Stream: true, StreamUsage: true,
		Messages: []dialect.Message{
			{Role: "system", Parts: []dialect.Part{{Kind: dialect.PartText, Text: "s"}}},
			{Role: "user", Parts: []dialect.Part{
				{Kind: dialect.PartText, Text: "p"}, {Kind: dialect.PartImage, Data: png, MIME: "image/png"},
			}},
		},
		Format: dialect.Format{Kind: "json"}, Effort: "none", Unmapped: []string{"context", "raw", "suffix", "template"},
	}
	if diff := cmp.Diff(want, r); diff != "" {
		t.Error(diff)
	}
	// What a client of an older release sends: every field, most of them void.
	old := `{"model":"llama3","prompt":"p","system":"","template":"","context":[],"stream":false,"raw":false,"images":[],"format":"","options":{},"keep_alive":null}`
	r, err = ollama.Inbound{}.Decode(op(t, "/api/generate"), []byte(old))
	if err != nil || r.Unmapped != nil || r.Stream || len(r.Messages) != 1 || r.Format.Kind != "" {
		t.Errorf("got %+v, %v", r, err)
	}
}

func TestDecodeEmbeddings(t *testing.T) {
	for _, row := range []struct {
		path, body string
		input      []string
		dimensions int
		unmapped   []string
	}{
		{"/api/embed", `{"model":"m","input":"a"}`, []string{"a"}, 0, nil},
		{"/api/embed", `{"model":"m","input":["a","b"],"dimensions":3,"truncate":true,"options":{"temperature":0,"num_ctx":9}}`, []string{"a", "b"}, 3, []string{"options.num_ctx"}},
		{"/api/embed", `{"model":"m","input":["a"],"truncate":false}`, []string{"a"}, 0, []string{"truncate"}},
		{"/api/embeddings", `{"model":"m","prompt":"a","options":{},"keep_alive":null}`, []string{"a"}, 0, nil},
	} {
		r, err := ollama.Inbound{}.Decode(op(t, row.path), []byte(row.body))
		if err != nil || !slices.Equal(r.Input, row.input) || r.Dimensions != row.dimensions || !slices.Equal(r.Unmapped, row.unmapped) || r.Stream {
			t.Errorf("%s: got %+v, %v", row.body, r, err)
		}
	}
}

func TestDecodeOfThinkAndBounds(t *testing.T) {
	for fields, want := range map[string]dialect.Request{
		`"think":true`:                    {Effort: "medium", ShowThoughts: new(true)},
		`"think":false`:                   {Effort: "none"},
		`"think":"low"`:                   {Effort: "low", ShowThoughts: new(true)},
		`"think":null`:                    {},
		`"options":{"num_predict":-1}`:    {},
		`"options":{"num_predict":-2}`:    {},
		`"options":{"stop":"x"}`:          {Stop: []string{"x"}},
		`"options":{"temperature":null}`:  {},
		`"format":""`:                     {},
		`"format":{}`:                     {Format: dialect.Format{Kind: "json"}},
		`"stream":false,"options":{}`:     {},
		`"options":{"think":true}`:        {Unmapped: []string{"options.think"}},
		`"top_logprobs":3,"keep_alive":0`: {Unmapped: []string{"top_logprobs"}},
		`"tools":[{"type":"function","zz":1,"function":{"name":"f","parameters":{"zz":1},"zz":2}}]`: {
			Tools: []dialect.Tool{{Name: "f", Schema: json.RawMessage(`{"zz":1}`)}}, Unmapped: []string{"tools[].zz", "tools[].function.zz"},
		},
	} {
		r, err := ollama.Inbound{}.Decode(op(t, "/api/chat"), []byte(`{"model":"m",`+fields+`,"messages":[{"role":"user","content":"x"}]}`))
		if err != nil {
			t.Errorf("%s: %v", fields, err)
			continue
		}
		r.Endpoint, r.Model, r.Messages, r.Stream, r.StreamUsage = "", "", nil, false, false
		if diff := cmp.Diff(&want, r); diff != "" {
			t.Errorf("%s: %s", fields, diff)
		}
	}
}

func TestDecodeNamesWhatNobodyReadsInAMessage(t *testing.T) {
	for messages, want := range map[string][]string{
		`{"role":"user","content":"x","zz":1,"void":null},{"role":"user","content":"y","zz":2}`: {"messages[].zz"},
		`{"role":"user","content":"x","name":"ann"}`:                                            {"messages[].name"},
		`{"role":"assistant","tool_calls":[{"type":"function","function":{"index":0,"name":"f","arguments":{"zz":1},"zz":1},"zz":1}]},` +
			`{"role":"tool","name":"f","content":"r","tool_call_id":"c"}`: {"messages[].tool_calls[].zz", "messages[].tool_calls[].function.zz"},
	} {
		r, err := ollama.Inbound{}.Decode(op(t, "/api/chat"), []byte(`{"model":"m","messages":[`+messages+`]}`))
		if err != nil || !slices.Equal(r.Unmapped, want) {
			t.Errorf("%s: named %q, %v", messages, r.Unmapped, err)
		}
	}
}

func TestDecodeNamesTheOffendingField(t *testing.T) {
	chat := func(message string) string { return `{"model":"m","messages":[` + message + `]}` }
	for _, row := range []struct {
		path, body, field string
		code              hw.Code
	}{
		{"/api/chat", `{"messages":[{"role":"user","content":"x"}]}`, "model", hw.CodeBadRequest},
		{"/api/chat", `{"model":"m"}`, "messages", hw.CodeBadRequest},
		{"/api/chat", `{"model":"m","messages":[]}`, "messages", hw.CodeBadRequest},
		{"/api/chat", `{"model":"m","messages":{}}`, "messages", hw.CodeBadRequest},
		{"/api/chat", chat(`7`), "messages", hw.CodeBadRequest},
		{"/api/chat", chat(`{"role":"king","content":"x"}`), "messages[0].role", hw.CodeBadRequest},
		{"/api/chat", chat(`{"content":"x"}`), "messages[0].role", hw.CodeBadRequest},
		{"/api/chat", chat(`{"role":"user","content":[{"type":"text"}]}`), "messages[0].content", hw.CodeBadRequest},
		{"/api/chat", chat(`{"role":"user","content":"x","images":"a"}`), "messages[0].images", hw.CodeBadRequest},
		{"/api/chat", chat(`{"role":"user","content":"x","images":["https://x.test/a.png"]}`), "messages[0].images[0]", hw.CodeBadRequest},
		{"/api/chat", chat(`{"role":"user","content":"x","images":[""]}`), "messages[0].images[0]", hw.CodeBadRequest},
		{"/api/chat", chat(`{"role":"assistant","thinking":1}`), "messages[0].thinking", hw.CodeBadRequest},
		{"/api/chat", chat(`{"role":"assistant","tool_calls":{}}`), "messages[0].tool_calls", hw.CodeBadRequest},
		{"/api/chat", chat(`{"role":"assistant","tool_calls":[{"function":{}}]}`), "messages[0].tool_calls[0].function.name", hw.CodeBadRequest},
		{"/api/chat", chat(`{"role":"tool","tool_name":1}`), "messages[0].tool_name", hw.CodeBadRequest},
		{"/api/chat", chat(`{"role":"tool","name":1}`), "messages[0].name", hw.CodeBadRequest},
		{"/api/chat", chat(`{"role":"tool","tool_call_id":1}`), "messages[0].tool_call_id", hw.CodeBadRequest},
		{"/api/chat", `{"model":"m","tools":{}}`, "tools", hw.CodeBadRequest},
		{"/api/chat", `{"model":"m","tools":[{"type":"function"}],"messages":[{"role":"user","content":"x"}]}`, "tools[0].function.name", hw.CodeBadRequest},
		{"/api/chat", `{"model":"m","format":"xml"}`, "format", hw.CodeBadRequest},
		{"/api/chat", `{"model":"m","think":"very"}`, "think", hw.CodeBadRequest},
		{"/api/chat", `{"model":"m","think":1}`, "think", hw.CodeBadRequest},
		{"/api/chat", `{"model":"m","stream":1}`, "stream", hw.CodeBadRequest},
		{"/api/chat", `{"model":"m","options":[]}`, "options", hw.CodeBadRequest},
		{"/api/chat", `{"model":"m","options":{"temperature":"hot"}}`, "options.temperature", hw.CodeBadRequest},
		{"/api/chat", `{"model":"m","options":{"top_k":"x"}}`, "options.top_k", hw.CodeBadRequest},
		{"/api/chat", `{"model":"m","options":{"stop":{}}}`, "options.stop", hw.CodeBadRequest},
		{"/api/chat", `{"model":"m","options":{"seed":1,"seed":2}}`, "options.seed", hw.CodeBadJSON},
		{"/api/chat", `{"model":"m","messages":[],"messages":[]}`, "messages", hw.CodeBadJSON},
		{"/api/chat", `[]`, "", hw.CodeBadJSON},
		{"/api/chat", `{"model":"m",}`, "", hw.CodeBadJSON},
		{"/api/generate", `{"model":"m"}`, "prompt", hw.CodeBadRequest},
		{"/api/generate", `{"model":"m","prompt":""}`, "prompt", hw.CodeBadRequest},
		{"/api/generate", `{"model":"m","prompt":["x"]}`, "prompt", hw.CodeBadRequest},
		{"/api/generate", `{"model":"m","prompt":"x","system":1}`, "system", hw.CodeBadRequest},
		{"/api/generate", `{"model":"m","prompt":"x","images":["?"]}`, "images[0]", hw.CodeBadRequest},
		{"/api/embed", `{"model":"m"}`, "input", hw.CodeBadRequest},
		{"/api/embed", `{"model":"m","input":[]}`, "input", hw.CodeBadRequest},
		{"/api/embed", `{"model":"m","input":[1,2]}`, "input", hw.CodeBadRequest},
		{"/api/embed", `{"model":"m","input":"x","dimensions":"many"}`, "dimensions", hw.CodeBadRequest},
		{"/api/embeddings", `{"model":"m","input":"x"}`, "prompt", hw.CodeBadRequest},
		{"/api/embeddings", `{"model":"m","prompt":["x"]}`, "prompt", hw.CodeBadRequest},
	} {
		_, err := ollama.Inbound{}.Decode(op(t, row.path), []byte(row.body))
		if e := hw.AsError(err); e == nil || e.Field != row.field || e.Code != row.code {
			t.Errorf("%s %s: got %v, want %s at %q", row.path, row.body, err, row.code, row.field)
		}
	}
}
