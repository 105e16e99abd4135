package gemini_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/gemini"
)

// maker makes neutral values out of a seed.
type maker struct{ *rand.Rand }

func (m maker) text() string {
	words := []string{"a", "ö", "\"", "\n", "<b>", "日本", "{}", " ", "\\u", "😀", "\u2028"}
	var b strings.Builder
	b.WriteString("t")
	for range 1 + m.IntN(6) {
		b.WriteString(words[m.IntN(len(words))])
	}
	return b.String()
}

func (m maker) yes() bool { return m.IntN(2) == 0 }

// signer signs a part now and then, as any vendor.
func (m maker) sign(p *dialect.Part) {
	if m.IntN(3) == 0 {
		p.Signer = []string{dialect.SignerGemini, dialect.SignerAnthropic, dialect.SignerOpenAI}[m.IntN(3)]
		p.Signature = "c2ln" + fmt.Sprint(m.IntN(99)) + "=="
	}
}

// modelParts are what a model says, as different from one part to the next as
// parts of one turn must be to stay apart.
func (m maker) modelParts(turn int) []dialect.Part {
	var parts []dialect.Part
	if m.yes() {
		p := dialect.Part{Kind: dialect.PartReasoning, Text: m.text()}
		m.sign(&p)
		parts = append(parts, p)
	}
	if m.IntN(4) == 0 {
		parts = append(parts, dialect.Part{Kind: dialect.PartReasoning, Data: "c2VjcmV0", Signer: dialect.SignerAnthropic, ID: "r"})
	}
	p := dialect.Part{Kind: dialect.PartText, Text: m.text()}
	m.sign(&p)
	parts = append(parts, p)
	for i := range m.IntN(3) {
		p := dialect.Part{Kind: dialect.PartToolCall, Call: &dialect.ToolCall{ID: fmt.Sprintf("c%d_%d", turn, i), Name: "f", Args: `{"x":1}`}}
		m.sign(&p)
		parts = append(parts, p)
	}
	return parts
}

// TestAnswersComeBack sends generated answers through the encoder, plain and
// streamed, and reads them as a client's history.
func TestAnswersComeBack(t *testing.T) {
	for seed := range uint64(500) {
		m := maker{rand.New(rand.NewPCG(seed, 1))}
		parts := m.modelParts(0)
		finish := dialect.FinishStop
		for _, p := range parts {
			if p.Kind == dialect.PartToolCall {
				finish = dialect.FinishTools
			}
		}
		shown := m.yes()
		a := &dialect.Answer{ID: "r1", Usage: &dialect.Usage{In: 7, Out: 5, ReasoningOut: 2, CachedIn: 1}, Choices: []dialect.Choice{{Parts: parts, Finish: finish}}}
		opts := dialect.EncodeOptions{Op: chatOp, Model: "alias", Request: &dialect.Request{ShowThoughts: &shown}}
		plain, err := gemini.Inbound{}.Encoder(opts).Answer(nil, a)
		if err != nil {
			t.Fatal(err)
		}
		content := field(t, strings.TrimSuffix(strings.TrimPrefix(field(t, string(plain), "candidates"), "["), "]"), "content")
		checkHistory(t, seed, parts, strings.Join(curated(t, content), ","))
		var contents []string
		for _, c := range chunks(t, write(opts, eventsOf(a)...)) {
			contents = append(contents, curated(t, field(t, strings.TrimSuffix(strings.TrimPrefix(field(t, c, "candidates"), "["), "]"), "content"))...)
		}
		checkHistory(t, seed, parts, strings.Join(contents, ","))
		// An upstream that is a gateway of this kind is read to the same answer.
		back := answer(t, string(plain))
		if *back.Usage != *a.Usage || back.ID != "r1" || back.Choices[0].Finish != finish {
			t.Errorf("seed %d: got %+v", seed, back)
		}
	}
}

// eventsOf gives the first choice of an answer as a stream, texts in two pieces.
func eventsOf(a *dialect.Answer) []dialect.Event {
	events := []dialect.Event{{Kind: dialect.EventStart, ID: a.ID}}
	tool := 0
	for _, p := range a.Choices[0].Parts {
		ev := dialect.Event{Signature: p.Signature, Signer: p.Signer, PartID: p.ID, Redacted: p.Data}
		switch p.Kind {
		case dialect.PartToolCall:
			ev.Kind, ev.Tool, ev.CallID, ev.ToolName = dialect.EventToolStart, tool, p.Call.ID, p.Call.Name
			events = append(events, ev, dialect.Event{Kind: dialect.EventToolArgs, Tool: tool, Text: p.Call.Args})
			tool++
			continue
		case dialect.PartReasoning:
			ev.Kind = dialect.EventReasoning
		default:
			ev.Kind = dialect.EventText
		}
		if p.Text != "" {
			events = append(events, dialect.Event{Kind: ev.Kind, Text: p.Text[:1]})
		}
		ev.Text = strings.TrimPrefix(p.Text, "t")
		events = append(events, ev)
	}
	return append(events, dialect.Event{Kind: dialect.EventFinish, Finish: a.Choices[0].Finish}, dialect.Event{Kind: dialect.EventEnd})
}

