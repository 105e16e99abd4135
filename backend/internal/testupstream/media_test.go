package testupstream

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// formWith is a multipart form with a file and some fields.
func formWith(file string, fields ...string) string {
	body := ""
	if file != "" {
		body = "--x\r\nContent-Disposition: form-data; name=\"" + file + "\"; filename=\"a\"\r\n\r\n\x00\x01\r\n"
	}
	for i := 0; i < len(fields); i += 2 {
		body += "--x\r\nContent-Disposition: form-data; name=\"" + fields[i] + "\"\r\n\r\n" + fields[i+1] + "\r\n"
	}
	return body + "--x--\r\n"
}

func TestSmallEndpoints(t *testing.T) {
	s := Start(t)
	rows := []struct {
		path, body, has string
		status          int
	}{
		{"/v1/moderations", `{"model":"m","input":["a","Kill"]}`, `"flagged":true`, 200},
		{"/v1/moderations", `{"model":"m","input":[{"type":"text","text":"a"}]}`, `"flagged":false`, 200},
		{"/v1/moderations", `{"model":"m"}`, `'input'`, 400},
		{"/v1/moderations", `{"model":"rate","input":"a"}`, `"error"`, 429},
		{"/v1/images/generations", `{"model":"m","prompt":"a","n":2}`, onePixel, 200},
		{"/v1/images/generations", `{"model":"m","prompt":"a","n":11}`, `'n'`, 400},
		{"/v1/images/generations", `{"model":"m"}`, `'prompt'`, 400},
		{"/v1/images/generations", `{"model":"noend","prompt":"a","stream":true,"partial_images":1}`, `partial_image"`, 200},
		{"/v1/images/edits", formWith("image[]", "model", "m", "prompt", "a", "n", "1"), onePixel, 200},
		{"/v1/images/edits", formWith("", "model", "m", "prompt", "a"), `'image'`, 400},
		{"/v1/images/variations", formWith("image", "model", "nousage"), onePixel, 200},
		{"/v1/audio/speech", `{"model":"m","input":"a","voice":"b","response_format":"pcm"}`, "\x00\x00", 200},
		{"/v1/audio/speech", `{"model":"m","voice":"b"}`, `'input'`, 400},
		{"/v1/audio/speech", `{"model":"m","input":"a"}`, `'voice'`, 400},
		{"/v1/audio/transcriptions", formWith("file", "model", "tokens-2"), `"text":"word1 word2"`, 200},
		{"/v1/audio/transcriptions", formWith("file", "model", "m", "response_format", "x"), `'x'`, 400},
		{"/v1/audio/transcriptions", formWith("", "model", "m"), `'file'`, 400},
		{"/v1/audio/translations", formWith("file", "model", "m", "response_format", "srt"), "-->", 200},
		{"/v1/rerank", `{"model":"m","query":"b","documents":["a",{"text":"b"}],"top_n":1,"return_documents":true}`, `[{"index":1,"relevance_score":1,"document":{"text":"b"}}]`, 200},
		{"/v1/rerank", `{"model":"m","documents":["a"]}`, `query`, 400},
		{"/v1/rerank", `{"model":"m","query":"a","documents":[]}`, `documents`, 400},
		{"/v1/rerank", `{"model":"m","query":"a","documents":["a"],"top_n":0}`, `top_n`, 400},
		{"/v2/rerank", `{"model":"m","query":"b","documents":["a","b"]}`, `"search_units":1`, 200},
		{"/v2/rerank", `{"model":"m","query":"b","documents":[{"text":"b"}]}`, `"message"`, 400},
		{"/voyage/v1/rerank", `{"model":"m","query":"b","documents":["a","b"],"top_k":1}`, `"data":[{"index":1,`, 200},
		{"/voyage/v1/rerank", `{"model":"m","query":"b","documents":["a","b"],"top_n":1}`, `top_n`, 400},
	}
	for _, row := range rows {
		kind := "application/json"
		if strings.HasPrefix(row.body, "--") {
			kind = "multipart/form-data; boundary=x"
		}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL()+row.path, strings.NewReader(row.body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", kind)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil || resp.StatusCode != row.status || !strings.Contains(string(body), row.has) {
			t.Errorf("%s %.80q: %d %.300q (%v)", row.path, row.body, resp.StatusCode, body, err)
		}
	}
}
