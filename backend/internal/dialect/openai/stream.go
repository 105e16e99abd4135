package openai

import (
	"encoding/json"

	"headwater/backend/internal/dialect"
)

// choiceState is what the decoder remembers of one choice of a stream.
type choiceState struct {
	index    int
	finished bool
	// places maps the upstream's tool index to ours.
	places map[int]int
	calls  []callState
	// begun are the upstream's ids of the calls.
	begun map[string]bool
	// thoughts is true once reasoning came as bare text.
	thoughts bool
	// answer tells the answer apart from others; see madeID.
	answer string
	// proofs are those of tool calls that have not begun yet.
	proofs heldProofs
	speech speech
	// cited are the sources that were given out.
	cited map[dialect.Citation]bool
}

// heldProofs are proofs that wait for the calls they name.
type heldProofs struct {
	all   []dialect.Part
	taken []bool
	// places are those of the proofs in all that were not taken, by their ids.
	places map[string][]int
}

func (h *heldProofs) add(p dialect.Part) {
	if h.places == nil {
		h.places = map[string][]int{}
	}
	h.places[p.ID] = append(h.places[p.ID], len(h.all))
	h.all, h.taken = append(h.all, p), append(h.taken, false)
}

// take takes all proofs of a call and gives the last; nil when there is none.
func (h *heldProofs) take(id string) *dialect.Part {
	var last *dialect.Part
	for _, i := range h.places[id] {
		h.taken[i], last = true, &h.all[i]
	}
	delete(h.places, id)
	return last
}

// rest gives those that were not taken.
func (h *heldProofs) rest() []dialect.Part {
	var rest []dialect.Part
	for i, p := range h.all {
		if !h.taken[i] {
			rest = append(rest, p)
		}
	}
	return rest
}

// callState is what the decoder remembers of one tool call.
type callState struct {
	// id is the upstream's own; empty where it gave none.
	id string
	// empty is true until arguments come; custom, for a custom tool's call.
	empty, custom bool
}

// Event reads one chunk.
func (d *decoder) Event(dst []dialect.Event, name string, data []byte) ([]dialect.Event, error) {
	if isDone(data) {
		return d.end(dst), nil
	}
	w, err := d.read(data)
	if err != nil {
		return dst, malformed("reading a chunk: " + err.Error())
	}
	if usage := w.usage(); usage != nil {
		dst = append(dst, dialect.Event{Kind: dialect.EventUsage, Usage: usage})
	}
	if isSet(w.Error) || name == "error" {
		return dst, faultOf(data)
	}
	if !d.started && len(w.Choices) > 0 {
		d.started, d.answer = true, w.sign()
		dst = append(dst, dialect.Event{Kind: dialect.EventStart, ID: string(w.ID), Model: string(w.Model), Created: w.seconds()})
	}
	sources := w.read()
	for i := range w.Choices {
		c := &w.Choices[i]
		if isSet(c.Error) || c.Finish == "error" {
			return dst, choiceFault(data, i)
		}
		dst = d.choice(dst, c, sources)
	}
	return dst, nil
}

// read reads a chunk, which is valid until the next.
func (d *decoder) read(data []byte) (*wireAnswer, error) {
	if d.started && !d.careful && d.room.scan(data) {
		return &d.room.answer, nil
	}
	w := &wireAnswer{}
	return w, json.Unmarshal(data, w) //nolint:wrapcheck // the caller says what was read
}

// choice reads one choice of a chunk.
func (d *decoder) choice(dst []dialect.Event, c *wireChoice, sources []dialect.Citation) []dialect.Event {
	state := d.state(c.Index)
	if delta := c.content(d.endpoint, c.Delta, c.Message); delta != nil {
		text, thoughts := splitContent(delta.Content)
		dst = state.appendReasoning(dst, delta, delta.reasoning()+thoughts)
		dst = state.appendText(dst, delta, text)
		dst = state.appendMedia(dst, delta)
		dst = state.appendCalls(dst, delta)
		dst = state.cite(dst, readAnnotations(delta.Annotations))
	}
	dst = state.cite(dst, sources)
	if c.Finish != "" && !state.finished {
		d.finished, state.finished = true, true
		dst = state.close(dst)
		finish := finishOf(string(c.Finish), len(state.calls) > 0)
		dst = append(dst, dialect.Event{Kind: dialect.EventFinish, Choice: c.Index, Finish: finish})
	}
	return dst
}

