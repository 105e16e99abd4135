package dialecttest

import (
	"encoding/json"
	"slices"
	"strings"
)

// Told is an error as a caller's SDK raises it.
type Told struct {
	Message string
	// Kind is the dialect's own word for the kind of error; empty where it has none.
	Kind string
	// Before is the text that a stream gave before the error.
	Before string
	// Problems is what a strict client would stumble over.
	Problems []string
}

// ErrorReader reads how one dialect tells of errors.
type ErrorReader interface {
	Reader
	// Error reads the body of an answer with an error status.
	Error(status int, body []byte) *Told
	// StreamError reads a stream that ends with an error.
	StreamError(body []byte) *Told
}

// told moves the findings of a reading into what was told.
func (c *Client) told(message, kind, before string) *Told {
	c.require(strings.TrimSpace(message) != "", "an error without a message")
	return &Told{Message: message, Kind: kind, Before: before, Problems: c.Problems}
}

// Error reads an error as openai-node does (APIError.generate in error.ts): all
// fields stand within error.
func (OpenAI) Error(_ int, body []byte) *Told {
	c := &Client{}
	e := c.openAIError(c.parse(body, "the error"))
	return c.told(e.text("message"), e.text("type"), "")
}

func (c *Client) openAIError(m object) object {
	e := m.object("error")
	c.require(e != nil, "no error object")
	c.require(e.text("type") != "", "an error has no type")
	c.require(e.there("param") && e.there("code"), "an error has no param or code field")
	return e
}

// StreamError reads a stream as the Stream of openai-node does: the error field
// of a chunk is raised. Nothing may follow it.
func (OpenAI) StreamError(body []byte) *Told {
	c, kept := &Client{}, ""
	events, _ := c.sseEvents(body)
	var e object
	for i, ev := range events {
		m := c.parse([]byte(ev.data), "a chunk")
		if !m.has("error") {
			c.require(!m.has("usage"), "usage in a stream that broke off")
			c.openAITake(m, "delta")
			continue
		}
		kept = c.Text
		c.require(i == len(events)-1, "something follows the error")
		e = c.openAIError(m)
	}
	c.require(e != nil, "the stream tells of no error")
	c.require(c.Finish == "", "a finish_reason before the error")
	return c.told(e.text("message"), e.text("type"), kept)
}

// Error reads an error as OpenAI's callers do.
func (Responses) Error(status int, body []byte) *Told { return OpenAI{}.Error(status, body) }

// StreamError reads a stream as openai-node does: an event named error is
// raised. A response that ends with the status failed tells of it, too.
func (Responses) StreamError(body []byte) *Told {
	c := &Client{}
	events, _ := c.sseEvents(body)
	message, kind, before := "", "", ""
	var next int64
	for i, ev := range events {
		m := c.parse([]byte(ev.data), "an event")
		if m.isNumber("sequence_number") {
			c.require(m.number("sequence_number") == next, "event %d has the number %d", next, m.number("sequence_number"))
			next = m.number("sequence_number") + 1
		}
		switch m.text("type") {
		case "response.output_text.delta":
			before += m.text("delta")
		case "response.completed", "response.incomplete":
			c.problem("a clean end: %s", m.text("type"))
		case "error":
			c.require(i == len(events)-1, "something follows the error")
			c.require(ev.name == "error", "the event of an error is named %q", ev.name)
			c.require(m.isText("message") && m.there("code") && m.there("param") && m.isNumber("sequence_number"), "an error event lacks a field")
			message, kind = m.text("message"), m.object("error").text("type")
		}
	}
	return c.told(message, kind, before)
}

// anthropicErrors are the types of errors with the status of each (Anthropic's
// API documentation, "Errors", 2025).
var anthropicErrors = map[string][]int{
	"invalid_request_error": {400, 404, 405, 408, 409, 410, 422, 431, 499}, "authentication_error": {401}, "billing_error": {402},
	"permission_error": {403}, "not_found_error": {404}, "request_too_large": {413}, "rate_limit_error": {429},
	"api_error": {500, 502}, "timeout_error": {504}, "overloaded_error": {503, 529},
}

// Error reads an error as anthropic-sdk-typescript does (core/error.ts).
func (Anthropic) Error(status int, body []byte) *Told {
	c := &Client{}
	e := c.anthropicError(c.parse(body, "the error"))
	statuses, known := anthropicErrors[e.text("type")]
	c.require(known && slices.Contains(statuses, status), "an error of type %q with the status %d", e.text("type"), status)
	return c.told(e.text("message"), e.text("type"), "")
}

func (c *Client) anthropicError(m object) object {
	c.require(m.text("type") == "error", "the type is %q", m.text("type"))
	e := m.object("error")
	_, known := anthropicErrors[e.text("type")]
	c.require(known, "an error of type %q", e.text("type"))
	return e
}

