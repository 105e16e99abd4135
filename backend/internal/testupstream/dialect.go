package testupstream

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// vendor is what all answers of one protocol have in common.
type vendor interface {
	// head sets the header fields that every answer has.
	head(h http.Header, left allowance)
	// failure renders an error. A status of 0 means the vendor's own for it.
	failure(e vendorError, status int) reply
	// fatal is an error as the end of a stream of which sent events went out.
	fatal(e vendorError, sent int) []frame
	// framing is how the vendor cuts a stream into events.
	framing() framing
}

// chat is one request for an answer of the model.
type chat interface {
	// read takes the request in and says what the vendor would find wrong with
	// it; empty when nothing.
	read() string
	whole() []byte
	frames() []frame
}

// reply is a whole answer that is not the model's.
type reply struct {
	status      int
	contentType string // empty means application/json
	body        []byte
}

// allowance is what the rate limit headers tell.
type allowance struct {
	remaining, reset string
	wait             time.Duration
}

// asked is what the fake understands of a request, whatever its protocol.
type asked struct {
	stream bool
	// limits are the caller's limits of tokens; nil ones are none.
	limits []*int
	tools  []tool
	// schema is the JSON schema the answer must have; empty when none was asked for.
	schema json.RawMessage
	// parts are what tokens are counted in and images are looked for in.
	parts []json.RawMessage
	// isImage reports whether an object is an image part; images are counted
	// with "vision" only, as decoding large requests once more costs time.
	isImage func(map[string]any) int
}

// tool is a function the model may call.
type tool struct {
	name   string
	schema json.RawMessage
}

// tokensIn counts a request as a quarter of its bytes of messages: any rule
// does, as long as it is always the same.
func (a asked) tokensIn() int {
	size := 0
	for _, part := range a.parts {
		size += len(part)
	}
	return 1 + size/4
}

func (a asked) images() int {
	n := 0
	for _, part := range a.parts {
		walk(part, func(_ string, v any) {
			if m, ok := v.(map[string]any); ok && a.isImage != nil {
				n += a.isImage(m)
			}
		})
	}
	return n
}

// ofType counts objects with one of these words as "type" as images.
func ofType(kinds ...string) func(map[string]any) int {
	return func(m map[string]any) int {
		for _, kind := range kinds {
			if m["type"] == kind {
				return 1
			}
		}
		return 0
	}
}

// wordsIn counts the words of all texts of a request: what counting endpoints say.
func wordsIn(parts ...json.RawMessage) int {
	n := 0
	for _, part := range parts {
		walk(part, func(key string, v any) {
			if text, ok := v.(string); ok && (key == "" || key == "text" || key == "content") {
				n += len(strings.Fields(text))
			}
		})
	}
	return n
}

// walk visits every value of a JSON text, each with the key it stands under;
// the members of a list stand under the key of the list.
func walk(raw json.RawMessage, visit func(key string, v any)) {
	var v any
	if json.Unmarshal(raw, &v) != nil {
		return
	}
	var step func(key string, v any)
	step = func(key string, v any) {
		visit(key, v)
		switch v := v.(type) {
		case map[string]any:
			for k, member := range v {
				step(k, member)
			}
		case []any:
			for _, member := range v {
				step(key, member)
			}
		}
	}
	step("", v)
}

// blank reports whether a JSON member is absent or null.
func blank(raw json.RawMessage) bool { return len(raw) == 0 || string(raw) == "null" }
