package dialect

import (
	"encoding/json"
	"slices"
)

// Request is a chat, embeddings or rerank request in the neutral form. Pointers are
// nil where the caller said nothing.
type Request struct {
	Endpoint Endpoint
	Model    string
	Stream   bool
	// StreamUsage is true when the caller asked for usage inside the stream.
	StreamUsage bool

	Messages []Message
	Tools    []Tool
	Choice   ToolChoice
	// ParallelTools allows several tool calls in one turn.
	ParallelTools *bool

	// MaxTokens bounds the answer; zero means the caller set no bound.
	MaxTokens        int
	Temperature      *float64
	TopP             *float64
	TopK             *int
	Stop             []string
	Seed             *int64
	PresencePenalty  *float64
	FrequencyPenalty *float64
	// Count is how many answers are wanted; zero means one.
	Count int
	// Format is the wanted shape of the answer.
	Format Format
	// Effort is the wanted reasoning effort in OpenAI's words (none, minimal,
	// low, medium, high, xhigh); empty when unsaid.
	Effort string
	// ThinkingTokens bounds the reasoning; zero means the caller set no bound.
	ThinkingTokens int
	// ShowThoughts says whether the reasoning, or a summary of it, is wanted in
	// the answer; nil when unsaid, which means that it is welcome.
	ShowThoughts *bool
	// User names the caller's own user, for the vendor's watch against abuse. It
	// changes no answer: leaving it out is no loss.
	User string

	// Input holds the texts of an embeddings request; Dimensions 0 means the
	// model's own; Encoding is "float" or "base64".
	Input      []string
	Dimensions int
	Encoding   string
	// InputType says what embeddings are for: one of the InputType* constants;
	// empty when unsaid.
	InputType string

	// Rerank is what a rerank request asks; nil for all others.
	Rerank *RerankQuery

	// Kin is what only OpenAI's two dialects have words for.
	Kin Kin

	// Unmapped names fields of the request that the neutral form does not
	// carry; an Outbound adds them to Wire.Dropped.
	Unmapped []string
}

// Kin is what OpenAI's two dialects, chat and Responses, give to each other and
// no other has.
type Kin struct {
	// These are for the vendor's books and caches: the answer is the same without
	// them, so that those who have no words for them name none. Store is nil where
	// the caller said nothing; Metadata is an object of texts, nil for none.
	Store                              *bool
	Metadata                           json.RawMessage
	CacheKey, CacheRetention, SafetyID string
	// These change the answer: a decoder names each in Unmapped as well, and who
	// carries it takes the name out again (Request.Lost). Empty when unsaid.
	ServiceTier, Verbosity string
}

// EffortWord is Effort, or the nearest to ThinkingTokens where only that is said;
// empty where neither is.
func (r *Request) EffortWord() string {
	switch {
	case r.Effort != "" || r.ThinkingTokens == 0:
		return r.Effort
	case r.ThinkingTokens <= 2048:
		return "low"
	case r.ThinkingTokens <= 8192:
		return "medium"
	}
	return "high"
}

// Lost lists what Unmapped names but for what an Outbound carries after all. It
// is the Outbound's own to add to.
func (r *Request) Lost(carried ...string) []string {
	var out []string
	for _, name := range r.Unmapped {
		if !slices.Contains(carried, name) {
			out = append(out, name)
		}
	}
	return out
}

// What embeddings can be for. A word outside this list is the caller's own.
const (
	InputTypeQuery          = "query"
	InputTypeDocument       = "document"
	InputTypeClassification = "classification"
	InputTypeClustering     = "clustering"
	InputTypeSimilarity     = "similarity"
)

// The roles of a message.
const (
	RoleSystem    = "system"
	RoleUser      = "user"
	RoleAssistant = "assistant"
	RoleTool      = "tool"
)

// Message is one turn.
type Message struct {
	Role  string
	Name  string
	Parts []Part
}

// PartKind says what a Part holds.
type PartKind string

