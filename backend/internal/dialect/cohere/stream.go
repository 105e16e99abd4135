package cohere

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"

	"headwater/backend/internal/dialect"
)

// event is one event of a streamed answer.
type event struct {
	Type  looseText `json:"type"`
	ID    looseText `json:"id"`
	Index int       `json:"index"`
	Delta struct {
		Message json.RawMessage `json:"message"`
		Finish  looseText       `json:"finish_reason"`
		Error   looseText       `json:"error"`
		Usage   json.RawMessage `json:"usage"`
	} `json:"delta"`
}

// delta is the message of an event: other than in a whole answer, each field is
// one thing, not a list.
type delta struct {
	Content   content     `json:"content"`
	ToolPlan  looseText   `json:"tool_plan"`
	ToolCalls calledTool  `json:"tool_calls"`
	Citations rawCitation `json:"citations"`
}

// openCall is a tool call until its end.
type openCall struct {
	// tool is its index among the tool calls of the answer.
	tool int
	// held are the arguments so far, while they may yet turn out to be null.
	held  string
	given bool
}

// isDone reports whether data is the marker that follows the last event.
func isDone(data []byte) bool { return string(bytes.TrimSpace(data)) == "[DONE]" }

// Event reads one event of a stream. Types it does not know mean nothing to
// the neutral form.
func (d *decoder) Event(dst []dialect.Event, name string, data []byte) ([]dialect.Event, error) {
	if isDone(data) {
		return dst, nil
	}
	var ev event
	if err := json.Unmarshal(data, &ev); err != nil {
		return dst, malformed("reading an event: " + err.Error())
	}
	if ev.Type == "" {
		ev.Type = looseText(name)
	}
	switch {
	case ev.Type == "" || ev.Type == "error":
		if hasError(data) {
			return dst, faultOf(data)
		}
		return dst, malformed("an event has no type")
	case d.ended:
		return dst, nil // nothing may follow the end that the caller was given
	}
	if !d.started {
		d.started = true
		dst = append(dst, dialect.Event{Kind: dialect.EventStart, ID: string(ev.ID)})
	}
	if ev.Type == "message-end" {
		return d.end(dst, &ev)
	}
	return d.typed(dst, &ev)
}

// typed reads the events that carry a piece of the message.
func (d *decoder) typed(dst []dialect.Event, ev *event) ([]dialect.Event, error) {
	var m delta
	switch ev.Type {
	case "content-start", "content-delta", "tool-plan-delta", "tool-call-start", "tool-call-delta", "citation-start":
		if isSet(ev.Delta.Message) {
			if err := json.Unmarshal(ev.Delta.Message, &m); err != nil {
				return dst, malformed("reading a delta: " + err.Error())
			}
		}
	case "tool-call-end":
		return d.closeCall(dst, ev.Index), nil
	default:
		return dst, nil
	}
	switch ev.Type {
	case "tool-call-start":
		return d.openCall(dst, ev.Index, &m.ToolCalls), nil
	case "tool-call-delta":
		return d.growCall(dst, ev.Index, string(m.ToolCalls.Function.Arguments)), nil
	case "citation-start":
		for _, c := range m.Citations.neutral() {
			dst = append(dst, dialect.Event{Kind: dialect.EventCitation, Citation: &c})
		}
		return dst, nil
	}
	dst = appendText(dst, dialect.EventReasoning, m.ToolPlan+m.Content.Thinking)
	return appendText(dst, dialect.EventText, m.Content.Text), nil
}

func appendText(dst []dialect.Event, kind dialect.EventKind, text looseText) []dialect.Event {
	if text == "" {
		return dst
	}
	return append(dst, dialect.Event{Kind: kind, Text: string(text)})
}

func (d *decoder) openCall(dst []dialect.Event, index int, c *calledTool) []dialect.Event {
	dst = d.closeCall(dst, index)
	d.calls[index] = &openCall{tool: d.tools}
	dst = append(dst, dialect.Event{
		Kind: dialect.EventToolStart, Tool: d.tools, CallID: string(c.ID), ToolName: string(c.Function.Name),
	})
	d.tools++
	return d.growCall(dst, index, string(c.Function.Arguments))
}

// growCall gives a piece of the arguments, unless they may yet become null.
func (d *decoder) growCall(dst []dialect.Event, index int, piece string) []dialect.Event {
	call := d.calls[index]
	if call == nil || piece == "" {
		return dst
	}
	if !call.given {
		call.held += piece
		if n := len(call.held); n <= len(null) && call.held == null[:n] {
			return dst
		}
		piece, call.given = call.held, true
	}
	return append(dst, dialect.Event{Kind: dialect.EventToolArgs, Tool: call.tool, Text: piece})
}

func (d *decoder) closeCall(dst []dialect.Event, index int) []dialect.Event {
	call := d.calls[index]
	delete(d.calls, index)
	if call == nil || call.given {
		return dst
	}
	return append(dst, dialect.Event{Kind: dialect.EventToolArgs, Tool: call.tool, Text: argsOf(call.held)})
}

// end reads the last event.
func (d *decoder) end(dst []dialect.Event, ev *event) ([]dialect.Event, error) {
	if usage := readUsage(ev.Delta.Usage); usage != nil {
		dst = append(dst, dialect.Event{Kind: dialect.EventUsage, Usage: usage})
	}
	if fault := stopped(string(ev.Delta.Finish), string(ev.Delta.Error)); fault != nil {
		return dst, fault
	}
	for _, index := range slices.Sorted(maps.Keys(d.calls)) { // those that had no end
		dst = d.closeCall(dst, index)
	}
	d.ended = true
	return append(
		dst,
		dialect.Event{Kind: dialect.EventFinish, Finish: finishOf(string(ev.Delta.Finish), d.tools > 0)},
		dialect.Event{Kind: dialect.EventEnd},
	), nil
}

// Finish returns a *Fault when the stream had no message-end.
func (d *decoder) Finish(dst []dialect.Event) ([]dialect.Event, error) {
	if !d.ended {
		return dst, &dialect.Fault{Truncated: true}
	}
	return dst, nil
}
