package dialect_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"unicode/utf8"

	"headwater/backend/internal/dialect"
)

// rounds is how many answers each property is tried with; a seed is printed
// with each failure.
const rounds = 400

// generator makes answers and streams that no vendor sent yet.
type generator struct{ *rand.Rand }

func newGenerator(seed uint64) generator { return generator{rand.New(rand.NewPCG(seed, 11))} }

func (g generator) one(texts ...string) string { return texts[g.IntN(len(texts))] }

func (g generator) oneIn(n int) bool { return g.IntN(n) == 0 }

// text is never empty, and full of what breaks careless writers.
func (g generator) text() string {
	var b strings.Builder
	for range 1 + g.IntN(6) {
		b.WriteString(g.one("Hello", " ", "日本語", "😀", "\"", "\\", "\n", "\r\n", "\t", "\u2028", "é", "data: x\n\n", "[DONE]", "</script>", "&<>", "\x01", "\u0000", "{", "}", "0"))
	}
	return b.String()
}

// args is JSON text of an object.
func (g generator) args() string {
	fields := map[string]any{}
	for range g.IntN(4) {
		fields[g.one("city", "n", "deep", "日", "a b")] = []any{g.text(), g.IntN(1000), nil, true, []any{1.5, "x"}, map[string]any{"k": g.text()}}[g.IntN(6)]
	}
	out, _ := json.Marshal(fields)
	return string(out)
}

func (g generator) call(n int) dialect.Part {
	call := &dialect.ToolCall{ID: fmt.Sprintf("call_%d", n), Name: g.one("get_weather", "f", "look-up"), Args: g.args()}
	if g.oneIn(8) {
		call.Custom = true
		out, _ := json.Marshal(map[string]string{"input": g.text()})
		call.Args = string(out)
	}
	return dialect.Part{Kind: dialect.PartToolCall, Call: call}
}

func (g generator) reasoning() dialect.Part {
	p := dialect.Part{Kind: dialect.PartReasoning, Text: g.text()}
	if g.oneIn(3) {
		p.Signer = g.one(dialect.SignerAnthropic, dialect.SignerGemini, dialect.SignerOpenAI)
		p.Signature = "c2lnbmF0dXJl"
		if p.Signer == dialect.SignerOpenAI {
			p.ID = "rs_1"
		}
	}
	if g.oneIn(12) {
		p = dialect.Part{Kind: dialect.PartReasoning, Data: "c2VjcmV0", Signer: dialect.SignerAnthropic}
	}
	return p
}

func (g generator) usage() *dialect.Usage {
	if g.oneIn(5) {
		return nil
	}
	u := &dialect.Usage{In: 1 + g.Int64N(1000), Out: 1 + g.Int64N(1000)}
	if g.oneIn(3) {
		u.CachedIn = g.Int64N(u.In)
		u.CacheWrite = g.Int64N(u.In - u.CachedIn + 1)
	}
	if g.oneIn(3) {
		u.ReasoningOut = g.Int64N(u.Out)
	}
	return u
}

// answer is a whole answer.
func (g generator) answer() *dialect.Answer {
	a := &dialect.Answer{ID: g.one("", "id_1"), Model: "up", Created: int64(g.IntN(2) * 1700000000), Usage: g.usage()}
	n := 1
	if g.oneIn(6) {
		n = 2 + g.IntN(2)
	}
	for i := range n {
		c := dialect.Choice{Index: i, Finish: g.one("stop", "length", "content_filter")}
		if c.Finish == "stop" && g.oneIn(4) {
			c.StopSequence = "END"
		}
		calls := 0
		for range g.IntN(6) {
			switch g.IntN(6) {
			case 0, 1:
				p := dialect.Part{Kind: dialect.PartText, Text: g.text()}
				if g.oneIn(5) {
					p.Citations = []dialect.Citation{{URL: "https://example.com/a?b=c", Title: g.text(), Cited: g.text()}}
				}
				c.Parts = append(c.Parts, p)
				if g.oneIn(9) {
					c.Parts = append(c.Parts, dialect.Part{Kind: dialect.PartImage, MIME: "image/png", Data: "iVBORw0KGgo="})
				}
			case 2:
				c.Parts = append(c.Parts, g.reasoning())
			case 3, 4:
				c.Parts = append(c.Parts, g.call(calls))
				calls++
			case 5:
				if calls == 0 && g.oneIn(3) {
					c.Parts = append(c.Parts, dialect.Part{Kind: dialect.PartRefusal, Text: g.text()})
				}
			}
		}
		if calls > 0 {
			c.Finish = dialect.FinishTools
		}
		a.Choices = append(a.Choices, c)
	}
	return a
}

