package bedrock

import (
	"encoding/json"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

// This file has what stands in for a wanted shape of the answer where a model
// knows no such wish: one tool that it must call, whose arguments are the answer
// (Amazon's user guide for Nova, "Structured outputs"). They reach the caller as
// its text.

// answerTool is the name of that tool. A decoder knows it by its name alone, so
// that it is one that no caller gives to a tool of his own.
const answerTool = "headwater_json_answer"

// answerHint tells the model what the tool is for.
const answerHint = "Gives the answer to the user. Call it once; its input is the whole answer, as JSON."

// answerTool makes the model answer by the tool. That works only where nothing
// else is to be called, no answer was begun, and the tool may be forced.
func (e *encoding) answerTool() {
	schema, ok := answerSchema(e.req.Format)
	if !ok || e.out.Tools != nil || e.prefill || e.model.tireless || !e.model.forces(true) {
		e.drop("response_format")
		return
	}
	e.byTool = true
	e.out.Tools = &toolConfig{
		Tools:  []tool{{Spec: &toolSpec{answerTool, answerText(e.req.Format), jsonSchema{schema}}}},
		Choice: &toolChoice{Tool: &namedTool{answerTool}},
	}
}

// answerText tells the model what the tool, and so the answer, is for.
func answerText(f dialect.Format) string {
	if f.Description == "" {
		return answerHint
	}
	return answerHint + " " + f.Description
}

// answerSchema is the schema of the answer as a tool takes it: of an object, and
// with no alternatives at its top; false for any other.
func answerSchema(f dialect.Format) (json.RawMessage, bool) {
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
	if fields[0].Found && string(fields[0].Raw(f.Schema)) != `"object"` {
		return nil, false
	}
	return objectSchema(f.Schema), true
}

// answerUnthought sees to it that nothing is thought: no model does that is made
// to call a tool.
func (e *encoding) answerUnthought() {
	if e.model.thinksUnasked() {
		e.more("thinking", thinking{Type: "disabled"})
	}
	if e.req.ThinkingTokens > 0 || e.req.Effort != "" && e.req.Effort != "none" {
		e.drop("reasoning_effort")
	}
}

// answers reports whether a call is the answer itself.
func (u *toolUse) answers() bool { return u.Name == answerTool }
