package dialect_test

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/anthropic"
	"headwater/backend/internal/dialect/openai"
)

// record is one recorded call of a provider.
type record struct {
	ID       string   `json:"id"`
	Dialect  string   `json:"dialect"`
	Provider string   `json:"provider"`
	Features []string `json:"features"`
	Request  *struct {
		Body json.RawMessage `json:"body"`
	} `json:"request"`
	Response struct {
		Status int             `json:"status"`
		Body   json.RawMessage `json:"body"`
		Text   string          `json:"body_text"`
		SSE    string          `json:"sse"`
	} `json:"response"`
	Facts *facts `json:"facts"`
}

// facts is what a client must get out of the answer.
type facts struct {
	Text      string      `json:"text"`
	Reasoning string      `json:"reasoning"`
	Finish    string      `json:"finish"`
	ToolCalls []factCall  `json:"tool_calls"`
	Usage     *factUsage  `json:"usage"`
	Error     interface{} `json:"stream_error"`
}

type factCall struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Args string `json:"args"`
}

type factUsage struct {
	In         int64 `json:"in"`
	Out        int64 `json:"out"`
	CachedIn   int64 `json:"cached_in"`
	CacheWrite int64 `json:"cache_write"`
	Reasoning  int64 `json:"reasoning_out"`
}

func (r *record) has(feature string) bool {
	for _, f := range r.Features {
		if f == feature {
			return true
		}
	}
	return false
}

