package responses

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
	"headwater/backend/internal/dialect/sse"
)

// Thread reads which kept answer a request continues, empty for none, and
// whether its own answer is to be kept, which it is unless the caller says no.
// Errors are *hw.Error.
func (Inbound) Thread(body []byte) (previous string, keep bool, err error) {
	fields := [...]peek.Field{{Key: fieldPrevious}, {Key: "store"}}
	if err := peek.Object(body, fields[:]); err != nil {
		return "", false, badJSON(err)
	}
	if !fields[0].IsNull(body) {
		var ok bool
		if previous, ok = peek.String(fields[0].Raw(body)); !ok {
			return "", false, bad(fieldPrevious, "The field previous_response_id must be text.")
		}
	}
	switch string(fields[1].Raw(body)) {
	case "", "null", "true":
		return previous, true, nil
	case "false":
		return previous, false, nil
	}
	return "", false, bad("store", "The field store must be true or false.")
}

const fieldPrevious = "previous_response_id"

// Join gives the body of a request that stands for itself: without the answer
// that it continues, and with history, a JSON list of items, before its own
// input. Everything else stays byte for byte. Errors are *hw.Error.
func (Inbound) Join(body, history []byte) ([]byte, error) {
	fields := [...]peek.Field{{Key: "input"}, {Key: fieldPrevious}}
	if err := peek.Object(body, fields[:]); err != nil {
		return nil, badJSON(err)
	}
	input, previous := fields[0], fields[1]
	own, err := itemsOf(input.Raw(body))
	if err != nil {
		return nil, err
	}
	list := joinItems(elements(history), own)
	var edits []peek.Edit
	if input.Found {
		edits = append(edits, peek.Edit{Start: input.Start, End: input.End, With: list})
	}
	if previous.Found {
		edits = append(edits, cutField(body, previous))
	}
	slices.SortFunc(edits, func(a, b peek.Edit) int { return a.Start - b.Start })
	out := peek.Apply(make([]byte, 0, len(body)+len(history)), body, edits...)
	if !input.Found {
		insert := peek.Insert(out, `"input":`+string(list))
		out = peek.Apply(nil, out, insert)
	}
	return out, nil
}

// History gives the items that a later request continues: those of a joined
// body and those of its answer, a whole response object. Errors are *hw.Error.
func (Inbound) History(joined, answer []byte) ([]byte, error) {
	field := [...]peek.Field{{Key: "input"}}
	if err := peek.Object(joined, field[:]); err != nil {
		return nil, badJSON(err)
	}
	own, err := itemsOf(field[0].Raw(joined))
	if err != nil {
		return nil, err
	}
	return joinItems(own, elements(inner(answer, "output"))), nil
}

// StoredAnswer finds the whole answer inside a stream that was sent; false when
// the stream has not come to its end.
func (Inbound) StoredAnswer(stream []byte) ([]byte, bool) {
	var split sse.Splitter
	var found []byte
	take := func(ev sse.Event) {
		if !ev.HasData {
			return
		}
		fields := [...]peek.Field{{Key: "type"}, {Key: "response"}}
		if peek.Object(ev.Data, fields[:]) != nil {
			return
		}
		switch kind, _ := peek.String(fields[0].Raw(ev.Data)); kind {
		case evCompleted, evIncomplete:
			found = bytes.Clone(fields[1].Raw(ev.Data))
		}
	}
	split.Write(stream)
	for ev, ok := split.Next(); ok; ev, ok = split.Next() {
		take(ev)
	}
	if ev, ok := split.Close(); ok {
		take(ev)
	}
	return found, len(found) > 0
}

// Stored renders what is asked of a kept answer: answer is the response object
// and input the JSON list of the items it answered. One that was deleted is
// told by op or by a nil answer. Errors are *hw.Error.
func (Inbound) Stored(op dialect.Operation, answer, input []byte) ([]byte, error) {
	switch {
	case op.Name == opCancel:
		return nil, bad("id", "Only an answer that is made in the background can be cancelled.")
	case op.Name == opInput:
		return inputList(op, input)
	case op.Name != "" && op.Name != opDelete:
		return nil, hw.Errorf(hw.CodeNotFound, "There is nothing at this path of a kept answer.")
	case op.Name == opDelete || answer == nil:
		return mustJSON(struct {
			ID      string `json:"id"`
			Object  string `json:"object"`
			Deleted bool   `json:"deleted"`
		}{op.ID, "response", true}), nil
	}
	return answer, nil
}

// Forgotten reports whether an upstream does not know an earlier answer, or an
// item of one, by its id: OpenAI has a code for the first, and words for the
// second ("Item with id 'rs_…' not found.").
func (Inbound) Forgotten(d dialect.ErrorDetail) bool {
	if d.Code == codeForgotten {
		return true
	}
	missing := strings.Contains(d.Message, "not found")
	return missing && (d.Param == fieldPrevious || strings.HasPrefix(d.Message, "Item with id") || strings.HasPrefix(d.Message, "Previous response with id"))
}

