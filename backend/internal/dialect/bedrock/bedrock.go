// Package bedrock speaks Amazon Bedrock's Converse and ConverseStream to
// upstreams, for every model that is served there, and InvokeModel for what
// Converse cannot ask: embeddings and rerank.
//
// It is an outbound dialect only: no caller speaks it. It does not sign
// requests, and knows no other dialect.
//
// Its one invariant: turns alternate and begin with the user, each call of a
// tool is followed by its result, and no text is blank; Bedrock refuses a
// request that breaks this.
package bedrock

import (
	"net/url"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
)

// name is the dialect's stable name.
const name = "bedrock"

// Outbound is the dialect as upstreams speak it.
type Outbound struct{}

var _ dialect.Outbound = Outbound{}

// Name is "bedrock".
func (Outbound) Name() string { return name }

// Serves is true for chat, embeddings and rerank. Each model does one of them,
// which Encode looks after.
func (Outbound) Serves(endpoint dialect.Endpoint) bool {
	return endpoint == dialect.EndpointChat || endpoint == dialect.EndpointEmbeddings || endpoint == dialect.EndpointRerank
}

// path is that of a model below the base URL, which is the root of the
// region's runtime. The model may be an ARN, whose slashes are no path's.
func path(model string, stream bool) string {
	operation := "/converse"
	if stream {
		operation = "/converse-stream"
	}
	return "/model/" + url.PathEscape(model) + operation
}

// Adapt refuses: there are no callers of this dialect.
func (Outbound) Adapt(op dialect.Operation, _ []byte, _ dialect.Target, _ bool) (dialect.Wire, error) {
	return dialect.Wire{}, unserved(op.Endpoint)
}

func unserved(endpoint dialect.Endpoint) error {
	return hw.Errorf(hw.CodeUnsupported, "The model's upstream has no %s.", endpoint).At("model")
}

// Decoder makes the reader of one answer.
func (Outbound) Decoder(op dialect.Operation) dialect.Decoder {
	if op.Endpoint == dialect.EndpointEmbeddings || op.Endpoint == dialect.EndpointRerank {
		return invoked{endpoint: op.Endpoint}
	}
	return &decoder{}
}

// Watcher makes the observer of one answer.
func (o Outbound) Watcher(op dialect.Operation) dialect.Watcher {
	return &watcher{dec: o.Decoder(op)}
}

// watcher observes by decoding: no answer passes through to a caller who
// speaks this dialect, so that it need not be cheap.
type watcher struct {
	dec dialect.Decoder
	// events is reused from one event of the stream to the next.
	events []dialect.Event
}

// Answer looks at a whole answer.
func (w *watcher) Answer(body []byte) (dialect.Sign, error) {
	a, err := w.dec.Answer(body)
	if err != nil {
		return dialect.Sign{}, err //nolint:wrapcheck // a *Fault is the answer's own error
	}
	return dialect.Sign{Content: true, Usage: a.Usage}, nil
}

// Event looks at one event of the stream.
func (w *watcher) Event(name string, data []byte) (dialect.Sign, error) {
	events, err := w.dec.Event(w.events[:0], name, data)
	w.events = events
	var sign dialect.Sign
	for i := range events {
		sign.Content = sign.Content || events[i].Content()
		sign.End = sign.End || events[i].Kind == dialect.EventEnd
		if events[i].Usage != nil {
			sign.Usage = events[i].Usage
		}
	}
	return sign, err //nolint:wrapcheck // a *Fault is the answer's own error
}

// Finish reports a stream without its proper end.
func (w *watcher) Finish() error {
	_, err := w.dec.Finish(nil)
	return err //nolint:wrapcheck // a *Fault is the answer's own error
}

// Rename leaves data as it is: answers do not name their model.
func (w *watcher) Rename(dst, data []byte, _ string) []byte { return append(dst, data...) }
