package testupstream

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
	"strings"
	"testing"

	"headwater/backend/internal/dialect/dialecttest"
)

// readAnswer reads an answer as a strict client of the protocol would.
func readAnswer(t *testing.T, wire string, q question, body string) *dialecttest.Client {
	t.Helper()
	readers := map[string]dialecttest.Reader{
		"openai": dialecttest.OpenAI{}, "responses": dialecttest.Responses{}, "anthropic": dialecttest.Anthropic{},
		"gemini": dialecttest.Gemini{List: q.list}, "ollama": dialecttest.Ollama{}, "cohere": cohereReader{}, "bedrock": bedrockReader{},
	}
	if q.stream {
		return readers[wire].Stream([]byte(body))
	}
	return readers[wire].Plain([]byte(body))
}

// cohereReader reads Cohere's v2 chats.
type cohereReader struct{}

type cohereTestMessage struct {
	Content   json.RawMessage `json:"content"`
	ToolPlan  string          `json:"tool_plan"`
	ToolCalls json.RawMessage `json:"tool_calls"`
}

type cohereTestBlock struct{ Type, Text, Thinking string }

type cohereTestCall struct {
	ID       string
	Function struct{ Name, Arguments string }
}

type cohereTestUsage struct {
	Tokens struct {
		In  int64 `json:"input_tokens"`
		Out int64 `json:"output_tokens"`
	} `json:"tokens"`
	Cached int64 `json:"cached_tokens"`
}

func (u *cohereTestUsage) usage() *dialecttest.Usage {
	if u == nil {
		return nil
	}
	return &dialecttest.Usage{In: u.Tokens.In, Out: u.Tokens.Out, CachedIn: u.Cached}
}

func (cohereReader) Plain(body []byte) *dialecttest.Client {
	var v struct {
		ID      string
		Message cohereTestMessage
		Finish  string `json:"finish_reason"`
		Usage   *cohereTestUsage
	}
	c := &dialecttest.Client{Done: true}
	if err := json.Unmarshal(body, &v); err != nil {
		c.Problems = append(c.Problems, err.Error())
	}
	c.ID, c.Finish, c.Usage = v.ID, v.Finish, v.Usage.usage()
	var blocks []cohereTestBlock
	var calls []cohereTestCall
	_ = json.Unmarshal(v.Message.Content, &blocks)
	_ = json.Unmarshal(v.Message.ToolCalls, &calls)
	for _, b := range blocks {
		c.Text, c.Reasoning = c.Text+b.Text, c.Reasoning+b.Thinking
	}
	for _, call := range calls {
		c.ToolCalls = append(c.ToolCalls, dialecttest.Call{ID: call.ID, Name: call.Function.Name, Args: call.Function.Arguments})
	}
	return c
}

func (cohereReader) Stream(body []byte) *dialecttest.Client {
	c := &dialecttest.Client{}
	for line := range strings.Lines(strings.ReplaceAll(string(body), "\r\n", "\n")) {
		data, ok := strings.CutPrefix(strings.TrimSpace(line), "data: ")
		if !ok {
			continue
		}
		if data == "[DONE]" {
			c.Done = true
			continue
		}
		var v struct {
			Type, ID string
			Index    int
			Delta    struct {
				Message cohereTestMessage
				Finish  string `json:"finish_reason"`
				Error   string
				Usage   *cohereTestUsage
			}
		}
		if err := json.Unmarshal([]byte(data), &v); err != nil {
			c.Problems = append(c.Problems, err.Error())
			continue
		}
		cohereEvent(c, v.Type, v.Index, v.Delta.Message)
		if v.Type == "message-end" {
			c.Finish, c.Refusal, c.Usage = v.Delta.Finish, v.Delta.Error, v.Delta.Usage.usage()
		}
	}
	return c
}

func cohereEvent(c *dialecttest.Client, kind string, index int, m cohereTestMessage) {
	var block cohereTestBlock
	var call cohereTestCall
	switch kind {
	case "content-delta":
		_ = json.Unmarshal(m.Content, &block)
		c.Text, c.Reasoning = c.Text+block.Text, c.Reasoning+block.Thinking
	case "tool-call-start", "tool-call-delta":
		_ = json.Unmarshal(m.ToolCalls, &call)
		for len(c.ToolCalls) <= index {
			c.ToolCalls = append(c.ToolCalls, dialecttest.Call{})
		}
		to := &c.ToolCalls[index]
		to.ID, to.Name, to.Args = to.ID+call.ID, to.Name+call.Function.Name, to.Args+call.Function.Arguments
	}
}