// The kinds of part.
const (
	PartText       PartKind = "text"
	PartImage      PartKind = "image"
	PartDocument   PartKind = "document"
	PartAudio      PartKind = "audio"
	PartVideo      PartKind = "video"
	PartReasoning  PartKind = "reasoning"
	PartToolCall   PartKind = "tool_call"
	PartToolResult PartKind = "tool_result"
	PartRefusal    PartKind = "refusal"
)

// Part is one piece of a message.
type Part struct {
	Kind PartKind
	// Text is the text of a text, reasoning, refusal or tool result part.
	Text string
	// Media: either URL or Data (base64) with its MIME type. A reasoning part
	// that its vendor keeps secret has Data, opaque, and no Text.
	URL, Data, MIME, Filename string
	// Detail is OpenAI's image detail; may be empty.
	Detail string
	// Call is set for a tool call; CallID names the call a tool result answers.
	Call   *ToolCall
	CallID string
	// IsError marks a tool result that reports a failure.
	IsError bool
	// Media are the parts of a tool result that are not text.
	Media []Part
	// ID is the vendor's own id of the part; may be empty.
	ID string
	// Signature is a vendor's proof of a reasoning part, a text or a tool call,
	// needed on replay; Signer is whose it and Data are, one of the Signer*
	// constants. To any other vendor both mean nothing and are left out.
	Signature, Signer string
	// Restored marks reasoning that the caller has not sent and Headwater put back
	// (Request.Restore): where it has no use, the caller loses nothing.
	Restored bool
	// Sealed marks reasoning that came back in a form which only a gateway hands
	// out, such as a seal of Headwater's around another vendor's proof: a model made
	// it in this conversation, and the caller has brought nothing from elsewhere.
	Sealed bool
	// Citations are the sources of a text.
	Citations []Citation
	// CacheControl is a mark for prompt caching as the caller wrote it; nil means none.
	CacheControl json.RawMessage
}

// Owed reports whether the caller must be told that an upstream cannot use a
// reasoning. vendor is the one whose proofs the upstream reads, one of the Signer*
// constants; empty means none. Not told is what the caller never sent, and what a
// model of another vendor gave in this conversation: no model but that one could
// have read it, so that a next target may answer in its place.
func (p *Part) Owed(vendor string) bool {
	return !p.Restored && (!p.Sealed || vendor != "" && p.Signer == vendor)
}

// The vendors that sign reasoning.
const (
	SignerAnthropic = "anthropic"
	SignerGemini    = "gemini"
	SignerOpenAI    = "openai"
)

// Citation is a source of a text.
type Citation struct {
	URL, Title string
	// Cited is the passage of the source; may be empty.
	Cited string
	// Start and End bound the citing text in characters; both zero when unknown.
	Start, End int
}

// Tool is a function the model may call.
type Tool struct {
	Name, Description string
	// Schema is the JSON Schema of the arguments; nil means none.
	Schema json.RawMessage
	Strict *bool
	// Custom marks a tool that takes free text (OpenAI's custom tools). To those
	// who know no such thing it is a function with CustomSchema; Grammar is the
	// form that the text must have, as its vendor writes it, nil means any.
	Custom  bool
	Grammar json.RawMessage
	// CacheControl is a mark for prompt caching as the caller wrote it; nil means none.
	CacheControl json.RawMessage
}

// ToolChoice says whether and which tool must be called.
type ToolChoice struct {
	// Mode is "", "auto", "none", "required" or "named"; empty means unsaid.
	Mode string
	Name string
}

// CustomSchema is the Schema of every custom tool: its text is the argument
// named input.
const CustomSchema = `{"type":"object","properties":{"input":{"type":"string"}},"required":["input"],"additionalProperties":false}`

// ToolCall is one call of a tool.
type ToolCall struct {
	ID, Name string
	// Args is JSON text; "{}" when the model gave none. That of a custom tool
	// follows CustomSchema.
	Args string
	// Custom marks the call of a custom tool.
	Custom bool
}

// Format is the wanted shape of an answer.
type Format struct {
	// Kind is "", "text", "json" or "schema".
	Kind string
	Name string
	// Description says what the answer is for; may be empty.
	Description string
	Schema      json.RawMessage
	Strict      *bool
}

