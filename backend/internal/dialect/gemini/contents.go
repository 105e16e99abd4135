package gemini

import (
	"fmt"
	"net/url"
	"path"
	"strings"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

// contents reads the turns. Google's SDKs keep each chunk of a streamed answer
// as a content of its own, so that neighbours of the model are one turn.
func (r *reader) contents(root *object) {
	contents := root.children("contents")
	if len(contents) == 0 {
		r.bad("contents", "The field contents must have at least one content.")
	}
	for i, c := range contents {
		role := c.text("role")
		var parts []dialect.Part
		for _, p := range c.children("parts") {
			parts = append(parts, r.part(p, i)...)
		}
		c.dropRest("contents[]")
		if role != "model" {
			r.settle()
		}
		switch role {
		case "", "user", "function", "tool":
			r.userTurn(parts)
		case "model":
			r.modelTurn(parts)
		case "system":
			r.req.Messages = append(r.req.Messages, dialect.Message{Role: dialect.RoleSystem, Parts: parts})
		default:
			r.bad(c.path("role"), "The role must be user or model.")
		}
		if r.err != nil {
			return
		}
	}
	r.settle()
}

// settle gives the last part the text that grew.
func (r *reader) settle() {
	if r.grown == nil {
		return
	}
	parts := r.req.Messages[len(r.req.Messages)-1].Parts
	parts[len(parts)-1].Text, r.grown = string(r.grown), nil
}

// userTurn adds a turn of the user; its tool results stand in a turn before it.
func (r *reader) userTurn(parts []dialect.Part) {
	var results, rest []dialect.Part
	for _, p := range parts {
		if p.Kind == dialect.PartToolResult {
			results = append(results, p)
		} else {
			rest = append(rest, p)
		}
	}
	if len(results) > 0 {
		r.req.Messages = append(r.req.Messages, dialect.Message{Role: dialect.RoleTool, Parts: results})
	}
	if len(parts) == 0 {
		rest = []dialect.Part{{Kind: dialect.PartText}} // Google takes an empty text
	}
	if len(rest) > 0 {
		r.req.Messages = append(r.req.Messages, dialect.Message{Role: dialect.RoleUser, Parts: rest})
	}
}

// modelTurn adds to the last turn of the model, or begins one. Pieces of one
// text, and of one thought up to its signature, become whole again.
func (r *reader) modelTurn(parts []dialect.Part) {
	n := len(r.req.Messages)
	if n == 0 || r.req.Messages[n-1].Role != dialect.RoleAssistant {
		r.req.Messages = append(r.req.Messages, dialect.Message{Role: dialect.RoleAssistant})
		n++
	}
	m := &r.req.Messages[n-1]
	for _, p := range parts {
		if last := len(m.Parts) - 1; last >= 0 && joins(&m.Parts[last], &p) {
			if r.grown == nil {
				r.grown = []byte(m.Parts[last].Text)
			}
			r.grown = append(r.grown, p.Text...)
			m.Parts[last].Signature, m.Parts[last].Signer, m.Parts[last].ID, m.Parts[last].Sealed = p.Signature, p.Signer, p.ID, p.Sealed
			continue
		}
		r.settle()
		m.Parts = append(m.Parts, p)
	}
}

// joins reports whether next goes on where last stopped.
func joins(last, next *dialect.Part) bool {
	if last.Kind != next.Kind || next.Kind != dialect.PartText && next.Kind != dialect.PartReasoning {
		return false
	}
	return last.Signature == "" && last.Data == "" && next.Data == "" && (last.ID == "" || last.ID == next.ID)
}

// part reads one part of the i-th content: none for one that says nothing, more
// than one where it brings another vendor's reasoning back. The SDK for Go
// leaves out an empty text, which gives an empty part.
func (r *reader) part(o *object, i int) []dialect.Part {
	isThought := o.flag("thought")
	signature := o.text("thoughtSignature")
	p := dialect.Part{Kind: dialect.PartText}
	if isThought != nil && *isThought {
		p.Kind = dialect.PartReasoning
	}
	switch {
	case o.has("text"):
		p.Text = o.text("text")
	case o.has("inlineData"):
		p = r.inlineData(o.child("inlineData"))
	case o.has("fileData"):
		p = r.fileData(o.child("fileData"))
	case o.has("functionCall"):
		p = r.functionCall(o.child("functionCall"), i)
	case o.has("functionResponse"):
		p = r.functionResponse(o.child("functionResponse"), i)
	case len(o.fields) > 0:
		r.serverPart(o)
		return nil
	}
	o.dropRest("contents[].parts[]")
	sealed := openParcel(signature)
	p.Signature, p.Signer = sealed.Signature, sealed.Signer
	if p.Kind == dialect.PartReasoning {
		p.Data, p.ID, p.Sealed = sealed.Data, sealed.ID, sealed.opened
	}
	out := sealed.parts()
	if isBlank(&p) {
		return out
	}
	return append(out, p)
}

// isBlank reports whether a part of text or reasoning says nothing at all.
func isBlank(p *dialect.Part) bool {
	return (p.Kind == dialect.PartText || p.Kind == dialect.PartReasoning) && p.Text == "" && p.Signature == "" && p.Data == ""
}

// serverPart names a part of Google's server tools, which no other vendor
// takes; any other unknown part is refused.
func (r *reader) serverPart(o *object) {
	server := false
	for _, key := range []string{"executableCode", "codeExecutionResult", "toolCall", "toolResponse"} {
		if _, ok := o.take(key); ok {
			server = true
			r.drop("contents[].parts[]." + key)
		}
	}
	if !server {
		r.fail(hw.Errorf(hw.CodeUnsupported, "A part must hold text, inlineData, fileData, functionCall or functionResponse to be translated for the model's upstream.").At(o.at))
	}
}

func (r *reader) inlineData(o *object) dialect.Part {
	p := dialect.Part{MIME: o.text("mimeType"), Data: standardBase64(o.text("data")), Filename: o.text("displayName")}
	if p.Data == "" {
		r.bad(o.path("data"), "The field %s must have data.", o.path("data"))
	}
	if p.MIME == "" {
		r.bad(o.path("mimeType"), "The field %s must name a type.", o.path("mimeType"))
	}
	p.Kind = kindOf(p.MIME)
	o.dropRest("contents[].parts[].inlineData")
	return p
}

// standardBase64 gives bytes in the alphabet that everybody else reads: Google
// takes the one for addresses, with or without padding, as well (proto3's JSON
// mapping of bytes).
func standardBase64(data string) string {
	if !strings.ContainsAny(data, "-_") && len(data)%4 == 0 {
		return data
	}
	data = strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(data, "="))
	return data + strings.Repeat("=", (4-len(data)%4)%4)
}

