package dialect_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/anthropic"
	"headwater/backend/internal/dialect/dialecttest"
	"headwater/backend/internal/dialect/openai"
)

// exchangeOf carries a recorded answer through an exchange into a client of
// OpenAI's dialect.
func exchangeOf(r *dialecttest.Record, x dialect.Exchange, size int) (*dialecttest.Client, *dialect.Usage, error) {
	if r.Response.SSE != "" {
		out, usage, _, err := feed(x, r.Response.SSE, size)
		return dialecttest.OpenAI{}.Stream(out), usage, err
	}
	out, usage, err := x.Answer(nil, r.Plain())
	if err != nil {
		return &dialecttest.Client{}, usage, err
	}
	return dialecttest.OpenAI{}.Plain(out), usage, nil
}

func TestRecordedOpenAIAnswersPassThrough(t *testing.T) {
	var y dialecttest.Tally
	dialecttest.Recordings(t, "openai-chat", func(r *dialecttest.Record) {
		if r.Response.Status >= 400 {
			d := openai.Outbound{}.ReadError(r.Response.Status, nil, r.Response.Body)
			if d.Message == "" || d.Reason == dialect.ReasonUnknown {
				y.Add(r.ID, []string{"error not read"})
			} else {
				y.Add(r.ID, nil)
			}
			return
		}
		for _, size := range []int{1 << 20, 97} {
			x := dialect.NewExchange(openai.Inbound{}, openai.Outbound{}, dialect.EncodeOptions{
				Op: dialect.Operation{Endpoint: dialect.EndpointChat}, Model: "the-route", StreamUsage: true,
			})
			c, usage, err := exchangeOf(r, x, size)
			y.Add(r.ID, judgeOpenAI(r, c, usage, err))
		}
	})
	y.Report(t, "OpenAI chat, passed through", 99)
}

// TestRecordedOpenAIAnswersChangeTheirForm sends every stream out as a plain
// answer and every plain answer as a stream, through the neutral form.
func TestRecordedOpenAIAnswersChangeTheirForm(t *testing.T) {
	var y dialecttest.Tally
	dialecttest.Recordings(t, "openai-chat", func(r *dialecttest.Record) {
		if r.Response.Status >= 400 {
			return
		}
		x := dialect.NewExchange(openai.Inbound{}, openai.Outbound{}, dialect.EncodeOptions{
			Op: dialect.Operation{Endpoint: dialect.EndpointChat}, Model: "the-route", StreamUsage: true,
		})
		c := &dialecttest.Client{}
		var out []byte
		var usage *dialect.Usage
		var err error
		if r.Response.SSE != "" {
			if out, usage, err = x.StreamAsAnswer(nil, []byte(r.Response.SSE)); err == nil {
				c = dialecttest.OpenAI{}.Plain(out)
			}
		} else if out, usage, err = x.AnswerAsStream(nil, r.Response.Body); err == nil {
			c = dialecttest.OpenAI{}.Stream(out)
		}
		y.Add(r.ID, judgeNeutral(r, c, usage, err))
	})
	y.Report(t, "OpenAI chat, stream to plain and back", 99)
}

// judgeNeutral compares after the neutral form has put right what upstreams
// say in their own words.
func judgeNeutral(r *dialecttest.Record, c *dialecttest.Client, usage *dialect.Usage, err error) []string {
	if r.Facts != nil {
		f := *r.Facts
		f.ToolCalls = slices.Clone(f.ToolCalls) // the records are shared
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
			if i < len(c.ToolCalls) && f.ToolCalls[i].ID == "" {
				f.ToolCalls[i].ID = c.ToolCalls[i].ID
			}
		}
		changed := *r
		changed.Facts = &f
		r = &changed
	}
	return judgeOpenAI(r, c, usage, err)
}

// judgeOpenAI compares what came through with the record's facts.
func judgeOpenAI(r *dialecttest.Record, c *dialecttest.Client, usage *dialect.Usage, err error) []string {
	fault, _ := errors.AsType[*dialect.Fault](err)
	if r.Has("error_in_200") || r.Has("stream_error") {
		if fault == nil || fault.Malformed || fault.Truncated {
			return []string{"error inside a success not seen"}
		}
		return nil
	}
	if err != nil {
		return []string{err.Error()}
	}
	f := r.Facts
	want := &dialecttest.Client{Text: f.Text, Reasoning: f.Reasoning, Refusal: f.Refusal, Finish: f.Finish, ToolCalls: f.ToolCalls, Usage: c.Usage}
	out := dialecttest.Differences(c, want)
	if c.Model != "the-route" && c.Model != "" {
		out = append(out, "model "+c.Model)
	}
	return append(out, usageDifferences(usage, f.Usage)...)
}

