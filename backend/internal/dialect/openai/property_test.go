package openai_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/openai"
	"headwater/backend/internal/dialect/peek"
)

// maker makes neutral requests and answers that this dialect can express.
type maker struct {
	*rand.Rand
	calls int
}

func pick[T any](m *maker, of ...T) T { return of[m.IntN(len(of))] }

func (m *maker) text() string {
	return pick(m, "a", "two words", "日本語 \"quoted\" \\ \n", "\u2028<&>", strings.Repeat("x", 300), " ")
}

func (m *maker) call() dialect.Part {
	m.calls++
	call := &dialect.ToolCall{ID: fmt.Sprint("call_", m.calls), Name: pick(m, "f", "g"), Args: pick(m, "{}", `{"a":"é"}`, `{"a":[1,2.50]}`, "cut{")}
	if m.IntN(5) == 0 {
		call.Name, call.Custom = "patch", true
		call.Args = string(append(peek.AppendString([]byte(`{"input":`), m.text()), '}'))
	}
	return dialect.Part{Kind: dialect.PartToolCall, Call: call}
}

// thoughts are parts of reasoning that a vendor signed, or one that nobody did.
func (m *maker) thoughts(signer string) []dialect.Part {
	if signer == "" || m.IntN(3) == 0 {
		return []dialect.Part{{Kind: dialect.PartReasoning, Text: "bare"}}
	}
	var parts []dialect.Part
	for i := range m.IntN(3) {
		p := dialect.Part{Kind: dialect.PartReasoning, Signer: signer}
		switch {
		case signer == dialect.SignerOpenAI:
			p.Data, p.ID = "enc", fmt.Sprint("rs_", i)
		case signer == dialect.SignerAnthropic && m.IntN(3) == 0:
			p.Data = "red"
		default:
			p.Text, p.Signature = fmt.Sprint("thought ", i), "sig"
		}
		parts = append(parts, p)
	}
	return parts
}

func (m *maker) media() dialect.Part {
	return pick(
		m,
		dialect.Part{Kind: dialect.PartImage, MIME: "image/png", Data: "QQ=="},
		dialect.Part{Kind: dialect.PartImage, URL: "https://x.test/a.png", Detail: "low"},
		dialect.Part{Kind: dialect.PartDocument, MIME: "application/pdf", Data: "QQ==", Filename: "a.pdf"},
		dialect.Part{Kind: dialect.PartAudio, MIME: "audio/wav", Data: "QQ=="},
		dialect.Part{Kind: dialect.PartVideo, URL: "https://x.test/v.mp4"},
	)
}

// turn makes an assistant's turn and the results of its calls.
func (m *maker) turn(signer string) []dialect.Message {
	assistant := dialect.Message{Role: dialect.RoleAssistant, Parts: m.thoughts(signer)}
	if m.IntN(3) > 0 {
		assistant.Parts = append(assistant.Parts, dialect.Part{Kind: dialect.PartText, Text: m.text()})
	}
	out := []dialect.Message{assistant}
	for range m.IntN(3) {
		call := m.call()
		out[0].Parts = append(out[0].Parts, call)
		out = append(out, dialect.Message{Role: dialect.RoleTool, Parts: []dialect.Part{{Kind: dialect.PartToolResult, CallID: call.Call.ID, Text: m.text()}}})
	}
	if len(out) == 1 {
		out[0].Parts = append(out[0].Parts, dialect.Part{Kind: dialect.PartRefusal, Text: "no"})
	}
	return out
}

