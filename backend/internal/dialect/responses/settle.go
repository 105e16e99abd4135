package responses

import (
	"encoding/json"
	"strings"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

// delta reads one growing step of an item. Events of other types, which later
// versions of the protocol add, say nothing here.
func (d *decoder) delta(dst []dialect.Event, kind string, ev *wireEvent) []dialect.Event {
	text := string(ev.Delta)
	if kind == evAnnotation {
		return d.annotation(dst, ev)
	}
	if text == "" {
		return dst
	}
	switch kind {
	case evTextDelta, evRefusalDelta:
		d.state(ev, itemMessage).mark(int(ev.Content))
		out := dialect.Event{Kind: dialect.EventText, Text: text}
		if kind == evRefusalDelta {
			out.Kind = dialect.EventRefusal
		}
		return append(d.start(dst, nil), out)
	case evSummaryDelta:
		return d.state(ev, itemReasoning).think(d.start(dst, nil), int(ev.Summary), text)
	case evThoughtDelta:
		return d.state(ev, itemReasoning).think(d.start(dst, nil), int(ev.Content), text)
	case evArgsDelta:
		return d.state(ev, itemCall).args(d.start(dst, nil), text)
	case evInputDelta:
		s := d.state(ev, itemCustom)
		if strings.HasPrefix(s.callID, xaiSearch) {
			return dst
		}
		return s.args(d.start(dst, nil), text)
	}
	return dst
}

// mark notes that a part of a message has had text.
func (s *itemState) mark(part int) {
	for len(s.given) <= part && part < maxParts {
		s.given = append(s.given, false)
	}
	if part < maxParts {
		s.given[part] = true
	}
}

// maxParts bounds what a hostile index can make us remember.
const maxParts = 4096

func (s *itemState) has(part int) bool { return part < len(s.given) && s.given[part] }

// think gives reasoning; a new part of a summary begins a new paragraph.
func (s *itemState) think(dst []dialect.Event, part int, text string) []dialect.Event {
	if s.thought && part != s.part {
		text = paragraph + text
	}
	s.thought, s.part = true, part
	return append(dst, dialect.Event{Kind: dialect.EventReasoning, Text: text, PartID: s.id})
}

func (d *decoder) annotation(dst []dialect.Event, ev *wireEvent) []dialect.Event {
	var a wireAnnotation
	if json.Unmarshal(ev.Annotation, &a) != nil {
		return dst
	}
	if c := a.citation(); c != nil {
		d.state(ev, itemMessage).cited++
		dst = append(d.start(dst, nil), dialect.Event{Kind: dialect.EventCitation, Citation: c})
	}
	return dst
}

// settle gives what a whole item holds beyond what its deltas gave: all of it
// where a server sends no deltas, nothing the second time.
func (d *decoder) settle(dst []dialect.Event, s *itemState, w *wireItem) []dialect.Event {
	switch {
	case w.Type == itemMessage:
		return s.settleMessage(dst, w)
	case w.Type == itemReasoning:
		return s.settleReasoning(dst, w)
	case w.isCall():
		dst = d.begin(dst, s, w)
		if !s.told {
			rest := string(w.Arguments)
			if w.Type == itemCustom {
				rest = string(w.Input)
			}
			dst = s.args(dst, rest)
		}
		return s.closeCall(dst)
	case !s.shown:
		if image := w.image(); image != nil {
			s.shown = true
			dst = append(dst, dialect.Event{Kind: dialect.EventMedia, Media: image})
		}
	}
	return dst
}

func (s *itemState) settleMessage(dst []dialect.Event, w *wireItem) []dialect.Event {
	cited := 0
	if text, ok := peek.String(w.Content); ok && text != "" && len(s.given) == 0 {
		s.mark(0)
		return append(dst, dialect.Event{Kind: dialect.EventText, Text: text})
	}
	list := parts(w.Content)
	// Some servers count the parts of all items in one row. A message that has
	// had text under a number that it has not got has had all of it.
	strange := len(s.given) > len(list)
	for i := range list {
		p, ok := list[i].neutral()
		if ok && !strange && !s.has(i) {
			s.mark(i)
			kind := dialect.EventText
			if p.Kind == dialect.PartRefusal {
				kind = dialect.EventRefusal
			}
			dst = append(dst, dialect.Event{Kind: kind, Text: p.Text})
		}
		for _, c := range p.Citations {
			if cited++; cited > s.cited {
				s.cited = cited
				dst = append(dst, dialect.Event{Kind: dialect.EventCitation, Citation: &c})
			}
		}
	}
	return dst
}

func (s *itemState) settleReasoning(dst []dialect.Event, w *wireItem) []dialect.Event {
	text := ""
	if !s.thought {
		text = w.summary()
		s.thought = text != ""
	}
	ev := dialect.Event{Kind: dialect.EventReasoning, Text: text, PartID: string(w.ID)}
	switch {
	case w.Encrypted == "" || s.sealed:
	case s.thought:
		ev.Signature, ev.Signer = string(w.Encrypted), dialect.SignerOpenAI
	default:
		ev.Redacted, ev.Signer = string(w.Encrypted), dialect.SignerOpenAI
	}
	if ev.Signer != "" {
		s.sealed = true
	}
	if ev.Text == "" && ev.Signer == "" {
		return dst
	}
	return append(dst, ev)
}
