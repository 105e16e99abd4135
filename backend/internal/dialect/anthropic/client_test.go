package anthropic_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// strictClient reads a stream the way the official clients do and fails on all
// that one of them fails on.
type strictClient struct {
	t       *testing.T
	state   string
	index   int
	block   map[string]any
	input   string
	blocks  []map[string]any
	message map[string]any
	ids     map[string]bool
}

// checkStream gives the content blocks of a stream and its last event's fields.
func checkStream(t *testing.T, stream []byte) ([]map[string]any, map[string]any) {
	t.Helper()
	c := &strictClient{t: t, ids: map[string]bool{}}
	for event := range strings.SplitSeq(string(stream), "\n\n") {
		if event == "" || strings.HasPrefix(event, ":") {
			continue
		}
		name, data, ok := strings.Cut(event, "\ndata: ")
		var body map[string]any
		if !ok || json.Unmarshal([]byte(data), &body) != nil || name != "event: "+fmt.Sprint(body["type"]) {
			t.Fatalf("not an event: %q", event)
		}
		c.take(body)
	}
	if c.state != "message_stop" {
		t.Fatalf("the stream ended after %s:\n%s", c.state, stream)
	}
	return c.blocks, c.message
}

var idPattern = regexp.MustCompile(`^[a-zA-Z0-9_-]+$`)

func (c *strictClient) take(body map[string]any) {
	c.t.Helper()
	kind, _ := body["type"].(string)
	if kind == "ping" {
		if c.state == "" {
			c.t.Fatal("a ping before the start")
		}
		return
	}
	after := map[string]string{
		"message_start": "", "content_block_start": "message_start content_block_stop", "content_block_delta": "content_block_start content_block_delta",
		"content_block_stop": "content_block_start content_block_delta", "message_delta": "message_start content_block_stop", "message_stop": "message_delta",
	}
	if allowed, known := after[kind]; !known || !(allowed == c.state || c.state != "" && strings.Contains(" "+allowed+" ", " "+c.state+" ")) {
		c.t.Fatalf("%s after %q", kind, c.state)
	}
	c.state = kind
	if index, has := body["index"].(float64); has != strings.HasPrefix(kind, "content_") || has && int(index) != c.index {
		c.t.Fatalf("index %v of %s, want %d", body["index"], kind, c.index)
	}
	switch kind {
	case "message_start":
		c.start(body["message"])
	case "content_block_start":
		c.open(body["content_block"])
	case "content_block_delta":
		c.delta(body["delta"])
	case "content_block_stop":
		c.stop()
	case "message_delta":
		delta, _ := body["delta"].(map[string]any)
		usage, _ := body["usage"].(map[string]any)
		if _, ok := usage["output_tokens"].(float64); !ok || delta["stop_reason"] == nil {
			c.t.Fatalf("message_delta %v", body)
		}
		c.message["stop_reason"], c.message["stop_sequence"], c.message["usage"] = delta["stop_reason"], delta["stop_sequence"], usage
	}
}

func (c *strictClient) start(raw any) {
	c.t.Helper()
	c.message, _ = raw.(map[string]any)
	id, _ := c.message["id"].(string)
	content, isList := c.message["content"].([]any)
	usage, _ := c.message["usage"].(map[string]any)
	if !strings.HasPrefix(id, "msg_") || !isList || len(content) > 0 || c.message["role"] != "assistant" || usage["input_tokens"] == nil || usage["output_tokens"] == nil {
		c.t.Fatalf("message_start %v", raw)
	}
}

func (c *strictClient) open(raw any) {
	c.t.Helper()
	c.block, _ = raw.(map[string]any)
	c.input = ""
	need := map[any][]string{"text": {"text"}, "thinking": {"thinking", "signature"}, "redacted_thinking": {"data"}, "tool_use": {"id", "name", "input"}}[c.block["type"]]
	if need == nil {
		c.t.Fatalf("block %v", raw)
	}
	for _, key := range need {
		if c.block[key] == nil {
			c.t.Fatalf("block without %s: %v", key, raw)
		}
	}
	if id, ok := c.block["id"].(string); ok {
		if c.ids[id] || !idPattern.MatchString(id) {
			c.t.Fatalf("id %q does not fit or stands twice", id)
		}
		c.ids[id] = true
	}
}

func (c *strictClient) delta(raw any) {
	c.t.Helper()
	d, _ := raw.(map[string]any)
	grow := func(block, field string) {
		c.t.Helper()
		text, ok := d[field].(string)
		if !ok || c.block["type"] != block {
			c.t.Fatalf("%v in a block of %v", d, c.block["type"])
		}
		old, _ := c.block[field].(string)
		c.block[field] = old + text
	}
	switch d["type"] {
	case "text_delta":
		grow("text", "text")
	case "thinking_delta":
		grow("thinking", "thinking")
	case "signature_delta":
		grow("thinking", "signature")
		c.block["ended"] = true
	case "citations_delta":
		list, _ := c.block["citations"].([]any)
		c.block["citations"] = append(list, d["citation"])
	case "input_json_delta":
		text, ok := d["partial_json"].(string)
		if !ok || c.block["type"] != "tool_use" {
			c.t.Fatalf("%v in a block of %v", d, c.block["type"])
		}
		c.input += text
	default:
		c.t.Fatalf("delta %v", d)
	}
}

func (c *strictClient) stop() {
	c.t.Helper()
	if c.block["type"] == "thinking" {
		if c.block["ended"] != true {
			c.t.Fatal("a thinking block without its signature")
		}
		delete(c.block, "ended")
	}
	if c.input != "" {
		var object map[string]any
		if json.Unmarshal([]byte(c.input), &object) == nil {
			c.block["input"] = object
		} else {
			c.block["input"] = "broken: " + c.input
		}
	}
	c.blocks = append(c.blocks, c.block)
	c.index++
}

// checkSame compares streamed blocks with the JSON text of those that are wanted.
func checkSame(t *testing.T, blocks []map[string]any, text string) {
	t.Helper()
	got, _ := json.Marshal(blocks)
	if canonical(string(got)) != canonical(text) {
		t.Errorf("got  %s\nwant %s", got, text)
	}
}