// inputList renders the items of a request, the last one first as OpenAI does
// unless asked otherwise, each with an id and in its long form.
func inputList(op dialect.Operation, input []byte) ([]byte, error) {
	page, err := readPage(op.Query)
	if err != nil {
		return nil, err
	}
	list := struct {
		Object string            `json:"object"`
		Data   []json.RawMessage `json:"data"`
		First  *string           `json:"first_id"`
		Last   *string           `json:"last_id"`
		More   bool              `json:"has_more"`
	}{Object: "list", Data: []json.RawMessage{}}
	var ids []string
	for i, item := range elements(input) {
		full, itemID := longForm(item, op.ID, i)
		list.Data, ids = append(list.Data, full), append(ids, itemID)
	}
	if !page.ascending {
		slices.Reverse(list.Data)
		slices.Reverse(ids)
	}
	from, to, more, err := page.cut(ids)
	if err != nil {
		return nil, err
	}
	list.Data, ids, list.More = list.Data[from:to], ids[from:to], more
	if n := len(ids); n > 0 {
		list.First, list.Last = &ids[0], &ids[n-1]
	}
	return mustJSON(list), nil
}

// longForm gives an item an id and, where it is a message, a type, a status and
// its content as a list of parts.
func longForm(item []byte, answer string, index int) (full []byte, id string) {
	fields := [...]peek.Field{{Key: "type"}, {Key: "role"}, {Key: "content"}, {Key: "status"}}
	if peek.Object(item, fields[:]) != nil {
		return item, ""
	}
	kind, _ := peek.String(fields[0].Raw(item))
	if kind != "" && kind != itemMessage {
		return withID(item, "item_"+answer+"_in"+strconv.Itoa(index))
	}
	out := peek.Apply(nil, item)
	if content := fields[2]; content.Found && item[content.Start] == '"' {
		part := "input_text"
		if string(fields[1].Raw(item)) == `"assistant"` {
			part = partOutput
		}
		with := append([]byte(`[{"type":"`+part+`","text":`), content.Raw(item)...)
		out = peek.Apply(nil, out, peek.Edit{Start: content.Start, End: content.End, With: append(with, "}]"...)})
	}
	if !fields[3].Found {
		out = peek.Apply(nil, out, peek.Insert(out, `"status":"completed"`))
	}
	if !fields[0].Found {
		out = peek.Apply(nil, out, peek.Insert(out, `"type":"message"`))
	}
	return withID(out, "msg_"+answer+"_in"+strconv.Itoa(index))
}

// withID gives an item an id where it has none.
func withID(item []byte, id string) (full []byte, its string) {
	field := [...]peek.Field{{Key: "id"}}
	if peek.Object(item, field[:]) != nil {
		return item, ""
	}
	if own, ok := peek.String(field[0].Raw(item)); ok && own != "" {
		return item, own
	}
	with := peek.AppendString(nil, id)
	if field[0].Found {
		return peek.Apply(nil, item, peek.Edit{Start: field[0].Start, End: field[0].End, With: with}), id
	}
	return peek.Apply(nil, item, peek.Insert(item, `"id":`+string(with))), id
}

// itemsOf gives the items of an input: those of a list, or the one that a text
// stands for.
func itemsOf(raw []byte) ([][]byte, error) {
	switch {
	case len(raw) == 0 || raw[0] == 'n':
		return nil, nil
	case raw[0] == '"':
		item := append([]byte(`{"type":"message","role":"user","content":`), raw...)
		return [][]byte{append(item, '}')}, nil
	case raw[0] == '[':
		return elements(raw), nil
	}
	return nil, bad("input", "The field input must be text or a list of items.")
}

func elements(list []byte) [][]byte { return slices.Collect(peek.Elements(list)) }

func joinItems(lists ...[][]byte) []byte {
	out := []byte{'['}
	for _, list := range lists {
		for _, item := range list {
			if len(out) > 1 {
				out = append(out, ',')
			}
			out = append(out, item...)
		}
	}
	return append(out, ']')
}

// cutField makes the edit that takes a field out of an object, with the comma
// that parted it from its neighbour.
func cutField(body []byte, f peek.Field) peek.Edit {
	space := func(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }
	start, end := f.Start, f.End
	// The name stands before the value; no quote can be inside it, since it has
	// been read as the name that was asked for.
	start = bytes.LastIndexByte(body[:start], ':')
	start = bytes.LastIndexByte(body[:start], '"')
	start = bytes.LastIndexByte(body[:start], '"')
	for end < len(body) && space(body[end]) {
		end++
	}
	if end < len(body) && body[end] == ',' {
		return peek.Edit{Start: start, End: end + 1}
	}
	for start > 0 && space(body[start-1]) {
		start--
	}
	if start > 0 && body[start-1] == ',' {
		start--
	}
	return peek.Edit{Start: start, End: end}
}
