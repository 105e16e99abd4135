package responses

import (
	"encoding/json"
	"fmt"
	"strings"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

// readInput reads the conversation: a text, or a list of items.
func readInput(d *reader, name string, raw json.RawMessage) error {
	if text, ok := peek.String(raw); ok {
		d.asked = true
		d.req.Messages = append(d.req.Messages, dialect.Message{
			Role: dialect.RoleUser, Parts: []dialect.Part{{Kind: dialect.PartText, Text: text}},
		})
		return nil
	}
	var items []json.RawMessage
	if json.Unmarshal(raw, &items) != nil {
		return bad(name, "The field input must be text or a list of items.")
	}
	for i, rawItem := range items {
		at := fmt.Sprintf("%s[%d]", name, i)
		var w wireItem
		if rawItem[0] != '{' || json.Unmarshal(rawItem, &w) != nil {
			return bad(at, "An item of the input must be an object.")
		}
		d.asked = true
		if err := d.item(at, &w); err != nil {
			return err
		}
		if w.read() {
			d.left(name+"[]", rawItem, itemFields)
		}
	}
	return nil
}

// item reads one item.
func (d *reader) item(at string, w *wireItem) error {
	switch w.Type {
	case "", itemMessage:
		return d.message(at, w)
	case itemReasoning:
		d.reasoning(w)
	case itemCall, itemCustom:
		if w.Name == "" {
			return bad(at+".name", "The call of a tool must name the tool.")
		}
		if w.CallID == "" {
			return bad(at+".call_id", "The call of a tool must have a call_id.")
		}
		d.assistant(dialect.Part{Kind: dialect.PartToolCall, ID: string(w.ID), Call: w.call()})
	case itemCallOutput, itemCustomOutput:
		return d.result(at, w)
	case itemReference:
		return hw.Errorf(hw.CodeUnsupported, "An item kept at OpenAI cannot be used by the model's upstream; send the item itself.").At(at)
	default:
		// The traces of OpenAI's own tools: what came of them stands in the
		// assistant's text.
		d.stranger(fmt.Sprintf("input[] (%s)", w.Type))
	}
	return nil
}

// read reports whether the fields of an item are read; the others are dropped as
// a whole.
func (w *wireItem) read() bool {
	switch w.Type {
	case "", itemMessage, itemReasoning, itemCall, itemCustom, itemCallOutput, itemCustomOutput:
		return true
	}
	return false
}

// assistant adds a part to the assistant's turn: the items from one turn of
// the user to the next are one message elsewhere.
func (d *reader) assistant(parts ...dialect.Part) {
	n := len(d.req.Messages)
	if n == 0 || d.req.Messages[n-1].Role != dialect.RoleAssistant {
		d.req.Messages = append(d.req.Messages, dialect.Message{Role: dialect.RoleAssistant})
		n++
	}
	last := &d.req.Messages[n-1]
	last.Parts = append(last.Parts, parts...)
}

// message reads a message item, with or without its type.
func (d *reader) message(at string, w *wireItem) error {
	parts, err := d.content(at, "content", w.Content)
	if err != nil {
		return err
	}
	switch w.Role {
	case "system", "developer":
		d.req.Messages = append(d.req.Messages, dialect.Message{Role: dialect.RoleSystem, Parts: parts})
	case "user":
		d.req.Messages = append(d.req.Messages, dialect.Message{Role: dialect.RoleUser, Parts: parts})
	case "assistant":
		d.assistant(parts...)
	default:
		return bad(at+".role", "The role must be user, assistant, system or developer.")
	}
	return nil
}

// reasoning reads a reasoning item, which may be the carrier of another
// vendor's proof. One that only refers to what OpenAI keeps says nothing to
// anybody else.
func (d *reader) reasoning(w *wireItem) {
	s, sealed := openSeal(string(w.Encrypted))
	if !sealed && strings.HasPrefix(string(w.Encrypted), sealPrefix) {
		w.Encrypted = "" // a broken seal proves nothing to anybody
	}
	p, ok := w.reasoning()
	switch {
	case !sealed && ok:
		d.assistant(p)
	case !sealed:
	case s.kind == sealText:
		d.proveText(s)
	case s.kind == sealCall:
		d.seals = append(d.seals, s)
	case s.kind == sealData:
		d.assistant(dialect.Part{Kind: dialect.PartReasoning, ID: string(w.ID), Text: w.summary(), Data: s.value, Signer: s.signer, Sealed: true})
	default:
		d.assistant(dialect.Part{Kind: dialect.PartReasoning, ID: string(w.ID), Text: w.summary(), Signature: s.value, Signer: s.signer, Sealed: true})
	}
}

// proveText gives the assistant's last text its proof back.
func (d *reader) proveText(s seal) {
	n := len(d.req.Messages)
	if n == 0 || d.req.Messages[n-1].Role != dialect.RoleAssistant {
		return
	}
	parts := d.req.Messages[n-1].Parts
	for i := len(parts) - 1; i >= 0; i-- {
		if parts[i].Kind == dialect.PartText {
			parts[i].Signature, parts[i].Signer = s.value, s.signer
			return
		}
	}
}

// prove gives the calls their proofs back.
func (d *reader) prove() {
	seals := map[string]seal{} // of two for one call the last counts
	for _, s := range d.seals {
		seals[s.call] = s
	}
	if len(seals) == 0 {
		return
	}
	for _, m := range d.req.Messages {
		for i := range m.Parts {
			p := &m.Parts[i]
			if p.Kind != dialect.PartToolCall {
				continue
			}
			if s, ok := seals[p.Call.ID]; ok {
				p.Signature, p.Signer = s.value, s.signer
			}
		}
	}
}

// result reads the result of a call.
func (d *reader) result(at string, w *wireItem) error {
	if w.CallID == "" {
		return bad(at+".call_id", "The output of a call must have the call_id of that call.")
	}
	parts, err := d.content(at, "output", w.Output)
	if err != nil {
		return err
	}
	p := dialect.Part{Kind: dialect.PartToolResult, CallID: string(w.CallID)}
	var text strings.Builder
	for _, part := range parts {
		if part.Kind == dialect.PartText {
			text.WriteString(part.Text)
			continue
		}
		p.Media = append(p.Media, part)
	}
	p.Text = text.String()
	d.req.Messages = append(d.req.Messages, dialect.Message{Role: dialect.RoleTool, Parts: []dialect.Part{p}})
	return nil
}

// inputPart is one part of a content list in a request.
type inputPart struct {
	Type        string          `json:"type"`
	Text        looseText       `json:"text"`
	Refusal     looseText       `json:"refusal"`
	Annotations json.RawMessage `json:"annotations"`
	ImageURL    json.RawMessage `json:"image_url"`
	Detail      looseText       `json:"detail"`
	FileID      looseText       `json:"file_id"`
	FileData    looseText       `json:"file_data"`
	FileURL     looseText       `json:"file_url"`
	Filename    looseText       `json:"filename"`
	Audio       *struct {
		Data   string `json:"data"`
		Format string `json:"format"`
	} `json:"input_audio"`
}

// content reads content that is a string, null or a list of parts: a field of the
// item at a path.
func (d *reader) content(at, field string, raw json.RawMessage) ([]dialect.Part, error) {
	at += "." + field
	if !isSet(raw) {
		return nil, nil
	}
	if text, ok := peek.String(raw); ok {
		return []dialect.Part{{Kind: dialect.PartText, Text: text}}, nil
	}
	var list []inputPart
	if err := json.Unmarshal(raw, &list); err != nil {
		return nil, bad(at, "The content must be text or a list of parts.").Because(err)
	}
	out := make([]dialect.Part, 0, len(list))
	for i := range list {
		p, err := list[i].neutral(fmt.Sprintf("%s[%d]", at, i))
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	like := "input[]." + field + "[]"
	for rawPart := range peek.Elements(raw) {
		d.left(like, rawPart, partFields)
		if audio := inner(rawPart, "input_audio"); audio != nil {
			d.left(like+".input_audio", audio, audioFields)
		}
	}
	return out, nil
}

// neutral is the neutral form of a part of a request.
func (w *inputPart) neutral(at string) (dialect.Part, error) {
	switch w.Type {
	case "input_text", partOutput, "text", partSummary, partReasoning:
		answered := wirePart{Annotations: w.Annotations}
		return dialect.Part{Kind: dialect.PartText, Text: string(w.Text), Citations: answered.citations()}, nil
	case partRefusal:
		return dialect.Part{Kind: dialect.PartRefusal, Text: string(w.Refusal)}, nil
	case "input_image":
		return w.image(at)
	case "input_file":
		return w.file(at)
	case "input_audio":
		if w.Audio == nil || w.Audio.Data == "" {
			return dialect.Part{}, bad(at+".input_audio.data", "An audio part must have data.")
		}
		return dialect.Part{Kind: dialect.PartAudio, Data: w.Audio.Data, MIME: "audio/" + w.Audio.Format}, nil
	}
	return dialect.Part{}, hw.Errorf(hw.CodeUnsupported, "A content part of type %q cannot be translated for the model's upstream.", w.Type).At(at + ".type")
}

func keptAtOpenAI(at string) error {
	return hw.Errorf(hw.CodeUnsupported, "A file kept at OpenAI cannot be used by the model's upstream; send its data.").At(at + ".file_id")
}

func (w *inputPart) image(at string) (dialect.Part, error) {
	url, ok := peek.String(w.ImageURL)
	if !ok {
		// Clients that come from chat completions send an object here.
		url, _ = peek.String(inner(w.ImageURL, "url"))
	}
	switch {
	case url == "" && w.FileID != "":
		return dialect.Part{}, keptAtOpenAI(at)
	case url == "":
		return dialect.Part{}, bad(at+".image_url", "An image part must have an image_url.")
	}
	p := dialect.Part{Kind: dialect.PartImage, URL: url, Detail: string(w.Detail)}
	err := fromDataURL(at+".image_url", &p)
	return p, err
}

func (w *inputPart) file(at string) (dialect.Part, error) {
	p := dialect.Part{Kind: dialect.PartDocument, URL: string(w.FileURL), Filename: string(w.Filename)}
	switch {
	case w.FileData == "" && w.FileURL != "":
		return p, nil
	case w.FileData == "" && w.FileID != "":
		return p, keptAtOpenAI(at)
	case w.FileData == "":
		return p, bad(at+".file_data", "A file part must have file_data or a file_url.")
	case !strings.HasPrefix(string(w.FileData), "data:"):
		p.URL, p.Data, p.MIME = "", string(w.FileData), mimeOf(p.Filename)
		return p, nil
	}
	p.URL = string(w.FileData)
	if err := fromDataURL(at+".file_data", &p); err != nil {
		return p, err
	}
	switch {
	case strings.HasPrefix(p.MIME, "image/"):
		p.Kind = dialect.PartImage
	case strings.HasPrefix(p.MIME, "audio/"):
		p.Kind = dialect.PartAudio
	}
	return p, nil
}

// fromDataURL takes a data URL apart (RFC 2397, base64 only); other addresses stay.
func fromDataURL(at string, p *dialect.Part) error {
	rest, ok := strings.CutPrefix(p.URL, "data:")
	if !ok {
		return nil
	}
	head, data, ok := strings.Cut(rest, ",")
	kind, encoded := strings.CutSuffix(head, ";base64")
	if !ok || !encoded || data == "" {
		return bad(at, "A data URL must have the form data:TYPE;base64,DATA.")
	}
	// Parameters such as a charset are not part of the type.
	p.MIME, _, _ = strings.Cut(kind, ";")
	p.URL, p.Data = "", data
	return nil
}
