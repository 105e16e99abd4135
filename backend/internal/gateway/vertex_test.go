package gateway_test

import (
	"strings"
	"testing"

	"headwater/backend/hw"
)

// vertexModels adds an upstream that serves Google's own models at Vertex, with a
// route for each of them.
func vertexModels(docs []hw.Document) []hw.Document {
	root := strings.TrimSuffix(docs[1].(*hw.Upstream).BaseURL, "/v1")
	docs = append(docs,
		&hw.Upstream{Meta: hw.Meta{ID: "ups_google"}, Name: "google", Provider: "google-vertex", BaseURL: root + vertexBase, Local: true},
		&hw.Credential{Meta: hw.Meta{ID: "crd_google"}, Name: "google", Upstream: "google", Sealed: "ya29.token"})
	for _, model := range []string{"gemini-2.5-flash", "gemini-embedding-2", "text-embedding-005"} {
		docs = append(docs, ladder("v-"+model, hw.Tier{Targets: []hw.RouteTarget{{Upstream: "google", Model: model}}}),
			ladder("v-"+model+"-then", hw.Tier{Targets: []hw.RouteTarget{{Upstream: "google", Model: model}}}, targetsOf("spare")))
	}
	return docs
}

const vertexBase = "/v1/projects/p/locations/l/publishers/google"

func TestCallsToGoogleInVertexLoseTheIDsThatItRefuses(t *testing.T) {
	r := newRig(t, vertexModels)
	const ours = `{"contents":[{"role":"user","parts":[{"text":"q"}]},{"role":"model","parts":[{"functionCall":{"id":"c1","name":"f","args":{}}}]},{"role":"user","parts":[{"functionResponse":{"id":"c1","name":"f","response":{}}}]}],"labels":{"k":"v"}}`
	const openais = `{"model":"v-gemini-2.5-flash","messages":[{"role":"user","content":"q"},{"role":"assistant","tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"c1","content":"r"}]}`
	for _, row := range []struct{ path, body, sent, want string }{
		{"/v1beta/models/v-gemini-2.5-flash:generateContent", ours, ":generateContent", strings.ReplaceAll(ours, `"id":"c1",`, "")},
		{"/v1beta/models/v-gemini-2.5-flash:streamGenerateContent?alt=sse", ours, ":streamGenerateContent", strings.ReplaceAll(ours, `"id":"c1",`, "")},
		{"/v1/chat/completions", openais, ":generateContent", ""},
	} {
		if got := r.do("POST", row.path, row.body, nil); got.status != 200 {
			t.Fatalf("%s: %d %s", row.path, got.status, got.body)
		}
		seen := r.primary.Seen()
		sent := seen[len(seen)-1]
		if sent.Path != vertexBase+"/models/gemini-2.5-flash"+row.sent || sent.Header.Get("Authorization") != "Bearer ya29.token" || row.want != "" && string(sent.Body) != row.want {
			t.Errorf("%s: sent %s %v\n%s", row.path, sent.Path, sent.Header, sent.Body)
		}
	}
	got := r.do("POST", "/v1beta/models/v-gemini-2.5-flash:countTokens", `{"generateContentRequest":{"model":"models/v-gemini-2.5-flash","contents":[{"role":"user","parts":[{"text":"one two three"}]}]}}`, nil)
	if got.status != 200 || !strings.Contains(got.body, `"totalTokens":3`) || strings.Contains(got.header.Get("X-Headwater-Served-By"), "estimate") {
		t.Errorf("%d %s %v", got.status, got.body, got.header)
	}
}

func TestTextsAreEmbeddedInVertexInTheWayOfTheModel(t *testing.T) {
	r := newRig(t, vertexModels)
	const batch = `{"requests":[{"model":"models/x","content":{"parts":[{"text":"a"}]}},{"model":"models/x","content":{"parts":[{"text":"b"}]}}]}`
	for _, row := range []struct{ path, body, sent, has string }{
		{"/v1/embeddings", `{"model":"v-text-embedding-005","input":["a","b"],"dimensions":2}`, "text-embedding-005:predict", `"index":1`},
		{"/v1beta/models/v-text-embedding-005:batchEmbedContents", batch, "text-embedding-005:predict", `"embeddings":[{"values":`},
		{"/v1/embeddings", `{"model":"v-gemini-embedding-2","input":"a","dimensions":2}`, "gemini-embedding-2:embedContent", `"index":0`},
		{"/v1/embeddings", `{"model":"v-gemini-embedding-2","input":["a","b"]}`, "gemini-embedding-2:embedContent", `"index":1`},
		{"/v1beta/models/v-gemini-embedding-2:batchEmbedContents", batch, "gemini-embedding-2:embedContent", `]},{"values":`},
		{"/v1beta/models/v-gemini-embedding-2:embedContent", `{"content":{"parts":[{"text":"a"}]}}`, "gemini-embedding-2:embedContent", `"embedding":{"values":`},
	} {
		got := r.do("POST", row.path, row.body, nil)
		if got.status != 200 || !strings.Contains(got.body, row.has) {
			t.Errorf("%s %s: %d %s", row.path, row.sent, got.status, got.body)
		}
		seen := r.primary.Seen()
		if sent := seen[len(seen)-1]; sent.Path != vertexBase+"/models/"+row.sent {
			t.Errorf("%s: sent %s %s", row.path, sent.Path, sent.Body)
		}
	}
	many := `"input":["a"` + strings.Repeat(`,"a"`, 100) + `]}`
	if got := r.do("POST", "/v1/embeddings", `{"model":"v-gemini-embedding-2",`+many, nil); got.status != 400 || !strings.Contains(got.body, "one text at a time") {
		t.Errorf("%d %s", got.status, got.body)
	}
	if got := r.do("POST", "/v1/embeddings", `{"model":"v-gemini-embedding-2-then",`+many, nil); got.status != 200 || !strings.Contains(got.header.Get("X-Headwater-Served-By"), "tier=2") {
		t.Errorf("%d %s", got.status, got.body)
	}
}
