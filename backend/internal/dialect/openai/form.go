package openai

import (
	"bytes"
	"mime"
	"strconv"
	"strings"
	"unicode/utf8"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
)

// The bounds of a multipart form. OpenAI takes 16 pictures and two dozen fields.
const (
	maxParts    = 256
	maxPartHead = 16 << 10
	maxBoundary = 70 // RFC 2046, section 5.1.1
)

// formType is the content type of a request whose body is a multipart form.
func formType(h dialect.Header) string {
	values := h["Content-Type"]
	if len(values) == 0 {
		return ""
	}
	kind, _, _ := strings.Cut(values[0], ";")
	if !strings.EqualFold(strings.TrimSpace(kind), "multipart/form-data") {
		return ""
	}
	return values[0]
}

// span is a piece of a body.
type span struct{ start, end int }

func (s span) of(body []byte) []byte { return body[s.start:s.end] }

// formPart is one field of a form.
type formPart struct {
	name        string
	file        bool
	head, value span
}

// form is a multipart body, read where its parts stand. It takes the strict form
// of RFC 7578 only: what two readers could cut up in two ways is refused, since
// the upstream must see the same model as we do.
type form struct {
	body     []byte
	boundary string
	parts    []formPart
}

func badForm(format string, args ...any) *hw.Error {
	return hw.Errorf(hw.CodeBadRequest, "The request body is not a multipart form that can be read: "+format+".", args...)
}

// readForm reads a form, or says why it cannot be.
func readForm(contentType string, body []byte) (*form, error) {
	_, params, err := mime.ParseMediaType(contentType)
	f := &form{body: body, boundary: params["boundary"]}
	if err != nil || f.boundary == "" || len(f.boundary) > maxBoundary {
		return nil, badForm("its content type names no boundary")
	}
	if err := f.read(); err != nil {
		return nil, err
	}
	return f, nil
}

// read finds the parts.
func (f *form) read() error {
	between := []byte("\r\n--" + f.boundary)
	rest, ok := bytes.CutPrefix(bytes.TrimPrefix(f.body, []byte("\r\n")), between[len("\r\n"):]) // an empty line before it is harmless
	if !ok {
		return badForm("it does not begin with the boundary")
	}
	for at := len(f.body) - len(rest); ; {
		if end := f.body[at:]; bytes.Equal(end, []byte("--")) || bytes.HasPrefix(end, []byte("--\r\n")) {
			return nil
		}
		if !bytes.HasPrefix(f.body[at:], []byte("\r\n")) {
			return badForm("a boundary is not a line of its own")
		}
		at += len("\r\n")
		length := bytes.Index(f.body[at:], between)
		switch {
		case length < 0:
			return badForm("its last boundary is missing")
		case len(f.parts) == maxParts:
			return badForm("it has more than %d parts", maxParts)
		}
		p, err := readFormPart(f.body, span{at, at + length})
		if err != nil {
			return err
		}
		f.parts = append(f.parts, p)
		at += length + len(between)
	}
}

// readFormPart reads the head of a part.
func readFormPart(body []byte, all span) (p formPart, err error) {
	raw := all.of(body)
	length := bytes.Index(raw[:min(len(raw), maxPartHead)], []byte("\r\n\r\n"))
	if length < 0 {
		return p, badForm("a part has no end of its head, or a head of more than %d KiB", maxPartHead>>10)
	}
	p.head = span{all.start, all.start + length + len("\r\n")}
	p.value = span{p.head.end + len("\r\n"), all.end}
	disposition, found := "", 0
	for line := range bytes.SplitSeq(body[p.head.start:p.head.end-len("\r\n")], []byte("\r\n")) {
		key, value, ok := bytes.Cut(line, []byte(":"))
		if !ok || !isToken(key) || bytes.ContainsFunc(value, isControl) {
			return p, badForm("a part has a broken line in its head")
		}
		if strings.EqualFold(string(key), "Content-Disposition") {
			disposition = string(value)
			found++
		}
	}
	kind, params, err := mime.ParseMediaType(disposition)
	name, named := params["name"]
	if err != nil || found != 1 || kind != "form-data" || !named {
		return p, badForm("a part has no name")
	}
	_, p.file = params["filename"]
	p.name = name
	return p, nil
}

