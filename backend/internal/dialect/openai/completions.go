package openai

import (
	"fmt"
	"strconv"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

// textEncoder writes one answer as the completion of a bare text. Reasoning has
// no place there, and tools cannot have been asked for.
type textEncoder struct {
	opts dialect.EncodeOptions
	// head is the part that all chunks of a stream share, up to "choices":.
	head []byte
	// open are the choices that were begun, in order; begun and finished are
	// those that were begun and ended.
	open            []int
	begun, finished map[int]bool
	usage           *dialect.Usage
}

func (e *textEncoder) id(id string) string {
	if id != "" {
		return id
	}
	return "cmpl-" + e.opts.RequestID
}

// Event appends the chunk that says what ev says.
func (e *textEncoder) Event(dst []byte, ev dialect.Event) []byte {
	switch ev.Kind {
	case dialect.EventPing:
		return append(dst, keepAlive...)
	case dialect.EventUsage:
		e.usage = ev.Usage
		return dst
	default:
	}
	if e.head == nil {
		e.head = chunkHead(e.id(ev.ID), "text_completion", e.opts.Model, ev.Created)
	}
	switch ev.Kind {
	case dialect.EventText, dialect.EventRefusal:
		if ev.Text == "" {
			return dst
		}
		e.begin(ev.Choice)
		return e.chunk(dst, ev.Choice, ev.Text, "")
	case dialect.EventFinish:
		e.begin(ev.Choice)
		return e.finish(dst, ev.Choice, ev.Finish)
	case dialect.EventEnd:
		return e.end(dst)
	default:
		return dst
	}
}

func (e *textEncoder) begin(choice int) {
	if e.begun == nil {
		e.begun, e.finished = map[int]bool{}, map[int]bool{}
	}
	if !e.begun[choice] {
		e.begun[choice], e.open = true, append(e.open, choice)
	}
}

func (e *textEncoder) chunk(dst []byte, choice int, text, finish string) []byte {
	dst = append(dst, e.head...)
	dst = append(dst, `[{"text":`...)
	dst = peek.AppendString(dst, text)
	dst = append(dst, `,"index":`...)
	dst = strconv.AppendInt(dst, int64(choice), 10)
	dst = append(dst, `,"logprobs":null,"finish_reason":`...)
	if finish == "" {
		dst = append(dst, "null"...)
	} else {
		dst = peek.AppendString(dst, finish)
	}
	return append(dst, "}]}\n\n"...)
}

func (e *textEncoder) finish(dst []byte, choice int, reason string) []byte {
	if e.finished[choice] {
		return dst
	}
	e.finished[choice] = true
	return e.chunk(dst, choice, "", textFinish(reason))
}

// textFinish is the reason in the three words that completions know.
func textFinish(reason string) string {
	if reason == dialect.FinishLength || reason == dialect.FinishFilter {
		return reason
	}
	return dialect.FinishStop
}

func (e *textEncoder) end(dst []byte) []byte {
	if len(e.open) == 0 {
		e.begin(0)
	}
	for _, choice := range e.open {
		dst = e.finish(dst, choice, dialect.FinishUnknown)
	}
	if e.usage != nil && showsUsage(e.opts) {
		dst = appendUsage(dst, e.head, e.usage)
	}
	return append(dst, done...)
}

// textChoice is one alternative of a completion.
type textChoice struct {
	Text     string    `json:"text"`
	Index    int       `json:"index"`
	Logprobs *struct{} `json:"logprobs"`
	Finish   string    `json:"finish_reason"`
}

// Answer appends a whole answer.
func (e *textEncoder) Answer(dst []byte, a *dialect.Answer) ([]byte, error) {
	body := struct {
		ID      string       `json:"id"`
		Object  string       `json:"object"`
		Created int64        `json:"created"`
		Model   string       `json:"model"`
		Choices []textChoice `json:"choices"`
		Usage   *wireUsage   `json:"usage,omitempty"`
	}{e.id(a.ID), "text_completion", created(a.Created), e.opts.Model, make([]textChoice, 0, len(a.Choices)), usageOut(a.Usage)}
	for _, c := range a.Choices {
		choice := textChoice{Index: c.Index, Finish: textFinish(c.Finish)}
		for i := range c.Parts {
			if kind := c.Parts[i].Kind; kind == dialect.PartText || kind == dialect.PartRefusal {
				choice.Text += c.Parts[i].Text
			}
		}
		body.Choices = append(body.Choices, choice)
	}
	text, err := marshal(body)
	if err != nil {
		return dst, fmt.Errorf("rendering the completion: %w", err)
	}
	return append(dst, text...), nil
}
