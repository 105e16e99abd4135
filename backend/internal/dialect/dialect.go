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
	// EndpointModels lists the models that may be asked, or shows one of them.
	EndpointModels Endpoint = "models"
	// EndpointCount counts the tokens of a chat without asking the model.
	EndpointCount Endpoint = "count"
	// EndpointCompletions is OpenAI's completion of a bare text.
	EndpointCompletions Endpoint = "completions"
	// EndpointStored is about an answer that is kept: show, delete, cancel.
	EndpointStored Endpoint = "stored"
	// EndpointAbout is what a dialect tells of the server itself, such as
	// Ollama's version.
	EndpointAbout Endpoint = "about"
)

// The endpoints that only one dialect has, so that most of them pass through or
// are refused. Source: OpenAI's API reference, 2026.
const (
	EndpointModerations     Endpoint = "moderations"
	EndpointImages          Endpoint = "images"
	EndpointImageEdits      Endpoint = "image_edits"
	EndpointImageVariations Endpoint = "image_variations"
	EndpointSpeech          Endpoint = "speech"
	EndpointTranscriptions  Endpoint = "transcriptions"
	EndpointTranslations    Endpoint = "translations"
	// EndpointRerank sorts documents by how well they answer a query.
	EndpointRerank Endpoint = "rerank"
)

// Media reports whether an endpoint is about pictures or sound. Its answers only
// pass through, as the upstream gives them: JSON, text, sound or events,
// whatever was asked for.
func (e Endpoint) Media() bool {
	switch e {
	case EndpointImages, EndpointImageEdits, EndpointImageVariations, EndpointSpeech, EndpointTranscriptions, EndpointTranslations:
		return true
	default:
		return false
	}
}

// Generates reports whether a model writes the answer of an endpoint: then what
// it says has tokens.
func (e Endpoint) Generates() bool { return e == EndpointChat || e == EndpointCompletions }

// Ask is the head of a request, as far as a dialect knows its own by it.
type Ask struct {
	Method, Path string
	// Query is the raw query without its question mark; may be empty.
	Query  string
	Header Header
}

// Operation is what a request asks for, as its head tells.
type Operation struct {
	// Endpoint is empty where the path lies on the dialect's ground but nothing
	// is at it.
	Endpoint Endpoint
	// Allow lists the HTTP methods of the path, e.g. "GET, DELETE".
	Allow string
	// Name tells apart the operations of one dialect that share an endpoint,
	// e.g. "generate" beside Ollama's chat; may be empty.
	Name string
	// Model is the model where the path names it; may be empty.
	Model string
	// ID is the kept object where the path names one; may be empty. Query is the
	// raw query beside it.
	ID, Query string
	// Stream is true where the path asks for a stream.
	Stream bool
	// List is true for a stream that is wanted as the elements of one JSON list
	// (Gemini's streamGenerateContent without alt=sse).
	List bool
	// Form is the content type of a body that is a multipart form, with its
	// boundary; empty for all others.
	Form string
	// Header holds the fields of the request that belong to the dialect and go
	// on to an upstream that speaks it, such as Anthropic-Beta; nil means none.
	Header Header
}

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
	// Match finds the operation of a request; false when the path is another
	// dialect's. The method is not judged: Operation.Allow says what fits.
	Match(ask Ask) (Operation, bool)
	// Peek reads model and stream from a body and refuses what is not one JSON
	// object or names a field of interest twice. Errors are *hw.Error.
	Peek(op Operation, body []byte) (Peek, error)
	// Decode reads the whole request into the neutral form. Called only when
	// the chosen target speaks another dialect. Errors are *hw.Error with the
	// path of the offending field.
	Decode(op Operation, body []byte) (*Request, error)
	// StreamType is the content type of a stream.
	StreamType(op Operation) string
	// Encoder makes the writer of one answer, plain or streamed.
	Encoder(opts EncodeOptions) Encoder
	// Error renders an error as this dialect's body (content type
	// application/json). requestID is shown to the caller.
	Error(err *hw.Error, requestID string) []byte
	// StreamError renders an error as the bytes that end a stream which has
	// begun: in-band, in this dialect, never a clean end.
	StreamError(op Operation, err *hw.Error, requestID string) []byte
	// Models answers EndpointModels, and EndpointAbout where it has no model in
	// it, from the models the caller may ask.
	Models(op Operation, models []Model) []byte
	// Model answers EndpointModels for one model.
	Model(op Operation, model Model) []byte
}

// Threaded is implemented by an Inbound whose callers may continue an earlier
// answer by its id. The items of a conversation are JSON lists in the dialect's
// own form.
type Threaded interface {
	// Thread reads which answer a request continues, empty for none, and whether
	// its own answer is to be kept.
	Thread(body []byte) (previous string, keep bool, err error)
	// Join puts the earlier items in front of the request's own; the result
	// stands alone.
	Join(body, history []byte) ([]byte, error)
	// History lists what a later request continues: the items of a request that
	// stands alone and, unless it is nil, of the answer to it.
	History(joined, answer []byte) ([]byte, error)
	// StoredAnswer finds the whole answer in the last events of a stream.
	StoredAnswer(stream []byte) ([]byte, bool)
	// References lists the ids of single items that a request names instead of
	// sending them; Resolve puts the items in their place, as far as they are found.
	References(body []byte) []string
	Resolve(body []byte, find func(id string) ([]byte, bool)) []byte
	// Items gives the items of an answer by id, and AnswerOf the answer that an
	// item belongs to where its id tells; else it is empty.
	Items(answer []byte) map[string][]byte
	AnswerOf(item string) string
	// Forgotten reports whether an upstream's refusal says that it does not know
	// what a request continues.
	Forgotten(d ErrorDetail) bool
	// Delete is the operation that deletes a kept answer.
	Delete(id string) Operation
	// Stored answers EndpointStored from the answer and the items before it.
	Stored(op Operation, answer, input []byte) ([]byte, error)
}

