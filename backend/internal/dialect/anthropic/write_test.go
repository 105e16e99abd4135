package anthropic_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/anthropic"
)

func encoderOf(stream bool) dialect.Encoder {
	return anthropic.Inbound{}.Encoder(dialect.EncodeOptions{Op: chatOp, Stream: stream, Model: "the-route", RequestID: "r1"})
}

func encodePlain(t *testing.T, a *dialect.Answer) []byte {
	t.Helper()
	out, err := encoderOf(false).Answer(nil, a)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func encodeStream(events []dialect.Event) []byte {
	e := encoderOf(true)
	var out []byte
	for _, ev := range events {
		out = e.Event(out, ev)
	}
	return out
}

// eventsOf gives a whole answer as events, with everything a part can have.
func eventsOf(a *dialect.Answer) []dialect.Event {
	events := []dialect.Event{{Kind: dialect.EventStart, ID: a.ID, Model: a.Model}}
	for _, c := range a.Choices {
		tool := 0
		for _, p := range c.Parts {
			ev := dialect.Event{Choice: c.Index, Text: p.Text, Signature: p.Signature, Signer: p.Signer}
			switch p.Kind {
			case dialect.PartToolCall:
				events = append(events, dialect.Event{
					Kind: dialect.EventToolStart, Choice: c.Index, Tool: tool, CallID: p.Call.ID, ToolName: p.Call.Name, Signature: p.Signature, Signer: p.Signer,
				})
				ev = dialect.Event{Kind: dialect.EventToolArgs, Choice: c.Index, Tool: tool, Text: p.Call.Args}
				tool++
			case dialect.PartReasoning:
				ev.Kind, ev.Redacted, ev.PartID = dialect.EventReasoning, p.Data, p.ID
			case dialect.PartImage:
				ev = dialect.Event{Kind: dialect.EventMedia, Media: &p}
			default:
				ev.Kind = dialect.EventKind(p.Kind)
			}
			events = append(events, ev)
			for _, cite := range p.Citations {
				events = append(events, dialect.Event{Kind: dialect.EventCitation, Choice: c.Index, Citation: &cite})
			}
		}
		events = append(events, dialect.Event{Kind: dialect.EventFinish, Choice: c.Index, Finish: c.Finish, StopSequence: c.StopSequence})
	}
	if a.Usage != nil {
		events = append(events, dialect.Event{Kind: dialect.EventUsage, Usage: a.Usage})
	}
	return append(events, dialect.Event{Kind: dialect.EventEnd})
}

// Short names keep the rows of events readable.
func text(s string) dialect.Event    { return dialect.Event{Kind: dialect.EventText, Text: s} }
func thought(s string) dialect.Event { return dialect.Event{Kind: dialect.EventReasoning, Text: s} }
func opens(tool int, id string) dialect.Event {
	return dialect.Event{Kind: dialect.EventToolStart, Tool: tool, CallID: id, ToolName: fmt.Sprintf("f%d", tool)}
}

func args(tool int, s string) dialect.Event {
	return dialect.Event{Kind: dialect.EventToolArgs, Tool: tool, Text: s}
}

func finish(word string) dialect.Event {
	return dialect.Event{Kind: dialect.EventFinish, Finish: word}
}

var end = dialect.Event{Kind: dialect.EventEnd}

func TestStreamBlocksComeOneByOne(t *testing.T) {
	use := func(n int, id, input string) string {
		return fmt.Sprintf(`{"type":"tool_use","id":%q,"name":"f%d","input":%s}`, id, n, input)
	}
	for _, row := range []struct {
		name   string
		events []dialect.Event
		blocks string
		reason string
	}{
		{"text", []dialect.Event{text("a"), text("b"), finish("stop"), end}, `[{"type":"text","text":"ab"}]`, "end_turn"},
		{"nothing", []dialect.Event{finish("stop"), end}, `null`, "end_turn"},
		{"empty deltas open nothing", []dialect.Event{text(""), thought(""), end}, `null`, "end_turn"},
		{"cut", []dialect.Event{text("a"), finish("length"), end}, `[{"type":"text","text":"a"}]`, "max_tokens"},
		{"a refusal is a text of its own", []dialect.Event{text("a"), {Kind: dialect.EventRefusal, Text: "n"}, {Kind: dialect.EventRefusal, Text: "o"}, finish("stop"), end}, `[{"type":"text","text":"a"},{"type":"text","text":"no"}]`, "end_turn"},
		{"filtered", []dialect.Event{finish("content_filter"), end}, `null`, "refusal"},
		{
			"thinking without a signature, then text",
			[]dialect.Event{thought("h"), thought("m"), text("a"), end},
			`[{"type":"thinking","thinking":"hm","signature":""},{"type":"text","text":"a"}]`, "end_turn",
		},
		{
			"Anthropic's own proof goes as it is",
			[]dialect.Event{thought("hm"), {Kind: dialect.EventReasoning, Signature: "s+/=", Signer: "anthropic"}, thought("x"), {Kind: dialect.EventReasoning, Redacted: "d"}, end},
			`[{"type":"thinking","thinking":"hm","signature":"s+/="},{"type":"thinking","thinking":"x","signature":""},{"type":"redacted_thinking","data":"d"}]`, "end_turn",
		},
		{
			"a call",
			[]dialect.Event{text("a"), opens(0, "c0"), args(0, `{"x"`), args(0, `:1}`), finish("stop"), end},
			`[{"type":"text","text":"a"},` + use(0, "c0", `{"x":1}`) + `]`, "tool_use",
		},
		{"a call without arguments", []dialect.Event{opens(0, "c0"), end}, `[` + use(0, "c0", `{}`) + `]`, "tool_use"},
		{
			"calls in turn",
			[]dialect.Event{opens(0, "c0"), args(0, `{"a":{"b":"}"}}`), opens(1, "c1"), args(1, `{}`), end},
			`[` + use(0, "c0", `{"a":{"b":"}"}}`) + `,` + use(1, "c1", `{}`) + `]`, "tool_use",
		},
		{
			"calls that are interleaved are told one after the other",
			[]dialect.Event{opens(0, "c0"), opens(1, "c1"), args(1, `{"b":`), args(0, `{"a":"\"`), text("t"), args(1, `2}`), args(0, `{"}`), end},
			`[` + use(0, "c0", `{"a":"\"{"}`) + `,` + use(1, "c1", `{"b":2}`) + `,{"type":"text","text":"t"}]`, "tool_use",
		},
		{
			"arguments that are no object become one",
			[]dialect.Event{opens(0, "c0"), args(0, ` [1,`), args(0, `2]`), opens(1, "c1"), args(1, `"{\"a\":1}"`), opens(2, "c2"), args(2, "nu"), args(2, "ll"), end},
			`[` + use(0, "c0", `{"input":"[1,2]"}`) + `,` + use(1, "c1", `{"a":1}`) + `,` + use(2, "c2", `{}`) + `]`, "tool_use",
		},
		{
			"what follows whole arguments is no part of them",
			[]dialect.Event{opens(0, "c0"), args(0, "{} \n"), args(0, `{}`), args(9, `{}`), end},
			`[` + use(0, "c0", `{}`) + `]`, "tool_use",
		},
		{"no tool_use without a call", []dialect.Event{text("a"), finish("tool_calls"), end}, `[{"type":"text","text":"a"}]`, "end_turn"},
		{
			"other choices are left out",
			[]dialect.Event{text("a"), {Kind: dialect.EventText, Choice: 1, Text: "z"}, finish("stop"), {Kind: dialect.EventFinish, Choice: 1, Finish: "length"}, end},
			`[{"type":"text","text":"a"}]`, "end_turn",
		},
		{
			"nothing follows the end",
			[]dialect.Event{text("a"), end, text("b"), end},
			`[{"type":"text","text":"a"}]`, "end_turn",
		},
		{
			"a source belongs to its text; one without an address has no form",
			[]dialect.Event{text("a"), {Kind: dialect.EventCitation, Citation: &dialect.Citation{URL: "https://x.test", Cited: "c"}}, {Kind: dialect.EventCitation, Citation: &dialect.Citation{Title: "t"}}, text("b"), end},
			`[{"type":"text","text":"ab","citations":[{"type":"web_search_result_location","url":"https://x.test","title":"https://x.test","cited_text":"c","encrypted_index":""}]}]`, "end_turn",
		},
		{
			"an image is Markdown",
			[]dialect.Event{text("a"), {Kind: dialect.EventMedia, Media: &dialect.Part{Kind: dialect.PartImage, MIME: "image/png", Data: "QQ=="}}, text("b"), end},
			`[{"type":"text","text":"a"},{"type":"text","text":"![image](data:image/png;base64,QQ==)"},{"type":"text","text":"b"}]`, "end_turn",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			blocks, message := checkStream(t, encodeStream(append([]dialect.Event{{Kind: dialect.EventStart, ID: "chatcmpl-1"}}, row.events...)))
			checkSame(t, blocks, row.blocks)
			if message["stop_reason"] != row.reason || message["model"] != "the-route" || message["id"] != "msg_chatcmpl-1" {
				t.Errorf("got %v, want %s", message, row.reason)
			}
		})
	}
}