// usageDifferences compares the usage for the log with the facts.
func usageDifferences(got *dialect.Usage, want *dialecttest.Usage) []string {
	if (got == nil) != (want == nil) {
		return []string{"usage missing or invented"}
	}
	if got == nil {
		return nil
	}
	out := got.Out == want.Out || got.Out == want.Out+want.Reasoning
	// The facts know one name for cached tokens; some providers use others.
	cached := got.CachedIn == min(want.CachedIn, got.In) || want.CachedIn == 0
	in := got.In == want.In || want.In == 0 && got.In == want.Total
	if !in || !out || !cached || got.ReasoningOut != want.Reasoning {
		return []string{"usage"}
	}
	return nil
}

func TestRecordedAnthropicAnswersTranslateToOpenAI(t *testing.T) {
	var y dialecttest.Tally
	dialecttest.Recordings(t, "anthropic-messages", func(r *dialecttest.Record) {
		if leftOut[r.ID] != "" {
			return
		}
		if r.Response.Status >= 400 {
			d := anthropic.Outbound{}.ReadError(r.Response.Status, nil, r.Response.Body)
			if d.Message == "" || d.Reason == dialect.ReasonUnknown || r.Response.Status == 404 && d.Reason != dialect.ReasonNoModel {
				y.Add(r.ID, []string{"error not read"})
			} else {
				y.Add(r.ID, nil)
			}
			return
		}
		for _, size := range []int{1 << 20, 97} {
			x := dialect.NewExchange(openai.Inbound{}, anthropic.Outbound{}, dialect.EncodeOptions{
				Op: dialect.Operation{Endpoint: dialect.EndpointChat}, Model: "the-route", StreamUsage: true,
			})
			c, usage, err := exchangeOf(r, x, size)
			y.Add(r.ID, judgeAnthropic(r, c, usage, err))
		}
	})
	y.Report(t, "Anthropic messages, translated to OpenAI chat", 99)
}

func judgeAnthropic(r *dialecttest.Record, c *dialecttest.Client, usage *dialect.Usage, err error) []string {
	if err != nil {
		return []string{err.Error()}
	}
	f := r.Facts
	finish := f.Finish
	if len(f.ToolCalls) > 0 && finish == "end_turn" {
		finish = "tool_use"
	}
	want := &dialecttest.Client{Text: f.Text, Reasoning: f.Reasoning, Refusal: c.Refusal, ToolCalls: f.ToolCalls, Finish: map[string]string{
		"end_turn": "stop", "stop_sequence": "stop", "pause_turn": "stop", "max_tokens": "length",
		"model_context_window_exceeded": "length", "tool_use": "tool_calls", "refusal": "content_filter",
	}[finish]}
	if f.Usage != nil {
		want.Usage = &dialecttest.Usage{In: f.Usage.In + f.Usage.CachedIn + f.Usage.CacheWrite, Out: f.Usage.Out, CachedIn: f.Usage.CachedIn, CacheWrite: f.Usage.CacheWrite}
		want.Usage.Total = want.Usage.In + want.Usage.Out
		if c.Usage != nil {
			// The facts do not count Anthropic's reasoning.
			want.Usage.Reasoning = c.Usage.Reasoning
		}
	}
	out := dialecttest.Differences(c, want)
	if r.Response.SSE != "" && !c.Done {
		out = append(out, "no [DONE]")
	}
	if c.Model != "the-route" {
		out = append(out, "model "+c.Model)
	}
	if (usage == nil) != (f.Usage == nil) {
		out = append(out, "usage missing or invented")
	}
	return out
}

func TestRecordedEmbeddingsPassThroughAndDecode(t *testing.T) {
	n := 0
	dialecttest.Recordings(t, "openai-embeddings", func(r *dialecttest.Record) {
		if r.Response.Status >= 400 {
			return
		}
		n++
		opts := dialect.EncodeOptions{Op: dialect.Operation{Endpoint: dialect.EndpointEmbeddings}, Model: "the-route"}
		out, usage, err := dialect.NewExchange(openai.Inbound{}, openai.Outbound{}, opts).Answer(nil, r.Response.Body)
		if err != nil || len(usageDifferences(usage, r.Facts.Usage)) > 0 {
			t.Errorf("%s: usage %+v, want %+v, %v", r.ID, usage, r.Facts.Usage, err)
		}
		a, err := openai.Outbound{}.Decoder(dialect.Operation{Endpoint: dialect.EndpointEmbeddings}).Answer(out)
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
	dialecttest.Recordings(t, "anthropic-messages", func(r *dialecttest.Record) {
		if r.Response.Status >= 400 {
			return
		}
		x := dialect.NewExchange(mirror{}, anthropic.Outbound{}, dialect.EncodeOptions{Op: dialect.Operation{Endpoint: dialect.EndpointChat}, Model: "the-route"})
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
	dialecttest.Recordings(t, "openai-chat", func(r *dialecttest.Record) {
		if r.Request == nil || len(r.Request.Body) == 0 || string(r.Request.Body) == "null" {
			return
		}
		req, err := openai.Inbound{}.Decode(dialect.Operation{Endpoint: dialect.EndpointChat}, r.Request.Body)
		if err != nil {
			refused[err.Error()]++
			return
		}
		wire, err := anthropic.Outbound{}.Encode(req, dialect.Target{Model: "claude-sonnet-4-5"})
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
