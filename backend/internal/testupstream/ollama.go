package testupstream

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// ollamaCreated is the time of every answer, in the vendor's form.
const ollamaCreated = "2026-01-01T00:00:00Z"

// ollamaVendor is what Ollama's endpoints have in common.
type ollamaVendor struct{ *exchange }

// head: Ollama sends neither a request id nor limits.
func (ollamaVendor) head(http.Header, allowance) {}

func (ollamaVendor) framing() framing { return ndjson() }

// ollamaTexts are the vendor's own words, its cloud's for what a local server
// never says.
func ollamaTexts() map[string]string {
	return map[string]string{
		"auth":       "unauthorized",
		"forbidden":  "this model requires a subscription, upgrade for access",
		"no-model":   "model '%s' not found",
		"rate":       "too many concurrent requests",
		"quota":      "you've reached your hourly usage limit, please upgrade to continue",
		"context":    "the input length exceeds the context length",
		"overloaded": "server busy, please try again.  maximum pending requests exceeded",
		"server":     "llama runner process has terminated: exit status 2",
		"loading":    "llm server loading model",
	}
}

func (v ollamaVendor) errorBody(e vendorError) []byte {
	text := cmp.Or(ollamaTexts()[e.name], e.text)
	if e.name == "no-model" {
		text = fmt.Sprintf(text, v.model)
	}
	return mustJSON(map[string]any{"error": text})
}

func (v ollamaVendor) failure(e vendorError, status int) reply {
	return reply{status: e.statusOr(status), contentType: "application/json; charset=utf-8", body: v.errorBody(e)}
}

func (v ollamaVendor) fatal(e vendorError, _ int) []frame {
	return []frame{{data: string(v.errorBody(e))}}
}

// ollamaRequest is a request for a chat or a completion. The vendor reads it
// into Go types too, so what does not fit them is refused with encoding/json's
// own words: lists as content, arguments as text, images that are not base64.
type ollamaRequest struct {
	Stream   *bool           `json:"stream"`
	Format   json.RawMessage `json:"format"`
	Think    any             `json:"think"`
	Prompt   string          `json:"prompt"`
	System   string          `json:"system"`
	Images   [][]byte        `json:"images"`
	Messages []ollamaMessage `json:"messages"`
	Tools    []struct {
		Type     string `json:"type"`
		Function struct {
			Name       string          `json:"name"`
			Parameters json.RawMessage `json:"parameters"`
		} `json:"function"`
	} `json:"tools"`
	Options struct {
		NumPredict *int `json:"num_predict"`
	} `json:"options"`
}

type ollamaMessage struct {
	Role      string   `json:"role"`
	Content   string   `json:"content"`
	Thinking  string   `json:"thinking"`
	Images    [][]byte `json:"images"`
	ToolName  string   `json:"tool_name"`
	ToolCalls []struct {
		Function struct {
			Name      string         `json:"name"`
			Arguments map[string]any `json:"arguments"`
		} `json:"function"`
	} `json:"tool_calls"`
}

// ollamaChat answers POST /api/chat and /api/generate.
type ollamaChat struct {
	*exchange
	req      ollamaRequest
	generate bool
}

func (c *ollamaChat) read() string {
	if err := json.Unmarshal(c.body, &c.req); err != nil {
		return err.Error()
	}
	// The vendor streams unless told not to.
	c.asked.stream = c.req.Stream == nil || *c.req.Stream
	c.asked.limits = []*int{c.req.Options.NumPredict}
	var body struct {
		Messages, Prompt, System, Images json.RawMessage
	}
	_ = json.Unmarshal(c.body, &body) // it was read above
	c.asked.parts = []json.RawMessage{body.Messages, body.Prompt, body.System}
	for _, m := range c.req.Messages {
		if !slices.Contains([]string{"system", "user", "assistant", "tool"}, m.Role) {
			return fmt.Sprintf("invalid role %q", m.Role)
		}
	}
	c.asked.isImage = func(m map[string]any) int {
		list, _ := m["images"].([]any)
		return len(list)
	}
	if c.generate {
		c.asked.parts = append(c.asked.parts, mustJSON(map[string]any{"images": c.req.Images}))
	}
	for _, t := range c.req.Tools {
		if t.Function.Name == "" {
			return "tool function name is required"
		}
		c.asked.tools = append(c.asked.tools, tool{t.Function.Name, t.Function.Parameters})
	}
	return c.readFormat()
}

// readFormat takes a schema, which is an object; "json" is none.
func (c *ollamaChat) readFormat() string {
	switch {
	case blank(c.req.Format), string(c.req.Format) == `""`, string(c.req.Format) == `"json"`:
	case c.req.Format[0] == '{':
		c.asked.schema = c.req.Format
	default:
		return fmt.Sprintf("invalid format: %q; expected \"json\" or a valid JSON Schema object", c.req.Format)
	}
	return ""
}

// line is one line of a stream, or a whole answer, before what says it is done.
func (c *ollamaChat) line(text, thinking string, calls []call) map[string]any {
	v := map[string]any{"model": c.model, "created_at": ollamaCreated, "done": false}
	if c.generate {
		v["response"] = text
		if thinking != "" {
			v["thinking"] = thinking
		}
		return v
	}
	message := map[string]any{"role": "assistant", "content": text}
	if thinking != "" {
		message["thinking"] = thinking
	}
	if len(calls) > 0 {
		list := make([]any, len(calls))
		for i, call := range calls {
			list[i] = map[string]any{"id": call.id("call_test_", c.serial), "function": map[string]any{
				"index": call.nth, "name": call.name, "arguments": json.RawMessage(call.arguments()),
			}}
		}
		message["tool_calls"] = list
	}
	v["message"] = message
	return v
}

// finish marks a line as the last. Calls finish with "stop", like any answer.
func (c *ollamaChat) finish(v map[string]any, k content) []byte {
	v["done"], v["done_reason"] = true, "stop"
	if k.length {
		v["done_reason"] = "length"
	}
	v["total_duration"], v["load_duration"] = 9000000, 1000000
	if !c.fault.NoUsage {
		v["prompt_eval_count"], v["prompt_eval_duration"] = k.in, 4000000
		v["eval_count"], v["eval_duration"] = k.out, 4000000
	}
	return mustJSON(v)
}

// loads reports whether the request only wants the model in memory, which is
// what the vendor takes an empty one for.
func (c *ollamaChat) loads() bool {
	return len(c.req.Messages) == 0 && c.req.Prompt == "" && len(c.req.Images) == 0
}

func (c *ollamaChat) loaded() []byte {
	v := c.line("", "", nil)
	v["done"], v["done_reason"] = true, "load"
	return mustJSON(v)
}

func (c *ollamaChat) whole() []byte {
	if c.loads() {
		return c.loaded()
	}
	k := c.content()
	return c.finish(c.line(strings.Join(k.text, ""), strings.Join(k.reasoning, ""), k.calls), k)
}

func (c *ollamaChat) frames() []frame {
	if c.loads() {
		return []frame{{kind: frameEnd, data: string(c.loaded())}}
	}
	k := c.content()
	var out []frame
	add := func(v map[string]any) {
		out = append(out, frame{kind: frameContent, data: string(mustJSON(v))})
	}
	for _, piece := range k.reasoning {
		add(c.line("", piece, nil))
	}
	for i := range k.calls { // each in a line of its own, and whole
		add(c.line("", "", k.calls[i:i+1]))
	}
	for _, piece := range k.text {
		add(c.line(piece, "", nil))
	}
	return append(out, frame{kind: frameEnd, data: string(c.finish(c.line("", "", nil), k))})
}
