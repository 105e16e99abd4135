package openai

import (
	"strconv"
	"time"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

// Encoder makes the writer of one answer.
func (Inbound) Encoder(opts dialect.EncodeOptions) dialect.Encoder {
	if opts.Op.Endpoint == dialect.EndpointCompletions {
		return &textEncoder{opts: opts}
	}
	if opts.Op.Endpoint == dialect.EndpointRerank {
		return rerankEncoder{opts}
	}
	return &encoder{opts: opts}
}

// encoder writes one answer, plain or streamed.
type encoder struct {
	opts dialect.EncodeOptions
	// head is the part that all chunks of a stream share, up to "choices":.
	head []byte
	// choices are those whose first chunk, with the role, was written.
	choices []*openChoice
	byIndex map[int]*openChoice
	usage   *dialect.Usage
	// custom are the caller's tools; nil until one is called.
	custom map[string]bool
}

// openChoice is what the encoder remembers of one choice of a stream.
type openChoice struct {
	index              int
	finished, hasTools bool
	// thoughts is the reasoning since the last signature; blocks counts the
	// details that were given.
	thoughts []byte
	blocks   int
	calls    []openCall
	// places are those of a tool in calls, by its index.
	places map[int][]int
	// citations wait for the end: a client that puts the deltas together keeps
	// the last list only.
	citations []annotation
}

// openCall is what the encoder remembers of one tool call.
type openCall struct {
	tool int
	// empty is true until arguments come.
	empty bool
	// custom marks the call of a custom tool, and args gathers its arguments:
	// the text can be taken out of them at their end only.
	custom bool
	args   []byte
}

// id and created fall back to our own where the upstream gave none.
func (e *encoder) id(id string) string {
	if id != "" {
		return id
	}
	return "chatcmpl-" + e.opts.RequestID
}

func created(at int64) int64 {
	if at != 0 {
		return at
	}
	return time.Now().Unix()
}

// Event appends the chunk that says what ev says; nothing for what only the
// end of the stream shows.
func (e *encoder) Event(dst []byte, ev dialect.Event) []byte {
	switch ev.Kind {
	case dialect.EventPing:
		return append(dst, keepAlive...)
	case dialect.EventUsage:
		e.usage = ev.Usage
		return dst
	default:
	}
	if e.head == nil {
		e.begin(ev)
	}
	switch ev.Kind {
	case dialect.EventStart:
		_, dst = e.choice(dst, 0)
		return dst
	case dialect.EventEnd:
		return e.end(dst)
	default:
		c, dst := e.choice(dst, ev.Choice)
		return e.delta(dst, c, ev)
	}
}

// begin renders the head of every chunk.
func (e *encoder) begin(ev dialect.Event) {
	e.head = chunkHead(e.id(ev.ID), "chat.completion.chunk", e.opts.Model, ev.Created)
}

// chunkHead is what all chunks of a stream share.
func chunkHead(id, object, model string, at int64) []byte {
	h := append(make([]byte, 0, 256), `data: {"id":`...)
	h = peek.AppendString(h, id)
	h = append(h, `,"object":"`...)
	h = append(h, object...)
	h = append(h, `","created":`...)
	h = strconv.AppendInt(h, created(at), 10)
	h = append(h, `,"model":`...)
	h = peek.AppendString(h, model)
	return append(h, `,"choices":`...)
}

// choice finds a choice, or opens it with the chunk that carries the role.
func (e *encoder) choice(dst []byte, index int) (*openChoice, []byte) {
	if c := e.byIndex[index]; c != nil {
		return c, dst
	}
	c := &openChoice{index: index}
	if e.byIndex == nil {
		e.byIndex = map[int]*openChoice{}
	}
	e.byIndex[index], e.choices = c, append(e.choices, c)
	return c, e.chunk(dst, c, `{"role":"assistant","content":""}`, "")
}

// chunk appends one chunk with one choice.
func (e *encoder) chunk(dst []byte, c *openChoice, delta, finish string) []byte {
	dst = append(e.beforeDelta(dst, c), delta...)
	dst = append(dst, `,"finish_reason":`...)
	if finish == "" {
		dst = append(dst, "null"...)
	} else {
		dst = peek.AppendString(dst, finish)
	}
	return append(dst, "}]}\n\n"...)
}

func (e *encoder) beforeDelta(dst []byte, c *openChoice) []byte {
	dst = append(dst, e.head...)
	dst = append(dst, `[{"index":`...)
	dst = strconv.AppendInt(dst, int64(c.index), 10)
	return append(dst, `,"delta":`...)
}

// textChunk appends a chunk whose delta is one text. Most are, so it is put
// together in place.
func (e *encoder) textChunk(dst []byte, c *openChoice, field, text string) []byte {
	dst = append(append(append(e.beforeDelta(dst, c), `{"`...), field...), `":`...)
	dst = peek.AppendString(dst, text)
	return append(dst, `},"finish_reason":null}]}`+"\n\n"...)
}

// delta appends the chunk of one content or finish event.
func (e *encoder) delta(dst []byte, c *openChoice, ev dialect.Event) []byte {
	if field := c.field(&ev); field != "" {
		return e.textChunk(dst, c, field, ev.Text)
	}
	var d []byte
	switch ev.Kind {
	case dialect.EventText:
		d = signedText(ev.Text, ev.Signature)
	case dialect.EventReasoning:
		d = c.reasoning(ev)
	case dialect.EventToolStart:
		d = c.openTool(ev, ev.Custom || e.isCustom(ev.ToolName))
	case dialect.EventToolArgs:
		d = c.toolArgs(ev)
	case dialect.EventMedia:
		d = e.media(ev.Media)
	case dialect.EventCitation:
		if ev.Citation != nil {
			c.citations = append(c.citations, annotationOut(*ev.Citation, 0))
		}
	case dialect.EventFinish:
		return e.finish(dst, c, ev.Finish)
	default:
	}
	if d == nil {
		return dst
	}
	return e.chunk(dst, c, string(d), "")
}

// isCustom reports whether the caller declared the tool of that name as a
// custom one.
func (e *encoder) isCustom(name string) bool {
	if e.custom == nil {
		e.custom = customTools(e.opts.Request)
	}
	return e.custom[name]
}

// field is the only field of the delta of an event that is nothing but text;
// empty for other events.
func (c *openChoice) field(ev *dialect.Event) string {
	proven := ev.Signature != "" || ev.Redacted != ""
	switch {
	case ev.Kind == dialect.EventRefusal:
		return "refusal"
	case ev.Kind == dialect.EventText && (ev.Signature == "" || ev.Signer != dialect.SignerGemini):
		return "content"
	case ev.Kind == dialect.EventReasoning && ev.Text != "" && !proven:
		c.thoughts = append(c.thoughts, ev.Text...)
		return "reasoning_content"
	}
	return ""
}

// deltaMore is a delta with what few answers have.
type deltaMore struct {
	Content     *string           `json:"content,omitempty"`
	Reasoning   string            `json:"reasoning_content,omitempty"`
	Details     []reasoningDetail `json:"reasoning_details,omitempty"`
	ToolCalls   []answerCall      `json:"tool_calls,omitempty"`
	Annotations []annotation      `json:"annotations,omitempty"`
	Images      []answerImage     `json:"images,omitempty"`
	Audio       *answerAudio      `json:"audio,omitempty"`
	Extra       *extraContent     `json:"extra_content,omitempty"`
}

// signedText gives a piece of text with Google's signature of it.
func signedText(text, signature string) []byte {
	return mustJSON(deltaMore{Content: &text, Extra: extraOut(signature)})
}

// reasoning gives the text where most clients look for it. With the signature
// it repeats the whole block beside it: only both together can be replayed.
func (c *openChoice) reasoning(ev dialect.Event) []byte {
	c.thoughts = append(c.thoughts, ev.Text...)
	proof := dialect.Part{Signature: ev.Signature, Data: ev.Redacted, Signer: ev.Signer, ID: ev.PartID, Text: string(c.thoughts)}
	more := number(details(proof), c.blocks)
	if c.blocks += len(more); len(more) > 0 {
		c.thoughts = c.thoughts[:0]
	}
	return mustJSON(deltaMore{Reasoning: ev.Text, Details: more})
}

// openTool begins a tool call.
func (c *openChoice) openTool(ev dialect.Event, custom bool) []byte {
	c.hasTools = true
	call := answerCall{Index: &ev.Tool, ID: ev.CallID, Type: typeFunction, Function: &answerFunction{Name: ev.ToolName}}
	if custom {
		call.Type, call.Function, call.Custom = typeCustom, nil, &answerCustom{Name: ev.ToolName}
	}
	if c.places == nil {
		c.places = map[int][]int{}
	}
	c.places[ev.Tool] = append(c.places[ev.Tool], len(c.calls))
	c.calls = append(c.calls, openCall{tool: ev.Tool, custom: custom, empty: true})
	more := deltaMore{ToolCalls: []answerCall{call}}
	switch {
	case ev.Signature == "":
	case ev.Signer == dialect.SignerGemini:
		more.ToolCalls[0].Extra = extraOut(ev.Signature)
	default:
		more.Details = number([]reasoningDetail{callProof(ev.CallID, ev.Signature, ev.Signer)}, c.blocks)
		c.blocks++
	}
	return mustJSON(more)
}

// toolArgs gives a piece of arguments; nil for a custom tool's, which wait.
func (c *openChoice) toolArgs(ev dialect.Event) []byte {
	for _, i := range c.places[ev.Tool] {
		call := &c.calls[i]
		call.empty = call.empty && ev.Text == ""
		if call.custom {
			call.args = append(call.args, ev.Text...)
			return nil
		}
	}
	return argsDelta(ev.Tool, ev.Text)
}

func argsDelta(tool int, args string) []byte {
	d := append(make([]byte, 0, 64+len(args)), `{"tool_calls":[{"index":`...)
	d = append(strconv.AppendInt(d, int64(tool), 10), `,"function":{"arguments":`...)
	return append(peek.AppendString(d, args), "}}]}"...)
}

// closing gives what the call still lacks at its end; nil for nothing.
func (c *openCall) closing() []byte {
	switch {
	case c.custom:
		call := answerCall{Index: &c.tool, Custom: &answerCustom{Input: unwrapInput(string(c.args))}}
		return mustJSON(deltaMore{ToolCalls: []answerCall{call}})
	case c.empty:
		return argsDelta(c.tool, "{}")
	}
	return nil
}

// media gives an image or speech; nil for what a caller of this dialect has no
// place for.
func (e *encoder) media(p *dialect.Part) []byte {
	switch {
	case p == nil:
	case p.Kind == dialect.PartImage:
		return mustJSON(deltaMore{Images: []answerImage{imageOut(p)}})
	case p.Kind == dialect.PartAudio:
		return mustJSON(deltaMore{Audio: e.audio(p, "")})
	}
	return nil
}

// audioLife is how long OpenAI keeps speech for a later turn. It is kept
// nowhere here, but clients read the field.
const audioLife = int64(time.Hour / time.Second)

func (e *encoder) audio(p *dialect.Part, transcript string) *answerAudio {
	id := p.ID
	if id == "" {
		id = "audio_" + e.opts.RequestID
	}
	return &answerAudio{ID: id, Data: p.Data, Transcript: transcript, ExpiresAt: created(0) + audioLife}
}

// finish gives what waited for the end of the choice, and its reason.
func (e *encoder) finish(dst []byte, c *openChoice, reason string) []byte {
	if c.finished {
		return dst
	}
	c.finished = true
	for i := range c.calls {
		if rest := c.calls[i].closing(); rest != nil {
			dst = e.chunk(dst, c, string(rest), "")
		}
	}
	if len(c.citations) > 0 {
		dst = e.chunk(dst, c, string(mustJSON(deltaMore{Annotations: c.citations})), "")
	}
	return e.chunk(dst, c, "{}", finishWord(reason, c.hasTools))
}

// finishWord never leaves the last chunk without a reason: clients wait for it.
func finishWord(reason string, hasTools bool) string {
	switch {
	case reason != dialect.FinishUnknown:
		return reason
	case hasTools:
		return dialect.FinishTools
	}
	return dialect.FinishStop
}

// end finishes the choices that are still open, adds usage when asked for, and
// the terminator.
func (e *encoder) end(dst []byte) []byte {
	for _, c := range e.choices {
		dst = e.finish(dst, c, dialect.FinishUnknown)
	}
	if e.usage != nil && showsUsage(e.opts) {
		dst = appendUsage(dst, e.head, e.usage)
	}
	return append(dst, done...)
}

// keepAlive is a comment, which clients pass over; done ends a stream.
const (
	keepAlive = ": keep-alive\n\n"
	done      = "data: [DONE]\n\n"
)

// showsUsage reports whether the caller asked for usage in the stream.
func showsUsage(opts dialect.EncodeOptions) bool {
	return opts.StreamUsage || opts.Request != nil && opts.Request.StreamUsage
}

// appendUsage appends the chunk that has no choice.
func appendUsage(dst, head []byte, u *dialect.Usage) []byte {
	dst = append(dst, head...)
	dst = append(dst, `[],"usage":`...)
	dst = append(dst, mustJSON(usageOut(u))...)
	return append(dst, "}\n\n"...)
}