// Answer is a whole answer in the neutral form.
type Answer struct {
	ID      string
	Model   string
	Created int64
	Choices []Choice
	Usage   *Usage
	// Embeddings, for that endpoint, in the order of the inputs.
	Embeddings [][]float64
	// Ranked, for a rerank: the best document first.
	Ranked []Ranked
}

// Choice is one alternative of an answer.
type Choice struct {
	Index int
	Parts []Part
	// Finish is one of the Finish* constants.
	Finish string
	// StopSequence is the stop text that ended the answer; may be empty.
	StopSequence string
}

// The reasons an answer can end with, in OpenAI's words.
const (
	FinishStop    = "stop"
	FinishLength  = "length"
	FinishTools   = "tool_calls"
	FinishFilter  = "content_filter"
	FinishUnknown = ""
)

// Usage counts tokens the way OpenAI does: In includes tokens read from a cache
// and written to it, Out includes reasoning tokens. An exchange sees to it that
// this holds, whatever an upstream counts.
type Usage struct {
	In, Out              int64
	CachedIn, CacheWrite int64
	ReasoningOut         int64
	// AudioIn and ImageIn are the tokens of sound and of pictures that were read
	// anew, AudioOut and ImageOut those that were made; where they are counted
	// apart. They are part of In and Out, and no part of the cached or reasoning
	// ones.
	AudioIn, AudioOut int64
	ImageIn, ImageOut int64
	// Seconds is the length of the sound that was heard, where that is counted.
	Seconds float64
	// Estimated is true where the provider told no counts.
	Estimated bool
}

// EventKind says what an Event carries.
type EventKind string

// The kinds of event of a stream, in the order they may come: one start, then
// deltas, then a finish per choice, then one end. Usage may come anywhere
// before the end and more than once: the last report counts.
const (
	EventStart     EventKind = "start"
	EventText      EventKind = "text"
	EventReasoning EventKind = "reasoning"
	EventRefusal   EventKind = "refusal"
	// EventMedia is a whole image or audio that the model made (Media).
	EventMedia EventKind = "media"
	// EventCitation adds a source to the text so far (Citation).
	EventCitation EventKind = "citation"
	// EventToolStart opens a tool call (Tool index, CallID, ToolName);
	// EventToolArgs carries a piece of its arguments.
	EventToolStart EventKind = "tool_start"
	EventToolArgs  EventKind = "tool_args"
	EventFinish    EventKind = "finish"
	EventUsage     EventKind = "usage"
	// EventPing keeps the line alive and carries nothing.
	EventPing EventKind = "ping"
	// EventEnd is the proper end; an Encoder writes its terminator for it.
	EventEnd EventKind = "end"
)

// Event is one step of a streamed answer in the neutral form.
type Event struct {
	Kind EventKind
	// Choice is the index of the alternative.
	Choice int
	// Text is the delta of text, reasoning, refusal or tool arguments.
	Text string
	// Signature of a reasoning part, a text or (for EventToolStart) a tool call,
	// when the vendor sends one. It ends the reasoning part it belongs to.
	Signature string
	// Redacted is a whole reasoning part that its vendor keeps secret, opaque.
	Redacted string
	// Signer is whose Signature and Redacted are.
	Signer string
	// PartID is the vendor's own id of a reasoning part; may be empty.
	PartID   string
	Media    *Part
	Citation *Citation
	// Tool is the index of the tool call inside the choice.
	Tool             int
	CallID, ToolName string
	// Custom marks the start of a call of a custom tool.
	Custom bool
	// Finish is one of the Finish* constants, for EventFinish; StopSequence is
	// the stop text that ended the answer, may be empty.
	Finish, StopSequence string
	// ID and Model, for EventStart.
	ID, Model string
	Created   int64
	Usage     *Usage
}

// Content reports whether the event shows the caller something: the first one
// that does commits the answer.
func (e Event) Content() bool {
	switch e.Kind {
	case EventText, EventReasoning, EventRefusal, EventToolArgs:
		return e.Text != "" || e.Redacted != ""
	case EventToolStart, EventMedia:
		return true
	default:
		return false
	}
}
