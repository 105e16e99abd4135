package anthropic

import (
	"headwater/backend/internal/dialect"
)

// This file has what stands in for a wanted shape of the answer where a model
// knows no such wish: one tool that it must call, whose arguments are the answer
// (Anthropic's guide "Tool use", JSON mode). They reach the caller as its text.

// answerTool makes the model answer by the tool. That works only where nothing
// else is to be called, no answer was begun, and the tool may be forced.
func (e *encoding) answerTool() {
	schema, ok := dialect.AnswerToolSchema(e.req.Format)
	if !ok || len(e.out.Tools) > 0 || e.prefill || e.model.tireless {
		e.drop("response_format")
		return
	}
	e.out.Tools = []tool{{Name: dialect.AnswerTool, Description: dialect.AnswerToolText(e.req.Format.Description), InputSchema: schema}}
	e.out.ToolChoice = &toolChoice{Type: "tool", Name: dialect.AnswerTool, DisableParallel: true}
}

// answersByTool reports whether the answer comes by the tool.
func (e *encoding) answersByTool() bool {
	return len(e.out.Tools) == 1 && e.out.Tools[0].Name == dialect.AnswerTool
}

// answerUnthought sees to it that nothing is thought: no model does that is made
// to call a tool.
func (e *encoding) answerUnthought() {
	if e.model.thinksUnasked() {
		e.out.Thinking = &thinking{Type: "disabled"}
	}
	if e.req.ThinkingTokens > 0 || e.req.Effort != "" && e.req.Effort != "none" {
		e.drop("reasoning_effort")
	}
}
