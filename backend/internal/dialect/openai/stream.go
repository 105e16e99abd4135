package openai

import (
	"encoding/json"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

// choiceState is what the decoder remembers of one choice of a stream.
type choiceState struct {
	index    int
	finished bool
	// calls maps the upstream's tool index to ours; ids holds the id under
	// which ours was opened.
	calls map[int]int
	ids   []string
	// empty tells which of our calls got no arguments yet.
	empty []bool
	// thoughts is true once reasoning came as bare text.
	thoughts bool
}

// Event reads one chunk.
func (d *decoder) Event(dst []dialect.Event, name string, data []byte) ([]dialect.Event, error) {
	if isDone(data) {
		return d.end(dst), nil
	}
	var w wireAnswer
	if err := json.Unmarshal(data, &w); err != nil {
		return dst, malformed("reading a chunk: " + err.Error())
	}
	if usage := w.usage(); usage != nil {
		dst = append(dst, dialect.Event{Kind: dialect.EventUsage, Usage: usage})
	}
	if isSet(w.Error) || name == "error" {
		return dst, faultOf(data)
	}
	if !d.started && len(w.Choices) > 0 {
		d.started = true
		created, _ := peek.Int(w.Created)
		dst = append(dst, dialect.Event{Kind: dialect.EventStart, ID: string(w.ID), Model: string(w.Model), Created: created})
	}
	for i, c := range w.Choices {
		if isSet(c.Error) || c.Finish == "error" {
			return dst, choiceFault(data, i)
		}
		dst = d.choice(dst, &c)
	}
	return dst, nil
}

// choice reads one choice of a chunk.
func (d *decoder) choice(dst []dialect.Event, c *wireChoice) []dialect.Event {
	state := d.state(c.Index)
	delta := c.Delta
	if delta == nil {
		delta = c.Message
	}
	if delta != nil {
		dst = state.appendText(dst, delta)
		dst = state.appendCalls(dst, delta)
	}
	if c.Finish != "" && !state.finished {
		d.finished, state.finished = true, true
		dst = state.closeCalls(dst)
		finish := finishOf(string(c.Finish), len(state.ids) > 0)
		dst = append(dst, dialect.Event{Kind: dialect.EventFinish, Choice: c.Index, Finish: finish})
	}
	return dst
}

func (d *decoder) state(index int) *choiceState {
	for _, s := range d.choices {
		if s.index == index {
			return s
		}
	}
	s := &choiceState{index: index, calls: map[int]int{}}
	d.choices = append(d.choices, s)
	return s
}

// appendText gives the reasoning, text and refusal of a delta. Details repeat
// reasoning that comes as bare text, so of them only the proofs are taken then.
func (s *choiceState) appendText(dst []dialect.Event, m *wireMessage) []dialect.Event {
	text, thoughts := splitContent(m.Content)
	thoughts = m.reasoning() + thoughts
	s.thoughts = s.thoughts || thoughts != ""
	if thoughts != "" {
		dst = append(dst, dialect.Event{Kind: dialect.EventReasoning, Choice: s.index, Text: thoughts})
	}
	for _, p := range reasoningParts("", m.Details) {
		ev := dialect.Event{Kind: dialect.EventReasoning, Choice: s.index, Signature: p.Signature, Redacted: p.Data}
		if !s.thoughts {
			ev.Text = p.Text
		}
		if ev.Text != "" || ev.Signature != "" || ev.Redacted != "" {
			dst = append(dst, ev)
		}
	}
	if text != "" {
		dst = append(dst, dialect.Event{Kind: dialect.EventText, Choice: s.index, Text: text})
	}
	if m.Refusal != "" {
		dst = append(dst, dialect.Event{Kind: dialect.EventRefusal, Choice: s.index, Text: string(m.Refusal)})
	}
	return dst
}

// appendCalls gives the tool calls of a delta. A new id under a known index is
// a new call: some upstreams send whole calls, all with index 0 or none.
func (s *choiceState) appendCalls(dst []dialect.Event, m *wireMessage) []dialect.Event {
	calls := m.ToolCalls
	if f := m.FunctionCall; f != nil && (f.Name != "" || f.Arguments != "") {
		call := wireToolCall{Function: *f}
		if f.Name != "" {
			call.ID = looseText("call_" + string(f.Name))
		}
		calls = append(calls, call)
	}
	for i := range calls {
		c := &calls[i]
		index := i
		if c.Index != nil {
			index = *c.Index
		}
		ours, known := s.calls[index]
		if !known || c.ID != "" && string(c.ID) != s.ids[ours] {
			ours = len(s.ids)
			s.calls[index] = ours
			s.ids, s.empty = append(s.ids, string(c.ID)), append(s.empty, true)
			dst = append(dst, dialect.Event{
				Kind: dialect.EventToolStart, Choice: s.index, Tool: ours, CallID: string(c.ID), ToolName: string(c.Function.Name),
			})
		}
		if c.Function.Arguments != "" {
			s.empty[ours] = false
			dst = append(dst, dialect.Event{Kind: dialect.EventToolArgs, Choice: s.index, Tool: ours, Text: string(c.Function.Arguments)})
		}
	}
	return dst
}

// closeCalls gives empty arguments to the calls that got none.
func (s *choiceState) closeCalls(dst []dialect.Event) []dialect.Event {
	for i, empty := range s.empty {
		if empty {
			s.empty[i] = false
			dst = append(dst, dialect.Event{Kind: dialect.EventToolArgs, Choice: s.index, Tool: i, Text: "{}"})
		}
	}
	return dst
}

func (d *decoder) end(dst []dialect.Event) []dialect.Event {
	if d.ended {
		return dst
	}
	d.ended = true
	for _, s := range d.choices {
		dst = s.closeCalls(dst)
	}
	return append(dst, dialect.Event{Kind: dialect.EventEnd})
}

// Finish gives the end of a stream that closed cleanly after its finish reason
// but without [DONE], and a *Fault for any other that has no end.
func (d *decoder) Finish(dst []dialect.Event) ([]dialect.Event, error) {
	if !d.ended && !d.finished {
		return dst, &dialect.Fault{Truncated: true}
	}
	return d.end(dst), nil
}
