package testupstream

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
)

// cohereRequest is what the fake reads of a chat request.
type cohereRequest struct {
	Stream    bool              `json:"stream"`
	MaxTokens *int              `json:"max_tokens"`
	Messages  []json.RawMessage `json:"messages"`
	Tools     []struct {
		Type     string `json:"type"`
		Function struct {
			Name       string          `json:"name"`
			Parameters json.RawMessage `json:"parameters"`
		} `json:"function"`
	} `json:"tools"`
	ResponseFormat struct {
		Type       string          `json:"type"`
		JSONSchema json.RawMessage `json:"json_schema"`
		Schema     json.RawMessage `json:"schema"` // its older word
	} `json:"response_format"`
}

type cohereMessage struct {
	Role      string          `json:"role"`
	Content   json.RawMessage `json:"content"`
	CallID    string          `json:"tool_call_id"`
	ToolCalls []struct {
		ID       string `json:"id"`
		Function struct {
			Name      string  `json:"name"`
			Arguments *string `json:"arguments"`
		} `json:"function"`
	} `json:"tool_calls"`
}

func (c *cohereChat) read() string {
	if fault := c.decode(&c.req); fault != "" {
		return "invalid request: " + fault
	}
	if len(c.req.Messages) == 0 {
		return "invalid request: at least one message is required"
	}
	c.asked = asked{
		stream: c.req.Stream, limits: []*int{c.req.MaxTokens}, parts: c.req.Messages, isImage: ofType("image_url"),
		schema: c.req.ResponseFormat.JSONSchema,
	}
	if blank(c.asked.schema) {
		c.asked.schema = c.req.ResponseFormat.Schema
	}
	if c.req.ResponseFormat.Type == "json_schema" {
		return "invalid request: response_format.type must be 'text' or 'json_object'"
	}
	for i, t := range c.req.Tools {
		if t.Type != "function" || t.Function.Name == "" {
			return fmt.Sprintf("invalid request: tools[%d] must be of type 'function' and have a name", i)
		}
		c.asked.tools = append(c.asked.tools, tool{t.Function.Name, t.Function.Parameters})
	}
	return c.readMessages()
}

// readMessages wants each result behind a call of its id.
func (c *cohereChat) readMessages() string {
	called := map[string]bool{}
	for i, raw := range c.req.Messages {
		var m cohereMessage
		if json.Unmarshal(raw, &m) != nil {
			return fmt.Sprintf("invalid request: messages[%d] is malformed", i)
		}
		for _, call := range m.ToolCalls {
			called[call.ID] = true
		}
		if fault := m.check(called); fault != "" {
			return fmt.Sprintf("invalid request: messages[%d]: %s", i, fault)
		}
	}
	return ""
}

// check says what is wrong with a message, given the calls so far.
func (m cohereMessage) check(called map[string]bool) string {
	for _, call := range m.ToolCalls {
		if call.ID == "" || call.Function.Name == "" || call.Function.Arguments == nil {
			return "tool_calls need an id, a name and arguments"
		}
	}
	switch {
	case !slices.Contains([]string{"user", "assistant", "system", "tool"}, m.Role):
		return fmt.Sprintf("role %q is not one of 'user', 'assistant', 'system', 'tool'", m.Role)
	case m.Role == "tool" && m.CallID == "":
		return "tool_call_id is required"
	case m.Role == "tool" && !called[m.CallID]:
		return fmt.Sprintf("tool call id %s not found in previous tool calls", m.CallID)
	case blank(m.Content) && len(m.ToolCalls) == 0:
		return "a message must have non-empty content or tool calls"
	}
	return ""
}

// cohereEmbedRequest is a request for vectors.
type cohereEmbedRequest struct {
	Texts     []string          `json:"texts"`
	Images    []string          `json:"images"`
	Inputs    []json.RawMessage `json:"inputs"`
	InputType string            `json:"input_type"`
	Types     []string          `json:"embedding_types"`
	Dimension int               `json:"output_dimension"`
}

// cohereTextsAtOnce is how many the vendor takes in one request.
const cohereTextsAtOnce = 96

func (r *cohereEmbedRequest) check() string {
	all := len(r.Texts) + len(r.Images) + len(r.Inputs)
	switch {
	case r.InputType == "":
		return "invalid request: input_type must be set for this model"
	case all == 0:
		return "invalid request: one of texts, images and inputs is required"
	case all > cohereTextsAtOnce:
		return fmt.Sprintf("invalid request: total number of texts must be at most %d - received %d", cohereTextsAtOnce, all)
	}
	if len(r.Types) == 0 {
		r.Types = []string{"float"}
	}
	for _, kind := range r.Types {
		if kind != "float" && kind != "base64" {
			return "invalid request: the test upstream has the embedding types 'float' and 'base64' only"
		}
	}
	return ""
}

// cohereEmbed answers POST /embed.
func (x *exchange) cohereEmbed() bool {
	var req cohereEmbedRequest
	fault := x.decode(&req)
	if fault == "" {
		fault = req.check()
	}
	dimensions, wrong := dimensionsOr(req.Dimension, 1)
	if fault += wrong; fault != "" {
		return x.refuse(http.StatusBadRequest, fault)
	}
	texts := slices.Concat(req.Texts, req.Images)
	for _, input := range req.Inputs {
		texts = append(texts, string(input))
	}
	sets, tokens := map[string][]any{}, 0
	for _, text := range texts {
		tokens += 1 + len(text)/4
		v := vectorOf(text, dimensions)
		for _, kind := range req.Types {
			sets[kind] = append(sets[kind], encodeVector(v, kind))
		}
	}
	meta := map[string]any{"api_version": map[string]any{"version": "2"}}
	if !x.fault.NoUsage {
		meta["billed_units"] = map[string]any{"input_tokens": tokens}
	}
	return x.json(mustJSON(map[string]any{
		"id": fmt.Sprintf("cohere-test-%d", x.serial), "texts": req.Texts, "embeddings": sets, "meta": meta, "response_type": "embeddings_by_type",
	}))
}
