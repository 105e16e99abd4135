package dialect_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/anthropic"
	"headwater/backend/internal/dialect/bedrock"
	"headwater/backend/internal/dialect/cohere"
	"headwater/backend/internal/dialect/dialecttest"
	"headwater/backend/internal/dialect/gemini"
	"headwater/backend/internal/dialect/ollama"
	"headwater/backend/internal/dialect/openai"
	"headwater/backend/internal/dialect/responses"
)

// upstreamRow is one dialect as upstreams speak it, with its recordings.
type upstreamRow struct {
	name     string
	recorded []string
	out      dialect.Outbound
	// finishes maps the vendor's words to the neutral ones; a word that is not
	// there is a stop.
	finishes map[string]string
	// usage is what the vendor's counts are in the neutral form.
	usage func(u dialecttest.Usage) dialect.Usage
	// refusal finds what the facts do not tell: the words of a refusal; nil
	// where the facts tell all.
	refusal func(r *dialecttest.Record) string
	// reasoning finds the same of reasoning; nil where the facts tell all.
	reasoning func(r *dialecttest.Record) string
}

// callerRow is one dialect as callers speak it, with its reader.
type callerRow struct {
	name   string
	in     dialect.Inbound
	reader dialecttest.Reader
	op     dialect.Operation
	// finishes maps the neutral words to those the caller may get.
	finishes map[string][]string
	// usage is what the caller reads where the neutral counts are u.
	usage func(u dialect.Usage) dialecttest.Usage
	// refusals is true where a refusal stands apart from the text.
	refusals bool
	// sources is true where the sources of a text have a place.
	sources bool
	// objects is true where arguments are JSON values, not texts.
	objects bool
	// ids tells the ids of calls that can be carried; others are replaced.
	ids func(id string) bool
	// wantsUsage is true where usage must be told though nobody counted.
	wantsUsage bool
}

// upstreams are the rows of the matrix.
func upstreams() []upstreamRow {
	plain := func(u dialecttest.Usage) dialect.Usage {
		return dialect.Usage{In: u.In, Out: u.Out, CachedIn: u.CachedIn, CacheWrite: u.CacheWrite, ReasoningOut: u.Reasoning}
	}
	cacheBeside := func(u dialecttest.Usage) dialect.Usage {
		n := plain(u)
		n.In += u.CachedIn + u.CacheWrite
		return n
	}
	thoughtsBeside := func(u dialecttest.Usage) dialect.Usage {
		n := plain(u)
		n.Out += u.Reasoning
		return n
	}
	return []upstreamRow{
		{
			name: "openai", recorded: []string{"openai-chat"}, out: openai.Outbound{}, usage: plain,
			finishes: map[string]string{"length": "length", "content_filter": "content_filter", "tool_calls": "tool_calls", "function_call": "tool_calls"},
		},
		{
			name: "anthropic", recorded: []string{"anthropic-messages"}, out: anthropic.Outbound{}, usage: cacheBeside, refusal: anthropicRefusal,
			finishes: map[string]string{"max_tokens": "length", "model_context_window_exceeded": "length", "tool_use": "tool_calls", "refusal": "content_filter"},
		},
		{
			name: "responses", recorded: []string{"openai-responses"}, out: responses.Outbound{}, usage: plain, refusal: responsesRefusal,
			finishes: map[string]string{"incomplete": "length"},
		},
		{
			name: "gemini", recorded: []string{"gemini-generate", "gemini-stream"}, out: gemini.Outbound{}, usage: thoughtsBeside,
			finishes: map[string]string{"MAX_TOKENS": "length", "SAFETY": "content_filter", "RECITATION": "content_filter"},
		},
		{
			name: "bedrock", recorded: []string{"bedrock-converse", "bedrock-converse-stream"}, out: bedrock.Outbound{}, usage: cacheBeside,
			finishes: map[string]string{
				"max_tokens": "length", "model_context_window_exceeded": "length", "tool_use": "tool_calls",
				"guardrail_intervened": "content_filter", "content_filtered": "content_filter",
			},
		},
		{
			name: "cohere", recorded: []string{"cohere-chat-v2"}, out: cohere.Outbound{}, usage: plain, reasoning: coherePlan,
			finishes: map[string]string{"MAX_TOKENS": "length", "TOOL_CALL": "tool_calls"},
		},
		{
			name: "ollama", recorded: []string{"ollama-chat"}, out: ollama.Outbound{}, usage: plain,
			finishes: map[string]string{"length": "length"},
		},
	}
}

// textsIn are the JSON texts that a pattern finds in the answer's body, in order.
func textsIn(r *dialecttest.Record, pattern *regexp.Regexp) []string {
	body, _ := r.Stream()
	if body == nil {
		body = r.Plain()
	}
	var out []string
	for _, m := range pattern.FindAllSubmatch(body, -1) {
		var text string
		if json.Unmarshal(m[1], &text) == nil {
			out = append(out, text)
		}
	}
	return out
}

var (
	explanation = regexp.MustCompile(`"stop_details":\s*\{[^{}]*"explanation":\s*("(?:[^"\\]|\\.)*")`)
	refusalText = regexp.MustCompile(`"refusal":\s*("(?:[^"\\]|\\.)*")`)
	toolPlan    = regexp.MustCompile(`"tool_plan":\s*("(?:[^"\\]|\\.)*")`)
)

// anthropicRefusal is why Claude refused, which stands apart from the content.
func anthropicRefusal(r *dialecttest.Record) string {
	return strings.Join(textsIn(r, explanation), "")
}

