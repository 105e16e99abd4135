package responses_test

import (
	"encoding/json"
	"iter"
	"strings"
	"testing"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/sse"
)

type event struct {
	name string
	data []byte
}

// eventsOf cuts a stream into its events.
func eventsOf(stream string) iter.Seq[event] {
	return func(yield func(event) bool) {
		var split sse.Splitter
		split.Write([]byte(stream))
		for ev, ok := split.Next(); ok; ev, ok = split.Next() {
			if ev.HasData && !yield(event{string(ev.Name), ev.Data}) {
				return
			}
		}
		if ev, ok := split.Close(); ok && ev.HasData {
			yield(event{string(ev.Name), ev.Data})
		}
	}
}

// gather decodes a stream that comes in pieces of the given size.
func gather(dec dialect.Decoder, stream string, size int) (*dialect.Answer, error) {
	var split sse.Splitter
	var g dialect.Gatherer
	take := func(ev sse.Event) error {
		if !ev.HasData {
			return nil
		}
		events, err := dec.Event(nil, string(ev.Name), ev.Data)
		g.Add(events...)
		return err
	}
	for len(stream) > 0 {
		n := min(size, len(stream))
		split.Write([]byte(stream[:n]))
		stream = stream[n:]
		for ev, ok := split.Next(); ok; ev, ok = split.Next() {
			if err := take(ev); err != nil {
				return g.Answer(), err
			}
		}
	}
	if ev, ok := split.Close(); ok {
		if err := take(ev); err != nil {
			return g.Answer(), err
		}
	}
	events, err := dec.Finish(nil)
	g.Add(events...)
	return g.Answer(), err
}

// meaning is a request as text, without what its target adds to it.
func meaning(r *dialect.Request) string {
	c := *r
	c.Model, c.Unmapped, c.Temperature, c.TopP, c.ShowThoughts, c.ParallelTools = "", nil, nil, nil, nil, nil
	c.Choice = dialect.ToolChoice{}
	if c.Kin.Store != nil && !*c.Kin.Store {
		c.Kin.Store = nil // what holds where nothing is said
	}
	if c.Format.Kind == "text" {
		c.Format.Kind = ""
	}
	c.Tools = append([]dialect.Tool(nil), r.Tools...)
	for i := range c.Tools {
		if c.Tools[i].Strict == nil {
			c.Tools[i].Strict = new(bool)
		}
		if c.Tools[i].Schema == nil {
			c.Tools[i].Schema = json.RawMessage(`{"type":"object","properties":{}}`)
		}
		if c.Tools[i].Custom {
			c.Tools[i].Strict = nil
		}
	}
	c.Messages = nil
	for _, m := range r.Messages {
		m.Parts = append([]dialect.Part(nil), m.Parts...)
		for i := range m.Parts {
			m.Parts[i] = nameless(m.Parts[i])
		}
		if len(m.Parts) > 0 {
			c.Messages = append(c.Messages, m)
		}
	}
	text, err := json.Marshal(c)
	if err != nil {
		panic(err)
	}
	return strings.ReplaceAll(string(text), "audio/mpeg", "audio/mp3") // one type, two names
}

// nameless leaves out the name of an audio file, for which there is no field.
func nameless(p dialect.Part) dialect.Part {
	if p.Kind == dialect.PartAudio {
		p.Filename = ""
	}
	p.Media = append([]dialect.Part(nil), p.Media...)
	for i := range p.Media {
		p.Media[i] = nameless(p.Media[i])
	}
	return p
}

// checkConversation holds the items of a request against OpenAI's rules: each
// call has its result after it, and no reasoning stands alone.
func checkConversation(t *testing.T, id string, body []byte) {
	t.Helper()
	var w struct {
		Input []struct {
			Type, Role string
			CallID     string `json:"call_id"`
		}
	}
	if err := json.Unmarshal(body, &w); err != nil {
		t.Fatal(err)
	}
	open := map[string]bool{}
	for i, it := range w.Input {
		switch it.Type {
		case "function_call", "custom_tool_call":
			open[it.CallID] = true
		case "function_call_output", "custom_tool_call_output":
			if !open[it.CallID] {
				t.Errorf("%s: input[%d] answers no call", id, i)
			}
			delete(open, it.CallID)
		case "reasoning":
			if i+1 == len(w.Input) || w.Input[i+1].Type == "message" && w.Input[i+1].Role != "assistant" {
				t.Errorf("%s: input[%d] is reasoning that nothing came of", id, i)
			}
		case "message":
		default:
			t.Errorf("%s: input[%d] has the type %q", id, i, it.Type)
		}
	}
	if len(open) > 0 {
		t.Errorf("%s: calls without a result: %v", id, open)
	}
}
