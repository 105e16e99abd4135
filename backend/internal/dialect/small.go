package dialect

import "strings"

// SmallWords is the smallest thing that makes a model answer.
const SmallWords = "Answer with one word."

// The bound on the answer to it: models that reason spend theirs on thinking,
// and OpenAI's take no less than 16. Unit: tokens. Source: OpenAI API reference,
// max_output_tokens, 2026-11-22.
const (
	smallTokens    = 1
	smallReasoning = 16
)

// SmallBound is the most tokens that the answer to SmallWords may have.
func SmallBound(reasons bool) int {
	if reasons {
		return smallReasoning
	}
	return smallTokens
}

// SmallQuestion asks a model for one word, and is as cheap as a question can be.
func SmallQuestion(model string, reasons bool) *Request {
	return &Request{
		Endpoint: EndpointChat, Model: model, MaxTokens: SmallBound(reasons),
		Messages: []Message{{Role: RoleUser, Parts: []Part{{Kind: PartText, Text: SmallWords}}}},
	}
}

// Reasons reports whether a model is known by its name to think before it
// answers. Names are those of the vendors' model lists.
func Reasons(model string) bool {
	name := strings.ToLower(model[strings.LastIndexByte(model, '/')+1:])
	for _, begin := range [...]string{"o1", "o3", "o4", "gpt-5", "deepseek-r1", "deepseek-reasoner", "qwq", "magistral", "grok-4"} {
		if strings.HasPrefix(name, begin) {
			return true
		}
	}
	return strings.Contains(name, "thinking") || strings.Contains(name, "reasoning")
}