func (d *decoder) state(index int) *choiceState {
	if s := d.byIndex[index]; s != nil {
		return s
	}
	s := &choiceState{index: index, answer: d.answer, places: map[int]int{}, cited: map[dialect.Citation]bool{}, begun: map[string]bool{}}
	if d.byIndex == nil {
		d.byIndex = map[int]*choiceState{}
	}
	d.byIndex[index], d.choices = s, append(d.choices, s)
	return s
}

// appendReasoning gives the reasoning of a delta. Details repeat what comes as
// bare text, so of them only the proofs are taken then.
func (s *choiceState) appendReasoning(dst []dialect.Event, m *wireMessage, thoughts string) []dialect.Event {
	s.thoughts = s.thoughts || thoughts != ""
	if thoughts != "" {
		dst = append(dst, dialect.Event{Kind: dialect.EventReasoning, Choice: s.index, Text: thoughts})
	}
	parts := detailParts(m.Details)
	if len(parts) == 0 {
		return dst
	}
	inside := map[string]bool{}
	for i := range m.ToolCalls {
		inside[string(m.ToolCalls[i].ID)] = true
	}
	for _, p := range parts {
		if s.holdsProof(p, inside) {
			continue
		}
		ev := s.proof(p)
		if !s.thoughts {
			ev.Text = p.Text
		}
		if ev.Text != "" || ev.Signature != "" || ev.Redacted != "" {
			dst = append(dst, ev)
		}
	}
	return dst
}

// proof is the event that carries the proof of a reasoning part.
func (s *choiceState) proof(p dialect.Part) dialect.Event {
	return dialect.Event{
		Kind: dialect.EventReasoning, Choice: s.index,
		Signature: p.Signature, Redacted: p.Data, Signer: p.Signer, PartID: p.ID,
	}
}

// holdsProof keeps a proof that names a tool call until the call begins; inside
// are the ids of those that stand beside it.
func (s *choiceState) holdsProof(p dialect.Part, inside map[string]bool) bool {
	if p.Text != "" || p.ID == "" {
		return false
	}
	if s.begun[p.ID] || !inside[p.ID] && p.Signer != dialect.SignerGemini {
		return false
	}
	s.proofs.add(p)
	return true
}

// appendText gives the text and refusal of a delta.
func (s *choiceState) appendText(dst []dialect.Event, m *wireMessage, text string) []dialect.Event {
	ev := dialect.Event{Kind: dialect.EventText, Choice: s.index, Text: text}
	if signature := thoughtSignature(m.Extra); signature != "" && len(m.ToolCalls) == 0 {
		ev.Signature, ev.Signer = signature, dialect.SignerGemini
	}
	if ev.Text != "" || ev.Signature != "" {
		dst = append(dst, ev)
	}
	if m.Refusal != "" {
		dst = append(dst, dialect.Event{Kind: dialect.EventRefusal, Choice: s.index, Text: string(m.Refusal)})
	}
	return dst
}

// appendMedia gives the images of a delta and gathers its speech; what was
// spoken is text.
func (s *choiceState) appendMedia(dst []dialect.Event, m *wireMessage) []dialect.Event {
	for _, p := range readImages(m.Images, m.Content) {
		dst = append(dst, dialect.Event{Kind: dialect.EventMedia, Choice: s.index, Media: &p})
	}
	audio := readAudio(m.Audio)
	s.speech.add(audio)
	if audio.Transcript != "" {
		dst = append(dst, dialect.Event{Kind: dialect.EventText, Choice: s.index, Text: string(audio.Transcript)})
	}
	return dst
}

// cite gives the sources that were not given yet: some upstreams repeat them
// in every chunk.
func (s *choiceState) cite(dst []dialect.Event, sources []dialect.Citation) []dialect.Event {
	for _, c := range sources {
		if !s.cited[c] {
			s.cited[c] = true
			dst = append(dst, dialect.Event{Kind: dialect.EventCitation, Choice: s.index, Citation: &c})
		}
	}
	return dst
}

