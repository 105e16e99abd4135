package dialecttest

import (
	"bytes"
	"time"
)

// Ollama reads chats. Source: the client of ollama (api/client.go), which reads
// one JSON object per line, no line longer than 512,000 bytes, and stops at an
// error field; api/types.go for the fields.
type Ollama struct{}

// longestOllamaLine is the buffer of Ollama's own client.
const longestOllamaLine = 512 * 1000

// Plain reads a whole answer.
func (Ollama) Plain(body []byte) *Client {
	c := &Client{Choices: 1}
	if m := c.parse(body, "the answer"); m != nil {
		c.ollamaTake(m)
	}
	c.require(c.Done, "the answer is not done")
	return c
}

// Stream reads a whole stream.
func (Ollama) Stream(body []byte) *Client {
	c := &Client{Choices: 1}
	c.require(bytes.HasSuffix(body, []byte("\n")), "the last line has no end")
	for line := range bytes.SplitSeq(bytes.TrimSuffix(body, []byte("\n")), []byte("\n")) {
		c.require(len(line) <= longestOllamaLine, "a line of %d bytes", len(line))
		c.require(!c.Done, "a line after the last")
		if m := c.parse(line, "a line"); m != nil {
			c.ollamaTake(m)
		}
	}
	c.require(c.Done, "no line is done")
	return c
}

// ollamaTake reads one line, or a whole answer.
func (c *Client) ollamaTake(m object) {
	c.require(!m.has("error"), "an error field: %s", m.json("error"))
	c.need(m, "a line", "model", "created_at", "done")
	_, err := time.Parse(time.RFC3339Nano, m.text("created_at"))
	c.require(err == nil, "created_at is %q", m.text("created_at"))
	if m.isText("model") {
		c.Model = m.text("model")
	}
	message := m.object("message")
	c.require(message.text("role") == "assistant", "role %q", message.text("role"))
	c.require(message.isText("content"), "a message has no content")
	c.Text += message.text("content")
	c.Reasoning += message.text("thinking")
	for _, call := range message.objects("tool_calls") {
		fn := call.object("function")
		c.require(fn.text("name") != "", "a call has no name")
		c.require(fn.object("arguments") != nil, "the arguments of a call are no object")
		c.ToolCalls = append(c.ToolCalls, Call{ID: call.text("id"), Name: fn.text("name"), Args: fn.json("arguments")})
	}
	if done, _ := m["done"].(bool); !done {
		c.require(!m.has("done_reason"), "a done_reason before the end")
		return
	}
	c.Done = true
	c.Finish = m.text("done_reason")
	// The clients take any word; Ollama itself says stop, length and load.
	c.require(c.Finish == "stop" || c.Finish == "length" || c.Finish == "content_filter", "done_reason %q", c.Finish)
	if m.isNumber("prompt_eval_count") || m.isNumber("eval_count") {
		c.Usage = &Usage{In: m.number("prompt_eval_count"), Out: m.number("eval_count")}
		c.Usage.Total = c.Usage.In + c.Usage.Out
	}
}
