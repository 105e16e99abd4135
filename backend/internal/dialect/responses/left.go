package responses

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"headwater/backend/internal/dialect/peek"
)

// The fields of the objects inside a request that are read, or that say nothing
// to a model: ids and states of items, the stage of an answer that was given,
// the chances of its tokens, what an SDK has read in it. All others are named.
var (
	itemFields = []string{
		"type", "role", "content", "id", "status", "call_id", "name", "arguments", "output", "summary",
		"encrypted_content", "input", "phase", "end_turn", "created_by", "parsed_arguments",
	}
	partFields = []string{
		"type", "text", "annotations", "logprobs", "image_url", "detail", "file_id", "file_data", "file_url", "filename",
		"refusal", "input_audio", "parsed",
	}
	audioFields     = []string{"data", "format"}
	toolFields      = []string{"type", "name", "description", "parameters", "strict", "format"}
	choiceFields    = []string{"type", "name", "mode", "tools"}
	textFields      = []string{"format", "verbosity"}
	formatFields    = []string{"type", "name", "schema", "strict", "description"}
	reasoningFields = []string{"effort", "summary", "generate_summary", "context"}
)

// left names the fields of an object that are none of the known ones and that
// say something, under the path of all objects of its kind. In nearly all
// objects there are none, which one walk tells.
func (d *reader) left(at string, raw json.RawMessage, known []string) {
	if d.req.Crowded() {
		return
	}
	s := peek.NewScan(raw)
	m := s.Object(known)
	clean := true
	for key, ok := m.Next(); ok; key, ok = m.Next() {
		if value := s.Raw(); key == "" && !isVoid(value) {
			clean = false
		}
	}
	var fields map[string]json.RawMessage
	if clean && s.Done() || json.Unmarshal(raw, &fields) != nil {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		read := func(field string) bool { return strings.EqualFold(field, name) } // as encoding/json does
		if !isVoid(fields[name]) && !slices.ContainsFunc(known, read) {
			d.stranger(at + "." + name)
		}
	}
}
