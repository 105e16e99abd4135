package responses

import (
	"bytes"
	"encoding/json"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

// decoder reads one answer, plain or streamed.
type decoder struct {
	started, ended bool
	items          items
	calls          int
	// room is where growing steps are read; careful has all events decoded in
	// full, so that a test can compare.
	room    wireEvent
	careful bool
}

// itemState is what the decoder remembers of one item of a stream.
type itemState struct {
	id, kind, callID string
	index            int
	// place is where it stands among the items that were seen.
	place int
	// tool is the index of the call; begun is true once it was announced, told
	// once it got arguments. held are arguments that came before the name.
	tool        int
	begun, told bool
	held        []byte
	// given tells which parts of a message have had text, cited counts their
	// sources.
	given []bool
	cited int
	// thought is true once a reasoning item has had text, of its part number
	// part; sealed once its proof was given, or the arguments of a call were
	// completed; shown once an image was.
	thought, sealed, shown bool
	part                   int
}

// wireEvent is one event of a stream. Which fields it has follows from its type.
type wireEvent struct {
	Type       looseText       `json:"type"`
	Response   json.RawMessage `json:"response"`
	Item       json.RawMessage `json:"item"`
	ItemID     looseText       `json:"item_id"`
	Index      looseInt        `json:"output_index"`
	Content    looseInt        `json:"content_index"`
	Summary    looseInt        `json:"summary_index"`
	Delta      looseText       `json:"delta"`
	Annotation json.RawMessage `json:"annotation"`
	Error      json.RawMessage `json:"error"`
	Output     json.RawMessage `json:"output"`
	Usage      json.RawMessage `json:"usage"`
}

// looseInt is a number; anything else counts as zero.
type looseInt int

// UnmarshalJSON takes any value.
func (n *looseInt) UnmarshalJSON(raw []byte) error {
	const most = 1 << 20 // far more items than an answer has
	if v, ok := peek.Int(raw); ok && v >= 0 && v < most {
		*n = looseInt(v)
	}
	return nil
}

// The events that begin, end or break a stream, and those around an item. The
// closing events of the parts of an item are not looked at: what they repeat
// stands in the event that closes the item as well.
const (
	evCreated    = "response.created"
	evInProgress = "response.in_progress"
	evQueued     = "response.queued"
	evCompleted  = "response.completed"
	evIncomplete = "response.incomplete"
	evFailed     = "response.failed"
	evError      = "error"
	evItemAdded  = "response.output_item.added"
	evItemDone   = "response.output_item.done"

	evTextDelta     = "response.output_text.delta"
	evRefusalDelta  = "response.refusal.delta"
	evSummaryDelta  = "response.reasoning_summary_text.delta"
	evThoughtDelta  = "response.reasoning_text.delta"
	evArgsDelta     = "response.function_call_arguments.delta"
	evInputDelta    = "response.custom_tool_call_input.delta"
	evAnnotation    = "response.output_text.annotation.added"
	evKeepAlive     = "keepalive"
	evUnnamed       = ""
	evUnnamedByName = "message"
)

// isDone reports whether data is the end marker of another dialect, which some
// routers send here too. The end is the terminal event alone.
func isDone(data []byte) bool { return string(bytes.TrimSpace(data)) == "[DONE]" }

// Event reads one event of the stream.
func (d *decoder) Event(dst []dialect.Event, name string, data []byte) ([]dialect.Event, error) {
	if isDone(data) || d.ended {
		return dst, nil
	}
	ev, err := d.read(data)
	if err != nil {
		return dst, malformed("reading an event: " + err.Error())
	}
	kind := string(ev.Type)
	if kind == "" {
		kind = name
	}
	switch kind {
	case evCreated, evInProgress, evQueued:
		return d.start(dst, ev.Response), nil
	case evCompleted, evIncomplete, evFailed:
		return d.terminal(dst, kind, ev.Response)
	case evError:
		return dst, faultOf(data)
	case evUnnamed, evUnnamedByName:
		if isSet(ev.Error) {
			return dst, faultOf(data)
		}
		return dst, malformed("an event has no type")
	case evKeepAlive:
		return append(dst, dialect.Event{Kind: dialect.EventPing}), nil
	case evItemAdded, evItemDone:
		return d.item(dst, kind, ev)
	}
	return d.delta(dst, kind, ev), nil
}

// start gives the stream's head once.
func (d *decoder) start(dst []dialect.Event, response []byte) []dialect.Event {
	if d.started {
		return dst
	}
	d.started = true
	ev := dialect.Event{Kind: dialect.EventStart}
	fields := [...]peek.Field{{Key: "id"}, {Key: "model"}, {Key: "created_at"}}
	if len(response) > 0 && peek.Object(response, fields[:]) == nil {
		ev.ID, _ = peek.String(fields[0].Raw(response))
		ev.Model, _ = peek.String(fields[1].Raw(response))
		ev.Created, _ = peek.Int(fields[2].Raw(response))
	}
	return append(dst, ev)
}

// terminal reads the last event: it gives what the deltas have not, and ends.
func (d *decoder) terminal(dst []dialect.Event, kind string, response []byte) ([]dialect.Event, error) {
	w, fault := readAnswer(response)
	if w != nil {
		if usage := readUsage(w.Usage); usage != nil {
			dst = append(d.start(dst, response), dialect.Event{Kind: dialect.EventUsage, Usage: usage})
		}
	}
	if fault == nil && kind == evFailed {
		fault = &dialect.Fault{Detail: dialect.ErrorDetail{Message: "the answer failed"}}
	}
	if fault != nil && !(fault.Malformed && w != nil && len(d.items.all) > 0) {
		return dst, fault
	}
	dst = d.start(dst, response)
	for i := range w.Output {
		item := &w.Output[i]
		dst = d.settle(dst, d.match(i, item), item)
	}
	for _, s := range d.items.all {
		dst = s.closeCall(dst)
	}
	if kind == evIncomplete {
		w.Status = statusIncomplete
	}
	d.ended = true
	return append(dst,
		dialect.Event{Kind: dialect.EventFinish, Finish: w.finish(d.calls > 0)},
		dialect.Event{Kind: dialect.EventEnd},
	), nil
}

// Finish reports a stream without its terminal event.
func (d *decoder) Finish(dst []dialect.Event) ([]dialect.Event, error) {
	if !d.ended {
		return dst, &dialect.Fault{Truncated: true}
	}
	return dst, nil
}

// match finds the state of the i-th item of the whole answer. Some servers
// give an item another id in each event, some leave items out of the whole.
func (d *decoder) match(i int, w *wireItem) *itemState {
	if s := earlier(d.items.byID[string(w.ID)], d.items.byCall[string(w.CallID)]); s != nil {
		return s
	}
	if same := d.items.bySlot[slot{i, string(w.Type)}]; len(same) > 0 {
		return same[0]
	}
	return d.open(i, string(w.ID), string(w.Type))
}

func (d *decoder) open(index int, id, kind string) *itemState {
	s := &itemState{id: id, kind: kind, index: index}
	d.items.add(s)
	return s
}

// state finds the item that an event is about; it is opened where a server
// did not announce it.
func (d *decoder) state(ev *wireEvent, kind string) *itemState {
	if s := d.items.byID[string(ev.ItemID)]; s != nil {
		return s
	}
	if same := d.items.bySlot[slot{int(ev.Index), kind}]; len(same) > 0 {
		return same[len(same)-1]
	}
	return d.open(int(ev.Index), string(ev.ItemID), kind)
}

// item reads the announcement or the close of an item.
func (d *decoder) item(dst []dialect.Event, kind string, ev *wireEvent) ([]dialect.Event, error) {
	var w wireItem
	if err := json.Unmarshal(ev.Item, &w); err != nil {
		return dst, malformed("reading an item: " + err.Error())
	}
	dst = d.start(dst, nil)
	if kind == evItemDone {
		ev.ItemID = w.ID
		return d.settle(dst, d.state(ev, string(w.Type)), &w), nil
	}
	s := d.open(int(ev.Index), string(w.ID), string(w.Type))
	d.items.call(s, string(w.CallID))
	if w.isCall() && w.Name != "" {
		dst = d.begin(dst, s, &w)
	}
	return dst, nil
}

// begin announces a call, with the arguments that came too early.
func (d *decoder) begin(dst []dialect.Event, s *itemState, w *wireItem) []dialect.Event {
	if s.begun {
		return dst
	}
	s.begun, s.tool = true, d.calls
	d.items.turn(s, string(w.Type))
	d.calls++
	dst = append(dst, dialect.Event{
		Kind: dialect.EventToolStart, Tool: s.tool, CallID: w.callID(), ToolName: string(w.Name),
		PartID: string(w.ID), Custom: w.Type == itemCustom,
	})
	held := string(s.held)
	s.held = nil
	return s.args(dst, held)
}

// args gives a piece of a call's arguments; those of a custom tool are wrapped
// after dialect.CustomSchema on the way.
func (s *itemState) args(dst []dialect.Event, piece string) []dialect.Event {
	if piece == "" {
		return dst
	}
	if !s.begun {
		s.held = append(s.held, piece...)
		return dst
	}
	if s.kind == itemCustom {
		quoted := peek.AppendString(nil, piece)
		piece = string(quoted[1 : len(quoted)-1])
		if !s.told {
			piece = customOpen + piece
		}
	}
	s.told = true
	return append(dst, dialect.Event{Kind: dialect.EventToolArgs, Tool: s.tool, Text: piece})
}

// What stands before and after the text of a custom tool's call.
const (
	customOpen  = `{"input":"`
	customClose = `"}`
)

// closeCall completes the arguments of a call once.
func (s *itemState) closeCall(dst []dialect.Event) []dialect.Event {
	if !s.begun || s.sealed {
		return dst
	}
	s.sealed = true
	var end string
	switch {
	case s.kind == itemCustom && s.told:
		end = customClose
	case s.kind == itemCustom:
		end = customOpen + customClose
	case !s.told:
		end = "{}"
	default:
		return dst
	}
	return append(dst, dialect.Event{Kind: dialect.EventToolArgs, Tool: s.tool, Text: end})
}
