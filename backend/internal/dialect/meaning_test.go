package dialect_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"headwater/backend/internal/dialect"
)

// meaning is a request as far as its dialect does not matter: who said what, in
// order, and what was asked for.
type meaning struct {
	atoms  []string
	fields map[string]string
}

func meaningOf(req *dialect.Request) meaning {
	m := meaning{fields: map[string]string{}}
	var system, text strings.Builder
	role := ""
	var media []string // of results, which stand behind all results of a turn
	flush := func() {
		m.atoms, media = append(m.atoms, media...), nil
		if s := squeeze(text.String()); s != "" {
			m.atoms = append(m.atoms, role+" says "+s)
		}
		text.Reset()
	}
	for _, message := range req.Messages {
		if message.Role == dialect.RoleSystem {
			for _, p := range message.Parts {
				system.WriteString(p.Text + "\n")
			}
			continue
		}
		if message.Role != role {
			flush()
			role = message.Role
		}
		for _, p := range message.Parts {
			if p.Kind == dialect.PartText {
				text.WriteString(p.Text + "\n")
				continue
			}
			atom := atomOf(p)
			if atom == "" {
				continue
			}
			held := media
			if p.Kind == dialect.PartToolResult {
				media = nil
			}
			flush()
			m.atoms = append(m.atoms, atom)
			if p.Kind == dialect.PartToolResult {
				media = held
				for _, shown := range p.Media {
					media = append(media, atomOf(shown))
				}
			}
		}
	}
	flush()
	m.atoms = slices.Insert(m.atoms, 0, "system says "+squeeze(system.String()))
	m.set("messages", strings.Join(m.atoms, "\n"))
	m.options(req)
	return m
}

// inlined is a request with its documents of text as the text itself, under their
// names, for a dialect that takes other documents only.
func inlined(up upstreamRow, req *dialect.Request) *dialect.Request {
	if up.name != "openai" {
		return req
	}
	out := *req
	out.Messages = slices.Clone(req.Messages)
	for i := range out.Messages {
		parts := slices.Clone(out.Messages[i].Parts)
		for k, p := range parts {
			text, err := base64.StdEncoding.DecodeString(p.Data)
			if p.Kind != dialect.PartDocument || err != nil || !strings.HasPrefix(p.MIME, "text/") {
				continue
			}
			parts[k] = dialect.Part{Kind: dialect.PartText, Text: string(text)}
			if p.Filename != "" {
				parts[k].Text = p.Filename + ":" + parts[k].Text
			}
		}
		out.Messages[i].Parts = parts
	}
	return &out
}

// squeeze leaves out all blanks: where neighbours are joined, one may come in.
func squeeze(s string) string { return strings.Join(strings.Fields(s), "") }

// atomOf is what a part other than text says; empty for what need not arrive.
func atomOf(p dialect.Part) string {
	switch p.Kind {
	case dialect.PartToolCall:
		return "calls " + p.Call.Name + " with " + canonical(p.Call.Args)
	case dialect.PartToolResult:
		return "result " + squeeze(p.Text)
	case dialect.PartImage, dialect.PartDocument, dialect.PartAudio, dialect.PartVideo:
		return fmt.Sprintf("shows %s %s %d bytes", p.Kind, p.URL, len(p.Data))
	case dialect.PartRefusal:
		return "assistant says " + squeeze(p.Text)
	default: // reasoning goes back only to the vendor who signed it
		return ""
	}
}

func canonical(text string) string {
	var v any
	if json.Unmarshal([]byte(text), &v) != nil {
		return text
	}
	out, _ := json.Marshal(v)
	return string(out)
}

// set notes a field that says something.
func (m *meaning) set(name, value string) {
	if value != "" && value != "<nil>" {
		m.fields[name] = value
	}
}

func deref[T any](p *T) string {
	if p == nil {
		return ""
	}
	return fmt.Sprint(*p)
}

