package openai_test

import (
	"slices"
	"strings"
	"testing"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/openai"
)

func TestDecodeNamesStrangersInside(t *testing.T) {
	for _, row := range []struct {
		body string
		want []string
	}{
		{`"messages":[{"role":"user","content":"hi","zz":1},{"role":"user","content":"ho","zz":2,"yy":{}}]`, []string{"messages[].zz"}},
		{`"messages":[{"role":"user","content":[{"type":"text","text":"a","zz":1},{"type":"image_url","image_url":{"url":"https://x.test/a","zz":1}},{"type":"file","file":{"file_data":"data:application/pdf;base64,QQ==","zz":1}}]}]`, []string{"messages[].content[].zz", "messages[].content[].image_url.zz", "messages[].content[].file.zz"}},
		{`"messages":[{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"QQ==","format":"wav","zz":1}}]}]`, []string{"messages[].content[].input_audio.zz"}},
		{`"messages":[{"role":"user","content":"q"},{"role":"assistant","tool_calls":[{"id":"c","zz":1,"function":{"name":"f","arguments":"{}","yy":1}}]}]`, []string{"messages[].tool_calls[].function.yy", "messages[].tool_calls[].zz"}},
		{`"messages":[{"role":"user","content":"q"}],"tools":[{"type":"function","zz":1,"function":{"name":"f","zz":1,"parameters":{"type":"object","properties":{"zz":{}}}}},{"type":"web_search","filters":{"a":1}}]`, []string{"tools[].function.zz", "tools[].zz", "tools[1] (web_search)"}},
		{`"messages":[{"role":"user","content":"q"}],"reasoning":{"effort":"low","zz":1},"stream_options":{"zz":1,"include_obfuscation":true}`, []string{"stream_options.zz", "reasoning.zz"}},
		{`"messages":[{"role":"user","content":"q"}],"thinking":{"type":"enabled","budget_tokens":9,"zz":1},"response_format":{"type":"json_schema","json_schema":{"name":"n","description":"d","schema":{"zz":1},"zz":1}}`, []string{"response_format.json_schema.zz", "thinking.zz"}},
		// In another way of writing it is the same field, and what is void says nothing.
		{`"messages":[{"role":"user","Content":"q","zz":null,"\u007a\u007a":[]}]`, nil},
		{`"messages":[{"role":"user","Content":[{"type":"text","text":"a","z\u007a":1}]}]`, []string{"messages[].content[].zz"}},
		// What SDKs send of an answer that they were given.
		{`"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a","refusal":null,"annotations":[],"audio":null,"function_call":null,"tool_calls":[{"index":0,"id":"c","type":"function","function":{"name":"f","arguments":"{}","parsed_arguments":{"a":1}}}],"reasoning_content":"hm","parsed":{"a":1},"id":"msg"},{"role":"tool","tool_call_id":"c","name":"f","content":"r"}]`, nil},
	} {
		req, err := openai.Inbound{}.Decode(chat, []byte(`{"model":"m",`+row.body+`}`))
		if err != nil {
			t.Errorf("%s: %v", row.body, err)
			continue
		}
		slices.Sort(req.Unmapped)
		if slices.Sort(row.want); !slices.Equal(req.Unmapped, row.want) {
			t.Errorf("%s: got %q, want %q", row.body, req.Unmapped, row.want)
		}
	}
}

func TestDecodeRefusesWhatCannotBe(t *testing.T) {
	const messages = `"messages":[{"role":"user","content":"q"}]`
	for _, row := range []struct {
		op          dialect.Operation
		body, field string
	}{
		{chat, messages + `,"max_tokens":"9"`, "max_tokens"},
		{chat, messages + `,"max_completion_tokens":1.5`, "max_completion_tokens"},
		{chat, messages + `,"n":-1`, "n"},
		{chat, messages + `,"stream_options":"x"`, "stream_options"},
		{chat, messages + `,"metadata":5`, "metadata"},
		{chat, messages + `,"store":"x"`, "store"},
		{chat, messages + `,"service_tier":1`, "service_tier"},
		{chat, messages + `,"enable_thinking":"no"`, "enable_thinking"},
		{chat, messages + `,"thinking_budget":-1`, "thinking_budget"},
		{completion, `"prompt":"q","max_tokens":"9"`, "max_tokens"},
		{dialect.Operation{Endpoint: dialect.EndpointEmbeddings}, `"input":"q","dimensions":-1`, "dimensions"},
	} {
		_, err := openai.Inbound{}.Decode(row.op, []byte(`{"model":"m",`+row.body+`}`))
		if e := hw.AsError(err); err == nil || e.Code != hw.CodeBadRequest || e.Field != row.field || !strings.Contains(e.Text, row.field) {
			t.Errorf("%s: got %v", row.body, err)
		}
	}
	// On either road, since it is what is read of a request that passes through.
	if _, err := (openai.Inbound{}).Peek(chat, []byte(`{"model":"m","stream_options":"x"}`)); hw.AsError(err) == nil || hw.AsError(err).Field != "stream_options" {
		t.Errorf("at a first look: %v", err)
	}
	for _, body := range []string{`{"model":"m","stream_options":null}`, `{"model":"m","max_tokens":-1,"n":-1}`} {
		if _, err := (openai.Inbound{}).Peek(chat, []byte(body)); err != nil {
			t.Errorf("%s passes through: %v", body, err)
		}
	}
}

func TestDecodeReadsQwensSwitch(t *testing.T) {
	for fields, want := range map[string]struct {
		effort string
		tokens int
	}{
		`"enable_thinking":false`:                         {"none", 0},
		`"enable_thinking":true`:                          {"medium", 0},
		`"enable_thinking":true,"thinking_budget":500`:    {"", 500},
		`"enable_thinking":false,"thinking_budget":500`:   {"none", 0},
		`"enable_thinking":true,"reasoning_effort":"low"`: {"low", 0},
	} {
		req, err := openai.Inbound{}.Decode(chat, []byte(`{"model":"m","messages":[{"role":"user","content":"q"}],`+fields+`}`))
		if err != nil || req.Effort != want.effort || req.ThinkingTokens != want.tokens || req.Unmapped != nil {
			t.Errorf("%s: got %q, %d, %q, %v", fields, req.Effort, req.ThinkingTokens, req.Unmapped, err)
		}
	}
}

func TestAllowedToolsAreTheOnlyOnes(t *testing.T) {
	req, err := openai.Inbound{}.Decode(chat, []byte(`{"model":"m","messages":[{"role":"user","content":"q"}],
		"tools":[{"type":"function","function":{"name":"a"}},{"type":"function","function":{"name":"b"}},{"type":"custom","custom":{"name":"c"}}],
		"tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"required","tools":[{"type":"custom","custom":{"name":"c"}},{"type":"function","function":{"name":"a"}}]}}}`))
	if err != nil || req.Unmapped != nil || req.Choice.Mode != "required" || len(req.Tools) != 2 || req.Tools[0].Name != "a" || req.Tools[1].Name != "c" {
		t.Errorf("got %+v, %v", req, err)
	}
}

func TestASchemasDescriptionIsCarried(t *testing.T) {
	body := `{"model":"m","messages":[{"role":"user","content":"q"}],"response_format":{"type":"json_schema","json_schema":{"name":"n","description":"d","schema":{"type":"object"}}}}`
	req, err := openai.Inbound{}.Decode(chat, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	if wire, err := (openai.Outbound{}).Encode(req, dialect.Target{Model: "m"}); err != nil || string(wire.Body) != body {
		t.Errorf("got %s, %v", wire.Body, err)
	}
}
