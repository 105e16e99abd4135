package testupstream

import (
	"fmt"
	"strconv"
	"strings"
)

// defaultTokens is the length of an answer when nobody asked for another.
const defaultTokens = 8

// reasoningWords is how many words of reasoning the part "reasoning" gives.
const reasoningWords = 2

// jsonPiece is how many runes of a JSON answer make a token.
const jsonPiece = 8

// Words is the text of an answer of n words: "word1 word2 …", one token each.
func Words(n int) string { return strings.Join(words(n), "") }

// words gives the pieces a stream sends; together they are Words.
func words(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = "word" + strconv.Itoa(i+1)
		if i > 0 {
			out[i] = " " + out[i]
		}
	}
	return out
}

// content is what every dialect puts into an answer.
type content struct {
	reasoning []string
	// Exactly one of text and calls is used.
	text  []string
	calls []call
	// length is true when the answer was cut by the caller's token limit.
	length bool
	in     int
	out    int
}

// call is one call of a tool.
type call struct {
	// nth counts the calls of an answer from 0.
	nth  int
	name string
	// args is JSON, in pieces as a stream sends them.
	args []string
}

func (c call) arguments() string { return strings.Join(c.args, "") }

// id makes the call's id: the first has the serial number only.
func (c call) id(prefix string, serial int64) string {
	if c.nth == 0 {
		return fmt.Sprintf("%s%d", prefix, serial)
	}
	return fmt.Sprintf("%s%d_%d", prefix, serial, c.nth+1)
}

// content decides the answer: it depends on the request and the fault only.
func (x *exchange) content() content {
	c := content{in: x.asked.tokensIn(), calls: x.calls()}
	if x.fault.Reasoning {
		c.reasoning = words(reasoningWords)
	}
	c.out = len(c.reasoning)
	if len(c.calls) > 0 {
		for _, call := range c.calls {
			c.out += len(call.args)
		}
		return c
	}
	c.text = x.says()
	for _, limit := range x.asked.limits {
		if limit != nil && *limit >= 0 && *limit < len(c.text) {
			c.text, c.length = c.text[:*limit], true
		}
	}
	if x.fault.Refuse {
		c.text = []string{"I can't ", "help with that."}
	}
	c.out += len(c.text)
	return c
}

// says is the text of the answer before the caller's limit cuts it.
func (x *exchange) says() []string {
	if x.fault.Capable {
		return x.answers()
	}
	if x.fault.Schema && !blank(x.asked.schema) {
		return runesOf(string(mustJSON(fill(x.asked.schema))), jsonPiece)
	}
	n := defaultTokens
	if x.fault.Tokens >= 0 {
		n = x.fault.Tokens
	}
	pieces := words(n)
	if x.fault.Vision && n > 0 {
		pieces[0] = " " + pieces[0]
		pieces = append([]string{"images", " " + strconv.Itoa(x.asked.images())}, pieces...)[:n]
	}
	return pieces
}

// calls are the calls of tools the fault asks for, as far as there are tools.
func (x *exchange) calls() []call {
	picked := x.asked.tools[:min(x.fault.Tools, len(x.asked.tools))]
	if x.fault.Capable {
		picked = x.picks()
	}
	out := make([]call, 0, len(picked))
	for i, t := range picked {
		out = append(out, call{i, t.name, argPieces(argsFor(t.schema))})
	}
	return out
}

// argPieces cuts arguments where a stream does: behind the first name and
// before the end.
func argPieces(args string) []string {
	colon := strings.IndexByte(args, ':') + 1
	if colon == 0 {
		return []string{args[:1], args[1:]}
	}
	return []string{args[:colon], args[colon : len(args)-1], args[len(args)-1:]}
}

// runesOf cuts a text into pieces of n runes.
func runesOf(text string, n int) []string {
	var out []string
	runes := []rune(text)
	for len(runes) > 0 {
		cut := min(n, len(runes))
		out = append(out, string(runes[:cut]))
		runes = runes[cut:]
	}
	return out
}

// modelNames are a few that do something, for lists of models.
func modelNames() []string {
	return []string{"ok", "status-503", "rate", "stall-after-3", "cut-after-5", "embed", "capable"}
}
