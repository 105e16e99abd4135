package anthropic

import (
	"strconv"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

// The kinds of block of a streamed answer.
type blockKind string

const (
	blockText     blockKind = "text"
	blockRefusal  blockKind = "refusal"
	blockThinking blockKind = "thinking"
	blockRedacted blockKind = "redacted_thinking"
	blockTool     blockKind = "tool_use"
)

// growing is one block while it is written or waits for its turn.
type growing struct {
	kind blockKind
	// head is the block as its start event shows it.
	head any
	// text is what came and was not written yet: text, thinking or arguments.
	text  []byte
	cites []wireCitation
	// open is true once its start was written; sealed once nothing can follow.
	open, sealed bool
	// signature ends a thinking block; id is its vendor's own, signer the vendor.
	signature, id, signer string
	args                  arguments
}

// arguments follows the arguments of a tool call to see when they are whole.
type arguments struct {
	depth int
	// begun is true after the first character, held when that begins no object:
	// then they are written at the end, as one.
	begun, held, whole bool
	quoted, escaped    bool
}

// take gives the part of text that belongs to the arguments.
func (a *arguments) take(text string) string {
	from := 0
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case a.whole:
			return text[from:i]
		case a.held:
			return text[from:]
		case a.begun:
			a.step(c)
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			from = i + 1
		default:
			a.begun, a.depth, a.held = true, 1, c != '{'
		}
	}
	return text[from:]
}

// step follows one character inside the object.
func (a *arguments) step(c byte) {
	switch {
	case a.escaped:
		a.escaped = false
	case a.quoted:
		a.escaped, a.quoted = c == '\\', c != '"'
	case c == '"':
		a.quoted = true
	case c == '{' || c == '[':
		a.depth++
	case c == '}' || c == ']':
		a.depth--
		a.whole = a.depth == 0
	}
}

// Event appends what ev says; nothing for what only the end of the stream shows.
func (e *encoder) Event(dst []byte, ev dialect.Event) []byte {
	switch ev.Kind {
	case dialect.EventPing:
		return e.ping(dst)
	case dialect.EventUsage:
		if ev.Usage != nil {
			e.usage = ev.Usage
		}
		return dst
	case dialect.EventStart:
		// Written with what follows, when the input's usage may be known.
		if e.id == "" {
			e.id = e.messageID(ev.ID)
		}
		return dst
	case dialect.EventEnd:
		return e.end(dst)
	default:
	}
	if ev.Choice != 0 || e.ended {
		return dst
	}
	if ev.Kind == dialect.EventFinish {
		e.stop.finish, e.stop.sequence = ev.Finish, ev.StopSequence
		return dst
	}
	e.take(&ev)
	if len(e.queue) == 0 {
		return dst
	}
	return e.advance(e.begin(dst))
}

// ping shows that the line is alive. No event may come before the start.
func (e *encoder) ping(dst []byte) []byte {
	if !e.started || e.ended {
		return append(dst, ": keep-alive\n\n"...)
	}
	return append(dst, "event: ping\ndata: {\"type\":\"ping\"}\n\n"...)
}

// begin writes the head of the message, once.
func (e *encoder) begin(dst []byte) []byte {
	if e.started {
		return dst
	}
	e.started = true
	if e.id == "" {
		e.id = e.messageID("")
	}
	usage := usageOut(e.usage)
	usage.Details = nil
	return appendEvent(dst, "message_start", mustJSON(struct {
		Type    string      `json:"type"`
		Message wireMessage `json:"message"`
	}{"message_start", wireMessage{
		ID: e.id, Type: "message", Role: "assistant", Model: e.opts.Model, Content: []any{}, Usage: usage,
	}}))
}

func appendEvent(dst []byte, name string, data []byte) []byte {
	dst = append(append(dst, "event: "...), name...)
	dst = append(append(dst, "\ndata: "...), data...)
	return append(dst, "\n\n"...)
}

