package responses_test

import (
	"encoding/base64"
	"slices"
	"strings"
	"testing"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/responses"
)

// sent renders a request for a model.
func sent(t *testing.T, model string, r *dialect.Request) (body string, dropped []string) {
	t.Helper()
	if len(r.Messages) == 0 {
		r.Messages = []dialect.Message{text(dialect.RoleUser, "hi")}
	}
	wire, err := responses.Outbound{}.Encode(r, dialect.Target{Model: model})
	if err != nil {
		t.Fatal(err)
	}
	return string(wire.Body), wire.Dropped
}

func TestEncodeGivesEachModelAnEffortThatItTakes(t *testing.T) {
	for _, row := range []struct {
		model, effort, want string // want is empty where no effort is sent
		dropped             []string
	}{
		{"gpt-4o", "none", "", nil},
		{"gpt-4o", "low", "", []string{"reasoning_effort"}},
		{"ft:gpt-4.1-mini:acme", "high", "", []string{"reasoning_effort"}},
		{"gpt-5-chat-latest", "high", "", []string{"reasoning_effort"}},
		{"o3", "none", "low", []string{"reasoning_effort (low for none)"}},
		{"o3", "minimal", "low", []string{"reasoning_effort (low for minimal)"}},
		{"o4-mini", "xhigh", "high", []string{"reasoning_effort (high for xhigh)"}},
		{"o4-mini-deep-research", "high", "medium", []string{"reasoning_effort (medium for high)"}},
		{"gpt-5", "none", "minimal", []string{"reasoning_effort (minimal for none)"}},
		{"gpt-5-mini", "minimal", "minimal", nil},
		{"gpt-5-codex", "minimal", "low", []string{"reasoning_effort (low for minimal)"}},
		{"gpt-5-pro", "low", "high", []string{"reasoning_effort (high for low)"}},
		{"gpt-5.1", "none", "none", nil},
		{"gpt-5.1", "minimal", "low", []string{"reasoning_effort (low for minimal)"}},
		{"gpt-5.1-codex", "none", "low", []string{"reasoning_effort (low for none)"}},
		{"gpt-5.1-codex-max", "xhigh", "xhigh", nil},
		{"openai/gpt-5.2", "xhigh", "xhigh", nil},
		{"gpt-5.2-pro", "none", "medium", []string{"reasoning_effort (medium for none)"}},
		{"gpt-5.3-codex", "none", "none", nil},
		{"gpt-5.6", "max", "max", nil},
		{"gpt-5.6", "a new word", "a new word", nil},
		{"gpt-oss-120b", "low", "low", nil},
		{"any", "none", "none", nil},
	} {
		body, dropped := sent(t, row.model, &dialect.Request{Effort: row.effort})
		want := row.want == "" && !strings.Contains(body, `"reasoning":`) || row.want != "" && strings.Contains(body, `"reasoning":{"effort":"`+row.want+`"}`)
		if !want || !slices.Equal(dropped, row.dropped) {
			t.Errorf("%s, %s: %s %q", row.model, row.effort, body, dropped)
		}
		asks := strings.Contains(body, "reasoning.encrypted_content")
		if thinks := row.want != "" && row.model != "any"; asks != thinks {
			t.Errorf("%s, %s: the proof of its reasoning: %v", row.model, row.effort, asks)
		}
	}
}

func TestEncodeAsksPlainModelsForNoSummary(t *testing.T) {
	show := true
	if body, dropped := sent(t, "gpt-4o", &dialect.Request{ShowThoughts: &show}); strings.Contains(body, "reasoning") || len(dropped) > 0 {
		t.Errorf("%s %q", body, dropped)
	}
}

func TestEncodeNamesAChoiceAmongNoTools(t *testing.T) {
	for mode, want := range map[string][]string{"auto": nil, "none": nil, "required": {"tool_choice"}, "named": {"tool_choice"}} {
		body, dropped := sent(t, "m", &dialect.Request{Choice: dialect.ToolChoice{Mode: mode, Name: "f"}})
		if strings.Contains(body, "tool_choice") || !slices.Equal(dropped, want) {
			t.Errorf("%s: %s %q", mode, body, dropped)
		}
	}
}

