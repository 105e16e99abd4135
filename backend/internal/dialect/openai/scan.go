package openai

import "headwater/backend/internal/dialect/peek"

// The fields of a chunk that the full decoding reads. All must be known to a
// scan, also those it leaves to the full decoding.
var (
	chunkKeys = []string{
		"id", "model", "created", "choices", "usage", "error", "x_groq", "citations", "search_results",
	}
	choiceKeys = []string{"index", "delta", "finish_reason", "message", "text", "error"}
	deltaKeys  = []string{
		"content", "role", "reasoning_content", "reasoning", "refusal", "tool_calls", "reasoning_details", "function_call",
		"annotations", "images", "audio", "extra_content", "name", "tool_call_id", "cache_control",
	}
	callKeys     = []string{"index", "function", "id", "type", "custom", "extra_content"}
	functionKeys = []string{"arguments", "name"}
)

// room is where the chunks of a stream are read, one after the other.
type room struct {
	answer wireAnswer
	choice [1]wireChoice
	delta  wireMessage
	call   [1]wireToolCall
	index  int
}

// scan reads a chunk of a stream that has begun into r.answer in one walk, with
// the values that encoding/json sees; what only the first chunk is asked for is
// left out. False, with r.answer empty, leaves the chunk to encoding/json: that
// is for chunks with more than one choice, or with what few answers have.
func (r *room) scan(data []byte) bool {
	*r = room{}
	s := peek.NewScan(data)
	m := s.Object(chunkKeys)
	for key, ok := m.Next(); ok; key, ok = m.Next() {
		switch key {
		case "choices":
			r.choices(&s)
		case "usage":
			r.answer.Usage = s.Raw()
		case "citations":
			r.answer.Citations = s.Raw()
		case "search_results":
			r.answer.Results = s.Raw()
		case "error", "x_groq":
			s.Null()
		default:
			s.Skip()
		}
	}
	if !s.Done() {
		r.answer = wireAnswer{}
		return false
	}
	return true
}

func (r *room) choices(s *peek.Scan) {
	l := s.List()
	if !l.Next() {
		return
	}
	c := &r.choice[0]
	r.answer.Choices = r.choice[:]
	m := s.Object(choiceKeys)
	for key, ok := m.Next(); ok; key, ok = m.Next() {
		switch key {
		case "index":
			c.Index = s.Int()
		case "delta":
			if !s.IsNull() {
				c.Delta = &r.delta
				r.deltaOf(s)
			}
		case "finish_reason":
			c.Finish = looseText(s.Text())
		case "text":
			c.Text = looseText(s.Text())
		case "message", "error":
			s.Null()
		default:
			s.Skip()
		}
	}
	if l.Next() {
		s.GiveUp()
	}
}

func (r *room) deltaOf(s *peek.Scan) {
	d := &r.delta
	m := s.Object(deltaKeys)
	for key, ok := m.Next(); ok; key, ok = m.Next() {
		switch key {
		case "content":
			d.Content = s.Quoted()
		case "reasoning_content":
			d.ReasoningOwn = looseText(s.Text())
		case "reasoning":
			d.Reasoning = looseText(s.Text())
		case "refusal":
			d.Refusal = looseText(s.Text())
		case "role", "name", "tool_call_id":
			s.Quoted() // of another type they would make the chunk malformed
		case "tool_calls":
			r.calls(s)
		case "reasoning_details", "annotations", "images":
			s.Nothing()
		case "function_call", "audio", "extra_content":
			s.Null()
		default:
			s.Skip()
		}
	}
}

func (r *room) calls(s *peek.Scan) {
	if s.IsNull() {
		return
	}
	l := s.List()
	if !l.Next() {
		return
	}
	c := &r.call[0]
	r.delta.ToolCalls = r.call[:]
	m := s.Object(callKeys)
	for key, ok := m.Next(); ok; key, ok = m.Next() {
		switch key {
		case "index":
			if !s.IsNull() {
				c.Index, r.index = &r.index, s.Int()
			}
		case "function":
			functionOf(s, &c.Function)
		case "id":
			c.ID = looseText(s.Text())
		case "type":
			s.Quoted()
		case "custom", "extra_content":
			s.Null()
		default:
			s.Skip()
		}
	}
	if l.Next() {
		s.GiveUp()
	}
}

func functionOf(s *peek.Scan, f *wireFunction) {
	if s.IsNull() {
		return
	}
	m := s.Object(functionKeys)
	for key, ok := m.Next(); ok; key, ok = m.Next() {
		switch key {
		case "arguments":
			f.Arguments = looseText(s.Text())
		case "name":
			f.Name = looseText(s.Text())
		default:
			s.Skip()
		}
	}
}
