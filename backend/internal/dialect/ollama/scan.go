package ollama

import "headwater/backend/internal/dialect/peek"

// The fields of a line that the full decoding reads. All must be known to a
// scan, also those it leaves to the full decoding.
var (
	lineKeys = []string{
		"model", "created_at", "message", "done", "response", "thinking", "tool_calls", "done_reason",
		"prompt_eval_count", "eval_count", "error",
	}
	messageKeys = []string{"content", "thinking", "images", "tool_calls"}
)

// room is where the lines of a stream are read, one after the other.
type room struct {
	line     wireAnswer
	message  answerMessage
	response looseText
	done     bool
}

// read reads a line, which is valid until the next; the error is a *dialect.Fault.
func (d *decoder) read(data []byte) (*wireAnswer, error) {
	if d.started && !d.careful && d.room.scan(data) {
		return &d.room.line, nil
	}
	w := &wireAnswer{}
	err := w.read(data)
	return w, err
}

// scan reads a line of a stream that has begun into r.line in one walk, with
// the values that encoding/json sees; what only other lines are asked for is
// left out. False leaves the line to encoding/json: that is for the last one,
// and for those with calls or images.
func (r *room) scan(data []byte) bool {
	*r = room{}
	s := peek.NewScan(data)
	m := s.Object(lineKeys)
	for key, ok := m.Next(); ok; key, ok = m.Next() {
		switch key {
		case "message", "response", "done":
			if !s.IsNull() {
				r.set(&s, key)
			}
		case "thinking":
			r.line.Thinking = looseText(s.Text())
		case "tool_calls":
			s.Nothing()
		case "error":
			s.Null()
		default:
			s.Skip()
		}
	}
	return s.Done() && r.line.speaks() && !r.done
}

// set reads a field whose absence says something too.
func (r *room) set(s *peek.Scan, key string) {
	switch key {
	case "message":
		r.line.Message = &r.message
		r.message.scan(s)
	case "response":
		r.line.Response = &r.response
		r.response = looseText(s.Text())
	default:
		r.line.Done = &r.done
		r.done = s.Bool()
	}
}

func (a *answerMessage) scan(s *peek.Scan) {
	m := s.Object(messageKeys)
	for key, ok := m.Next(); ok; key, ok = m.Next() {
		switch key {
		case "content":
			a.Content = looseText(s.Text())
		case "thinking":
			a.Thinking = looseText(s.Text())
		case "images", "tool_calls":
			s.Nothing()
		default:
			s.Skip()
		}
	}
}