func TestWhatBothOfTheVendorsDialectsHaveIsCarried(t *testing.T) {
	members := []string{
		`"text":{"format":{"type":"json_schema","name":"s","description":"what it is for","schema":{"type":"object"}},"verbosity":"low"}`,
		`"service_tier":"flex"`, `"store":true`, `"metadata":{"a":"b"}`, `"prompt_cache_key":"k"`, `"prompt_cache_retention":"24h"`, `"safety_identifier":"s"`,
	}
	r, err := responses.Inbound{}.Decode(chat, []byte(`{"model":"m","input":"hi",`+strings.Join(members, ",")+`}`))
	if err != nil {
		t.Fatal(err)
	}
	// For those who have no words for it.
	if want := []string{"text.verbosity", "service_tier"}; !slices.Equal(r.Unmapped, want) || r.User != "s" {
		t.Errorf("unmapped %q, want %q; user %q", r.Unmapped, want, r.User)
	}
	body, dropped := sent(t, "gpt-5.1", r)
	for _, member := range members {
		if !strings.Contains(body, member) {
			t.Errorf("no %s in %s", member, body)
		}
	}
	if len(dropped) > 0 || strings.Contains(body, `"user":`) {
		t.Errorf("%s %q", body, dropped)
	}
	// As chat completions names it.
	r.Unmapped = []string{"verbosity", "service_tier", "logit_bias"}
	if _, dropped := sent(t, "m", r); !slices.Equal(dropped, []string{"logit_bias"}) {
		t.Errorf("%q", dropped)
	}
	for _, model := range []string{"gpt-4o", "o3"} { // which take none but the usual
		if body, dropped := sent(t, model, r); strings.Contains(body, "verbosity") || !slices.Equal(dropped, []string{"verbosity", "logit_bias"}) {
			t.Errorf("%s: %s %q", model, body, dropped)
		}
	}
	r.User = "someone else"
	if body, _ := sent(t, "m", r); !strings.Contains(body, `"user":"someone else"`) || !strings.Contains(body, `"safety_identifier":"s"`) {
		t.Errorf("%s", body)
	}
}

func TestDecodeNamesWhatIsUnknownWithinWhatIsKnown(t *testing.T) {
	for _, row := range []struct {
		body string
		want []string
	}{
		{`"input":[{"role":"user","content":"a","zz":1},{"role":"user","content":"b","zz":2,"yy":[3]}]`, []string{"input[].zz", "input[].yy"}},
		{`"input":[{"role":"user","content":[{"type":"input_text","text":"a","zz":1}]}]`, []string{"input[].content[].zz"}},
		{`"input":[{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"QQ==","format":"wav","zz":1}}]}]`, []string{"input[].content[].input_audio.zz"}},
		{`"input":[{"type":"function_call","call_id":"c","name":"f","arguments":"{}","namespace":"n"},{"type":"function_call_output","call_id":"c","output":[{"type":"input_text","text":"a","zz":1}],"yy":1}]`, []string{"input[].namespace", "input[].output[].zz", "input[].yy"}},
		{`"input":[{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"e","zz":1}]`, []string{"input[].zz"}},
		{`"input":[{"type":"web_search_call","id":"ws_1","action":{}}]`, []string{"input[] (web_search_call)"}},
		{`"input":"x","tools":[{"type":"function","name":"f","zz":1,"defer_loading":true},{"type":"function","name":"g","zz":1}]`, []string{"tools[].defer_loading", "tools[].zz"}},
		{`"input":"x","tools":[{"type":"web_search","zz":1}]`, []string{"tools[0] (web_search)"}},
		{`"input":"x","tools":[{"type":"function","name":"f"}],"tool_choice":{"type":"function","name":"f","zz":1}`, []string{"tool_choice.zz"}},
		{`"input":"x","reasoning":{"effort":"low","zz":1,"context":"current_turn"}`, []string{"reasoning.zz", "reasoning.context"}},
		{`"input":"x","text":{"zz":1,"format":{"type":"text","yy":1}}`, []string{"text.zz", "text.format.yy"}},
		{`"input":"x","zz":1`, []string{"zz"}},
		// What says nothing, and what items have from the answer they come from.
		{`"input":[{"role":"user","content":[{"type":"input_text","text":"a","zz":null}],"zz":false},` +
			`{"type":"message","role":"assistant","id":"msg_1","status":"completed","phase":"commentary","content":[{"type":"output_text","text":"b","annotations":[],"logprobs":[{"token":"b"}]}]},` +
			`{"type":"function_call","id":"fc_1","status":"completed","call_id":"c","name":"f","arguments":"{}"},{"type":"function_call_output","id":"o","status":"completed","call_id":"c","output":"r"}]`, nil},
		{`"input":[{"Role":"user","content":"\u007a","ro\u006ce":"user"}]`, nil}, // read, however written
	} {
		r, err := responses.Inbound{}.Decode(chat, []byte(`{"model":"m",`+row.body+`}`))
		if err != nil || !slices.Equal(r.Unmapped, row.want) {
			t.Errorf("%s: %v", row.body, err)
			if err == nil {
				t.Errorf("unmapped %q, want %q", r.Unmapped, row.want)
			}
		}
	}
}

