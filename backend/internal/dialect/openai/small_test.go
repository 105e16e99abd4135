package openai_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/dialecttest"
	"headwater/backend/internal/dialect/openai"
)

// direct is the exchange of an answer that passes through.
func direct(endpoint dialect.Endpoint, contentType string, stream bool) dialect.Exchange {
	return dialect.NewExchange(openai.Inbound{}, openai.Outbound{}, dialect.EncodeOptions{
		Op: dialect.Operation{Endpoint: endpoint}, Stream: stream, Model: "the-route", RequestID: "r",
		Type: contentType, Framing: dialect.FramingOf(contentType), StreamUsage: true,
	})
}

func TestSmallAnswersAreToldFromFailures(t *testing.T) {
	const jsonType, html, text = "application/json", "text/html", "text/plain; charset=utf-8"
	const good, malformed, fault = "good", "malformed", "fault"
	rows := []struct {
		endpoint          dialect.Endpoint
		kind, body, want  string
		in, out           int64
		seconds           float64
		renamed, whatever string
	}{
		{endpoint: dialect.EndpointModerations, kind: jsonType, body: `{"model":"m","results":[]}`, want: good, renamed: `{"model":"the-route","results":[]}`},
		{endpoint: dialect.EndpointModerations, kind: jsonType, body: `{"id":"x"}`, want: malformed},
		{endpoint: dialect.EndpointModerations, kind: jsonType, body: ``, want: malformed},
		{endpoint: dialect.EndpointModerations, kind: html, body: `<html>`, want: malformed},
		{endpoint: dialect.EndpointModerations, kind: jsonType, body: `{"error":{"message":"no"}}`, want: fault},
		{endpoint: dialect.EndpointModerations, kind: jsonType, body: `{"detail":"Not Found"}`, want: fault},
		{endpoint: dialect.EndpointRerank, kind: jsonType, body: `{"data":[{"index":0}],"usage":{"total_tokens":57}}`, want: good, in: 57},
		{endpoint: dialect.EndpointImages, kind: jsonType, body: `{"data":[],"usage":{"input_tokens":7,"output_tokens":9,"total_tokens":16,"input_tokens_details":{"text_tokens":7}}}`, want: good, in: 7, out: 9},
		{endpoint: dialect.EndpointImages, kind: "", body: `{"data":[{"url":"u"}],"usage":{"cost_in_usd_ticks":2}}`, want: good},
		{endpoint: dialect.EndpointImages, kind: jsonType, body: `{"created":1}`, want: malformed},
		{endpoint: dialect.EndpointImages, kind: "image/png", body: "\x89PNG", want: malformed},
		{endpoint: dialect.EndpointSpeech, kind: "audio/mpeg", body: "\xff\xfb", want: good, renamed: "\xff\xfb"},
		{endpoint: dialect.EndpointSpeech, kind: "", body: "{not JSON, but PCM", want: good, renamed: "{not JSON, but PCM"},
		{endpoint: dialect.EndpointSpeech, kind: "application/octet-stream", body: `{"model":"m"}`, want: good, renamed: `{"model":"m"}`},
		{endpoint: dialect.EndpointSpeech, kind: "audio/mpeg", body: ``, want: malformed},
		{endpoint: dialect.EndpointSpeech, kind: "audio/mpeg", body: ` <!DOCTYPE HTML>`, want: malformed},
		{endpoint: dialect.EndpointSpeech, kind: "audio/mpeg", body: `{"error":"busy"}`, want: fault},
		{endpoint: dialect.EndpointSpeech, kind: jsonType, body: `{"text":"a"}`, want: malformed},
		{endpoint: dialect.EndpointSpeech, kind: jsonType, body: `"sound"`, want: malformed},
		{endpoint: dialect.EndpointSpeech, kind: text, body: `upstream connect error`, want: malformed},
		{endpoint: dialect.EndpointTranscriptions, kind: jsonType, body: `{"text":"","model":"m","usage":{"type":"duration","seconds":7}}`, want: good, seconds: 7, renamed: `{"text":"","model":"the-route","usage":{"type":"duration","seconds":7}}`},
		{endpoint: dialect.EndpointTranscriptions, kind: jsonType, body: `{"text":"a","usage":{"type":"tokens","total_tokens":30,"input_tokens":26,"output_tokens":4}}`, want: good, in: 26, out: 4},
		{endpoint: dialect.EndpointTranscriptions, kind: jsonType, body: `{"text":"a","usage":{"prompt_audio_seconds":3,"prompt_tokens":3,"total_tokens":389,"completion_tokens":11}}`, want: good, in: 3, out: 11, seconds: 3},
		{endpoint: dialect.EndpointTranscriptions, kind: jsonType, body: `"1\n00:00"`, want: good},
		{endpoint: dialect.EndpointTranscriptions, kind: jsonType, body: `"cut`, want: malformed},
		{endpoint: dialect.EndpointTranscriptions, kind: jsonType, body: `{}`, want: malformed},
		{endpoint: dialect.EndpointTranscriptions, kind: text, body: "\n", want: good},
		{endpoint: dialect.EndpointTranscriptions, kind: text, body: `{"model":"m"}`, want: good, renamed: `{"model":"m"}`},
		{endpoint: dialect.EndpointTranscriptions, kind: text, body: `{"error":{"message":"no","code":"rate_limit_exceeded"}}`, want: fault},
		{endpoint: dialect.EndpointTranslations, kind: html, body: "hello", want: malformed},
		{endpoint: dialect.EndpointTranslations, kind: text, body: "", want: malformed},
	}
	for _, row := range rows {
		for _, stream := range []bool{false, true} { // some models stream nothing
			if stream && !row.endpoint.Media() {
				continue
			}
			x := direct(row.endpoint, row.kind, stream)
			turn := x.Answer
			if stream {
				turn = x.AnswerAsStream
			}
			out, usage, err := turn(nil, []byte(row.body))
			got := good
			if f, ok := errors.AsType[*dialect.Fault](err); ok {
				got = fault
				if f.Malformed {
					got = malformed
				}
			}
			if got != row.want {
				t.Errorf("%s, %q, %q: %s (%v), want %s", row.endpoint, row.kind, row.body, got, err, row.want)
				continue
			}
			want := row.renamed
			if want == "" {
				want = row.body
			}
			if row.want == good && string(out) != want {
				t.Errorf("%s, %q: became %q", row.endpoint, row.body, out)
			}
			if usage == nil {
				usage = &dialect.Usage{}
			}
			if row.want == good && (usage.In != row.in || usage.Out != row.out || usage.Seconds != row.seconds) {
				t.Errorf("%s, %q: usage %+v", row.endpoint, row.body, usage)
			}
		}
	}
}

