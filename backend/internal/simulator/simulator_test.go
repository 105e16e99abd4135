package simulator

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// post asks the practice model through its in-memory transport.
func post(t *testing.T, path, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://simulator.invalid/v1"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	res, err := New(Config{}).RoundTripper().RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(b)
}

func decode(t *testing.T, body string) completion {
	t.Helper()
	var c completion
	if err := json.Unmarshal([]byte(body), &c); err != nil {
		t.Fatalf("decoding %s: %v", body, err)
	}
	return c
}

const weather = `"tools":[{"type":"function","function":{"name":"get_weather","parameters":{"type":"object","properties":{
	"city":{"type":"string"},"days":{"type":"integer","minimum":2},"unit":{"enum":["celsius","fahrenheit"]},"tags":{"type":"array","minItems":1,"items":{"type":"boolean"}}}}}}]`

func TestChat(t *testing.T) {
	for _, row := range []struct{ why, body, text, finish string }{
		{"an echo", `{"model":"gpt-4o","messages":[{"role":"user","content":"Hello  there\nfriend"}]}`, "[practice] You said: Hello  there\nfriend", "stop"},
		{"text parts count, others do not", `{"messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"image_url","image_url":{"url":"x"}},{"type":"text","text":"b"}]}]}`, "[practice] You said: a\nb", "stop"},
		{"no text", `{"messages":[{"role":"assistant","content":null}]}`, "[practice] You sent no text. This is the built-in practice model: it only echoes.", "stop"},
		{"a limit", `{"max_tokens":3,"messages":[{"role":"user","content":"one two"}]}`, "[practice] You said:", "length"},
		{"a tool's result", `{"messages":[{"role":"user","content":"use the tool"},{"role":"tool","tool_call_id":"x","content":"sunny"}],` + weather + `}`, "[practice] The tool answered: sunny", "stop"},
		{"tools not asked for", `{"messages":[{"role":"user","content":"hi"}],` + weather + `}`, "[practice] You said: hi", "stop"},
		{"tools forbidden", `{"tool_choice":"none","messages":[{"role":"user","content":"tool"}],` + weather + `}`, "[practice] You said: tool", "stop"},
		{"JSON", `{"response_format":{"type":"json_object"},"messages":[{"role":"user","content":"hi"}]}`, `{"echo":"hi","practice":true}`, "stop"},
		{"a schema", `{"response_format":{"type":"json_schema","json_schema":{"schema":{"type":"object","properties":{"a":{"type":"number"}}}}},"messages":[{"role":"user","content":"hi"}]}`, `{"a":1}`, "stop"},
	} {
		t.Run(row.why, func(t *testing.T) {
			status, body := post(t, "/chat/completions", row.body)
			c := decode(t, body)
			if status != 200 || len(c.Choices) != 1 || c.Choices[0].Message.Content == nil || *c.Choices[0].Message.Content != row.text || *c.Choices[0].Finish != row.finish {
				t.Errorf("got %d %s", status, body)
			}
			if c.Model != Model || c.Fingerprint != Fingerprint {
				t.Errorf("the answer is not marked as practice: %s", body)
			}
		})
	}
	t.Run("a long text comes back shortened", func(t *testing.T) {
		for _, long := range []string{strings.Repeat("ä", 1<<20), strings.Repeat("word ", 1<<18)} {
			if _, body := post(t, "/chat/completions", `{"messages":[{"role":"user","content":"`+long+`"}]}`); len(body) > 10_000 || !strings.Contains(body, " …\"") {
				t.Errorf("got %d bytes", len(body))
			}
		}
	})
	t.Run("nested lists do not multiply", func(t *testing.T) {
		deep := strings.Repeat(`{"type":"array","minItems":9,"items":`, 200) + `{}` + strings.Repeat(`}`, 200)
		if got := string(encode(fit([]byte(deep)))); len(got) > 100 {
			t.Errorf("got %d bytes", len(got))
		}
	})
	t.Run("usage counts words", func(t *testing.T) {
		_, body := post(t, "/chat/completions", `{"messages":[{"role":"system","content":"be brief"},{"role":"user","content":"one two three"}]}`)
		if u := *decode(t, body).Usage; u != (usage{5, 6, 11}) {
			t.Errorf("got %+v in %s", u, body)
		}
	})
	t.Run("a story depends on the text alone", func(t *testing.T) {
		const ask = `{"messages":[{"role":"user","content":"Tell me a story!"}]}`
		_, one := post(t, "/chat/completions", ask)
		_, two := post(t, "/chat/completions", ask)
		a, b := decode(t, one), decode(t, two)
		if *a.Choices[0].Message.Content != *b.Choices[0].Message.Content || a.ID != b.ID || !strings.Contains(one, "whole story") {
			t.Errorf("got %s and %s", one, two)
		}
	})
	for why, choice := range map[string]string{
		"asked for by word":     `"messages":[{"role":"user","content":"please use a tool"}]`,
		"asked for by name":     `"messages":[{"role":"user","content":"Get_Weather please"}]`,
		"required":              `"tool_choice":"required","messages":[{"role":"user","content":"hi"}]`,
		"named by the caller":   `"tool_choice":{"type":"function","function":{"name":"get_weather"}},"messages":[{"role":"user","content":"hi"}]`,
		"named, with no string": `"tool_choice":{"function":{"name":"get_weather"}},"messages":[{"role":"user","content":null}]`,
	} {
		t.Run("a tool "+why, func(t *testing.T) {
			_, body := post(t, "/chat/completions", "{"+choice+","+weather+"}")
			m := decode(t, body).Choices[0]
			if *m.Finish != "tool_calls" || m.Message.Content != nil || len(m.Message.ToolCalls) != 1 {
				t.Fatalf("got %s", body)
			}
			if f := m.Message.ToolCalls[0].Function; f.Name != "get_weather" || f.Arguments != `{"city":"practice","days":2,"tags":[true],"unit":"celsius"}` {
				t.Errorf("got %+v", f)
			}
		})
	}
}

