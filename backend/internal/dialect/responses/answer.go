package responses

import (
	"encoding/json"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

// The statuses of an answer that matter here.
const (
	statusCompleted  = "completed"
	statusIncomplete = "incomplete"
	statusInProgress = "in_progress"
	statusFailed     = "failed"
	statusCancelled  = "cancelled"
)

// wireAnswer is an answer as upstreams give it.
type wireAnswer struct {
	ID         looseText       `json:"id"`
	Model      looseText       `json:"model"`
	Created    json.RawMessage `json:"created_at"`
	Status     looseText       `json:"status"`
	Error      json.RawMessage `json:"error"`
	Incomplete json.RawMessage `json:"incomplete_details"`
	Output     []wireItem      `json:"output"`
	Usage      json.RawMessage `json:"usage"`
}

// readAnswer reads an answer that may stand alone or in an event.
func readAnswer(body []byte) (*wireAnswer, *dialect.Fault) {
	var w wireAnswer
	if err := json.Unmarshal(body, &w); err != nil {
		return nil, malformed("reading the answer: " + err.Error())
	}
	switch {
	case isSet(w.Error):
		return &w, faultOf(body)
	case w.Status == statusFailed || w.Status == statusCancelled:
		return &w, &dialect.Fault{Detail: dialect.ErrorDetail{Message: "the answer has the status " + string(w.Status)}}
	case w.Output == nil:
		if fault := findError(body); fault != nil {
			return &w, fault
		}
		return &w, malformed("the answer has no output")
	}
	return &w, nil
}

// finish is the reason for the end in the neutral words.
func (w *wireAnswer) finish(hasCalls bool) string {
	reason, _ := peek.String(inner(w.Incomplete, "reason"))
	switch {
	case reason == "content_filter":
		return dialect.FinishFilter
	case reason != "" || w.Status == statusIncomplete:
		// Of an answer that was cut no call may be trusted to be whole.
		return dialect.FinishLength
	case hasCalls:
		return dialect.FinishTools
	case w.Status == "queued" || w.Status == statusInProgress:
		return dialect.FinishUnknown
	}
	return dialect.FinishStop
}

// Decoder makes the reader of one answer.
func (Outbound) Decoder(dialect.Operation) dialect.Decoder { return &decoder{} }

// Answer reads a whole answer.
func (d *decoder) Answer(body []byte) (*dialect.Answer, error) {
	w, fault := readAnswer(body)
	if fault != nil {
		return nil, fault
	}
	created, _ := peek.Int(w.Created)
	choice := dialect.Choice{}
	for i := range w.Output {
		choice.Parts = append(choice.Parts, w.Output[i].parts()...)
	}
	calls := false
	for _, p := range choice.Parts {
		calls = calls || p.Kind == dialect.PartToolCall
	}
	choice.Finish = w.finish(calls)
	return &dialect.Answer{
		ID: string(w.ID), Model: string(w.Model), Created: created,
		Choices: []dialect.Choice{choice}, Usage: readUsage(w.Usage),
	}, nil
}

// parts are what an item of an answer holds for the caller. The traces of the
// tools that OpenAI runs itself hold nothing: what came of them is in the text.
func (w *wireItem) parts() []dialect.Part {
	switch {
	case w.Type == itemMessage:
		return w.texts()
	case w.Type == itemReasoning:
		if p, ok := w.reasoning(); ok {
			return []dialect.Part{p}
		}
	case w.isCall():
		return []dialect.Part{{Kind: dialect.PartToolCall, ID: string(w.ID), Call: w.call()}}
	default:
		if image := w.image(); image != nil {
			return []dialect.Part{*image}
		}
	}
	return nil
}

// texts are the parts of a message.
func (w *wireItem) texts() []dialect.Part {
	if text, ok := peek.String(w.Content); ok {
		return []dialect.Part{{Kind: dialect.PartText, Text: text}}
	}
	var out []dialect.Part
	for _, p := range parts(w.Content) {
		if part, ok := p.neutral(); ok {
			out = append(out, part)
		}
	}
	return out
}

// neutral is the neutral form of a part of a message; false when it is empty
// or of an unknown type.
func (p *wirePart) neutral() (dialect.Part, bool) {
	switch p.Type {
	case partRefusal:
		return dialect.Part{Kind: dialect.PartRefusal, Text: string(p.Refusal)}, p.Refusal != ""
	case partOutput, "text":
		return dialect.Part{Kind: dialect.PartText, Text: string(p.Text), Citations: p.citations()}, p.Text != ""
	}
	return dialect.Part{}, false
}
