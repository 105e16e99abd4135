package bedrock

import (
	"bytes"
	"encoding/json"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

// This file has what stands in for a wanted shape of the answer where a model
// knows no such wish: one tool that it must call, whose arguments are the answer
// (Amazon's user guide for Nova, "Structured outputs"). They reach the caller as
// its text.

// answerTool makes the model answer by the tool. That works only where nothing
// else is to be called, no answer was begun, and the tool may be forced.
func (e *encoding) answerTool() {
	schema, lost, ok := e.answerSchema()
	if !ok || e.out.Tools != nil || e.prefill || e.model.tireless || !e.model.forces(true) {
		e.drop("response_format")
		return
	}
	for _, keyword := range lost {
		e.drop("response_format (" + keyword + ")")
	}
	e.byTool = true
	e.out.Tools = &toolConfig{
		Tools:  []tool{{Spec: &toolSpec{dialect.AnswerTool, e.answerText(), jsonSchema{schema}}}},
		Choice: &toolChoice{Tool: &namedTool{dialect.AnswerTool}},
	}
}

// answerText tells the model what the tool, and so the answer, is for. Nova is
// told here, too, what its schema may not say.
func (e *encoding) answerText() string {
	f, purpose := e.req.Format, [...]peek.Field{{Key: "description"}}
	if f.Description == "" && e.model.family == familyNova && peek.Object(f.Schema, purpose[:]) == nil {
		f.Description, _ = peek.String(purpose[0].Raw(f.Schema))
	}
	return dialect.AnswerToolText(f.Description)
}

// answerSchema is the schema of the answer as a tool of the model takes it, and
// what that lacks of the caller's; ok is false where the model takes none.
func (e *encoding) answerSchema() (schema json.RawMessage, lost []string, ok bool) {
	schema, ok = dialect.AnswerToolSchema(e.req.Format)
	switch {
	case !ok || e.model.family != familyNova:
		return schema, nil, ok
	case e.req.Format.Kind == "json":
		return nil, nil, false // held to the properties of a schema, Nova could only answer {}
	}
	return novaSchema(schema)
}

// novaSchema keeps what Nova takes at the top of a tool's schema: type, properties
// and required (Amazon's user guide for Nova, "Troubleshooting tool calls"). What
// goes with that and bounds the answer is named. ok is false where nothing could
// be answered: where the rest refers to a definition that is gone, and where the
// properties are not known beforehand.
func novaSchema(schema json.RawMessage) (kept json.RawMessage, lost []string, ok bool) {
	var top, properties map[string]json.RawMessage
	if json.Unmarshal(schema, &top) != nil || json.Unmarshal(top["properties"], &properties) != nil || len(properties) == 0 {
		return nil, nil, false
	}
	if peek.Object(top["additionalProperties"], nil) == nil || bytes.Contains(top["properties"], []byte(`"$ref"`)) {
		return nil, nil, false
	}
	var out bytes.Buffer
	out.WriteString(`{"type":"object","properties":`)
	out.Write(top["properties"])
	if required, found := top["required"]; found {
		out.WriteString(`,"required":`)
		out.Write(required)
	}
	out.WriteByte('}')
	for _, keyword := range boundKeywords {
		if _, found := top[keyword]; found {
			lost = append(lost, keyword)
		}
	}
	return out.Bytes(), lost, true
}

// boundKeywords are those at the top of an object's schema that bound the answer
// beyond its properties.
var boundKeywords = []string{
	"minProperties", "maxProperties", "patternProperties", "propertyNames", "dependentRequired", "dependentSchemas", "dependencies",
	"not", "if", "enum", "const",
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
func (u *toolUse) answers() bool { return u.Name == dialect.AnswerTool }
