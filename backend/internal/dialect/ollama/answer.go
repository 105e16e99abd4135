package ollama

import (
	"encoding/json"
	"fmt"
	"hash/fnv"

	"headwater/backend/internal/dialect"
)

// wireAnswer is a whole answer or one line of a stream, of chat and generate.
type wireAnswer struct {
	Model     looseText       `json:"model"`
	CreatedAt looseText       `json:"created_at"`
	Message   *answerMessage  `json:"message"`
	Response  *looseText      `json:"response"`
	Thinking  looseText       `json:"thinking"`
	ToolCalls []inCall        `json:"tool_calls"`
	Done      *bool           `json:"done"`
	Reason    looseText       `json:"done_reason"`
	In        json.RawMessage `json:"prompt_eval_count"`
	Out       json.RawMessage `json:"eval_count"`
	Error     json.RawMessage `json:"error"`
}

type answerMessage struct {
	Content   looseText `json:"content"`
	Thinking  looseText `json:"thinking"`
	Images    []string  `json:"images"`
	ToolCalls []inCall  `json:"tool_calls"`
}

// said is the message, of whichever form.
func (w *wireAnswer) said() answerMessage {
	if w.Message != nil {
		return *w.Message
	}
	m := answerMessage{Thinking: w.Thinking, ToolCalls: w.ToolCalls}
	if w.Response != nil {
		m.Content = *w.Response
	}
	return m
}

// read reads a body or a line; the error is a *dialect.Fault.
func (w *wireAnswer) read(body []byte) error {
	if err := json.Unmarshal(body, w); err != nil {
		return malformed("reading an answer: " + err.Error())
	}
	switch {
	case isSet(w.Error):
		return faultOf(body)
	case !w.speaks():
		return malformed("the answer has no message")
	}
	return nil
}

// speaks reports whether it is an answer at all.
func (w *wireAnswer) speaks() bool { return w.Message != nil || w.Response != nil || w.Done != nil }

// Decoder makes the reader of one answer.
func (Outbound) Decoder(op dialect.Operation) dialect.Decoder {
	return &decoder{endpoint: op.Endpoint}
}

// decoder reads one answer, plain or streamed. Ollama has one choice only.
type decoder struct {
	endpoint       dialect.Endpoint
	started, ended bool
	// calls counts the tool calls so far.
	calls int
	// room is where lines are read; careful has all of them decoded in full, so
	// that a test can compare.
	room    room
	careful bool
}

// Answer reads a whole answer.
func (d *decoder) Answer(body []byte) (*dialect.Answer, error) {
	if d.endpoint == dialect.EndpointEmbeddings {
		return readEmbeddings(body)
	}
	var w wireAnswer
	if err := w.read(body); err != nil {
		return nil, err
	}
	m := w.said()
	choice := dialect.Choice{}
	if m.Thinking != "" {
		choice.Parts = append(choice.Parts, dialect.Part{Kind: dialect.PartReasoning, Text: string(m.Thinking)})
	}
	if m.Content != "" {
		choice.Parts = append(choice.Parts, dialect.Part{Kind: dialect.PartText, Text: string(m.Content)})
	}
	for _, data := range m.Images {
		choice.Parts = append(choice.Parts, *imagePart(data))
	}
	for i := range m.ToolCalls {
		choice.Parts = append(choice.Parts, dialect.Part{Kind: dialect.PartToolCall, Call: d.call(&w, &m.ToolCalls[i])})
	}
	choice.Finish = finishOf(string(w.Reason), d.calls > 0)
	return &dialect.Answer{
		Model: string(w.Model), Created: unix(string(w.CreatedAt)),
		Choices: []dialect.Choice{choice}, Usage: readUsage(w.In, w.Out),
	}, nil
}

func imagePart(data string) *dialect.Part {
	return &dialect.Part{Kind: dialect.PartImage, Data: data, MIME: imageType(data)}
}

// call reads one tool call and counts it. Older servers give no id: then it is
// made of what the call is and of when it was, so that it is the same however
// often the answer is read, and another in the next turn.
func (d *decoder) call(w *wireAnswer, c *inCall) *dialect.ToolCall {
	call := &dialect.ToolCall{ID: string(c.ID), Name: string(c.Function.Name), Args: argsIn(c.Function.Arguments)}
	if call.ID == "" {
		sum := fnv.New64a()
		fmt.Fprintf(sum, "%s\x00%d\x00%s\x00%s", w.CreatedAt, d.calls, call.Name, call.Args)
		call.ID = fmt.Sprintf("call_%016x", sum.Sum64())
	}
	d.calls++
	return call
}

// finishOf maps why an answer ended: Ollama says stop after tool calls too, and
// load or unload where nothing was asked.
func finishOf(word string, hasTools bool) string {
	switch {
	case hasTools:
		return dialect.FinishTools
	case word == "length":
		return dialect.FinishLength
	}
	return dialect.FinishStop
}

// readEmbeddings reads an answer with vectors, of the present and of the older
// form.
func readEmbeddings(body []byte) (*dialect.Answer, error) {
	var w struct {
		Model      looseText       `json:"model"`
		Embeddings [][]float64     `json:"embeddings"`
		Embedding  []float64       `json:"embedding"`
		In         json.RawMessage `json:"prompt_eval_count"`
		Error      json.RawMessage `json:"error"`
	}
	if err := json.Unmarshal(body, &w); err != nil {
		return nil, malformed("reading the embeddings: " + err.Error())
	}
	switch {
	case isSet(w.Error):
		return nil, faultOf(body)
	case w.Embeddings == nil && w.Embedding != nil:
		w.Embeddings = [][]float64{w.Embedding}
	case w.Embeddings == nil:
		return nil, malformed("the answer has no embeddings")
	}
	for _, vector := range w.Embeddings {
		if vector == nil {
			return nil, malformed("an embedding is null")
		}
	}
	return &dialect.Answer{Model: string(w.Model), Embeddings: w.Embeddings, Usage: readUsage(w.In, nil)}, nil
}
