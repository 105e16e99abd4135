package gemini

import "headwater/backend/internal/dialect"

// Event reads one event of a stream: a piece of an answer in the form of a
// whole one.
func (d *decoder) Event(dst []dialect.Event, _ string, data []byte) ([]dialect.Event, error) {
	w, err := d.read(data)
	if err != nil {
		return dst, err
	}
	if !d.started {
		d.started = true
		dst = append(dst, dialect.Event{Kind: dialect.EventStart, ID: w.ID, Model: w.Model, Created: w.created()})
	}
	if d.counts.add(w.Usage) {
		dst = append(dst, dialect.Event{Kind: dialect.EventUsage, Usage: d.counts.usage()})
	}
	for i := range w.Candidates {
		dst = d.candidate(dst, w, i)
	}
	if f := w.Feedback; f != nil && f.BlockReason != "" && len(w.Candidates) == 0 && !d.finished {
		d.finished = true
		if f.Message != "" {
			dst = append(dst, dialect.Event{Kind: dialect.EventRefusal, Text: f.Message})
		}
		dst = append(dst, dialect.Event{Kind: dialect.EventFinish, Finish: dialect.FinishFilter})
	}
	return dst, nil
}

func (d *decoder) state(index int) *state {
	if s := d.candidates[index]; s != nil {
		return s
	}
	s := &state{index: index}
	if d.candidates == nil {
		d.candidates = map[int]*state{}
	}
	d.candidates[index] = s
	return s
}

// candidate reads the i-th candidate of an event.
func (d *decoder) candidate(dst []dialect.Event, w *answer, i int) []dialect.Event {
	c := &w.Candidates[i]
	index := c.Index
	if w.indexRepeated {
		index = i
	}
	s := d.state(index)
	if s.finished {
		return dst // nothing may follow the finish that the caller was given
	}
	if s.seed == "" {
		s.seed = w.seed
	}
	for j := range c.Content.Parts {
		if p, ok := s.whole(&c.Content.Parts[j]); ok {
			dst = s.events(dst, p)
		}
	}
	if !isUnspecified(c.Finish) {
		if p, ok := s.closePartial(); ok {
			dst = s.events(dst, p)
		}
	}
	dst = s.cite(dst, c)
	if isUnspecified(c.Finish) {
		return dst
	}
	d.finished, s.finished = true, true
	finish := finishOf(c.Finish, s.tools > 0)
	if finish == dialect.FinishFilter && c.FinishMessage != "" {
		dst = append(dst, dialect.Event{Kind: dialect.EventRefusal, Choice: s.index, Text: c.FinishMessage})
	}
	return append(dst, dialect.Event{Kind: dialect.EventFinish, Choice: s.index, Finish: finish})
}

// events gives a part as the events that say it.
func (s *state) events(dst []dialect.Event, p dialect.Part) []dialect.Event {
	ev := dialect.Event{Choice: s.index, Text: p.Text, Signature: p.Signature, Signer: p.Signer}
	switch p.Kind {
	case dialect.PartText:
		ev.Kind = dialect.EventText
		s.text = append(s.text, p.Text...)
	case dialect.PartReasoning:
		ev.Kind = dialect.EventReasoning
	case dialect.PartToolCall:
		s.sent++
		ev.Kind, ev.Tool, ev.CallID, ev.ToolName = dialect.EventToolStart, s.sent-1, p.Call.ID, p.Call.Name
		return append(dst, ev, dialect.Event{Kind: dialect.EventToolArgs, Choice: s.index, Tool: s.sent - 1, Text: p.Call.Args})
	default:
		media := p
		ev.Kind, ev.Media = dialect.EventMedia, &media
	}
	return append(dst, ev)
}

// Finish gives the end of a stream: Google has no end marker, so that a finish
// reason stands for it. A stream without one was cut.
func (d *decoder) Finish(dst []dialect.Event) ([]dialect.Event, error) {
	if !d.finished {
		return dst, &dialect.Fault{Truncated: true}
	}
	return append(dst, dialect.Event{Kind: dialect.EventEnd}), nil
}
