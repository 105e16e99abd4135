package dialecttest

import (
	"slices"
	"strings"
)

// Responses reads OpenAI's responses. Source: openai-node's accumulator
// (ResponseAccumulator.ts), which refuses an index that does not exist yet, a
// delta for a part of another type and an event of a type it does not know;
// the types of openai-go v3 (responses.Response) for what must be there.
type Responses struct{}

// Plain reads a whole answer.
func (Responses) Plain(body []byte) *Client {
	c := &Client{Done: true, Choices: 1}
	if m := c.parse(body, "the answer"); m != nil {
		c.responsesHead(m)
		c.responsesTake(m)
	}
	return c
}

// responsesHead checks the fields of a response beside its output.
func (c *Client) responsesHead(m object) {
	c.require(m.text("object") == "response", "object %q", m.text("object"))
	c.need(m, "the response", "id", "created_at", "status", "model")
	c.require(m.isNumber("created_at"), "created_at is no whole number")
	c.require(m.isList("output"), "the response has no output list")
	for _, key := range []string{"error", "incomplete_details", "instructions", "metadata", "parallel_tool_calls", "tool_choice", "tools", "temperature", "top_p"} {
		c.require(m.there(key), "the response has no %s field", key)
	}
}

// responsesTake reads a finished response.
func (c *Client) responsesTake(m object) {
	c.ID, c.Model = m.text("id"), m.text("model")
	c.Text, c.Reasoning, c.Refusal, c.ToolCalls = "", "", "", nil
	for _, item := range m.objects("output") {
		c.responsesItem(item)
	}
	c.Finish = m.text("status")
	switch c.Finish {
	case "completed":
		c.require(!m.has("incomplete_details") && !m.has("error"), "a completed response has details of an error")
	case "incomplete":
		reason := m.object("incomplete_details").text("reason")
		c.require(reason == "max_output_tokens" || reason == "content_filter", "incomplete for the reason %q", reason)
		c.Finish += ":" + reason
	case "failed":
		c.need(m.object("error"), "the error of a failed response", "code", "message")
	default:
		c.problem("a finished response has the status %q", c.Finish)
	}
	if u := m.object("usage"); u != nil {
		c.responsesUsage(u)
	}
}

func (c *Client) responsesUsage(u object) {
	in, out := u.object("input_tokens_details"), u.object("output_tokens_details")
	c.Usage = &Usage{
		In: u.number("input_tokens"), Out: u.number("output_tokens"), Total: u.number("total_tokens"),
		CachedIn: in.number("cached_tokens"), CacheWrite: in.number("cache_write_tokens"), Reasoning: out.number("reasoning_tokens"),
	}
	c.require(u.isNumber("input_tokens") && u.isNumber("output_tokens"), "usage has no counts")
	c.require(in.isNumber("cached_tokens") && out.isNumber("reasoning_tokens"), "usage has no details")
	c.require(c.Usage.Total == c.Usage.In+c.Usage.Out, "total_tokens is not the sum")
}

// responsesItem checks and adds a whole item.
func (c *Client) responsesItem(item object) {
	switch item.text("type") {
	case "message":
		c.need(item, "a message", "id", "status")
		c.require(item.text("role") == "assistant", "role %q", item.text("role"))
		for _, part := range item.objects("content") {
			c.responsesPart(part)
			c.Text += part.text("text")
			c.Refusal += part.text("refusal")
			for _, note := range part.objects("annotations") {
				c.cite(note.text("url"))
			}
		}
	case "reasoning":
		c.need(item, "a reasoning item", "id")
		c.require(item.isList("summary"), "a reasoning item has no summary list")
		// Summary and text are two views of one reasoning: clients show the text
		// where there is one.
		for _, part := range item.objects("summary") {
			c.require(part.text("type") == "summary_text" && part.isText("text"), "a summary part is no summary_text")
		}
		thoughts := item.texts("content", "text")
		if thoughts == "" {
			thoughts = item.texts("summary", "text")
		}
		c.Reasoning += thoughts
	case "function_call":
		c.need(item, "a function_call", "id", "call_id", "name", "arguments", "status")
		c.require(item.text("call_id") != "", "a function_call has an empty call_id")
		c.ToolCalls = append(c.ToolCalls, Call{ID: item.text("call_id"), Name: item.text("name"), Args: item.text("arguments")})
	case "custom_tool_call":
		c.need(item, "a custom_tool_call", "id", "call_id", "name", "input")
		c.ToolCalls = append(c.ToolCalls, Call{ID: item.text("call_id"), Name: item.text("name"), Args: jsonOf(map[string]string{"input": item.text("input")})})
	case "image_generation_call":
		c.need(item, "an image_generation_call", "id", "status", "result")
	default:
		c.problem("an item of type %q", item.text("type"))
	}
}

