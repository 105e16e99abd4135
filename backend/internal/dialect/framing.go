package dialect

import (
	"strings"

	"headwater/backend/internal/dialect/sse"
)

// Framing is how a streamed answer is cut into events.
type Framing string

// The framings.
const (
	// FramingNone is a whole answer, not a stream.
	FramingNone Framing = ""
	// FramingSSE is the event stream of the WHATWG HTML standard.
	FramingSSE Framing = "sse"
	// FramingLines has one JSON object per line, as Ollama streams.
	FramingLines Framing = "lines"
	// FramingAWS is Amazon's binary event stream, as Bedrock streams.
	FramingAWS Framing = "aws"
)

// FramingOf reads the framing from the content type of an answer.
func FramingOf(contentType string) Framing {
	kind, _, _ := strings.Cut(contentType, ";")
	switch strings.ToLower(strings.TrimSpace(kind)) {
	case "text/event-stream":
		return FramingSSE
	case "application/x-ndjson", "application/jsonl", "application/ndjson":
		return FramingLines
	case "application/vnd.amazon.eventstream":
		return FramingAWS
	}
	return FramingNone
}

// Splitter cuts a stream into events, however its bytes were cut; the contract
// of its methods is that of sse.Splitter.
type Splitter interface {
	Write(piece []byte)
	Next() (sse.Event, bool)
	Close() (sse.Event, bool)
	Err() error
}

// NewSplitter makes the splitter of a framing; that of FramingNone is FramingSSE's.
func NewSplitter(f Framing) Splitter {
	switch f {
	case FramingLines:
		return &sse.Lines{}
	case FramingAWS:
		return &sse.AWS{}
	case FramingNone, FramingSSE:
	}
	return &sse.Splitter{}
}

// Framer is implemented by an Outbound whose streams come wrapped in another
// framing than its dialect's own.
type Framer interface {
	// Splitter makes the splitter that unwraps them: what it gives as Raw is in the
	// dialect's own framing.
	Splitter(f Framing) Splitter
}

// splitterOf makes the splitter for the answers of an upstream.
func splitterOf(out Outbound, f Framing) Splitter {
	if own, ok := out.(Framer); ok {
		return own.Splitter(f)
	}
	return NewSplitter(f)
}
