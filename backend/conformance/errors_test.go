package conformance

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/packages/param"
)

// apiError is the client's typed error, or the end of the test.
func apiError(t *testing.T, err error) *openai.Error {
	t.Helper()
	var e *openai.Error
	if !errors.As(err, &e) {
		t.Fatalf("not the client's typed error: %v", err)
	}
	if strings.Contains(e.RawJSON(), vendorKey) || strings.Contains(e.RawJSON(), callerKey) {
		t.Errorf("a key stands in the error: %s", e.RawJSON())
	}
	return e
}

func TestRefusedRequests(t *testing.T) {
	ok := faultRoute("openai", "ok")
	rows := []struct {
		name   string
		call   func(t *testing.T) error
		status int
		kind   string
		code   string
		param  string
	}{
		{"no key", func(t *testing.T) error {
			return chatError(t, newClient(scene.BaseURL, "x", option.WithHeaderDel("Authorization")), hello(ok))
		}, 401, "authentication_error", "missing_key", ""},
		{"a wrong key", func(t *testing.T) error {
			return chatError(t, newClient(scene.BaseURL, "hw_wrong"), hello(ok))
		}, 401, "authentication_error", "invalid_key", ""},
		{"an unknown model", func(t *testing.T) error {
			return chatError(t, client(), hello("no-such-model"))
		}, 404, "invalid_request_error", "unknown_model", "model"},
		{"a model of another app", func(t *testing.T) error {
			return chatError(t, newClient(scene.BaseURL, scene.Narrow), hello(faultRoute("openai", "tool")))
		}, 404, "invalid_request_error", "unknown_model", "model"},
		{"no model", func(t *testing.T) error {
			return chatError(t, client(), rawChat(`{"messages":[]}`))
		}, 400, "invalid_request_error", "bad_request", "model"},
		{"a parameter of the wrong type", func(t *testing.T) error {
			return chatError(t, client(), rawChat(`{"model":"`+ok+`","stream":"yes","messages":[]}`))
		}, 400, "invalid_request_error", "bad_request", "stream"},
		{"a parameter the other dialect cannot read", func(t *testing.T) error {
			return chatError(t, client(), rawChat(`{"model":"`+faultRoute("anthropic", "ok")+`","messages":"hello"}`))
		}, 400, "invalid_request_error", "bad_request", "messages"},
		{"a body that is not JSON", func(t *testing.T) error {
			return chatError(t, client(option.WithRequestBody("application/json", strings.NewReader("{"))), hello(ok))
		}, 400, "invalid_request_error", "bad_json", ""},
		{"embeddings of an Anthropic upstream", func(t *testing.T) error {
			_, err := client().Embeddings.New(limited(t), openai.EmbeddingNewParams{
				Model: faultRoute("anthropic", "ok"), Input: openai.EmbeddingNewParamsInputUnion{OfString: openai.String("one")},
			})
			return err
		}, 400, "invalid_request_error", "unsupported", "model"},
		{"an unknown model to retrieve", func(t *testing.T) error {
			_, err := client().Models.Get(limited(t), "no-such-model")
			return err
		}, 404, "invalid_request_error", "unknown_model", "model"},
		{"an endpoint that is not there", func(t *testing.T) error {
			_, err := client().VectorStores.Get(limited(t), "vs_1")
			return err
		}, 404, "invalid_request_error", "not_found", ""},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			e := apiError(t, row.call(t))
			if e.StatusCode != row.status || e.Type != row.kind || e.Code != row.code || e.Param != row.param || e.Message == "" {
				t.Errorf("got %d %s, wanted %d %s %s at %q", e.StatusCode, e.RawJSON(), row.status, row.kind, row.code, row.param)
			}
			if e.Response.Header.Get("X-Request-Id") == "" {
				t.Error("no X-Request-Id")
			}
		})
	}
}

func rawChat(body string) openai.ChatCompletionNewParams {
	return param.Override[openai.ChatCompletionNewParams](json.RawMessage(body))
}

func chatError(t *testing.T, c *openai.Client, params openai.ChatCompletionNewParams) error {
	t.Helper()
	_, err := c.Chat.Completions.New(limited(t), params)
	return err
}

