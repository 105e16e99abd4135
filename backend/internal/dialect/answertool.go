package dialect

import (
	"encoding/json"

	"headwater/backend/internal/dialect/peek"
)

// AnswerTool is the name of the tool that stands in for a wanted shape of the
// answer where a model knows no such wish: it must call the tool, and the call's
// arguments reach the caller as the answer's text. A decoder knows it by its name
// alone, so that it is one that no caller gives to a tool of his own.
const AnswerTool = "headwater_json_answer"

// AnswerToolText tells the model what AnswerTool is for, and with it the answer;
// an empty purpose says nothing of the latter.
func AnswerToolText(purpose string) string {
	const hint = "Gives the answer to the user. Call it once; its input is the whole answer, as JSON."
	if purpose == "" {
		return hint
	}
	return hint + " " + purpose
}

// AnswerToolSchema is the schema of the answer as a tool takes it: of an object,
// and with no alternatives at its top; false for any other.
func AnswerToolSchema(f Format) (json.RawMessage, bool) {
	if f.Kind == "json" {
		return json.RawMessage(`{"type":"object","properties":{},"additionalProperties":true}`), true
	}
	fields := [...]peek.Field{{Key: "type"}, {Key: "anyOf"}, {Key: "oneOf"}, {Key: "allOf"}, {Key: "$ref"}}
	if peek.Object(f.Schema, fields[:]) != nil {
		return nil, false
	}
	for _, alternatives := range fields[1:] {
		if alternatives.Found {
			return nil, false
		}
	}
	kind := fields[0]
	if !kind.Found {
		return peek.Apply(nil, f.Schema, peek.Insert(f.Schema, `"type":"object"`)), true
	}
	return f.Schema, string(kind.Raw(f.Schema)) == `"object"`
}