// take puts what an event says into the queue.
func (e *encoder) take(ev *dialect.Event) {
	switch ev.Kind {
	case dialect.EventText:
		e.takeText(ev)
	case dialect.EventRefusal:
		e.growText(blockRefusal, ev.Text)
	case dialect.EventReasoning:
		e.takeReasoning(ev)
	case dialect.EventToolStart:
		e.takeCall(ev)
	case dialect.EventToolArgs:
		if b := e.tools[ev.Tool]; b != nil && !b.sealed {
			b.text = append(b.text, b.args.take(ev.Text)...)
			b.sealed = b.args.whole
		}
	case dialect.EventMedia:
		if ev.Media != nil {
			b := e.push(blockText, wireText{Type: "text"})
			b.text, b.sealed = []byte(mediaText(ev.Media)), true
		}
	case dialect.EventCitation:
		e.takeCitation(ev.Citation)
	default: // the rest was taken before
	}
}

// takeCitation adds a source to the text that grows. One that comes after its
// text was ended has no place.
func (e *encoder) takeCitation(source *dialect.Citation) {
	n := len(e.queue)
	if n == 0 || e.queue[n-1].kind != blockText || e.queue[n-1].sealed {
		return
	}
	if c, ok := citationOut(source); ok {
		e.queue[n-1].cites = append(e.queue[n-1].cites, c)
	}
}

// growText adds to the text at the end of the queue, or begins one.
func (e *encoder) growText(kind blockKind, text string) {
	if text == "" {
		return
	}
	b := e.last(kind)
	b.text = append(b.text, text...)
}

func (e *encoder) takeText(ev *dialect.Event) {
	e.growText(blockText, ev.Text)
	if ev.Signature != "" && isForeign(ev.Signer) {
		e.pushRedacted(textSeal(ev.Signer, ev.Signature))
	}
}

func (e *encoder) takeCall(ev *dialect.Event) {
	e.stop.called = true
	if e.id == "" {
		e.id = e.messageID("")
	}
	id := e.toolID(ev.CallID)
	if ev.Signature != "" && isForeign(ev.Signer) {
		e.pushRedacted(callSeal(ev.Signer, ev.Signature, id))
	}
	e.tools[ev.Tool] = e.push(blockTool, wireToolUse{"tool_use", id, ev.ToolName, []byte("{}")})
}

// takeReasoning lets a thinking block grow until its proof, or another part's
// reasoning, ends it.
func (e *encoder) takeReasoning(ev *dialect.Event) {
	b := e.thinking(ev.PartID)
	if ev.Redacted != "" && ev.Text == "" && !belongs(b, ev) {
		e.pushRedacted(sealed(ev.Signer, "", ev.Redacted, ev.PartID))
		return
	}
	ends := ev.Signature != "" || ev.Redacted != ""
	if b == nil {
		if ev.Text == "" && !ends && (ev.PartID == "" || !isForeign(ev.Signer)) {
			return // says nothing
		}
		b = e.push(blockThinking, wireThinking{Type: "thinking"})
	}
	b.text = append(b.text, ev.Text...)
	if ev.PartID != "" {
		b.id, b.signer = ev.PartID, ev.Signer
	}
	if b.sealed = ends; ends {
		b.signature = sealed(ev.Signer, ev.Signature, ev.Redacted, b.id)
	}
}

// thinking is the thinking block at the end of the queue that a part of this id
// can go on in; nil when there is none.
func (e *encoder) thinking(id string) *growing {
	n := len(e.queue)
	if n == 0 || e.queue[n-1].kind != blockThinking || e.queue[n-1].sealed {
		return nil
	}
	b := e.queue[n-1]
	if b.id != "" && id != "" && b.id != id {
		b.sealed = true
		return nil
	}
	return b
}

// belongs reports whether what a vendor keeps secret is of the very part whose
// text is open. Anthropic's never is: its secrets are parts of their own.
func belongs(b *growing, ev *dialect.Event) bool {
	return b != nil && b.id != "" && b.id == ev.PartID && isForeign(ev.Signer)
}

// last is the text block at the end of the queue if it is of the kind and can
// grow, else a new one.
func (e *encoder) last(kind blockKind) *growing {
	if n := len(e.queue); n > 0 && e.queue[n-1].kind == kind && !e.queue[n-1].sealed {
		return e.queue[n-1]
	}
	return e.push(kind, wireText{Type: "text"})
}

