package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// The shapes of the load: about 1 KB asked, 1.7 KB answered, 100 events.
const (
	answerBytes  = 1700
	requestBytes = 1000
	streamEvents = 100
)

// plainAnswer is an OpenAI chat completion of about answerBytes.
func plainAnswer() []byte {
	head := `{"id":"chatcmpl-bench","object":"chat.completion","created":1767225600,"model":"bench","choices":[{"index":0,"message":{"role":"assistant","content":"`
	tail := `","refusal":null},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":210,"completion_tokens":260,"total_tokens":470},"system_fingerprint":"fp_bench"}`
	return []byte(head + strings.Repeat("word ", (answerBytes-len(head)-len(tail))/5) + tail)
}

// streamAnswer is the event stream: events, usage and end.
func streamAnswer() [][]byte {
	chunk := `data: {"id":"chatcmpl-bench","object":"chat.completion.chunk","created":1767225600,"model":"bench","choices":[{"index":0,"delta":%s,"logprobs":null,"finish_reason":%s}],"usage":null,"system_fingerprint":"fp_bench"}` + "\n\n"
	events := [][]byte{fmt.Appendf(nil, chunk, `{"role":"assistant","content":""}`, "null")}
	for range streamEvents - 3 {
		events = append(events, fmt.Appendf(nil, chunk, `{"content":" word and more"}`, "null"))
	}
	return append(events,
		fmt.Appendf(nil, chunk, `{}`, `"stop"`),
		[]byte(`data: {"id":"chatcmpl-bench","object":"chat.completion.chunk","created":1767225600,"model":"bench","choices":[],"usage":{"prompt_tokens":210,"completion_tokens":260,"total_tokens":470}}`+"\n\n"),
		[]byte("data: [DONE]\n\n"))
}

// requestBody asks for model bench; padded to about requestBytes.
func requestBody(stream bool) []byte {
	body := fmt.Sprintf(`{"model":"bench","stream":%v,"temperature":0.2,"max_tokens":400,"messages":[{"role":"system","content":"You are helpful."},{"role":"user","content":"`, stream)
	if stream {
		body = strings.Replace(body, `"temperature"`, `"stream_options":{"include_usage":true},"temperature"`, 1)
	}
	return []byte(body + strings.Repeat("tell ", (requestBytes-len(body))/5) + `"}]}`)
}

// serveMock is the upstream of all contenders. Run as a process of its own.
func serveMock(addr string) error {
	plain, stream := plainAnswer(), streamAnswer()
	handler := func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
		if err != nil {
			return
		}
		h := w.Header()
		h.Set("Openai-Processing-Ms", "12")
		h.Set("X-Request-Id", "req_bench")
		h.Set("X-Ratelimit-Remaining-Requests", "9999")
		h.Set("X-Ratelimit-Remaining-Tokens", "999999")
		if !bytes.Contains(body, []byte(`"stream":true`)) {
			h.Set("Content-Type", "application/json")
			_, _ = w.Write(plain)
			return
		}
		h.Set("Content-Type", "text/event-stream")
		control := http.NewResponseController(w)
		for _, event := range stream {
			_, _ = w.Write(event)
			_ = control.Flush()
		}
	}
	server := &http.Server{Addr: addr, Handler: http.HandlerFunc(handler), ReadHeaderTimeout: 5 * time.Second}
	return fmt.Errorf("serving the mock upstream: %w", server.ListenAndServe())
}
