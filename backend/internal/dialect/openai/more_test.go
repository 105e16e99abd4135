package openai_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/openai"
)

var (
	chat        = dialect.Operation{Endpoint: dialect.EndpointChat}
	completion  = dialect.Operation{Endpoint: dialect.EndpointCompletions}
	anyTime     = regexp.MustCompile(`"(created|expires_at)":\d+`)
	withoutTime = `"$1":0`
)

// parts are the parts of the first choice as JSON.
func parts(t *testing.T, a *dialect.Answer) string {
	t.Helper()
	text, err := json.Marshal(a.Choices[0].Parts)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// hardMessages are messages of answers and what they mean.
var hardMessages = []struct {
	name, message string
	want          []dialect.Part
}{
	{
		"reasoning that OpenAI encrypts", `{"content":"a","reasoning":"sum","reasoning_details":[{"type":"reasoning.summary","summary":"sum","format":"openai-responses-v1","index":0},{"type":"reasoning.encrypted","data":"enc","id":"rs_1","format":"openai-responses-v1","index":0}]}`,
		[]dialect.Part{{Kind: dialect.PartReasoning, Text: "sum"}, {Kind: dialect.PartReasoning, Data: "enc", ID: "rs_1", Signer: dialect.SignerOpenAI}, {Kind: dialect.PartText, Text: "a"}},
	},
	{
		"reasoning that Anthropic signs", `{"content":"a","reasoning":"hm","reasoning_details":[{"type":"reasoning.text","text":"hm","signature":"s","format":"anthropic-claude-v1"},{"type":"reasoning.encrypted","data":"red","format":"anthropic-claude-v1"}]}`,
		[]dialect.Part{{Kind: dialect.PartReasoning, Text: "hm", Signature: "s", Signer: dialect.SignerAnthropic}, {Kind: dialect.PartReasoning, Data: "red", Signer: dialect.SignerAnthropic}, {Kind: dialect.PartText, Text: "a"}},
	},
	{
		"reasoning that Gemini signs", `{"content":"a","reasoning":"hm","reasoning_details":[{"type":"reasoning.encrypted","data":"g","format":"google-gemini-v1"}]}`,
		[]dialect.Part{{Kind: dialect.PartReasoning, Text: "hm", Signature: "g", Signer: dialect.SignerGemini}, {Kind: dialect.PartText, Text: "a"}},
	},
	{
		"proofs of nobody we know", `{"content":"a","reasoning":"hm","reasoning_details":[{"type":"reasoning.text","text":"hm","signature":"s","format":"unknown"},{"type":"reasoning.encrypted","data":"x","format":"xai-responses-v1","id":"rs"}]}`,
		[]dialect.Part{{Kind: dialect.PartReasoning, Text: "hm"}, {Kind: dialect.PartText, Text: "a"}},
	},
	{
		"pieces of one text", `{"content":"a","reasoning_details":[{"type":"reasoning.text","text":"h","format":"anthropic-claude-v1","index":0},{"type":"reasoning.text","text":"m","format":"anthropic-claude-v1","index":0},{"type":"reasoning.text","signature":"s","format":"anthropic-claude-v1","index":0},{"type":"reasoning.text","text":"n","index":1}]}`,
		[]dialect.Part{{Kind: dialect.PartReasoning, Text: "hm", Signature: "s", Signer: dialect.SignerAnthropic}, {Kind: dialect.PartReasoning, Text: "n"}, {Kind: dialect.PartText, Text: "a"}},
	},
	{
		"signatures of tool calls", `{"content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"},"extra_content":{"google":{"thought_signature":"g"}}},{"id":"d","type":"function","function":{"name":"f","arguments":"{}"}}],"reasoning_details":[{"type":"reasoning.encrypted","data":"h","format":"google-gemini-v1","id":"d"}]}`,
		[]dialect.Part{{Kind: dialect.PartToolCall, Call: &dialect.ToolCall{ID: "c", Name: "f", Args: "{}"}, Signature: "g", Signer: dialect.SignerGemini}, {Kind: dialect.PartToolCall, Call: &dialect.ToolCall{ID: "d", Name: "f", Args: "{}"}, Signature: "h", Signer: dialect.SignerGemini}},
	},
	{
		"a signature of the whole message", `{"content":"a","extra_content":{"google":{"thought_signature":"g"}}}`,
		[]dialect.Part{{Kind: dialect.PartText, Text: "a", Signature: "g", Signer: dialect.SignerGemini}},
	},
	{
		"sources", `{"content":"ab","annotations":[{"type":"file"},{"type":"url_citation","url_citation":{"url":"https://x.test","title":"X","start_index":1,"end_index":2.0,"content":"p"}},7]}`,
		[]dialect.Part{{Kind: dialect.PartText, Text: "ab", Citations: []dialect.Citation{{URL: "https://x.test", Title: "X", Cited: "p", Start: 1, End: 2}}}},
	},
	{
		"images", `{"content":"","images":[{"type":"image_url","image_url":{"url":"data:image/png;base64,QQ=="}},{"type":"image_url","image_url":{"url":"https://x.test/a"}},{"type":"other"}]}`,
		[]dialect.Part{{Kind: dialect.PartImage, MIME: "image/png", Data: "QQ=="}, {Kind: dialect.PartImage, URL: "https://x.test/a"}},
	},
	{
		"speech", `{"content":null,"audio":{"id":"audio_1","data":"UklGRg==","transcript":"hi","expires_at":9}}`,
		[]dialect.Part{{Kind: dialect.PartText, Text: "hi"}, {Kind: dialect.PartAudio, ID: "audio_1", MIME: "audio/wav", Data: "UklGRg=="}},
	},
	{"speech without any", `{"content":"a","audio":{"id":"","data":"","transcript":"","expires_at":0},"images":null,"annotations":null}`, []dialect.Part{{Kind: dialect.PartText, Text: "a"}}},
	{
		"a call of a custom tool", `{"content":null,"tool_calls":[{"id":"c","type":"custom","custom":{"name":"f","input":"4 \"+\" 4"}}]}`,
		[]dialect.Part{{Kind: dialect.PartToolCall, Call: &dialect.ToolCall{ID: "c", Name: "f", Args: `{"input":"4 \"+\" 4"}`, Custom: true}}},
	},
}

func TestAnswerReadsHardMessages(t *testing.T) {
	for _, row := range hardMessages {
		a, err := openai.Outbound{}.Decoder(chat).Answer([]byte(`{"choices":[{"index":0,"message":` + row.message + `}]}`))
		if err != nil {
			t.Fatalf("%s: %v", row.name, err)
		}
		if got, want := parts(t, a), asJSON(t, row.want); got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", row.name, got, want)
		}
	}
}

