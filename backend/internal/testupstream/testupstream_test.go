package testupstream

import (
	"bytes"
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

// answer is what came back of one request.
type answer struct {
	status int
	header http.Header
	body   string
	err    error // of reading the body
}

func ask(t *testing.T, s *Server, path, body string, header ...string) answer {
	t.Helper()
	return send(t, http.MethodPost, s.URL()+path, body, header...)
}

func models(t *testing.T, s *Server, header ...string) answer {
	t.Helper()
	return send(t, http.MethodGet, s.BaseURL()+"/models", "", header...)
}

func send(t *testing.T, method, url, body string, header ...string) answer {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 5 * time.Second}
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := client.Do(req)
	if err != nil {
		return answer{err: err}
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	return answer{res.StatusCode, res.Header, string(b), err}
}

func chatBody(model string, stream bool) string {
	b, _ := json.Marshal(map[string]any{
		"model": model, "stream": stream, "max_tokens": 50,
		"stream_options": map[string]any{"include_usage": true},
		"messages":       []any{map[string]any{"role": "user", "content": "hello there"}},
		"tools":          []any{map[string]any{"type": "function", "name": "", "function": map[string]any{"name": "weather"}}},
	})
	return string(b)
}

func TestProperAnswers(t *testing.T) {
	s := Start(t)
	t.Run("chat says its words and counts its tokens", func(t *testing.T) {
		a := ask(t, s, "/v1/chat/completions", chatBody("ok", false))
		for _, want := range []string{`"content":"` + Words(8) + `"`, `"completion_tokens":8`, `"finish_reason":"stop"`, `"object":"chat.completion"`} {
			if a.status != 200 || !strings.Contains(a.body, want) {
				t.Errorf("status %d, no %s in %s", a.status, want, a.body)
			}
		}
	})
	t.Run("a model that is no fault is just a model", func(t *testing.T) {
		if a := ask(t, s, "/v1/chat/completions", chatBody("gpt-4o-mini", false)); a.status != 200 {
			t.Errorf("got %d %s", a.status, a.body)
		}
	})
	t.Run("max_tokens cuts the answer and says so", func(t *testing.T) {
		a := ask(t, s, "/v1/chat/completions", chatBody("tokens-500", false))
		if !strings.Contains(a.body, `"finish_reason":"length"`) || !strings.Contains(a.body, `"completion_tokens":50`) {
			t.Errorf("got %s", a.body)
		}
	})
	t.Run("an OpenAI stream has role, words, finish, usage and terminator", func(t *testing.T) {
		a := ask(t, s, "/v1/chat/completions", chatBody("tokens-3", true))
		events := strings.Split(strings.TrimSpace(a.body), "\n\n")
		if len(events) != 7 || events[6] != "data: [DONE]" || !strings.Contains(events[5], `"total_tokens"`) {
			t.Errorf("got %d events: %s", len(events), a.body)
		}
		if ct := a.header.Get("Content-Type"); !strings.HasPrefix(ct, "text/event-stream") {
			t.Errorf("content type %q", ct)
		}
	})
	t.Run("an Anthropic stream has the full order of events", func(t *testing.T) {
		a := ask(t, s, "/v1/messages", chatBody("tokens-2", true))
		if got, want := names(a.body), "message_start content_block_start ping content_block_delta content_block_delta content_block_stop message_delta message_stop"; got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	})
	t.Run("reasoning and tool come as two blocks", func(t *testing.T) {
		a := ask(t, s, "/v1/messages", chatBody("reasoning+tool", true))
		if n := strings.Count(names(a.body), "content_block_stop"); n != 2 || !strings.Contains(a.body, `"stop_reason":"tool_use"`) {
			t.Errorf("got %s", a.body)
		}
		a = ask(t, s, "/v1/messages", chatBody("tool", false))
		if !strings.Contains(a.body, `"input":{"city":"Vienna"}`) {
			t.Errorf("got %s", a.body)
		}
	})
	t.Run("embeddings depend on the text alone", func(t *testing.T) {
		one := ask(t, s, "/v1/embeddings", `{"model":"embed","input":["a","b"],"dimensions":4}`)
		two := ask(t, s, "/v1/embeddings", `{"model":"embed","input":["a","b"],"dimensions":4}`)
		if one.status != 200 || one.body != two.body || strings.Count(one.body, `"embedding":[`) != 2 {
			t.Errorf("got %s then %s", one.body, two.body)
		}
		b64 := ask(t, s, "/v1/embeddings", `{"model":"embed","input":"a","encoding_format":"base64"}`)
		if !strings.Contains(b64.body, `"embedding":"`) {
			t.Errorf("got %s", b64.body)
		}
	})
}

// names lists the event names of a stream.
func names(stream string) string {
	var out []string
	for line := range strings.Lines(stream) {
		if name, ok := strings.CutPrefix(line, "event: "); ok {
			out = append(out, strings.TrimSpace(name))
		}
	}
	return strings.Join(out, " ")
}

func TestErrors(t *testing.T) {
	s := Start(t)
	for _, row := range []struct {
		model, path string
		status      int
		want        string
		header      [2]string
	}{
		{"status-503", "/v1/chat/completions", 503, `"type":"server_error"`, [2]string{}},
		{"status-418", "/v1/chat/completions", 418, `"type":"invalid_request_error"`, [2]string{}},
		{"status-429-retry-7", "/v1/chat/completions", 429, `"code":"rate_limit_exceeded"`, [2]string{"Retry-After", "7"}},
		{"status-429-retry-7", "/v1/messages", 429, `"type":"rate_limit_error"`, [2]string{"Retry-After", "7"}},
		{"rate+retry-ms-1500", "/v1/chat/completions", 429, `"type":"requests"`, [2]string{"Retry-After-Ms", "1500"}},
		{"rate+retry-junk", "/v1/chat/completions", 429, `"type":"requests"`, [2]string{"Retry-After", "soon, perhaps"}},
		{"quota", "/v1/chat/completions", 429, `"code":"insufficient_quota"`, [2]string{}},
		{"quota", "/v1/messages", 400, `credit balance is too low`, [2]string{}},
		{"auth", "/v1/chat/completions", 401, `"code":"invalid_api_key"`, [2]string{}},
		{"auth", "/v1/messages", 401, `"type":"authentication_error"`, [2]string{}},
		{"no-model", "/v1/chat/completions", 404, "The model `no-model` does not exist", [2]string{}},
		{"no-model", "/v1/messages", 404, `"type":"not_found_error"`, [2]string{}},
		{"context", "/v1/chat/completions", 400, `"code":"context_length_exceeded"`, [2]string{}},
		{"context", "/v1/messages", 400, `prompt is too long`, [2]string{}},
		{"policy", "/v1/chat/completions", 400, `"code":"content_policy_violation"`, [2]string{}},
		{"overloaded", "/v1/messages", 529, `"type":"overloaded_error"`, [2]string{}},
		{"error-in-200", "/v1/chat/completions", 200, `{"error":{`, [2]string{}},
		{"error-in-200+rate", "/v1/messages", 200, `"type":"error"`, [2]string{}},
		{"html", "/v1/chat/completions", 200, `<html>`, [2]string{"Content-Type", "text/html; charset=utf-8"}},
		{"status-502+html", "/v1/chat/completions", 502, `<html>`, [2]string{}},
		{"empty", "/v1/chat/completions", 200, ``, [2]string{"Content-Length", "0"}},
		{"remaining-0+reset-5s", "/v1/chat/completions", 200, ``, [2]string{"X-Ratelimit-Reset-Requests", "5s"}},
		{"remaining-0", "/v1/messages", 200, ``, [2]string{"Anthropic-Ratelimit-Requests-Remaining", "0"}},
		{"delay-1ms+stall-after-x", "/v1/chat/completions", 400, `reading fault part`, [2]string{}},
	} {
		t.Run(row.model+row.path, func(t *testing.T) {
			a := ask(t, s, row.path, chatBody(row.model, false))
			if a.status != row.status || !strings.Contains(a.body, row.want) {
				t.Errorf("want %d with %q, got %d %s", row.status, row.want, a.status, a.body)
			}
			if row.header[0] != "" && a.header.Get(row.header[0]) != row.header[1] {
				t.Errorf("want %s: %s, got %q", row.header[0], row.header[1], a.header.Get(row.header[0]))
			}
		})
	}
}

func TestBrokenStreams(t *testing.T) {
	s := Start(t)
	const openai, anthropic = "/v1/chat/completions", "/v1/messages"
	for _, row := range []struct {
		model, path string
		words       int // content events that arrive
		broken      bool
		want, not   string
	}{
		{"cut-after-5", openai, 5, true, "", "[DONE]"},
		{"cut-after-0", anthropic, 0, true, "message_start", "message_stop"},
		{"noend", openai, 8, false, "", "finish_reason\":\"stop"},
		{"nodone", openai, 8, false, "finish_reason\":\"stop", "[DONE]"},
		{"nodone", anthropic, 8, false, "message_delta", "message_stop"},
		{"error-in-stream-after-2", openai, 2, false, `data: {"error":{`, "[DONE]"},
		{"error-in-stream-after-2+rate", anthropic, 2, false, "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"rate_limit_error\"", "message_stop"},
		{"bytes+crlf+pings+gap-1ms", openai, 8, false, ": keep-alive\r\n\r\ndata: ", "\n\n"},
	} {
		t.Run(row.model+row.path, func(t *testing.T) {
			a := ask(t, s, row.path, chatBody(row.model, true), "X-Test-Fault", row.model)
			if got := strings.Count(a.body, "word"); got != row.words || (a.err != nil) != row.broken {
				t.Errorf("want %d words, broken %v; got %d, %v", row.words, row.broken, got, a.err)
			}
			if !strings.Contains(a.body, row.want) || strings.Contains(a.body, row.not) {
				t.Errorf("want %q and not %q in %s", row.want, row.not, a.body)
			}
		})
	}
	t.Run("badjson breaks the second event", func(t *testing.T) {
		a := ask(t, s, openai, chatBody("badjson", true))
		events := strings.Split(a.body, "\n\n")
		if !json.Valid([]byte(strings.TrimPrefix(events[1], "data: "))) || json.Valid([]byte(strings.TrimPrefix(events[2], "data: "))) {
			t.Errorf("got %s", a.body)
		}
	})
	t.Run("a plain answer can be cut, broken and slow", func(t *testing.T) {
		if a := ask(t, s, openai, chatBody("cut-after-9", false)); len(a.body) != 9 || a.err == nil {
			t.Errorf("got %q, %v", a.body, a.err)
		}
		if a := ask(t, s, openai, chatBody("badjson", false)); a.err != nil || json.Valid([]byte(a.body)) {
			t.Errorf("got %q, %v", a.body, a.err)
		}
		if a := ask(t, s, openai, chatBody("slow-body+gap-1ms", false)); a.err != nil || !json.Valid([]byte(a.body)) {
			t.Errorf("got %q, %v", a.body, a.err)
		}
		if a := ask(t, s, openai, chatBody("cut", false)); a.err == nil || a.status != 0 {
			t.Errorf("got %+v", a)
		}
	})
}

func TestSilence(t *testing.T) {
	s := Start(t)
	for i, model := range []string{"hang", "silent", "stall-after-3", "delay-1h"} {
		ctx, cancel := context.WithCancel(t.Context())
		req, _ := http.NewRequestWithContext(ctx, http.MethodPost, s.BaseURL()+"/chat/completions", strings.NewReader(chatBody(model, true)))
		done := make(chan error, 1)
		go func() {
			res, err := http.DefaultTransport.RoundTrip(req)
			if err == nil {
				_, err = io.Copy(io.Discard, res.Body)
				_ = res.Body.Close()
			}
			done <- err
		}()
		await(t, s, func(c Counts) bool { return c.InFlight == 1 })
		cancel()
		if err := <-done; err == nil {
			t.Errorf("%s: the answer came to an end", model)
		}
		await(t, s, func(c Counts) bool { return c.InFlight == 0 && c.Cancelled == int64(i+1) })
	}
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	if c := s.Counts(); c.Completed != 0 || c.Requests != 4 || c.BySuffix["completions"] != 4 {
		t.Errorf("got %+v", c)
	}
}

func await(t *testing.T, s *Server, wanted func(Counts) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if err := s.Await(ctx, wanted); err != nil {
		t.Fatal(err)
	}
}

func TestAwaitGivesUpAndTellsTheCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		err := New().Await(t.Context(), func(c Counts) bool { return c.Requests == 1 })
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "Requests:0") {
			t.Errorf("%v", err)
		}
	})
}

