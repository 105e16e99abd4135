package responses

import (
	"encoding/json"
	"strings"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

// The types of item that the neutral form knows.
const (
	itemMessage      = "message"
	itemReasoning    = "reasoning"
	itemCall         = "function_call"
	itemCallOutput   = "function_call_output"
	itemCustom       = "custom_tool_call"
	itemCustomOutput = "custom_tool_call_output"
	itemImage        = "image_generation_call"
)

// The types of part inside an item.
const (
	partOutput    = "output_text"
	partRefusal   = "refusal"
	partSummary   = "summary_text"
	partReasoning = "reasoning_text"
)

// wireItem is one item as it stands in an answer, in an event or in an input.
// Which fields it has follows from its type.
type wireItem struct {
	Type      looseText       `json:"type"`
	ID        looseText       `json:"id"`
	Role      looseText       `json:"role"`
	Content   json.RawMessage `json:"content"`
	Summary   json.RawMessage `json:"summary"`
	Encrypted looseText       `json:"encrypted_content"`
	CallID    looseText       `json:"call_id"`
	Name      looseText       `json:"name"`
	Namespace looseText       `json:"namespace"`
	Arguments looseText       `json:"arguments"`
	Input     looseText       `json:"input"`
	Output    json.RawMessage `json:"output"`
	// Result is the base64 of an image, Format its kind.
	Result looseText `json:"result"`
	Format looseText `json:"output_format"`
}

// wirePart is a part of an answer's item.
type wirePart struct {
	Type        looseText       `json:"type"`
	Text        looseText       `json:"text"`
	Refusal     looseText       `json:"refusal"`
	Annotations json.RawMessage `json:"annotations"`
}

type wireAnnotation struct {
	Type  looseText `json:"type"`
	URL   looseText `json:"url"`
	Title looseText `json:"title"`
	// Start and End are numbers; some servers send null.
	Start json.RawMessage `json:"start_index"`
	End   json.RawMessage `json:"end_index"`
}

// citation is the neutral form; nil for sources that are no pages, such as the
// files of a store that only OpenAI has.
func (a *wireAnnotation) citation() *dialect.Citation {
	if a.Type != "url_citation" || a.URL == "" {
		return nil
	}
	start, _ := peek.Int(a.Start)
	end, _ := peek.Int(a.End)
	return &dialect.Citation{URL: string(a.URL), Title: string(a.Title), Start: int(start), End: int(end)}
}

// citations are the pages that a text names as its sources.
func (p *wirePart) citations() []dialect.Citation {
	var list []wireAnnotation
	if len(p.Annotations) <= len("[]") || json.Unmarshal(p.Annotations, &list) != nil {
		return nil
	}
	var out []dialect.Citation
	for i := range list {
		if c := list[i].citation(); c != nil {
			out = append(out, *c)
		}
	}
	return out
}

// parts reads a list of parts; none for anything else.
func parts(raw json.RawMessage) []wirePart {
	var list []wirePart
	if len(raw) == 0 || raw[0] != '[' || json.Unmarshal(raw, &list) != nil {
		return nil
	}
	return list
}

// call is the neutral form of a whole call of a tool.
func (w *wireItem) call() *dialect.ToolCall {
	c := &dialect.ToolCall{ID: w.callID(), Name: string(w.Name), Args: string(w.Arguments)}
	if w.Type == itemCustom {
		c.Custom, c.Args = true, wrapInput(string(w.Input))
	}
	if strings.TrimSpace(c.Args) == "" {
		c.Args = "{}"
	}
	return c
}

// callID is what a result answers to; some local servers give nothing but the
// item's own id.
func (w *wireItem) callID() string {
	if w.CallID == "" {
		return string(w.ID)
	}
	return string(w.CallID)
}

// xaiSearch begins the ids of the searches that xAI ran itself, which it
// reports as calls of custom tools.
const xaiSearch = "xs_call"

// isCall reports whether the item is a call that the caller must answer.
func (w *wireItem) isCall() bool {
	return w.Type == itemCall || w.Type == itemCustom && !strings.HasPrefix(string(w.CallID), xaiSearch)
}

// summary joins the texts of a reasoning item: the summary, or the reasoning
// itself where a server shows it.
func (w *wireItem) summary() string {
	list := parts(w.Summary)
	if len(list) == 0 {
		list = parts(w.Content)
	}
	var texts []string
	for _, p := range list {
		if p.Text != "" {
			texts = append(texts, string(p.Text))
		}
	}
	return strings.Join(texts, paragraph)
}

// paragraph stands between the parts of a summary.
const paragraph = "\n\n"

// reasoning is the neutral form of a reasoning item; false when it holds
// nothing but a reference to what OpenAI keeps.
func (w *wireItem) reasoning() (dialect.Part, bool) {
	p := dialect.Part{Kind: dialect.PartReasoning, ID: string(w.ID), Text: w.summary()}
	if w.Encrypted == "" {
		return p, p.Text != ""
	}
	p.Signer = dialect.SignerOpenAI
	if p.Text == "" {
		p.Data = string(w.Encrypted)
	} else {
		p.Signature = string(w.Encrypted)
	}
	return p, true
}

// image is the neutral form of an image that the model made; nil when there is
// none in the item.
func (w *wireItem) image() *dialect.Part {
	if w.Type != itemImage || w.Result == "" {
		return nil
	}
	format := string(w.Format)
	if format == "" {
		format = "png"
	}
	return &dialect.Part{Kind: dialect.PartImage, ID: string(w.ID), Data: string(w.Result), MIME: "image/" + format}
}

// wrapInput makes the arguments of a custom tool's call from its text, after
// dialect.CustomSchema.
func wrapInput(text string) string {
	return string(append(peek.AppendString([]byte(`{"input":`), text), '}'))
}

// unwrapInput takes the text of a custom tool's call out of its arguments.
// What does not follow the schema is given as it is.
func unwrapInput(args string) string {
	if text, ok := peek.String(inner([]byte(strings.TrimSpace(args)), "input")); ok {
		return text
	}
	return args
}

// readUsage reads a raw usage object; nil when it counts nothing.
func readUsage(raw []byte) *dialect.Usage {
	fields := [...]peek.Field{
		{Key: "input_tokens"},
		{Key: "output_tokens"},
		{Key: "total_tokens"},
		{Key: "input_tokens_details"},
		{Key: "output_tokens_details"},
	}
	if len(raw) == 0 || raw[0] != '{' || peek.Object(raw, fields[:]) != nil {
		return nil
	}
	var u dialect.Usage
	var in, out bool
	u.In, in = peek.Int(fields[0].Raw(raw))
	u.Out, out = peek.Int(fields[1].Raw(raw))
	if !in && !out {
		return nil
	}
	details := fields[3].Raw(raw)
	u.CachedIn, _ = peek.Int(inner(details, "cached_tokens"))
	u.CacheWrite, _ = peek.Int(inner(details, "cache_write_tokens"))
	u.AudioIn, _ = peek.Int(inner(details, "audio_tokens"))
	u.ImageIn, _ = peek.Int(inner(details, "image_tokens"))
	u.ReasoningOut, _ = peek.Int(inner(fields[4].Raw(raw), "reasoning_tokens"))
	u.AudioOut, _ = peek.Int(inner(fields[4].Raw(raw), "audio_tokens"))
	u.ImageOut, _ = peek.Int(inner(fields[4].Raw(raw), "image_tokens"))
	// Some servers count reasoning beside the output: the total tells.
	if total, ok := peek.Int(fields[2].Raw(raw)); ok && u.ReasoningOut > 0 && total == u.In+u.Out+u.ReasoningOut {
		u.Out += u.ReasoningOut
	}
	return &u
}
