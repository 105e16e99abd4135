package openai

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"time"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

// Encoder makes the writer of one answer.
func (Inbound) Encoder(opts dialect.EncodeOptions) dialect.Encoder {
	return &encoder{opts: opts}
}

// encoder writes one answer, plain or streamed.
type encoder struct {
	opts dialect.EncodeOptions
	// head is the part that all chunks of a stream share, up to "choices":.
	head []byte
	// choices are those whose first chunk, with the role, was written.
	choices []*openChoice
	usage   *dialect.Usage
}

// openChoice is what the encoder remembers of one choice of a stream.
type openChoice struct {
	index              int
	finished, hasTools bool
	// thoughts is the reasoning since the last signature; blocks counts those
	// that were given whole.
	thoughts []byte
	blocks   int
}

// id and created fall back to our own where the upstream gave none.
func (e *encoder) id(id string) string {
	if id != "" {
		return id
	}
	return "chatcmpl-" + e.opts.RequestID
}

func created(at int64) int64 {
	if at != 0 {
		return at
	}
	return time.Now().Unix()
}

// Event appends the chunk that says what ev says; nothing for what only the
// end of the stream shows.
func (e *encoder) Event(dst []byte, ev dialect.Event) []byte {
	switch ev.Kind {
	case dialect.EventPing:
		return append(dst, ": keep-alive\n\n"...)
	case dialect.EventUsage:
		e.usage = ev.Usage
		return dst
	default:
	}
	if e.head == nil {
		e.begin(ev)
	}
	switch ev.Kind {
	case dialect.EventStart:
		_, dst = e.choice(dst, 0)
		return dst
	case dialect.EventEnd:
		return e.end(dst)
	default:
		c, dst := e.choice(dst, ev.Choice)
		return e.delta(dst, c, ev)
	}
}

// begin renders the head of every chunk.
func (e *encoder) begin(ev dialect.Event) {
	h := append(make([]byte, 0, 256), `data: {"id":`...)
	h = peek.AppendString(h, e.id(ev.ID))
	h = append(h, `,"object":"chat.completion.chunk","created":`...)
	h = strconv.AppendInt(h, created(ev.Created), 10)
	h = append(h, `,"model":`...)
	h = peek.AppendString(h, e.opts.Model)
	h = append(h, `,"choices":`...)
	e.head = h
}

// choice finds a choice, or opens it with the chunk that carries the role.
func (e *encoder) choice(dst []byte, index int) (*openChoice, []byte) {
	for _, c := range e.choices {
		if c.index == index {
			return c, dst
		}
	}
	c := &openChoice{index: index}
	e.choices = append(e.choices, c)
	return c, e.chunk(dst, c, `{"role":"assistant","content":""}`, "")
}

// chunk appends one chunk with one choice.
func (e *encoder) chunk(dst []byte, c *openChoice, delta, finish string) []byte {
	dst = append(dst, e.head...)
	dst = append(dst, `[{"index":`...)
	dst = strconv.AppendInt(dst, int64(c.index), 10)
	dst = append(dst, `,"delta":`...)
	dst = append(dst, delta...)
	dst = append(dst, `,"finish_reason":`...)
	if finish == "" {
		dst = append(dst, "null"...)
	} else {
		dst = peek.AppendString(dst, finish)
	}
	return append(dst, "}]}\n\n"...)
}

// delta appends the chunk of one content or finish event.
func (e *encoder) delta(dst []byte, c *openChoice, ev dialect.Event) []byte {
	var d []byte
	switch ev.Kind {
	case dialect.EventText:
		d = textDelta("content", ev.Text)
	case dialect.EventRefusal:
		d = textDelta("refusal", ev.Text)
	case dialect.EventReasoning:
		d = c.reasoning(ev)
	case dialect.EventToolStart:
		c.hasTools = true
		d = fmt.Appendf(nil, `{"tool_calls":[{"index":%d,"id":%s,"type":"function","function":{"name":%s,"arguments":""}}]}`,
			ev.Tool, peek.AppendString(nil, ev.CallID), peek.AppendString(nil, ev.ToolName))
	case dialect.EventToolArgs:
		d = fmt.Appendf(nil, `{"tool_calls":[{"index":%d,"function":{"arguments":%s}}]}`, ev.Tool, peek.AppendString(nil, ev.Text))
	case dialect.EventFinish:
		return e.finish(dst, c, ev.Finish)
	default:
		return dst
	}
	return e.chunk(dst, c, string(d), "")
}

func textDelta(field, text string) []byte {
	return append(peek.AppendString(append(append([]byte(`{"`), field...), `":`...), text), '}')
}

// reasoning gives the text where most clients look for it. With the signature
// it repeats the whole block beside it: only both together can be replayed.
func (c *openChoice) reasoning(ev dialect.Event) []byte {
	c.thoughts = append(c.thoughts, ev.Text...)
	more := details(string(c.thoughts), ev.Signature, ev.Redacted)
	for i := range more {
		more[i].Index = c.blocks
		c.blocks++
		c.thoughts = c.thoughts[:0]
	}
	return mustJSON(wireMessage{ReasoningOwn: looseText(ev.Text), Details: more})
}