// fileData takes addresses that anybody can read. Files kept at Google mean
// nothing to another vendor.
func (r *reader) fileData(o *object) dialect.Part {
	p := dialect.Part{MIME: o.text("mimeType"), URL: o.text("fileUri"), Filename: o.text("displayName")}
	address, err := url.Parse(p.URL)
	switch {
	case p.URL == "":
		r.bad(o.path("fileUri"), "The field %s must have an address.", o.path("fileUri"))
		return p
	case err != nil || address.Scheme != "http" && address.Scheme != "https" || strings.HasSuffix(address.Hostname(), "generativelanguage.googleapis.com"):
		r.fail(hw.Errorf(hw.CodeUnsupported, "A file kept at Google cannot be used by the model's upstream; send inlineData.").At(o.path("fileUri")))
		return p
	}
	if p.MIME == "" {
		p.MIME = mimeOf(address.Path)
	}
	p.Kind = kindOf(p.MIME)
	if host := address.Hostname(); strings.HasSuffix(host, "youtube.com") || host == "youtu.be" {
		p.Kind = dialect.PartVideo
	}
	o.dropRest("contents[].parts[].fileData")
	return p
}

// kindOf is the kind of part for a MIME type.
func kindOf(mime string) dialect.PartKind {
	kind, _, _ := strings.Cut(strings.ToLower(mime), "/")
	switch kind {
	case "image":
		return dialect.PartImage
	case "audio":
		return dialect.PartAudio
	case "video":
		return dialect.PartVideo
	}
	return dialect.PartDocument
}

