package anthropic

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

// inBlock is one content block of a request. Which fields it has follows from
// its type.
type inBlock struct {
	Type         string          `json:"type"`
	Text         *string         `json:"text"`
	Citations    json.RawMessage `json:"citations"`
	Source       json.RawMessage `json:"source"`
	Title        string          `json:"title"`
	Context      string          `json:"context"`
	Thinking     string          `json:"thinking"`
	Signature    string          `json:"signature"`
	Data         string          `json:"data"`
	ID           string          `json:"id"`
	Name         string          `json:"name"`
	Input        json.RawMessage `json:"input"`
	ToolUseID    string          `json:"tool_use_id"`
	Content      json.RawMessage `json:"content"`
	IsError      bool            `json:"is_error"`
	Caller       json.RawMessage `json:"caller"`
	CacheControl json.RawMessage `json:"cache_control"`
}

func readMessages(d *reader, name string, raw json.RawMessage) error {
	var list []json.RawMessage
	if err := read(name, raw, &list); err != nil {
		return err
	}
	if len(list) == 0 {
		return bad(name, "at least one message is required")
	}
	for i := range list {
		if err := d.message(fmt.Sprintf("%s[%d]", name, i), list[i]); err != nil {
			return err
		}
	}
	return nil
}

// message reads one message. Results of tools are messages of their own in the
// neutral form, and come before what the user says beside them.
func (d *reader) message(at string, raw json.RawMessage) error {
	var m struct {
		Role    string          `json:"role"`
		Content json.RawMessage `json:"content"`
	}
	if err := read(at, raw, &m); err != nil {
		return err
	}
	switch m.Role {
	case dialect.RoleUser, dialect.RoleAssistant, dialect.RoleSystem:
	default:
		return bad(at+".role", "Input should be user, assistant or system")
	}
	if !isSet(m.Content) {
		return required(at + ".content")
	}
	d.others("messages[]", raw, messageKeys)
	parts, err := d.content(at+".content", m.Role, m.Content)
	if err != nil {
		return err
	}
	var rest []dialect.Part
	for _, p := range parts {
		if p.Kind == dialect.PartToolResult {
			d.req.Messages = append(d.req.Messages, dialect.Message{Role: dialect.RoleTool, Parts: []dialect.Part{p}})
			continue
		}
		rest = append(rest, p)
	}
	if len(rest) > 0 {
		d.req.Messages = append(d.req.Messages, dialect.Message{Role: m.Role, Parts: rest})
	}
	return nil
}

// inResult is where the blocks inside a tool result stand.
const inResult = "tool_result"

// content reads content that is text or a list of blocks.
func (d *reader) content(at, where string, raw json.RawMessage) ([]dialect.Part, error) {
	if text, ok := peek.String(raw); ok {
		return []dialect.Part{{Kind: dialect.PartText, Text: text}}, nil
	}
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		return nil, bad(at, "Input should be a string or a list of blocks")
	}
	parts := make([]dialect.Part, 0, len(list))
	for i := range list {
		var b inBlock
		at := fmt.Sprintf("%s[%d]", at, i)
		if err := read(at, list[i], &b); err != nil {
			return nil, err
		}
		from := len(parts)
		var err error
		if parts, err = d.block(parts, at, where, &b); err != nil {
			return nil, err
		}
		d.blockOthers(at, list[i], &b)
		if len(parts) > from && isSet(b.CacheControl) && parts[len(parts)-1].CacheControl == nil {
			parts[len(parts)-1].CacheControl = b.CacheControl
		}
	}
	return parts, nil
}

// block appends the parts of one block.
func (d *reader) block(parts []dialect.Part, at, where string, b *inBlock) ([]dialect.Part, error) {
	var p dialect.Part
	var err error
	switch {
	case b.Type == "text":
		p, err = textPart(at, where, b)
	case where == dialect.RoleSystem && !isServers(b.Type):
		return nil, hw.Errorf(hw.CodeUnsupported, "A system message can hold text only.").At(at + ".type")
	case b.Type == "image":
		p, err = imagePart(at+".source", b.Source)
	case b.Type == "document":
		return d.document(parts, at, b)
	case b.Type == "search_result":
		if citing(b.Citations) {
			d.drop("messages[].content (citations of a search result)")
		}
		p, err = searchPart(at, b)
	case where == dialect.RoleUser && b.Type == "tool_result":
		p, err = d.result(at, b)
	case where == dialect.RoleAssistant:
		return d.assistantBlock(parts, at, b)
	default:
		return parts, d.otherBlock(at, b.Type)
	}
	if err != nil {
		return nil, err
	}
	return append(parts, p), nil
}

