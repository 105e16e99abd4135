package cohere

import "headwater/backend/internal/dialect"

// Watcher makes the observer of one answer that is passed through. No caller
// speaks this dialect, so it need not be cheap: it reads the answer in full.
func (Outbound) Watcher(op dialect.Operation) dialect.Watcher {
	return &watcher{decoder: Outbound{}.Decoder(op)}
}

type watcher struct{ decoder dialect.Decoder }

// Answer checks that the body is an answer of this dialect and finds its usage.
func (w *watcher) Answer(body []byte) (dialect.Sign, error) {
	a, err := w.decoder.Answer(body)
	if err != nil {
		return dialect.Sign{}, err //nolint:wrapcheck // a *Fault is the answer's own error
	}
	return dialect.Sign{Content: true, Usage: a.Usage}, nil
}

// Event looks at one event of a stream.
func (w *watcher) Event(name string, data []byte) (dialect.Sign, error) {
	events, err := w.decoder.Event(nil, name, data)
	var sign dialect.Sign
	for _, ev := range events {
		sign.Content = sign.Content || ev.Content()
		sign.End = sign.End || ev.Kind == dialect.EventEnd
		if ev.Usage != nil {
			sign.Usage = ev.Usage
		}
	}
	return sign, err //nolint:wrapcheck // a *Fault is the answer's own error
}

// Finish reports a stream without its proper end.
func (w *watcher) Finish() error {
	_, err := w.decoder.Finish(nil)
	return err //nolint:wrapcheck // a *Fault is the answer's own error
}

// Rename appends data as it is: Cohere's answers do not name the model.
func (w *watcher) Rename(dst, data []byte, _ string) []byte { return append(dst, data...) }