func (c *Client) responsesPart(part object) {
	switch part.text("type") {
	case "output_text":
		c.require(part.isText("text"), "an output_text has no text")
		c.require(part.isList("annotations"), "an output_text has no annotations list")
	case "refusal":
		c.require(part.isText("refusal"), "a refusal has no refusal")
	default:
		c.problem("a part of type %q", part.text("type"))
	}
}

// responsesStream is what a strict client remembers of a stream.
type responsesStream struct {
	*Client
	created bool
	// items are those opened so far, each with what its deltas came to.
	items []*responsesItem
}

type responsesItem struct {
	id, kind string
	done     object
	// parts are the content parts, or the summary parts, or the arguments.
	parts []*responsesPart
	args  string
}

type responsesPart struct {
	kind, text string
	done       bool
}

// Stream reads a whole stream.
func (Responses) Stream(body []byte) *Client {
	s := &responsesStream{Client: &Client{Choices: 1}}
	events, _ := s.sseEvents(body)
	for i, ev := range events {
		if ev.data == "[DONE]" {
			s.problem("a [DONE], which this dialect does not have")
			continue
		}
		m := s.parse([]byte(ev.data), "an event")
		if m == nil {
			continue
		}
		kind := m.text("type")
		s.require(ev.name == kind, "an event named %q has the type %q", ev.name, kind)
		s.require(m.isNumber("sequence_number") && m.number("sequence_number") == int64(i), "the sequence_number of event %d is %s", i, m.json("sequence_number"))
		s.require(!s.Done, "%s after the end", kind)
		s.event(kind, m)
	}
	s.require(s.Done, "no terminal event")
	return s.Client
}

func (s *responsesStream) event(kind string, m object) {
	s.require(s.created || kind == "response.created" || kind == "error", "%s before response.created", kind)
	switch kind {
	case "response.created", "response.in_progress", "response.queued":
		s.progress(kind, m.object("response"))
	case "response.completed", "response.incomplete", "response.failed":
		s.end(kind, m.object("response"))
	case "response.output_item.added":
		s.open(m)
	case "response.output_item.done":
		s.close(m)
	case "keepalive", "error":
	default:
		s.part(kind, m)
	}
}

func (s *responsesStream) progress(kind string, response object) {
	s.responsesHead(response)
	if kind == "response.created" {
		s.require(!s.created, "two response.created")
		s.created, s.ID, s.Model = true, response.text("id"), response.text("model")
	}
	s.require(s.ID == response.text("id"), "the id changes")
	s.require(len(response.objects("output")) == 0, "%s has output", kind)
	s.require(response.text("status") == "in_progress" || response.text("status") == "queued", "%s has the status %q", kind, response.text("status"))
}

func (s *responsesStream) open(m object) {
	item := m.object("item")
	s.require(m.isNumber("output_index") && m.number("output_index") == int64(len(s.items)), "items are not numbered in order")
	s.require(item.text("id") != "", "an item opens without an id")
	known := &responsesItem{id: item.text("id"), kind: item.text("type")}
	s.items = append(s.items, known)
	switch known.kind {
	case "message":
		s.require(item.isList("content") && len(item.objects("content")) == 0, "a message opens with content or none at all")
		s.require(item.text("role") == "assistant", "role %q", item.text("role"))
	case "function_call":
		s.need(item, "a function_call", "call_id", "name", "arguments")
		s.require(item.text("arguments") == "", "a function_call opens with arguments")
	case "custom_tool_call":
		s.need(item, "a custom_tool_call", "call_id", "name", "input")
	case "reasoning":
		s.require(item.isList("summary"), "a reasoning item has no summary list")
	}
}

// item finds the item an event is about.
func (s *responsesStream) item(kind string, m object) *responsesItem {
	at := m.number("output_index")
	if !m.isNumber("output_index") || at < 0 || at >= int64(len(s.items)) {
		s.problem("%s for an output_index that is not open", kind)
		return nil
	}
	it := s.items[at]
	s.require(it.done == nil, "%s after output_item.done", kind)
	if kind != "response.output_item.done" {
		s.require(m.text("item_id") == it.id, "%s names the item %q, not %q", kind, m.text("item_id"), it.id)
	}
	return it
}

func (s *responsesStream) close(m object) {
	it := s.item("response.output_item.done", m)
	if it == nil {
		return
	}
	item := m.object("item")
	s.require(item.text("id") == it.id && item.text("type") == it.kind, "output_item.done is not the item that was added")
	var text strings.Builder
	text.WriteString(it.args)
	for _, p := range it.parts {
		s.require(p.done, "a part of a %s was not done before its item", it.kind)
		text.WriteString(p.text)
	}
	var whole Client
	whole.responsesItem(item)
	said := whole.Reasoning
	switch it.kind {
	case "message":
		said = item.texts("content", "text", "refusal")
	case "function_call":
		said = item.text("arguments")
	case "custom_tool_call":
		said = item.text("input")
	}
	s.require(said == text.String(), "the deltas of a %s do not come to what its item says", it.kind)
	it.done = item
}

