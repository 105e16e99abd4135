package testupstream

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// askCloud sends one request with a header and gives the status and the body.
func askCloud(t *testing.T, s *Server, path, body, header, value string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set(header, value)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

func TestCloudsTakeAndRefuseWhatTheirVendorsDo(t *testing.T) {
	const (
		version = "?api-version=2025-04-01-preview"
		chat    = `{"messages":[{"role":"user","content":"a"}]}`
		google  = "/v1/projects/p/locations/l/publishers/google/models/"
		claude  = "/v1/projects/p/locations/l/publishers/anthropic/models/m:rawPredict"
		turns   = `{"contents":[{"role":"user","parts":[{"text":"a"}]},{"role":"model","parts":[{"functionCall":{"id":"c","name":"f"}}]},{"role":"user","parts":[{"functionResponse":{"name":"f","response":{}}}]}]}`
		cohere  = "/model/cohere.embed-multilingual-v3/invoke"
	)
	s := Start(t)
	for name, row := range map[string]struct {
		path, body, header, value string
		status                    int
		has                       string
	}{
		"Azure, a deployment":               {"/openai/deployments/ok/chat/completions" + version, chat, "Api-Key", "k", 200, `"prompt_filter_results"`},
		"Azure, a stream":                   {"/openai/deployments/ok/chat/completions" + version, chat[:len(chat)-1] + `,"stream":true}`, "Api-Key", "k", 200, `data: {"choices":[],"created":0`},
		"Azure, embeddings":                 {"/openai/deployments/ok/embeddings" + version, `{"input":"a"}`, "Api-Key", "k", 200, `"embedding"`},
		"Azure, Responses":                  {"/openai/responses" + version, `{"model":"ok","input":"a"}`, "Api-Key", "k", 200, `"completed"`},
		"Azure, without a version":          {"/openai/deployments/ok/chat/completions", chat, "Api-Key", "k", 404, "Resource not found"},
		"Azure, Responses without one":      {"/openai/responses", `{"model":"ok","input":"a"}`, "Api-Key", "k", 404, "Resource not found"},
		"Azure, no such deployment":         {"/openai/deployments/no-model/chat/completions" + version, chat, "Api-Key", "k", 404, "DeploymentNotFound"},
		"Azure, a bad key":                  {"/openai/deployments/ok/chat/completions" + version, chat, "Api-Key", "revoked", 401, `"code":"401"`},
		"Azure, Responses in a deployment":  {"/openai/deployments/ok/responses" + version, chat, "Api-Key", "k", 404, ""},
		"Google, a key in place of a token": {google + "ok:generateContent", turns, "X-Goog-Api-Key", "k", 401, "UNAUTHENTICATED"},
		"Google, an id":                     {google + "ok:generateContent", turns, "Authorization", "Bearer t", 400, `Unknown name \"id\" at 'contents[1].parts[0].function_call'`},
		"Google, an id in version 1 beta 1": {strings.Replace(google, "/v1/", "/v1beta1/", 1) + "ok:generateContent", turns, "Authorization", "Bearer t", 200, "candidates"},
		"Google, a turn without a role":     {google + "ok:generateContent", `{"contents":[{"parts":[{"text":"a"}]}]}`, "Authorization", "Bearer t", 400, "valid role"},
		"Google, a count in a wrapping":     {google + "ok:countTokens", `{"generateContentRequest":{}}`, "Authorization", "Bearer t", 400, "Unknown name"},
		"Google, a batch":                   {google + "ok:batchEmbedContents", `{"requests":[]}`, "Authorization", "Bearer t", 404, "NOT_FOUND"},
		"Google, texts":                     {google + "text-embedding-005:predict", `{"instances":[{"content":"a"},{"content":"b"}]}`, "Authorization", "Bearer t", 200, `"predictions"`},
		"Google, texts for one by one":      {google + "gemini-embedding-001:predict", `{"instances":[{"content":"a"},{"content":"b"}]}`, "Authorization", "Bearer t", 400, "allowed per prediction"},
		"Google, predict of a later model":  {google + "gemini-embedding-2:predict", `{"instances":[{"content":"a"}]}`, "Authorization", "Bearer t", 400, "Precondition"},
		"Google, a content":                 {google + "gemini-embedding-2:embedContent", `{"content":{"parts":[{"text":"a"}]},"embedContentConfig":{"outputDimensionality":1}}`, "Authorization", "Bearer t", 200, `"values":[`},
		"Google, content of an older model": {google + "text-embedding-005:embedContent", `{"content":{"parts":[{"text":"a"}]}}`, "Authorization", "Bearer t", 400, "Precondition"},
		"Claude, a key in place of a token": {claude, `{"anthropic_version":"vertex-2023-10-16","max_tokens":9,"messages":[{"role":"user","content":"a"}]}`, "X-Api-Key", "k", 401, "UNAUTHENTICATED"},
		"Claude, the model in the body":     {claude, `{"anthropic_version":"vertex-2023-10-16","model":"m","max_tokens":9,"messages":[{"role":"user","content":"a"}]}`, "Authorization", "Bearer t", 400, "model: Extra inputs"},
		"Claude, without the version":       {claude, `{"max_tokens":9,"messages":[{"role":"user","content":"a"}]}`, "Authorization", "Bearer t", 400, "anthropic_version"},
		"Cohere in Bedrock":                 {cohere, `{"texts":["a","b"],"input_type":"search_document","embedding_types":["float"]}`, "Authorization", "Bearer t", 200, `"float":[[`},
		"Cohere in Bedrock, the model":      {cohere, `{"model":"m","texts":["a"],"input_type":"search_document"}`, "Authorization", "Bearer t", 400, "extraneous key [model]"},
		"Cohere in Bedrock, dimensions":     {cohere, `{"output_dimension":256,"texts":["a"],"input_type":"search_document"}`, "Authorization", "Bearer t", 400, "extraneous key [output_dimension]"},
		"Cohere in Bedrock, no purpose":     {cohere, `{"texts":["a"]}`, "Authorization", "Bearer t", 400, "input_type"},
	} {
		if status, text := askCloud(t, s, row.path, row.body, row.header, row.value); status != row.status || !strings.Contains(text, row.has) {
			t.Errorf("%s: %d %s", name, status, text)
		}
	}
}