func checkHistory(t *testing.T, seed uint64, want []dialect.Part, contents string) {
	t.Helper()
	req := decode(t, `{"contents":[{"role":"user","parts":[{"text":"q"}]},`+contents+`]}`)
	got := req.Messages[1].Parts
	for i, p := range got {
		if foreign := p.Kind == dialect.PartReasoning && p.Signer != "" && p.Signer != dialect.SignerGemini; foreign && !p.Sealed {
			t.Errorf("seed %d: not known to be of this conversation: %+v", seed, p)
		}
		got[i].Sealed = false // what is compared are the contents
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("seed %d:\n got %+v\nwant %+v\n%s", seed, got, want, contents)
	}
}

// TestRequestsComeBack renders generated requests and reads them again.
func TestRequestsComeBack(t *testing.T) {
	for seed := range uint64(500) {
		m := maker{rand.New(rand.NewPCG(seed, 2))}
		req := m.request()
		wire, err := gemini.Outbound{}.Encode(req, dialect.Target{Model: "gemini-2.5-flash"})
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		back, err := gemini.Inbound{}.Decode(chatOp, wire.Body)
		if err != nil {
			t.Fatalf("seed %d: %v\n%s", seed, err, wire.Body)
		}
		want := *req
		want.Model, want.StreamUsage, want.Messages = "m", true, kept(req.Messages)
		if len(back.Unmapped) != 0 || !reflect.DeepEqual(back, &want) {
			t.Errorf("seed %d:\n got %+v\nwant %+v\n%s", seed, back, &want, wire.Body)
		}
	}
}

// kept is what Google gets of a history: no thoughts and signatures but its own.
func kept(messages []dialect.Message) []dialect.Message {
	out := make([]dialect.Message, 0, len(messages))
	for _, m := range messages {
		parts := make([]dialect.Part, 0, len(m.Parts))
		for _, p := range m.Parts {
			if p.Signer != dialect.SignerGemini {
				p.Signer, p.Signature = "", ""
			}
			if p.Kind == dialect.PartReasoning && p.Signature == "" {
				continue
			}
			parts = append(parts, p)
		}
		out = append(out, dialect.Message{Role: m.Role, Parts: parts})
	}
	return out
}

func (m maker) request() *dialect.Request {
	r := &dialect.Request{Endpoint: dialect.EndpointChat, ShowThoughts: new(m.yes())}
	if m.yes() {
		r.Messages = append(r.Messages, say("system", m.text()))
	}
	for turn := range 1 + m.IntN(3) {
		user := say("user", m.text())
		if m.yes() {
			user.Parts = append(user.Parts, dialect.Part{Kind: dialect.PartImage, MIME: "image/png", Data: "AA=="})
		}
		r.Messages = append(r.Messages, user)
		model := dialect.Message{Role: "assistant", Parts: m.modelParts(turn)}
		r.Messages = append(r.Messages, model)
		results := dialect.Message{Role: "tool"}
		for _, p := range model.Parts {
			if p.Kind == dialect.PartToolCall {
				results.Parts = append(results.Parts, dialect.Part{Kind: dialect.PartToolResult, CallID: p.Call.ID, Text: m.text(), IsError: m.yes()})
			}
		}
		if len(results.Parts) > 0 {
			r.Messages = append(r.Messages, results)
		}
	}
	r.Messages = append(r.Messages, say("user", m.text()))
	if m.yes() {
		r.Tools = []dialect.Tool{{Name: "f", Description: m.text(), Schema: []byte(`{"type":"object","properties":{"x":{"type":"integer"}}}`)}}
		r.Choice = []dialect.ToolChoice{{}, {Mode: "auto"}, {Mode: "required"}, {Mode: "named", Name: "f"}, {Mode: "none"}}[m.IntN(5)]
	}
	if m.yes() {
		r.Temperature, r.TopK, r.MaxTokens, r.Stop = new(0.25), new(m.IntN(50)), 1+m.IntN(1000), []string{m.text()}
	}
	if m.yes() {
		r.ThinkingTokens = 1 + m.IntN(2000)
	}
	return r
}
