package testupstream

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// FuzzRequests wants an answer to whatever comes, and JSON if it is a plain one.
func FuzzRequests(f *testing.F) {
	paths := []string{
		"/v1/chat/completions", "/v1/embeddings", "/v1/responses", "/v1/messages", "/v1/messages/count_tokens",
		"/v1beta/models/m:generateContent", "/v1beta/models/m:streamGenerateContent", "/v1beta/models/m:embedContent",
		"/v1beta/models/m:batchEmbedContents", "/v1beta/models/gemini-3:countTokens", "/api/chat", "/api/generate", "/api/embed", "/api/show",
		"/v2/chat", "/v2/embed", "/model/m/converse", "/model/m/converse-stream",
	}
	all := question{model: "ok", tools: true, images: 1, schema: true}
	for i := range paths {
		for _, put := range wires() {
			_, body := put(all)
			f.Add(uint8(i), mustJSON(body))
		}
		f.Add(uint8(i), []byte(`{"model":"ok","input":["a"],"texts":["a"],"input_type":"x","requests":[{}],"content":{"parts":{}}}`))
	}
	s := New()
	f.Fuzz(func(t *testing.T, nth uint8, body []byte) {
		path := paths[int(nth)%len(paths)]
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader(string(body)))
		r.Header.Set("X-Test-Fault", "tools-2+reasoning+vision+schema")
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code != 200 && w.Code != 400 {
			t.Errorf("%s: got %d %s", path, w.Code, w.Body)
		}
		if strings.HasPrefix(w.Header().Get("Content-Type"), "application/json") && !json.Valid(w.Body.Bytes()) {
			t.Errorf("%s: got %s", path, w.Body)
		}
	})
}