func TestUpstreamFaults(t *testing.T) {
	rows := []struct {
		fault  string
		status []int
		kind   string
		words  string
	}{
		{"rate+retry-7", []int{429}, "rate_limit_error", ""},
		{"server", []int{500, 502, 503}, "server_error", ""},
		{"overloaded", []int{502, 503}, "server_error", ""},
		{"cut", []int{502, 503}, "server_error", ""},
		{"badjson", []int{502, 503}, "server_error", ""},
		{"html", []int{502, 503}, "server_error", ""},
		{"auth", []int{502}, "server_error", ""},
		{"quota", []int{502}, "server_error", ""},
		{"context", []int{400}, "invalid_request_error", "maximum"},
		{"policy", []int{400}, "invalid_request_error", ""},
		{"bad-request", []int{400}, "invalid_request_error", ""},
	}
	for _, row := range rows {
		for _, streamed := range []bool{false, true} {
			if streamed && row.fault == "badjson" {
				continue // it breaks the second event: see TestBrokenStreams
			}
			t.Run(row.fault+map[bool]string{true: " streamed"}[streamed], func(t *testing.T) {
				eachDialect(t, func(t *testing.T, dialect string) {
					e := apiError(t, faultError(t, hello(faultRoute(dialect, row.fault)), streamed))
					right := e.Type == row.kind && e.Message != "" && strings.Contains(e.RawJSON(), row.words)
					if !right || !slices.Contains(row.status, e.StatusCode) {
						t.Errorf("got %d %s, wanted %v %s", e.StatusCode, e.RawJSON(), row.status, row.kind)
					}
					if e.StatusCode == http.StatusTooManyRequests {
						checkRetryAfter(t, e)
					}
				})
			})
		}
	}
}

func faultError(t *testing.T, params openai.ChatCompletionNewParams, streamed bool) error {
	t.Helper()
	if !streamed {
		return chatError(t, client(), params)
	}
	stream := client().Chat.Completions.NewStreaming(limited(t), params)
	defer stream.Close()
	for stream.Next() {
		t.Errorf("a chunk: %s", stream.Current().RawJSON())
	}
	return stream.Err()
}

func checkRetryAfter(t *testing.T, e *openai.Error) {
	t.Helper()
	after, err := strconv.Atoi(e.Response.Header.Get("Retry-After"))
	if err != nil || after < 1 || after > 8 {
		t.Errorf("Retry-After is %q, the upstream said 7", e.Response.Header.Get("Retry-After"))
	}
}

// TestBrokenStreams: a stream that breaks off ends in an error, never as if it
// were complete.
func TestBrokenStreams(t *testing.T) {
	for _, fault := range []string{"badjson", "cut-after-2", "noend", "error-in-stream-after-2"} {
		t.Run(fault, func(t *testing.T) {
			eachDialect(t, func(t *testing.T, dialect string) {
				stream := client().Chat.Completions.NewStreaming(limited(t), hello(faultRoute(dialect, fault)))
				defer stream.Close()
				g := &gatherer{}
				for stream.Next() {
					g.add(stream.Current())
				}
				if stream.Err() == nil {
					t.Errorf("ended cleanly with %+v", g.outcome())
				}
				got := g.outcome()
				if got.Finish != "" || !strings.HasPrefix(EightWords, got.Text) {
					t.Errorf("before the break: %+v", got)
				}
				if got.Text == "" { // it broke before anything was handed on: a plain error
					apiError(t, stream.Err())
				}
			})
		})
	}
}

// TestRecordedRefusals: when a provider refused a request, the caller gets a
// typed refusal with the provider's own words - unless the model is gone, which
// is not the caller's fault.
func TestRecordedRefusals(t *testing.T) {
	for _, r := range scene.Refusals {
		t.Run(r.ID, func(t *testing.T) {
			t.Parallel()
			e := apiError(t, chatError(t, client(), param.Override[openai.ChatCompletionNewParams](r.Body)))
			if r.Gone {
				if e.StatusCode != 503 || e.Type != "server_error" {
					t.Errorf("got %d %s", e.StatusCode, short(e.RawJSON()))
				}
				return
			}
			if e.StatusCode != 400 && e.StatusCode != 422 {
				t.Errorf("got %d %s", e.StatusCode, short(e.RawJSON()))
			}
			before := r.Anthropic && e.Code == "bad_request" // the gateway saw it first
			if !before && !strings.Contains(e.Message, strings.TrimSpace(r.Message)) {
				t.Errorf("the provider said %q, the caller read %q", short(r.Message), short(e.Message))
			}
		})
	}
}