// assistantBlock reads the blocks that only an assistant's turn has.
func (d *reader) assistantBlock(parts []dialect.Part, at string, b *inBlock) ([]dialect.Part, error) {
	switch b.Type {
	case "tool_use":
		if b.ID == "" {
			return nil, required(at + ".id")
		}
		if b.Name == "" {
			return nil, required(at + ".name")
		}
		args := "{}"
		if isSet(b.Input) {
			if b.Input[0] != '{' {
				return nil, bad(at+".input", "Input should be an object")
			}
			args = string(b.Input)
		}
		return append(parts, dialect.Part{Kind: dialect.PartToolCall, Call: &dialect.ToolCall{ID: b.ID, Name: b.Name, Args: args}}), nil
	case "thinking":
		p := reasoningOf(b.Thinking, b.Signature, "")
		if p.Text+p.Signature+p.Data+p.ID == "" {
			return parts, nil
		}
		return append(parts, p), nil
	case "redacted_thinking":
		return d.redacted(parts, b.Data), nil
	case "compaction":
		// The summary that stands for all turns before it.
		if text, ok := peek.String(b.Content); ok && text != "" {
			parts = append(parts, dialect.Part{Kind: dialect.PartText, Text: text})
		}
		return parts, nil
	}
	return parts, d.otherBlock(at, b.Type)
}

// redacted reads reasoning without a text, or a seal that proves something else.
func (d *reader) redacted(parts []dialect.Part, data string) []dialect.Part {
	if !isSeal(data) {
		if data == "" {
			return parts
		}
		return append(parts, reasoningOf("", "", data))
	}
	switch s := unseal(data); s.Of {
	case sealOfCall:
		d.calls[s.Call] = s
	case sealOfText:
		if n := len(parts); n > 0 && parts[n-1].Kind == dialect.PartText && parts[n-1].Signature == "" {
			parts[n-1].Signature, parts[n-1].Signer = s.Signature, s.Signer
			return parts
		}
		return append(parts, dialect.Part{Kind: dialect.PartText, Signature: s.Signature, Signer: s.Signer})
	default:
		if s.Signature+s.Data+s.ID != "" {
			return append(parts, reasoningOf("", "", data))
		}
	}
	return parts
}

// isServers reports whether a block belongs to a tool that Anthropic runs
// itself: another vendor has no use for it.
func isServers(kind string) bool {
	switch kind {
	case "server_tool_use", "mcp_tool_use", "tool_reference", "tool_addition", "tool_removal", "fallback":
		return true
	case "tool_result":
		return false
	}
	return strings.HasSuffix(kind, "_tool_result")
}

// otherBlock drops the traces of server tools by name and refuses the rest.
func (d *reader) otherBlock(at, kind string) error {
	switch {
	case isServers(kind):
		d.drop("messages[].content (" + kind + ")")
		return nil
	case kind == "":
		return required(at + ".type")
	}
	return hw.Errorf(hw.CodeUnsupported, "A content block of type %q cannot be translated for the model's upstream here.", kind).At(at + ".type")
}

func textPart(at, where string, b *inBlock) (dialect.Part, error) {
	if b.Text == nil {
		return dialect.Part{}, required(at + ".text")
	}
	if where == dialect.RoleAssistant {
		if p, ok := readMediaText(*b.Text); ok {
			return p, nil
		}
	}
	return dialect.Part{Kind: dialect.PartText, Text: *b.Text, Citations: readCitations(b.Citations)}, nil
}

// inSource is where the bytes of an image or a document are.
type inSource struct {
	Type      string          `json:"type"`
	MediaType string          `json:"media_type"`
	Data      string          `json:"data"`
	URL       string          `json:"url"`
	Content   json.RawMessage `json:"content"`
}

// readSource reads a source; kept files are refused.
func readSource(at string, raw json.RawMessage) (inSource, error) {
	var s inSource
	if !isSet(raw) {
		return s, required(at)
	}
	if err := read(at, raw, &s); err != nil {
		return s, err
	}
	switch {
	case s.Type == "file":
		return s, hw.Errorf(hw.CodeUnsupported, "A file kept at Anthropic cannot be used by the model's upstream; send its data.").At(at)
	case s.Type == "url" && s.URL == "":
		return s, required(at + ".url")
	case s.Type == "base64" && s.Data == "":
		return s, required(at + ".data")
	case s.Type == "base64" && s.MediaType == "":
		return s, required(at + ".media_type")
	}
	return s, nil
}