func TestSources(t *testing.T) {
	s := Start(t)
	const path = "/v1/chat/completions"
	status := func(model string, header ...string) int {
		return ask(t, s, path, chatBody(model, false), header...).status
	}
	check := func(what string, got, want int) {
		t.Helper()
		if got != want {
			t.Errorf("%s: got %d, want %d", what, got, want)
		}
	}
	check("model with a vendor prefix", status("acme/status-503"), 503)
	check("header before model", status("status-503", "X-Test-Fault", "status-418"), 418)
	check("mistyped header", status("ok", "X-Test-Fault", "staus-418"), 400)
	check("revoked credential", status("ok", "Authorization", "Bearer sk-revoked-1"), 401)
	check("credential without credit", status("ok", "X-Api-Key", "sk-broke"), 429)
	must(t, s.Script("status-500", "ok"))
	check("a look at the models", models(t, s).status, 200)
	check("first of the script", status("ok"), 500)
	check("second of the script", status("status-503"), 200)
	check("after the script", status("ok"), 200)
	must(t, s.SetFault("status-502"))
	check("for all", status("ok"), 502)
	must(t, s.SetFaultFor("special", "ok"))
	check("by model before all", status("special"), 200)
	must(t, s.SetFaultFor("sk-1", "status-504"))
	check("by credential before model", status("special", "Authorization", "Bearer sk-1"), 504)
	s.Clear()
	check("cleared", status("special", "Authorization", "Bearer sk-1"), 200)
	if err := s.SetFault("nonsense"); err == nil {
		t.Error("a fault that does not exist was taken")
	}
	if last := s.Last(); last.Header.Get("Authorization") != "Bearer sk-1" || last.Model != "special" || !bytes.Contains(last.Body, []byte("hello there")) {
		t.Errorf("last request %+v", last)
	}
	s.Reset()
	if len(s.Seen()) != 0 || s.Counts().Requests != 0 {
		t.Error("reset left something")
	}
}