func (m *maker) request() *dialect.Request {
	model, signer := "gpt-5.2", ""
	if m.IntN(2) == 0 {
		signer = pick(m, dialect.SignerAnthropic, dialect.SignerOpenAI, dialect.SignerGemini)
		model = map[string]string{dialect.SignerAnthropic: "anthropic/claude", dialect.SignerOpenAI: "openai/gpt-5", dialect.SignerGemini: "google/gemini"}[signer]
	}
	req := &dialect.Request{
		Endpoint: dialect.EndpointChat, Model: model, Stream: m.IntN(2) == 0, MaxTokens: m.IntN(3) * 10, Count: m.IntN(3),
		Stop: pick(m, nil, []string{"x"}, []string{"x", "\n"}), User: pick(m, "", "me"), Effort: pick(m, "", "none", "xhigh"),
		Choice: pick(m, dialect.ToolChoice{}, dialect.ToolChoice{Mode: "none"}, dialect.ToolChoice{Mode: "named", Name: "f"}),
		Format: pick(m, dialect.Format{}, dialect.Format{Kind: "json"}, dialect.Format{Kind: "schema", Name: "n", Schema: json.RawMessage(`{"type":"object"}`), Strict: new(true)}),
		Tools:  []dialect.Tool{{Name: "f", Description: "d", Schema: json.RawMessage(`{"type":"object"}`), Strict: pick(m, nil, new(true))}, {Name: "g"}},
	}
	if m.IntN(2) == 0 {
		req.Temperature, req.TopP, req.Seed, req.ParallelTools = new(m.Float64()), new(0.5), new(m.Int64N(9)), new(false)
	}
	if signer == "" { // OpenAI's own, which has these fixed while it thinks, and knows no stops
		req.Stop = nil
		if req.Effort != "none" {
			req.Temperature, req.TopP = nil, nil
		}
	}
	if m.IntN(2) == 0 {
		req.Messages = append(req.Messages, dialect.Message{Role: dialect.RoleSystem, Parts: []dialect.Part{{Kind: dialect.PartText, Text: m.text()}}})
	}
	for range 1 + m.IntN(3) {
		user := dialect.Message{Role: dialect.RoleUser, Name: pick(m, "", "ann"), Parts: []dialect.Part{{Kind: dialect.PartText, Text: m.text()}}}
		for range m.IntN(3) {
			user.Parts = append(user.Parts, m.media())
		}
		req.Messages = append(append(req.Messages, user), m.turn(signer)...)
	}
	if !strings.HasPrefix(model, "gpt-") {
		return plainCalls(req)
	}
	return req
}

// plainCalls makes the calls of custom tools those of functions, as a model
// that knows no custom tools gets them.
func plainCalls(req *dialect.Request) *dialect.Request {
	for _, m := range req.Messages {
		for i := range m.Parts {
			if c := m.Parts[i].Call; c != nil {
				c.Custom = false
			}
		}
	}
	return req
}

const seed = 11

func TestAnyRequestKeepsItsMeaning(t *testing.T) {
	m := &maker{Rand: rand.New(rand.NewPCG(seed, seed))}
	for i := range 2000 {
		req := m.request()
		wire, err := openai.Outbound{}.Encode(req, dialect.Target{Model: req.Model})
		if err != nil || wire.Dropped != nil {
			t.Fatalf("case %d of seed %d: %v, dropped %q", i, seed, err, wire.Dropped)
		}
		again, err := openai.Inbound{}.Decode(chat, wire.Body)
		if err != nil || again.Unmapped != nil {
			t.Fatalf("case %d of seed %d: %v, %q in %s", i, seed, err, again.Unmapped, wire.Body)
		}
		if was, is := meaning(req), meaning(again); was != is {
			was, is = split(was, is)
			t.Fatalf("case %d of seed %d:\n%s\nbecame\n%s\nby %s", i, seed, was, is, wire.Body)
		}
	}
}

func (m *maker) answer() *dialect.Answer {
	a := &dialect.Answer{ID: "1", Model: "m", Created: 5}
	if m.IntN(2) == 0 {
		a.Usage = &dialect.Usage{In: 9, Out: 7, CachedIn: m.Int64N(3), CacheWrite: m.Int64N(3), ReasoningOut: m.Int64N(3)}
	}
	for i := range 1 + m.IntN(2) {
		c := dialect.Choice{Index: i, Finish: pick(m, dialect.FinishStop, dialect.FinishLength, dialect.FinishFilter)}
		c.Parts = m.thoughts(pick(m, dialect.SignerAnthropic, dialect.SignerOpenAI, dialect.SignerGemini))
		if m.IntN(3) > 0 {
			p := dialect.Part{Kind: dialect.PartText, Text: m.text()}
			if m.IntN(3) == 0 {
				p.Citations = []dialect.Citation{{URL: "u", Title: "U", Cited: "c", End: 1}, {URL: "v"}}
			}
			c.Parts = append(c.Parts, p)
		}
		if m.IntN(4) == 0 {
			c.Parts = append(c.Parts, dialect.Part{Kind: dialect.PartImage, MIME: "image/png", Data: "QQ=="})
		}
		for range m.IntN(3) {
			call := m.call()
			if m.IntN(2) == 0 {
				call.Signature, call.Signer = "sig", pick(m, dialect.SignerAnthropic, dialect.SignerOpenAI, dialect.SignerGemini)
			}
			c.Parts, c.Finish = append(c.Parts, call), dialect.FinishTools
		}
		a.Choices = append(a.Choices, c)
	}
	return a
}

