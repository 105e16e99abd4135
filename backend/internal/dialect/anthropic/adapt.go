package anthropic

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

// Adapt replaces the model and takes out the proofs of other vendors, which
// Anthropic would refuse; everything else stays byte for byte.
func (Outbound) Adapt(op dialect.Operation, body []byte, to dialect.Target, _ bool) (dialect.Wire, error) {
	wire := dialect.Wire{Path: path(op.Endpoint), Header: headerFor(op.Header)}
	if op.Endpoint == dialect.EndpointModels {
		delete(wire.Header, "Content-Type") // it has no body
		return wire, nil
	}
	fields := [...]peek.Field{{Key: "model"}, {Key: "messages"}, {Key: "thinking"}}
	if err := peek.Object(body, fields[:]); err != nil {
		return dialect.Wire{}, badJSON(err)
	}
	at := fields[0]
	if !at.Found {
		return dialect.Wire{}, noModel()
	}
	edits := append(make([]peek.Edit, 0, 3), peek.Edit{Start: at.Start, End: at.End, With: peek.AppendString(nil, to.Model)})
	if c := (cleaner{claude: strings.Contains(to.Model, "claude")}); c.needed(body) {
		edits = append(edits, c.edits(body, fields[1], fields[2])...)
		slices.SortFunc(edits, func(a, b peek.Edit) int { return cmp.Compare(a.Start, b.Start) })
	}
	wire.Body = peek.Apply(make([]byte, 0, len(body)+len(to.Model)), body, edits...)
	return wire, nil
}

// headerFor is the header of a request with the caller's own version and betas
// in it.
func headerFor(own dialect.Header) dialect.Header {
	h := header()
	if values := own[headerVersion]; len(values) > 0 && isToken(values[0]) {
		h[headerVersion] = []string{values[0]}
	}
	if betas := betasOf(own[headerBeta]); betas != "" {
		h[headerBeta] = []string{betas}
	}
	return h
}

// betasOf joins the betas that the caller asked for, as far as they are words.
func betasOf(values []string) string {
	const most = 32
	var out []string
	for _, value := range values {
		for word := range strings.SplitSeq(value, ",") {
			word = strings.TrimSpace(word)
			if isToken(word) && !slices.Contains(out, word) && len(out) < most {
				out = append(out, word)
			}
		}
	}
	return strings.Join(out, ",")
}

// isToken reports whether a word of a header is short and has nothing but
// letters, digits and - _ . in it.
func isToken(word string) bool {
	const most = 80
	if word == "" || len(word) > most {
		return false
	}
	for i := range len(word) {
		c := word[i]
		if !isIDByte(c) && c != '.' {
			return false
		}
	}
	return true
}

// isIDByte reports whether a byte may stand in an id of Anthropic's.
func isIDByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-'
}

// cleaner takes thinking blocks out of a request that no upstream of this
// dialect can have given: those with another vendor's sealed proof. Claude
// itself also refuses those without any proof; others take them.
type cleaner struct {
	claude bool
	// opened is true when the assistant's last turn lost the thinking it began with.
	opened bool
}

// needed is a quick look that spares most requests the walk.
func (c *cleaner) needed(body []byte) bool {
	return bytes.Contains(body, []byte(`"`+sealMark)) ||
		c.claude && (bytes.Contains(body, []byte(`"signature":""`)) || bytes.Contains(body, []byte(`"signature": ""`)))
}

// edits are what it takes to clean the messages; none where they are clean.
func (c *cleaner) edits(body []byte, messages, thinking peek.Field) []peek.Edit {
	out := []byte{'['}
	changed := false
	var last []byte
	for message := range peek.Elements(messages.Raw(body)) {
		last = message
		cleaned, ok := c.message(message)
		changed = changed || ok
		if cleaned == nil {
			continue // Anthropic refuses a message without content
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(out, cleaned...)
	}
	if !changed || len(out) == 1 {
		return nil
	}
	edits := []peek.Edit{{Start: messages.Start, End: messages.End, With: append(out, ']')}}
	// With a budget, a turn of tool calls in progress must begin with thinking.
	if c.claude && c.opened && has(last, "tool_result") && typeOf(thinking.Raw(body)) == "enabled" {
		edits = append(edits, peek.Edit{Start: thinking.Start, End: thinking.End, With: []byte(`{"type":"disabled"}`)})
	}
	return edits
}

// message is a message without the blocks that must go, nil when nothing is
// left; true when that changed it.
func (c *cleaner) message(message []byte) ([]byte, bool) {
	fields := [...]peek.Field{{Key: "content"}, {Key: "role"}}
	if peek.Object(message, fields[:]) != nil || string(fields[1].Raw(message)) != `"assistant"` {
		return message, false
	}
	out := []byte{'['}
	changed := false
	c.opened = false
	for block := range peek.Elements(fields[0].Raw(message)) {
		if c.mustGo(block) {
			c.opened = c.opened || len(out) == 1
			changed = true
			continue
		}
		if kind := typeOf(block); kind == "thinking" || kind == "redacted_thinking" {
			c.opened = c.opened && len(out) > 1
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(out, block...)
	}
	switch {
	case !changed:
		return message, false
	case len(out) == 1:
		return nil, true
	}
	return peek.Apply(nil, message, peek.Edit{Start: fields[0].Start, End: fields[0].End, With: append(out, ']')}), true
}

func (c *cleaner) mustGo(block []byte) bool {
	fields := [...]peek.Field{{Key: "type"}, {Key: "signature"}, {Key: "data"}}
	if peek.Object(block, fields[:]) != nil {
		return false
	}
	switch string(fields[0].Raw(block)) {
	case `"thinking"`:
		signature, _ := peek.String(fields[1].Raw(block))
		return isSeal(signature) || c.claude && signature == ""
	case `"redacted_thinking"`:
		data, _ := peek.String(fields[2].Raw(block))
		return isSeal(data)
	}
	return false
}

// typeOf is the type of a raw object; empty when it has none.
func typeOf(raw []byte) string {
	field := [...]peek.Field{{Key: "type"}}
	if len(raw) == 0 || peek.Object(raw, field[:]) != nil {
		return ""
	}
	kind, _ := peek.String(field[0].Raw(raw))
	return kind
}

// has reports whether a message has a block of the type.
func has(message []byte, kind string) bool {
	field := [...]peek.Field{{Key: "content"}}
	if len(message) == 0 || peek.Object(message, field[:]) != nil {
		return false
	}
	for block := range peek.Elements(field[0].Raw(message)) {
		if typeOf(block) == kind {
			return true
		}
	}
	return false
}
