package responses

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
)

// The items of a request.
type (
	outMessage struct {
		Type    string    `json:"type"`
		Role    string    `json:"role"`
		Content []outPart `json:"content"`
	}
	outCall struct {
		Type      string `json:"type"`
		ID        string `json:"id,omitempty"`
		CallID    string `json:"call_id"`
		Name      string `json:"name"`
		Arguments string `json:"arguments"`
	}
	outCustom struct {
		Type   string `json:"type"`
		ID     string `json:"id,omitempty"`
		CallID string `json:"call_id"`
		Name   string `json:"name"`
		Input  string `json:"input"`
	}
	outResult struct {
		Type   string `json:"type"`
		CallID string `json:"call_id"`
		// Output is text, or a list of parts.
		Output any `json:"output"`
	}
	outThought struct {
		Type      string       `json:"type"`
		ID        string       `json:"id"`
		Summary   []outSummary `json:"summary"`
		Encrypted string       `json:"encrypted_content"`
	}
	outSummary struct {
		Type string `json:"type"`
		Text string `json:"text"`
	}
)

// outPart is one part of a content list.
type outPart struct {
	Type     string    `json:"type"`
	Text     *string   `json:"text,omitempty"`
	Refusal  *string   `json:"refusal,omitempty"`
	ImageURL string    `json:"image_url,omitempty"`
	Detail   string    `json:"detail,omitempty"`
	Filename string    `json:"filename,omitempty"`
	FileData string    `json:"file_data,omitempty"`
	FileURL  string    `json:"file_url,omitempty"`
	Audio    *outAudio `json:"input_audio,omitempty"`
	// Annotations are the sources of an assistant's text.
	Annotations []annotationOut `json:"annotations,omitempty"`
}

type outAudio struct {
	Data   string `json:"data"`
	Format string `json:"format"`
}

// The ways in which a call and its result miss each other.
const (
	lostCall   = "messages (a tool call without its result)"
	lostResult = "messages (a tool result without its call)"
)

// conversation renders all messages: the system texts at the start to the
// instructions, everything else to items.
func (e *encoding) conversation() error {
	e.pair()
	rest := e.instruct()
	for i := len(e.req.Messages) - len(rest); i < len(e.req.Messages); i++ {
		m := e.req.Messages[i]
		if m.Name != "" && m.Role != dialect.RoleTool {
			e.drop("messages[].name")
		}
		if err := e.message(fmt.Sprintf("messages[%d]", i), m); err != nil {
			return err
		}
	}
	if len(e.out.Input) == 0 {
		return bad("messages", "The messages have no content.")
	}
	return nil
}

// pair finds the calls that have a result and the results that have a call:
// OpenAI refuses one without the other. Some engines begin to count their calls
// anew in each turn, so a result answers the last call of its id.
func (e *encoding) pair() {
	e.kept, e.custom = map[*dialect.Part]bool{}, map[*dialect.Part]bool{}
	open := map[string]*dialect.Part{}
	for _, m := range e.req.Messages {
		for i := range m.Parts {
			switch p := &m.Parts[i]; p.Kind {
			case dialect.PartToolCall:
				open[p.Call.ID] = p
			case dialect.PartToolResult:
				if call := open[p.CallID]; call != nil {
					e.kept[call], e.kept[p], e.custom[p] = true, true, call.Call.Custom
					delete(open, p.CallID)
				}
			default:
			}
		}
	}
}

// instruct moves the system texts at the start to the instructions and gives
// the messages after them. A request of nothing else keeps them as its input.
func (e *encoding) instruct() []dialect.Message {
	var texts []string
	rest := e.req.Messages
	for len(rest) > 1 && rest[0].Role == dialect.RoleSystem {
		text, only := textOf(rest[0].Parts)
		if !only {
			break
		}
		if text != "" {
			texts = append(texts, text)
		}
		rest = rest[1:]
	}
	e.out.Instructions = strings.Join(texts, paragraph)
	return rest
}

// textOf joins the texts of parts; false when there is anything else.
func textOf(parts []dialect.Part) (string, bool) {
	var texts []string
	for _, p := range parts {
		if p.Kind != dialect.PartText {
			return "", false
		}
		texts = append(texts, p.Text)
	}
	return strings.Join(texts, paragraph), true
}

// message renders one message as one or several items.
func (e *encoding) message(at string, m dialect.Message) error {
	open := outMessage{Type: itemMessage, Role: m.Role}
	if m.Role == dialect.RoleTool {
		open.Role = dialect.RoleUser // what stands beside results
	}
	flush := func() {
		if len(open.Content) > 0 {
			e.out.Input = append(e.out.Input, open)
			open.Content = nil
		}
	}
	for i := range m.Parts {
		at := fmt.Sprintf("%s.content[%d]", at, i)
		item, alone, err := e.item(at, &m.Parts[i])
		if err != nil {
			return err
		}
		if alone {
			flush()
			if item != nil {
				e.out.Input = append(e.out.Input, item)
			}
			continue
		}
		part, err := partOut(at, m.Role, m.Parts[i])
		if err != nil {
			return err
		}
		open.Content = append(open.Content, part)
	}
	flush()
	e.trim()
	return nil
}