func (e *encoder) push(kind blockKind, head any) *growing {
	b := &growing{kind: kind, head: head}
	e.queue = append(e.queue, b)
	return b
}

func (e *encoder) pushRedacted(data string) {
	e.push(blockRedacted, wireRedacted{"redacted_thinking", data}).sealed = true
}

// advance writes what the first block has, ends it if nothing can follow, and
// goes on with the next.
func (e *encoder) advance(dst []byte) []byte {
	for len(e.queue) > 0 {
		b := e.queue[0]
		dst = e.grow(dst, b)
		// All but tool calls end where another block begins.
		if !b.sealed && (len(e.queue) == 1 || b.kind == blockTool) {
			return dst
		}
		dst = e.close(dst, b)
	}
	return dst
}

// grow writes the start of a block and the deltas that wait.
func (e *encoder) grow(dst []byte, b *growing) []byte {
	if !b.open {
		b.open = true
		dst = appendEvent(dst, "content_block_start", mustJSON(struct {
			Type  string `json:"type"`
			Index int    `json:"index"`
			Block any    `json:"content_block"`
		}{"content_block_start", e.index, b.head}))
	}
	if len(b.text) > 0 && !b.args.held {
		dst = e.delta(dst, b, string(b.text))
		b.text = b.text[:0]
	}
	for _, c := range b.cites {
		dst = e.rawDelta(dst, `{"type":"citations_delta","citation":`, mustJSON(c))
	}
	b.cites = nil
	return dst
}

// delta writes a piece of the block's text.
func (e *encoder) delta(dst []byte, b *growing, text string) []byte {
	head := `{"type":"text_delta","text":`
	switch b.kind {
	case blockThinking:
		head = `{"type":"thinking_delta","thinking":`
	case blockTool:
		head = `{"type":"input_json_delta","partial_json":`
	case blockText, blockRefusal, blockRedacted:
	}
	return append(peek.AppendString(e.beforeDelta(dst, head), text), "}}\n\n"...)
}

func (e *encoder) rawDelta(dst []byte, head string, value []byte) []byte {
	return append(append(e.beforeDelta(dst, head), value...), "}}\n\n"...)
}

func (e *encoder) beforeDelta(dst []byte, head string) []byte {
	dst = append(dst, "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":"...)
	dst = strconv.AppendInt(dst, int64(e.index), 10)
	return append(append(dst, ",\"delta\":"...), head...)
}

// close ends the first block of the queue.
func (e *encoder) close(dst []byte, b *growing) []byte {
	b.sealed = true
	switch {
	case b.kind == blockThinking:
		if b.signature == "" {
			b.signature = sealed(b.signer, "", "", b.id)
		}
		dst = e.rawDelta(dst, `{"type":"signature_delta","signature":`, peek.AppendString(nil, b.signature))
	case b.args.held:
		dst = e.delta(dst, b, string(input(string(b.text))))
	}
	dst = append(dst, "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":"...)
	dst = strconv.AppendInt(dst, int64(e.index), 10)
	dst = append(dst, "}\n\n"...)
	e.queue = e.queue[1:]
	e.index++
	return dst
}

// end closes all blocks and tells reason, usage and the end, once.
func (e *encoder) end(dst []byte) []byte {
	if e.ended {
		return dst
	}
	dst = e.begin(dst)
	for len(e.queue) > 0 {
		b := e.queue[0]
		dst = e.close(e.grow(dst, b), b)
	}
	e.ended = true
	var body struct {
		Type  string `json:"type"`
		Delta struct {
			StopReason   string  `json:"stop_reason"`
			StopSequence *string `json:"stop_sequence"`
		} `json:"delta"`
		Usage wireUsage `json:"usage"`
	}
	body.Type, body.Usage = "message_delta", usageOut(e.usage)
	body.Delta.StopReason, body.Delta.StopSequence = e.stop.reason(), e.stop.text()
	dst = appendEvent(dst, "message_delta", mustJSON(body))
	return appendEvent(dst, "message_stop", []byte(`{"type":"message_stop"}`))
}
