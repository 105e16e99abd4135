package bedrock

import (
	"encoding/json"
	"strings"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

// answer is a whole answer on the wire.
type answer struct {
	Output *struct {
		Message *struct {
			Content []block `json:"content"`
		} `json:"message"`
	} `json:"output"`
	StopReason string     `json:"stopReason"`
	Usage      *usage     `json:"usage"`
	More       moreFields `json:"additionalModelResponseFields"`
}

// moreFields are what we ask of the model beside the common answer: Claude
// tells which stop text it met, in a stream one level deeper.
type moreFields struct {
	StopSequence *string `json:"stop_sequence"`
	Delta        struct {
		StopSequence *string `json:"stop_sequence"`
	} `json:"delta"`
}

func (m *moreFields) stopSequence() string {
	for _, s := range []*string{m.StopSequence, m.Delta.StopSequence} {
		if s != nil {
			return *s
		}
	}
	return ""
}

// block is one content block of an answer; one of its fields is set.
type block struct {
	Text      *string    `json:"text"`
	Reasoning *reasoning `json:"reasoningContent"`
	ToolUse   *toolUse   `json:"toolUse"`
	Citations *struct {
		Content   []textOnly `json:"content"`
		Citations []citation `json:"citations"`
	} `json:"citationsContent"`
	Image *media `json:"image"`
	Video *media `json:"video"`
	Audio *media `json:"audio"`
}

type textOnly struct {
	Text string `json:"text"`
}

type reasoning struct {
	Text *struct {
		Text      string `json:"text"`
		Signature string `json:"signature"`
	} `json:"reasoningText"`
	Redacted string `json:"redactedContent"`
}

type toolUse struct {
	ID    string          `json:"toolUseId"`
	Name  string          `json:"name"`
	Input json.RawMessage `json:"input"`
	// Type is set for a call that the server carries out itself.
	Type string `json:"type"`
}

// isServers reports whether the server carries the call out itself: it is
// nothing for the caller to do.
func (u *toolUse) isServers() bool { return strings.HasPrefix(u.Type, "server_") }

// media is an image, a video or audio that a model made.
type media struct {
	Format string `json:"format"`
	Source struct {
		Bytes string `json:"bytes"`
		S3    struct {
			URI string `json:"uri"`
		} `json:"s3Location"`
	} `json:"source"`
}

// citation is a source of a text. Where it lies in the source is not carried;
// where the citing text lies is not told.
type citation struct {
	Title    string     `json:"title"`
	Source   string     `json:"source"`
	Content  []textOnly `json:"sourceContent"`
	Location struct {
		Web struct {
			URL    string `json:"url"`
			Domain string `json:"domain"`
		} `json:"web"`
	} `json:"location"`
}

func (c *citation) neutral() dialect.Citation {
	out := dialect.Citation{URL: c.Location.Web.URL, Title: c.Title}
	if out.URL == "" && strings.Contains(c.Source, "://") {
		out.URL = c.Source
	}
	if out.Title == "" {
		out.Title = c.Location.Web.Domain
	}
	for _, t := range c.Content {
		out.Cited += t.Text
	}
	return out
}

// usage counts tokens; what was read from or written to a cache is beside In.
type usage struct {
	In         *int64 `json:"inputTokens"`
	Out        *int64 `json:"outputTokens"`
	CacheRead  int64  `json:"cacheReadInputTokens"`
	CacheWrite int64  `json:"cacheWriteInputTokens"`
}

// neutral is nil where nothing was counted.
func (u *usage) neutral() *dialect.Usage {
	if u == nil || u.In == nil && u.Out == nil {
		return nil
	}
	out := &dialect.Usage{In: u.CacheRead + u.CacheWrite, CachedIn: u.CacheRead, CacheWrite: u.CacheWrite}
	if u.In != nil {
		out.In += *u.In
	}
	if u.Out != nil {
		out.Out = *u.Out
	}
	return out
}

// Answer reads a whole answer.
func (d *decoder) Answer(body []byte) (*dialect.Answer, error) {
	var w answer
	if err := json.Unmarshal(body, &w); err != nil {
		return nil, malformed("reading the answer: " + err.Error())
	}
	if w.Output == nil || w.Output.Message == nil {
		if detail := dialect.AmazonError(0, nil, body); detail.Message != "" {
			return nil, &dialect.Fault{Detail: detail}
		}
		return nil, malformed("the answer has no message")
	}
	choice := dialect.Choice{Parts: partsOf(w.Output.Message.Content), StopSequence: w.More.stopSequence()}
	tools := false
	for i := range choice.Parts {
		tools = tools || choice.Parts[i].Kind == dialect.PartToolCall
	}
	choice.Finish = finishOf(w.StopReason, tools)
	return &dialect.Answer{Choices: []dialect.Choice{choice}, Usage: w.Usage.neutral()}, nil
}

func partsOf(blocks []block) []dialect.Part {
	var parts []dialect.Part
	for i := range blocks {
		if p := blocks[i].part(); p.Kind != "" {
			parts = append(parts, p)
		}
	}
	// What cites a source without words of its own belongs to the text before.
	out := parts[:0]
	for _, p := range parts {
		last := len(out) - 1
		if p.Kind == dialect.PartText && p.Text == "" && last >= 0 && out[last].Kind == dialect.PartText {
			out[last].Citations = append(out[last].Citations, p.Citations...)
			continue
		}
		out = append(out, p)
	}
	return out
}

// part is the neutral form of a block; without a kind when it has none.
func (b *block) part() dialect.Part {
	switch {
	case b.Text != nil:
		return dialect.Part{Kind: dialect.PartText, Text: *b.Text}
	case b.Reasoning != nil:
		return b.Reasoning.part()
	case b.ToolUse != nil && !b.ToolUse.isServers():
		return b.ToolUse.part()
	case b.Citations != nil:
		p := dialect.Part{Kind: dialect.PartText}
		for _, t := range b.Citations.Content {
			p.Text += t.Text
		}
		for i := range b.Citations.Citations {
			p.Citations = append(p.Citations, b.Citations.Citations[i].neutral())
		}
		return p
	case b.Image != nil:
		return b.Image.part(dialect.PartImage, "image/")
	case b.Video != nil:
		return b.Video.part(dialect.PartVideo, "video/")
	case b.Audio != nil:
		return b.Audio.part(dialect.PartAudio, "audio/")
	}
	return dialect.Part{}
}

func (u *toolUse) part() dialect.Part {
	if u.answers() {
		return dialect.Part{Kind: dialect.PartText, Text: argsOf(u.Input)}
	}
	return dialect.Part{Kind: dialect.PartToolCall, Call: &dialect.ToolCall{ID: u.ID, Name: u.Name, Args: argsOf(u.Input)}}
}

func (r *reasoning) part() dialect.Part {
	p := dialect.Part{Kind: dialect.PartReasoning, Data: r.Redacted}
	if r.Text != nil {
		p.Text, p.Signature = r.Text.Text, r.Text.Signature
	}
	// Of the models on Bedrock only Claude signs.
	if p.Data != "" || p.Signature != "" {
		p.Signer = dialect.SignerAnthropic
	}
	return p
}

func (m *media) part(kind dialect.PartKind, family string) dialect.Part {
	return dialect.Part{Kind: kind, MIME: family + m.Format, Data: m.Source.Bytes, URL: m.Source.S3.URI}
}

// argsOf is the input of a call as JSON text. Some models give the text itself.
func argsOf(input json.RawMessage) string {
	if text, ok := peek.String(input); ok {
		if strings.TrimSpace(text) == "" {
			return "{}"
		}
		return text
	}
	if len(input) == 0 || string(input) == "null" {
		return "{}"
	}
	return string(input)
}

// finishOf maps Bedrock's reasons. A turn that called tools is one of tools,
// whatever it says.
func finishOf(reason string, tools bool) string {
	switch reason {
	case "max_tokens", "model_context_window_exceeded":
		return dialect.FinishLength
	case "guardrail_intervened", "content_filtered":
		return dialect.FinishFilter
	case "tool_use", "malformed_tool_use":
		if tools {
			return dialect.FinishTools
		}
		return dialect.FinishStop
	}
	switch {
	case tools:
		return dialect.FinishTools
	case reason == "":
		return dialect.FinishUnknown
	}
	return dialect.FinishStop
}
