package anthropic

import (
	"encoding/json"

	"headwater/backend/internal/dialect/peek"
)

// The fields of an event that the full decoding reads. All must be known to a
// scan, also those it leaves to the full decoding.
var (
	eventKeys = []string{"type", "index", "delta", "message", "content_block", "usage"}
	deltaKeys = []string{
		"type", "text", "thinking", "partial_json", "signature", "citation", "stop_reason", "stop_sequence", "stop_details",
	}
)

// read reads an event, which is valid until the next.
func (d *decoder) read(data []byte) (*event, error) {
	if !d.careful && d.room.scan(data) {
		return &d.room, nil
	}
	ev := &event{}
	return ev, json.Unmarshal(data, ev) //nolint:wrapcheck // the caller says what was read
}

// scan reads an event in one walk, with the values that encoding/json sees.
// False leaves it to encoding/json: so it is with those that begin a message or
// a block, and with errors.
func (ev *event) scan(data []byte) bool {
	ev.Type, ev.Index, ev.Delta, ev.Usage = "", 0, delta{}, nil // nothing else is ever set
	s := peek.NewScan(data)
	m := s.Object(eventKeys)
	for key, ok := m.Next(); ok; key, ok = m.Next() {
		switch key {
		case "type":
			if ev.Type = word(&s, eventTypes); ev.Type == "" {
				return false
			}
		case "index":
			ev.Index = s.Int()
		case "delta":
			ev.Delta.scan(&s)
		case "message", "content_block":
			s.Null()
		case "usage":
			ev.Usage = s.Raw()
		default:
			s.Skip()
		}
	}
	return s.Done() && ev.Type != ""
}

func (d *delta) scan(s *peek.Scan) {
	m := s.Object(deltaKeys)
	for key, ok := m.Next(); ok; key, ok = m.Next() {
		switch key {
		case "type":
			if d.Type = word(s, pieceTypes); d.Type == "" {
				s.GiveUp()
			}
		case "text":
			d.Text = s.Text()
		case "thinking":
			d.Thinking = s.Text()
		case "partial_json":
			d.PartialJSON = s.Text()
		case "signature":
			d.Signature = s.Text()
		case "citation":
			d.Citation = s.Raw()
		case "stop_reason":
			d.StopReason = s.Text()
		case "stop_sequence":
			d.StopSequence = s.Text()
		case "stop_details":
			s.Null()
		default:
			s.Skip()
		}
	}
}

// The types of event and of delta that a scan reads.
var (
	eventTypes = []string{typeDelta, "content_block_stop", "message_delta", "message_stop", "ping"}
	pieceTypes = []string{"text_delta", "thinking_delta", "input_json_delta", "signature_delta", "citations_delta"}
)

// word reads a text that is one of the known; empty for any other.
func word(s *peek.Scan, known []string) string {
	quoted := s.Quoted()
	if len(quoted) < 2 {
		return ""
	}
	for _, w := range known {
		if string(quoted[1:len(quoted)-1]) == w {
			return w
		}
	}
	return ""
}