// TestHardMessagesSurvive writes each of them, plain and as a stream, and reads
// it again as the answer of an upstream and as the next turn of a caller.
func TestHardMessagesSurvive(t *testing.T) {
	for _, row := range hardMessages {
		a := &dialect.Answer{Choices: []dialect.Choice{{Parts: row.want, Finish: dialect.FinishStop}}}
		enc := openai.Inbound{}.Encoder(dialect.EncodeOptions{Op: chat, Model: "m"})
		body, err := enc.Answer(nil, a)
		if err != nil {
			t.Fatalf("%s: %v", row.name, err)
		}
		again, err := openai.Outbound{}.Decoder(chat).Answer(body)
		if err != nil || parts(t, again) != asJSON(t, row.want) {
			t.Errorf("%s: %v\n%s\ngave %s\nwant %s", row.name, err, body, parts(t, again), asJSON(t, row.want))
		}
		var written struct {
			Choices []struct {
				Message json.RawMessage `json:"message"`
			} `json:"choices"`
		}
		if err := json.Unmarshal(body, &written); err != nil {
			t.Fatal(err)
		}
		req, err := openai.Inbound{}.Decode(chat, []byte(`{"model":"m","messages":[`+string(written.Choices[0].Message)+`]}`))
		if err != nil {
			t.Fatalf("%s: %v", row.name, err)
		}
		for i, p := range req.Messages[0].Parts {
			if p.Kind == dialect.PartReasoning && p.Signer != "" && !p.Sealed {
				t.Errorf("%s: not known to be of this conversation: %+v", row.name, p)
			}
			req.Messages[0].Parts[i].Sealed = false // what is compared are the contents
		}
		if got, want := asJSON(t, said(req.Messages[0].Parts)), asJSON(t, said(row.want)); got != want || len(req.Unmapped) > 0 {
			t.Errorf("%s: the next turn has\n%s %q\nwant\n%s", row.name, got, req.Unmapped, want)
		}
		if got := said(streamed(t, a).Choices[0].Parts); asJSON(t, got) != asJSON(t, said(row.want)) {
			t.Errorf("%s: streamed, it is\n%s\nwant\n%s", row.name, asJSON(t, got), asJSON(t, said(row.want)))
		}
	}
}

// said are the parts that say something, reasoning before the rest, calls last.
func said(of []dialect.Part) []dialect.Part {
	order := func(p dialect.Part) int {
		return slices.Index([]dialect.PartKind{dialect.PartReasoning, dialect.PartText, dialect.PartRefusal, dialect.PartImage, dialect.PartAudio, dialect.PartToolCall}, p.Kind)
	}
	out := slices.DeleteFunc(slices.Clone(of), func(p dialect.Part) bool { return p.Kind == dialect.PartText && p.Text == "" })
	slices.SortStableFunc(out, func(a, b dialect.Part) int { return order(a) - order(b) })
	return out
}

// streamed writes an answer as a stream and reads it again.
func streamed(t *testing.T, a *dialect.Answer) *dialect.Answer {
	t.Helper()
	enc := openai.Inbound{}.Encoder(dialect.EncodeOptions{Op: chat, Stream: true, StreamUsage: true, Model: "m"})
	var stream []byte
	for _, ev := range a.Events() {
		stream = enc.Event(stream, ev)
	}
	return gather(t, chat, string(stream))
}

// gather reads a whole stream of good events.
func gather(t *testing.T, op dialect.Operation, stream string) *dialect.Answer {
	t.Helper()
	d := openai.Outbound{}.Decoder(op)
	var g dialect.Gatherer
	for line := range strings.SplitSeq(stream, "\n") {
		data, ok := strings.CutPrefix(line, "data: ")
		if !ok {
			continue
		}
		events, err := d.Event(nil, "", []byte(data))
		if err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		g.Add(events...)
	}
	events, err := d.Finish(nil)
	if err != nil {
		t.Fatalf("%v in %s", err, stream)
	}
	g.Add(events...)
	return g.Answer()
}

