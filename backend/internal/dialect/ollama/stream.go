package ollama

import "headwater/backend/internal/dialect"

// Event reads one line of a stream.
func (d *decoder) Event(dst []dialect.Event, _ string, data []byte) ([]dialect.Event, error) {
	w, err := d.read(data)
	if err != nil {
		return dst, err
	}
	if d.ended {
		return dst, nil // nothing may follow the end that the caller was given
	}
	if !d.started {
		d.started = true
		dst = append(dst, dialect.Event{Kind: dialect.EventStart, Model: string(w.Model), Created: unix(string(w.CreatedAt))})
	}
	m := w.said()
	dst = appendText(dst, dialect.EventReasoning, m.Thinking)
	dst = appendText(dst, dialect.EventText, m.Content)
	for _, image := range m.Images {
		dst = append(dst, dialect.Event{Kind: dialect.EventMedia, Media: imagePart(image)})
	}
	for i := range m.ToolCalls {
		tool := d.calls
		call := d.call(w, &m.ToolCalls[i])
		dst = append(
			dst,
			dialect.Event{Kind: dialect.EventToolStart, Tool: tool, CallID: call.ID, ToolName: call.Name},
			dialect.Event{Kind: dialect.EventToolArgs, Tool: tool, Text: call.Args},
		)
	}
	if w.Done == nil || !*w.Done {
		return dst, nil
	}
	d.ended = true
	if usage := readUsage(w.In, w.Out); usage != nil {
		dst = append(dst, dialect.Event{Kind: dialect.EventUsage, Usage: usage})
	}
	return append(
		dst,
		dialect.Event{Kind: dialect.EventFinish, Finish: finishOf(string(w.Reason), d.calls > 0)},
		dialect.Event{Kind: dialect.EventEnd},
	), nil
}

func appendText(dst []dialect.Event, kind dialect.EventKind, text looseText) []dialect.Event {
	if text == "" {
		return dst
	}
	return append(dst, dialect.Event{Kind: kind, Text: string(text)})
}

// Finish returns a *Fault when no line said done.
func (d *decoder) Finish(dst []dialect.Event) ([]dialect.Event, error) {
	if !d.ended {
		return dst, &dialect.Fault{Truncated: true}
	}
	return dst, nil
}
