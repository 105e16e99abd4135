package responses

import (
	"strconv"
	"strings"

	"headwater/backend/internal/dialect/peek"
)

const itemReference = "item_reference"

// References lists the ids of the items that a request names instead of
// sending them, in their order.
func (Inbound) References(body []byte) []string {
	var ids []string
	for item := range peek.Elements(inner(body, "input")) {
		if id := referenced(item); id != "" {
			ids = append(ids, id)
		}
	}
	return ids
}

// referenced is the id that an item names; empty when it is no reference.
func referenced(item []byte) string {
	fields := [...]peek.Field{{Key: "type"}, {Key: "id"}}
	if peek.Object(item, fields[:]) != nil {
		return ""
	}
	if kind, _ := peek.String(fields[0].Raw(item)); kind != itemReference {
		return ""
	}
	id, _ := peek.String(fields[1].Raw(item))
	return id
}

// Resolve puts items in the place of the references to them. find gives the
// item of an id; a reference without one stays.
func (Inbound) Resolve(body []byte, find func(id string) ([]byte, bool)) []byte {
	field := [...]peek.Field{{Key: "input"}}
	if peek.Object(body, field[:]) != nil {
		return body
	}
	list := []byte{'['}
	for item := range peek.Elements(field[0].Raw(body)) {
		if id := referenced(item); id != "" {
			if full, ok := find(id); ok {
				item = full
			}
		}
		if len(list) > 1 {
			list = append(list, ',')
		}
		list = append(list, item...)
	}
	return peek.Apply(nil, body, peek.Edit{Start: field[0].Start, End: field[0].End, With: append(list, ']')})
}

// Items gives the items of an answer by their ids.
func (Inbound) Items(answer []byte) map[string][]byte {
	items := map[string][]byte{}
	for item := range peek.Elements(inner(answer, "output")) {
		field := [...]peek.Field{{Key: "id"}}
		if peek.Object(item, field[:]) != nil {
			continue
		}
		if id, ok := peek.String(field[0].Raw(item)); ok && id != "" {
			items[id] = item
		}
	}
	return items
}

// AnswerOf is the id of the answer that an item belongs to, as far as its own
// id tells: those that an Encoder makes do. Empty for all others.
func (Inbound) AnswerOf(item string) string {
	_, rest, ok := strings.Cut(item, "_")
	at := strings.LastIndexByte(rest, '_')
	if !ok || at <= 0 {
		return ""
	}
	if _, err := strconv.Atoi(rest[at+1:]); err != nil {
		return ""
	}
	return "resp_" + rest[:at]
}