func TestStreamReadsHardDeltas(t *testing.T) {
	delta := func(body string) string { return `data: {"choices":[{"index":0,"delta":` + body + `}]}` + "\n" }
	for _, row := range []struct {
		name, stream string
		want         []dialect.Part
	}{
		{
			"a proof before its call", delta(`{"reasoning_details":[{"type":"reasoning.encrypted","data":"g","format":"google-gemini-v1","id":"c"}]}`) + delta(`{"tool_calls":[{"index":0,"id":"c","function":{"name":"f","arguments":"{}"}}]}`),
			[]dialect.Part{{Kind: dialect.PartToolCall, Call: &dialect.ToolCall{ID: "c", Name: "f", Args: "{}"}, Signature: "g", Signer: dialect.SignerGemini}},
		},
		{
			"a proof of a call that never comes", delta(`{"content":"a","reasoning_details":[{"type":"reasoning.encrypted","data":"g","format":"google-gemini-v1","id":"c"}]}`),
			[]dialect.Part{{Kind: dialect.PartText, Text: "a"}, {Kind: dialect.PartReasoning, Signature: "g", Signer: dialect.SignerGemini, ID: "c"}},
		},
		{
			"a signature of the whole message, on its call", delta(`{"extra_content":{"google":{"thought_signature":"g"}},"tool_calls":[{"id":"","function":{"name":"f","arguments":""}}]}`),
			[]dialect.Part{{Kind: dialect.PartToolCall, Call: &dialect.ToolCall{ID: "call_14f8fcc6cb6c697285e0d87d", Name: "f", Args: "{}"}, Signature: "g", Signer: dialect.SignerGemini}},
		},
		{
			"a signature behind the text", delta(`{"content":"a"}`) + delta(`{"content":"","extra_content":{"google":{"thought_signature":"g"}}}`),
			[]dialect.Part{{Kind: dialect.PartText, Text: "a", Signature: "g", Signer: dialect.SignerGemini}},
		},
		{
			"a custom tool's text in pieces", delta(`{"tool_calls":[{"index":0,"id":"c","type":"custom","custom":{"name":"f","input":""}}]}`) + delta(`{"tool_calls":[{"index":0,"custom":{"input":"a\""}}]}`) + delta(`{"tool_calls":[{"index":0,"custom":{"input":"\nb"}}]}`) + delta(`{"tool_calls":[{"index":1,"id":"d","type":"custom","custom":{"name":"g"}}]}`),
			[]dialect.Part{{Kind: dialect.PartToolCall, Call: &dialect.ToolCall{ID: "c", Name: "f", Args: `{"input":"a\"\nb"}`, Custom: true}}, {Kind: dialect.PartToolCall, Call: &dialect.ToolCall{ID: "d", Name: "g", Args: `{"input":""}`, Custom: true}}},
		},
		{
			"speech in pieces", delta(`{"audio":{"id":"audio_1","transcript":"h"}}`) + delta(`{"audio":{"data":"UklGRg=="}}`) + delta(`{"audio":{"transcript":"i","data":"QQ=="}}`) + delta(`{"audio":{"expires_at":9}}`),
			[]dialect.Part{{Kind: dialect.PartText, Text: "hi"}, {Kind: dialect.PartAudio, ID: "audio_1", MIME: "audio/wav", Data: "UklGRkE="}},
		},
		{
			"sources that every chunk repeats", strings.Repeat(`data: {"citations":["u"],"search_results":[{"url":"u","title":"U","snippet":"s"},{"url":"v"}],"choices":[{"index":0,"delta":{"content":"a"}}]}`+"\n", 2),
			[]dialect.Part{{Kind: dialect.PartText, Text: "aa", Citations: []dialect.Citation{{URL: "u", Title: "U", Cited: "s"}, {URL: "v"}}}},
		},
		{
			"an encrypted reasoning with its id", delta(`{"reasoning":"s","reasoning_details":[{"type":"reasoning.summary","summary":"s","format":"openai-responses-v1"}]}`) + delta(`{"reasoning_details":[{"type":"reasoning.encrypted","data":"e","format":"openai-responses-v1","id":"rs"}]}`),
			[]dialect.Part{{Kind: dialect.PartReasoning, Text: "s"}, {Kind: dialect.PartReasoning, Data: "e", ID: "rs", Signer: dialect.SignerOpenAI}},
		},
	} {
		a := gather(t, chat, row.stream+"data: [DONE]\n")
		if got, want := parts(t, a), asJSON(t, row.want); got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", row.name, got, want)
		}
	}
}

func TestACallWithoutAnIDGetsOneOfItsOwn(t *testing.T) {
	ids := func(answer string) []string {
		body := `{"id":"` + answer + `","created":5,"choices":[{"KEY":{"tool_calls":[{"function":{"name":"f","arguments":"{}"}},{"function":{"name":"f","arguments":"{}"}}]},"finish_reason":"stop"},{"index":1,"KEY":{"function_call":{"name":"f","arguments":"{}"}}}]}`
		a, err := openai.Outbound{}.Decoder(chat).Answer([]byte(strings.ReplaceAll(body, "KEY", "message")))
		if err != nil {
			t.Fatal(err)
		}
		again := gather(t, chat, "data: "+strings.ReplaceAll(body, "KEY", "delta")+"\ndata: [DONE]\n")
		var out []string
		for i, c := range a.Choices {
			for k, p := range c.Parts {
				out = append(out, p.Call.ID)
				if streamed := again.Choices[i].Parts[k].Call.ID; streamed != p.Call.ID {
					t.Errorf("streamed, the call is %s, not %s", streamed, p.Call.ID)
				}
			}
		}
		return out
	}
	all := append(ids("one"), ids("two")...)
	slices.Sort(all)
	if len(slices.Compact(all)) != 6 || all[0] == "" {
		t.Errorf("got %q", all)
	}
	if !slices.Equal(ids("one"), ids("one")) {
		t.Error("the ids change")
	}
}