// recordings gives every record of a dialect; it skips the test where the
// recordings are not installed.
func recordings(t *testing.T, dialectName string, visit func(r *record)) {
	t.Helper()
	root := os.Getenv("HEADWATER_TESTDATA")
	if root == "" {
		t.Skip("SKIPPED: HEADWATER_TESTDATA is unset, the recorded provider traffic was not run")
	}
	files, err := filepath.Glob(filepath.Join(root, "traffic", "[a-z]*.jsonl.gz"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no recordings in %s: %v", root, err)
	}
	for _, file := range files {
		if err := readRecords(file, dialectName, visit); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
	}
}

func readRecords(file, dialectName string, visit func(r *record)) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	zr, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	lines := bufio.NewReaderSize(zr, 1<<20)
	want := `"dialect": "` + dialectName + `"`
	tight := `"dialect":"` + dialectName + `"`
	for {
		line, err := lines.ReadBytes('\n')
		if s := string(line[:min(len(line), 2000)]); strings.Contains(s, want) || strings.Contains(s, tight) {
			var r record
			if err := json.Unmarshal(line, &r); err != nil {
				return err
			}
			if r.Dialect == dialectName {
				visit(&r)
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// client is what a simple client of OpenAI's dialect reads: it knows nothing
// of the product's own decoders.
type client struct {
	text, reasoning, finish string
	calls                   []factCall
	usage                   *factUsage
	done, failed            bool
	model                   string
}

func (c *client) stream(t *testing.T, body []byte) {
	t.Helper()
	for event := range strings.SplitSeq(strings.ReplaceAll(string(body), "\r\n", "\n"), "\n\n") {
		for line := range strings.SplitSeq(event, "\n") {
			data, ok := strings.CutPrefix(line, "data:")
			if !ok {
				continue
			}
			if data = strings.TrimSpace(data); data == "[DONE]" {
				c.done = true
				continue
			}
			var chunk map[string]any
			if err := json.Unmarshal([]byte(data), &chunk); err != nil {
				t.Fatalf("the caller got %q: %v", data, err)
			}
			c.take(chunk, "delta")
		}
	}
}

func (c *client) plain(t *testing.T, body []byte) {
	t.Helper()
	var answer map[string]any
	if err := json.Unmarshal(body, &answer); err != nil {
		t.Fatalf("the caller got %q: %v", body, err)
	}
	c.take(answer, "message")
}

// take reads an answer or a chunk, first choice only.
func (c *client) take(m map[string]any, key string) {
	c.model, _ = m["model"].(string)
	if usage, ok := m["usage"].(map[string]any); ok {
		c.takeUsage(usage)
	} else if groq, ok := m["x_groq"].(map[string]any); ok {
		if usage, ok := groq["usage"].(map[string]any); ok {
			c.takeUsage(usage)
		}
	}
	choices, _ := m["choices"].([]any)
	for _, raw := range choices {
		choice, _ := raw.(map[string]any)
		if index, _ := choice["index"].(float64); index != 0 {
			continue
		}
		if f, ok := choice["finish_reason"].(string); ok && f != "" && c.finish == "" {
			c.finish = f
		}
		delta, _ := choice[key].(map[string]any)
		if delta == nil {
			delta, _ = choice["delta"].(map[string]any)
		}
		c.text += textOf(delta["content"], "text")
		c.reasoning += thoughtsOf(delta)
		c.takeCalls(delta)
		break
	}
}

func textOf(v any, kind string) string {
	switch v := v.(type) {
	case string:
		if kind == "text" {
			return v
		}
	case []any:
		var out strings.Builder
		for _, raw := range v {
			part, _ := raw.(map[string]any)
			if part["type"] != kind {
				continue
			}
			if kind == "thinking" {
				out.WriteString(textOf(part["thinking"], "text"))
			} else {
				s, _ := part["text"].(string)
				out.WriteString(s)
			}
		}
		return out.String()
	}
	return ""
}

func thoughtsOf(delta map[string]any) string {
	for _, key := range []string{"reasoning_content", "reasoning"} {
		if s, ok := delta[key].(string); ok && s != "" {
			return s
		}
	}
	return textOf(delta["content"], "thinking")
}

func (c *client) takeCalls(delta map[string]any) {
	calls, _ := delta["tool_calls"].([]any)
	for i, raw := range calls {
		call, _ := raw.(map[string]any)
		index := i
		if n, ok := call["index"].(float64); ok {
			index = int(n)
		} else {
			index += len(c.calls)
		}
		id, _ := call["id"].(string)
		fn, _ := call["function"].(map[string]any)
		name, _ := fn["name"].(string)
		args, _ := fn["arguments"].(string)
		if index >= len(c.calls) {
			c.calls = append(c.calls, factCall{ID: id, Name: name})
			index = len(c.calls) - 1
		}
		c.calls[index].Args += args
	}
}

func (c *client) takeUsage(m map[string]any) {
	number := func(m any, key string) int64 {
		fields, _ := m.(map[string]any)
		n, _ := fields[key].(float64)
		return int64(n)
	}
	c.usage = &factUsage{
		In: number(m, "prompt_tokens"), Out: number(m, "completion_tokens"),
		CachedIn:   number(m["prompt_tokens_details"], "cached_tokens"),
		CacheWrite: number(m["prompt_tokens_details"], "cache_write_tokens"),
		Reasoning:  number(m["completion_tokens_details"], "reasoning_tokens"),
	}
}

// tally counts equal answers and why others are not.
type tally struct {
	total, equal int
	reasons      map[string][]string
}

func (y *tally) add(id string, differences []string) {
	y.total++
	if len(differences) == 0 {
		y.equal++
		return
	}
	if y.reasons == nil {
		y.reasons = map[string][]string{}
	}
	why := strings.Join(differences, "; ")
	y.reasons[why] = append(y.reasons[why], id)
}

func (y *tally) report(t *testing.T, what string) {
	t.Helper()
	share := 100 * float64(y.equal) / float64(max(y.total, 1))
	t.Logf("%s: %d of %d answers equal, %.2f %%", what, y.equal, y.total, share)
	for why, ids := range y.reasons {
		t.Logf("  %d x %s: %s", len(ids), why, strings.Join(ids[:min(len(ids), 6)], " "))
	}
	if y.total == 0 || share < 99 {
		t.Errorf("%s: %.2f %% equal, want at least 99", what, share)
	}
}

// exchangeOf carries a recorded answer through an exchange into a client.
func exchangeOf(t *testing.T, r *record, x dialect.Exchange, size int) (c client, usage *dialect.Usage, err error) {
	t.Helper()
	if r.Response.SSE != "" {
		var out []byte
		out, usage, _, err = feed(x, r.Response.SSE, size)
		c.stream(t, out)
		return c, usage, err
	}
	body := []byte(r.Response.Body)
	if body == nil {
		body = []byte(r.Response.Text)
	}
	out, usage, err := x.Answer(nil, body)
	if err == nil {
		c.plain(t, out)
	}
	return c, usage, err
}

// differences compares what the client read with the facts. Finish reasons and
// usage are compared in the caller's dialect.
func differences(c client, want client) []string {
	var out []string
	if c.text != want.text {
		out = append(out, "text")
	}
	if c.reasoning != want.reasoning {
		out = append(out, "reasoning")
	}
	if c.finish != want.finish {
		out = append(out, "finish "+c.finish+" for "+want.finish)
	}
	if !sameCalls(c.calls, want.calls) {
		out = append(out, "tool calls")
	}
	if (c.usage == nil) != (want.usage == nil) || c.usage != nil && *c.usage != *want.usage {
		out = append(out, "usage")
	}
	return out
}

func sameCalls(a, b []factCall) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].ID != b[i].ID || a[i].Name != b[i].Name || !sameJSON(a[i].Args, b[i].Args) {
			return false
		}
	}
	return true
}

// sameJSON compares arguments as values, or as text where they are no JSON.
func sameJSON(a, b string) bool {
	var x, y any
	if json.Unmarshal([]byte(a), &x) != nil || json.Unmarshal([]byte(b), &y) != nil {
		return a == b
	}
	left, _ := json.Marshal(x)
	right, _ := json.Marshal(y)
	return string(left) == string(right)
}

func TestRecordedOpenAIAnswersPassThrough(t *testing.T) {
	var y tally
	recordings(t, "openai-chat", func(r *record) {
		if r.Response.Status >= 400 {
			d := openai.Outbound{}.ReadError(r.Response.Status, nil, r.Response.Body)
			if d.Message == "" || d.Reason == dialect.ReasonUnknown {
				y.add(r.ID, []string{"error not read"})
			} else {
				y.add(r.ID, nil)
			}
			return
		}
		for _, size := range []int{1 << 20, 97} {
			x := dialect.NewExchange(openai.Inbound{}, openai.Outbound{}, dialect.EncodeOptions{
				Endpoint: dialect.EndpointChat, Model: "the-route", StreamUsage: true,
			})
			c, usage, err := exchangeOf(t, r, x, size)
			y.add(r.ID, judgeOpenAI(r, c, usage, err))
		}
	})
	y.report(t, "OpenAI chat, passed through")
}

// judgeOpenAI compares what came through with the record's facts.
func judgeOpenAI(r *record, c client, usage *dialect.Usage, err error) []string {
	fault, _ := errors.AsType[*dialect.Fault](err)
	if r.has("error_in_200") || r.has("stream_error") {
		if fault == nil || fault.Malformed || fault.Truncated {
			return []string{"error inside a success not seen"}
		}
		return nil
	}
	if err != nil {
		return []string{err.Error()}
	}
	f := r.Facts
	want := client{text: f.Text, reasoning: f.Reasoning, finish: f.Finish, calls: f.ToolCalls, usage: c.usage}
	out := differences(c, want)
	if c.model != "the-route" && c.model != "" {
		out = append(out, "model "+c.model)
	}
	return append(out, usageDifferences(usage, f.Usage)...)
}

// usageDifferences compares the usage for the log with the facts.
func usageDifferences(got *dialect.Usage, want *factUsage) []string {
	if (got == nil) != (want == nil) {
		return []string{"usage missing or invented"}
	}
	if got == nil {
		return nil
	}
	out := got.Out == want.Out || got.Out == want.Out+want.Reasoning
	if got.In != want.In || !out || got.CachedIn != want.CachedIn || got.ReasoningOut != want.Reasoning {
		return []string{"usage"}
	}
	return nil
}

func TestRecordedAnthropicAnswersTranslateToOpenAI(t *testing.T) {
	var y tally
	recordings(t, "anthropic-messages", func(r *record) {
		if r.Response.Status >= 400 {
			d := anthropic.Outbound{}.ReadError(r.Response.Status, nil, r.Response.Body)
			if d.Message == "" || d.Reason == dialect.ReasonUnknown || r.Response.Status == 404 && d.Reason != dialect.ReasonNoModel {
				y.add(r.ID, []string{"error not read"})
			} else {
				y.add(r.ID, nil)
			}
			return
		}
		for _, size := range []int{1 << 20, 97} {
			x := dialect.NewExchange(openai.Inbound{}, anthropic.Outbound{}, dialect.EncodeOptions{
				Endpoint: dialect.EndpointChat, Model: "the-route", StreamUsage: true,
			})
			c, usage, err := exchangeOf(t, r, x, size)
			y.add(r.ID, judgeAnthropic(r, c, usage, err))
		}
	})
	y.report(t, "Anthropic messages, translated to OpenAI chat")
}

func judgeAnthropic(r *record, c client, usage *dialect.Usage, err error) []string {
	if err != nil {
		return []string{err.Error()}
	}
	f := r.Facts
	want := client{text: f.Text, reasoning: f.Reasoning, calls: f.ToolCalls, finish: map[string]string{
		"end_turn": "stop", "stop_sequence": "stop", "pause_turn": "stop", "max_tokens": "length",
		"model_context_window_exceeded": "length", "tool_use": "tool_calls", "refusal": "content_filter",
	}[f.Finish]}
	if f.Usage != nil {
		want.usage = &factUsage{In: f.Usage.In + f.Usage.CachedIn + f.Usage.CacheWrite, Out: f.Usage.Out, CachedIn: f.Usage.CachedIn, CacheWrite: f.Usage.CacheWrite}
		if c.usage != nil {
			// The facts do not count Anthropic's reasoning.
			want.usage.Reasoning = c.usage.Reasoning
		}
	}
	out := differences(c, want)
	if r.Response.SSE != "" && !c.done {
		out = append(out, "no [DONE]")
	}
	if c.model != "the-route" {
		out = append(out, "model "+c.model)
	}
	if (usage == nil) != (f.Usage == nil) {
		out = append(out, "usage missing or invented")
	}
	return out
}

// mirror gives Anthropic's dialect an inbound name, to try its pass-through.
type mirror struct{ openai.Inbound }

func (mirror) Name() string { return anthropic.Outbound{}.Name() }

func TestRecordedAnthropicAnswersPassThrough(t *testing.T) {
	recordings(t, "anthropic-messages", func(r *record) {
		if r.Response.Status >= 400 {
			return
		}
		x := dialect.NewExchange(mirror{}, anthropic.Outbound{}, dialect.EncodeOptions{Endpoint: dialect.EndpointChat, Model: "the-route"})
		var got, in string
		var usage *dialect.Usage
		var err error
		if in = r.Response.SSE; in != "" {
			var out []byte
			out, usage, _, err = feed(x, in, 61)
			got = string(out)
		} else {
			in = string(r.Response.Body)
			var out []byte
			out, usage, err = x.Answer(nil, r.Response.Body)
			got = string(out)
		}
		if err != nil {
			t.Errorf("%s: %v", r.ID, err)
			return
		}
		if !strings.Contains(got, `"the-route"`) || len(got) == len(in) && got == in {
			t.Errorf("%s: the model was not restored", r.ID)
		}
		if (usage == nil) != (r.Facts.Usage == nil) {
			t.Errorf("%s: usage %+v, want %+v", r.ID, usage, r.Facts.Usage)
		}
	})
}

func TestRecordedOpenAIRequestsTranslateToAnthropic(t *testing.T) {
	refused := map[string]int{}
	encoded := 0
	recordings(t, "openai-chat", func(r *record) {
		if r.Request == nil || len(r.Request.Body) == 0 || string(r.Request.Body) == "null" {
			return
		}
		req, err := openai.Inbound{}.Decode(dialect.EndpointChat, r.Request.Body)
		if err != nil {
			refused[err.Error()]++
			return
		}
		wire, err := anthropic.Outbound{}.Encode(req, "claude-sonnet-4-5")
		if err != nil {
			refused[err.Error()]++
			return
		}
		encoded++
		if problem := checkTurns(wire.Body); problem != "" {
			t.Errorf("%s: %s: %s", r.ID, problem, wire.Body)
		}
	})
	t.Logf("%d requests translated, refused: %v", encoded, refused)
	if encoded < 1000 {
		t.Errorf("only %d requests translated", encoded)
	}
}

// checkTurns checks the order that Anthropic demands; the empty text when it holds.
func checkTurns(body []byte) string {
	var req struct {
		MaxTokens int `json:"max_tokens"`
		Messages  []struct {
			Role    string           `json:"role"`
			Content []map[string]any `json:"content"`
		} `json:"messages"`
	}
	if err := json.Unmarshal(body, &req); err != nil {
		return err.Error()
	}
	if req.MaxTokens <= 0 || len(req.Messages) == 0 {
		return "no max_tokens or no messages"
	}
	open := map[any]bool{}
	for i, m := range req.Messages {
		if want := []string{"user", "assistant"}[i%2]; m.Role != want || len(m.Content) == 0 {
			return "a turn is out of order or empty"
		}
		results, others := 0, false
		next := map[any]bool{}
		for _, b := range m.Content {
			switch b["type"] {
			case "text":
				if s, _ := b["text"].(string); strings.TrimSpace(s) == "" {
					return "a blank text"
				}
				others = true
			case "tool_use":
				next[b["id"]] = true
			case "tool_result":
				if !open[b["tool_use_id"]] || others {
					return "a result without its call, or not first"
				}
				results++
			default:
				others = true
			}
		}
		if results != len(open) {
			return "a call without its result"
		}
		open = next
	}
	if len(open) > 0 {
		return "the last calls have no results"
	}
	return ""
}
