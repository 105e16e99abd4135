package gemini

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

// outPart is one part of a content, in requests and answers alike. Exactly one
// of its kinds is set.
type outPart struct {
	Text      *string      `json:"text,omitempty"`
	Thought   bool         `json:"thought,omitempty"`
	Inline    *inline      `json:"inlineData,omitempty"`
	File      *fileData    `json:"fileData,omitempty"`
	Call      *outCall     `json:"functionCall,omitempty"`
	Result    *outResponse `json:"functionResponse,omitempty"`
	Signature string       `json:"thoughtSignature,omitempty"`
}

type fileData struct {
	MIME string `json:"mimeType,omitempty"`
	URI  string `json:"fileUri"`
}

type outCall struct {
	ID   string          `json:"id,omitempty"`
	Name string          `json:"name"`
	Args json.RawMessage `json:"args"`
}

type outResponse struct {
	ID       string          `json:"id,omitempty"`
	Name     string          `json:"name"`
	Response json.RawMessage `json:"response"`
	Parts    []outPart       `json:"parts,omitempty"`
}

// opener begins or ends a conversation that would otherwise begin or end with
// the model.
const opener = "Continue."

// skipSignature stands for the signature of a call that Gemini has not made
// itself, or whose signature is gone: Gemini 3 refuses the first call of a turn
// without one (ai.google.dev/gemini-api/docs/thought-signatures, 2025).
const skipSignature = "skip_thought_signature_validator"

// turns renders all messages: system texts to the top, the rest in turns of user
// and model.
func (e *encoding) turns() error {
	var system []outPart
	for i, m := range e.req.Messages {
		parts, err := e.parts(i, m)
		if err != nil {
			return err
		}
		switch m.Role {
		case dialect.RoleSystem:
			system = append(system, parts...)
		case dialect.RoleAssistant:
			e.append("model", parts)
		default:
			e.append("user", parts)
		}
	}
	e.pair()
	e.merge()
	if len(e.out.Contents) == 0 {
		// A request of system texts only: the last one is what is asked.
		n := len(system)
		switch {
		case n > 0:
			e.append("user", system[n-1:])
			system = system[:n-1]
		case len(e.req.Messages) > 0:
			e.append("user", []outPart{{Text: new(string)}}) // Google takes an empty text
		default:
			return hw.Errorf(hw.CodeBadRequest, "There is no message.").At("messages")
		}
	}
	e.open()
	if len(system) > 0 {
		e.out.System = &content{Parts: system}
	}
	return nil
}

// append adds parts to the last turn of the same role, or a new turn.
func (e *encoding) append(role string, parts []outPart) {
	if len(parts) == 0 {
		return
	}
	if n := len(e.out.Contents); n > 0 && e.out.Contents[n-1].Role == role {
		last := &e.out.Contents[n-1]
		last.Parts = append(last.Parts, parts...)
		return
	}
	e.out.Contents = append(e.out.Contents, content{role, slices.Clone(parts)})
}

// pair drops calls without a result in the next turn and results without a call
// in the turn before. Results come first in their turn and in the order of the
// calls, with the names of those: Gemini matches them by both.
func (e *encoding) pair() {
	turns := e.out.Contents
	for i := range turns {
		if turns[i].Role == "model" {
			e.pairCalls(&turns[i], turns[i+1:])
			continue
		}
		var calls []*outCall
		if i > 0 {
			for _, p := range turns[i-1].Parts {
				if p.Call != nil {
					calls = append(calls, p.Call)
				}
			}
		}
		e.pairResults(&turns[i], calls)
	}
}