func TestStreamIsWrittenAsItComes(t *testing.T) {
	const start = "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"the-route\",\"content\":[]," +
		"\"stop_reason\":null,\"stop_sequence\":null,\"usage\":{\"input_tokens\":4,\"cache_creation_input_tokens\":1,\"cache_read_input_tokens\":2,\"output_tokens\":0}}}\n\n"
	e := encoderOf(true)
	for _, row := range []struct {
		name string
		ev   dialect.Event
		want string
	}{
		{"a sign of life before the start is a comment", dialect.Event{Kind: dialect.EventPing}, ": keep-alive\n\n"},
		{"the start waits for usage", dialect.Event{Kind: dialect.EventStart, ID: "msg_1"}, ""},
		{"usage", dialect.Event{Kind: dialect.EventUsage, Usage: &dialect.Usage{In: 7, CachedIn: 2, CacheWrite: 1}}, ""},
		{"an open call grows as it comes", opens(0, "c0"), start + "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"tool_use\",\"id\":\"c0\",\"name\":\"f0\",\"input\":{}}}\n\n"},
		{"arguments", args(0, "{"), "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"{\"}}\n\n"},
		{"another call waits", opens(1, "c1"), ""},
		{"so do its arguments", args(1, "{}"), ""},
		{"a sign of life", dialect.Event{Kind: dialect.EventPing}, "event: ping\ndata: {\"type\":\"ping\"}\n\n"},
		{"until the first is whole", args(0, "}"), "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"}\"}}\n\n" +
			"event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n" +
			"event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":1,\"content_block\":{\"type\":\"tool_use\",\"id\":\"c1\",\"name\":\"f1\",\"input\":{}}}\n\n" +
			"event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":1,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"{}\"}}\n\n" +
			"event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":1}\n\n"},
		{"usage again", dialect.Event{Kind: dialect.EventUsage, Usage: &dialect.Usage{In: 7, CachedIn: 2, CacheWrite: 1, Out: 9, ReasoningOut: 3}}, ""},
		{"the finish waits for the end", dialect.Event{Kind: dialect.EventFinish, Finish: "stop", StopSequence: "END"}, ""},
		{"the end", end, "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"tool_use\",\"stop_sequence\":null}," +
			"\"usage\":{\"input_tokens\":4,\"cache_creation_input_tokens\":1,\"cache_read_input_tokens\":2,\"output_tokens\":9,\"output_tokens_details\":{\"thinking_tokens\":3}}}\n\n" +
			"event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"},
	} {
		if got := string(e.Event(nil, row.ev)); got != row.want {
			t.Errorf("%s\ngot  %s\nwant %s", row.name, got, row.want)
		}
	}
}

