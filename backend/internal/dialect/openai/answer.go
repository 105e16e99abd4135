package openai

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"math"
	"strings"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

// wireAnswer is a whole answer or a chunk of a chat.
type wireAnswer struct {
	ID      looseText       `json:"id"`
	Model   looseText       `json:"model"`
	Created json.RawMessage `json:"created"`
	Choices []wireChoice    `json:"choices"`
	Error   json.RawMessage `json:"error"`
	Usage   json.RawMessage `json:"usage"`
	Groq    struct {
		Usage json.RawMessage `json:"usage"`
	} `json:"x_groq"`
}

type wireChoice struct {
	Index   int             `json:"index"`
	Message *wireMessage    `json:"message"`
	Delta   *wireMessage    `json:"delta"`
	Finish  looseText       `json:"finish_reason"`
	Error   json.RawMessage `json:"error"`
}

func (a *wireAnswer) usage() *dialect.Usage {
	if usage := readUsage(a.Usage); usage != nil {
		return usage
	}
	return readUsage(a.Groq.Usage)
}

func isSet(raw json.RawMessage) bool { return len(raw) > 0 && string(raw) != "null" }

// Decoder makes the reader of one answer.
func (Outbound) Decoder(endpoint dialect.Endpoint) dialect.Decoder {
	return &decoder{endpoint: endpoint}
}

// decoder reads one answer, plain or streamed.
type decoder struct {
	endpoint dialect.Endpoint
	started  bool
	// ended is true once the end was given out; finished once any choice said
	// why it ended.
	ended, finished bool
	choices         []*choiceState
}

// Answer reads a whole answer.
func (d *decoder) Answer(body []byte) (*dialect.Answer, error) {
	if d.endpoint == dialect.EndpointEmbeddings {
		return readEmbeddings(body)
	}
	var w wireAnswer
	if err := json.Unmarshal(body, &w); err != nil {
		return nil, malformed("reading the answer: " + err.Error())
	}
	if isSet(w.Error) {
		return nil, faultOf(body)
	}
	if w.Choices == nil {
		if fault := findError(body); fault != nil {
			return nil, fault
		}
		return nil, malformed("the answer has no choices")
	}
	created, _ := peek.Int(w.Created)
	a := &dialect.Answer{ID: string(w.ID), Model: string(w.Model), Created: created, Usage: w.usage()}
	for i, c := range w.Choices {
		if isSet(c.Error) || c.Finish == "error" {
			return nil, choiceFault(body, i)
		}
		message := c.Message
		if message == nil {
			message = c.Delta
		}
		if message == nil {
			return nil, malformed("a choice has no message")
		}
		parts := answerParts(message)
		a.Choices = append(a.Choices, dialect.Choice{
			Index: c.Index, Parts: parts, Finish: finishOf(string(c.Finish), hasTools(parts)),
		})
	}
	return a, nil
}

// choiceFault is the fault told inside the i-th choice of body.
func choiceFault(body []byte, i int) *dialect.Fault {
	for choice := range peek.Elements(inner(body, "choices")) {
		if i == 0 {
			if fault := lookChoice(choice).fault; fault != nil {
				return fault
			}
		}
		i--
	}
	return &dialect.Fault{}
}

func hasTools(parts []dialect.Part) bool {
	for _, p := range parts {
		if p.Kind == dialect.PartToolCall {
			return true
		}
	}
	return false
}

// answerParts reads what a whole message of an answer holds, reasoning first.
func answerParts(m *wireMessage) []dialect.Part {
	var parts []dialect.Part
	text, thoughts := splitContent(m.Content)
	parts = append(parts, reasoningParts(m.reasoning()+thoughts, m.Details)...)
	if text != "" {
		parts = append(parts, dialect.Part{Kind: dialect.PartText, Text: text})
	}
	if m.Refusal != "" {
		parts = append(parts, dialect.Part{Kind: dialect.PartRefusal, Text: string(m.Refusal)})
	}
	for i := range m.ToolCalls {
		parts = append(parts, dialect.Part{Kind: dialect.PartToolCall, Call: m.ToolCalls[i].call()})
	}
	if f := m.FunctionCall; f != nil && f.Name != "" {
		call := wireToolCall{Function: *f, ID: looseText("call_" + string(f.Name))}
		parts = append(parts, dialect.Part{Kind: dialect.PartToolCall, Call: call.call()})
	}
	return parts
}