// details carries a vendor's proof of its reasoning; nil when there is none.
func details(text, signature, redacted string) []reasoningDetail {
	switch {
	case redacted != "":
		return []reasoningDetail{{Type: detailEncrypted, Data: looseText(redacted), Format: detailFormat}}
	case signature != "":
		return []reasoningDetail{{Type: detailText, Text: looseText(text), Signature: looseText(signature), Format: detailFormat}}
	}
	return nil
}

func (e *encoder) finish(dst []byte, c *openChoice, reason string) []byte {
	if c.finished {
		return dst
	}
	c.finished = true
	return e.chunk(dst, c, "{}", finishWord(reason, c.hasTools))
}

// finishWord never leaves the last chunk without a reason: clients wait for it.
func finishWord(reason string, hasTools bool) string {
	switch {
	case reason != dialect.FinishUnknown:
		return reason
	case hasTools:
		return dialect.FinishTools
	}
	return dialect.FinishStop
}

// end finishes the choices that are still open, adds usage when asked for, and
// the terminator.
func (e *encoder) end(dst []byte) []byte {
	for _, c := range e.choices {
		dst = e.finish(dst, c, dialect.FinishUnknown)
	}
	asked := e.opts.StreamUsage || e.opts.Request != nil && e.opts.Request.StreamUsage
	if e.usage != nil && asked {
		dst = append(dst, e.head...)
		dst = append(dst, `[],"usage":`...)
		dst = append(dst, mustJSON(usageOut(e.usage))...)
		dst = append(dst, "}\n\n"...)
	}
	return append(dst, "data: [DONE]\n\n"...)
}

type wireUsage struct {
	Prompt     int64 `json:"prompt_tokens"`
	Completion int64 `json:"completion_tokens"`
	Total      int64 `json:"total_tokens"`
	// Details are left out where they would say zero only.
	PromptDetails     *promptDetails     `json:"prompt_tokens_details,omitempty"`
	CompletionDetails *completionDetails `json:"completion_tokens_details,omitempty"`
}

type promptDetails struct {
	Cached     int64 `json:"cached_tokens"`
	CacheWrite int64 `json:"cache_write_tokens,omitempty"`
}

type completionDetails struct {
	Reasoning int64 `json:"reasoning_tokens"`
}

func usageOut(u *dialect.Usage) *wireUsage {
	if u == nil {
		return nil
	}
	w := &wireUsage{Prompt: u.In, Completion: u.Out, Total: u.In + u.Out}
	if u.CachedIn > 0 || u.CacheWrite > 0 {
		w.PromptDetails = &promptDetails{u.CachedIn, u.CacheWrite}
	}
	if u.ReasoningOut > 0 {
		w.CompletionDetails = &completionDetails{u.ReasoningOut}
	}
	return w
}

// answerMessage is the message of a whole answer, in OpenAI's field order and
// with its nulls.
type answerMessage struct {
	Role      string            `json:"role"`
	Content   *string           `json:"content"`
	Refusal   *string           `json:"refusal"`
	Reasoning string            `json:"reasoning_content,omitempty"`
	Details   []reasoningDetail `json:"reasoning_details,omitempty"`
	ToolCalls []answerCall      `json:"tool_calls,omitempty"`
}

type answerCall struct {
	ID       string         `json:"id"`
	Type     string         `json:"type"`
	Function answerFunction `json:"function"`
}

type answerFunction struct {
	Name      string `json:"name"`
	Arguments string `json:"arguments"`
}

type answerChoice struct {
	Index   int           `json:"index"`
	Message answerMessage `json:"message"`
	Finish  string        `json:"finish_reason"`
}

// Answer appends a whole answer.
func (e *encoder) Answer(dst []byte, a *dialect.Answer) ([]byte, error) {
	if e.opts.Endpoint == dialect.EndpointEmbeddings {
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
		message, hasTools := messageOut(c.Parts)
		body.Choices = append(body.Choices, answerChoice{c.Index, message, finishWord(c.Finish, hasTools)})
	}
	text, err := marshal(body)
	if err != nil {
		return dst, fmt.Errorf("rendering the answer: %w", err)
	}
	return append(dst, text...), nil
}

func messageOut(parts []dialect.Part) (m answerMessage, hasTools bool) {
	m.Role = "assistant"
	var text, refusal *string
	join := func(to **string, s string) {
		if *to == nil {
			*to = new(string)
		}
		**to += s
	}
	for _, p := range parts {
		switch p.Kind {
		case dialect.PartText:
			join(&text, p.Text)
		case dialect.PartRefusal:
			join(&refusal, p.Text)
		case dialect.PartReasoning:
			m.Reasoning += p.Text
			more := details(p.Text, p.Signature, p.Data)
			for i := range more {
				more[i].Index = len(m.Details)
			}
			m.Details = append(m.Details, more...)
		case dialect.PartToolCall:
			m.ToolCalls = append(m.ToolCalls, answerCall{p.Call.ID, "function", answerFunction{p.Call.Name, p.Call.Args}})
		default: // answers hold nothing else
		}
	}
	if text == nil && refusal == nil && len(m.ToolCalls) == 0 {
		text = new(string) // clients read content without a look at null
	}
	m.Content, m.Refusal = text, refusal
	return m, len(m.ToolCalls) > 0
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
