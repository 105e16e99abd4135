package bedrock

import (
	"encoding/json"

	"headwater/backend/internal/dialect"
)

// decoder reads one answer, plain or streamed.
type decoder struct {
	started, stopped, ended bool
	// calls are those of the caller's tools, in the order they began.
	calls []streamedCall
	// open are the places in calls of those that are not whole, by their blocks.
	open map[int][]int
	// answer is the block in which the answer comes as the arguments of a tool; nil
	// where none is open.
	answer *streamedCall
}

// streamedCall is a tool call of a stream and the block it stands in.
type streamedCall struct {
	block int
	// empty is true until arguments come; closed, once they are whole.
	empty, closed bool
}

// chunk is the payload of every event of a stream.
type chunk struct {
	Block int `json:"contentBlockIndex"`
	Start struct {
		ToolUse *toolUse `json:"toolUse"`
	} `json:"start"`
	Delta struct {
		Text    string `json:"text"`
		ToolUse *struct {
			Input string `json:"input"`
		} `json:"toolUse"`
		Reasoning *struct {
			Text      string `json:"text"`
			Signature string `json:"signature"`
			Redacted  string `json:"redactedContent"`
		} `json:"reasoningContent"`
		Citation *citation `json:"citation"`
		Image    *media    `json:"image"`
	} `json:"delta"`
	StopReason string     `json:"stopReason"`
	More       moreFields `json:"additionalModelResponseFields"`
	Usage      *usage     `json:"usage"`
}

// The events of a stream, in their order.
const (
	eventStart      = "messageStart"
	eventBlock      = "contentBlockStart"
	eventBlockDelta = "contentBlockDelta"
	eventBlockStop  = "contentBlockStop"
	eventStop       = "messageStop"
	eventMetadata   = "metadata"
)

// Event reads one event.
func (d *decoder) Event(dst []dialect.Event, name string, data []byte) ([]dialect.Event, error) {
	if dialect.IsAmazonException(name) {
		return dst, dialect.AmazonException(name, data)
	}
	var c chunk
	if err := json.Unmarshal(data, &c); err != nil {
		return dst, malformed("reading an event: " + err.Error())
	}
	switch name {
	case eventStart, eventBlock, eventBlockDelta, eventBlockStop, eventStop, eventMetadata:
	default: // one that is not known yet
		return dst, nil
	}
	if !d.started {
		d.started = true
		dst = append(dst, dialect.Event{Kind: dialect.EventStart})
	}
	switch name {
	case eventBlock:
		return d.begin(dst, &c), nil
	case eventBlockDelta:
		return d.delta(dst, &c), nil
	case eventBlockStop:
		return d.close(dst, c.Block), nil
	case eventStop:
		return d.stop(dst, &c), nil
	case eventMetadata:
		if u := c.Usage.neutral(); u != nil {
			dst = append(dst, dialect.Event{Kind: dialect.EventUsage, Usage: u})
		}
	}
	return dst, nil
}

// begin opens a block; only tool calls say something at their beginning.
func (d *decoder) begin(dst []dialect.Event, c *chunk) []dialect.Event {
	use := c.Start.ToolUse
	if use == nil || use.isServers() {
		return dst
	}
	if use.answers() {
		d.answer = &streamedCall{block: c.Block, empty: true}
		return dst
	}
	if d.open == nil {
		d.open = map[int][]int{}
	}
	d.open[c.Block] = append(d.open[c.Block], len(d.calls))
	d.calls = append(d.calls, streamedCall{block: c.Block, empty: true})
	return append(dst, dialect.Event{Kind: dialect.EventToolStart, Tool: len(d.calls) - 1, CallID: use.ID, ToolName: use.Name})
}

// call finds the open call of a block; -1 when there is none.
func (d *decoder) call(block int) int {
	if open := d.open[block]; len(open) > 0 {
		return open[0]
	}
	return -1
}

// delta reads a piece of a block.
func (d *decoder) delta(dst []dialect.Event, c *chunk) []dialect.Event {
	delta := &c.Delta
	if delta.Text != "" {
		dst = append(dst, dialect.Event{Kind: dialect.EventText, Text: delta.Text})
	}
	if r := delta.Reasoning; r != nil && r.Text+r.Signature+r.Redacted != "" {
		ev := dialect.Event{Kind: dialect.EventReasoning, Text: r.Text, Signature: r.Signature, Redacted: r.Redacted}
		if r.Signature+r.Redacted != "" {
			ev.Signer = dialect.SignerAnthropic
		}
		dst = append(dst, ev)
	}
	if delta.ToolUse != nil && delta.ToolUse.Input != "" {
		dst = d.args(dst, c.Block, delta.ToolUse.Input)
	}
	if delta.Citation != nil {
		source := delta.Citation.neutral()
		dst = append(dst, dialect.Event{Kind: dialect.EventCitation, Citation: &source})
	}
	if delta.Image != nil {
		p := delta.Image.part(dialect.PartImage, "image/")
		dst = append(dst, dialect.Event{Kind: dialect.EventMedia, Media: &p})
	}
	return dst
}

// args reads a piece of a call's arguments, or of the answer that comes as such.
func (d *decoder) args(dst []dialect.Event, block int, piece string) []dialect.Event {
	if a := d.answer; a != nil && a.block == block {
		a.empty = false
		return append(dst, dialect.Event{Kind: dialect.EventText, Text: piece})
	}
	at := d.call(block)
	if at < 0 {
		return dst
	}
	d.calls[at].empty = false
	return append(dst, dialect.Event{Kind: dialect.EventToolArgs, Tool: at, Text: piece})
}

// close ends a block; a call that got no arguments gets empty ones.
func (d *decoder) close(dst []dialect.Event, block int) []dialect.Event {
	if a := d.answer; a != nil && a.block == block {
		d.answer = nil
		if a.empty {
			dst = append(dst, dialect.Event{Kind: dialect.EventText, Text: "{}"})
		}
		return dst
	}
	at := d.call(block)
	if at < 0 {
		return dst
	}
	d.calls[at].closed = true
	d.open[block] = d.open[block][1:]
	if d.calls[at].empty {
		dst = append(dst, dialect.Event{Kind: dialect.EventToolArgs, Tool: at, Text: "{}"})
	}
	return dst
}

// stop reads why the answer ended. Usage follows it.
func (d *decoder) stop(dst []dialect.Event, c *chunk) []dialect.Event {
	if d.stopped {
		return dst
	}
	d.stopped = true
	if d.answer != nil {
		dst = d.close(dst, d.answer.block)
	}
	for i := range d.calls {
		if !d.calls[i].closed {
			dst = d.close(dst, d.calls[i].block)
		}
	}
	return append(dst, dialect.Event{
		Kind: dialect.EventFinish, Finish: finishOf(c.StopReason, len(d.calls) > 0), StopSequence: c.More.stopSequence(),
	})
}

// Finish gives the end of a stream that told why it stopped: what may follow
// that, the counts, is not always there.
func (d *decoder) Finish(dst []dialect.Event) ([]dialect.Event, error) {
	if !d.stopped {
		return dst, &dialect.Fault{Truncated: true}
	}
	if d.ended {
		return dst, nil
	}
	d.ended = true
	return append(dst, dialect.Event{Kind: dialect.EventEnd}), nil
}