func TestAGrammarIsFlatHereAndNestedElsewhere(t *testing.T) {
	const flat = `{"type":"grammar","syntax":"lark","definition":"x"}`
	const nested = `{"type":"grammar","grammar":{"syntax":"lark","definition":"x"}}`
	r, err := responses.Inbound{}.Decode(chat, []byte(`{"model":"m","input":"x","tools":[{"type":"custom","name":"c","format":`+flat+`}]}`))
	if err != nil || string(r.Tools[0].Grammar) != nested {
		t.Fatalf("%v %+v", err, r)
	}
	for _, form := range []string{flat, nested} {
		body, _ := sent(t, "m", &dialect.Request{Tools: []dialect.Tool{{Name: "c", Custom: true, Grammar: []byte(form)}}})
		if !strings.Contains(body, `"tools":[{"type":"custom","name":"c","format":`+flat+`}]`) {
			t.Errorf("%s", body)
		}
	}
}

func TestADocumentHasANameThatFitsItsType(t *testing.T) {
	data := base64.StdEncoding.EncodeToString([]byte("some words"))
	for _, row := range []struct{ filename, mime, wantName, wantMIME string }{
		{"", "application/pdf", "document.pdf", "application/pdf"},
		{"", "text/plain", "document.txt", "text/plain"},
		{"My notes", "text/plain", "My notes.txt", "text/plain"},
		{"Notes of v1.2", "text/plain", "Notes of v1.2.txt", "text/plain"},
		{"A.TXT", "text/plain", "A.TXT", "text/plain"},
		{"report.pdf", "text/plain", "report.pdf.txt", "text/plain"},
		{"main.go", "text/plain", "main.go", "text/plain"},
		{"", "text/csv", "document.csv", "text/csv"},
		{"", "text/x-unheard-of", "document.txt", "text/x-unheard-of"},
		{"a.docx", "application/octet-stream", "a.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
		{"", "", "document.pdf", "application/pdf"},
		{"a.csv", "", "a.csv", "text/csv"},
	} {
		part := dialect.Part{Kind: dialect.PartDocument, Data: data, MIME: row.mime, Filename: row.filename}
		body, _ := sent(t, "m", &dialect.Request{Messages: []dialect.Message{{Role: dialect.RoleUser, Parts: []dialect.Part{part}}}})
		want := `{"type":"input_file","filename":"` + row.wantName + `","file_data":"data:` + row.wantMIME + `;base64,` + data + `"}`
		if !strings.Contains(body, want) {
			t.Errorf("%q, %q: %s", row.filename, row.mime, body)
		}
	}
	part := dialect.Part{Kind: dialect.PartDocument, Text: "some words"}
	body, _ := sent(t, "m", &dialect.Request{Messages: []dialect.Message{{Role: dialect.RoleUser, Parts: []dialect.Part{part}}}})
	if !strings.Contains(body, `{"type":"input_text","text":"some words"}`) {
		t.Errorf("%s", body)
	}
	r, err := responses.Inbound{}.Decode(chat, []byte(`{"model":"m","input":[{"role":"user","content":[{"type":"input_file","filename":"a.txt","file_data":"`+data+`"}]}]}`))
	if err != nil || r.Messages[0].Parts[0].MIME != "text/plain" {
		t.Errorf("%v %+v", err, r)
	}
}

func TestReasoningThatHeadwaterPutBackIsMissedByNobody(t *testing.T) {
	parts := []dialect.Part{{Kind: dialect.PartReasoning, Text: "hm", Signature: "s", Signer: dialect.SignerAnthropic, Restored: true}, {Kind: dialect.PartText, Text: "a"}}
	_, dropped := sent(t, "m", &dialect.Request{Messages: []dialect.Message{text(dialect.RoleUser, "q"), {Role: dialect.RoleAssistant, Parts: parts}}})
	if len(dropped) > 0 {
		t.Errorf("%q", dropped)
	}
}