func (s *responsesStream) end(kind string, response object) {
	s.responsesHead(response)
	s.require(s.ID == response.text("id"), "the id changes")
	s.require(kind == "response."+response.text("status"), "%s has the status %q", kind, response.text("status"))
	s.Done = true
	output := response.objects("output")
	if kind != "response.failed" {
		s.require(len(output) == len(s.items), "the final output has %d items, the stream %d", len(output), len(s.items))
	}
	for i, it := range s.items {
		s.require(it.done != nil, "item %d was never done", i)
		if i < len(output) && it.done != nil {
			s.require(jsonOf(output[i]) == jsonOf(it.done), "item %d of the final output is not what output_item.done said", i)
		}
	}
	s.responsesTake(response)
}

// partKinds says which part each event of a part is about.
var partKinds = map[string][2]string{
	"response.content_part.added":            {"added", ""},
	"response.content_part.done":             {"done", ""},
	"response.reasoning_summary_part.added":  {"added", "summary_text"},
	"response.reasoning_summary_part.done":   {"done", "summary_text"},
	"response.output_text.delta":             {"delta", "output_text"},
	"response.output_text.done":              {"said", "output_text"},
	"response.refusal.delta":                 {"delta", "refusal"},
	"response.refusal.done":                  {"said", "refusal"},
	"response.reasoning_text.delta":          {"delta", "reasoning_text"},
	"response.reasoning_text.done":           {"said", "reasoning_text"},
	"response.reasoning_summary_text.delta":  {"delta", "summary_text"},
	"response.reasoning_summary_text.done":   {"said", "summary_text"},
	"response.function_call_arguments.delta": {"delta", "function_call"},
	"response.function_call_arguments.done":  {"said", "function_call"},
	"response.custom_tool_call_input.delta":  {"delta", "custom_tool_call"},
	"response.custom_tool_call_input.done":   {"said", "custom_tool_call"},
}

// otherEvents say nothing that the end does not say again.
var otherEvents = []string{
	"response.output_text.annotation.added", "response.image_generation_call.in_progress",
	"response.image_generation_call.generating", "response.image_generation_call.completed",
}

func (s *responsesStream) part(kind string, m object) {
	step, ok := partKinds[kind]
	if !ok {
		s.require(slices.Contains(otherEvents, kind), "an event of type %q", kind)
		return
	}
	it := s.item(kind, m)
	if it == nil {
		return
	}
	if step[1] == "function_call" || step[1] == "custom_tool_call" {
		s.args(it, kind, step, m)
		return
	}
	index := m.number("content_index")
	if step[1] == "summary_text" {
		index = m.number("summary_index")
		s.require(m.isNumber("summary_index"), "%s has no summary_index", kind)
	} else {
		s.require(m.isNumber("content_index"), "%s has no content_index", kind)
	}
	if step[0] == "added" {
		part := m.object("part")
		s.require(index == int64(len(it.parts)), "parts are not numbered in order")
		it.parts = append(it.parts, &responsesPart{kind: part.text("type"), text: part.text("text") + part.text("refusal")})
		return
	}
	if index < 0 || index >= int64(len(it.parts)) {
		s.problem("%s for a part that was not added", kind)
		return
	}
	s.step(it.parts[index], kind, step, m)
}

// args takes an event about the arguments of a call.
func (s *responsesStream) args(it *responsesItem, kind string, step [2]string, m object) {
	s.require(it.kind == step[1], "%s in a %s", kind, it.kind)
	if step[0] == "delta" {
		s.require(m.isText("delta"), "%s has no delta", kind)
		it.args += m.text("delta")
		return
	}
	said := m.text("arguments")
	if it.kind == "custom_tool_call" {
		said = m.text("input")
	}
	s.require(said == it.args, "%s is not the sum of its deltas", kind)
}

// step takes an event about an open part.
func (s *responsesStream) step(p *responsesPart, kind string, step [2]string, m object) {
	s.require(!p.done, "%s after its part was done", kind)
	s.require(step[1] == "" || p.kind == step[1], "%s in a part of type %q", kind, p.kind)
	switch step[0] {
	case "delta":
		s.require(m.isText("delta"), "%s has no delta", kind)
		p.text += m.text("delta")
	case "said":
		key := "text"
		if p.kind == "refusal" {
			key = "refusal"
		}
		s.require(m.text(key) == p.text, "%s is not the sum of its deltas", kind)
	case "done":
		part := m.object("part")
		s.require(part.text("type") == p.kind && part.text("text")+part.text("refusal") == p.text, "%s is not the sum of its deltas", kind)
		p.done = true
	}
}
