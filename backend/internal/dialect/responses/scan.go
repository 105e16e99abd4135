package responses

import (
	"encoding/json"
	"strings"

	"headwater/backend/internal/dialect/peek"
)

// eventKeys are the fields of an event that the full decoding reads.
var eventKeys = []string{
	"type", "item_id", "output_index", "content_index", "summary_index", "delta",
	"response", "item", "annotation", "error", "output", "usage",
}

// frequentTypes are the types of nearly all events: their names are not made
// anew for each.
var frequentTypes = []looseText{evTextDelta, evSummaryDelta, evThoughtDelta, evArgsDelta, evInputDelta, evRefusalDelta}

// read reads an event, which is valid until the next.
func (d *decoder) read(data []byte) (*wireEvent, error) {
	if !d.careful && d.scan(data) {
		return &d.room, nil
	}
	ev := &wireEvent{}
	return ev, json.Unmarshal(data, ev) //nolint:wrapcheck // the caller says what was read
}

// scan reads an event into d.room in one walk, with the values that
// encoding/json sees. False leaves it to encoding/json.
func (d *decoder) scan(data []byte) bool {
	d.room = wireEvent{}
	s := peek.NewScan(data)
	m := s.Object(eventKeys)
	for key, ok := m.Next(); ok; key, ok = m.Next() {
		switch key {
		case "type":
			d.room.Type = eventType(s.Quoted())
		case "item_id":
			d.room.ItemID = d.itemID(s.Quoted())
		case "delta":
			d.room.Delta = looseText(s.Text())
		case "output_index", "content_index", "summary_index":
			_ = d.room.number(key).UnmarshalJSON(s.Raw()) // takes any value
		case "":
			s.Skip()
		default:
			*d.room.part(key) = s.Raw()
		}
	}
	return s.Done()
}

// number and part are where the numbers and the raw parts of an event are kept.
func (ev *wireEvent) number(key string) *looseInt {
	switch key {
	case "output_index":
		return &ev.Index
	case "content_index":
		return &ev.Content
	default:
		return &ev.Summary
	}
}

func (ev *wireEvent) part(key string) *json.RawMessage {
	switch key {
	case "response":
		return &ev.Response
	case "item":
		return &ev.Item
	case "annotation":
		return &ev.Annotation
	case "error":
		return &ev.Error
	case "output":
		return &ev.Output
	default:
		return &ev.Usage
	}
}

func eventType(quoted []byte) looseText {
	for _, known := range frequentTypes {
		if len(quoted) == len(known)+len(`""`) && string(quoted[1:len(quoted)-1]) == string(known) {
			return known
		}
	}
	kind, _ := peek.String(quoted)
	return looseText(kind)
}

// itemID decodes an id; that of an item which is known need not be made anew.
func (d *decoder) itemID(quoted []byte) looseText {
	if len(quoted) > len(`""`) {
		if s := d.items.byID[string(quoted[1:len(quoted)-1])]; s != nil && strings.IndexByte(s.id, '\\') < 0 {
			return looseText(s.id)
		}
	}
	id, _ := peek.String(quoted)
	return looseText(id)
}
