package tokens

import (
	"math"
	"strings"

	"headwater/backend/internal/dialect"
)

// Family is how a maker's models count what stands in no text: their own
// vocabulary, the words around a message, the prompt that explains tools.
type Family struct {
	// words find the family in a model's name.
	words []string
	// text is how many tokens of theirs one of the o200k vocabulary is.
	text float64
	// request stands once in a request, tools once in one with tools, tool for
	// each of them, and call for each call of an answer.
	request, tools, tool, call float64
}

// others counts as OpenAI's models do; what their source is, see perMessage.
var others = Family{text: 1, request: perAnswer, tool: perTool, call: 12}

// families are those that count otherwise; never written to. The figures were
// fitted to the recorded answers that tell their usage, in November 2026, and
// rounded.
var families = []Family{
	{words: []string{"claude"}, text: 1.2, request: perAnswer, tools: 290, tool: 80, call: 42},
	{words: []string{"gpt-oss"}, text: 1, request: 60, tool: 20, call: 15},
	{words: []string{"deepseek"}, text: 1.03, request: perAnswer, tools: 130, tool: perTool, call: 24},
	{words: []string{"grok"}, text: 1, request: perAnswer, tools: 150, tool: perTool, call: 21},
	{words: []string{"llama"}, text: 1.03, request: 35, tools: 130, tool: 40, call: 16},
	{words: []string{"mistral", "ministral", "mixtral", "codestral", "magistral", "devstral", "pixtral", "voxtral"}, text: 1.05, request: 12, tool: 28, call: 4},
	{words: []string{"qwen", "qwq"}, text: 1.05, request: perAnswer, tools: 140, tool: 60, call: 17},
	{words: []string{"glm"}, text: 1, request: perAnswer, tools: 120, tool: perTool, call: 9},
	{words: []string{"kimi"}, text: 1.05, request: 25, tool: 20, call: 11},
}

// Of finds the family of a model by its name at whatever provider; one that is
// not known counts as OpenAI's do.
func Of(model string) *Family {
	model = strings.ToLower(model)
	for i := range families {
		for _, word := range families[i].words {
			if strings.Contains(model, word) {
				return &families[i]
			}
		}
	}
	return &others
}

// Request estimates the tokens that a chat request or an embeddings request
// takes in.
func (f *Family) Request(req *dialect.Request) int64 {
	text, fixed := textOf(req)
	n := float64(Text(text))*f.text + float64(fixed) + f.request + f.tool*float64(len(req.Tools))
	if len(req.Tools) > 0 {
		n += f.tools
	}
	return int64(math.Round(n))
}

// Said estimates the tokens of what an answer has said.
func (f *Family) Said(said dialect.Said) int64 {
	return int64(math.Round((float64(Text(said.Text))*f.text + f.call*float64(said.Calls)) * said.Times))
}
