package ollama_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/ollama"
)

// requestPaths are those of requests that have a body to decode.
var requestPaths = []string{"/api/chat", "/api/generate", "/api/embed", "/api/embeddings"}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"model":"m","messages":[{"role":"user","content":"x","images":["iVBO"]}],"tools":[{"type":"function","function":{"name":"f"}}],"think":true}`))
	f.Add([]byte(`{"model":"m","messages":[{"role":"assistant","tool_calls":[{"function":{"name":"f","arguments":"x"}}]},{"role":"tool","content":"x"}],"options":{"stop":"a","num_predict":1e9}}`))
	f.Add([]byte(`{"model":"m","prompt":"p","system":"s","input":["x"],"format":{"type":"object"}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, path := range requestPaths {
			if _, err := (ollama.Inbound{}).Peek(op(t, path), body); err == nil {
				wire, err := ollama.Outbound{}.Adapt(op(t, path), body, dialect.Target{Model: "x"}, true)
				p, perr := ollama.Inbound{}.Peek(op(t, path), wire.Body)
				if err != nil || perr != nil || p.Model != "x" {
					t.Fatalf("adapted %s: %v, %v, %+v", wire.Body, err, perr, p)
				}
			}
			r, err := ollama.Inbound{}.Decode(op(t, path), body)
			if err != nil {
				if _, ok := errors.AsType[*hw.Error](err); !ok {
					t.Fatalf("an error that is not for the caller: %v", err)
				}
				continue
			}
			wire, err := ollama.Outbound{}.Encode(r, dialect.Target{Model: "m"})
			if err != nil {
				if hw.CodeOf(err) == hw.CodeInternal {
					t.Fatal(err)
				}
				continue
			}
			again := op(t, map[dialect.Endpoint]string{dialect.EndpointChat: "/api/chat", dialect.EndpointEmbeddings: "/api/embed"}[r.Endpoint])
			if _, err := (ollama.Inbound{}).Decode(again, wire.Body); err != nil {
				t.Fatalf("%s became %s: %v", body, wire.Body, err)
			}
		}
	})
}

func FuzzAnswer(f *testing.F) {
	f.Add([]byte(`{"model":"m","message":{"content":"hi","thinking":"t","images":["x"],"tool_calls":[{"function":{"name":"f","arguments":{}}}]},"done":true,"eval_count":1}`))
	f.Add([]byte(`{"response":"hi","done":true,"done_reason":"length"}`))
	f.Add([]byte(`{"error":{"message":1}}`))
	f.Add([]byte(`{"embeddings":[[1]],"embedding":[1],"prompt_eval_count":-1}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, path := range requestPaths {
			out := dialect.Outbound(ollama.Outbound{})
			a, err := out.Decoder(op(t, path)).Answer(body)
			isFault(t, err)
			if err == nil {
				text, err := ollama.Inbound{}.Encoder(options(t, path)).Answer(nil, a)
				if err != nil || !json.Valid(text) {
					t.Fatalf("%s: %v", text, err)
				}
			}
			w := out.Watcher(op(t, path))
			if _, err := w.Answer(body); err == nil {
				if renamed := w.Rename(nil, body, "m"); !json.Valid(renamed) {
					t.Fatalf("renamed %s", renamed)
				}
			} else {
				isFault(t, err)
			}
		}
		ollama.Outbound{}.ReadError(400, nil, body)
		_, err := ollama.Outbound{}.ReadModels(body)
		isFault(t, err)
	})
}

func FuzzStream(f *testing.F) {
	f.Add([]byte(chatStream), 7)
	f.Add([]byte(`{"error":"x"}`), 3)
	f.Fuzz(func(t *testing.T, body []byte, size int) {
		size = max(1, size)
		for _, out := range []dialect.Outbound{ollama.Outbound{}, stranger{}} {
			got, _, err := feed(dialect.NewExchange(ollama.Inbound{}, out, options(t, "/api/chat")), string(body), size)
			isFault(t, err)
			whole, _, wholeErr := feed(dialect.NewExchange(ollama.Inbound{}, out, options(t, "/api/chat")), string(body), len(body)+1)
			if steady(got) != steady(whole) || (err == nil) != (wholeErr == nil) {
				t.Fatalf("pieces of %d: %q, %v; whole %q, %v", size, got, err, whole, wholeErr)
			}
			if out.Name() == "ollama" {
				continue
			}
			for line := range bytes.Lines(got) {
				if !json.Valid(line) || !strings.HasSuffix(string(line), "\n") {
					t.Fatalf("the line %q", line)
				}
			}
		}
	})
}

func isFault(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		return
	}
	if _, ok := errors.AsType[*dialect.Fault](err); !ok {
		t.Fatalf("an error that is no fault: %v", err)
	}
}
