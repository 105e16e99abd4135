// Package dialect is the neutral form between the languages that callers and
// upstreams speak, and the contract each language fulfils.
//
// Each dialect is one subpackage that fills in an Inbound (as callers speak
// it), an Outbound (as upstreams speak it) or both; no dialect knows another.
// When a caller and an upstream speak the same dialect nothing goes through
// the neutral form: the bytes pass with surgical edits. The package does no
// I/O, keeps no state between calls and never sees a credential.
//
// Its one invariant: bytes may arrive cut at any place and give the same
// result as bytes that arrive whole.
package dialect

import (
	"bytes"

	"headwater/backend/hw"
)

// Endpoint is an operation of a dialect, by its neutral name.
type Endpoint string

// The endpoints the gateway serves.
const (
	EndpointChat       Endpoint = "chat"
	EndpointEmbeddings Endpoint = "embeddings"
	EndpointModels     Endpoint = "models"
)

// Header is a set of header fields with canonical names. It has the shape of
// net/http's, so that the edges convert without copying.
type Header = map[string][]string

// Peek is what the gateway must know of a request before it decodes anything.
type Peek struct {
	// Model is the model as the caller wrote it, never empty.
	Model  string
	Stream bool
	// StreamUsage is true when the caller asked for usage inside the stream, or
	// speaks a dialect that always has it there.
	StreamUsage bool
}

// Inbound is one dialect as callers speak it. Implementations hold no state.
type Inbound interface {
	// Name is the dialect's stable name: "openai", "anthropic".
	Name() string
	// Peek reads model and stream from a body and refuses what is not one JSON
	// object or names a field of interest twice. Errors are *hw.Error.
	Peek(endpoint Endpoint, body []byte) (Peek, error)
	// Decode reads the whole request into the neutral form. Called only when
	// the chosen target speaks another dialect. Errors are *hw.Error with the
	// path of the offending field.
	Decode(endpoint Endpoint, body []byte) (*Request, error)
	// Encoder makes the writer of one answer, plain or streamed.
	Encoder(opts EncodeOptions) Encoder
	// Error renders an error as this dialect's body (content type
	// application/json). requestID is shown to the caller.
	Error(err *hw.Error, requestID string) []byte
	// StreamError renders an error as the bytes that end a stream which has
	// begun: in-band, in this dialect, never a clean end.
	StreamError(err *hw.Error, requestID string) []byte
	// Models renders a model list.
	Models(models []Model) []byte
	// Model renders one model.
	Model(model Model) []byte
}

// Model is one row of a model list.
type Model struct {
	ID string
	// Created is Unix seconds; zero when unknown.
	Created int64
	OwnedBy string
}

// EncodeOptions tell an Encoder what the caller asked for.
type EncodeOptions struct {
	Endpoint Endpoint
	Stream   bool
	// Model is the name the caller used; it is restored in the answer.
	Model string
	// StreamUsage is Peek.StreamUsage: when false, usage that only Headwater
	// asked for is kept from the caller.
	StreamUsage bool
	// RequestID becomes the answer's id where the upstream gave none.
	RequestID string
	// Request is the decoded request; nil on the pass-through road.
	Request *Request
}

// Encoder writes one answer in the caller's dialect. Not safe for concurrent use.
type Encoder interface {
	// Event appends the bytes of one neutral event of a stream to dst.
	Event(dst []byte, ev Event) []byte
	// Answer appends a whole answer to dst.
	Answer(dst []byte, a *Answer) ([]byte, error)
}

// Outbound is one dialect as upstreams speak it. Implementations hold no state.
type Outbound interface {
	// Name is the dialect's stable name; equal to an Inbound's Name where both
	// speak the same language.
	Name() string
	// Serves reports whether this dialect has the endpoint at all.
	Serves(endpoint Endpoint) bool
	// Encode renders a neutral request. What the dialect cannot express is
	// named in Wire.Dropped, or refused with an *hw.Error when nothing useful
	// would be left.
	Encode(req *Request, model string) (Wire, error)
	// Adapt makes a request from the body of a caller who speaks this very
	// dialect: the model is replaced, what the upstream needs is added, the
	// rest stays byte for byte. For EndpointModels the body is nil and stays so.
	Adapt(endpoint Endpoint, body []byte, model string, stream bool) (Wire, error)
	// Decoder makes the reader of one answer, to the neutral form.
	Decoder(endpoint Endpoint) Decoder
	// Watcher makes the observer of one answer that is passed through.
	Watcher(endpoint Endpoint) Watcher
	// ReadError reads the body of an answer with a status of 400 or more.
	ReadError(status int, header Header, body []byte) ErrorDetail
}

