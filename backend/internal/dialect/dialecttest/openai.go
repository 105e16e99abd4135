package dialecttest

import (
	"slices"
	"strings"
)

// OpenAI reads chat completions. Sources: the accumulators of openai-go v3
// (streamaccumulator.go), which adds up usage and names and wants one id
// throughout, and of openai-node (ChatCompletionStream.ts), which wants the
// role and a finish reason.
type OpenAI struct{}

var openAIFinishes = []string{"stop", "length", "tool_calls", "content_filter"}

// Plain reads a whole answer.
func (OpenAI) Plain(body []byte) *Client {
	c := &Client{Done: true}
	m := c.parse(body, "the answer")
	if m == nil {
		return c
	}
	c.require(m.text("object") == "chat.completion", "object %q", m.text("object"))
	c.need(m, "the answer", "id", "created", "model", "choices")
	for _, choice := range m.objects("choices") {
		c.need(choice, "a choice", "index", "message", "finish_reason")
		c.require(slices.Contains(openAIFinishes, choice.text("finish_reason")), "finish_reason %q", choice.text("finish_reason"))
		message := choice.object("message")
		c.require(message.text("role") == "assistant", "role %q", message.text("role"))
		c.require(message.there("content"), "a message has no content field")
		for _, call := range message.objects("tool_calls") {
			c.openAICall(call)
		}
	}
	c.Choices = len(m.objects("choices"))
	c.openAITake(m, "message")
	return c
}

// openAICall checks a whole call.
func (c *Client) openAICall(call object) {
	c.need(call, "a call", "id")
	if call.text("type") == "custom" {
		c.need(call.object("custom"), "a custom call", "name", "input")
		return
	}
	c.require(call.text("type") == "function", "a call has type %q", call.text("type"))
	fn := call.object("function")
	c.require(fn.text("name") != "" && fn.isText("arguments"), "a call has no name or arguments")
}

// openAIStream is what a strict client remembers of a stream.
type openAIStream struct {
	*Client
	choices map[int64]*openAIChoice
	usages  int
}

type openAIChoice struct {
	role, finished bool
	tools          int64
}

// Stream reads a whole stream.
func (OpenAI) Stream(body []byte) *Client {
	s := &openAIStream{Client: &Client{}, choices: map[int64]*openAIChoice{}}
	events, _ := s.sseEvents(body)
	for _, ev := range events {
		if strings.TrimSpace(ev.data) == "[DONE]" {
			s.require(!s.Done, "two [DONE]")
			s.Done = true
			continue
		}
		s.require(!s.Done, "a chunk after [DONE]")
		s.require(!ev.named, "a named event")
		if m := s.parse([]byte(ev.data), "a chunk"); m != nil {
			s.chunk(m)
			s.openAITake(m, "delta")
		}
	}
	for i, c := range s.choices {
		s.require(c.finished, "choice %d never finished", i)
		s.require(i < int64(len(s.choices)), "the choices are not numbered from 0")
	}
	s.Choices = len(s.choices)
	s.require(s.Choices > 0, "no choice at all")
	s.require(s.Done, "no [DONE]")
	return s.Client
}

func (s *openAIStream) chunk(m object) {
	s.require(m.text("object") == "chat.completion.chunk", "object %q", m.text("object"))
	s.need(m, "a chunk", "id", "model")
	s.require(m.isNumber("created"), "created is no number")
	s.require(m.isList("choices"), "a chunk has no choices")
	s.require(s.ID == "" || s.ID == m.text("id"), "the id changes")
	s.require(s.Model == "" || s.Model == m.text("model"), "the model changes")
	s.ID = m.text("id")
	if m.has("usage") {
		s.usages++
		s.require(s.usages == 1, "usage more than once")
		s.require(len(m.objects("choices")) == 0, "usage beside choices")
		for i, c := range s.choices {
			s.require(c.finished, "usage before the finish of choice %d", i)
		}
	}
	for _, choice := range m.objects("choices") {
		s.choice(choice)
	}
}

func (s *openAIStream) choice(choice object) {
	s.require(s.usages == 0, "a choice after usage")
	s.require(choice.isNumber("index"), "a choice has no index")
	s.require(choice.there("finish_reason"), "a choice has no finish_reason")
	known := s.choices[choice.number("index")]
	if known == nil {
		known = &openAIChoice{}
		s.choices[choice.number("index")] = known
	}
	s.require(!known.finished, "a delta after the finish")
	delta := choice.object("delta")
	s.require(delta != nil, "a choice has no delta")
	if !known.role {
		s.require(delta.text("role") == "assistant", "the first delta has no role")
		known.role = true
	} else {
		s.require(!delta.has("role"), "the role stands twice")
	}
	for _, call := range delta.objects("tool_calls") {
		s.call(known, call)
	}
	if reason := choice.text("finish_reason"); choice.has("finish_reason") {
		s.require(slices.Contains(openAIFinishes, reason), "finish_reason %q", reason)
		known.finished = true
	}
}