// trim drops reasoning that nothing came of: OpenAI refuses it alone.
func (e *encoding) trim() {
	for n := len(e.out.Input); n > 0; n-- {
		if _, ok := e.out.Input[n-1].(outThought); !ok {
			return
		}
		e.drop("messages[].reasoning_content (without an answer)")
		e.out.Input = e.out.Input[:n-1]
	}
}

// item renders a part that stands alone: true when it is such a part, with a
// nil item when it cannot be kept.
func (e *encoding) item(at string, p *dialect.Part) (any, bool, error) {
	switch p.Kind {
	case dialect.PartReasoning:
		return e.thought(p), true, nil
	case dialect.PartToolCall:
		return e.call(p), true, nil
	case dialect.PartToolResult:
		item, err := e.result(at, p)
		return item, true, err
	default:
		return nil, false, nil
	}
}

// thought renders reasoning that OpenAI itself has signed.
func (e *encoding) thought(p *dialect.Part) any {
	proof := p.Data + p.Signature
	if p.Signer != dialect.SignerOpenAI || proof == "" || p.ID == "" {
		if (p.Text != "" || proof != "") && p.Owed(dialect.SignerOpenAI) {
			e.drop("messages[].reasoning_content (unsigned)")
		}
		return nil
	}
	item := outThought{Type: itemReasoning, ID: p.ID, Summary: []outSummary{}, Encrypted: proof}
	if p.Text != "" {
		item.Summary = append(item.Summary, outSummary{partSummary, p.Text})
	}
	return item
}

func (e *encoding) call(p *dialect.Part) any {
	if !e.kept[p] {
		e.drop(lostCall)
		return nil
	}
	if p.Call.Custom {
		return outCustom{itemCustom, ownID(p.ID, "ctc_"), callID(p.Call.ID), p.Call.Name, unwrapInput(p.Call.Args)}
	}
	return outCall{itemCall, ownID(p.ID, "fc_"), callID(p.Call.ID), p.Call.Name, p.Call.Args}
}

// ownID keeps an item's id where OpenAI can have given it.
func ownID(id, prefix string) string {
	if strings.HasPrefix(id, prefix) {
		return id
	}
	return ""
}

// callID fits an id to the longest that OpenAI takes; the same id always gives
// the same result, so that calls and results still match.
func callID(id string) string {
	const most = 64
	if len(id) <= most {
		return id
	}
	sum := sha256.Sum256([]byte(id))
	return "call_" + hex.EncodeToString(sum[:12])
}

func (e *encoding) result(at string, p *dialect.Part) (any, error) {
	if !e.kept[p] {
		e.drop(lostResult)
		return nil, nil
	}
	if p.IsError {
		e.drop("messages[].content[].is_error")
	}
	item := outResult{Type: itemCallOutput, CallID: callID(p.CallID), Output: p.Text}
	if e.custom[p] {
		item.Type = itemCustomOutput
	}
	if len(p.Media) == 0 {
		return item, nil
	}
	var list []outPart
	if p.Text != "" {
		list = append(list, outPart{Type: "input_text", Text: &p.Text})
	}
	for _, media := range p.Media {
		part, err := partOut(at, dialect.RoleTool, media)
		if err != nil {
			return nil, err
		}
		list = append(list, part)
	}
	item.Output = list
	return item, nil
}

// partOut renders a part of a message's content.
func partOut(at, role string, p dialect.Part) (outPart, error) {
	switch p.Kind {
	case dialect.PartText:
		if role == dialect.RoleAssistant {
			return outPart{Type: partOutput, Text: &p.Text, Annotations: annotationsOut(p.Citations)}, nil
		}
		return outPart{Type: "input_text", Text: &p.Text}, nil
	case dialect.PartRefusal:
		return outPart{Type: partRefusal, Refusal: &p.Text}, nil
	default:
	}
	if role != dialect.RoleAssistant {
		if part, ok := mediaOut(p); ok {
			return part, nil
		}
	}
	return outPart{}, hw.Errorf(hw.CodeUnsupported, "This %s cannot be translated for the model's upstream.", p.Kind).At(at)
}

// mediaOut renders what a user shows; false for what has no form here.
func mediaOut(p dialect.Part) (outPart, bool) {
	data := ""
	if p.Data != "" {
		data = "data:" + p.MIME + ";base64," + p.Data
	}
	switch {
	case p.Kind == dialect.PartImage && data+p.URL != "":
		return outPart{Type: "input_image", ImageURL: data + p.URL, Detail: p.Detail}, true
	case p.Kind == dialect.PartAudio && data != "":
		return outPart{Type: "input_audio", Audio: &outAudio{p.Data, audioFormat(p.MIME)}}, true
	case p.Kind == dialect.PartDocument:
		return documentOut(p)
	}
	return outPart{}, false
}

// audioFormat is OpenAI's word for a type of audio.
func audioFormat(mime string) string {
	switch format := strings.TrimPrefix(mime, "audio/"); format {
	case "mpeg", "mpga":
		return "mp3"
	case "x-wav", "wave", "vnd.wave":
		return "wav"
	default:
		return format
	}
}