func TestStreamGivesEmptyArgumentsToACallWithoutAny(t *testing.T) {
	enc := openai.Inbound{}.Encoder(dialect.EncodeOptions{Op: chat, Stream: true})
	var got []byte
	for _, ev := range []dialect.Event{{Kind: dialect.EventToolStart, CallID: "c", ToolName: "f"}, {Kind: dialect.EventFinish, Finish: dialect.FinishTools}} {
		got = enc.Event(got, ev)
	}
	if !strings.Contains(string(got), `{"tool_calls":[{"index":0,"function":{"arguments":"{}"}}]}`) {
		t.Errorf("got %s", got)
	}
}

func TestTheTimeIsInSeconds(t *testing.T) {
	for raw, want := range map[string]int64{"1761309590": 1761309590, "1761309590123": 1761309590, "1761309590.5": 1761309590, "null": 0, `"x"`: 0} {
		a, err := openai.Outbound{}.Decoder(chat).Answer([]byte(`{"created":` + raw + `,"choices":[]}`))
		if err != nil || a.Created != want {
			t.Errorf("%s: got %+v, %v", raw, a, err)
		}
	}
}

func TestSourcesBesideTheChoices(t *testing.T) {
	a, err := openai.Outbound{}.Decoder(chat).Answer([]byte(`{"citations":["u","v",3],"search_results":[{"url":"v","title":"V"}],` +
		`"choices":[{"message":{"content":"a","annotations":[{"type":"url_citation","url_citation":{"url":"u","title":"own"}}]}}]}`))
	want := asJSON(t, []dialect.Part{{Kind: dialect.PartText, Text: "a", Citations: []dialect.Citation{{URL: "u", Title: "own"}, {URL: "v", Title: "V"}}}})
	if err != nil || parts(t, a) != want {
		t.Fatalf("got %s, %v\nwant %s", parts(t, a), err, want)
	}
}