// StreamError reads a stream as the SDK's Stream does: an event named error is
// raised, and no message_stop comes.
func (Anthropic) StreamError(body []byte) *Told {
	c, before := &Client{}, ""
	events, _ := c.sseEvents(body)
	var e object
	for i, ev := range events {
		m := c.parse([]byte(ev.data), "an event")
		switch ev.name {
		case "content_block_delta":
			before += m.object("delta").text("text")
		case "message_delta", "message_stop":
			c.problem("a clean end: %s", ev.name)
		case "error":
			c.require(i == len(events)-1, "something follows the error")
			e = c.anthropicError(m)
		}
	}
	c.require(e != nil, "the stream tells of no error")
	return c.told(e.text("message"), e.text("type"), before)
}

// geminiStatuses are the canonical codes with the HTTP statuses they come with
// (google/rpc/code.proto).
var geminiStatuses = map[string][]int{
	"INVALID_ARGUMENT": {400, 402, 408, 411, 413, 415, 422, 431}, "FAILED_PRECONDITION": {400}, "UNAUTHENTICATED": {401}, "PERMISSION_DENIED": {403},
	"NOT_FOUND": {404, 410}, "UNIMPLEMENTED": {405, 501}, "ABORTED": {409}, "RESOURCE_EXHAUSTED": {429}, "CANCELLED": {499},
	"INTERNAL": {500}, "UNAVAILABLE": {502, 503}, "DEADLINE_EXCEEDED": {504},
}

// Error reads an error as go-genai does (newAPIError in api_client.go).
func (Gemini) Error(status int, body []byte) *Told {
	c := &Client{}
	m := c.parse(body, "the error")
	e := c.geminiError(m)
	c.require(e.number("code") == int64(status), "the code is %d, the status %d", e.number("code"), status)
	return c.told(e.text("message"), e.text("status"), "")
}

func (c *Client) geminiError(m object) object {
	e := m.object("error")
	c.require(e != nil, "no error object")
	statuses, known := geminiStatuses[e.text("status")]
	c.require(known && slices.Contains(statuses, int(e.number("code"))), "status %q with the code %d", e.text("status"), e.number("code"))
	for _, detail := range e.objects("details") {
		c.require(strings.HasPrefix(detail.text("@type"), "type.googleapis.com/"), "a detail without a type")
	}
	return e
}

// StreamError reads a stream as the SDKs do: js-genai and go-genai take a JSON
// text that stands bare in an event stream for an error, and an element with an
// error for one in a list.
func (g Gemini) StreamError(body []byte) *Told {
	s := &geminiStream{Client: &Client{}, finished: map[int64]bool{}, seen: map[int64]bool{}}
	var e object
	for _, element := range g.elements(s.Client, body) {
		m := s.parse(element, "an element")
		if m.has("error") {
			e = s.geminiError(m)
			continue
		}
		s.require(e == nil, "something follows the error")
		for _, candidate := range m.objects("candidates") {
			s.candidate(candidate)
		}
	}
	s.require(e != nil, "the stream tells of no error")
	s.require(s.Finish == "", "a finishReason before the error")
	return s.told(e.text("message"), e.text("status"), s.Text)
}

// elements are the JSON texts of a stream that ends with an error.
func (g Gemini) elements(c *Client, body []byte) []json.RawMessage {
	var list []json.RawMessage
	if g.List {
		c.require(json.Unmarshal(body, &list) == nil, "the stream is no JSON list: %.80q", body)
		return list
	}
	stream, bare, found := strings.Cut(strings.ReplaceAll(string(body), "\r\n", "\n"), "\n{")
	c.require(found, "no bare error ends the stream")
	events, _ := c.sseEvents([]byte(stream + "\n\n"))
	for _, ev := range events {
		list = append(list, json.RawMessage(ev.data))
	}
	return append(list, json.RawMessage("{"+bare))
}

// Error reads an error as Ollama's own client does (checkError in api/client.go).
func (Ollama) Error(_ int, body []byte) *Told {
	c := &Client{}
	m := c.parse(body, "the error")
	return c.told(m.text("error"), "", "")
}

// StreamError reads a stream as Ollama's own client does: the error field of a
// line is raised.
func (Ollama) StreamError(body []byte) *Told {
	c, message := &Client{}, ""
	var before strings.Builder
	for line := range strings.Lines(string(body)) {
		m := c.parse([]byte(strings.TrimSpace(line)), "a line")
		c.require(message == "", "something follows the error")
		done, _ := m["done"].(bool)
		c.require(!done, "a line is done")
		before.WriteString(m.object("message").text("content"))
		message = m.text("error")
	}
	c.require(strings.HasSuffix(string(body), "\n"), "the last line has no end")
	return c.told(message, "", before.String())
}
