package anthropic

import (
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

// Watcher makes the observer of one answer that is passed through.
func (Outbound) Watcher(op dialect.Operation) dialect.Watcher {
	return &watcher{counting: op.Endpoint == dialect.EndpointCount}
}

// watcher looks at an answer without decoding it.
type watcher struct {
	// counting is true for an answer that is a count of tokens.
	counting bool
	ended    bool
	counts   counter
}

// Answer checks that the body is an answer of this dialect and finds its usage.
func (w *watcher) Answer(body []byte) (dialect.Sign, error) {
	if w.counting {
		// A count is no usage: nothing was asked of the model.
		_, err := readCount(body)
		return dialect.Sign{Content: err == nil}, err
	}
	fields := [...]peek.Field{{Key: "type"}, {Key: "content"}, {Key: "usage"}, {Key: "error"}}
	if err := peek.Object(body, fields[:]); err != nil {
		return dialect.Sign{}, malformed(err.Error())
	}
	w.counts.add(fields[2].Raw(body))
	sign := dialect.Sign{Content: true, Usage: w.counts.usage()}
	switch {
	case string(fields[0].Raw(body)) == `"error"` || !fields[3].IsNull(body):
		return dialect.Sign{Usage: sign.Usage}, faultOf(body)
	case fields[1].IsNull(body):
		return dialect.Sign{Usage: sign.Usage}, malformed("the answer has no content")
	}
	return sign, nil
}

// Event looks at one event of a stream.
func (w *watcher) Event(_ string, data []byte) (dialect.Sign, error) {
	fields := [...]peek.Field{
		{Key: "type"}, {Key: "usage"}, {Key: "message"}, {Key: "delta"}, {Key: "content_block"},
	}
	if err := peek.Object(data, fields[:]); err != nil {
		return dialect.Sign{}, malformed(err.Error())
	}
	var sign dialect.Sign
	switch string(fields[0].Raw(data)) {
	case `"error"`:
		return dialect.Sign{}, faultOf(data)
	case `"message_start"`:
		inner := [...]peek.Field{{Key: "usage"}}
		message := fields[2].Raw(data)
		if len(message) > 0 && peek.Object(message, inner[:]) == nil {
			sign.Usage = w.report(inner[0].Raw(message))
		}
	case `"message_delta"`:
		sign.Usage = w.report(fields[1].Raw(data))
	case `"content_block_delta"`:
		sign.Content = hasDelta(fields[3].Raw(data))
	case `"content_block_start"`:
		sign.Content = opensContent(fields[4].Raw(data))
	case `"message_stop"`:
		w.ended, sign.End = true, true
	case "":
		return dialect.Sign{}, untyped(data)
	}
	return sign, nil
}

func (w *watcher) report(raw []byte) *dialect.Usage {
	w.counts.add(raw)
	return w.counts.usage()
}

// hasDelta reports whether a delta carries anything for the caller.
func hasDelta(delta []byte) bool {
	fields := [...]peek.Field{
		{Key: "text"}, {Key: "thinking"}, {Key: "partial_json"}, {Key: "signature"}, {Key: "citation"},
	}
	if len(delta) == 0 || peek.Object(delta, fields[:]) != nil {
		return false
	}
	for _, f := range fields {
		if raw := f.Raw(delta); peek.HasText(raw) || len(raw) > 0 && raw[0] == '{' {
			return true
		}
	}
	return false
}

// opensContent reports whether the start of a block shows something itself:
// all do but those of text and thinking that are still empty.
func opensContent(block []byte) bool {
	fields := [...]peek.Field{{Key: "type"}, {Key: "text"}, {Key: "thinking"}}
	if len(block) == 0 || peek.Object(block, fields[:]) != nil {
		return false
	}
	switch string(fields[0].Raw(block)) {
	case `"text"`:
		return peek.HasText(fields[1].Raw(block))
	case `"thinking"`:
		return peek.HasText(fields[2].Raw(block))
	}
	return true
}

// Finish reports a stream without message_stop.
func (w *watcher) Finish() error {
	if w.ended {
		return nil
	}
	return &dialect.Fault{Truncated: true}
}

// Rename appends data with its model replaced: on top of a whole answer, in
// the message of message_start.
func (w *watcher) Rename(dst, data []byte, model string) []byte {
	fields := [...]peek.Field{{Key: "model"}, {Key: "message"}}
	if peek.Object(data, fields[:]) != nil {
		return append(dst, data...)
	}
	at, message := fields[0], fields[1].Raw(data)
	if at.IsNull(data) && len(message) > 0 {
		inner := [...]peek.Field{{Key: "model"}}
		if peek.Object(message, inner[:]) == nil && !inner[0].IsNull(message) {
			at = inner[0]
			at.Start += fields[1].Start
			at.End += fields[1].Start
		}
	}
	if at.IsNull(data) {
		return append(dst, data...)
	}
	return peek.Apply(dst, data, peek.Edit{Start: at.Start, End: at.End, With: peek.AppendString(nil, model)})
}