// mimeOf guesses a type from the end of an address or file name; empty when it tells nothing.
// The table of the operating system is not asked: the same request must give
// the same result everywhere.
func mimeOf(address string) string {
	address, _, _ = strings.Cut(address, "?")
	switch strings.ToLower(path.Ext(address)) {
	case ".png":
		return "image/png"
	case ".jpg", ".jpeg":
		return "image/jpeg"
	case ".gif":
		return "image/gif"
	case ".webp":
		return "image/webp"
	case ".pdf":
		return "application/pdf"
	case ".txt", ".md":
		return "text/plain"
	case ".mp3":
		return "audio/mp3"
	case ".wav":
		return "audio/wav"
	case ".mp4":
		return "video/mp4"
	case ".webm":
		return "video/webm"
	}
	return ""
}

// functionCall reads a call of the model. One without an id gets one made from
// its place, so that the same history always gives the same ids.
func (r *reader) functionCall(o *object, i int) dialect.Part {
	call := &dialect.ToolCall{ID: o.text("id"), Name: o.text("name"), Args: "{}"}
	if call.Name == "" {
		r.bad(o.path("name"), "The field %s must name a function.", o.path("name"))
	}
	if raw, ok := o.take("args"); ok {
		if peek.Object(raw, nil) != nil {
			r.bad(o.path("args"), "The field %s must be an object.", o.path("args"))
		}
		call.Args = string(raw)
	}
	if call.ID == "" {
		prefix := fmt.Sprintf("call_%d_", i)
		call.ID = fmt.Sprintf("%s%d", prefix, r.open.under[prefix])
	}
	r.open.add(call.ID, call.Name)
	o.dropRest("contents[].parts[].functionCall")
	return dialect.Part{Kind: dialect.PartToolCall, Call: call}
}

// functionResponse reads a result. It answers the call with its id, else the
// first open one with its name.
func (r *reader) functionResponse(o *object, i int) dialect.Part {
	id, name := o.text("id"), o.text("name")
	if name == "" && id == "" {
		r.bad(o.path("name"), "The field %s must name a function.", o.path("name"))
	}
	switch answered, ok := r.open.take(id, name); {
	case ok:
		id = answered
	case id == "":
		id = fmt.Sprintf("call_%d_orphan", i)
	}
	p := dialect.Part{Kind: dialect.PartToolResult, CallID: id}
	raw, ok := o.take("response")
	if ok && peek.Object(raw, nil) != nil {
		r.bad(o.path("response"), "The field %s must be an object.", o.path("response"))
	}
	p.Text, p.IsError = resultText(raw)
	for _, part := range o.children("parts") {
		p.Media = append(p.Media, r.resultMedia(part))
	}
	o.dropRest("contents[].parts[].functionResponse")
	return p
}

// resultMedia reads what a result has beside its response.
func (r *reader) resultMedia(o *object) dialect.Part {
	var p dialect.Part
	switch {
	case o.has("inlineData"):
		p = r.inlineData(o.child("inlineData"))
	case o.has("fileData"):
		p = r.fileData(o.child("fileData"))
	default:
		r.fail(hw.Errorf(hw.CodeUnsupported, "A part of a function response must hold inlineData or fileData.").At(o.at))
	}
	o.dropRest("contents[].parts[].functionResponse.parts[]")
	return p
}

// resultText takes a plain text out of the object into which Google's SDKs wrap
// it: under output or result when it went well, under error when not. Any other
// response is the result itself.
func resultText(raw []byte) (text string, isError bool) {
	fields := [...]peek.Field{{Key: "output"}, {Key: "result"}, {Key: "error"}}
	if len(raw) == 0 || peek.Object(raw, fields[:]) != nil {
		return "", false
	}
	for _, f := range fields {
		value, ok := peek.String(f.Raw(raw))
		if ok && onlyField(raw, f) {
			return value, f.Key == "error"
		}
	}
	return string(raw), false
}

// onlyField reports whether an object has this one field.
func onlyField(raw []byte, f peek.Field) bool {
	return strings.TrimSpace(string(raw[f.End:])) == "}" && strings.IndexByte(string(raw[:f.Start]), ',') < 0
}
