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
	sources
}

type wireChoice struct {
	Index   int          `json:"index"`
	Message *wireMessage `json:"message"`
	Delta   *wireMessage `json:"delta"`
	// Text is what a completion has in place of a message.
	Text   looseText       `json:"text"`
	Finish looseText       `json:"finish_reason"`
	Error  json.RawMessage `json:"error"`
}

func (a *wireAnswer) usage() *dialect.Usage {
	if usage := readUsage(a.Usage); usage != nil {
		return usage
	}
	return readUsage(a.Groq.Usage)
}

// seconds is when the answer was made; some upstreams count in milliseconds.
func (a *wireAnswer) seconds() int64 {
	const farFuture = 100_000_000_000 // the year 5138
	n, _ := peek.Int(a.Created)
	for n > farFuture {
		n /= 1000
	}
	return n
}

// sign tells the answer apart from others.
func (a *wireAnswer) sign() string { return string(a.ID) + string(a.Created) }

// content is the message of the choice, or what stands for it: some upstreams
// send both, one of them empty. It is nil when there is none.
func (c *wireChoice) content(endpoint dialect.Endpoint, first, second *wireMessage) *wireMessage {
	switch {
	case endpoint == dialect.EndpointCompletions:
		return &wireMessage{Content: peek.AppendString(nil, string(c.Text))}
	case first != nil:
		return first
	}
	return second
}

func isSet(raw json.RawMessage) bool { return len(raw) > 0 && string(raw) != "null" }

// Decoder makes the reader of one answer.
func (Outbound) Decoder(op dialect.Operation) dialect.Decoder {
	return &decoder{endpoint: op.Endpoint}
}

// decoder reads one answer, plain or streamed.
type decoder struct {
	endpoint dialect.Endpoint
	started  bool
	// ended is true once the end was given out; finished once any choice said
	// why it ended.
	ended, finished bool
	// answer tells the streamed answer apart from others; see madeID.
	answer  string
	choices []*choiceState
	byIndex map[int]*choiceState
	// room is where chunks are read; careful has all of them decoded in full,
	// so that a test can compare.
	room    room
	careful bool
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
	a := &dialect.Answer{ID: string(w.ID), Model: string(w.Model), Created: w.seconds(), Usage: w.usage()}
	sources := w.read()
	for i, c := range w.Choices {
		if isSet(c.Error) || c.Finish == "error" {
			return nil, choiceFault(body, i)
		}
		message := c.content(d.endpoint, c.Message, c.Delta)
		if message == nil {
			return nil, malformed("a choice has no message")
		}
		parts := answerParts(message)
		nameCalls(parts, w.sign(), c.Index)
		cite(parts, sources)
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
	text, thoughts := splitContent(m.Content)
	audio := readAudio(m.Audio)
	if text == "" {
		text = string(audio.Transcript)
	}
	calls := callParts(m)
	proofs := claimProofs(detailParts(m.Details), calls)
	parts := reasoningParts(m.reasoning()+thoughts, proofs)
	if text != "" {
		parts = append(parts, dialect.Part{Kind: dialect.PartText, Text: text, Citations: readAnnotations(m.Annotations)})
	}
	if m.Refusal != "" {
		parts = append(parts, dialect.Part{Kind: dialect.PartRefusal, Text: string(m.Refusal)})
	}
	parts = append(parts, readImages(m.Images, m.Content)...)
	if audio.Data != "" {
		parts = append(parts, audioPart(string(audio.ID), string(audio.Data)))
	}
	parts = append(parts, calls...)
	signFirst(parts, thoughtSignature(m.Extra))
	return parts
}

// callParts reads the tool calls of a whole message.
func callParts(m *wireMessage) []dialect.Part {
	var calls []dialect.Part
	for i := range m.ToolCalls {
		calls = append(calls, m.ToolCalls[i].part())
	}
	if f := m.FunctionCall; f != nil && f.Name != "" {
		call := wireToolCall{Function: *f}
		calls = append(calls, call.part())
	}
	return calls
}

// signFirst puts Google's signature of a whole message where Gemini itself has
// it: on the first tool call, else on the text.
func signFirst(parts []dialect.Part, signature string) {
	if signature == "" {
		return
	}
	for _, kind := range []dialect.PartKind{dialect.PartToolCall, dialect.PartText} {
		for i := range parts {
			if p := &parts[i]; p.Kind == kind && p.Signature == "" {
				p.Signature, p.Signer = signature, dialect.SignerGemini
				return
			}
		}
	}
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
