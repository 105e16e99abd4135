package dialect

import "strings"

// Events gives a whole answer as the events of a stream.
func (a *Answer) Events() []Event {
	events := []Event{{Kind: EventStart, ID: a.ID, Model: a.Model, Created: a.Created}}
	for _, c := range a.Choices {
		tool := 0
		for _, p := range c.Parts {
			ev := Event{Choice: c.Index, Text: p.Text}
			switch p.Kind {
			case PartText:
				ev.Kind = EventText
			case PartReasoning:
				ev.Kind, ev.Signature, ev.Redacted = EventReasoning, p.Signature, p.Data
			case PartRefusal:
				ev.Kind = EventRefusal
			case PartToolCall:
				events = append(events, Event{Kind: EventToolStart, Choice: c.Index, Tool: tool, CallID: p.Call.ID, ToolName: p.Call.Name})
				ev.Kind, ev.Tool, ev.Text = EventToolArgs, tool, p.Call.Args
				tool++
			default:
				continue
			}
			events = append(events, ev)
		}
		events = append(events, Event{Kind: EventFinish, Choice: c.Index, Finish: c.Finish})
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
		case EventToolStart:
			g.choice(ev.Choice).openTool(ev)
		case EventToolArgs:
			g.choice(ev.Choice).growTool(ev)
		case EventFinish:
			g.choice(ev.Choice).finish = ev.Finish
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
				c.parts[i].Text = text.String()
				continue
			}
			c.parts[i].Call.Args = text.String()
			if c.parts[i].Call.Args == "" {
				c.parts[i].Call.Args = "{}"
			}
		}
		a.Choices = append(a.Choices, Choice{Index: c.index, Parts: c.parts, Finish: c.finish})
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
	c.parts[last].Signature = ev.Signature
}

func (c *gathered) add(p Part) {
	c.parts = append(c.parts, p)
	c.texts = append(c.texts, &strings.Builder{})
}

func (c *gathered) openTool(ev Event) {
	c.tools[ev.Tool] = len(c.parts)
	c.add(Part{Kind: PartToolCall, Call: &ToolCall{ID: ev.CallID, Name: ev.ToolName}})
}

func (c *gathered) growTool(ev Event) {
	if at, ok := c.tools[ev.Tool]; ok {
		c.texts[at].WriteString(ev.Text)
	}
}