func TestSmallStreams(t *testing.T) {
	const events = "text/event-stream"
	rows := []struct {
		name, body string
		endpoint   dialect.Endpoint
		truncated  bool
		fault      bool
		tokens     int64
	}{
		{name: "pictures", endpoint: dialect.EndpointImages, body: "event: image_generation.partial_image\ndata: {\"type\":\"image_generation.partial_image\",\"b64_json\":\"aa\"}\n\nevent: image_generation.completed\ndata: {\"type\":\"image_generation.completed\",\"b64_json\":\"aa\",\"usage\":{\"input_tokens\":3,\"output_tokens\":4}}\n\n", tokens: 7},
		{name: "a picture that was never completed", endpoint: dialect.EndpointImages, body: "data: {\"type\":\"image_generation.partial_image\",\"b64_json\":\"aa\"}\n\n", truncated: true},
		{name: "a transcription", endpoint: dialect.EndpointTranscriptions, body: "data: {\"type\":\"transcript.text.delta\",\"delta\":\"a\"}\n\ndata: {\"type\":\"transcript.text.done\",\"text\":\"a\",\"usage\":{\"input_tokens\":1,\"output_tokens\":2}}\n\ndata: [DONE]\n\n", tokens: 3},
		{name: "chunks, as vLLM sends them", endpoint: dialect.EndpointTranscriptions, body: "data: {\"object\":\"transcription.chunk\",\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\ndata: {\"choices\":[],\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":1}}\n\ndata: [DONE]\n\n", tokens: 6},
		{name: "nothing at all", endpoint: dialect.EndpointSpeech, body: "", truncated: true},
		{name: "an error", endpoint: dialect.EndpointSpeech, body: "data: {\"type\":\"error\",\"error\":{\"message\":\"no\"}}\n\n", fault: true},
		{name: "an event called error", endpoint: dialect.EndpointSpeech, body: "event: error\ndata: {\"message\":\"no\"}\n\n", fault: true},
		{name: "no JSON", endpoint: dialect.EndpointSpeech, body: "data: {\"type\"\n\n", fault: true},
	}
	for _, row := range rows {
		for _, asked := range []bool{true, false} { // a stream that was not asked for passes, too
			for _, size := range []int{1, 7, 1 << 20} {
				x := direct(row.endpoint, events, asked)
				out, usage, err := passed(x, row.body, asked, size)
				f, failed := errors.AsType[*dialect.Fault](err)
				if failed != (row.fault || row.truncated) || failed && f.Truncated != row.truncated {
					t.Errorf("%s: %v", row.name, err)
				}
				if !row.fault && string(out) != row.body {
					t.Errorf("%s: became %q", row.name, out)
				}
				if row.tokens != 0 && (usage == nil || usage.In+usage.Out != row.tokens) {
					t.Errorf("%s: usage %+v", row.name, usage)
				}
			}
		}
	}
}

