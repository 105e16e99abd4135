package responses

import (
	"slices"
	"strconv"
	"strings"

	"headwater/backend/internal/dialect"
)

// item is one item of an answer while it grows.
type item struct {
	kind, id string
	index    int
	closed   bool
	// incomplete is true for the item that a bound on the answer cut.
	incomplete bool

	// parts are the parts of a message; open tells that the last one grows.
	parts []*part
	open  bool
	// text is the text of a reasoning, or the arguments of a call.
	text strings.Builder
	// encrypted is the proof of a reasoning; proof is that of a message's text,
	// which follows the message as an item of its own.
	encrypted, proof string

	callID, name string
	// input takes the text of a custom tool's call out of its arguments.
	input  unwrapper
	result string
	format string
}

// part is one part of a message.
type part struct {
	refusal     bool
	text        strings.Builder
	annotations []annotationOut
}

type annotationOut struct {
	Type  string `json:"type"`
	URL   string `json:"url"`
	Title string `json:"title"`
	Start int    `json:"start_index"`
	End   int    `json:"end_index"`
}

// annotationsOut gives the sources that have an address; there is no form for
// others.
func annotationsOut(list []dialect.Citation) []annotationOut {
	var out []annotationOut
	for _, c := range list {
		if c.URL != "" {
			out = append(out, annotationOut{"url_citation", c.URL, c.Title, c.Start, c.End})
		}
	}
	return out
}

// open announces a new item. The ids of items are made from that of the
// answer, so that they are the same whenever the answer is told again.
func (e *encoder) open(it *item, prefix string) *item {
	it.index = len(e.items)
	if it.id == "" {
		it.id = prefix + e.base + "_" + strconv.Itoa(it.index)
	}
	e.items, e.ids[it.id] = append(e.items, it), true
	if !e.quiet {
		e.head(evItemAdded)
		e.addInt("output_index", it.index)
		e.addJSON("item", it.out())
		e.tail()
	}
	return it
}

// text grows a message by a text or a refusal.
func (e *encoder) text(ev dialect.Event) {
	if ev.Text != "" {
		it, p := e.part(ev.Kind == dialect.EventRefusal)
		p.text.WriteString(ev.Text)
		if !e.quiet {
			e.partDelta(it, p, ev.Text)
		}
	}
	if ev.Signature != "" && e.writing != nil && e.writing.kind == itemMessage {
		e.writing.proof = seal{signer: ev.Signer, kind: sealText, value: ev.Signature}.String()
	}
}

func (e *encoder) partDelta(it *item, p *part, text string) {
	kind := evTextDelta
	if p.refusal {
		kind = evRefusalDelta
	}
	e.about(kind, it)
	e.addInt("content_index", len(it.parts)-1)
	e.addText("delta", text)
	if !p.refusal {
		e.dst = append(e.dst, `,"logprobs":[]`...)
	}
	e.tail()
}

// part gives the growing part of the growing message; either is opened where
// another kind grew before.
func (e *encoder) part(refusal bool) (*item, *part) {
	if e.writing == nil || e.writing.kind != itemMessage {
		e.closeWriting()
		e.writing = e.open(&item{kind: itemMessage}, "msg_")
	}
	it := e.writing
	if it.open && it.parts[len(it.parts)-1].refusal != refusal {
		e.endPart(it)
	}
	if !it.open {
		it.open = true
		it.parts = append(it.parts, &part{refusal: refusal})
		if !e.quiet {
			e.about("response.content_part.added", it)
			e.addInt("content_index", len(it.parts)-1)
			e.addJSON("part", it.parts[len(it.parts)-1].out())
			e.tail()
		}
	}
	return it, it.parts[len(it.parts)-1]
}

// endPart closes the growing part of a message, if there is one.
func (e *encoder) endPart(it *item) {
	if it == nil || !it.open {
		return
	}
	it.open = false
	if e.quiet {
		return
	}
	at := len(it.parts) - 1
	p := it.parts[at]
	if p.refusal {
		e.about("response.refusal.done", it)
		e.addInt("content_index", at)
		e.addText("refusal", p.text.String())
	} else {
		e.about("response.output_text.done", it)
		e.addInt("content_index", at)
		e.addText("text", p.text.String())
		e.dst = append(e.dst, `,"logprobs":[]`...)
	}
	e.tail()
	e.about("response.content_part.done", it)
	e.addInt("content_index", at)
	e.addJSON("part", p.out())
	e.tail()
}

// reasoning grows a reasoning item. A proof ends it; reasoning that its vendor
// keeps secret is an item of its own.
func (e *encoder) reasoning(ev dialect.Event) {
	if ev.Redacted != "" {
		e.closeWriting()
	}
	if ev.Text == "" && ev.Signature == "" && ev.Redacted == "" {
		return
	}
	if e.writing == nil || e.writing.kind != itemReasoning {
		e.closeWriting()
		e.writing = e.open(&item{kind: itemReasoning, id: e.ownID(ev.PartID)}, "rs_")
	}
	e.think(e.writing, ev.Text)
	switch {
	case ev.Redacted != "":
		e.writing.encrypted = encrypted(ev.Signer, sealData, ev.Redacted)
	case ev.Signature != "":
		e.writing.encrypted = encrypted(ev.Signer, sealSignature, ev.Signature)
	default:
		return
	}
	e.closeWriting()
}

// ownID keeps an upstream's id of a reasoning item where it can be one of this
// dialect's: what OpenAI signed must come back under it.
func (e *encoder) ownID(id string) string {
	if e.ids[id] || !strings.HasPrefix(id, "rs_") {
		return ""
	}
	return id
}