func TestAnyAnswerKeepsItsMeaning(t *testing.T) {
	m := &maker{Rand: rand.New(rand.NewPCG(seed, seed))}
	for i := range 2000 {
		a := m.answer()
		body, err := openai.Inbound{}.Encoder(dialect.EncodeOptions{Op: chat, Model: "m"}).Answer(nil, a)
		if err != nil {
			t.Fatal(err)
		}
		plain, err := openai.Outbound{}.Decoder(chat).Answer(body)
		if err != nil {
			t.Fatalf("case %d of seed %d: %v in %s", i, seed, err, body)
		}
		for how, again := range map[string]*dialect.Answer{"plain": plain, "streamed": streamed(t, a)} {
			for k := range a.Choices {
				was, is := a.Choices[k], again.Choices[k]
				was.Parts, is.Parts = said(was.Parts), said(is.Parts)
				if left, right := asJSON(t, was), asJSON(t, is); left != right {
					left, right = split(left, right)
					t.Fatalf("case %d of seed %d, %s:\n%s\nbecame\n%s\nby %s", i, seed, how, left, right, body)
				}
			}
			if asJSON(t, a.Usage) != asJSON(t, again.Usage) {
				t.Fatalf("case %d of seed %d, %s: usage %+v became %+v", i, seed, how, a.Usage, again.Usage)
			}
		}
	}
}

// isFault reports whether an error is one that a decoder may return.
func isFault(err error) bool {
	_, ok := errors.AsType[*dialect.Fault](err)
	return err == nil || ok
}

func FuzzStream(f *testing.F) {
	f.Add(`{"choices":[{"index":0,"delta":{"reasoning_details":[{"type":"reasoning.encrypted","data":"g","format":"google-gemini-v1","id":"c"}]}}]}` + "\n" + `{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"c","type":"custom","custom":{"name":"f","input":"x"}}]},"finish_reason":"stop"}]}` + "\n[DONE]")
	f.Add(`{"citations":["u"],"choices":[{"delta":{"content":[{"type":"text","text":"a"}],"audio":{"data":"QQ=="},"images":[{"type":"image_url","image_url":"data:,"}]}}]}`)
	f.Add(`{"choices":[{"text":"a","finish_reason":"length"}],"usage":{"prompt_tokens":1}}` + "\n" + `{"error":{"message":"x"}}`)
	f.Fuzz(func(t *testing.T, lines string) {
		for _, op := range []dialect.Operation{chat, completion} {
			d := openai.Outbound{}.Decoder(op)
			w := openai.Outbound{}.Watcher(op)
			enc := openai.Inbound{}.Encoder(dialect.EncodeOptions{Op: op, Stream: true})
			var out []byte
			for line := range strings.SplitSeq(lines, "\n") {
				events, err := d.Event(nil, "", []byte(line))
				for _, ev := range events {
					out = enc.Event(out, ev)
				}
				if _, seen := w.Event("", []byte(line)); !isFault(err) || !isFault(seen) {
					t.Fatal(err, seen)
				}
			}
			events, err := d.Finish(nil)
			for _, ev := range events {
				out = enc.Event(out, ev)
			}
			if !isFault(err) {
				t.Fatal(err)
			}
			for line := range strings.SplitSeq(string(out), "\n") {
				if data, ok := strings.CutPrefix(line, "data: "); ok && data != "[DONE]" && !json.Valid([]byte(data)) {
					t.Fatalf("a chunk that is no JSON: %s", data)
				}
			}
		}
	})
}

func FuzzCompletion(f *testing.F) {
	f.Add([]byte(`{"model":"m","prompt":["a"],"stream":true,"stop":["x"],"echo":true}`))
	f.Add([]byte(`{"model":"m","prompt":[1,2]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		req, err := openai.Inbound{}.Decode(completion, body)
		if err != nil {
			if hw.CodeOf(err) == hw.CodeInternal {
				t.Fatalf("an error that is not for the caller: %v", err)
			}
			return
		}
		if _, err := (openai.Outbound{}).Encode(req, dialect.Target{Model: "m"}); err != nil {
			t.Fatal(err)
		}
	})
}
