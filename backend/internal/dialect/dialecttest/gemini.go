package dialecttest

import (
	"encoding/json"
	"slices"
)

// Gemini reads generateContent and streamGenerateContent. Sources: go-genai
// (api_client.go), whose stream reader takes any line that does not begin with
// "data" for an error, and js-genai (_api_client.ts), which splits at blank
// lines; both hand each chunk on, so function calls must be whole.
type Gemini struct {
	// List is true where the stream is one JSON list (no alt=sse).
	List bool
}

var geminiFinishes = []string{
	"STOP", "MAX_TOKENS", "SAFETY", "RECITATION", "LANGUAGE", "OTHER", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII",
	"MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "IMAGE_SAFETY",
}

// Plain reads a whole answer.
func (Gemini) Plain(body []byte) *Client {
	s := &geminiStream{Client: &Client{}}
	if m := s.parse(body, "the answer"); m != nil {
		s.chunk(m)
	}
	s.end()
	return s.Client
}

// Stream reads a whole stream.
func (g Gemini) Stream(body []byte) *Client {
	s := &geminiStream{Client: &Client{}}
	if g.List {
		var list []json.RawMessage
		s.require(json.Unmarshal(body, &list) == nil, "the stream is no JSON list: %.80q", body)
		for _, element := range list {
			s.piece(element)
		}
		s.end()
		return s.Client
	}
	events, comments := s.sseEvents(body)
	s.require(comments == 0, "a comment, which the SDK takes for an error")
	for _, ev := range events {
		if ev.data == "[DONE]" {
			s.problem("a [DONE], which this dialect does not have")
			continue
		}
		s.require(!ev.named, "a named event, which the SDK takes for an error")
		s.piece([]byte(ev.data))
	}
	s.end()
	return s.Client
}

// geminiStream is what a strict client remembers of a stream.
type geminiStream struct {
	*Client
	finished map[int64]bool
	seen     map[int64]bool
}

func (s *geminiStream) piece(data []byte) {
	if m := s.parse(data, "a chunk"); m != nil {
		s.chunk(m)
	}
}

func (s *geminiStream) chunk(m object) {
	if s.seen == nil {
		s.finished, s.seen = map[int64]bool{}, map[int64]bool{}
	}
	if m.isText("modelVersion") {
		s.Model = m.text("modelVersion")
	}
	s.require(m.text("modelVersion") != "", "a chunk has no modelVersion")
	s.require(m.text("responseId") != "", "a chunk has no responseId")
	s.require(s.ID == "" || s.ID == m.text("responseId"), "the responseId changes")
	s.ID = m.text("responseId")
	s.require(m.isList("candidates") || m.has("promptFeedback") || m.has("usageMetadata"), "a chunk has no candidates")
	for _, candidate := range m.objects("candidates") {
		s.candidate(candidate)
	}
	if u := m.object("usageMetadata"); u != nil {
		s.usage(u)
	}
	if reason := m.object("promptFeedback").text("blockReason"); reason != "" && s.Finish == "" {
		s.Finish = reason
	}
}

// usage is cumulative: the last report counts.
func (s *geminiStream) usage(u object) {
	s.Usage = &Usage{
		In: u.number("promptTokenCount"), Out: u.number("candidatesTokenCount"), Total: u.number("totalTokenCount"),
		CachedIn: u.number("cachedContentTokenCount"), Reasoning: u.number("thoughtsTokenCount"),
	}
	s.require(s.Usage.Total == s.Usage.In+s.Usage.Out+s.Usage.Reasoning+u.number("toolUsePromptTokenCount"), "totalTokenCount is not the sum")
}

func (s *geminiStream) candidate(m object) {
	index := m.number("index")
	s.require(!s.finished[index], "a candidate goes on after its finishReason")
	s.seen[index] = true
	if content := m.object("content"); content != nil {
		s.require(content.text("role") == "model", "role %q", content.text("role"))
		for _, part := range content.objects("parts") {
			s.part(part, index == 0)
		}
	}
	if index == 0 {
		s.sources(m)
	}
	if reason := m.text("finishReason"); reason != "" {
		s.finished[index] = true
		s.require(slices.Contains(geminiFinishes, reason), "finishReason %q", reason)
		if index == 0 {
			s.Finish = reason
		}
	}
}

func (s *geminiStream) sources(candidate object) {
	for _, chunk := range candidate.object("groundingMetadata").objects("groundingChunks") {
		s.cite(chunk.object("web").text("uri"))
		s.cite(chunk.object("retrievedContext").text("uri"))
	}
	for _, source := range candidate.object("citationMetadata").objects("citationSources") {
		s.cite(source.text("uri"))
	}
}

func (s *geminiStream) part(part object, first bool) {
	call := part.object("functionCall")
	s.require(call != nil || part.isText("text") || len(part) > 0, "an empty part")
	if call != nil {
		s.require(call.text("name") != "", "a functionCall has no name")
		s.require(call.object("args") != nil || !call.has("args"), "the args of a functionCall are no object")
	}
	if !first {
		return
	}
	switch thought, _ := part["thought"].(bool); {
	case call != nil:
		args := "{}"
		if call.has("args") {
			args = call.json("args")
		}
		s.ToolCalls = append(s.ToolCalls, Call{ID: call.text("id"), Name: call.text("name"), Args: args})
	case thought:
		s.Reasoning += part.text("text")
	default:
		s.Text += part.text("text")
	}
}

func (s *geminiStream) end() {
	for index := range s.seen {
		s.require(s.finished[index], "candidate %d has no finishReason", index)
	}
	s.Choices, s.Done = len(s.seen), s.Finish != ""
	s.require(s.Done, "no finishReason and no blockReason")
}