// pairCalls drops the calls of a turn that have no result in the turn after it.
// Of calls with one id the first counts.
func (e *encoding) pairCalls(turn *content, after []content) {
	seen, answered := map[string]bool{}, map[string]bool{}
	if len(after) > 0 {
		for _, p := range after[0].Parts {
			if p.Result != nil {
				answered[p.Result.ID] = true
			}
		}
	}
	turn.Parts = slices.DeleteFunc(turn.Parts, func(p outPart) bool {
		if p.Call == nil {
			return false
		}
		if answered[p.Call.ID] && !seen[p.Call.ID] {
			seen[p.Call.ID] = true
			return false
		}
		e.drop("messages (a tool call without its result)")
		return true
	})
}

func (e *encoding) pairResults(turn *content, calls []*outCall) {
	var results, rest []outPart
	byID := map[string]outPart{} // of results with one id the first counts
	for _, p := range turn.Parts {
		if p.Result != nil && byID[p.Result.ID].Result == nil {
			byID[p.Result.ID] = p
		}
	}
	for _, c := range calls {
		if p := byID[c.ID]; p.Result != nil {
			p.Result.Name = c.Name
			results = append(results, p)
		}
	}
	lost := -len(results)
	for _, p := range turn.Parts {
		if p.Result != nil {
			lost++
			continue
		}
		rest = append(rest, p)
	}
	if lost > 0 {
		e.drop("messages (a tool result without its call)")
	}
	turn.Parts = slices.Concat(results, e.besideResults(results), rest)
}

// besideResults takes the media out of results for models before Gemini 3, which
// do not look for them there: they follow as parts of the user.
func (e *encoding) besideResults(results []outPart) []outPart {
	var media []outPart
	if e.model.atLeast(30) {
		return nil
	}
	for _, p := range results {
		media = append(media, p.Result.Parts...)
		p.Result.Parts = nil
	}
	return media
}

// merge joins the neighbours that are left of one role once empty turns are
// gone, and signs the first call of each turn where its signature is missing.
func (e *encoding) merge() {
	all := e.out.Contents
	e.out.Contents = nil
	for _, turn := range all {
		e.append(turn.Role, turn.Parts)
	}
	if !e.model.atLeast(30) {
		return
	}
	for _, turn := range e.out.Contents {
		for i := range turn.Parts {
			if p := &turn.Parts[i]; p.Call != nil {
				if p.Signature == "" {
					p.Signature = base64.StdEncoding.EncodeToString([]byte(skipSignature))
				}
				break
			}
		}
	}
}

// open makes the conversation begin and end with the user: models refuse to go on
// with their own words (all of them from 3.5 on).
func (e *encoding) open() {
	text := opener
	turn := content{"user", []outPart{{Text: &text}}}
	if e.out.Contents[0].Role == "model" {
		e.out.Contents = slices.Insert(e.out.Contents, 0, turn)
	}
	if n := len(e.out.Contents); e.out.Contents[n-1].Role == "model" {
		if last := len(e.req.Messages) - 1; e.req.Messages[last].Role == dialect.RoleAssistant {
			e.drop("messages (the answer that was begun)")
		}
		e.out.Contents = append(e.out.Contents, turn)
	}
}

// parts renders the parts of one message.
func (e *encoding) parts(i int, m dialect.Message) ([]outPart, error) {
	if m.Name != "" && m.Role != dialect.RoleTool {
		e.drop("messages[].name")
	}
	var out []outPart
	for j := range m.Parts {
		p, ok, err := e.part(&m.Parts[j])
		at := fmt.Sprintf("messages[%d].content[%d]", i, j)
		if err != nil {
			return nil, err.At(at)
		}
		if ok && m.Role == dialect.RoleSystem && p.Text == nil {
			return nil, hw.Errorf(hw.CodeUnsupported, "A system message can hold text only for the model's upstream.").At(at)
		}
		if ok && m.Role == dialect.RoleAssistant && len(m.Parts[j].Citations) > 0 {
			e.drop("messages[].citations")
		}
		if ok {
			out = append(out, p)
		}
	}
	return out, nil
}

