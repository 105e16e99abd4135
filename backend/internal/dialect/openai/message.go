package openai

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

func readMessages(d *reader, name string, raw json.RawMessage) error {
	var messages []wireMessage
	if err := json.Unmarshal(raw, &messages); err != nil {
		return misfit[wireMessage](name, raw, err)
	}
	for i := range messages {
		at := fmt.Sprintf("%s[%d]", name, i)
		m, err := d.message(at, &messages[i])
		if err != nil {
			return err
		}
		d.req.Messages = append(d.req.Messages, m)
	}
	return nil
}

// misfit tells which element of a list does not fit, and which field of it.
func misfit[T any](name string, raw json.RawMessage, cause error) *hw.Error {
	i := 0
	for element := range peek.Elements(raw) {
		var fits T
		if err := json.Unmarshal(element, &fits); err != nil {
			at := fmt.Sprintf("%s[%d]", name, i)
			if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && wrong.Field != "" {
				at += "." + wrong.Field
				return bad(at, "The field %s cannot be a JSON %s.", at, wrong.Value).Because(err)
			}
			return bad(at, "The element %s must be an object.", at).Because(err)
		}
		i++
	}
	return bad(name, "The field %s must be a list.", name).Because(cause)
}

// message reads one message.
func (d *reader) message(at string, w *wireMessage) (dialect.Message, error) {
	m := dialect.Message{Name: w.Name}
	parts, err := d.content(at+".content", w.Content)
	if err != nil {
		return m, err
	}
	switch w.Role {
	case "system", "developer":
		m.Role, m.Parts = dialect.RoleSystem, parts
	case "user":
		m.Role, m.Parts = dialect.RoleUser, parts
	case "assistant":
		m.Role, m.Parts = dialect.RoleAssistant, d.assistant(w, parts)
	case "tool", "function":
		m.Role, m.Parts = dialect.RoleTool, d.toolResult(w, parts)
	default:
		return m, bad(at+".role", "The role must be system, developer, user, assistant or tool.")
	}
	markCache(m.Parts, w.CacheControl)
	return m, nil
}

// markCache puts a mark on the whole message on its last part.
func markCache(parts []dialect.Part, mark json.RawMessage) {
	if n := len(parts); n > 0 && isSet(mark) && parts[n-1].CacheControl == nil {
		parts[n-1].CacheControl = mark
	}
}

// assistant adds to the content what an assistant's turn has beside it.
func (d *reader) assistant(w *wireMessage, content []dialect.Part) []dialect.Part {
	if f := w.FunctionCall; f != nil && f.Name != "" {
		w.ToolCalls = append(w.ToolCalls, wireToolCall{Function: *f})
	}
	var calls []dialect.Part
	for i := range w.ToolCalls {
		p := w.ToolCalls[i].part()
		if p.Call.ID == "" {
			p.Call.ID = fmt.Sprintf("call_%d_%d", len(d.req.Messages), i)
		}
		d.open.add(p.Call.ID)
		calls = append(calls, p)
	}
	proofs := claimProofs(detailParts(w.Details), calls)
	parts := sealed(reasoningParts(w.reasoning(), proofs))
	parts = append(parts, content...)
	if w.Refusal != "" {
		parts = append(parts, dialect.Part{Kind: dialect.PartRefusal, Text: string(w.Refusal)})
	}
	parts = append(parts, readImages(w.Images)...)
	parts = append(parts, d.audio(w)...)
	parts = append(parts, calls...)
	cite(parts, readAnnotations(w.Annotations))
	signFirst(parts, thoughtSignature(w.Extra))
	return parts
}

// audio reads the speech of a former answer. What only names it, as OpenAI
// keeps it, is nowhere else.
func (d *reader) audio(w *wireMessage) []dialect.Part {
	switch a := readAudio(w.Audio); {
	case a.Data != "":
		return []dialect.Part{audioPart(string(a.ID), string(a.Data))}
	case a.ID != "":
		d.stranger(fmt.Sprintf("messages[%d].audio", len(d.req.Messages)))
	}
	return nil
}

// toolResult makes one result of a tool message. Without an id it answers the
// first call that is still open, as the form before tools means it.
func (d *reader) toolResult(w *wireMessage, content []dialect.Part) []dialect.Part {
	id := w.ToolCallID
	if id == "" {
		id = d.open.first()
	}
	d.open.take(id)
	var text strings.Builder
	result := dialect.Part{Kind: dialect.PartToolResult, CallID: id}
	for _, p := range content {
		if p.CacheControl != nil {
			result.CacheControl, p.CacheControl = p.CacheControl, nil
		}
		if p.Kind == dialect.PartText || p.Kind == dialect.PartRefusal {
			text.WriteString(p.Text)
			continue
		}
		result.Media = append(result.Media, p)
	}
	result.Text = text.String()
	return []dialect.Part{result}
}