// appendCalls gives the tool calls of a delta. A new id under a known index is
// a new call: some upstreams send whole calls, all with index 0 or none.
func (s *choiceState) appendCalls(dst []dialect.Event, m *wireMessage) []dialect.Event {
	calls := m.ToolCalls
	if f := m.FunctionCall; f != nil && (f.Name != "" || f.Arguments != "") {
		calls = append(calls, wireToolCall{Function: *f})
	}
	signature := thoughtSignature(m.Extra)
	for i := range calls {
		c := &calls[i]
		index := i
		if c.Index != nil {
			index = *c.Index
		}
		ours, known := s.places[index]
		if !known || c.ID != "" && string(c.ID) != s.calls[ours].id {
			ours = len(s.calls)
			s.places[index] = ours
			ev := s.open(c, ours)
			if ev.Signature == "" && signature != "" {
				ev.Signature, ev.Signer, signature = signature, dialect.SignerGemini, ""
			}
			dst = append(dst, ev)
		}
		dst = s.appendArgs(dst, c, ours)
	}
	return dst
}

// open begins a tool call, with the proof that came before it.
func (s *choiceState) open(c *wireToolCall, ours int) dialect.Event {
	s.begun[string(c.ID)] = true
	s.calls = append(s.calls, callState{id: string(c.ID), empty: true, custom: c.isCustom()})
	ev := dialect.Event{Kind: dialect.EventToolStart, Choice: s.index, Tool: ours, CallID: string(c.ID), ToolName: string(c.Function.Name)}
	if s.calls[ours].custom {
		ev.Custom, ev.ToolName = true, string(c.Custom.Name)
	}
	if ev.CallID == "" {
		ev.CallID = madeID(s.answer, s.index, ours)
	}
	if signature := thoughtSignature(c.Extra); signature != "" {
		ev.Signature, ev.Signer = signature, dialect.SignerGemini
	}
	if p := s.proofs.take(ev.CallID); p != nil {
		ev.Signature, ev.Signer = p.Signature+p.Data, p.Signer
	}
	return ev
}

// appendArgs gives a piece of arguments; that of a custom tool's text is put
// into the JSON around it.
func (s *choiceState) appendArgs(dst []dialect.Event, c *wireToolCall, ours int) []dialect.Event {
	call := &s.calls[ours]
	piece := string(c.Function.Arguments)
	if call.custom && c.Custom != nil {
		piece = escape(string(c.Custom.Input))
		if piece != "" && call.empty {
			piece = inputOpen + piece
		}
	}
	if piece == "" {
		return dst
	}
	call.empty = false
	return append(dst, dialect.Event{Kind: dialect.EventToolArgs, Choice: s.index, Tool: ours, Text: piece})
}

// close ends what is open: calls without arguments get empty ones, speech is
// given whole, and so are proofs whose call never came.
func (s *choiceState) close(dst []dialect.Event) []dialect.Event {
	for i := range s.calls {
		call := &s.calls[i]
		rest := ""
		switch {
		case call.custom && call.empty:
			rest = inputOpen + inputClose
		case call.custom:
			rest = inputClose
		case call.empty:
			rest = "{}"
		}
		call.empty, call.custom = false, false
		if rest != "" {
			dst = append(dst, dialect.Event{Kind: dialect.EventToolArgs, Choice: s.index, Tool: i, Text: rest})
		}
	}
	for _, p := range s.proofs.rest() {
		dst = append(dst, s.proof(p))
	}
	s.proofs = heldProofs{}
	if p := s.speech.part(); p != nil {
		dst = append(dst, dialect.Event{Kind: dialect.EventMedia, Choice: s.index, Media: p})
	}
	return dst
}

func (d *decoder) end(dst []dialect.Event) []dialect.Event {
	if d.ended {
		return dst
	}
	d.ended = true
	for _, s := range d.choices {
		dst = s.close(dst)
		if !s.finished && len(s.calls) > 0 { // [DONE] without a reason
			s.finished = true
			dst = append(dst, dialect.Event{Kind: dialect.EventFinish, Choice: s.index, Finish: dialect.FinishTools})
		}
	}
	return append(dst, dialect.Event{Kind: dialect.EventEnd})
}

// Finish gives the end of a stream that closed cleanly after its finish reason
// but without [DONE], and a *Fault for any other that has no end.
func (d *decoder) Finish(dst []dialect.Event) ([]dialect.Event, error) {
	if !d.ended && !d.finished {
		return dst, &dialect.Fault{Truncated: true}
	}
	return d.end(dst), nil
}