// isToken reports whether the name of a field is one: RFC 9110, section 5.6.2.
func isToken(name []byte) bool {
	return len(name) > 0 && !bytes.ContainsFunc(name, func(c rune) bool {
		return c <= ' ' || c > '~' || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, c)
	})
}

func isControl(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f }

// header finds the value of a field in the head of a part.
func (f *form) header(p *formPart, name string) (span, bool) {
	at := p.head.start
	for line := range bytes.SplitSeq(p.head.of(f.body), []byte("\r\n")) {
		key, value, ok := bytes.Cut(line, []byte(":"))
		if ok && strings.EqualFold(string(key), name) {
			trimmed := bytes.TrimLeft(value, " \t")
			start := at + len(line) - len(trimmed)
			return span{start, start + len(bytes.TrimRight(trimmed, " \t"))}, true
		}
		at += len(line) + len("\r\n")
	}
	return span{}, false
}

// field finds a field of plain text; nil where there is none. One that stands
// twice, or in another letter case, is refused like in JSON.
func (f *form) field(name string) (*formPart, error) {
	var found *formPart
	for i := range f.parts {
		p := &f.parts[i]
		if !strings.EqualFold(p.name, name) {
			continue
		}
		if found != nil || p.name != name {
			return nil, hw.Errorf(hw.CodeBadRequest, "The field %s stands more than once in the form, or in another letter case.", name).At(name)
		}
		found = p
	}
	if found == nil {
		return nil, nil //nolint:nilnil // there is none, and that is no error
	}
	coding, coded := f.header(found, "Content-Transfer-Encoding")
	switch word := string(coding.of(f.body)); {
	case found.file, !utf8.Valid(found.value.of(f.body)):
		return nil, hw.Errorf(hw.CodeBadRequest, "The field %s must be text.", name).At(name)
	case coded && !strings.EqualFold(word, "7bit") && !strings.EqualFold(word, "8bit") && !strings.EqualFold(word, "binary"):
		return nil, hw.Errorf(hw.CodeBadRequest, "The field %s must stand in the form as it is, not as %q.", name, word[:min(len(word), 40)]).At(name)
	}
	return found, nil
}

func mentionInForm(op dialect.Operation, body []byte) (m mention, err error) {
	f, err := readForm(op.Form, body)
	if err != nil {
		return m, err
	}
	model, err := f.field("model")
	if err != nil {
		return m, err
	}
	m.model = defaultModel(op.Endpoint)
	if model != nil {
		m.model = string(model.value.of(body))
	}
	stream, err := f.field("stream")
	if err != nil || stream == nil {
		return m, err
	}
	switch strings.ToLower(string(stream.value.of(body))) {
	case "", "null", "false", "0":
	case "true", "1":
		m.stream = true
	default:
		return m, hw.Errorf(hw.CodeBadRequest, "The field stream must be true or false.").At("stream")
	}
	return m, nil
}

// adaptForm replaces the model in a form; every other byte stays.
func adaptForm(op dialect.Operation, body []byte, to dialect.Target) (dialect.Wire, error) {
	f, err := readForm(op.Form, body)
	if err != nil {
		return dialect.Wire{}, err
	}
	p, err := f.field("model")
	switch {
	case err != nil:
		return dialect.Wire{}, err
	case p == nil && defaultModel(op.Endpoint) == "":
		return dialect.Wire{}, errNoModel()
	case strings.Contains(to.Model, "--"+f.boundary):
		return dialect.Wire{}, badForm("its boundary is part of the model's name")
	}
	out := make([]byte, 0, len(body)+len(to.Model)+2*len(f.boundary)+128)
	if p == nil {
		out = append(out, "--"+f.boundary+"\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\n"+to.Model+"\r\n"...)
		out = append(out, bytes.TrimPrefix(body, []byte("\r\n"))...)
	} else {
		at := 0
		if length, ok := f.header(p, "Content-Length"); ok { // some clients count each part
			out = append(out, body[:length.start]...)
			out = strconv.AppendInt(out, int64(len(to.Model)), 10)
			at = length.end
		}
		out = append(out, body[at:p.value.start]...)
		out = append(out, to.Model...)
		out = append(out, body[p.value.end:]...)
	}
	return dialect.Wire{Path: path(op.Endpoint), Header: dialect.Header{"Content-Type": {op.Form}}, Body: out}, nil
}
