package anthropic

import (
	"encoding/json"

	"headwater/backend/internal/dialect"
)

// event is one event of a streamed answer.
type event struct {
	Type    string          `json:"type"`
	Index   int             `json:"index"`
	Message message         `json:"message"`
	Block   block           `json:"content_block"`
	Delta   delta           `json:"delta"`
	Usage   json.RawMessage `json:"usage"`
}

// delta is what an event adds to a block, or to the message as a whole.
type delta struct {
	Type         string          `json:"type"`
	Text         string          `json:"text"`
	Thinking     string          `json:"thinking"`
	Signature    string          `json:"signature"`
	PartialJSON  string          `json:"partial_json"`
	Citation     json.RawMessage `json:"citation"`
	StopReason   string          `json:"stop_reason"`
	StopSequence string          `json:"stop_sequence"`
	StopDetails  *stopDetails    `json:"stop_details"`
}

// decoder reads one answer, plain or streamed. Anthropic has one choice only.
type decoder struct {
	// counting is true for an answer that is a count of tokens.
	counting                 bool
	started, ended, finished bool
	counts                   counter
	// tools counts the tool calls opened so far; calls are those of the blocks
	// that are open.
	tools int
	// called is true once a call waits for its answer; answered, once the answer
	// came by the tool that takes its shape.
	called, answered bool
	calls            map[int]*openCall
	// room is where deltas are read; careful has all events decoded in full, so
	// that a test can compare.
	room    event
	careful bool
}

// openCall is a tool call while its block is open.
type openCall struct {
	// tool is its index among the tool calls of the answer.
	tool int
	// args is what the block began with, to be used if no delta follows.
	args  string
	given bool
	// answer is true where the arguments are the answer's text.
	answer bool
}

// piece is what some of the arguments are to the caller.
func (c *openCall) piece(args string) dialect.Event {
	if c.answer {
		return dialect.Event{Kind: dialect.EventText, Text: args}
	}
	return dialect.Event{Kind: dialect.EventToolArgs, Tool: c.tool, Text: args}
}

// Event reads one event of a stream. Types it does not know mean nothing to
// the neutral form.
func (d *decoder) Event(dst []dialect.Event, _ string, data []byte) ([]dialect.Event, error) {
	ev, err := d.read(data)
	if err != nil {
		return dst, malformed("reading an event: " + err.Error())
	}
	switch ev.Type {
	case "error":
		return dst, faultOf(data)
	case "":
		return dst, untyped(data)
	}
	if d.ended {
		return dst, nil // nothing may follow the end that the caller was given
	}
	return d.typed(dst, ev), nil
}

// typeDelta is the type of most events: another piece of a block.
const typeDelta = "content_block_delta"

// untyped is the fault of an event without a type.
func untyped(data []byte) *dialect.Fault {
	if hasError(data) {
		return faultOf(data)
	}
	return malformed("an event has no type")
}

func (d *decoder) typed(dst []dialect.Event, ev *event) []dialect.Event {
	switch ev.Type {
	case "message_start":
		return d.start(dst, &ev.Message)
	case "content_block_start":
		return d.openBlock(dst, ev)
	case typeDelta:
		return d.delta(dst, ev)
	case "content_block_stop":
		return d.closeBlock(dst, ev.Index)
	case "message_delta":
		return d.messageDelta(dst, ev)
	case "message_stop":
		return d.end(dst)
	case "ping":
		return append(dst, dialect.Event{Kind: dialect.EventPing})
	}
	return dst
}

// start takes the head of the message. One that begins anew before its end
// goes on with the same answer.
func (d *decoder) start(dst []dialect.Event, m *message) []dialect.Event {
	d.calls = map[int]*openCall{}
	if !d.started {
		d.started = true
		dst = append(dst, dialect.Event{Kind: dialect.EventStart, ID: m.ID, Model: m.Model})
	}
	return d.report(dst, m.Usage)
}

// report gives the usage as far as it is known.
func (d *decoder) report(dst []dialect.Event, raw json.RawMessage) []dialect.Event {
	if len(raw) == 0 {
		return dst
	}
	d.counts.add(raw)
	if usage := d.counts.usage(); usage != nil {
		dst = append(dst, dialect.Event{Kind: dialect.EventUsage, Usage: usage})
	}
	return dst
}