// pieces cuts a text into deltas, between characters; some may be empty.
func (g generator) pieces(text string) []string {
	var out []string
	for text != "" {
		n := 1 + g.IntN(len(text))
		for n < len(text) && !utf8.RuneStart(text[n]) {
			n++
		}
		out, text = append(out, text[:n]), text[n:]
		if g.oneIn(9) {
			out = append(out, "")
		}
	}
	return out
}

// stream gives the answer as events, in an odd order that the contract allows:
// choices and the arguments of parallel calls interleaved, pings and usage
// anywhere, a finish that is missing, and more than one report of usage.
func (g generator) stream(a *dialect.Answer) []dialect.Event {
	lanes := make([][]dialect.Event, 0, len(a.Choices))
	for _, c := range a.Choices {
		lane := g.lane(c)
		if len(lane) == 0 || !g.oneIn(10) {
			lane = append(lane, dialect.Event{Kind: dialect.EventFinish, Choice: c.Index, Finish: c.Finish, StopSequence: c.StopSequence})
		}
		lanes = append(lanes, lane)
	}
	events := []dialect.Event{{Kind: dialect.EventStart, ID: a.ID, Model: a.Model, Created: a.Created}}
	for len(lanes) > 0 {
		i := g.IntN(len(lanes))
		if len(lanes[i]) == 0 {
			lanes = append(lanes[:i], lanes[i+1:]...)
			continue
		}
		events = append(events, lanes[i][0])
		lanes[i] = lanes[i][1:]
		if g.oneIn(8) {
			events = append(events, dialect.Event{Kind: dialect.EventPing})
		}
		if a.Usage != nil && g.oneIn(12) {
			events = append(events, dialect.Event{Kind: dialect.EventUsage, Usage: &dialect.Usage{In: a.Usage.In, Out: 1}})
		}
	}
	if a.Usage != nil {
		events = append(events, dialect.Event{Kind: dialect.EventUsage, Usage: a.Usage})
	}
	return append(events, dialect.Event{Kind: dialect.EventEnd})
}

// lane is the events of one choice. Calls that follow one another are parallel:
// their arguments come interleaved.
func (g generator) lane(c dialect.Choice) []dialect.Event {
	var out []dialect.Event
	var open [][]dialect.Event
	flush := func() {
		for len(open) > 0 {
			i := g.IntN(len(open))
			if len(open[i]) == 0 {
				open = append(open[:i], open[i+1:]...)
				continue
			}
			out, open[i] = append(out, open[i][0]), open[i][1:]
		}
	}
	tool := 0
	for _, p := range c.Parts {
		kind := map[dialect.PartKind]dialect.EventKind{dialect.PartText: dialect.EventText, dialect.PartReasoning: dialect.EventReasoning, dialect.PartRefusal: dialect.EventRefusal}[p.Kind]
		if p.Kind == dialect.PartToolCall {
			out = append(out, dialect.Event{Kind: dialect.EventToolStart, Choice: c.Index, Tool: tool, CallID: p.Call.ID, ToolName: p.Call.Name, Custom: p.Call.Custom})
			var args []dialect.Event
			if p.Call.Args != "{}" || g.oneIn(2) {
				for _, piece := range g.pieces(p.Call.Args) {
					args = append(args, dialect.Event{Kind: dialect.EventToolArgs, Choice: c.Index, Tool: tool, Text: piece})
				}
			}
			open = append(open, args)
			tool++
			continue
		}
		flush()
		if p.Kind == dialect.PartImage {
			out = append(out, dialect.Event{Kind: dialect.EventMedia, Choice: c.Index, Media: &p})
			continue
		}
		for _, piece := range g.pieces(p.Text) {
			out = append(out, dialect.Event{Kind: kind, Choice: c.Index, Text: piece})
		}
		for _, cited := range p.Citations {
			out = append(out, dialect.Event{Kind: dialect.EventCitation, Choice: c.Index, Citation: &cited})
		}
		if p.Data != "" || p.Signature != "" {
			out = append(out, dialect.Event{Kind: kind, Choice: c.Index, Signature: p.Signature, Redacted: p.Data, Signer: p.Signer, PartID: p.ID})
		}
	}
	flush()
	return out
}