// call checks one delta of a call: its head comes first and once.
func (s *openAIStream) call(choice *openAIChoice, call object) {
	s.require(call.isNumber("index"), "a call has no index")
	fn := call.object("function")
	if index := call.number("index"); index < choice.tools {
		s.require(fn.text("name") == "", "the name of a call stands twice")
		s.require(!call.has("id") || call.text("id") != "", "a call has an empty id")
		return
	}
	s.require(call.number("index") == choice.tools, "calls are not numbered in order")
	choice.tools++
	s.openAICall(call)
}

// openAITake reads an answer or a chunk, first choice only.
func (c *Client) openAITake(m object, key string) {
	if m.isText("model") {
		c.Model = m.text("model")
	}
	c.ID = m.text("id")
	if usage := m.object("usage"); usage != nil {
		c.openAIUsage(usage)
	} else if usage := m.object("x_groq").object("usage"); usage != nil {
		c.openAIUsage(usage)
	}
	for _, choice := range m.objects("choices") {
		if choice.number("index") != 0 {
			continue
		}
		if c.Finish == "" {
			c.Finish = choice.text("finish_reason")
		}
		delta := choice.object(key)
		if delta == nil {
			delta = choice.object("delta")
		}
		c.Text += contentText(delta["content"], "text")
		c.Refusal += delta.text("refusal")
		c.Reasoning += openAIThoughts(delta)
		for _, note := range delta.objects("annotations") {
			c.cite(note.object("url_citation").text("url"))
		}
		c.openAICalls(delta)
		break
	}
}

// contentText is the text of content in its forms: text, a list of parts, or
// the JSON answer itself.
func contentText(v any, kind string) string {
	switch v := v.(type) {
	case string:
		if kind == "text" {
			return v
		}
	case map[string]any:
		if kind == "text" {
			return jsonOf(v)
		}
	case []any:
		var out strings.Builder
		for _, raw := range v {
			part, _ := raw.(map[string]any)
			if part["type"] != kind {
				continue
			}
			if kind == "thinking" {
				out.WriteString(contentText(part["thinking"], "text"))
			} else {
				out.WriteString(object(part).text("text"))
			}
		}
		return out.String()
	}
	return ""
}

func openAIThoughts(delta object) string {
	for _, key := range []string{"reasoning_content", "reasoning"} {
		if s := delta.text(key); s != "" {
			return s
		}
	}
	return contentText(delta["content"], "thinking")
}

func (c *Client) openAICalls(delta object) {
	calls := delta.objects("tool_calls")
	if legacy := delta.object("function_call"); legacy != nil && legacy["name"] != "" {
		calls = append(calls, object{"function": map[string]any(legacy)})
	}
	for i, call := range calls {
		index := i + len(c.ToolCalls)
		if call.isNumber("index") {
			index = int(call.number("index"))
		}
		id, name := call.text("id"), call.object("function").text("name")
		if call.object("function") == nil {
			name = call.object("custom").text("name")
		}
		if index >= len(c.ToolCalls) || id != "" && id != c.ToolCalls[index].ID {
			c.ToolCalls = append(c.ToolCalls, Call{ID: id, Name: name})
			index = len(c.ToolCalls) - 1
		}
		c.openAIArgs(index, call)
	}
}

// openAIArgs adds the arguments of one delta. The text of a custom tool is the
// argument named input.
func (c *Client) openAIArgs(index int, call object) {
	custom := call.object("custom")
	if fn := call.object("function"); fn != nil || custom == nil {
		c.ToolCalls[index].Args += fn.text("arguments")
		return
	}
	if c.custom == nil {
		c.custom = map[int]string{}
	}
	c.custom[index] += custom.text("input")
	c.ToolCalls[index].Args = jsonOf(map[string]string{"input": c.custom[index]})
}

func (c *Client) openAIUsage(m object) {
	prompt, completion := m.object("prompt_tokens_details"), m.object("completion_tokens_details")
	c.Usage = &Usage{
		In: m.number("prompt_tokens"), Out: m.number("completion_tokens"), Total: m.number("total_tokens"),
		CachedIn: prompt.number("cached_tokens"), CacheWrite: prompt.number("cache_write_tokens"),
		Reasoning: completion.number("reasoning_tokens"),
	}
	c.require(m.isNumber("prompt_tokens") && m.isNumber("completion_tokens"), "usage has no counts")
	c.require(c.Usage.Total == c.Usage.In+c.Usage.Out, "total_tokens is not the sum")
}
