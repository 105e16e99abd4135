package responses

import (
	"bytes"
	"strings"

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
	// next is the number after that of the last event.
	next int
}

// Next implements dialect.Numbered.
func (w *watcher) Next() int { return w.next }

// Answer checks that the body is an answer of this dialect and finds its usage.
func (w *watcher) Answer(body []byte) (dialect.Sign, error) {
	fields := [...]peek.Field{{Key: "output"}, {Key: "usage"}, {Key: "error"}, {Key: "status"}, {Key: "object"}}
	if err := peek.Object(body, fields[:]); err != nil {
		return dialect.Sign{}, malformed(err.Error())
	}
	output, usage, fault, status := fields[0], fields[1], fields[2], fields[3]
	sign := dialect.Sign{Content: true, Usage: readUsage(usage.Raw(body))}
	if w.endpoint != dialect.EndpointChat && w.endpoint != "" {
		// What is told of a kept answer: that it failed is the answer, but an
		// error with nothing beside it is the upstream's.
		if !fault.IsNull(body) && fields[4].IsNull(body) {
			return dialect.Sign{}, faultOf(body)
		}
		// Its tokens were counted when it was made.
		return dialect.Sign{Content: true}, nil
	}
	sign.Content = false
	switch {
	case !fault.IsNull(body):
		return sign, faultOf(body)
	case string(status.Raw(body)) == `"failed"`:
		return sign, &dialect.Fault{Detail: dialect.ErrorDetail{Message: "the answer has the status failed"}}
	case output.IsNull(body):
		if fault := findError(body); fault != nil {
			return sign, fault
		}
		return sign, malformed("the answer has no output")
	}
	sign.Content = true
	return sign, nil
}

// Event looks at one event of the stream.
func (w *watcher) Event(name string, data []byte) (dialect.Sign, error) {
	if isDone(data) {
		return dialect.Sign{}, nil
	}
	fields := eventFields{{Key: "type"}, {Key: "response"}, {Key: "error"}, {Key: "delta"}, {Key: "item"}, {Key: "sequence_number"}}
	if err := peek.Object(data, fields[:]); err != nil {
		return dialect.Sign{}, malformed(err.Error())
	}
	kind, ok := peek.String(fields[0].Raw(data))
	if !ok {
		kind = name
	}
	sign, err := w.look(kind, data, &fields)
	if number, ok := peek.Int(fields[5].Raw(data)); ok && err == nil { // an error is not forwarded
		w.next = int(number) + 1
	}
	return sign, err
}

// eventFields are those of an event that the watcher looks at.
type eventFields = [6]peek.Field

// look looks at an event of a kind.
func (w *watcher) look(kind string, data []byte, fields *eventFields) (dialect.Sign, error) {
	switch kind {
	case evCompleted, evIncomplete, evFailed:
		return w.terminal(kind, fields[1].Raw(data))
	case evError:
		return dialect.Sign{}, faultOf(data)
	case evUnnamed, evUnnamedByName:
		if !fields[2].IsNull(data) {
			return dialect.Sign{}, faultOf(data)
		}
		return dialect.Sign{}, malformed("an event has no type")
	case evItemAdded, evItemDone:
		return dialect.Sign{Content: showsItem(fields[4].Raw(data), kind)}, nil
	}
	// Growing steps of all kinds of item are named alike, those to come too.
	return dialect.Sign{Content: strings.HasSuffix(kind, ".delta") && peek.HasText(fields[3].Raw(data))}, nil
}

// terminal looks at the event that holds the whole answer.
func (w *watcher) terminal(kind string, response []byte) (dialect.Sign, error) {
	fields := [...]peek.Field{{Key: "usage"}, {Key: "error"}, {Key: "output"}}
	if len(response) == 0 || peek.Object(response, fields[:]) != nil {
		return dialect.Sign{}, malformed("the last event has no answer")
	}
	sign := dialect.Sign{Usage: readUsage(fields[0].Raw(response))}
	if w.endpoint == dialect.EndpointStored {
		sign.Usage = nil
	}
	if kind == evFailed || !fields[1].IsNull(response) {
		return sign, faultOf(response)
	}
	w.ended, sign.End = true, true
	sign.Content = len(bytes.TrimSpace(fields[2].Raw(response))) > len("[]")
	return sign, nil
}

// showsItem reports whether an item's announcement or close shows the caller
// something: the call of a tool, or an item that came without deltas.
func showsItem(item []byte, event string) bool {
	kind, _ := peek.String(inner(item, "type"))
	switch kind {
	case "", itemMessage, itemReasoning:
		return event == evItemDone
	}
	return true
}

// Finish reports a stream without its terminal event.
func (w *watcher) Finish() error {
	if w.ended {
		return nil
	}
	return &dialect.Fault{Truncated: true}
}

// keyModel is the key as it stands in JSON text; never written to.
var keyModel = []byte(`"model"`)

// Rename appends data with the model replaced: that of the answer, or that of
// the answer inside an event.
func (w *watcher) Rename(dst, data []byte, model string) []byte {
	fields := [...]peek.Field{{Key: "response"}, {Key: "model"}}
	// Most events of a stream have no model: they need no second walk.
	if !bytes.Contains(data, keyModel) || peek.Object(data, fields[:]) != nil {
		return append(dst, data...)
	}
	var start, end int
	switch response := fields[0].Raw(data); {
	case !fields[1].IsNull(data):
		start, end = fields[1].Start, fields[1].End
	case len(response) > 0 && response[0] == '{':
		at := [...]peek.Field{{Key: "model"}}
		if peek.Object(response, at[:]) != nil || at[0].IsNull(response) {
			return append(dst, data...)
		}
		start, end = fields[0].Start+at[0].Start, fields[0].Start+at[0].End
	default:
		return append(dst, data...)
	}
	dst = append(dst, data[:start]...)
	dst = peek.AppendString(dst, model)
	return append(dst, data[end:]...)
}