// requestPart is one part of a content list in a request.
type requestPart struct {
	Type         string          `json:"type"`
	Text         looseText       `json:"text"`
	Refusal      looseText       `json:"refusal"`
	Thinking     json.RawMessage `json:"thinking"`
	ImageURL     json.RawMessage `json:"image_url"`
	VideoURL     json.RawMessage `json:"video_url"`
	DocumentURL  json.RawMessage `json:"document_url"`
	DocumentName looseText       `json:"document_name"`
	InputAudio   *inputAudio     `json:"input_audio"`
	File         *inputFile      `json:"file"`
	CacheControl json.RawMessage `json:"cache_control"`
}

type inputAudio struct {
	Data   string `json:"data"`
	Format string `json:"format"`
}

type inputFile struct {
	Data     string `json:"file_data"`
	Filename string `json:"filename"`
	ID       string `json:"file_id"`
}

type inputURL struct {
	URL    string `json:"url"`
	Detail string `json:"detail"`
}

// content reads content that is a string, null or a list of parts.
func (d *reader) content(at string, raw json.RawMessage) ([]dialect.Part, error) {
	if !isSet(raw) {
		return nil, nil
	}
	if text, ok := peek.String(raw); ok {
		return []dialect.Part{{Kind: dialect.PartText, Text: text}}, nil
	}
	var list []requestPart
	if err := json.Unmarshal(raw, &list); err != nil {
		return nil, misfit[requestPart](at, raw, err)
	}
	parts := make([]dialect.Part, 0, len(list))
	for i := range list {
		p, err := readPart(fmt.Sprintf("%s[%d]", at, i), &list[i])
		if err != nil {
			return nil, err
		}
		if isSet(list[i].CacheControl) {
			p.CacheControl = list[i].CacheControl
		}
		parts = append(parts, p)
	}
	return parts, nil
}

func readPart(at string, w *requestPart) (dialect.Part, error) {
	switch w.Type {
	case "text", "input_text", "output_text":
		return dialect.Part{Kind: dialect.PartText, Text: string(w.Text)}, nil
	case "refusal":
		return dialect.Part{Kind: dialect.PartRefusal, Text: string(w.Refusal)}, nil
	case "thinking":
		text, _ := splitContent(w.Thinking)
		return dialect.Part{Kind: dialect.PartReasoning, Text: text}, nil
	case "image_url":
		return mediaPart(at+".image_url", dialect.PartImage, w.ImageURL)
	case "video_url":
		return mediaPart(at+".video_url", dialect.PartVideo, w.VideoURL)
	case "document_url":
		p, err := mediaPart(at+".document_url", dialect.PartDocument, w.DocumentURL)
		p.Filename = string(w.DocumentName)
		return p, err
	case "input_audio":
		if w.InputAudio == nil || w.InputAudio.Data == "" {
			return dialect.Part{}, bad(at+".input_audio.data", "An audio part must have data.")
		}
		return dialect.Part{Kind: dialect.PartAudio, Data: w.InputAudio.Data, MIME: "audio/" + w.InputAudio.Format}, nil // wav, mp3
	case "file":
		return filePart(at+".file", w.File)
	}
	return dialect.Part{}, hw.Errorf(hw.CodeUnsupported, "A content part of type %q cannot be translated for the model's upstream.", w.Type).At(at + ".type")
}

// mediaPart reads an address that is text or an object with a url.
func mediaPart(at string, kind dialect.PartKind, raw json.RawMessage) (dialect.Part, error) {
	var u inputURL
	if text, ok := peek.String(raw); ok {
		u.URL = text
	} else if json.Unmarshal(raw, &u) != nil || u.URL == "" {
		return dialect.Part{}, bad(at+".url", "The part must have a url.")
	}
	p := dialect.Part{Kind: kind, URL: u.URL, Detail: u.Detail}
	err := fromDataURL(at+".url", &p)
	return p, err
}

func filePart(at string, f *inputFile) (dialect.Part, error) {
	switch {
	case f == nil || f.Data == "" && f.ID == "":
		return dialect.Part{}, bad(at+".file_data", "A file part must have file_data.")
	case f.Data == "":
		return dialect.Part{}, hw.Errorf(hw.CodeUnsupported, "A file kept at OpenAI cannot be used by the model's upstream; send file_data.").At(at + ".file_id")
	}
	p := dialect.Part{Kind: dialect.PartDocument, URL: f.Data, Filename: f.Filename}
	if !strings.HasPrefix(f.Data, "data:") && !strings.Contains(f.Data, "://") {
		p.URL, p.Data, p.MIME = "", f.Data, "application/pdf"
		return p, nil
	}
	if err := fromDataURL(at+".file_data", &p); err != nil {
		return p, err
	}
	switch {
	case strings.HasPrefix(p.MIME, "image/"):
		p.Kind = dialect.PartImage
	case strings.HasPrefix(p.MIME, "audio/"):
		p.Kind = dialect.PartAudio
	case strings.HasPrefix(p.MIME, "video/"):
		p.Kind = dialect.PartVideo
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