func (d *decoder) openBlock(dst []dialect.Event, ev *event) []dialect.Event {
	b := &ev.Block
	switch b.Type {
	case "text":
		dst = text(dst, dialect.EventText, b.Text)
		for _, c := range readCitations(b.Citations) {
			dst = append(dst, dialect.Event{Kind: dialect.EventCitation, Citation: &c})
		}
		return dst
	case "thinking":
		dst = text(dst, dialect.EventReasoning, b.Thinking)
		return signature(dst, b.Signature)
	case "redacted_thinking":
		return append(dst, dialect.Event{Kind: dialect.EventReasoning, Redacted: b.Data, Signer: dialect.SignerAnthropic})
	case "tool_use":
		if d.calls == nil {
			d.calls = map[int]*openCall{}
		}
		d.calls[ev.Index] = &openCall{tool: d.tools, args: b.args(), answer: b.answers()}
		if b.answers() {
			d.answered = true
			return dst
		}
		dst = append(dst, dialect.Event{Kind: dialect.EventToolStart, Tool: d.tools, CallID: b.ID, ToolName: b.Name})
		d.tools++
		d.called = d.called || b.open()
	}
	return dst
}

func (d *decoder) delta(dst []dialect.Event, ev *event) []dialect.Event {
	switch ev.Delta.Type {
	case "text_delta":
		return text(dst, dialect.EventText, ev.Delta.Text)
	case "thinking_delta":
		return text(dst, dialect.EventReasoning, ev.Delta.Thinking)
	case "signature_delta":
		return signature(dst, ev.Delta.Signature)
	case "citations_delta":
		if c, ok := readCitation(ev.Delta.Citation); ok {
			dst = append(dst, dialect.Event{Kind: dialect.EventCitation, Citation: &c})
		}
		return dst
	case "input_json_delta":
		// Server tools send such deltas too; their blocks are not calls of ours.
		call := d.calls[ev.Index]
		if call == nil || ev.Delta.PartialJSON == "" {
			return dst
		}
		call.given = true
		return append(dst, call.piece(ev.Delta.PartialJSON))
	}
	return dst
}

func (d *decoder) closeBlock(dst []dialect.Event, index int) []dialect.Event {
	call := d.calls[index]
	delete(d.calls, index)
	if call == nil || call.given {
		return dst
	}
	return append(dst, call.piece(call.args))
}

func (d *decoder) messageDelta(dst []dialect.Event, ev *event) []dialect.Event {
	if details := ev.Delta.StopDetails; details != nil {
		dst = text(dst, dialect.EventRefusal, details.Explanation)
	}
	if ev.Delta.StopReason != "" && !d.finished {
		d.finished = true
		finish := finishOf(ev.Delta.StopReason, d.called)
		if d.answered && !d.called && finish == dialect.FinishTools {
			finish = dialect.FinishStop
		}
		dst = append(dst, dialect.Event{Kind: dialect.EventFinish, Finish: finish, StopSequence: ev.Delta.StopSequence})
	}
	return d.report(dst, ev.Usage)
}

func text(dst []dialect.Event, kind dialect.EventKind, s string) []dialect.Event {
	if s == "" {
		return dst
	}
	return append(dst, dialect.Event{Kind: kind, Text: s})
}

func signature(dst []dialect.Event, s string) []dialect.Event {
	if s == "" {
		return dst
	}
	return append(dst, dialect.Event{Kind: dialect.EventReasoning, Signature: s, Signer: dialect.SignerAnthropic})
}

func (d *decoder) end(dst []dialect.Event) []dialect.Event {
	if d.ended {
		return dst
	}
	d.ended = true
	return append(dst, dialect.Event{Kind: dialect.EventEnd})
}

// Finish returns a *Fault when the stream had no message_stop.
func (d *decoder) Finish(dst []dialect.Event) ([]dialect.Event, error) {
	if !d.ended {
		return dst, &dialect.Fault{Truncated: true}
	}
	return dst, nil
}
