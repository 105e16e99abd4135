package certify

import "headwater/backend/internal/dialect"

// listener stands where a caller's dialect stands in the gateway, so that answers
// go the very way of calls. It speaks no language: it keeps what it is told. Only
// the two methods below are ever asked.
type listener struct {
	dialect.Inbound
	heard *heard
}

// heard is an answer as it came out of the neutral form; one of the two is set.
type heard struct {
	answer *dialect.Answer
	events []dialect.Event
}

// maxEvents bounds what is kept of one stream.
const maxEvents = 20_000

// Name implements dialect.Inbound; no upstream speaks it, so that every answer is
// translated.
func (listener) Name() string { return "certify" }

// Encoder implements dialect.Inbound.
func (l listener) Encoder(dialect.EncodeOptions) dialect.Encoder { return l.heard }

// Event implements dialect.Encoder.
func (h *heard) Event(dst []byte, ev dialect.Event) []byte {
	if len(h.events) < maxEvents {
		h.events = append(h.events, ev)
	}
	return dst
}

// Answer implements dialect.Encoder.
func (h *heard) Answer(dst []byte, a *dialect.Answer) ([]byte, error) {
	h.answer = a
	return dst, nil
}

// whole is the answer, gathered from its events where it was streamed.
func (h *heard) whole() *dialect.Answer {
	if h.answer != nil {
		return h.answer
	}
	var g dialect.Gatherer
	g.Add(h.events...)
	return g.Answer()
}