// passed gives a stream through an exchange, in pieces or whole.
func passed(x dialect.Exchange, body string, stream bool, size int) ([]byte, *dialect.Usage, error) {
	if !stream {
		return x.StreamAsAnswer(nil, []byte(body))
	}
	var out []byte
	var err error
	for rest := []byte(body); len(rest) > 0; {
		n := min(size, len(rest))
		if out, _, err = x.Feed(out, rest[:n]); err != nil {
			return out, nil, err
		}
		rest = rest[n:]
	}
	return x.Close(out)
}

// smallRecord is a recorded call of a smaller endpoint, whose request may be a form.
type smallRecord struct {
	dialecttest.Record
	Request *struct {
		Path    string            `json:"path"`
		Headers map[string]string `json:"headers"`
		Body    json.RawMessage   `json:"body"`
		BodyB64 string            `json:"body_b64"`
	} `json:"request"`
}

// smallRecords visits the recorded calls of some dialects.
func smallRecords(t *testing.T, visit func(r *smallRecord), names ...string) {
	t.Helper()
	folder := os.Getenv("HEADWATER_TESTDATA")
	if folder == "" {
		t.Skip("SKIPPED: HEADWATER_TESTDATA is unset, the recorded provider traffic was not run")
	}
	files, err := filepath.Glob(filepath.Join(folder, "traffic", "[a-z]*.jsonl.gz"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no recordings found: %v", err)
	}
	for _, file := range files {
		packed, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		zr, err := gzip.NewReader(bytes.NewReader(packed))
		if err != nil {
			t.Fatal(err)
		}
		all, err := io.ReadAll(zr)
		if err != nil {
			t.Fatal(err)
		}
		for line := range bytes.SplitSeq(all, []byte("\n")) {
			for _, name := range names {
				if !bytes.Contains(line[:min(len(line), 400)], []byte(`"dialect": "`+name+`"`)) && !bytes.Contains(line[:min(len(line), 400)], []byte(`"dialect":"`+name+`"`)) {
					continue
				}
				r := &smallRecord{}
				if err := json.Unmarshal(line, r); err != nil {
					t.Fatal(err)
				}
				visit(r)
			}
		}
	}
}

func TestRecordedSmallCallsPassThrough(t *testing.T) {
	requests, forms, nameless, answers := 0, 0, 0, 0
	smallRecords(t, func(r *smallRecord) {
		endpoint := dialect.EndpointImages // where only the answer was recorded
		if r.Request != nil {
			_, path, _ := strings.Cut(r.Request.Path, "/v") // OpenRouter's begin with /api
			path = "/v" + path
			header := dialect.Header{}
			if kind := r.Request.Headers["content-type"]; kind != "" {
				header["Content-Type"] = []string{kind}
			}
			op, ok := openai.Inbound{}.Match(dialect.Ask{Method: "POST", Path: path, Header: header})
			if !ok {
				t.Fatalf("%s: nothing at %s", r.ID, path)
			}
			endpoint = op.Endpoint
			body := []byte(r.Request.Body)
			if r.Request.BodyB64 != "" {
				var err error
				if body, err = base64.StdEncoding.DecodeString(r.Request.BodyB64); err != nil {
					t.Fatal(err)
				}
				forms++
			}
			if len(body) > 0 {
				requests++
				nameless += adaptRecorded(t, r.ID, op, body)
			}
		}
		kind := r.Response.Headers["content-type"]
		stream := r.Response.SSE != ""
		body := r.Plain()
		switch {
		case stream:
			body = []byte(r.Response.SSE)
		case r.Response.RawB64 != "":
			body, _ = base64.StdEncoding.DecodeString(r.Response.RawB64)
		}
		answers++
		if r.Failed() {
			if d := (openai.Outbound{}).ReadError(r.Response.Status, nil, body); d.Message == "" {
				t.Errorf("%s: an error without words", r.ID)
			}
			return
		}
		x := direct(endpoint, kind, stream)
		var out []byte
		var err error
		if stream {
			out, _, err = passed(x, string(body), true, 100)
		} else {
			out, _, err = x.Answer(nil, body)
		}
		if err != nil {
			t.Errorf("%s (%s, %s): %v", r.ID, endpoint, kind, err)
		}
		if want := renamed(body); !bytes.Equal(out, want) {
			t.Errorf("%s: became\n%.300q\nwant\n%.300q", r.ID, out, want)
		}
	}, "openai-images", "openai-moderations", "openai-audio", "rerank", "cohere-rerank")
	t.Logf("%d requests, %d of them forms, %d without a model; %d answers", requests, forms, nameless, answers)
	if requests < 25 || forms < 5 || answers < 30 {
		t.Error("fewer than were recorded")
	}
}

// renamed is a recorded answer with the caller's name of the model.
func renamed(body []byte) []byte {
	var named struct {
		Model *string `json:"model"`
	}
	if json.Unmarshal(body, &named) != nil || named.Model == nil {
		return body
	}
	at := bytes.Index(body, []byte(`"`+*named.Model+`"`))
	return append(append(append([]byte(nil), body[:at]...), `"the-route"`...), body[at+len(*named.Model)+2:]...)
}

// adaptRecorded sends a recorded request on under another model: all else must
// stay. It counts those that name no model.
func adaptRecorded(t *testing.T, id string, op dialect.Operation, body []byte) (nameless int) {
	t.Helper()
	p, err := openai.Inbound{}.Peek(op, body)
	if err != nil && hw.AsError(err).Field == "model" {
		return 1
	}
	if err != nil {
		t.Errorf("%s: %v", id, err)
		return 0
	}
	const other = "another-model"
	there, err := openai.Outbound{}.Adapt(op, body, dialect.Target{Model: other}, p.Stream)
	if err != nil {
		t.Errorf("%s: %v", id, err)
		return 0
	}
	if len(there.Body) != len(body)+len(other)-len(p.Model) && !strings.HasPrefix(p.Model, "omni-") && p.Model != "dall-e-2" {
		t.Errorf("%s: %d bytes became %d", id, len(body), len(there.Body))
	}
	back, err := openai.Outbound{}.Adapt(op, there.Body, dialect.Target{Model: p.Model}, p.Stream)
	if err != nil {
		t.Errorf("%s: %v", id, err)
		return 0
	}
	if named := bytes.Contains(body, []byte(p.Model)); named != bytes.Equal(back.Body, body) {
		t.Errorf("%s: there and back it is\n%.300q\nwas\n%.300q", id, back.Body, body)
	}
	if op.Form != "" && (there.Header["Content-Type"][0] != op.Form) {
		t.Errorf("%s: header %v", id, there.Header)
	}
	return 0
}

// FuzzForm: what is accepted keeps every byte but the model's, and is read the
// same again.
func FuzzForm(f *testing.F) {
	const head = "Content-Disposition: form-data; name="
	f.Add([]byte("--hw\r\n" + head + "\"model\"\r\n\r\none\r\n--hw--\r\n"))
	f.Add([]byte("\r\n--hw\r\n" + head + "model\r\nContent-Length: 3\r\n\r\none\r\n--hw\r\n" + head + "\"file\"; filename=\"a\"\r\n\r\n\r\n--h\r\n--hw--"))
	f.Add([]byte("--hw\r\n" + head + "\"stream\"\r\n\r\ntrue\r\n--hw--"))
	op := dialect.Operation{Endpoint: dialect.EndpointTranscriptions, Form: "multipart/form-data; boundary=hw"}
	f.Fuzz(func(t *testing.T, body []byte) {
		p, err := openai.Inbound{}.Peek(op, body)
		if err != nil {
			if hw.CodeOf(err) != hw.CodeBadRequest {
				t.Fatalf("%v", err)
			}
			return
		}
		there, err := openai.Outbound{}.Adapt(op, body, dialect.Target{Model: "another"}, p.Stream)
		if err != nil {
			t.Fatal(err)
		}
		again, err := openai.Inbound{}.Peek(op, there.Body)
		if err != nil || again.Model != "another" || again.Stream != p.Stream {
			t.Fatalf("%+v, %v", again, err)
		}
		read := multipartFields(there.Body)
		if len(read) != 1 || read[0] != "another" {
			t.Fatalf("Go's own reader finds the models %q in %q", read, there.Body)
		}
	})
}
