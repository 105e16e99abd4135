package openai

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

// wireToolCall is a tool call, or a piece of one, on the wire.
type wireToolCall struct {
	Index    *int            `json:"index,omitempty"`
	ID       looseText       `json:"id,omitempty"`
	Type     string          `json:"type,omitempty"`
	Function wireFunction    `json:"function"`
	Custom   *wireCustom     `json:"custom,omitempty"`
	Extra    json.RawMessage `json:"extra_content,omitempty"`
}

type wireFunction struct {
	Name      looseText `json:"name,omitempty"`
	Arguments looseText `json:"arguments"`
}

type wireCustom struct {
	Name  looseText `json:"name"`
	Input looseText `json:"input"`
}

// The types of a tool and of its call.
const (
	typeFunction = "function"
	typeCustom   = "custom"
)

// madeID makes an id for a tool call that its upstream gave none: the caller's
// result must name it. The same call has the same id however it is read, and
// calls of other answers have others.
func madeID(answer string, choice, place int) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %d %d", answer, choice, place))
	return "call_" + hex.EncodeToString(sum[:12])
}

// nameCalls gives ids to the calls of an answer that have none.
func nameCalls(parts []dialect.Part, answer string, choice int) {
	place := 0
	for i := range parts {
		if call := parts[i].Call; call != nil {
			if call.ID == "" {
				call.ID = madeID(answer, choice, place)
			}
			place++
		}
	}
}

// isCustom reports whether the call is one of a custom tool. Some upstreams
// send an empty custom beside each function.
func (c *wireToolCall) isCustom() bool {
	return c.Custom != nil && c.Function.Name == "" && (c.Custom.Name != "" || c.Type == typeCustom)
}

// call is the neutral form of a whole tool call.
func (c *wireToolCall) call() *dialect.ToolCall {
	if c.isCustom() {
		return &dialect.ToolCall{ID: string(c.ID), Name: string(c.Custom.Name), Args: wrapInput(string(c.Custom.Input)), Custom: true}
	}
	out := &dialect.ToolCall{ID: string(c.ID), Name: string(c.Function.Name), Args: string(c.Function.Arguments)}
	if strings.TrimSpace(out.Args) == "" {
		out.Args = "{}"
	}
	return out
}

// part is the neutral form of a whole tool call with its vendor's proof.
func (c *wireToolCall) part() dialect.Part {
	p := dialect.Part{Kind: dialect.PartToolCall, Call: c.call()}
	if signature := thoughtSignature(c.Extra); signature != "" {
		p.Signature, p.Signer = signature, dialect.SignerGemini
	}
	return p
}

// The JSON around the text that a custom tool takes; see dialect.CustomSchema.
const (
	inputOpen  = `{"input":"`
	inputClose = `"}`
)

// wrapInput makes arguments of the text that a custom tool takes.
func wrapInput(text string) string {
	return inputOpen + escape(text) + inputClose
}

// escape is text as it stands between the quotes of a JSON string.
func escape(text string) string {
	quoted := peek.AppendString(nil, text)
	return string(quoted[1 : len(quoted)-1])
}

// unwrapInput takes the text for a custom tool out of its arguments. What does
// not follow the schema is given as it stands.
func unwrapInput(args string) string {
	if text, ok := peek.String(inner([]byte(args), "input")); ok {
		return text
	}
	return args
}

// answerCall is a tool call as we write it: either of its two forms is set.
type answerCall struct {
	Index    *int            `json:"index,omitempty"`
	ID       string          `json:"id,omitempty"`
	Type     string          `json:"type,omitempty"`
	Function *answerFunction `json:"function,omitempty"`
	Custom   *answerCustom   `json:"custom,omitempty"`
	Extra    *extraContent   `json:"extra_content,omitempty"`
}

type answerFunction struct {
	Name      string `json:"name,omitempty"`
	Arguments string `json:"arguments"`
}

type answerCustom struct {
	Name  string `json:"name,omitempty"`
	Input string `json:"input"`
}

// callOut renders a whole tool call, in the form of a custom tool's or as a
// function.
func callOut(c *dialect.ToolCall, custom bool) answerCall {
	if custom {
		return answerCall{ID: c.ID, Type: typeCustom, Custom: &answerCustom{c.Name, unwrapInput(c.Args)}}
	}
	return answerCall{ID: c.ID, Type: typeFunction, Function: &answerFunction{c.Name, c.Args}}
}

// customTools are the tools that the caller declared, by their names: true for
// a custom one, which an upstream that knows none was given as a function. Of
// two with one name the first counts.
func customTools(req *dialect.Request) map[string]bool {
	custom := map[string]bool{}
	if req == nil {
		return custom
	}
	for i := range req.Tools {
		if _, known := custom[req.Tools[i].Name]; !known {
			custom[req.Tools[i].Name] = req.Tools[i].Custom
		}
	}
	return custom
}

// openCalls are the tool calls of a conversation that no result has answered.
type openCalls struct {
	ids      []string
	answered []bool
	// places are those of the open ids in ids; next is where the first may be.
	places map[string][]int
	next   int
}

func (o *openCalls) add(id string) {
	if o.places == nil {
		o.places = map[string][]int{}
	}
	o.places[id] = append(o.places[id], len(o.ids))
	o.ids, o.answered = append(o.ids, id), append(o.answered, false)
}

// first is the id of the first call that is open; empty when none is.
func (o *openCalls) first() string {
	for ; o.next < len(o.ids); o.next++ {
		if !o.answered[o.next] {
			return o.ids[o.next]
		}
	}
	return ""
}

// take answers the first open call of an id, if there is one.
func (o *openCalls) take(id string) {
	if places := o.places[id]; len(places) > 0 {
		o.answered[places[0]], o.places[id] = true, places[1:]
	}
}
