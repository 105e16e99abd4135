package ollama

import (
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

// Watcher makes the observer of one answer that is passed through.
func (Outbound) Watcher(op dialect.Operation) dialect.Watcher {
	return &watcher{endpoint: op.Endpoint}
}

// watcher looks at an answer without decoding it.
type watcher struct {
	endpoint dialect.Endpoint
	ended    bool
	// begun is true once the stream has shown content: later lines need no look.
	begun bool
}

// Answer checks that the body is an answer of this dialect and finds its usage.
func (w *watcher) Answer(body []byte) (dialect.Sign, error) {
	if w.endpoint != dialect.EndpointEmbeddings {
		sign, err := w.look(body)
		sign.Content, sign.End = err == nil, false
		return sign, err
	}
	fields := [...]peek.Field{{Key: "error"}, {Key: "embeddings"}, {Key: "embedding"}, {Key: "prompt_eval_count"}}
	if err := peek.Object(body, fields[:]); err != nil {
		return dialect.Sign{}, malformed(err.Error())
	}
	switch {
	case !fields[0].IsNull(body):
		return dialect.Sign{}, faultOf(body)
	case fields[1].IsNull(body) && fields[2].IsNull(body):
		return dialect.Sign{}, malformed("the answer has no embeddings")
	}
	return dialect.Sign{Content: true, Usage: readUsage(fields[3].Raw(body), nil)}, nil
}

// Event looks at one line of a stream.
func (w *watcher) Event(_ string, data []byte) (dialect.Sign, error) {
	sign, err := w.look(data)
	w.ended = w.ended || sign.End
	return sign, err
}

// look reads the top level of an answer or a line of chat or generate.
func (w *watcher) look(body []byte) (dialect.Sign, error) {
	fields := [...]peek.Field{
		{Key: "error"},
		{Key: "message"},
		{Key: "done"},
		{Key: "prompt_eval_count"},
		{Key: "eval_count"},
		{Key: "response"},
		{Key: "thinking"},
		{Key: "tool_calls"},
	}
	if err := peek.Object(body, fields[:]); err != nil {
		return dialect.Sign{}, malformed(err.Error())
	}
	message, done, said := fields[1], fields[2], fields[5:]
	switch {
	case !fields[0].IsNull(body):
		return dialect.Sign{}, faultOf(body)
	case message.IsNull(body) && said[0].IsNull(body) && done.IsNull(body):
		return dialect.Sign{}, malformed("the answer has no message")
	}
	var sign dialect.Sign
	if string(done.Raw(body)) == "true" {
		sign.End, sign.Usage = true, readUsage(fields[3].Raw(body), fields[4].Raw(body))
	}
	if !w.begun {
		sign.Content = shows(body, said) || showsMessage(message.Raw(body))
		w.begun = sign.Content
	}
	return sign, nil
}

// showsMessage reports whether a message shows the caller something.
func showsMessage(message []byte) bool {
	fields := [...]peek.Field{{Key: "content"}, {Key: "thinking"}, {Key: "tool_calls"}, {Key: "images"}}
	if len(message) == 0 || message[0] != '{' || peek.Object(message, fields[:]) != nil {
		return false
	}
	return shows(message, fields[:])
}

// shows reports whether one of the fields is a text or a list that is not empty.
func shows(body []byte, fields []peek.Field) bool {
	for _, f := range fields {
		raw := f.Raw(body)
		if peek.HasText(raw) {
			return true
		}
		for range peek.Elements(raw) {
			return true
		}
	}
	return false
}

// Finish reports a stream of which no line said done.
func (w *watcher) Finish() error {
	if w.ended {
		return nil
	}
	return &dialect.Fault{Truncated: true}
}

// Rename appends data with its model replaced.
func (w *watcher) Rename(dst, data []byte, model string) []byte {
	field := [...]peek.Field{{Key: "model"}}
	if peek.Object(data, field[:]) != nil || field[0].IsNull(data) {
		return append(dst, data...)
	}
	dst = append(dst, data[:field[0].Start]...)
	dst = peek.AppendString(dst, model)
	return append(dst, data[field[0].End:]...)
}
