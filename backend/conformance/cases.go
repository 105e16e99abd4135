package conformance

import (
	"encoding/json"
	"fmt"
)

// The endpoints of a Case.
const (
	endpointChat       = "chat"
	endpointEmbeddings = "embeddings"
)

// The upstreams that replay. The unwell ones get an upstream of their own, so
// that their failures cool nobody else down.
const (
	upstreamOpenAI    = "replay-openai"
	upstreamAnthropic = "replay-anthropic"
	upstreamUnwell    = "replay-unwell"
)

// Case is one recording as a client meets it through the gateway.
type Case struct {
	ID       string `json:"id"`
	Provider string `json:"provider"`
	// Upstream is the configured upstream that replays it.
	Upstream string `json:"upstream"`
	Endpoint string `json:"endpoint"`
	Stream   bool   `json:"stream"`
	// Body is what the client sends, with Model as its model.
	Body     map[string]any `json:"body"`
	Model    string         `json:"model"`
	Features []string       `json:"features"`
	Want     Outcome        `json:"want"`
	// Dropped names what the recorded request holds that chat cannot say.
	Dropped []string `json:"dropped,omitempty"`
	record  *Record
}

// Anthropic reports whether the upstream speaks Anthropic.
func (c *Case) Anthropic() bool { return c.Upstream == upstreamAnthropic }

// Cases turns recordings with status 200 into cases.
func Cases(records []*Record) ([]*Case, error) {
	var cases []*Case
	for _, r := range records {
		if r.Response.Status != 200 {
			continue
		}
		c, err := newCase(r)
		if err != nil {
			return nil, fmt.Errorf("making a case of recording %s: %w", r.ID, err)
		}
		cases = append(cases, c)
	}
	return cases, nil
}

func newCase(r *Record) (*Case, error) {
	c := &Case{
		ID: r.ID, Provider: r.Provider, Upstream: upstreamOpenAI, Endpoint: endpointChat,
		Stream: r.Streamed(), Model: "rec-" + r.ID, Features: r.Features, record: r,
	}
	switch {
	case r.Dialect == dialectAnthropic:
		c.Upstream = upstreamAnthropic
	case r.Dialect == dialectEmbeddings:
		c.Endpoint = endpointEmbeddings
	case r.Has("stream_error") || r.Has("error_in_200"):
		c.Upstream = upstreamUnwell
	}
	if err := c.fillBody(); err != nil {
		return nil, err
	}
	c.Want = c.wanted()
	return c, nil
}

// fillBody makes the request: the recorded one, said in chat's words where it
// was not, or the least one that fits the answer.
func (c *Case) fillBody() error {
	body := map[string]any{}
	recorded := c.record.Request != nil && len(c.record.Request.Body) > 0
	if recorded {
		if err := json.Unmarshal(c.record.Request.Body, &body); err != nil {
			return fmt.Errorf("reading its body: %w", err)
		}
	}
	switch {
	case !recorded:
		body = c.leastBody()
	case c.Anthropic():
		body, c.Dropped = chatFromMessages(body)
	}
	body["model"] = c.Model
	if c.Endpoint == endpointChat {
		body["stream"] = c.Stream
	}
	if c.Stream && (c.Anthropic() || !recorded) {
		body["stream_options"] = map[string]any{"include_usage": true}
	}
	c.Body = body
	return nil
}

// leastBody is a request for an answer that was recorded without one.
func (c *Case) leastBody() map[string]any {
	if c.Endpoint == endpointChat {
		return map[string]any{"messages": []any{map[string]any{"role": "user", "content": "Hello."}}}
	}
	input := make([]any, max(c.record.Facts.Vectors, 1))
	for i := range input {
		input[i] = fmt.Sprintf("text %d", i+1)
	}
	return map[string]any{"input": input}
}

// asksUsage reports whether the caller will see usage: always in a plain
// answer, on request in a stream.
func (c *Case) asksUsage() bool {
	if !c.Stream {
		return true
	}
	options, _ := c.Body["stream_options"].(map[string]any)
	return options["include_usage"] == true
}

// wanted says the facts in OpenAI's words.
func (c *Case) wanted() Outcome {
	f := c.record.Facts
	if c.Upstream == upstreamUnwell {
		return Outcome{Failed: true}
	}
	if c.Endpoint == endpointEmbeddings {
		// An embeddings answer counts input only.
		usage := map[string]int64{"total": f.Usage["total"]}
		if in, ok := f.Usage["in"]; ok {
			usage["in"] = in
		}
		dims, _ := f.Dims.(float64)
		return Outcome{Model: c.Model, Vectors: f.Vectors, Dims: int(dims), First: f.First, Usage: usage}
	}
	out := Outcome{
		Model: c.Model, Text: f.Text, Reasoning: f.Reasoning, Calls: f.ToolCalls, Finish: f.Finish, Usage: f.Usage,
	}
	if c.Anthropic() {
		out.Finish = finishFromAnthropic(f.Finish)
		out.Usage = usageFromAnthropic(f.Usage)
	}
	if !c.asksUsage() {
		out.Usage = nil
	}
	return out
}

func finishFromAnthropic(reason string) string {
	words := map[string]string{
		"end_turn": "stop", "stop_sequence": "stop", "pause_turn": "stop",
		"max_tokens": "length", "model_context_window_exceeded": "length",
		"tool_use": "tool_calls", "refusal": "content_filter",
	}
	return words[reason]
}

// usageFromAnthropic adds the cached tokens, which Anthropic counts beside the
// input and OpenAI inside it.
func usageFromAnthropic(u map[string]int64) map[string]int64 {
	in := u["in"] + u["cached_in"] + u["cache_write"]
	out := map[string]int64{"in": in, "out": u["out"], "total": in + u["out"]}
	if cached := u["cached_in"]; cached > 0 {
		out["cached_in"] = cached
	}
	return out
}

// Kind is the row of the report a case is counted in.
func (c *Case) Kind() string {
	dialect := "OpenAI"
	if c.Anthropic() {
		dialect = "Anthropic"
	}
	switch {
	case c.Endpoint == endpointEmbeddings:
		return dialect + " embeddings"
	case c.Want.Failed:
		return dialect + " chat, error inside the answer"
	case c.Stream:
		return dialect + " chat, streamed"
	}
	return dialect + " chat, plain"
}
