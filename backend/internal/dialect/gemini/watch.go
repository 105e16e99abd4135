package gemini

import (
	"encoding/json"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

// Watcher makes the observer of one answer that is passed through.
func (Outbound) Watcher(op dialect.Operation) dialect.Watcher { return &watcher{endpoint: op.Endpoint} }

// watcher looks at an answer without decoding it.
type watcher struct {
	endpoint dialect.Endpoint
	// ended is true once a candidate gave a reason to finish; begun once the
	// answer has shown content.
	ended, begun bool
	counts       counter
}

// glance is the top level of an answer or an event.
type glance struct{ candidates, feedback, usage, fault, model, id peek.Field }

func look(body []byte) (glance, error) {
	fields := [...]peek.Field{
		{Key: "candidates"}, {Key: "promptFeedback"}, {Key: "usageMetadata"}, {Key: "error"}, {Key: "modelVersion"}, {Key: "responseId"},
	}
	err := peek.Object(body, fields[:])
	return glance{fields[0], fields[1], fields[2], fields[3], fields[4], fields[5]}, err
}

// isAnswer reports whether anything of an answer is there.
func (g *glance) isAnswer(data []byte) bool {
	if raw := g.candidates.Raw(data); len(raw) > 0 && raw[0] != '[' && raw[0] != 'n' {
		return false
	}
	for _, f := range []peek.Field{g.candidates, g.feedback, g.usage, g.model, g.id} {
		if !f.IsNull(data) {
			return true
		}
	}
	return false
}

// isBlocked reports whether a promptFeedback says that there is no answer.
func isBlocked(feedback []byte) bool {
	field := [...]peek.Field{{Key: "blockReason"}}
	return len(feedback) > 0 && peek.Object(feedback, field[:]) == nil && peek.HasText(field[0].Raw(feedback))
}

// Answer checks that the body is an answer of this dialect and finds its usage.
// A list holds the events of a stream that was not asked for as events.
func (w *watcher) Answer(body []byte) (dialect.Sign, error) {
	if w.endpoint != dialect.EndpointChat {
		return w.other(body)
	}
	isList := false
	all := dialect.Sign{Content: true}
	for element := range peek.Elements(body) {
		isList = true
		sign, err := w.Event("", element)
		if sign.Usage != nil {
			all.Usage = sign.Usage
		}
		if err != nil {
			return dialect.Sign{Usage: all.Usage}, err
		}
	}
	if isList && !json.Valid(body) {
		return dialect.Sign{Usage: all.Usage}, malformed("the list is broken")
	}
	if isList {
		return all, nil
	}
	sign, err := w.Event("", body)
	return dialect.Sign{Content: err == nil, Usage: sign.Usage}, err
}

// other looks at the answers of the other endpoints.
func (w *watcher) other(body []byte) (dialect.Sign, error) {
	fields := [...]peek.Field{
		{Key: "embedding"}, {Key: "embeddings"}, {Key: "totalTokens"}, {Key: "models"}, {Key: "usageMetadata"}, {Key: "error"},
	}
	if err := peek.Object(body, fields[:]); err != nil {
		return dialect.Sign{}, malformed(err.Error())
	}
	if !fields[5].IsNull(body) {
		return dialect.Sign{}, faultOf(body)
	}
	for _, f := range fields[:4] {
		if !f.IsNull(body) {
			return dialect.Sign{Content: true, Usage: readUsage(fields[4].Raw(body))}, nil
		}
	}
	return dialect.Sign{}, malformed("the answer has no content")
}

// Event looks at one event of a stream.
func (w *watcher) Event(_ string, data []byte) (dialect.Sign, error) {
	g, err := look(data)
	if err != nil {
		return dialect.Sign{}, malformed(err.Error())
	}
	var sign dialect.Sign
	if w.counts.add(g.usage.Raw(data)) {
		sign.Usage = w.counts.usage()
	}
	if !g.fault.IsNull(data) {
		return sign, faultOf(data)
	}
	if !g.isAnswer(data) {
		return sign, malformed("the answer has no candidates")
	}
	for candidate := range peek.Elements(g.candidates.Raw(data)) {
		w.candidate(&sign, candidate)
	}
	sign.End = sign.End || isBlocked(g.feedback.Raw(data))
	w.ended = w.ended || sign.End
	w.begun = w.begun || sign.Content
	return sign, nil
}

// candidate adds to the sign what a candidate shows. Once the answer has begun
// its content is not looked into any more.
func (w *watcher) candidate(sign *dialect.Sign, raw []byte) {
	fields := [...]peek.Field{{Key: "content"}, {Key: "finishReason"}}
	if peek.Object(raw, fields[:]) != nil {
		return
	}
	if reason, ok := peek.String(fields[1].Raw(raw)); ok && !isUnspecified(reason) {
		sign.End = true
	}
	if w.begun || sign.Content {
		return
	}
	content := fields[0].Raw(raw)
	inner := [...]peek.Field{{Key: "parts"}}
	if len(content) == 0 || peek.Object(content, inner[:]) != nil {
		return
	}
	for part := range peek.Elements(inner[0].Raw(content)) {
		sign.Content = sign.Content || showsContent(part)
	}
}

// showsContent reports whether a part holds more than a signature: a text that
// is not empty, or anything of another kind.
func showsContent(part []byte) bool {
	fields := [...]peek.Field{
		{Key: "text"},
		{Key: "functionCall"},
		{Key: "inlineData"},
		{Key: "fileData"},
		{Key: "executableCode"},
		{Key: "codeExecutionResult"},
		{Key: "toolCall"},
		{Key: "toolResponse"},
	}
	if peek.Object(part, fields[:]) != nil {
		return false
	}
	if peek.HasText(fields[0].Raw(part)) {
		return true
	}
	for _, f := range fields[1:] {
		if !f.IsNull(part) {
			return true
		}
	}
	return false
}

// Finish reports a stream in which no candidate finished: Google has no other
// end marker.
func (w *watcher) Finish() error {
	if w.ended {
		return nil
	}
	return &dialect.Fault{Truncated: true}
}

// Rename appends data with its model replaced, in each element of a list.
func (w *watcher) Rename(dst, data []byte, model string) []byte {
	at := 0
	isList := false
	for element := range peek.Elements(data) {
		isList = true
		start := cap(data) - cap(element) // the element is a piece of data
		dst = append(dst, data[at:start]...)
		dst = rename(dst, element, model)
		at = start + len(element)
	}
	if isList {
		return append(dst, data[at:]...)
	}
	return rename(dst, data, model)
}

func rename(dst, data []byte, model string) []byte {
	field := [...]peek.Field{{Key: "modelVersion"}}
	if peek.Object(data, field[:]) != nil || field[0].IsNull(data) {
		return append(dst, data...)
	}
	dst = append(dst, data[:field[0].Start]...)
	dst = peek.AppendString(dst, model)
	return append(dst, data[field[0].End:]...)
}