func TestStream(t *testing.T) {
	for why, ask := range map[string]string{
		"text": `{"messages":[{"role":"user","content":"one  two\n three ÄÖ"}]`,
		"tool": `{"tool_choice":"required","messages":[{"role":"user","content":"x"}],` + weather,
	} {
		t.Run("the pieces of a "+why+" are the whole", func(t *testing.T) {
			_, body := post(t, "/chat/completions", ask+`}`)
			whole := decode(t, body)
			_, stream := post(t, "/chat/completions", ask+`,"stream":true,"stream_options":{"include_usage":true}}`)
			events := strings.Split(strings.TrimSuffix(stream, "\n\n"), "\n\n")
			if events[len(events)-1] != "data: [DONE]" {
				t.Fatalf("no end in %s", stream)
			}
			var text, name, args string
			var last usage
			for _, e := range events[:len(events)-1] {
				c := decode(t, strings.TrimPrefix(e, "data: "))
				if c.Usage != nil {
					last = *c.Usage
					continue
				}
				d := c.Choices[0].Delta
				if d.Content != nil {
					text += *d.Content
				}
				for _, call := range d.ToolCalls {
					name, args = name+call.Function.Name, args+call.Function.Arguments
				}
			}
			m := whole.Choices[0].Message
			if m.Content != nil && text != *m.Content || last != *whole.Usage {
				t.Errorf("got %q %+v, want %s", text, last, body)
			}
			if len(m.ToolCalls) > 0 && (toolFunction{name, args}) != m.ToolCalls[0].Function {
				t.Errorf("got %s %s, want %s", name, args, body)
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	for _, row := range []struct {
		path, body string
		status     int
		param      string
	}{
		{"/chat/completions", `{"messages":[]}`, 400, "messages"},
		{"/chat/completions", `{"messages":[{"role":"user","content":"x"}],"n":2}`, 400, "n"},
		{"/chat/completions", `{`, 400, ""},
		{"/chat/completions", `{"messages":[{"role":"user","content":7}]}`, 400, ""},
		{"/embeddings", `{"model":"x"}`, 400, "input"},
		{"/embeddings", `{"input":[]}`, 400, "input"},
		{"/embeddings", `{"input":"x","dimensions":99999}`, 400, "dimensions"},
		{"/embeddings", `{"input":[""` + strings.Repeat(`,""`, 100) + `],"dimensions":3072}`, 400, "input"},
		{"/images/generations", `{}`, 404, ""},
	} {
		status, body := post(t, row.path, row.body)
		var e struct {
			Error struct{ Type, Message, Param string }
		}
		if err := json.Unmarshal([]byte(body), &e); err != nil || status != row.status || e.Error.Param != row.param || e.Error.Message == "" {
			t.Errorf("%s %s: got %d %s", row.path, row.body, status, body)
		}
	}
}

func TestEmbeddings(t *testing.T) {
	var got struct {
		Data []struct {
			Index     int
			Embedding []float64
		}
		Usage map[string]int
	}
	_, body := post(t, "/embeddings", `{"input":["red apple pie","apple pie, red","blue whale song"]}`)
	if err := json.Unmarshal([]byte(body), &got); err != nil || len(got.Data) != 3 || len(got.Data[0].Embedding) != defaultDimensions {
		t.Fatalf("got %s", body)
	}
	dot := func(a, b []float64) (s float64) {
		for i := range a {
			s += a[i] * b[i]
		}
		return s
	}
	same, other := dot(got.Data[0].Embedding, got.Data[1].Embedding), dot(got.Data[0].Embedding, got.Data[2].Embedding)
	if same < 0.999 || other > 0.5 || got.Usage["total_tokens"] != 9 {
		t.Errorf("same words %f, other words %f, usage %v", same, other, got.Usage)
	}
	for _, input := range []string{`"x"`, `[1,2,3]`, `[[1,2],[3]]`, `""`} {
		if status, body := post(t, "/embeddings", `{"input":`+input+`,"encoding_format":"base64","dimensions":4}`); status != 200 || !strings.Contains(body, `"embedding":"`) {
			t.Errorf("%s: got %d %s", input, status, body)
		}
	}
}

func TestModels(t *testing.T) {
	for path, want := range map[string]string{"/models": `"data":[{"id":"practice"`, "/models/practice": `{"id":"practice"`, "/models/gpt": `"error"`} {
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://simulator.invalid/v1"+path, http.NoBody)
		res, err := New(Config{}).RoundTripper().RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		b, _ := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if !strings.Contains(string(b), want) {
			t.Errorf("%s: got %s", path, b)
		}
	}
}

// open begins a stream with a second between two words, in virtual time.
func open(ctx context.Context, t *testing.T) *http.Response {
	t.Helper()
	req, _ := http.NewRequestWithContext(ctx, http.MethodPost, "http://simulator.invalid/v1/chat/completions",
		strings.NewReader(`{"stream":true,"messages":[{"role":"user","content":"a b c d e f"}]}`))
	res, err := New(Config{Gap: time.Second}).RoundTripper().RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

func TestRoundTripper(t *testing.T) {
	t.Run("each word comes when it is said", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			res := open(t.Context(), t)
			r := bufio.NewReader(res.Body)
			for _, want := range []time.Duration{0, 0, time.Second, 2 * time.Second} {
				if _, err := r.ReadString('\n'); err != nil {
					t.Fatal(err)
				}
				if _, err := r.ReadString('\n'); err != nil || time.Since(start) != want {
					t.Fatalf("after %v, want %v (%v)", time.Since(start), want, err)
				}
			}
			_ = res.Body.Close()
			if time.Since(start) != 2*time.Second {
				t.Error("closing waited for the rest of the stream")
			}
			if _, err := res.Body.Read(make([]byte, 1)); !errors.Is(err, io.ErrClosedPipe) {
				t.Errorf("reading a closed body: %v", err)
			}
		})
	})
	t.Run("an ended context breaks the stream", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
			defer cancel()
			res := open(ctx, t)
			b, err := io.ReadAll(res.Body)
			if !errors.Is(err, context.DeadlineExceeded) || strings.Contains(string(b), "[DONE]") {
				t.Errorf("got %q, %v", b, err)
			}
			_ = res.Body.Close()
		})
	})
	t.Run("an ended context refuses the request", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		block := memory{http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })}
		req, _ := http.NewRequestWithContext(ctx, http.MethodGet, "http://simulator.invalid/", http.NoBody)
		if _, err := block.RoundTrip(req); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a handler that says nothing is a 200 without a body", func(t *testing.T) {
		for range 100 {
			quiet := memory{http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})}
			req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://simulator.invalid/", http.NoBody)
			res, err := quiet.RoundTrip(req)
			if err != nil || res.StatusCode != 200 {
				t.Fatal(res, err)
			}
			if b, err := io.ReadAll(res.Body); len(b) != 0 || err != nil {
				t.Fatal(b, err)
			}
			_ = res.Body.Close()
		}
	})
	t.Run("a panic is a broken answer", func(t *testing.T) {
		bad := memory{http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "half")
			panic("bug: test")
		})}
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://simulator.invalid/", http.NoBody)
		res, err := bad.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		if b, err := io.ReadAll(res.Body); string(b) != "half" || err == nil {
			t.Errorf("got %q, %v", b, err)
		}
		_ = res.Body.Close()
	})
}

func FuzzChat(f *testing.F) {
	f.Add([]byte(`{"messages":[{"role":"user","content":"story"}],"stream":true}`))
	f.Add([]byte(`{"messages":[{"role":"user","content":[{"text":"tool"}]}],` + weather + `}`))
	f.Add([]byte(`{"messages":[{"role":"user","content":"x"}],"response_format":{"type":"json_schema","json_schema":{"schema":{"anyOf":[{"const":1}]}}}}`))
	s := New(Config{})
	f.Fuzz(func(t *testing.T, body []byte) {
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://simulator.invalid/v1/chat/completions", strings.NewReader(string(body)))
		res, err := s.RoundTripper().RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		b, err := io.ReadAll(res.Body)
		if err != nil || (res.Header.Get("Content-Type") == "application/json" && !json.Valid(b)) {
			t.Errorf("%q gave %q, %v", body, b, err)
		}
	})
}