func TestDownAndUp(t *testing.T) {
	s := Start(t)
	url := s.URL()
	done := make(chan answer, 1)
	go func() { done <- ask(t, s, "/v1/chat/completions", chatBody("stall-after-2", true)) }()
	await(t, s, func(c Counts) bool { return c.InFlight == 1 })
	s.Down()
	if a := <-done; a.err == nil {
		t.Error("a stream survived the crash")
	}
	if a := ask(t, s, "/v1/chat/completions", chatBody("ok", false)); a.err == nil {
		t.Error("answered while down")
	}
	must(t, s.Up(t.Context()))
	must(t, s.Up(t.Context()))
	if a := ask(t, s, "/v1/chat/completions", chatBody("ok", false)); a.status != 200 || s.URL() != url {
		t.Errorf("after Up: %+v", a)
	}
	if c := s.Counts(); c.Cancelled != 0 {
		t.Errorf("a crash was counted as the client's doing: %+v", c)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestModels(t *testing.T) {
	s := Start(t)
	for header, want := range map[string]string{"X-Nothing": `"object":"list"`, "Anthropic-Version": `"has_more":false`} {
		if got := models(t, s, header, "2023-06-01"); !strings.Contains(got.body, want) {
			t.Errorf("got %s", got.body)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"ok", "status-429-retry-7+tokens-3", "delay-200ms+cut-after-5", "stall-after--1", "+", "status-", "status-429-retry-junk"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		fault, err := Parse(text)
		if err == nil && (fault.Delay < 0 || fault.Delay > maxWait || fault.Tokens > maxTokens || fault.StallAfter < -1) {
			t.Errorf("%q gave %+v", text, fault)
		}
	})
}