func (e *encoder) think(it *item, text string) {
	if text == "" {
		return
	}
	first := it.text.Len() == 0
	it.text.WriteString(text)
	if e.quiet {
		return
	}
	if first {
		e.about("response.reasoning_summary_part.added", it)
		e.addInt("summary_index", 0)
		e.addJSON("part", outSummary{partSummary, ""})
		e.tail()
	}
	e.about(evSummaryDelta, it)
	e.addInt("summary_index", 0)
	e.addText("delta", text)
	e.tail()
}

// citation adds a source to the text at hand.
func (e *encoder) citation(c *dialect.Citation) {
	if c == nil || c.URL == "" {
		return
	}
	it, p := e.part(false)
	p.annotations = append(p.annotations, annotationsOut([]dialect.Citation{*c})...)
	if e.quiet {
		return
	}
	e.about(evAnnotation, it)
	e.addInt("content_index", len(it.parts)-1)
	e.addInt("annotation_index", len(p.annotations)-1)
	e.addJSON("annotation", p.annotations[len(p.annotations)-1])
	e.tail()
}

// media gives an image that the model made as what OpenAI's own image tool
// makes. One that is only an address is told in the text; there is no form for
// other media.
func (e *encoder) media(p *dialect.Part) {
	switch {
	case p == nil || p.Kind != dialect.PartImage:
		return
	case p.Data == "" && p.URL != "":
		e.text(dialect.Event{Kind: dialect.EventText, Text: "![](" + p.URL + ")"})
		return
	case p.Data == "":
		return
	}
	e.closeWriting()
	it := e.open(&item{kind: itemImage}, "ig_")
	it.result, it.format = p.Data, strings.TrimPrefix(p.MIME, "image/")
	if !e.quiet {
		for _, step := range []string{"in_progress", "generating", "completed"} {
			e.about("response.image_generation_call."+step, it)
			e.tail()
		}
	}
	e.close(it)
}

// openCall announces a call. A vendor's proof of it goes before it, in the
// only item that callers send back unread.
func (e *encoder) openCall(ev dialect.Event) {
	e.closeWriting()
	if ev.Signature != "" {
		proof := seal{signer: ev.Signer, kind: sealCall, value: ev.Signature, call: ev.CallID}
		e.carry(proof.String())
	}
	it := &item{kind: itemCall, callID: ev.CallID, name: ev.ToolName}
	prefix := "fc_"
	if ev.Custom || e.custom[ev.ToolName] {
		it.kind, prefix = itemCustom, "ctc_"
	}
	e.calls[ev.Tool] = e.open(it, prefix)
	if it.callID == "" {
		it.callID = "call_" + it.id // so that the caller can answer it
	}
}

// carry writes a reasoning item that holds nothing but a proof.
func (e *encoder) carry(proof string) {
	it := e.open(&item{kind: itemReasoning}, "rs_")
	it.encrypted = proof
	e.close(it)
}

// growCall adds to the arguments of a call.
func (e *encoder) growCall(ev dialect.Event) {
	it := e.calls[ev.Tool]
	if it == nil || it.closed || ev.Text == "" {
		return
	}
	e.grow(it, ev.Text)
}

func (e *encoder) grow(it *item, args string) {
	it.text.WriteString(args)
	kind := evArgsDelta
	if it.kind == itemCustom {
		kind, args = evInputDelta, it.input.next(args)
	}
	if e.quiet || args == "" {
		return
	}
	e.about(kind, it)
	e.addText("delta", args)
	e.tail()
}

// closeWriting closes the message or reasoning that grows.
func (e *encoder) closeWriting() {
	it := e.writing
	if it == nil {
		return
	}
	e.writing = nil
	e.close(it)
	if it.proof != "" {
		e.carry(it.proof)
	}
}

// closeAll closes what is open, in the order of the items.
func (e *encoder) closeAll() {
	if n := len(e.items); n > 0 && e.status() == statusIncomplete && !e.items[n-1].closed {
		e.items[n-1].incomplete = true
	}
	for _, it := range slices.Clone(e.items) {
		if it == e.writing {
			e.closeWriting()
		}
		if !it.closed {
			e.close(it)
		}
	}
}

// close ends an item with the events that repeat it whole.
func (e *encoder) close(it *item) {
	e.endPart(it)
	if it.kind == itemCall && it.text.Len() == 0 {
		e.grow(it, "{}") // what a model that gave none means
	}
	it.closed = true
	if e.quiet {
		return
	}
	switch {
	case it.kind == itemCall:
		e.about("response.function_call_arguments.done", it)
		e.addText("name", it.name)
		e.addText("arguments", it.text.String())
		e.tail()
	case it.kind == itemCustom:
		text := it.input.input(it.text.String())
		if !it.input.opened && text != "" {
			e.about(evInputDelta, it)
			e.addText("delta", text)
			e.tail()
		}
		e.about("response.custom_tool_call_input.done", it)
		e.addText("input", text)
		e.tail()
	case it.kind == itemReasoning && it.text.Len() > 0:
		e.about("response.reasoning_summary_text.done", it)
		e.addInt("summary_index", 0)
		e.addText("text", it.text.String())
		e.tail()
		e.about("response.reasoning_summary_part.done", it)
		e.addInt("summary_index", 0)
		e.addJSON("part", outSummary{partSummary, it.text.String()})
		e.tail()
	}
	e.head(evItemDone)
	e.addInt("output_index", it.index)
	e.addJSON("item", it.out())
	e.tail()
}
