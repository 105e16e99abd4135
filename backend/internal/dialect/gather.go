package dialect

import "strings"

// Events gives a whole answer as the events of a stream.
func (a *Answer) Events() []Event {
	events := []Event{{Kind: EventStart, ID: a.ID, Model: a.Model, Created: a.Created}}
	for _, c := range a.Choices {
		tool := 0
		for _, p := range c.Parts {
			ev := Event{Choice: c.Index, Text: p.Text, Signature: p.Signature, Signer: p.Signer, PartID: p.ID}
			switch p.Kind {
			case PartText:
				ev.Kind = EventText
			case PartReasoning:
				ev.Kind, ev.Redacted = EventReasoning, p.Data
			case PartRefusal:
				ev.Kind = EventRefusal
			case PartToolCall:
				ev.Kind, ev.Tool, ev.CallID, ev.ToolName, ev.Custom = EventToolStart, tool, p.Call.ID, p.Call.Name, p.Call.Custom
				events = append(events, ev)
				ev = Event{Kind: EventToolArgs, Choice: c.Index, Tool: tool, Text: p.Call.Args}
				tool++
			case PartImage, PartAudio, PartVideo, PartDocument:
				ev = Event{Kind: EventMedia, Choice: c.Index, Media: &p}
			default:
				continue
			}
			events = append(events, ev)
			for k := range p.Citations {
				events = append(events, Event{Kind: EventCitation, Choice: c.Index, Citation: &p.Citations[k]})
			}
		}
		events = append(events, Event{Kind: EventFinish, Choice: c.Index, Finish: c.Finish, StopSequence: c.StopSequence})
	}
	if a.Usage != nil {
		events = append(events, Event{Kind: EventUsage, Usage: a.Usage})
	}
	return append(events, Event{Kind: EventEnd})
}

// Gatherer builds a whole answer from the events of a stream. The zero value
// is ready. Not safe for concurrent use.
type Gatherer struct {
	answer  Answer
	choices []*gathered
}

// gathered is one choice while its parts grow.
type gathered struct {
	index  int
	finish string
	stop   string
	parts  []Part
	texts  []*strings.Builder
	// tools maps a tool index to its part.
	tools map[int]int
}

// Add takes the next events.
func (g *Gatherer) Add(events ...Event) {
	for _, ev := range events {
		switch ev.Kind {
		case EventStart:
			g.answer.ID, g.answer.Model, g.answer.Created = ev.ID, ev.Model, ev.Created
		case EventText:
			g.choice(ev.Choice).grow(PartText, ev)
		case EventReasoning:
			g.choice(ev.Choice).grow(PartReasoning, ev)
		case EventRefusal:
			g.choice(ev.Choice).grow(PartRefusal, ev)
		case EventMedia:
			g.choice(ev.Choice).add(*ev.Media)
		case EventCitation:
			g.choice(ev.Choice).cite(ev.Citation)
		case EventToolStart:
			g.choice(ev.Choice).openTool(ev)
		case EventToolArgs:
			g.choice(ev.Choice).growTool(ev)
		case EventFinish:
			c := g.choice(ev.Choice)
			c.finish, c.stop = ev.Finish, ev.StopSequence
		case EventUsage:
			g.answer.Usage = ev.Usage
		default: // pings and the end say nothing
		}
	}
}

// Usage is the last usage seen; nil when there was none.
func (g *Gatherer) Usage() *Usage { return g.answer.Usage }

// Answer is what came together so far. It has at least one choice, even if the
// stream said nothing: clients read the first without a look at the count.
func (g *Gatherer) Answer() *Answer {
	if len(g.choices) == 0 {
		g.choice(0)
	}
	a := g.answer
	a.Choices = make([]Choice, 0, len(g.choices))
	for _, c := range g.choices {
		for i, text := range c.texts {
			if c.parts[i].Kind != PartToolCall {
				if text.Len() > 0 {
					c.parts[i].Text = text.String()
				}
				continue
			}
			c.parts[i].Call.Args = text.String()
			if c.parts[i].Call.Args == "" {
				c.parts[i].Call.Args = "{}"
			}
		}
		a.Choices = append(a.Choices, Choice{Index: c.index, Parts: c.parts, Finish: c.finish, StopSequence: c.stop})
	}
	return &a
}

func (g *Gatherer) choice(index int) *gathered {
	for _, c := range g.choices {
		if c.index == index {
			return c
		}
	}
	c := &gathered{index: index, tools: map[int]int{}}
	g.choices = append(g.choices, c)
	return c
}

// grow adds a delta to the last part if it is of the same kind, else to a new
// one. A signature closes a reasoning part; a redacted one stands alone.
func (c *gathered) grow(kind PartKind, ev Event) {
	last := len(c.parts) - 1
	if last < 0 || c.parts[last].Kind != kind || c.parts[last].Signature != "" || c.parts[last].Data != "" || ev.Redacted != "" {
		c.add(Part{Kind: kind, Data: ev.Redacted})
		last++
	}
	c.texts[last].WriteString(ev.Text)
	c.parts[last].Signature, c.parts[last].Signer = ev.Signature, ev.Signer
	if ev.PartID != "" {
		c.parts[last].ID = ev.PartID
	}
}

// cite adds a source to the last text.
func (c *gathered) cite(source *Citation) {
	for i := len(c.parts) - 1; i >= 0; i-- {
		if c.parts[i].Kind == PartText {
			c.parts[i].Citations = append(c.parts[i].Citations, *source)
			return
		}
	}
}

func (c *gathered) add(p Part) {
	c.parts = append(c.parts, p)
	c.texts = append(c.texts, &strings.Builder{})
}

func (c *gathered) openTool(ev Event) {
	c.tools[ev.Tool] = len(c.parts)
	c.add(Part{
		Kind: PartToolCall, ID: ev.PartID, Signature: ev.Signature, Signer: ev.Signer,
		Call: &ToolCall{ID: ev.CallID, Name: ev.ToolName, Custom: ev.Custom},
	})
}

func (c *gathered) growTool(ev Event) {
	if at, ok := c.tools[ev.Tool]; ok {
		c.texts[at].WriteString(ev.Text)
	}
}
