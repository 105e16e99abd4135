package openai

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
)

// turns renders neutral messages one after the other.
type turns struct {
	model string
	out   []outMessage
	// waiting holds media that stood where this dialect takes text only: in the
	// results of tools, which must follow their calls without a gap, and in
	// turns of the assistant. The next turn of the user brings it.
	waiting []outPart
	// drop names what is lost.
	drop func(name string)
	// open counts the calls of each id that no result has answered.
	open map[string]int
}

// messages ends the rendering.
func (t *turns) messages() []outMessage {
	t.flush()
	return t.out
}

// flush gives what waits a turn of its own.
func (t *turns) flush() {
	if len(t.waiting) > 0 {
		t.out = append(t.out, outMessage{Role: dialect.RoleUser, Content: t.waiting})
		t.waiting = nil
	}
}

// add renders one neutral message. A turn with tool results becomes one
// message a result, followed by what else it holds.
func (t *turns) add(at string, m dialect.Message) error {
	if m.Role == dialect.RoleAssistant || m.Role == dialect.RoleSystem {
		t.flush()
	}
	main := outMessage{Role: m.Role, Name: m.Name}
	var parts []outPart
	results := false
	for i := range m.Parts {
		p := &m.Parts[i]
		path := fmt.Sprintf("%s.content[%d]", at, i)
		if p.Kind == dialect.PartToolResult {
			results = true
			if err := t.result(path, p); err != nil {
				return err
			}
			continue
		}
		if t.beside(&main, p) {
			continue
		}
		part, err := t.part(path, p)
		if err != nil {
			return err
		}
		if m.Role == dialect.RoleAssistant && part.Text == nil {
			t.wait("Content of the answer before:", part)
			continue
		}
		parts = append(parts, part)
	}
	if !results || len(parts) > 0 {
		t.close(main, parts)
	}
	return nil
}

// part renders one part of a content, with its mark for caching where the model
// knows such a thing.
func (t *turns) part(at string, p *dialect.Part) (outPart, error) {
	part, err := partOut(at, *p)
	if replays(t.model, dialect.SignerAnthropic) {
		part.Cache = p.CacheControl
	}
	return part, err
}

// close ends a message whose content is known. What stands beside the results
// of tools is the user's.
func (t *turns) close(m outMessage, parts []outPart) {
	m.Reasoning, m.Refusal = string(m.reasoning), string(m.refusal)
	if m.Role == dialect.RoleTool {
		m.Role = dialect.RoleUser
	}
	if m.Role == dialect.RoleUser {
		parts = append(t.waiting, parts...)
		t.waiting = nil
	}
	m.Content = contentOut(parts, len(m.ToolCalls) > 0 || m.Refusal != "")
	t.out = append(t.out, m)
}

// beside puts a part that is no content beside it, and notes what a later turn or
// the caller must know of it; false for content.
func (t *turns) beside(m *outMessage, p *dialect.Part) bool {
	switch {
	case p.Kind == dialect.PartToolCall:
		if t.open == nil {
			t.open = map[string]int{}
		}
		t.open[p.Call.ID]++
	case p.Kind == dialect.PartReasoning && p.Data != "" && p.Owed("") && !replays(t.model, p.Signer):
		t.drop("messages[].reasoning_content (unsigned)")
	}
	return m.takes(p, t.model)
}

// result renders a tool's result; its media wait. One that answers no call is
// dropped: the request would be refused over it.
func (t *turns) result(at string, p *dialect.Part) error {
	if t.open[p.CallID] == 0 {
		t.drop("messages (a tool result without its call)")
		return nil
	}
	t.open[p.CallID]--
	if p.IsError {
		t.drop("messages[].content[].is_error")
	}
	t.out = append(t.out, outMessage{Role: dialect.RoleTool, Content: p.Text, ToolCallID: p.CallID})
	for i, m := range p.Media {
		part, err := partOut(fmt.Sprintf("%s.content[%d]", at, i), m)
		if err != nil {
			return err
		}
		t.wait("Content of the tool result "+p.CallID+":", part)
	}
	return nil
}

// wait keeps a part for the next turn of the user, under the words that say
// where it is from.
func (t *turns) wait(from string, part outPart) {
	t.waiting = append(t.waiting, outPart{Type: "text", Text: &from}, part)
}