func TestPlainAnswer(t *testing.T) {
	got := encodePlain(t, &dialect.Answer{ID: "msg_9", Model: "real", Usage: &dialect.Usage{In: 10, CachedIn: 3, Out: 5}, Choices: []dialect.Choice{
		{Index: 1, Parts: []dialect.Part{{Kind: dialect.PartText, Text: "other"}}},
		{Finish: "stop", StopSequence: "END", Parts: []dialect.Part{
			{Kind: dialect.PartReasoning, Text: "hm", Signature: "s", Signer: "anthropic"},
			{Kind: dialect.PartReasoning, Data: "d"},
			{Kind: dialect.PartText},
			{Kind: dialect.PartText, Text: "a<b", Citations: []dialect.Citation{{URL: "https://x.test", Title: "X"}}},
		}},
	}})
	const want = `{"id":"msg_9","type":"message","role":"assistant","model":"the-route","content":[{"type":"thinking","thinking":"hm","signature":"s"},` +
		`{"type":"redacted_thinking","data":"d"},{"type":"text","text":"a<b","citations":[{"type":"web_search_result_location","url":"https://x.test","title":"X","cited_text":"","encrypted_index":""}]}],` +
		`"stop_reason":"stop_sequence","stop_sequence":"END","usage":{"input_tokens":7,"cache_creation_input_tokens":0,"cache_read_input_tokens":3,"output_tokens":5}}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := string(encodePlain(t, &dialect.Answer{})); !strings.Contains(got, `"id":"msg_r1"`) || !strings.Contains(got, `"content":[],"stop_reason":"end_turn"`) {
		t.Errorf("an empty answer: %s", got)
	}
}

func TestCallIDsAreMadeToFit(t *testing.T) {
	calls := func(ids ...string) *dialect.Answer {
		a := &dialect.Answer{ID: "x", Choices: []dialect.Choice{{Finish: "tool_calls"}}}
		for _, id := range ids {
			a.Choices[0].Parts = append(a.Choices[0].Parts, dialect.Part{Kind: dialect.PartToolCall, Call: &dialect.ToolCall{ID: id, Name: "f", Args: "{}"}})
		}
		return a
	}
	given := func(a *dialect.Answer) (ids []string) {
		blocks, _ := checkStream(t, encodeStream(eventsOf(a)))
		for _, b := range blocks {
			id, _ := b["id"].(string)
			ids = append(ids, id)
		}
		return ids
	}
	first := given(calls("functions.f:0", "", "", "same", "same", "call_ok-1"))
	again := given(calls("functions.f:0", "", "", "same", "same", "call_ok-1"))
	if fmt.Sprint(first) != fmt.Sprint(again) || first[3] != "same" || first[5] != "call_ok-1" {
		t.Errorf("got %q and %q", first, again)
	}
}

// randomAnswer makes an answer of a few parts.
func randomAnswer(r *rand.Rand) *dialect.Answer {
	words := []string{"a", "zwei ", "\"q\"", "日本\n", "}{", "\\"}
	say := func() string { return words[r.IntN(len(words))] + words[r.IntN(len(words))] }
	signers := []string{dialect.SignerAnthropic, dialect.SignerGemini, dialect.SignerOpenAI}
	c := dialect.Choice{Finish: dialect.FinishStop}
	for i := range r.IntN(6) {
		signer := signers[r.IntN(len(signers))]
		switch r.IntN(6) {
		case 0, 1:
			p := dialect.Part{Kind: dialect.PartText, Text: say()}
			if signer == dialect.SignerGemini {
				p.Signature, p.Signer = "ts"+say(), signer
			}
			c.Parts = append(c.Parts, p)
		case 2:
			c.Parts = append(c.Parts, dialect.Part{Kind: dialect.PartReasoning, Text: say(), Signature: "s" + say(), Signer: signer})
		case 3:
			p := dialect.Part{Kind: dialect.PartReasoning, Data: "d" + say(), Signer: signer}
			if signer == dialect.SignerOpenAI {
				p.ID = fmt.Sprintf("rs_%d", i)
			}
			c.Parts = append(c.Parts, p)
		default:
			p := dialect.Part{Kind: dialect.PartToolCall, Call: &dialect.ToolCall{ID: fmt.Sprintf("c%d", i), Name: "f", Args: `{"a":` + string(must(json.Marshal(say()))) + `}`}}
			if signer == dialect.SignerGemini {
				p.Signature, p.Signer = "cs"+say(), signer
			}
			c.Parts = append(c.Parts, p)
			c.Finish = dialect.FinishTools
		}
	}
	return &dialect.Answer{ID: "msg_1", Choices: []dialect.Choice{c}}
}

func must(raw []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return raw
}

// mergeTexts joins neighbouring texts, which a stream cannot tell apart.
func mergeTexts(parts []dialect.Part) (out []dialect.Part) {
	for _, p := range parts {
		if n := len(out); n > 0 && p.Kind == dialect.PartText && out[n-1].Kind == p.Kind && out[n-1].Signature == "" {
			out[n-1].Text += p.Text
			out[n-1].Signature, out[n-1].Signer = p.Signature, p.Signer
			continue
		}
		out = append(out, p)
	}
	return out
}

// An agent sends back the blocks it got. The next turn must hold what the
// answer held, whoever signed it.
func TestAnswersComeBackWhole(t *testing.T) {
	for seed := range uint64(400) {
		a := randomAnswer(rand.New(rand.NewPCG(seed, 1)))
		blocks, _ := checkStream(t, encodeStream(eventsOf(a)))
		var plain struct {
			Content json.RawMessage `json:"content"`
		}
		if err := json.Unmarshal(encodePlain(t, a), &plain); err != nil {
			t.Fatal(err)
		}
		if len(blocks) == 0 {
			continue
		}
		for _, content := range []json.RawMessage{plain.Content, must(json.Marshal(blocks))} {
			body := fmt.Appendf(nil, `{"model":"m","max_tokens":9,"messages":[{"role":"assistant","content":%s}]}`, content)
			req, err := anthropic.Inbound{}.Decode(chatOp, body)
			if err != nil {
				t.Fatalf("seed %d: %v\n%s", seed, err, body)
			}
			checkSealed(t, req.Messages[0].Parts)
			got, _ := json.Marshal(mergeTexts(req.Messages[0].Parts))
			want, _ := json.Marshal(mergeTexts(a.Choices[0].Parts))
			if string(got) != string(want) {
				t.Fatalf("seed %d\ngot  %s\nwant %s\n%s", seed, got, want, content)
			}
			checkNoForeignProof(t, req, body)
		}
	}
}

// checkSealed makes sure that reasoning is known to be of this conversation where
// its proof is another vendor's, and only there. It takes the marks away: what
// remains is compared with what was written.
func checkSealed(t *testing.T, parts []dialect.Part) {
	t.Helper()
	for i, p := range parts {
		if foreign := p.Kind == dialect.PartReasoning && p.Signer != "" && p.Signer != dialect.SignerAnthropic; p.Sealed != foreign {
			t.Fatalf("sealed is %v of %+v", p.Sealed, p)
		}
		parts[i].Sealed = false
	}
}

// checkNoForeignProof makes sure that a sealed proof reaches Anthropic on
// neither road.
func checkNoForeignProof(t *testing.T, req *dialect.Request, body []byte) {
	t.Helper()
	body = append(body[:len(body)-2], `,{"role":"user","content":"go on"}]}`...)
	wire, err := anthropic.Outbound{}.Adapt(chatOp, body, dialect.Target{Model: claude}, false)
	if err != nil || strings.Contains(string(wire.Body), "hw1.") || !json.Valid(wire.Body) {
		t.Fatalf("passed through: %s, %v", wire.Body, err)
	}
	req.Messages = append(req.Messages, say("user", "go on"))
	wire, err = anthropic.Outbound{}.Encode(req, dialect.Target{Model: claude})
	if err != nil || strings.Contains(string(wire.Body), "hw1.") || strings.Contains(string(wire.Body), `"ts`) || strings.Contains(string(wire.Body), `"cs`) {
		t.Fatalf("encoded: %s, %v", wire.Body, err)
	}
}

func TestInterleavedCallsAreSerialised(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 2))
		n := 1 + r.IntN(4)
		left := make([]string, n)
		want := make([]string, n)
		events := []dialect.Event{{Kind: dialect.EventStart, ID: "x"}}
		for i := range n {
			want[i] = fmt.Sprintf(`{"n":%d,"s":"}{\"%d"}`, i, r.IntN(99))
			left[i] = want[i]
			events = append(events, opens(i, fmt.Sprintf("c%d", i)))
		}
		for open := n; open > 0; {
			i := r.IntN(n)
			if left[i] == "" {
				continue
			}
			size := 1 + r.IntN(len(left[i]))
			events = append(events, args(i, left[i][:size]))
			if left[i] = left[i][size:]; left[i] == "" {
				open--
			}
		}
		blocks, _ := checkStream(t, encodeStream(append(events, end)))
		if len(blocks) != n {
			t.Fatalf("seed %d: %d blocks", seed, len(blocks))
		}
		for i, b := range blocks {
			if got := string(must(json.Marshal(b["input"]))); canonical(got) != canonical(want[i]) {
				t.Errorf("seed %d: got %s, want %s", seed, got, want[i])
			}
		}
	}
}
