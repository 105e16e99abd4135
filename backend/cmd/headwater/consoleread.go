package main

import (
	"bytes"
	"encoding/json"
	"strings"

	"headwater/backend/hw"
)

// maxConsoleWhole bounds an answer, or a line of a stream, that is read as one
// piece. Unit: bytes.
const maxConsoleWhole = 8 << 20

// chatReader finds the text in the answer to a chat, in whatever dialect it is.
// It makes no guess at the rest: tools and reasoning are left out.
type chatReader struct {
	status int
	lines  bool // it is a stream of lines
	rest   []byte
}

// begin takes the head of the answer.
func (r *chatReader) begin(e *hw.ConsoleEvent) {
	kind := e.Headers["Content-Type"]
	r.status, r.lines = e.Status, strings.HasPrefix(kind, "text/event-stream") || strings.HasPrefix(kind, "application/x-ndjson")
}

// feed takes a piece of the body, cut anywhere, and returns what it adds to the
// text.
func (r *chatReader) feed(p []byte) string {
	r.rest = append(r.rest, p...)
	if len(r.rest) > maxConsoleWhole {
		r.rest = r.rest[len(r.rest)-maxConsoleWhole:]
	}
	if !r.lines {
		return ""
	}
	var text strings.Builder
	for {
		line, rest, whole := bytes.Cut(r.rest, []byte("\n"))
		if !whole {
			return text.String()
		}
		r.rest = rest
		line = bytes.TrimSpace(bytes.TrimPrefix(bytes.TrimSpace(line), []byte("data:")))
		text.WriteString(chatText(line))
	}
}

// end returns what is left: the text of a whole answer, or the answer itself
// where there is none in it, such as an error.
func (r *chatReader) end() string {
	if r.lines && r.status < 400 {
		return chatText(r.rest)
	}
	if text := chatText(r.rest); text != "" && r.status < 400 {
		return text
	}
	return string(r.rest)
}

// chatPiece has the places of text in the dialects: those of a whole answer and
// those of an event. A place of one dialect means nothing in another.
type chatPiece struct {
	// Type tells the events of Responses and of Anthropic apart.
	Type string
	// Choices is OpenAI's.
	Choices []struct{ Delta, Message struct{ Content string } }
	// Delta is a text in Responses and an object in Anthropic's events.
	Delta json.RawMessage
	// Output is that of Responses, Content that of Anthropic.
	Output  []struct{ Content []chatBlock }
	Content []chatBlock
	// Candidates is Gemini's, Message Ollama's.
	Candidates []struct {
		Content struct{ Parts []chatBlock }
	}
	Message struct{ Content string }
}

// chatBlock is a piece of content; Thought marks Gemini's reasoning.
type chatBlock struct {
	Text    string
	Thought bool
}

// chatText is the text in an answer or an event; empty for anything else.
func chatText(raw []byte) string {
	var p chatPiece
	_ = json.Unmarshal(raw, &p) // what does not fit has no text for us
	var text strings.Builder
	for _, choice := range p.Choices[:min(len(p.Choices), 1)] {
		text.WriteString(choice.Delta.Content + choice.Message.Content)
	}
	for _, candidate := range p.Candidates[:min(len(p.Candidates), 1)] {
		writeBlocks(&text, candidate.Content.Parts)
	}
	if p.Type == "" || p.Type == "message" {
		writeBlocks(&text, p.Content)
		for _, item := range p.Output {
			writeBlocks(&text, item.Content)
		}
	}
	text.WriteString(p.Message.Content)
	switch p.Type {
	case "response.output_text.delta":
		var delta string
		_ = json.Unmarshal(p.Delta, &delta) // the dialect says it is a text
		text.WriteString(delta)
	case "content_block_delta":
		var delta chatBlock
		_ = json.Unmarshal(p.Delta, &delta) // the dialect says it is an object
		text.WriteString(delta.Text)
	}
	return text.String()
}

func writeBlocks(to *strings.Builder, blocks []chatBlock) {
	for _, b := range blocks {
		if !b.Thought {
			to.WriteString(b.Text)
		}
	}
}