func imagePart(at string, raw json.RawMessage) (dialect.Part, error) {
	s, err := readSource(at, raw)
	if err != nil {
		return dialect.Part{}, err
	}
	switch s.Type {
	case "base64":
		return dialect.Part{Kind: dialect.PartImage, MIME: s.MediaType, Data: s.Data}, nil
	case "url":
		return dialect.Part{Kind: dialect.PartImage, URL: s.URL}, nil
	}
	return dialect.Part{}, hw.Errorf(hw.CodeUnsupported, "An image from a source of type %q cannot be translated for the model's upstream.", s.Type).At(at + ".type")
}

// document appends a document. One given as blocks becomes a document of their
// texts, followed by their images.
func (d *reader) document(parts []dialect.Part, at string, b *inBlock) ([]dialect.Part, error) {
	s, err := readSource(at+".source", b.Source)
	if err != nil {
		return nil, err
	}
	if b.Context != "" {
		d.drop("messages[].content (context of a document)")
	}
	if citing(b.Citations) {
		d.drop("messages[].content (citations of a document)")
	}
	p := dialect.Part{Kind: dialect.PartDocument, MIME: s.MediaType, Data: s.Data, Filename: b.Title}
	switch s.Type {
	case "base64":
	case "url":
		p.URL, p.MIME, p.Data = s.URL, "", ""
	case "text":
		p.MIME, p.Data = "text/plain", base64.StdEncoding.EncodeToString([]byte(s.Data))
	case "content":
		within, err := d.content(at+".source.content", inResult, s.Content)
		if err != nil {
			return nil, err
		}
		text, media := apart(within)
		p.MIME, p.Data = "text/plain", base64.StdEncoding.EncodeToString([]byte(text))
		if text == "" {
			return append(parts, media...), nil
		}
		return append(append(parts, p), media...), nil
	default:
		return nil, hw.Errorf(hw.CodeUnsupported, "A document from a source of type %q cannot be translated for the model's upstream.", s.Type).At(at + ".source.type")
	}
	return append(parts, p), nil
}

// citing reports whether a document or a search result is to be cited.
func citing(raw json.RawMessage) bool {
	return isSet(raw) && !isVoid(raw) && string(raw) != `{"enabled":false}`
}

// apart divides parts into their text, joined, and the rest.
func apart(parts []dialect.Part) (text string, media []dialect.Part) {
	var texts []string
	for _, p := range parts {
		if p.Kind == dialect.PartText {
			texts = append(texts, p.Text)
		} else {
			media = append(media, p)
		}
	}
	return strings.Join(texts, "\n"), media
}

// result reads what a tool gave.
func (d *reader) result(at string, b *inBlock) (dialect.Part, error) {
	p := dialect.Part{Kind: dialect.PartToolResult, CallID: b.ToolUseID, IsError: b.IsError}
	if b.ToolUseID == "" {
		return p, required(at + ".tool_use_id")
	}
	if !isSet(b.Content) {
		return p, nil
	}
	within, err := d.content(at+".content", inResult, b.Content)
	if err != nil {
		return p, err
	}
	for i := range within {
		if mark := within[i].CacheControl; mark != nil {
			p.CacheControl, within[i].CacheControl = mark, nil
		}
	}
	p.Text, p.Media = apart(within)
	return p, nil
}

// searchPart reads a result of the caller's own search. Its source stands in
// the text too, since no other vendor shows a citation to the model.
func searchPart(at string, b *inBlock) (dialect.Part, error) {
	source, ok := peek.String(b.Source)
	if !ok {
		return dialect.Part{}, required(at + ".source")
	}
	var blocks []struct {
		Text string `json:"text"`
	}
	if isSet(b.Content) {
		if err := read(at+".content", b.Content, &blocks); err != nil {
			return dialect.Part{}, err
		}
	}
	lines := []string{b.Title, source, ""}
	for _, block := range blocks {
		lines = append(lines, block.Text)
	}
	return dialect.Part{
		Kind: dialect.PartText, Text: strings.TrimLeft(strings.Join(lines, "\n"), "\n"),
		Citations: []dialect.Citation{{URL: source, Title: b.Title}},
	}, nil
}
