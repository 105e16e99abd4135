package gemini

import "headwater/backend/internal/dialect/peek"

// The fields of an event that the full decoding reads. All must be known to a
// scan, also those it leaves to the full decoding.
var (
	eventKeys = []string{
		"candidates", "usageMetadata", "modelVersion", "responseId", "createTime", "promptFeedback", "error",
	}
	candidateKeys = []string{"content", "index", "finishReason", "finishMessage", "groundingMetadata", "citationMetadata"}
	contentKeys   = []string{"parts"}
	partKeys      = []string{"text", "thought", "thoughtSignature", "functionCall", "inlineData", "fileData"}
)

// room is where the events of a stream are read, one after the other.
type room struct {
	answer    answer
	candidate [1]candidate
	part      [1]part
	text      string
}

// read reads an event, which is valid until the next.
func (d *decoder) read(data []byte) (*answer, error) {
	if d.started && !d.careful && d.room.scan(data) && d.isSeeded(d.room.candidate[0].Index) {
		return &d.room.answer, nil
	}
	return readEvent(data)
}

// isSeeded reports whether a candidate was seen that needs nothing to make its
// ids from.
func (d *decoder) isSeeded(index int) bool {
	s := d.candidates[index]
	return s != nil && s.seed != ""
}

// scan reads an event of a stream that has begun into r.answer in one walk,
// with the values that encoding/json sees; what only the first event is asked
// for is left out. False leaves the event to encoding/json: that is for events
// with more than one candidate or part, or with a part that is no text.
func (r *room) scan(data []byte) bool {
	*r = room{}
	s := peek.NewScan(data)
	m := s.Object(eventKeys)
	for key, ok := m.Next(); ok; key, ok = m.Next() {
		switch key {
		case "candidates":
			r.candidates(&s)
		case "usageMetadata":
			r.answer.Usage = s.Raw()
		case "modelVersion", "responseId", "createTime":
			s.Quoted() // of another type they would make the event malformed
		case "promptFeedback", "error":
			s.Null()
		default:
			s.Skip()
		}
	}
	return s.Done() && r.answer.Candidates != nil
}

func (r *room) candidates(s *peek.Scan) {
	l := s.List()
	if !l.Next() {
		return
	}
	c := &r.candidate[0]
	r.answer.Candidates = r.candidate[:]
	m := s.Object(candidateKeys)
	for key, ok := m.Next(); ok; key, ok = m.Next() {
		switch key {
		case "content":
			r.content(s)
		case "index":
			c.Index = s.Int()
		case "finishReason":
			c.Finish = s.Text()
		case "finishMessage":
			c.FinishMessage = s.Text()
		case "groundingMetadata", "citationMetadata":
			s.Null()
		default:
			s.Skip()
		}
	}
	if l.Next() {
		s.GiveUp()
	}
}

func (r *room) content(s *peek.Scan) {
	if s.IsNull() {
		return
	}
	m := s.Object(contentKeys)
	for key, ok := m.Next(); ok; key, ok = m.Next() {
		if key != "parts" {
			s.Skip()
			continue
		}
		if s.IsNull() {
			continue
		}
		l := s.List()
		if !l.Next() {
			continue
		}
		r.candidate[0].Content.Parts = r.part[:]
		r.partOf(s)
		if l.Next() {
			s.GiveUp()
		}
	}
}

func (r *room) partOf(s *peek.Scan) {
	p := &r.part[0]
	m := s.Object(partKeys)
	for key, ok := m.Next(); ok; key, ok = m.Next() {
		switch key {
		case "text":
			if !s.IsNull() {
				p.Text, r.text = &r.text, s.Text()
			}
		case "thought":
			p.Thought = s.Bool()
		case "thoughtSignature":
			p.Signature = s.Text()
		case "functionCall", "inlineData", "fileData":
			s.Null()
		default:
			s.Skip()
		}
	}
}