// responsesRefusal is the last refusal that the answer tells of: the whole.
func responsesRefusal(r *dialecttest.Record) string {
	if all := textsIn(r, refusalText); len(all) > 0 {
		return all[len(all)-1]
	}
	return ""
}

// coherePlan is what the model thought before it called a tool.
func coherePlan(r *dialecttest.Record) string { return strings.Join(textsIn(r, toolPlan), "") }

var anthropicID = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,64}$`)

// callers are the columns of the matrix.
func callers() []callerRow {
	chat := dialect.Operation{Endpoint: dialect.EndpointChat}
	anyID := func(string) bool { return true }
	all := func(u dialect.Usage) dialecttest.Usage {
		return dialecttest.Usage{In: u.In, Out: u.Out, Total: u.In + u.Out, CachedIn: u.CachedIn, CacheWrite: u.CacheWrite, Reasoning: u.ReasoningOut}
	}
	return []callerRow{
		{
			name: "openai", in: openai.Inbound{}, reader: dialecttest.OpenAI{}, op: chat, usage: all, refusals: true, sources: true, ids: anyID,
			finishes: map[string][]string{"stop": {"stop"}, "length": {"length"}, "tool_calls": {"tool_calls"}, "content_filter": {"content_filter"}},
		},
		{
			name: "anthropic", in: anthropic.Inbound{}, reader: dialecttest.Anthropic{}, op: chat, objects: true, ids: anthropicID.MatchString, wantsUsage: true, sources: true,
			finishes: map[string][]string{
				"stop": {"end_turn", "stop_sequence"}, "length": {"max_tokens"}, "tool_calls": {"tool_use"}, "content_filter": {"refusal"},
			},
			usage: func(u dialect.Usage) dialecttest.Usage {
				return dialecttest.Usage{In: max(u.In-u.CachedIn-u.CacheWrite, 0), Out: u.Out, CachedIn: u.CachedIn, CacheWrite: u.CacheWrite, Reasoning: u.ReasoningOut}
			},
		},
		{
			name: "responses", in: responses.Inbound{}, reader: dialecttest.Responses{}, op: chat, usage: all, refusals: true, sources: true, ids: anyID,
			finishes: map[string][]string{
				"stop": {"completed"}, "length": {"incomplete:max_output_tokens"}, "tool_calls": {"completed"}, "content_filter": {"incomplete:content_filter"},
			},
		},
		geminiCaller("gemini", dialecttest.Gemini{}, chat),
		geminiCaller("gemini-list", dialecttest.Gemini{List: true}, dialect.Operation{Endpoint: dialect.EndpointChat, List: true}),
		{
			name: "ollama", in: ollama.Inbound{}, reader: dialecttest.Ollama{}, op: chat, objects: true, ids: func(string) bool { return false },
			finishes: map[string][]string{"stop": {"stop"}, "length": {"length"}, "tool_calls": {"stop"}, "content_filter": {"stop", "content_filter"}},
			usage: func(u dialect.Usage) dialecttest.Usage {
				return dialecttest.Usage{In: u.In, Out: u.Out, Total: u.In + u.Out}
			},
		},
	}
}

// geminiCaller is a caller of Gemini's dialect, with events or with a list.
func geminiCaller(name string, reader dialecttest.Gemini, op dialect.Operation) callerRow {
	return callerRow{
		name: name, in: gemini.Inbound{}, reader: reader, op: op, objects: true, sources: true, ids: func(string) bool { return true },
		finishes: map[string][]string{"stop": {"STOP"}, "length": {"MAX_TOKENS"}, "tool_calls": {"STOP"}, "content_filter": {"SAFETY"}},
		usage: func(u dialect.Usage) dialecttest.Usage {
			return dialecttest.Usage{In: u.In, Out: u.Out - u.ReasoningOut, Total: u.In + u.Out, CachedIn: u.CachedIn, Reasoning: u.ReasoningOut}
		},
	}
}

// options are what an exchange of a pair is made with.
func (c callerRow) options(framing dialect.Framing, stream bool) dialect.EncodeOptions {
	op := c.op
	op.Stream, op.List = stream, stream && op.List
	return dialect.EncodeOptions{
		Op: op, Stream: stream, Model: "the-route", StreamUsage: true, RequestID: "req_1", Framing: framing,
		Request: &dialect.Request{Endpoint: dialect.EndpointChat, Model: "the-route", Stream: stream, StreamUsage: true, ShowThoughts: new(true)},
	}
}

// finish is the neutral form of what the vendor said at the end of a turn.
func (u upstreamRow) finish(f *dialecttest.Facts) string {
	word := u.finishes[f.Finish]
	switch {
	case word == "" && len(f.ToolCalls) > 0:
		return dialect.FinishTools
	case word == "":
		return dialect.FinishStop
	}
	return word
}

// carries is true where the caller must see an id of a call as it is.
func (c callerRow) carries(id string) bool { return id != "" && c.ids(id) }

// accepts is true where the caller's word says what the neutral one does.
func (c callerRow) accepts(neutral, word string) bool {
	return slices.Contains(c.finishes[neutral], word)
}

// recorded are the recordings of requests in the caller's dialect.
func (c callerRow) recorded() []string {
	for _, up := range upstreams() {
		if up.name == c.name {
			return up.recorded
		}
	}
	return nil
}

// framing is how the dialect's streams are cut into events.
func (u upstreamRow) framing() dialect.Framing {
	switch u.name {
	case "ollama":
		return dialect.FramingLines
	case "bedrock":
		return dialect.FramingAWS
	}
	return dialect.FramingSSE
}

func (c callerRow) framing() dialect.Framing { return upstreamRow{name: c.name}.framing() }