// part renders one part; false when nothing is left of it.
func (e *encoding) part(p *dialect.Part) (outPart, bool, *hw.Error) {
	signature := ""
	if p.Signer == dialect.SignerGemini {
		signature = p.Signature
	}
	switch p.Kind {
	case dialect.PartText, dialect.PartRefusal:
		return outPart{Text: &p.Text, Signature: signature}, p.Text != "" || signature != "", nil
	case dialect.PartReasoning:
		if signature == "" {
			// Gemini takes no thoughts but its own, and needs those only that it
			// has signed.
			if p.Owed(dialect.SignerGemini) {
				e.drop("messages[].reasoning_content (unsigned)")
			}
			return outPart{}, false, nil
		}
		return outPart{Text: &p.Text, Thought: true, Signature: signature}, true, nil
	case dialect.PartToolCall:
		return outPart{Call: &outCall{p.Call.ID, p.Call.Name, argsObject(p.Call.Args)}, Signature: signature}, true, nil
	case dialect.PartToolResult:
		for i := range p.Media {
			e.detail(&p.Media[i])
		}
		result, err := toolResult(p)
		return result, true, err
	default:
		e.detail(p)
		out, err := media(p)
		if out.Text == nil {
			out.Signature = signature
		}
		return out, true, err
	}
}

// detail names the wish to have an image seen less closely than Gemini does by
// itself.
func (e *encoding) detail(p *dialect.Part) {
	if p.Detail != "" && p.Detail != "auto" && p.Detail != "high" {
		e.drop("messages[].content[].detail")
	}
}

// argsObject renders arguments as the object that Google demands. What is no
// object, such as one that was cut, is kept as text.
func argsObject(args string) json.RawMessage {
	if raw := json.RawMessage(args); peek.Object(raw, nil) == nil {
		return raw
	}
	if strings.TrimSpace(args) == "" {
		return json.RawMessage("{}")
	}
	return append(peek.AppendString([]byte(`{"input":`), args), '}')
}

// toolResult renders a result. Its response must be an object: a plain text
// stands under output, or under error, as the documentation of the field has it.
func toolResult(p *dialect.Part) (outPart, *hw.Error) {
	r := &outResponse{ID: p.CallID, Response: json.RawMessage(p.Text)}
	switch {
	case p.IsError:
		r.Response = append(peek.AppendString([]byte(`{"error":`), p.Text), '}')
	case peek.Object(r.Response, nil) != nil:
		r.Response = append(peek.AppendString([]byte(`{"output":`), p.Text), '}')
	}
	for i := range p.Media {
		m, err := media(&p.Media[i])
		if err != nil {
			return outPart{}, err
		}
		r.Parts = append(r.Parts, m)
	}
	return outPart{Result: r}, nil
}

// media renders an image, a document, an audio or a video.
func media(p *dialect.Part) (outPart, *hw.Error) {
	mime := p.MIME
	if mime == "" {
		mime = mimeOf(cmp.Or(p.Filename, p.URL))
	}
	if mime == "" {
		mime = defaultMIME(p.Kind)
	}
	switch {
	case mime == "":
		return outPart{}, hw.Errorf(hw.CodeUnsupported, "The model's upstream takes no %s.", p.Kind)
	case p.Data != "":
		return outPart{Inline: &inline{MIME: mime, Data: p.Data}}, nil
	case p.URL != "":
		return outPart{File: &fileData{mime, p.URL}}, nil
	case p.Kind == dialect.PartDocument && p.Text != "":
		return outPart{Text: &p.Text}, nil
	}
	return outPart{}, hw.Errorf(hw.CodeBadRequest, "The %s has neither data nor an address.", p.Kind)
}

// defaultMIME is the usual type of a kind of part; empty for what is no media.
func defaultMIME(kind dialect.PartKind) string {
	switch kind {
	case dialect.PartImage:
		return "image/jpeg"
	case dialect.PartDocument:
		return "application/pdf"
	case dialect.PartAudio:
		return "audio/wav"
	case dialect.PartVideo:
		return "video/mp4"
	default:
		return ""
	}
}
