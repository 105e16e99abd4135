package responses

import (
	"strconv"
	"strings"
	"time"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

// Encoder makes the writer of one answer. It repeats the fields of the request
// as they were sent, or as the neutral form knows them.
func (Inbound) Encoder(opts dialect.EncodeOptions) dialect.Encoder {
	e := &encoder{opts: opts, calls: map[int]*item{}, custom: map[string]bool{}, ids: map[string]bool{}, settings: settingsOf(&opts)}
	if opts.Request != nil {
		for _, t := range opts.Request.Tools {
			if t.Custom {
				e.custom[t.Name] = true
			}
		}
	}
	return e
}

// encoder writes one answer. A whole answer is built by the same steps as a
// streamed one, with their events left out.
type encoder struct {
	opts dialect.EncodeOptions
	// settings are the fields that the answer repeats, as JSON members.
	settings []byte
	// custom names the caller's tools that take free text.
	custom map[string]bool
	// quiet is true while a whole answer is built.
	quiet bool
	// dst is where the events of the step at hand go.
	dst []byte
	// number is that of the next event.
	number int

	begun, ended bool
	// id is the answer's id; base is what the ids of its items are made from.
	id, base string
	created  int64
	items    []*item
	// ids are those of the items.
	ids map[string]bool
	// writing is the message or the reasoning that grows; calls are the calls,
	// several of which may grow at a time, by the index of the tool.
	writing *item
	calls   map[int]*item
	finish  string
	usage   *dialect.Usage
}

// Next implements dialect.Numbered.
func (e *encoder) Next() int { return e.number }

// Event appends what ev changes in the answer.
func (e *encoder) Event(dst []byte, ev dialect.Event) []byte {
	switch ev.Kind {
	case dialect.EventPing:
		return append(dst, ": keep-alive\n\n"...)
	case dialect.EventUsage:
		e.usage = ev.Usage
		return dst
	default:
	}
	e.dst = dst
	e.begin(ev)
	if ev.Choice == 0 { // callers of this dialect cannot ask for alternatives
		e.step(ev)
	}
	dst, e.dst = e.dst, nil
	return dst
}

// Answer appends a whole answer.
func (e *encoder) Answer(dst []byte, a *dialect.Answer) ([]byte, error) {
	e.quiet = true
	e.usage = a.Usage
	e.begin(dialect.Event{ID: a.ID, Created: a.Created})
	if len(a.Choices) > 0 {
		for i, p := range a.Choices[0].Parts {
			e.add(i, p)
		}
		e.step(dialect.Event{Kind: dialect.EventFinish, Finish: a.Choices[0].Finish})
	}
	e.closeAll()
	return e.appendResponse(dst, e.status()), nil
}

// add takes a whole part. Each text is a part of its own, since the places of
// its sources count from its start.
func (e *encoder) add(index int, p dialect.Part) {
	ev := dialect.Event{Text: p.Text, Signature: p.Signature, Signer: p.Signer, PartID: p.ID}
	switch p.Kind {
	case dialect.PartText:
		ev.Kind = dialect.EventText
		e.endPart(e.writing)
	case dialect.PartRefusal:
		ev.Kind = dialect.EventRefusal
	case dialect.PartReasoning:
		ev.Kind, ev.Redacted = dialect.EventReasoning, p.Data
		e.closeWriting()
	case dialect.PartToolCall:
		ev = dialect.Event{
			Kind: dialect.EventToolStart, Tool: index, CallID: p.Call.ID, ToolName: p.Call.Name, Custom: p.Call.Custom,
			Signature: p.Signature, Signer: p.Signer,
		}
		e.step(ev)
		ev = dialect.Event{Kind: dialect.EventToolArgs, Tool: index, Text: p.Call.Args}
	default:
		ev = dialect.Event{Kind: dialect.EventMedia, Media: &p}
	}
	e.step(ev)
	for i := range p.Citations {
		e.step(dialect.Event{Kind: dialect.EventCitation, Citation: &p.Citations[i]})
	}
}

// step makes one change.
func (e *encoder) step(ev dialect.Event) {
	switch ev.Kind {
	case dialect.EventText, dialect.EventRefusal:
		e.text(ev)
	case dialect.EventReasoning:
		e.reasoning(ev)
	case dialect.EventCitation:
		e.citation(ev.Citation)
	case dialect.EventMedia:
		e.media(ev.Media)
	case dialect.EventToolStart:
		e.openCall(ev)
	case dialect.EventToolArgs:
		e.growCall(ev)
	case dialect.EventFinish:
		e.finish = ev.Finish
		e.closeAll()
	case dialect.EventEnd:
		e.end()
	default: // nothing to see
	}
}

// begin opens the answer with the first event, whichever it is.
func (e *encoder) begin(ev dialect.Event) {
	if e.begun {
		return
	}
	e.begun = true
	e.id = answerID(ev.ID, e.opts.RequestID)
	e.base = strings.TrimPrefix(e.id, "resp_")
	if e.created = ev.Created; e.created == 0 {
		e.created = time.Now().Unix()
	}
	if e.quiet {
		return
	}
	for _, kind := range []string{evCreated, evInProgress} {
		e.lifecycle(kind, statusInProgress)
	}
}

// answerID keeps an id that can be one of this dialect's; else it is made from
// our own id of the request, whose prefix says what it is the id of.
func answerID(upstream, request string) string {
	if strings.HasPrefix(upstream, "resp_") {
		return upstream
	}
	if _, rest, ok := strings.Cut(request, "_"); ok {
		request = rest
	}
	return "resp_" + request
}

// end closes everything and writes the terminal event, once.
func (e *encoder) end() {
	if e.ended {
		return
	}
	e.ended = true
	e.closeAll()
	status := e.status()
	e.lifecycle("response."+status, status)
}

// status is that of the answer when it ends.
func (e *encoder) status() string {
	if e.finish == dialect.FinishLength || e.finish == dialect.FinishFilter {
		return statusIncomplete
	}
	return statusCompleted
}

// lifecycle writes an event that shows the whole answer so far.
func (e *encoder) lifecycle(kind, status string) {
	e.head(kind)
	e.dst = append(e.dst, `,"response":`...)
	e.dst = e.appendResponse(e.dst, status)
	e.tail()
}

// head begins an event up to its number; tail ends it.
func (e *encoder) head(kind string) {
	e.dst = append(append(append(e.dst, "event: "...), kind...), "\ndata: {\"type\":\""...)
	e.dst = append(append(e.dst, kind...), `","sequence_number":`...)
	e.dst = strconv.AppendInt(e.dst, int64(e.number), 10)
	e.number++
}

func (e *encoder) tail() { e.dst = append(e.dst, "}\n\n"...) }

// about begins an event that is about an item.
func (e *encoder) about(kind string, it *item) {
	e.head(kind)
	e.dst = append(e.dst, `,"item_id":`...)
	e.dst = peek.AppendString(e.dst, it.id)
	e.dst = append(e.dst, `,"output_index":`...)
	e.dst = strconv.AppendInt(e.dst, int64(it.index), 10)
}

// addInt, addText and addJSON append one member to the event at hand.
func (e *encoder) addInt(key string, n int) {
	e.dst = append(append(append(e.dst, `,"`...), key...), `":`...)
	e.dst = strconv.AppendInt(e.dst, int64(n), 10)
}

func (e *encoder) addText(key, text string) {
	e.dst = append(append(append(e.dst, `,"`...), key...), `":`...)
	e.dst = peek.AppendString(e.dst, text)
}

func (e *encoder) addJSON(key string, v any) {
	e.dst = append(append(append(e.dst, `,"`...), key...), `":`...)
	e.dst = append(e.dst, mustJSON(v)...)
}

// appendResponse appends the answer as far as it has come.
func (e *encoder) appendResponse(dst []byte, status string) []byte {
	dst = append(dst, `{"id":`...)
	dst = peek.AppendString(dst, e.id)
	dst = append(dst, `,"object":"response","created_at":`...)
	dst = strconv.AppendInt(dst, e.created, 10)
	dst = append(append(append(dst, `,"status":"`...), status...), `","background":false,"error":null,"incomplete_details":`...)
	switch {
	case status != statusIncomplete:
		dst = append(dst, "null"...)
	case e.finish == dialect.FinishFilter:
		dst = append(dst, `{"reason":"content_filter"}`...)
	default:
		dst = append(dst, `{"reason":"max_output_tokens"}`...)
	}
	dst = append(dst, `,"model":`...)
	dst = peek.AppendString(dst, e.opts.Model)
	dst = append(dst, `,"output":[`...)
	for i, it := range e.items {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, mustJSON(it.out())...)
	}
	dst = append(append(append(dst, ']'), e.settings...), `,"usage":`...)
	return append(append(dst, mustJSON(usageOut(e.usage, status))...), '}')
}

type wireUsage struct {
	In      int64 `json:"input_tokens"`
	Details struct {
		Cached     int64 `json:"cached_tokens"`
		CacheWrite int64 `json:"cache_write_tokens,omitempty"`
	} `json:"input_tokens_details"`
	Out        int64 `json:"output_tokens"`
	OutDetails struct {
		Reasoning int64 `json:"reasoning_tokens"`
	} `json:"output_tokens_details"`
	Total int64 `json:"total_tokens"`
	// Estimated is beside what OpenAI sends.
	Estimated bool `json:"estimated,omitempty"`
}

// usageOut is the usage of an answer that has ended; nil while it goes on.
func usageOut(u *dialect.Usage, status string) *wireUsage {
	if u == nil || status == statusInProgress {
		return nil
	}
	w := &wireUsage{In: u.In, Out: u.Out, Total: u.In + u.Out, Estimated: u.Estimated}
	w.Details.Cached, w.Details.CacheWrite = u.CachedIn, u.CacheWrite
	w.OutDetails.Reasoning = u.ReasoningOut
	return w
}