func (m *meaning) options(req *dialect.Request) {
	for _, tool := range req.Tools {
		m.set("tools."+tool.Name, tool.Description+" ")
		m.set("schema."+tool.Name, canonical(string(tool.Schema)))
	}
	if req.Choice.Mode != "" && req.Choice.Mode != "auto" && len(req.Tools) > 0 {
		m.set("tool_choice", req.Choice.Mode+" "+req.Choice.Name)
	}
	if req.MaxTokens > 0 {
		m.set("max_tokens", fmt.Sprint(req.MaxTokens))
	}
	m.set("temperature", deref(req.Temperature))
	m.set("top_p", deref(req.TopP))
	m.set("top_k", deref(req.TopK))
	m.set("seed", deref(req.Seed))
	m.set("presence_penalty", deref(req.PresencePenalty))
	m.set("frequency_penalty", deref(req.FrequencyPenalty))
	m.set("stop", strings.Join(req.Stop, "|"))
	if req.Count > 1 {
		m.set("n", fmt.Sprint(req.Count))
	}
	if req.Format.Kind != "text" && req.Format.Kind != "" {
		schema, _ := req.Format.Described() // wherever the description stands
		m.set("response_format", req.Format.Kind+" "+canonical(string(schema)))
	}
}

// changes are the fields that are other than they were, and that neither the
// dropped ones name nor the dialect excuses.
func changes(up upstreamRow, before, after meaning, dropped []string) []string {
	var out []string
	before, after = alike(up, before), alike(up, after)
	for _, name := range slices.Sorted(maps.Keys(before.fields)) {
		was, is := before.fields[name], after.fields[name]
		if was == is || excused(up, name, was, is) || named(dropped, name) {
			continue
		}
		kind, _, _ := strings.Cut(name, ".")
		if name == "messages" {
			out = append(out, "messages: "+firstChange(before.atoms, after.atoms))
			continue
		}
		out = append(out, fmt.Sprintf("%s: %.60s became %.60s", kind, was, is))
	}
	return out
}

var resultHeading = regexp.MustCompile(`^user says Contentofthetoolresult[^:]*:`)

// alike leaves out what a dialect needs or orders in its own way: a first
// turn of the user where there was none, and images apart from the text.
func alike(up upstreamRow, m meaning) meaning {
	atoms := slices.DeleteFunc(slices.Clone(m.atoms), func(atom string) bool { return atom == "user says Continue." })
	for i := range atoms {
		// Where results take text only, their media follow under this heading.
		atoms[i] = resultHeading.ReplaceAllString(atoms[i], "user says ")
	}
	atoms = slices.DeleteFunc(atoms, func(atom string) bool { return atom == "user says " })
	if up.name == "ollama" {
		slices.Sort(atoms)
	}
	if system, ok := strings.CutPrefix(atoms[0], "system says "); ok && len(atoms) == 1 {
		atoms = []string{"system says ", "user says " + system}
	}
	fields := maps.Clone(m.fields)
	fields["messages"] = strings.Join(atoms, "\n")
	if up.name == "ollama" && strings.HasPrefix(fields["tool_choice"], "none") {
		// No tool may be called: there, none is offered.
		maps.DeleteFunc(fields, func(name, _ string) bool {
			return name == "tool_choice" || strings.HasPrefix(name, "tools.") || strings.HasPrefix(name, "schema.")
		})
	}
	return meaning{atoms, fields}
}

// firstChange says where two conversations part.
func firstChange(before, after []string) string {
	for i := range before {
		if i >= len(after) {
			return fmt.Sprintf("lost %.50s", before[i])
		}
		if before[i] != after[i] {
			return fmt.Sprintf("%.50s became %.50s", before[i], after[i])
		}
	}
	return fmt.Sprintf("new %.50s", after[len(before)])
}

// named is true where a dropped field is the one, or a part of it.
func named(dropped []string, name string) bool {
	kind, _, _ := strings.Cut(name, ".")
	if kind == "schema" {
		kind = "tools"
	}
	return slices.ContainsFunc(dropped, func(d string) bool {
		return d == kind || strings.HasPrefix(d, kind+"[") || strings.HasPrefix(d, kind+".") || strings.HasPrefix(d, kind+" ")
	})
}

// excused is true for what a dialect writes in another way and means the same.
func excused(up upstreamRow, name, was, is string) bool {
	switch {
	case strings.HasSuffix(name, "_penalty"):
		return was == "0" && is == "" // that is the default
	case name == "temperature" && up.name == "responses":
		return was == "1" && is == "" // the same, and reasoning models refuse it
	case strings.HasPrefix(name, "schema."):
		// An absent schema and one without arguments are the same; Gemini has a
		// schema language of its own.
		return was == "null" || was == "{}" || up.name == "gemini"
	case name == "response_format":
		return up.name == "gemini" && is != "" || up.name == "anthropic"
	}
	return false
}
