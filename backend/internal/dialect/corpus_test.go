package dialect_test

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
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
	Text      string     `json:"text"`
	Reasoning string     `json:"reasoning"`
	Finish    string     `json:"finish"`
	ToolCalls []factCall `json:"tool_calls"`
	Usage     *factUsage `json:"usage"`
}

type factCall struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Args string `json:"args"`
}

// factUsage is how the provider counts; nil in facts that have no counts.
type factUsage struct {
	In         int64 `json:"in"`
	Out        int64 `json:"out"`
	Total      int64 `json:"total"`
	CachedIn   int64 `json:"cached_in"`
	CacheWrite int64 `json:"cache_write"`
	Reasoning  int64 `json:"reasoning_out"`
}

// UnmarshalJSON leaves the usage of a record that has none nil.
func (f *facts) UnmarshalJSON(raw []byte) error {
	type plain facts
	if err := json.Unmarshal(raw, (*plain)(f)); err != nil {
		return err
	}
	var counts struct {
		Usage map[string]any `json:"usage"`
	}
	if err := json.Unmarshal(raw, &counts); err != nil {
		return err
	}
	if len(counts.Usage) == 0 {
		f.Usage = nil
	}
	return nil
}

func (r *record) has(feature string) bool {
	return slices.Contains(r.Features, feature)
}

// recordings gives every record of a dialect; it skips the test where the
// recordings are not installed.
func recordings(t *testing.T, dialectName string, visit func(r *record)) {
	t.Helper()
	if os.Getenv("HEADWATER_TESTDATA") == "" {
		t.Skip("SKIPPED: HEADWATER_TESTDATA is unset, the recorded provider traffic was not run")
	}
	all, err := traffic()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range all[dialectName] {
		visit(r)
	}
}

// traffic reads the recordings once for all tests.
var traffic = sync.OnceValues(func() (map[string][]*record, error) {
	files, err := filepath.Glob(filepath.Join(os.Getenv("HEADWATER_TESTDATA"), "traffic", "[a-z]*.jsonl.gz"))
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("no recordings found: %w", err)
	}
	all := map[string][]*record{}
	for _, file := range files {
		if err := readRecords(file, all); err != nil {
			return nil, fmt.Errorf("reading %s: %w", file, err)
		}
	}
	return all, nil
})

// readRecords adds the records of one file. Lines reach 1.5 MB.
func readRecords(file string, all map[string][]*record) error {
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
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 && wanted(line) {
			r := &record{}
			if err := json.Unmarshal(line, r); err != nil {
				return err
			}
			all[r.Dialect] = append(all[r.Dialect], r)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// wanted spares the decoding of records of other dialects.
func wanted(line []byte) bool {
	head := string(line[:min(len(line), 2000)])
	for _, name := range []string{"openai-chat", "openai-embeddings", "anthropic-messages"} {
		if strings.Contains(head, `"`+name+`"`) {
			return true
		}
	}
	return false
}

// client is what a simple client of OpenAI's dialect reads: it knows nothing
// of the product's own decoders.
type client struct {
	text, reasoning, finish string
	calls                   []factCall
	usage                   *factUsage
	done                    bool
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
	case map[string]any: // content that is the JSON answer itself
		if kind == "text" {
			text, _ := json.Marshal(v)
			return string(text)
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
	if legacy, ok := delta["function_call"].(map[string]any); ok && legacy["name"] != "" {
		calls = append(calls, map[string]any{"function": legacy})
	}
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
		if index >= len(c.calls) || id != "" && id != c.calls[index].ID {
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
	if c.text != want.text && !(strings.HasPrefix(c.text, "{") && sameJSON(c.text, want.text)) {
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

// TestRecordedOpenAIAnswersChangeTheirForm sends every stream out as a plain
// answer and every plain answer as a stream, through the neutral form.
func TestRecordedOpenAIAnswersChangeTheirForm(t *testing.T) {
	var y tally
	recordings(t, "openai-chat", func(r *record) {
		if r.Response.Status >= 400 {
			return
		}
		x := dialect.NewExchange(openai.Inbound{}, openai.Outbound{}, dialect.EncodeOptions{
			Endpoint: dialect.EndpointChat, Model: "the-route", StreamUsage: true,
		})
		var c client
		var out []byte
		var usage *dialect.Usage
		var err error
		if r.Response.SSE != "" {
			if out, usage, err = x.StreamAsAnswer(nil, []byte(r.Response.SSE)); err == nil {
				c.plain(t, out)
			}
		} else if out, usage, err = x.AnswerAsStream(nil, r.Response.Body); err == nil {
			c.stream(t, out)
		}
		y.add(r.ID, judgeNeutral(r, c, usage, err))
	})
	y.report(t, "OpenAI chat, stream to plain and back")
}

// judgeNeutral compares after the neutral form has put right what upstreams
// say in their own words.
func judgeNeutral(r *record, c client, usage *dialect.Usage, err error) []string {
	if r.Facts != nil {
		f := *r.Facts
		switch {
		case f.Finish == "function_call" || len(f.ToolCalls) > 0 && f.Finish != "length":
			f.Finish = "tool_calls"
		case f.Finish == "" || f.Finish == "eos" || f.Finish == "abort":
			f.Finish = "stop"
		}
		for i := range f.ToolCalls {
			if f.ToolCalls[i].Args == "" {
				f.ToolCalls[i].Args = "{}"
			}
			if i < len(c.calls) && f.ToolCalls[i].ID == "" {
				f.ToolCalls[i].ID = c.calls[i].ID
			}
		}
		changed := *r
		changed.Facts = &f
		r = &changed
	}
	return judgeOpenAI(r, c, usage, err)
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
	// The facts know one name for cached tokens; some providers use others.
	cached := got.CachedIn == want.CachedIn || want.CachedIn == 0
	in := got.In == want.In || want.In == 0 && got.In == want.Total
	if !in || !out || !cached || got.ReasoningOut != want.Reasoning {
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

func TestRecordedEmbeddingsPassThroughAndDecode(t *testing.T) {
	n := 0
	recordings(t, "openai-embeddings", func(r *record) {
		if r.Response.Status >= 400 {
			return
		}
		n++
		opts := dialect.EncodeOptions{Endpoint: dialect.EndpointEmbeddings, Model: "the-route"}
		out, usage, err := dialect.NewExchange(openai.Inbound{}, openai.Outbound{}, opts).Answer(nil, r.Response.Body)
		if err != nil || len(usageDifferences(usage, r.Facts.Usage)) > 0 {
			t.Errorf("%s: usage %+v, want %+v, %v", r.ID, usage, r.Facts.Usage, err)
		}
		a, err := openai.Outbound{}.Decoder(dialect.EndpointEmbeddings).Answer(out)
		if err != nil || len(a.Embeddings) == 0 || len(a.Embeddings[0]) == 0 {
			t.Errorf("%s: %v", r.ID, err)
		}
	})
	t.Logf("%d embeddings", n)
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