// takes puts a part that is no content beside it; false for content.
func (m *outMessage) takes(p *dialect.Part, model string) bool {
	switch p.Kind {
	case dialect.PartToolCall:
		m.call(p, model)
	case dialect.PartReasoning:
		m.reasoning = append(m.reasoning, p.Text...)
		if replays(model, p.Signer) {
			m.Details = append(m.Details, number(details(*p), len(m.Details))...)
		}
	case dialect.PartRefusal:
		m.refusal = append(m.refusal, p.Text...)
	case dialect.PartText:
		if p.Signature != "" && p.Signer == dialect.SignerGemini && takesExtra(model) {
			m.Extra = extraOut(p.Signature)
		}
		return false
	default:
		return false
	}
	return true
}

// call adds a tool call, with its proof for the vendor who signed it: a router
// and Google itself look for it in different places.
func (m *outMessage) call(p *dialect.Part, model string) {
	call := callOut(p.Call, p.Call.Custom && takesCustom(model))
	if p.Signature != "" {
		if p.Signer == dialect.SignerGemini && takesExtra(model) {
			call.Extra = extraOut(p.Signature)
		}
		if replays(model, p.Signer) {
			m.Details = append(m.Details, number([]reasoningDetail{callProof(p.Call.ID, p.Signature, p.Signer)}, len(m.Details))...)
		}
	}
	m.ToolCalls = append(m.ToolCalls, call)
}

// contentOut prefers plain text, which the simplest engines take too.
func contentOut(parts []outPart, mayBeNull bool) any {
	switch {
	case len(parts) == 0 && mayBeNull:
		return nil
	case len(parts) == 0:
		return ""
	case len(parts) == 1 && parts[0].Text != nil && parts[0].Cache == nil:
		return *parts[0].Text
	}
	return parts
}

func partOut(at string, p dialect.Part) (outPart, error) {
	if text := textWithin(&p); text != "" {
		return outPart{Type: "text", Text: &text}, nil
	}
	url := dataURL(&p)
	switch {
	case p.Kind == dialect.PartText, p.Kind == dialect.PartDocument && url == "" && p.Text != "":
		return outPart{Type: "text", Text: &p.Text}, nil
	case url == "":
	case p.Kind == dialect.PartImage:
		return outPart{Type: "image_url", Image: &outURL{url, p.Detail}}, nil
	case p.Kind == dialect.PartVideo:
		return outPart{Type: "video_url", Video: &outURL{URL: url}}, nil
	case p.Data == "": // the rest is taken whole only
	case p.Kind == dialect.PartAudio:
		return outPart{Type: "input_audio", Audio: &inputAudio{p.Data, audioFormat(p.MIME)}}, nil
	case p.Kind == dialect.PartDocument:
		return outPart{Type: "file", File: &outFile{url, cmp.Or(p.Filename, "document"+extension(p.MIME))}}, nil
	}
	return outPart{}, hw.Errorf(hw.CodeUnsupported, "This %s cannot be translated for the model's upstream.", p.Kind).At(at)
}

// textWithin is a document of text, under its name, for the content itself: as
// files OpenAI takes nothing but PDF, and others take none. Empty for all else.
func textWithin(p *dialect.Part) string {
	mime := p.MIME
	if p.Kind != dialect.PartDocument || p.Data == "" || !strings.HasPrefix(mime, "text/") && !slices.Contains(textTypes, mime) {
		return ""
	}
	text, err := base64.StdEncoding.DecodeString(p.Data)
	if err != nil || !utf8.Valid(text) {
		return ""
	}
	if p.Filename == "" {
		return string(text)
	}
	return p.Filename + ":\n\n" + string(text)
}

// textTypes are the types of documents that are text, beside those that say so.
var textTypes = []string{"application/json", "application/xml", "application/yaml", "application/x-yaml", "application/javascript"}

// extension is that of a document's file, by which OpenAI knows its type.
func extension(mime string) string {
	switch mime {
	case "text/plain":
		return ".txt"
	case "text/markdown":
		return ".md"
	case "text/html":
		return ".html"
	case "text/csv":
		return ".csv"
	case "application/json":
		return ".json"
	case "application/msword":
		return ".doc"
	case "application/vnd.openxmlformats-officedocument.wordprocessingml.document":
		return ".docx"
	case "application/vnd.ms-excel":
		return ".xls"
	case "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet":
		return ".xlsx"
	}
	return ".pdf"
}

// NeedsData implements dialect.Inliner: images are taken by their address, files
// are not.
func (Outbound) NeedsData(p *dialect.Part) bool { return p.Kind == dialect.PartDocument }
