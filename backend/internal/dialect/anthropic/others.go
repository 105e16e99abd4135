package anthropic

import (
	"encoding/json"
	"strings"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

// This file names what stands in the objects inside a request and is read by
// nobody: a field that is new, or one that Anthropic itself would refuse.

// The fields that are known of the objects inside a request; never written to.
// How a tool's arguments are cut in a stream (eager_input_streaming) changes
// nothing of them.
var (
	messageKeys = []string{"role", "content"}
	toolKeys    = []string{
		"type", "name", "description", "input_schema", "strict", "cache_control", "input_examples", "defer_loading", "allowed_callers",
		"eager_input_streaming",
	}
	choiceKeys   = []string{"type", "name", "disable_parallel_tool_use"}
	thinkingKeys = []string{"type", "budget_tokens", "display"}
	formatKeys   = []string{"type", "schema"}
	sourceKeys   = []string{"type", "media_type", "data", "url", "content"}
	blockKeys    = map[string][]string{
		"text":              {"type", "text", "citations", "cache_control"},
		"image":             {"type", "source", "cache_control"},
		"document":          {"type", "source", "title", "context", "citations", "cache_control"},
		"search_result":     {"type", "source", "title", "content", "citations", "cache_control"},
		"tool_result":       {"type", "tool_use_id", "content", "is_error", "cache_control"},
		"tool_use":          {"type", "id", "name", "input", "cache_control", "caller"},
		"thinking":          {"type", "thinking", "signature", "cache_control"},
		"redacted_thinking": {"type", "data", "cache_control"},
	}
)

// others names the fields of an object that are none of the known and say
// something.
func (d *reader) others(under string, raw json.RawMessage, known []string) {
	if d.req.Crowded() {
		return
	}
	for key, value := range dialect.Strangers(raw, known) {
		if d.req.Crowded() {
			return
		}
		d.dropUnlessVoid(under+"."+key, value)
	}
}

// blockOthers names what a block has that is not read. Blocks of server tools
// are lost as a whole, and named so.
func (d *reader) blockOthers(at string, raw json.RawMessage, b *inBlock) {
	known := blockKeys[b.Type]
	if known == nil {
		return
	}
	under := "messages[].content[]"
	if strings.HasPrefix(at, "system[") {
		under = "system[]"
	}
	d.others(under, raw, known)
	if isSet(b.Caller) && !isDirect(b.Caller) {
		d.drop(under + ".caller")
	}
	if len(b.Source) > 0 && b.Source[0] == '{' {
		d.others(under+".source", b.Source, sourceKeys)
	}
}

// isDirect reports whether the model itself made a call.
func isDirect(caller json.RawMessage) bool {
	kind := [...]peek.Field{{Key: "type"}}
	return peek.Object(caller, kind[:]) == nil && string(kind[0].Raw(caller)) == `"direct"`
}
