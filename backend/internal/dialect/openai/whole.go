package openai

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

type wireUsage struct {
	Prompt     int64 `json:"prompt_tokens"`
	Completion int64 `json:"completion_tokens"`
	Total      int64 `json:"total_tokens"`
	// Details are left out where they would say zero only.
	PromptDetails     *promptDetails     `json:"prompt_tokens_details,omitempty"`
	CompletionDetails *completionDetails `json:"completion_tokens_details,omitempty"`
	// Estimated is beside what OpenAI sends: the upstream told no counts.
	Estimated bool `json:"estimated,omitempty"`
}

type promptDetails struct {
	Cached     int64 `json:"cached_tokens"`
	CacheWrite int64 `json:"cache_write_tokens,omitempty"`
	Audio      int64 `json:"audio_tokens,omitempty"`
}

type completionDetails struct {
	Reasoning int64 `json:"reasoning_tokens"`
	Audio     int64 `json:"audio_tokens,omitempty"`
}

func usageOut(u *dialect.Usage) *wireUsage {
	if u == nil {
		return nil
	}
	w := &wireUsage{Prompt: u.In, Completion: u.Out, Total: u.In + u.Out, Estimated: u.Estimated}
	if u.CachedIn > 0 || u.CacheWrite > 0 || u.AudioIn > 0 {
		w.PromptDetails = &promptDetails{u.CachedIn, u.CacheWrite, u.AudioIn}
	}
	if u.ReasoningOut > 0 || u.AudioOut > 0 {
		w.CompletionDetails = &completionDetails{u.ReasoningOut, u.AudioOut}
	}
	return w
}

// answerMessage is the message of a whole answer, in OpenAI's field order and
// with its nulls.
type answerMessage struct {
	Role        string            `json:"role"`
	Content     *string           `json:"content"`
	Refusal     *string           `json:"refusal"`
	Reasoning   string            `json:"reasoning_content,omitempty"`
	Details     []reasoningDetail `json:"reasoning_details,omitempty"`
	ToolCalls   []answerCall      `json:"tool_calls,omitempty"`
	Annotations []annotation      `json:"annotations,omitempty"`
	Images      []answerImage     `json:"images,omitempty"`
	Audio       *answerAudio      `json:"audio,omitempty"`
	Extra       *extraContent     `json:"extra_content,omitempty"`
}

type answerChoice struct {
	Index   int           `json:"index"`
	Message answerMessage `json:"message"`
	Finish  string        `json:"finish_reason"`
}

// Answer appends a whole answer.
func (e *encoder) Answer(dst []byte, a *dialect.Answer) ([]byte, error) {
	if e.opts.Op.Endpoint == dialect.EndpointEmbeddings {
		return e.embeddings(dst, a)
	}
	body := struct {
		ID      string         `json:"id"`
		Object  string         `json:"object"`
		Created int64          `json:"created"`
		Model   string         `json:"model"`
		Choices []answerChoice `json:"choices"`
		Usage   *wireUsage     `json:"usage,omitempty"`
	}{e.id(a.ID), "chat.completion", created(a.Created), e.opts.Model, make([]answerChoice, 0, len(a.Choices)), usageOut(a.Usage)}
	for _, c := range a.Choices {
		message := e.message(c.Parts)
		body.Choices = append(body.Choices, answerChoice{c.Index, message, finishWord(c.Finish, len(message.ToolCalls) > 0)})
	}
	text, err := marshal(body)
	if err != nil {
		return dst, fmt.Errorf("rendering the answer: %w", err)
	}
	return append(dst, text...), nil
}

// message renders the parts of a choice.
func (e *encoder) message(parts []dialect.Part) answerMessage {
	m := answerMessage{Role: dialect.RoleAssistant}
	for i := range parts {
		switch p := &parts[i]; p.Kind {
		case dialect.PartText:
			m.addText(p)
		case dialect.PartRefusal:
			join(&m.Refusal, p.Text)
		case dialect.PartReasoning:
			m.Reasoning += p.Text
			m.Details = append(m.Details, number(details(*p), len(m.Details))...)
		case dialect.PartToolCall:
			m.addCall(p, p.Call.Custom || e.isCustom(p.Call.Name))
		case dialect.PartImage:
			m.Images = append(m.Images, imageOut(p))
		case dialect.PartAudio:
			m.Audio = e.audio(p, "")
		default: // answers hold nothing else
		}
	}
	m.settle()
	return m
}

// settle fills in what follows from the rest: a content, which clients read
// without a look at null, and the words of what was spoken.
func (m *answerMessage) settle() {
	if m.Content == nil && m.Refusal == nil && len(m.ToolCalls) == 0 {
		m.Content = new(string)
	}
	if m.Audio != nil && m.Content != nil {
		m.Audio.Transcript = *m.Content
	}
}

// join adds a text to one that may be null.
func join(to **string, s string) {
	if *to == nil {
		*to = new(string)
	}
	**to += s
}

// addText adds a text with its sources, whose places move behind the text so far.
func (m *answerMessage) addText(p *dialect.Part) {
	from := 0
	if m.Content != nil && len(p.Citations) > 0 {
		from = runes(*m.Content)
	}
	for _, c := range p.Citations {
		m.Annotations = append(m.Annotations, annotationOut(c, from))
	}
	join(&m.Content, p.Text)
	if p.Signature != "" && p.Signer == dialect.SignerGemini {
		m.Extra = extraOut(p.Signature)
	}
}

// addCall adds a tool call with its vendor's proof.
func (m *answerMessage) addCall(p *dialect.Part, custom bool) {
	call := callOut(p.Call, custom)
	switch {
	case p.Signature == "":
	case p.Signer == dialect.SignerGemini:
		call.Extra = extraOut(p.Signature)
	default:
		m.Details = append(m.Details, number([]reasoningDetail{callProof(p.Call.ID, p.Signature, p.Signer)}, len(m.Details))...)
	}
	m.ToolCalls = append(m.ToolCalls, call)
}

// embeddings appends vectors in the form the caller asked for.
func (e *encoder) embeddings(dst []byte, a *dialect.Answer) ([]byte, error) {
	type row struct {
		Object    string          `json:"object"`
		Index     int             `json:"index"`
		Embedding json.RawMessage `json:"embedding"`
	}
	body := struct {
		Object string     `json:"object"`
		Data   []row      `json:"data"`
		Model  string     `json:"model"`
		Usage  *wireUsage `json:"usage,omitempty"`
	}{Object: "list", Data: make([]row, 0, len(a.Embeddings)), Model: e.opts.Model, Usage: usageOut(a.Usage)}
	packed := e.opts.Request != nil && e.opts.Request.Encoding == "base64"
	for i, vector := range a.Embeddings {
		text, err := vectorOut(vector, packed)
		if err != nil {
			return dst, err
		}
		body.Data = append(body.Data, row{"embedding", i, text})
	}
	text, err := marshal(body)
	if err != nil {
		return dst, fmt.Errorf("rendering embeddings: %w", err)
	}
	return append(dst, text...), nil
}

func vectorOut(vector []float64, packed bool) (json.RawMessage, error) {
	if !packed {
		text, err := json.Marshal(vector)
		if err != nil {
			return nil, fmt.Errorf("rendering an embedding: %w", err)
		}
		return text, nil
	}
	raw := make([]byte, 0, 4*len(vector))
	for _, v := range vector {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(float32(v)))
	}
	return peek.AppendString(nil, base64.StdEncoding.EncodeToString(raw)), nil
}