// Counter is implemented by an Inbound whose dialect has EndpointCount.
type Counter interface {
	// Count renders how many tokens a chat has.
	Count(tokens int64) []byte
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
	Op     Operation
	Stream bool
	// Model is the name the caller used; it is restored in the answer.
	Model string
	// StreamUsage is Peek.StreamUsage: when false, usage that only Headwater
	// asked for is kept from the caller.
	StreamUsage bool
	// RequestID becomes the answer's id where the upstream gave none.
	RequestID string
	// Request is the decoded request; nil on the pass-through road.
	Request *Request
	// Body is the request as the caller sent it; may be nil. An Encoder only
	// reads what its dialect repeats in an answer.
	Body []byte
	// Dropped is Wire.Dropped of the request that is answered: an Encoder does not
	// repeat what the upstream was not told.
	Dropped []string
	// Framing is how the upstream cuts its stream into events; empty means
	// FramingSSE.
	Framing Framing
	// Type is the content type of the upstream's answer; may be empty.
	Type string
	// Keep is told the proof of each tool call of an answer that is translated;
	// may be nil. See Request.Restore.
	Keep func(callID string, p Proof)
	// Estimate gives the usage of an answer whose upstream told none, for
	// callers whose dialect has it in every answer; nil means that they get none.
	// What passes through is never given one.
	Estimate func(said Said) *Usage
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
	Encode(req *Request, to Target) (Wire, error)
	// Adapt makes a request from the body of a caller who speaks this very
	// dialect: the model is replaced, what the upstream needs is added, the
	// rest stays byte for byte. For EndpointModels the body is nil and stays so.
	Adapt(op Operation, body []byte, to Target, stream bool) (Wire, error)
	// Decoder makes the reader of one answer, to the neutral form. op is the
	// caller's only where the caller speaks this dialect; else it has nothing
	// but the endpoint.
	Decoder(op Operation) Decoder
	// Watcher makes the observer of one answer that is passed through.
	Watcher(op Operation) Watcher
	// ReadError reads the body of an answer with a status of 400 or more.
	ReadError(status int, header Header, body []byte) ErrorDetail
}

// Target is what an Outbound knows of where a request goes.
type Target struct {
	// Provider is the catalogue's id of the upstream's preset, for a dialect that
	// some vendors speak with words of their own; empty when unknown.
	Provider string
	// Model is the model's name at the upstream.
	Model string
	// MaxOutput is the most tokens that the model gives in one answer; zero
	// when unknown.
	MaxOutput int
	// OneByOne is true where whoever sends the request can send several for one
	// call; see Wire.More.
	OneByOne bool
}

// ModelBound is implemented by an Outbound that is spoken for some of an
// upstream's models only, where the upstream speaks another dialect for all.
type ModelBound interface {
	// Fits reports whether a model, by its name at the upstream, is one of them.
	Fits(model string) bool
}

// ModelLister is implemented by an Outbound whose upstreams list their models.
type ModelLister interface {
	// ReadModels reads the answer to the request that Adapt makes for
	// EndpointModels; errors as Decoder.Answer.
	ReadModels(body []byte) ([]Model, error)
}

// Wire is a request ready for the transport; the credential is added there.
type Wire struct {
	// Path is appended to the upstream's base URL, e.g. "/chat/completions";
	// it may end in a query.
	Path   string
	Header Header
	Body   []byte
	// Dropped names what the dialect could not express, e.g. "logit_bias".
	Dropped []string
	// More holds the bodies of further requests to the same path, for a model that
	// takes one text at a time; nil for all others. Each answer is for itself, and
	// Exchange.Part puts them together.
	More [][]byte
}

// Decoder reads one upstream answer into the neutral form. Not safe for
// concurrent use.
type Decoder interface {
	// Answer reads a whole answer. An error hidden inside a success status is
	// returned as *Fault; a body that is not this dialect as *Fault with
	// Malformed set.
	Answer(body []byte) (*Answer, error)
	// Event reads one event of the stream (its name, empty where the framing
	// has none, and its data) and appends what it means to dst. An in-band error is returned as *Fault.
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
	// Event looks at one event of the stream; errors as Decoder.Event.
	Event(name string, data []byte) (Sign, error)
	// Finish is called at the end of a stream; errors as Decoder.Finish.
	Finish() error
	// Rename appends data to dst with the answer's model replaced, every other
	// byte as it was.
	Rename(dst, data []byte, model string) []byte
}

// TypeWatcher is implemented by a Watcher whose answers are not always JSON.
type TypeWatcher interface {
	// Type is told the content type of the answer, before anything else.
	Type(contentType string)
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