// ModelLister is implemented by an Outbound whose upstreams list their models.
type ModelLister interface {
	// ReadModels reads the answer to the request that Adapt makes for
	// EndpointModels; errors as Decoder.Answer.
	ReadModels(body []byte) ([]Model, error)
}

// Wire is a request ready for the transport; the credential is added there.
type Wire struct {
	// Path is appended to the upstream's base URL, e.g. "/chat/completions".
	Path   string
	Header Header
	Body   []byte
	// Dropped names what the dialect could not express, e.g. "logit_bias".
	Dropped []string
}

// Decoder reads one upstream answer into the neutral form. Not safe for
// concurrent use.
type Decoder interface {
	// Answer reads a whole answer. An error hidden inside a success status is
	// returned as *Fault; a body that is not this dialect as *Fault with
	// Malformed set.
	Answer(body []byte) (*Answer, error)
	// Event reads one server-sent event (its event name and joined data) and
	// appends what it means to dst. An in-band error is returned as *Fault.
	Event(dst []Event, name string, data []byte) ([]Event, error)
	// Finish is called at the end of a stream. It returns a *Fault with
	// Truncated set when the dialect's proper end was never seen.
	Finish(dst []Event) ([]Event, error)
}

// Watcher observes an answer on the pass-through road. Not safe for
// concurrent use.
type Watcher interface {
	// Answer looks at a whole answer and returns its sign; errors as Decoder.Answer.
	Answer(body []byte) (Sign, error)
	// Event looks at one server-sent event; errors as Decoder.Event.
	Event(name string, data []byte) (Sign, error)
	// Finish is called at the end of a stream; errors as Decoder.Finish.
	Finish() error
	// Rename appends data to dst with the answer's model replaced, every other
	// byte as it was.
	Rename(dst, data []byte, model string) []byte
}

// Sign is what one piece of a passed-through answer showed.
type Sign struct {
	// Content is true when the piece carries text, a tool call or reasoning:
	// the first such piece commits the answer. Later ones need not show it.
	Content bool
	// Usage is set when the piece reports it; of several reports the last counts.
	Usage *Usage
	// UsageOnly is true for an event of a stream that carries nothing but usage,
	// which is there only when somebody asked for it.
	UsageOnly bool
	// End is true when the piece carries the stream's end marker.
	End bool
}

// Fault is an upstream's failure found inside an answer.
type Fault struct { //nolint:errname // a Fault is what was found, and only sometimes returned
	Detail ErrorDetail
	// Malformed is true when the bytes are not the dialect's.
	Malformed bool
	// Truncated is true when the stream ended without its proper end.
	Truncated bool
}

// Error implements error; for the log only.
func (f *Fault) Error() string {
	switch {
	case f.Truncated:
		return "stream ended without its proper end"
	case f.Malformed:
		return "malformed answer: " + f.Detail.Message
	}
	return "error inside the answer: " + f.Detail.Type + " " + f.Detail.Code + " " + f.Detail.Message
}

// ErrorDetail is an upstream's error as far as its dialect tells.
type ErrorDetail struct {
	// Status is the HTTP status, or the one the dialect's error type stands
	// for when the error came inside a success; 0 when unknown.
	Status int
	// Type, Code, Param and Message are the upstream's own words; any may be empty.
	Type, Code, Param, Message string
	// Reason is the dialect's reading of them.
	Reason Reason
	// Wait is how long to wait as a structured detail says it, e.g. "34s"; may
	// be empty. See RetryDelay.
	Wait string
}

// RetryDelay finds the wait in an error body that carries a google.rpc.RetryInfo:
// its retryDelay, such as "34.07s". Source: google/rpc/error_details.proto.
func RetryDelay(body []byte) string {
	const most = 64
	_, rest, ok := bytes.Cut(body[:min(len(body), 16<<10)], []byte(`"retryDelay"`))
	if !ok {
		return ""
	}
	rest, ok = bytes.CutPrefix(bytes.TrimLeft(rest, ": \t\r\n"), []byte(`"`))
	end := bytes.IndexByte(rest[:min(len(rest), most)], '"')
	if !ok || end < 0 {
		return ""
	}
	return string(rest[:end])
}

// Reason is what an upstream's error is about, where its dialect can tell.
type Reason string

// The reasons a dialect can recognise.
const (
	ReasonUnknown       Reason = ""
	ReasonRate          Reason = "rate"
	ReasonQuota         Reason = "quota"
	ReasonAuth          Reason = "auth"
	ReasonNoModel       Reason = "no_model"
	ReasonContextLength Reason = "context_overflow"
	ReasonContentPolicy Reason = "content_policy"
	ReasonOverloaded    Reason = "overloaded"
	ReasonLoading       Reason = "loading"
	ReasonBadRequest    Reason = "bad_request"
)