func TestStreamWritesWhatWaitsForTheEnd(t *testing.T) {
	req := &dialect.Request{Tools: []dialect.Tool{{Name: "patch", Custom: true}}}
	enc := openai.Inbound{}.Encoder(dialect.EncodeOptions{Op: chat, Stream: true, Model: "m", Request: req})
	var got []byte
	for _, ev := range []dialect.Event{
		{Kind: dialect.EventStart, ID: "1", Created: 5},
		{Kind: dialect.EventText, Text: "a"},
		{Kind: dialect.EventCitation, Citation: &dialect.Citation{URL: "u", Title: "U", Start: 1, End: 2}},
		{Kind: dialect.EventCitation, Citation: &dialect.Citation{URL: "v"}},
		{Kind: dialect.EventToolStart, Tool: 0, CallID: "c", ToolName: "patch", Signature: "s", Signer: dialect.SignerAnthropic},
		{Kind: dialect.EventToolArgs, Tool: 0, Text: `{"input":"x`},
		{Kind: dialect.EventToolStart, Tool: 1, CallID: "d", ToolName: "f", Signature: "g", Signer: dialect.SignerGemini},
		{Kind: dialect.EventToolArgs, Tool: 1, Text: `{}`},
		{Kind: dialect.EventToolArgs, Tool: 0, Text: `\ny"}`},
		{Kind: dialect.EventMedia, Media: &dialect.Part{Kind: dialect.PartImage, MIME: "image/png", Data: "QQ=="}},
		{Kind: dialect.EventMedia, Media: &dialect.Part{Kind: dialect.PartVideo}},
		{Kind: dialect.EventFinish, Finish: dialect.FinishTools},
		{Kind: dialect.EventEnd},
	} {
		got = enc.Event(got, ev)
	}
	const head, tail = `data: {"id":"1","object":"chat.completion.chunk","created":5,"model":"m","choices":[{"index":0,"delta":`, `,"finish_reason":null}]}` + "\n\n"
	want := ""
	for _, delta := range []string{
		`{"role":"assistant","content":""}`,
		`{"content":"a"}`,
		`{"reasoning_details":[{"type":"reasoning.encrypted","data":"s","format":"anthropic-claude-v1","id":"c","index":0}],"tool_calls":[{"index":0,"id":"c","type":"custom","custom":{"name":"patch","input":""}}]}`,
		`{"tool_calls":[{"index":1,"id":"d","type":"function","function":{"name":"f","arguments":""},"extra_content":{"google":{"thought_signature":"g"}}}]}`,
		`{"tool_calls":[{"index":1,"function":{"arguments":"{}"}}]}`,
		`{"images":[{"type":"image_url","image_url":{"url":"data:image/png;base64,QQ=="}}]}`,
		`{"tool_calls":[{"index":0,"custom":{"input":"x\ny"}}]}`,
		`{"annotations":[{"type":"url_citation","url_citation":{"url":"u","title":"U","start_index":1,"end_index":2}},{"type":"url_citation","url_citation":{"url":"v","title":"","start_index":0,"end_index":0}}]}`,
	} {
		want += head + delta + tail
	}
	want += head + `{},"finish_reason":"tool_calls"}]}` + "\n\ndata: [DONE]\n\n"
	if string(got) != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestAnswerMovesSourcesBehindTheTextBefore(t *testing.T) {
	a := &dialect.Answer{ID: "1", Choices: []dialect.Choice{{Parts: []dialect.Part{
		{Kind: dialect.PartText, Text: "é-"},
		{Kind: dialect.PartText, Text: "cd", Citations: []dialect.Citation{{URL: "u", Start: 0, End: 2}, {URL: "v"}}},
		{Kind: dialect.PartAudio, Data: "QQ=="},
	}}}}
	got, err := openai.Inbound{}.Encoder(dialect.EncodeOptions{Op: chat, Model: "m", RequestID: "r"}).Answer(nil, a)
	want := `{"id":"1","object":"chat.completion","created":0,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"é-cd","refusal":null,` +
		`"annotations":[{"type":"url_citation","url_citation":{"url":"u","title":"","start_index":2,"end_index":4}},{"type":"url_citation","url_citation":{"url":"v","title":"","start_index":0,"end_index":0}}],` +
		`"audio":{"id":"audio_r","data":"QQ==","transcript":"é-cd","expires_at":0}},"finish_reason":"stop"}]}`
	if string(anyTime.ReplaceAll(got, []byte(withoutTime))) != want || err != nil {
		t.Errorf("got  %s, %v\nwant %s", got, err, want)
	}
}

func TestRequestSendsProofsToTheirVendorOnly(t *testing.T) {
	messages := []dialect.Message{{Role: dialect.RoleAssistant, Parts: []dialect.Part{
		{Kind: dialect.PartReasoning, Text: "a", Signature: "sa", Signer: dialect.SignerAnthropic},
		{Kind: dialect.PartReasoning, Text: "o", Data: "do", ID: "rs", Signer: dialect.SignerOpenAI},
		{Kind: dialect.PartText, Text: "t", Signature: "st", Signer: dialect.SignerGemini},
		{Kind: dialect.PartToolCall, Call: &dialect.ToolCall{ID: "c", Name: "f", Args: "{}"}, Signature: "sg", Signer: dialect.SignerGemini},
	}}}
	for model, want := range map[string][]string{
		"gpt-5":                       {},
		"o":                           {},
		"claude-sonnet-4-5":           {`"signature":"sa"`},
		"anthropic/claude-sonnet-4.5": {`"signature":"sa"`},
		"openai/gpt-5":                {`"data":"do"`, `"summary":"o"`, `"id":"rs"`},
		"gemini-3-pro":                {`"extra_content":{"google":{"thought_signature":"sg"}}`, `"extra_content":{"google":{"thought_signature":"st"}}`},
		"google/gemini-3-pro":         {`"extra_content":{"google":{"thought_signature":"sg"}}`, `"extra_content":{"google":{"thought_signature":"st"}}`, `"data":"sg","format":"google-gemini-v1","id":"c"`},
	} {
		wire, err := openai.Outbound{}.Encode(&dialect.Request{Endpoint: dialect.EndpointChat, Messages: messages}, dialect.Target{Model: model})
		if err != nil {
			t.Fatal(err)
		}
		for _, proof := range []string{`"signature":"sa"`, `"data":"do"`, `"summary":"o"`, `"id":"rs"`, `"extra_content":{"google":{"thought_signature":"sg"}}`, `"extra_content":{"google":{"thought_signature":"st"}}`, `"data":"sg","format":"google-gemini-v1","id":"c"`} {
			if strings.Contains(string(wire.Body), proof) != slices.Contains(want, proof) {
				t.Errorf("%s: %s in %s", model, proof, wire.Body)
			}
		}
	}
}

func TestRequestCarriesMediaOfToolResultsInATurnOfTheUser(t *testing.T) {
	image := dialect.Part{Kind: dialect.PartImage, MIME: "image/png", Data: "QQ=="}
	call := func(id string) dialect.Part {
		return dialect.Part{Kind: dialect.PartToolCall, Call: &dialect.ToolCall{ID: id, Name: "f", Args: "{}"}}
	}
	result := func(id string, media ...dialect.Part) dialect.Part {
		return dialect.Part{Kind: dialect.PartToolResult, CallID: id, Text: "r", Media: media}
	}
	for _, row := range []struct {
		name     string
		messages []dialect.Message
		want     string
	}{
		{
			"after all results, before the user's words",
			[]dialect.Message{{Role: "assistant", Parts: []dialect.Part{call("c"), call("d")}}, {Role: "tool", Parts: []dialect.Part{result("c", image)}}, {Role: "tool", Parts: []dialect.Part{result("d")}}, {Role: "user", Parts: []dialect.Part{{Kind: dialect.PartText, Text: "u"}}}},
			`[{"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}},{"id":"d","type":"function","function":{"name":"f","arguments":"{}"}}]},` +
				`{"role":"tool","content":"r","tool_call_id":"c"},{"role":"tool","content":"r","tool_call_id":"d"},{"role":"user","content":[{"type":"text","text":"Content of the tool result c:"},{"type":"image_url","image_url":{"url":"data:image/png;base64,QQ=="}},{"type":"text","text":"u"}]}]`,
		},
		{
			"at the end, and before the assistant",
			[]dialect.Message{{Role: "assistant", Parts: []dialect.Part{call("c")}}, {Role: "user", Parts: []dialect.Part{result("c", image)}}, {Role: "assistant", Parts: []dialect.Part{image, call("e")}}, {Role: "user", Parts: []dialect.Part{result("e")}}},
			`[{"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},` +
				`{"role":"tool","content":"r","tool_call_id":"c"},{"role":"user","content":[{"type":"text","text":"Content of the tool result c:"},{"type":"image_url","image_url":{"url":"data:image/png;base64,QQ=="}}]},` +
				`{"role":"assistant","content":null,"tool_calls":[{"id":"e","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","content":"r","tool_call_id":"e"},` +
				`{"role":"user","content":[{"type":"text","text":"Content of the answer before:"},{"type":"image_url","image_url":{"url":"data:image/png;base64,QQ=="}}]}]`,
		},
	} {
		wire, err := openai.Outbound{}.Encode(&dialect.Request{Endpoint: dialect.EndpointChat, Messages: row.messages}, dialect.Target{Model: "m"})
		if want := `{"model":"m","messages":` + row.want + `}`; err != nil || string(wire.Body) != want {
			t.Errorf("%s: got\n%s, %v\nwant\n%s", row.name, wire.Body, err, want)
		}
	}
	req, err := openai.Inbound{}.Decode(chat, []byte(`{"model":"m","messages":[{"role":"tool","tool_call_id":"c","content":[{"type":"text","text":"r"},{"type":"image_url","image_url":{"url":"data:image/png;base64,QQ=="},"cache_control":{}}]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	want := result("c", image)
	want.CacheControl = json.RawMessage("{}")
	if got := asJSON(t, req.Messages[0].Parts[0]); got != asJSON(t, want) || req.Unmapped != nil {
		t.Errorf("got %s, %q", got, req.Unmapped)
	}
}

func TestRequestNamesAFailureThatHasNoField(t *testing.T) {
	req := &dialect.Request{Endpoint: dialect.EndpointChat, Messages: []dialect.Message{
		{Role: "assistant", Parts: []dialect.Part{{Kind: dialect.PartToolCall, Call: &dialect.ToolCall{ID: "c", Name: "f", Args: "{}"}}}},
		{Role: "tool", Parts: []dialect.Part{{Kind: dialect.PartToolResult, CallID: "c", Text: "no", IsError: true}}},
	}}
	wire, err := openai.Outbound{}.Encode(req, dialect.Target{Model: "m"})
	if err != nil || !slices.Equal(wire.Dropped, []string{"messages[].content[].is_error"}) {
		t.Errorf("got %q, %v", wire.Dropped, err)
	}
}

func TestMarksForCachingReachClaudeThroughARouter(t *testing.T) {
	req := &dialect.Request{Endpoint: dialect.EndpointChat, Messages: []dialect.Message{{Role: "user", Parts: []dialect.Part{{Kind: dialect.PartText, Text: "u", CacheControl: json.RawMessage(`{"type":"ephemeral"}`)}}}}}
	for model, want := range map[string]string{"anthropic/claude-sonnet-4.5": `[{"type":"text","text":"u","cache_control":{"type":"ephemeral"}}]`, "gpt-5": `"u"`} {
		wire, err := openai.Outbound{}.Encode(req, dialect.Target{Model: model})
		if err != nil || string(wire.Body) != `{"model":"`+model+`","messages":[{"role":"user","content":`+want+`}]}` {
			t.Errorf("got %s, %v", wire.Body, err)
		}
	}
}

func TestCustomTools(t *testing.T) {
	body := `{"model":"m","tools":[{"type":"custom","custom":{"name":"p","description":"d","format":{"type":"grammar","grammar":{"syntax":"lark","definition":"x"}}}}],"tool_choice":{"type":"custom","custom":{"name":"p"}},` +
		`"messages":[{"role":"user","content":"u"},{"role":"assistant","tool_calls":[{"id":"c","type":"custom","custom":{"name":"p","input":"in"}}]},{"role":"tool","tool_call_id":"c","content":"r"}]}`
	req, err := openai.Inbound{}.Decode(chat, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	if tool := req.Tools[0]; !tool.Custom || string(tool.Schema) != dialect.CustomSchema || len(tool.Grammar) == 0 || req.Choice != (dialect.ToolChoice{Mode: "named", Name: "p"}) {
		t.Errorf("got %+v, %+v", tool, req.Choice)
	}
	if call := req.Messages[1].Parts[0].Call; !call.Custom || call.Args != `{"input":"in"}` {
		t.Errorf("got %+v", call)
	}
	for model, want := range map[string]string{
		"gpt-5.1": `"tools":[{"type":"custom","custom":{"name":"p","description":"d","format":{"type":"grammar","grammar":{"syntax":"lark","definition":"x"}}}}],"tool_choice":{"type":"custom","custom":{"name":"p"}}`,
		"qwen3":   `"tools":[{"type":"function","function":{"name":"p","description":"d","parameters":` + dialect.CustomSchema + `}}],"tool_choice":{"type":"function","function":{"name":"p"}}`,
	} {
		wire, err := openai.Outbound{}.Encode(req, dialect.Target{Model: model})
		if err != nil || !strings.Contains(string(wire.Body), want) {
			t.Errorf("%s: got %s, %v", model, wire.Body, err)
		}
		if lost := slices.Contains(wire.Dropped, "tools[].custom.format"); lost != (model == "qwen3") {
			t.Errorf("%s: dropped %q", model, wire.Dropped)
		}
	}
	a := &dialect.Answer{ID: "1", Choices: []dialect.Choice{{Parts: []dialect.Part{{Kind: dialect.PartToolCall, Call: &dialect.ToolCall{ID: "c", Name: "p", Args: `{"input":"x"}`}}}}}}
	got, err := openai.Inbound{}.Encoder(dialect.EncodeOptions{Op: chat, Request: req}).Answer(nil, a)
	if err != nil || !strings.Contains(string(got), `"tool_calls":[{"id":"c","type":"custom","custom":{"name":"p","input":"x"}}]`) {
		t.Errorf("got %s, %v", got, err)
	}
}

func TestDecodeNamesOnlyWhatIsLost(t *testing.T) {
	for _, row := range []struct {
		fields string
		want   []string
	}{
		{`"store":true,"metadata":{"a":"b"},"prompt_cache_key":"k","prompt_cache_retention":"24h","safety_identifier":"s","user":"u","usage":{"include":true}`, nil},
		{`"service_tier":"auto","verbosity":"medium","modalities":[ "text" ],"top_logprobs":0,"logprobs":false,"logit_bias":{},"prediction":null,"audio":null`, nil},
		{`"web_search_options":{}`, []string{"web_search_options"}},
		{`"service_tier":"flex","verbosity":"low","modalities":["text","audio"],"top_logprobs":2,"logprobs":true,"logit_bias":{"1":2},"prediction":{"type":"content"},"audio":{"voice":"x"},"web_search_options":{"search_context_size":"low"}`, []string{"service_tier", "verbosity", "audio", "logit_bias", "logprobs", "modalities", "prediction", "top_logprobs", "web_search_options"}},
		{`"tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"required","tools":[]}}`, []string{"tool_choice.allowed_tools"}},
	} {
		req, err := openai.Inbound{}.Decode(chat, []byte(`{"model":"m","messages":[{"role":"user","content":"u"}],`+row.fields+`}`))
		if err != nil || !slices.Equal(req.Unmapped, row.want) {
			t.Errorf("%s: got %q, %v", row.fields, req.Unmapped, err)
		}
	}
	req, err := openai.Inbound{}.Decode(chat, []byte(`{"model":"m","reasoning":{"effort":"low","exclude":true},"messages":[{"role":"user","content":[{"type":"video_url","video_url":{"url":"https://x.test/v"}}]},{"role":"assistant","audio":{"id":"audio_1"}}]}`))
	if err != nil || req.ShowThoughts == nil || *req.ShowThoughts || req.Messages[0].Parts[0].Kind != dialect.PartVideo || !slices.Equal(req.Unmapped, []string{"messages[1].audio"}) {
		t.Fatalf("got %+v, %v", req, err)
	}
	wire, err := openai.Outbound{}.Encode(req, dialect.Target{Model: "m"})
	if err != nil || !strings.Contains(string(wire.Body), `"content":[{"type":"video_url","video_url":{"url":"https://x.test/v"}}]`) || !slices.Equal(wire.Dropped, []string{"messages[1].audio"}) {
		t.Errorf("got %s, %q, %v", wire.Body, wire.Dropped, err)
	}
}

func TestEmbeddingsSayWhatTheyAreForWhereItIsKnown(t *testing.T) {
	for _, row := range []struct {
		word, kind, model, want string
		dropped                 bool
	}{
		{"search_query", dialect.InputTypeQuery, "voyage-3", `"input_type":"query"`, false},
		{"passage", dialect.InputTypeDocument, "nvidia/nv-embedqa", `"input_type":"passage"`, false},
		{"document", dialect.InputTypeDocument, "voyage-3", `"input_type":"document"`, false},
		{"clustering", dialect.InputTypeClustering, "voyage-3", `"input":["x"]}`, true},
		{"query", dialect.InputTypeQuery, "text-embedding-3-small", `"input":["x"]}`, true},
	} {
		op := dialect.Operation{Endpoint: dialect.EndpointEmbeddings}
		req, err := openai.Inbound{}.Decode(op, []byte(`{"model":"m","input":"x","input_type":"`+row.word+`"}`))
		if err != nil || req.InputType != row.kind {
			t.Fatalf("got %+v, %v", req, err)
		}
		wire, err := openai.Outbound{}.Encode(req, dialect.Target{Model: row.model})
		if err != nil || !strings.Contains(string(wire.Body), row.want) || slices.Contains(wire.Dropped, "input_type") != row.dropped {
			t.Errorf("%s for %s: got %s, %q, %v", row.word, row.model, wire.Body, wire.Dropped, err)
		}
	}
}

func TestDecodeFindsTheFieldInsideALongList(t *testing.T) {
	for _, row := range []struct {
		body, field string
		code        hw.Code
	}{
		{`{"model":"m","model":"n","messages":[]}`, "model", hw.CodeBadJSON},
		{`{"model":"m","messages":[{"role":"user","content":"a"}],"tools":[],"tools":[]}`, "tools", hw.CodeBadJSON},
		{`{"model":"m","messages":[{"role":"user","content":"a"},{"role":4}]}`, "messages[1].role", hw.CodeBadRequest},
		{`{"model":"m","messages":[{"role":"user","content":"a"},"b"]}`, "messages[1]", hw.CodeBadRequest},
		{`{"model":"m","messages":"a"}`, "messages", hw.CodeBadRequest},
		{`{"model":"m","messages":[{"role":"user","content":[{"type":"text"},{"type":2}]}]}`, "messages[0].content[1].type", hw.CodeBadRequest},
		{`{"model":"m","tools":[{"type":"custom","custom":{}}],"messages":[{"role":"user","content":"a"}]}`, "tools[0].custom.name", hw.CodeBadRequest},
		{`{"model":"m","tools":[3],"messages":[{"role":"user","content":"a"}]}`, "tools[0]", hw.CodeBadRequest},
		{`{"model":"m","messages":[{"role":"user","content":[{"type":"video_url"}]}]}`, "messages[0].content[0].video_url.url", hw.CodeBadRequest},
		{`[]`, "", hw.CodeBadJSON},
	} {
		_, err := openai.Inbound{}.Decode(chat, []byte(row.body))
		if e := hw.AsError(err); err == nil || e.Field != row.field || e.Code != row.code {
			t.Errorf("%s: got %v, want %s at %s", row.body, err, row.code, row.field)
		}
	}
}

func TestCompletions(t *testing.T) {
	op, ok := openai.Inbound{}.Match(dialect.Ask{Path: "/v1/completions"})
	if !ok || op.Endpoint != dialect.EndpointCompletions || op.Allow != "POST" {
		t.Fatalf("got %+v", op)
	}
	body := []byte(`{"model":"r","prompt":["once"],"stream":true,"max_tokens":5,"suffix":"x","echo":false,"best_of":1,"logprobs":null}`)
	if p, err := (openai.Inbound{}).Peek(completion, body); err != nil || !p.Stream {
		t.Errorf("got %+v, %v", p, err)
	}
	req, err := openai.Inbound{}.Decode(completion, body)
	if err != nil || req.Endpoint != dialect.EndpointChat || req.Messages[0].Parts[0].Text != "once" || req.MaxTokens != 5 || !slices.Equal(req.Unmapped, []string{"suffix"}) {
		t.Errorf("got %+v, %v", req, err)
	}
	wire, err := openai.Outbound{}.Adapt(completion, []byte(`{"model":"r","stream":true}`), dialect.Target{Model: "m"}, true)
	if err != nil || wire.Path != "/completions" || string(wire.Body) != `{"stream_options":{"include_usage":true},"model":"m","stream":true}` {
		t.Errorf("got %+v, %v", wire, err)
	}
	for prompt, code := range map[string]hw.Code{`[[1,2]]`: hw.CodeUnsupported, `[1]`: hw.CodeUnsupported, `["a","b"]`: hw.CodeUnsupported, `null`: hw.CodeBadRequest} {
		_, err := openai.Inbound{}.Decode(completion, []byte(`{"model":"r","prompt":`+prompt+`}`))
		if e := hw.AsError(err); err == nil || e.Code != code || e.Field != "prompt" {
			t.Errorf("%s: got %v", prompt, err)
		}
	}
}

func TestCompletionsAreWritten(t *testing.T) {
	a := &dialect.Answer{ID: "1", Created: 5, Usage: &dialect.Usage{In: 1, Out: 2}, Choices: []dialect.Choice{
		{Parts: []dialect.Part{{Kind: dialect.PartReasoning, Text: "hm"}, {Kind: dialect.PartText, Text: "a"}}, Finish: dialect.FinishTools},
		{Index: 1, Parts: []dialect.Part{{Kind: dialect.PartText, Text: "b"}}, Finish: dialect.FinishLength},
	}}
	opts := dialect.EncodeOptions{Op: completion, Model: "m", StreamUsage: true}
	got, err := openai.Inbound{}.Encoder(opts).Answer(nil, a)
	want := `{"id":"1","object":"text_completion","created":5,"model":"m","choices":[{"text":"a","index":0,"logprobs":null,"finish_reason":"stop"},{"text":"b","index":1,"logprobs":null,"finish_reason":"length"}],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}`
	if err != nil || string(got) != want {
		t.Errorf("got  %s, %v\nwant %s", got, err, want)
	}
	opts.Stream = true
	enc := openai.Inbound{}.Encoder(opts)
	var stream []byte
	for _, ev := range a.Events() {
		stream = enc.Event(stream, ev)
	}
	const head = `data: {"id":"1","object":"text_completion","created":5,"model":"m","choices":[`
	want = head + `{"text":"a","index":0,"logprobs":null,"finish_reason":null}]}` + "\n\n" +
		head + `{"text":"","index":0,"logprobs":null,"finish_reason":"stop"}]}` + "\n\n" +
		head + `{"text":"b","index":1,"logprobs":null,"finish_reason":null}]}` + "\n\n" +
		head + `{"text":"","index":1,"logprobs":null,"finish_reason":"length"}]}` + "\n\n" +
		head + `],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}` + "\n\ndata: [DONE]\n\n"
	if string(stream) != want {
		t.Errorf("got\n%s\nwant\n%s", stream, want)
	}
	again := gather(t, completion, string(stream))
	if again.Choices[0].Parts[0].Text != "a" || again.Choices[1].Parts[0].Text != "b" || again.Choices[1].Finish != dialect.FinishLength || again.Usage.Out != 2 {
		t.Errorf("got %+v", again)
	}
	w := openai.Outbound{}.Watcher(completion)
	sign, err := w.Event("", []byte(strings.TrimPrefix(head, "data: ")+`{"text":"a","index":0,"logprobs":null,"finish_reason":null}]}`))
	if err != nil || !sign.Content {
		t.Errorf("got %+v, %v", sign, err)
	}
	if sign, err := w.Answer([]byte(`{"choices":[{"text":"a"}],"usage":{"prompt_tokens":1}}`)); err != nil || !sign.Content || sign.Usage == nil {
		t.Errorf("got %+v, %v", sign, err)
	}
	// A stream of nothing still ends with a reason.
	if got := string(openai.Inbound{}.Encoder(opts).Event(nil, dialect.Event{Kind: dialect.EventEnd})); !strings.Contains(got, `"finish_reason":"stop"`) {
		t.Errorf("got %s", got)
	}
}
