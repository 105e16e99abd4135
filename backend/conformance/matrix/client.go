package matrix

import "context"

// Client is one surface of one SDK, a row of the matrix.
type Client struct {
	Name string
	// Module is the SDK's path in go.mod.
	Module string
	// Finish is the SDK's word for an answer that ended by itself.
	Finish string
	// Lacks says, by feature, why the SDK has no such thing.
	Lacks map[string]string
	// NoIDs is true where the protocol's tool calls are told apart by name.
	NoIDs bool
	// Connect configures the SDK as an application does.
	Connect func(root, key string) (Caller, error)
}

// Caller is a configured client. Every operation is one call of the SDK, Tools
// two; what fails is returned as the SDK raised it.
type Caller interface {
	Chat(ctx context.Context, model string) (Answer, error)
	// Stream calls seen after every piece of text.
	Stream(ctx context.Context, model string, seen func()) (Answer, error)
	// Again asks, hands the answer back as the SDK keeps it, asks once more and
	// returns the second text.
	Again(ctx context.Context, model string) (string, error)
	// Tools streams an answer with tool calls, then sends the tools' results
	// to the model next and returns its text.
	Tools(ctx context.Context, model, next string) ([]Call, string, error)
	Schema(ctx context.Context, model string) (string, error)
	Vision(ctx context.Context, model string) (string, error)
	Embed(ctx context.Context, model string, texts []string) ([][]float64, error)
	Models(ctx context.Context) ([]string, error)
	// Kind reads the SDK's typed error.
	Kind(err error) string
}

// Answer is what a client holds after a chat.
type Answer struct {
	Text, Model, Finish string
	In, Out             int64
}

// Call is a tool call with its arguments as JSON.
type Call struct{ ID, Name, Args string }

// The kinds of errors.
const (
	kindRate    = "rate limit"
	kindAuth    = "unauthorised"
	kindMissing = "not found"
	kindServer  = "server error"
	kindOther   = "untyped"
)

// kindOf reads a status, for SDKs with one error type for all.
func kindOf(status int) string {
	switch {
	case status == 429:
		return kindRate
	case status == 401:
		return kindAuth
	case status == 404:
		return kindMissing
	case status >= 500:
		return kindServer
	}
	return kindOther
}

// Clients are the rows of the matrix that are written in Go.
func Clients() []Client {
	return []Client{openAIChat(), openAIResponses(), anthropicMessages(), googleGenAI()}
}

// What the clients ask, the same for all.
const (
	system   = "Be brief."
	question = "Say eight words."
	result   = "18 degrees, sunny"
)

// toolNames are the tools that are offered, each with one argument.
func toolNames() []string { return []string{"weather", "forecast"} }

// toolSchema is the schema of a tool's arguments.
func toolSchema() map[string]any {
	return map[string]any{
		"type": "object", "properties": map[string]any{"city": map[string]any{"type": "string"}}, "required": []string{"city"},
	}
}

// answerSchema is the schema of an answer.
func answerSchema() map[string]any {
	return map[string]any{
		"type": "object",
		"properties": map[string]any{
			"name": map[string]any{"type": "string"},
			"age":  map[string]any{"type": "integer"},
			"tags": map[string]any{"type": "array", "items": map[string]any{"type": "string"}},
		},
		"required":             []string{"name", "age", "tags"},
		"additionalProperties": false,
	}
}
