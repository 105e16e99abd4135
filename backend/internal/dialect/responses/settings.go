package responses

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

// setting is a field of the request that its answer repeats.
type setting struct {
	key string
	// raw is what was in force as the neutral form knows it; nil means null.
	raw []byte
	// without is what was in force where the upstream was not told of the field;
	// names are those by which that is known, beside the key.
	without []byte
	names   []string
}

// settingsOf gives the members of the answer that repeat the request: as they
// stand in its body where that is at hand and the upstream was told of them, else
// as the neutral form knows them, else OpenAI's defaults.
func settingsOf(opts *dialect.EncodeOptions) []byte {
	req := opts.Request
	if req == nil {
		req = &dialect.Request{}
	}
	var sent map[string]json.RawMessage
	if len(opts.Body) > 0 {
		// A body that cannot be read was refused before it was answered.
		_ = json.Unmarshal(opts.Body, &sent)
	}
	var out []byte
	for _, s := range settings(req, opts.Dropped) {
		raw := sent[s.key]
		switch {
		case s.lost(opts.Dropped):
			raw = s.without
		case !isSet(raw):
			raw = s.raw
		}
		if raw == nil {
			raw = []byte("null")
		}
		out = append(append(append(append(out, `,"`...), s.key...), `":`...), raw...)
	}
	return out
}

// settings are all that an answer repeats, in OpenAI's order.
func settings(req *dialect.Request, dropped []string) []setting {
	var user []byte
	if req.User != "" {
		user = peek.AppendString(nil, req.User)
	}
	format, effort := req.Format, changeOf(dropped, "reasoning_effort")
	if slices.Contains(dropped, "response_format") {
		format = dialect.Format{}
	}
	verbosity := req.Kin.Verbosity
	if slices.Contains(dropped, droppedVerbosity) {
		verbosity = ""
	}
	bound, _ := strconv.Atoi(changeOf(dropped, "max_tokens"))
	text, tools := textEcho(format, verbosity), toolsEcho(req.Tools, !slices.Contains(dropped, "tools[].strict"))
	yes, one, zero := []byte("true"), []byte("1"), []byte("0")
	return []setting{
		{key: "instructions"},
		{key: "max_output_tokens", raw: number(req.MaxTokens), without: number(bound), names: []string{"max_tokens"}},
		{key: "max_tool_calls"},
		{key: "parallel_tool_calls", raw: orElse(req.ParallelTools, "true"), without: yes},
		{key: "previous_response_id"},
		{key: "prompt_cache_key"},
		{key: "reasoning", raw: reasoningEcho(req, req.Effort), without: reasoningEcho(req, effort), names: []string{"reasoning_effort"}},
		{key: "safety_identifier"},
		{key: "service_tier", raw: []byte(`"default"`), without: []byte(`"default"`)},
		{key: "store", raw: yes, without: yes},
		{key: "temperature", raw: orElse(req.Temperature, "1"), without: one},
		{key: "text", raw: text, without: text, names: []string{"response_format", "verbosity"}},
		{key: "tool_choice", raw: choiceEcho(req), without: []byte(`"auto"`)},
		{key: "tools", raw: tools, without: tools},
		{key: "top_logprobs", raw: zero, without: zero},
		{key: "top_p", raw: orElse(req.TopP, "1"), without: one},
		{key: "truncation", raw: []byte(`"disabled"`), without: []byte(`"disabled"`)},
		{key: "user", raw: user},
		{key: "metadata", raw: []byte("{}"), without: []byte("{}")},
	}
}

// lost reports whether the upstream was not told of a field as it was sent.
func (s *setting) lost(dropped []string) bool {
	return slices.ContainsFunc(dropped, func(name string) bool {
		if at := strings.IndexAny(name, ".[ "); at > 0 { // a part of it, or how it was changed
			name = name[:at]
		}
		return name == s.key || slices.Contains(s.names, name)
	})
}

// changeOf is what a dropped field was changed to, as its name tells: "16" in
// "max_tokens (raised to 16)", "low" in "reasoning_effort (low for minimal)".
// Empty where it was left out.
func changeOf(dropped []string, name string) string {
	for _, d := range dropped {
		words, ok := strings.CutPrefix(d, name+" (")
		if !ok {
			continue
		}
		words = strings.TrimSuffix(words, ")")
		if value, _, ok := strings.Cut(words, " for "); ok {
			return value
		}
		if _, value, ok := strings.Cut(words, " to "); ok {
			return value
		}
	}
	return ""
}

func number(n int) []byte {
	if n == 0 {
		return nil
	}
	return mustJSON(n)
}

// orElse renders a value that the caller may have left to its default.
func orElse[T any](v *T, other string) []byte {
	if v == nil {
		return []byte(other)
	}
	return mustJSON(v)
}

func reasoningEcho(req *dialect.Request, effort string) []byte {
	var r struct {
		Effort  *string `json:"effort"`
		Summary *string `json:"summary"`
	}
	if effort != "" {
		r.Effort = &effort
	}
	if effort != effortNone && req.ShowThoughts != nil && *req.ShowThoughts {
		auto := "auto"
		r.Summary = &auto
	}
	return mustJSON(r)
}

func textEcho(f dialect.Format, verbosity string) []byte {
	out := formatOut(f)
	if out == nil {
		out = &outText{Format: &outFormat{Type: "text"}}
	}
	out.Verbosity = verbosity
	return mustJSON(out)
}

func choiceEcho(req *dialect.Request) []byte {
	e := encoding{req: req}
	if c := e.choice(); c != nil {
		return mustJSON(c)
	}
	return []byte(`"auto"`)
}

// toolsEcho repeats the tools with all the fields that OpenAI's SDKs promise;
// strict is false where the upstream could not be told to be.
func toolsEcho(tools []dialect.Tool, strict bool) []byte {
	type function struct {
		Type        string          `json:"type"`
		Name        string          `json:"name"`
		Description *string         `json:"description"`
		Parameters  json.RawMessage `json:"parameters"`
		Strict      bool            `json:"strict"`
	}
	list := make([]any, 0, len(tools))
	for _, t := range tools {
		if t.Custom {
			w := toolOut(t)
			if w.Format == nil {
				w.Format = json.RawMessage(`{"type":"text"}`)
			}
			list = append(list, w)
			continue
		}
		f := function{"function", t.Name, nil, t.Schema, strict && (t.Strict == nil || *t.Strict)}
		if t.Description != "" {
			f.Description = &t.Description
		}
		list = append(list, f)
	}
	return mustJSON(list)
}
