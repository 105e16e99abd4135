package knobs_test

import (
	"math"
	"net/http"
	"testing"

	"headwater/backend/hw"
)

// own adds own facts of the model that a lane asks its primary for.
func (l *lane) own(edit func(m *hw.OwnModel)) {
	m := &hw.OwnModel{Provider: l.up.Provider, Model: l.path.Tiers[0].Targets[0].Model}
	edit(m)
	l.Models = append(l.Models, m)
}

// costs waits for the row of a call in the log and compares what it cost.
func (l *lane) costs(t *testing.T, want float64) {
	t.Helper()
	got := l.chat(t, "what does it cost?")
	served(t, "the call", got, "1")
	var call hw.Call
	if !until(patience, func() bool {
		return l.house.admin(t.Context(), http.MethodGet, "calls/"+got.header.Get("X-Request-Id"), nil, &call) == nil
	}) {
		t.Fatal("the call is not in the log")
	}
	if cost := call.Cost(); math.Abs(cost-want) > 1e-9 {
		t.Errorf("%s cost %g, want %g: %+v %s", l.path.Name, cost, want, call, got)
	}
}

// modelPrice counts 1,000 tokens in, 200 of them cached, and 500 out, 100 of
// them reasoning.
func modelPrice(s *site) func(t *testing.T) {
	const body = `{"id":"x","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"it costs"},"finish_reason":"stop"}],
		"usage":{"prompt_tokens":1000,"completion_tokens":500,"total_tokens":1500,"prompt_tokens_details":{"cached_tokens":200},"completion_tokens_details":{"reasoning_tokens":100}}}`
	with := func(p *hw.OwnPrice) func(l *lane) {
		return func(l *lane) {
			alone(l)
			l.primary.answers("/v1/chat/completions", page{status: http.StatusOK, body: body})
			if p != nil {
				l.own(func(m *hw.OwnModel) { m.Price = p })
			}
		}
	}
	none := s.lane("none", with(nil))
	in := s.lane("in", with(&hw.OwnPrice{Input: new(float64(1000))}))
	out := s.lane("out", with(&hw.OwnPrice{Output: new(float64(1000))}))
	all := s.lane("all", with(&hw.OwnPrice{Input: new(float64(1000)), Output: new(float64(10_000)), CacheRead: new(float64(100)), Reasoning: new(float64(20_000))}))
	return func(t *testing.T) {
		none.costs(t, 0)
		in.costs(t, 1)
		out.costs(t, 0.5)
		all.costs(t, 0.8+0.02+4+2)
	}
}

// modelOfAnotherDialect asks a vendor whose dialect wants to be told how long an
// answer may be, and which counts what is written to its cache.
func modelOfAnotherDialect(s *site) func(t *testing.T) {
	const body = `{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"it costs"}],"stop_reason":"end_turn",
		"usage":{"input_tokens":800,"cache_creation_input_tokens":200,"output_tokens":500}}`
	with := func(edit func(m *hw.OwnModel)) func(l *lane) {
		return func(l *lane) {
			alone(l)
			l.up.Provider = "anthropic-compatible"
			l.primary.answers("/v1/messages", page{status: http.StatusOK, body: body})
			l.own(edit)
		}
	}
	usual := s.lane("usual", with(func(m *hw.OwnModel) { m.Price = &hw.OwnPrice{Input: new(float64(1000))} }))
	own := s.lane("own", with(func(m *hw.OwnModel) {
		m.MaxOutput, m.Price = 77, &hw.OwnPrice{Input: new(float64(1000)), CacheWrite: new(float64(5000))}
	}))
	return func(t *testing.T) {
		usual.costs(t, 1)
		own.costs(t, 0.8+1)
		if calls := own.primary.calls(); len(calls) != 1 || calls[0].most != 77 {
			t.Errorf("asked for %+v", calls)
		}
		if calls := usual.primary.calls(); len(calls) != 1 || calls[0].most == 77 || calls[0].most == 0 {
			t.Errorf("asked for %+v", calls)
		}
	}
}