// reasoningParts reads reasoning that comes as bare text, as details, or as
// both: the details repeat the text and add proofs to it.
func reasoningParts(text string, details []reasoningDetail) []dialect.Part {
	parts := detailParts(details)
	told, proven := false, false
	for _, p := range parts {
		told = told || p.Text != ""
		proven = proven || p.Signature != "" || p.Data != ""
	}
	switch {
	case text == "" || proven && told:
		return parts
	case !proven:
		return []dialect.Part{{Kind: dialect.PartReasoning, Text: text}}
	case len(parts) == 1 && parts[0].Signature != "":
		parts[0].Text = text // the only proof is that of the only text
		return parts
	}
	return append([]dialect.Part{{Kind: dialect.PartReasoning, Text: text}}, parts...)
}

// detailParts reads the details that say something.
func detailParts(details []reasoningDetail) []dialect.Part {
	var parts []dialect.Part
	for i := range details {
		if p := details[i].part(); p.Text != "" || p.Signature != "" || p.Data != "" {
			parts = append(parts, p)
		}
	}
	return parts
}

// part is the neutral form of a detail; empty when it has none. The proofs of
// other vendors than Anthropic mean nothing to a target that speaks another
// dialect.
func (d *reasoningDetail) part() dialect.Part {
	p := dialect.Part{Kind: dialect.PartReasoning}
	proves := d.Format == "" || strings.HasPrefix(string(d.Format), "anthropic")
	switch {
	case d.Type == detailText:
		p.Text = string(d.Text)
		if proves {
			p.Signature = string(d.Signature)
		}
	case d.Type == detailEncrypted && proves:
		p.Data = string(d.Data)
	}
	return p
}

// contentPart is one part of a content list in an answer, as Mistral sends it.
type contentPart struct {
	Type     string          `json:"type"`
	Text     looseText       `json:"text"`
	Thinking json.RawMessage `json:"thinking"`
}

// splitContent reads content that is a string or a list, into text and
// thoughts. Anything else is kept as its JSON text.
func splitContent(raw json.RawMessage) (text, thoughts string) {
	if !isSet(raw) {
		return "", ""
	}
	if s, ok := peek.String(raw); ok {
		return s, ""
	}
	var parts []contentPart
	if json.Unmarshal(raw, &parts) != nil {
		return string(raw), ""
	}
	var said, thought strings.Builder
	for _, p := range parts {
		switch p.Type {
		case "text", "output_text":
			said.WriteString(string(p.Text))
		case "thinking":
			s, _ := splitContent(p.Thinking)
			thought.WriteString(s)
		}
	}
	return said.String(), thought.String()
}

// readEmbeddings reads an answer with vectors, as numbers or as base64 of
// little-endian float32.
func readEmbeddings(body []byte) (*dialect.Answer, error) {
	var w struct {
		Model looseText       `json:"model"`
		Error json.RawMessage `json:"error"`
		Usage json.RawMessage `json:"usage"`
		Data  []struct {
			Index     *int            `json:"index"`
			Embedding json.RawMessage `json:"embedding"`
		} `json:"data"`
	}
	if err := json.Unmarshal(body, &w); err != nil {
		return nil, malformed("reading the embeddings: " + err.Error())
	}
	if isSet(w.Error) {
		return nil, faultOf(body)
	}
	if w.Data == nil {
		if fault := findError(body); fault != nil {
			return nil, fault
		}
		return nil, malformed("the answer has no embeddings")
	}
	a := &dialect.Answer{Model: string(w.Model), Usage: readUsage(w.Usage), Embeddings: make([][]float64, len(w.Data))}
	for i, row := range w.Data {
		// The order of the rows is not promised; the index is.
		if row.Index != nil {
			i = *row.Index
		}
		vector, ok := readVector(row.Embedding)
		if !ok || i < 0 || i >= len(a.Embeddings) || a.Embeddings[i] != nil {
			return nil, malformed("the embeddings are not one vector for each input")
		}
		a.Embeddings[i] = vector
	}
	return a, nil
}

func readVector(raw json.RawMessage) ([]float64, bool) {
	vector := []float64{}
	text, isText := peek.String(raw)
	if !isText {
		err := json.Unmarshal(raw, &vector)
		return vector, err == nil && vector != nil
	}
	packed, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(packed)%4 != 0 {
		return nil, false
	}
	for ; len(packed) > 0; packed = packed[4:] {
		vector = append(vector, float64(math.Float32frombits(binary.LittleEndian.Uint32(packed))))
	}
	return vector, true
}
