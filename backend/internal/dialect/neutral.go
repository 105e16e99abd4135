package dialect

import "encoding/json"

// Request is a chat or embeddings request in the neutral form. Pointers are
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
	// Effort is the wanted reasoning effort in OpenAI's words; empty when unsaid.
	Effort string
	// ThinkingTokens bounds the reasoning; zero means the caller set no bound.
	ThinkingTokens int
	User           string

	// Input holds the texts of an embeddings request; Dimensions 0 means the
	// model's own; Encoding is "float" or "base64".
	Input      []string
	Dimensions int
	Encoding   string

	// Unmapped names fields of the request that the neutral form does not
	// carry; an Outbound adds them to Wire.Dropped.
	Unmapped []string
}

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
	// Signature is a vendor's proof of a reasoning part, needed on replay.
	Signature string
	// CacheControl is a mark for prompt caching as the caller wrote it; nil means none.
	CacheControl json.RawMessage
}

// Tool is a function the model may call.
type Tool struct {
	Name, Description string
	// Schema is the JSON Schema of the arguments; nil means none.
	Schema json.RawMessage
	Strict *bool
	// CacheControl is a mark for prompt caching as the caller wrote it; nil means none.
	CacheControl json.RawMessage
}

// ToolChoice says whether and which tool must be called.
type ToolChoice struct {
	// Mode is "", "auto", "none", "required" or "named"; empty means unsaid.
	Mode string
	Name string
}

// ToolCall is one call of a tool.
type ToolCall struct {
	ID, Name string
	// Args is JSON text; "{}" when the model gave none.
	Args string
}

// Format is the wanted shape of an answer.
type Format struct {
	// Kind is "", "text", "json" or "schema".
	Kind   string
	Name   string
	Schema json.RawMessage
	Strict *bool
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

// Usage counts tokens the way OpenAI does: In includes cached tokens, Out
// includes reasoning tokens.
type Usage struct {
	In, Out              int64
	CachedIn, CacheWrite int64
	ReasoningOut         int64
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
	// Signature of a reasoning part, when the vendor sends one.
	Signature string
	// Redacted is a whole reasoning part that its vendor keeps secret, opaque.
	Redacted string
	// Tool is the index of the tool call inside the choice.
	Tool             int
	CallID, ToolName string
	// Finish is one of the Finish* constants, for EventFinish.
	Finish string
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
	case EventToolStart:
		return true
	default:
		return false
	}
}