// bedrockReader reads Converse.
type bedrockReader struct{}

type bedrockTestUsage struct {
	In     int64 `json:"inputTokens"`
	Out    int64 `json:"outputTokens"`
	Total  int64 `json:"totalTokens"`
	Cached int64 `json:"cacheReadInputTokens"`
}

func (u *bedrockTestUsage) usage() *dialecttest.Usage {
	if u == nil {
		return nil
	}
	return &dialecttest.Usage{In: u.In, Out: u.Out, Total: u.Total, CachedIn: u.Cached}
}

func (bedrockReader) Plain(body []byte) *dialecttest.Client {
	var v struct {
		Output struct {
			Message struct {
				Content []struct {
					Text      string
					Reasoning struct{ ReasoningText struct{ Text string } } `json:"reasoningContent"`
					ToolUse   *struct {
						ToolUseID, Name string
						Input           json.RawMessage
					}
				}
			}
		}
		StopReason string
		Usage      *bedrockTestUsage
	}
	c := &dialecttest.Client{Done: true}
	if err := json.Unmarshal(body, &v); err != nil {
		c.Problems = append(c.Problems, err.Error())
	}
	c.Finish, c.Usage = v.StopReason, v.Usage.usage()
	for _, b := range v.Output.Message.Content {
		c.Text, c.Reasoning = c.Text+b.Text, c.Reasoning+b.Reasoning.ReasoningText.Text
		if b.ToolUse != nil {
			c.ToolCalls = append(c.ToolCalls, dialecttest.Call{ID: b.ToolUse.ToolUseID, Name: b.ToolUse.Name, Args: string(b.ToolUse.Input)})
		}
	}
	return c
}

func (bedrockReader) Stream(body []byte) *dialecttest.Client {
	c := &dialecttest.Client{}
	for len(body) > 0 {
		head, payload, rest, fault := awsRead(body)
		if fault != "" {
			c.Problems = append(c.Problems, fault)
			return c
		}
		body = rest
		var v struct {
			Start struct {
				ToolUse struct{ ToolUseID, Name string }
			}
			Delta struct {
				Text      string
				Reasoning struct{ Text string } `json:"reasoningContent"`
				ToolUse   struct{ Input string }
			}
			StopReason, Message string
			Usage               *bedrockTestUsage
		}
		if err := json.Unmarshal(payload, &v); err != nil {
			c.Problems = append(c.Problems, err.Error())
			continue
		}
		switch head[":event-type"] + head[":exception-type"] {
		case "contentBlockStart":
			c.ToolCalls = append(c.ToolCalls, dialecttest.Call{ID: v.Start.ToolUse.ToolUseID, Name: v.Start.ToolUse.Name})
		case "contentBlockDelta":
			c.Text, c.Reasoning = c.Text+v.Delta.Text, c.Reasoning+v.Delta.Reasoning.Text
			if n := len(c.ToolCalls); n > 0 {
				c.ToolCalls[n-1].Args += v.Delta.ToolUse.Input
			}
		case "messageStop":
			c.Finish = v.StopReason
		case "metadata":
			c.Done, c.Usage = true, v.Usage.usage()
		case "messageStart", "contentBlockStop":
		default:
			c.Refusal = head[":message-type"] + " " + head[":exception-type"] + ": " + v.Message
		}
	}
	return c
}

// awsRead reads one message of AWS's framing, checksums included.
func awsRead(b []byte) (head map[string]string, payload, rest []byte, fault string) {
	if len(b) < 16 {
		return nil, nil, nil, "a message is cut"
	}
	total, headers := int(binary.BigEndian.Uint32(b)), int(binary.BigEndian.Uint32(b[4:]))
	switch {
	case total > len(b):
		return nil, nil, nil, "a message is cut"
	case crc32.ChecksumIEEE(b[:8]) != binary.BigEndian.Uint32(b[8:]):
		return nil, nil, nil, "the prelude's checksum is wrong"
	case crc32.ChecksumIEEE(b[:total-4]) != binary.BigEndian.Uint32(b[total-4:]):
		return nil, nil, nil, "the message's checksum is wrong"
	}
	head = map[string]string{}
	r := bytes.NewBuffer(b[12 : 12+headers])
	for r.Len() > 0 {
		n, _ := r.ReadByte()
		name := string(r.Next(int(n)))
		if kind, _ := r.ReadByte(); kind != 7 {
			return nil, nil, nil, "a header is no string"
		}
		head[name] = string(r.Next(int(binary.BigEndian.Uint16(r.Next(2)))))
	}
	return head, b[12+headers : total-4], b[total:], ""
}
