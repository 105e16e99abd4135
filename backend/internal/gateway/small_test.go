package gateway_test

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"strings"
	"testing"

	"headwater/backend/hw"
)

// sound is no text and has the pieces that a careless reader of forms trips over.
const sound = "ID3\x00\r\n--\r\n\r\n\xff\xfb--hw\x00{\"model\":\"one\"}"

// formOf is a multipart form as Go's own writer makes it.
func formOf(t *testing.T, file string, fields ...string) (body, contentType string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	if file != "" {
		part, err := w.CreateFormFile(file, `a "name".wav`)
		if err == nil {
			_, err = part.Write([]byte(sound))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for i := 0; i < len(fields); i += 2 {
		if err := w.WriteField(fields[i], fields[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String(), w.FormDataContentType()
}

// small is a call of one of the smaller endpoints.
type small struct {
	endpoint, path string
	// file and fields make a form; without a file, body is JSON. $MODEL stands for
	// the model.
	file   string
	fields []string
	body   string
	// kind and has are what the answer must be and hold.
	kind, has string
	tokens    int64 // that the log must have, in and out together
	seconds   float64
	stream    bool
}

func (s *small) ask(t *testing.T, r *rig, model string) (got answer, sent string) {
	t.Helper()
	body, kind := strings.ReplaceAll(s.body, "$MODEL", model), "application/json"
	if s.file != "" {
		body, kind = formOf(t, s.file, append([]string{"model", model}, s.fields...)...)
	}
	return r.do("POST", s.path, body, map[string]string{"Content-Type": kind}), body
}

func smalls() []small {
	const png = `"b64_json":"iVBOR`
	return []small{
		{endpoint: "moderations", path: "/v1/moderations", body: `{"model":"$MODEL","input":["hello","kill"]}`, kind: "application/json", has: `"flagged":true`},
		{endpoint: "images", path: "/v1/images/generations", body: `{"prompt":"a cat","model":"$MODEL","n":2,"x":[1.0]}`, kind: "application/json", has: png, tokens: 203},
		{endpoint: "images", path: "/v1/images/generations", body: `{"prompt":"a cat","model":"$MODEL","stream":true,"partial_images":2}`, kind: "text/event-stream", has: "event: image_generation.completed", tokens: 103, stream: true},
		{endpoint: "image_edits", path: "/v1/images/edits", file: "image", fields: []string{"prompt", "a hat"}, kind: "application/json", has: png, tokens: 103},
		{endpoint: "image_edits", path: "/v1/images/edits", file: "image", fields: []string{"prompt", "a hat", "stream", "true"}, kind: "text/event-stream", has: "image_edit.completed", tokens: 103, stream: true},
		{endpoint: "image_edits", path: "/v1/images/edits", body: `{"model":"$MODEL","prompt":"a hat","images":[{"image_url":"data:image/png;base64,aa"}]}`, kind: "application/json", has: png, tokens: 103},
		{endpoint: "image_variations", path: "/v1/images/variations", file: "image", kind: "application/json", has: png, tokens: 101},
		{endpoint: "speech", path: "/v1/audio/speech", body: `{"model":"$MODEL","input":"one two","voice":"alloy"}`, kind: "audio/mpeg", has: "\xff\xfb\x90\x64\x00"},
		{endpoint: "speech", path: "/v1/audio/speech", body: `{"model":"$MODEL","input":"one two","voice":{"id":"v"},"response_format":"wav"}`, kind: "audio/wav", has: "WAVEfmt "},
		{endpoint: "speech", path: "/v1/audio/speech", body: `{"model":"$MODEL","input":"one two","voice":"alloy","stream_format":"sse"}`, kind: "text/event-stream", has: "speech.audio.done", tokens: 12, stream: true},
		{endpoint: "transcriptions", path: "/v1/audio/transcriptions", file: "file", kind: "application/json", has: `"text":"word1 word2`, seconds: 3},
		{endpoint: "transcriptions", path: "/v1/audio/transcriptions", file: "file", fields: []string{"response_format", "verbose_json"}, kind: "application/json", has: `"segments":[`, seconds: 3},
		{endpoint: "transcriptions", path: "/v1/audio/transcriptions", file: "file", fields: []string{"response_format", "text"}, kind: "text/plain; charset=utf-8", has: "word1 word2"},
		{endpoint: "transcriptions", path: "/v1/audio/transcriptions", file: "file", fields: []string{"response_format", "srt"}, kind: "text/plain; charset=utf-8", has: "00:00:03,000"},
		{endpoint: "transcriptions", path: "/v1/audio/transcriptions", file: "file", fields: []string{"stream", "true"}, kind: "text/event-stream", has: "transcript.text.done", seconds: 3, stream: true},
		{endpoint: "translations", path: "/v1/audio/translations", file: "file", fields: []string{"response_format", "vtt"}, kind: "text/plain; charset=utf-8", has: "WEBVTT"},
		{endpoint: "rerank", path: "/v1/rerank", body: `{"model":"$MODEL","query":"a cat","documents":["a dog",{"text":"a cat"}],"return_documents":true}`, kind: "application/json", has: `"document":{"text":"a cat"}`, tokens: 6},
		{endpoint: "rerank", path: "/v2/rerank", body: `{"model":"$MODEL","query":"a cat","documents":["a dog","a cat"],"top_n":1}`, kind: "application/json", has: `"results":[{"index":1,`, tokens: 6},
		{endpoint: "rerank", path: "/rerank", body: `{"model":"$MODEL","query":"a cat","documents":["a dog","a cat"]}`, kind: "application/json", has: `"relevance_score":0.5`, tokens: 6},
	}
}

func TestSmallEndpointsPassThrough(t *testing.T) {
	r := newRig(t)
	for i, s := range smalls() {
		t.Run(fmt.Sprint(i, " ", s.path), func(t *testing.T) {
			before := len(r.primary.Seen())
			got, sent := s.ask(t, r, "one")
			if got.status != 200 || !strings.HasPrefix(got.header.Get("Content-Type"), s.kind) || !strings.Contains(got.body, s.has) {
				t.Fatalf("%d %s %.300q", got.status, got.header.Get("Content-Type"), got.body)
			}
			if strings.Contains(got.body, "m-primary") || got.header.Get("X-Headwater-Served-By") == "" {
				t.Errorf("%v %.300q", got.header, got.body)
			}
			asked := r.primary.Seen()[before]
			if asked.Model != "m-primary" {
				t.Errorf("the upstream was asked for %q", asked.Model)
			}
			if want := named(sent, "m-primary"); string(asked.Body) != want {
				t.Errorf("the upstream was sent\n%.600q\nwant\n%.600q", asked.Body, want)
			}
			row := r.calls.wait(t, i)
			if row.Dialect != "openai" || row.Endpoint != s.endpoint || row.Stream != s.stream || row.TokensIn+row.TokensOut != s.tokens || row.Upstream != "primary" {
				t.Errorf("row %+v", row)
			}
			if tokens := row.Attempts[0].Tokens; s.seconds != 0 && (tokens == nil || tokens.Seconds != s.seconds) {
				t.Errorf("tokens %+v", tokens)
			}
		})
	}
}

// named is a body with another model in it: what Headwater may change. The
// words of the model stand in the sound of a form too, where they must stay.
func named(sent, model string) string {
	for _, form := range [][2]string{{`"model":"one"`, `"model":"` + model + `"`}, {"name=\"model\"\r\n\r\none", "name=\"model\"\r\n\r\n" + model}} {
		if form[0][0] == '"' && strings.Contains(sent, "name=\"model\"") {
			continue
		}
		sent = strings.Replace(sent, form[0], form[1], 1)
	}
	return sent
}

func TestSmallEndpointsFailOver(t *testing.T) {
	for _, fault := range []string{"status-503", "html", "empty", "error-in-200", "cut", "rate"} {
		t.Run(fault, func(t *testing.T) {
			for _, s := range smalls() {
				r := newRig(t)
				r.misbehave(r.primary, fault)
				got, _ := s.ask(t, r, "fast")
				if got.status != 200 || !strings.Contains(got.body, s.has) || !strings.Contains(got.header.Get("X-Headwater-Served-By"), "tier=2") {
					t.Errorf("%s: %d %v %.300q", s.path, got.status, got.header, got.body)
				}
				if row := r.calls.wait(t, 0); len(row.Attempts) != 2 || row.Attempts[0].Class == hw.ClassOK {
					t.Errorf("%s: attempts %+v", s.path, row.Attempts)
				}
			}
		})
	}
}

func TestSmallStreamsThatBreakTellTheCaller(t *testing.T) {
	r := newRig(t)
	r.misbehave(r.primary, "cut-after-1")
	for _, s := range smalls() {
		if !s.stream || s.endpoint == "image_edits" {
			continue // which has no event before its last
		}
		got, _ := s.ask(t, r, "one")
		if got.status != 200 || !strings.Contains(got.body, `"code":"stream_interrupted"`) || strings.Contains(got.body, "[DONE]") {
			t.Errorf("%s: %d %q", s.path, got.status, got.body)
		}
		r = newRig(t)
		r.misbehave(r.primary, "cut-after-1")
	}
}

func TestSmallEndpointsRefuseBadInput(t *testing.T) {
	r := newRig(t, routes(ladder("omni-moderation-latest", targetsOf("primary"))))
	form := func(parts ...string) string { return strings.Join(parts, "\r\n") }
	const head = `Content-Disposition: form-data; name=`
	file := form("--hw", head+`"file"; filename="a.wav"`, "Content-Type: audio/wav", "", "sound")
	model := form("--hw", head+`"model"`, "", "one")
	many := strings.Repeat("--hw\r\n"+head+"\"a[]\"\r\n\r\nx\r\n", 300)
	rows := []struct {
		name, path, kind, body string
		status                 int
		code, param            string
	}{
		{name: "no model", path: "/v1/images/generations", body: `{"prompt":"a"}`, status: 400, code: "bad_request", param: "model"},
		{name: "model is a number", path: "/v1/moderations", body: `{"model":5,"input":"a"}`, status: 400, code: "bad_request", param: "model"},
		{name: "the model twice", path: "/v1/rerank", body: `{"model":"one","Model":"fast"}`, status: 400, code: "bad_json", param: "model"},
		{name: "stream is a word", path: "/v1/images/generations", body: `{"model":"one","stream":"yes"}`, status: 400, code: "bad_request", param: "stream"},
		{name: "not JSON", path: "/v1/audio/speech", body: `model=one`, status: 400, code: "bad_json"},
		{name: "unknown model", path: "/v1/audio/speech", body: `{"model":"oen","input":"a","voice":"b"}`, status: 404, code: "unknown_model", param: "model"},
		{name: "a form where JSON is due", path: "/v1/moderations", kind: "hw", body: form(model, "--hw--"), status: 400, code: "bad_json"},
		{name: "JSON where a form is due", path: "/v1/audio/transcriptions", kind: "hw", body: `{"model":"one"}`, status: 400, code: "bad_request"},
		{name: "no body", kind: "hw", body: " ", status: 400, code: "bad_request"},
		{name: "no boundary", kind: "-", body: form(model, "--hw--"), status: 400, code: "bad_request"},
		{name: "another boundary", kind: "other", body: form(model, file, "--hw--"), status: 400, code: "bad_request"},
		{name: "a preamble", kind: "hw", body: form("hello", model, file, "--hw--"), status: 400, code: "bad_request"},
		{name: "no last boundary", kind: "hw", body: form(model, file), status: 400, code: "bad_request"},
		{name: "lines without CR", kind: "hw", body: strings.ReplaceAll(form(model, "--hw--"), "\r\n", "\n"), status: 400, code: "bad_request"},
		{name: "a boundary that goes on", kind: "hw", body: form(model, "--hwx", "", "", "--hw--"), status: 400, code: "bad_request"},
		{name: "a part without a name", kind: "hw", body: form(model, "--hw", "Content-Disposition: form-data", "", "x", "--hw--"), status: 400, code: "bad_request"},
		{name: "a part without a head", kind: "hw", body: form(model, "--hw", "", "x", "--hw--"), status: 400, code: "bad_request"},
		{name: "a folded head", kind: "hw", body: form("--hw", "Content-Disposition: form-data;", ` name="model"`, "", "one", "--hw--"), status: 400, code: "bad_request"},
		{name: "a head of 20 KiB", kind: "hw", body: form("--hw", head+`"model"`, "X: "+strings.Repeat("x", 20<<10), "", "one", "--hw--"), status: 400, code: "bad_request"},
		{name: "300 parts", kind: "hw", body: many + form(model, "--hw--"), status: 400, code: "bad_request"},
		{name: "no model in the form", kind: "hw", body: form(file, "--hw--"), status: 400, code: "bad_request", param: "model"},
		{name: "an empty model", kind: "hw", body: form("--hw", head+`"model"`, "", "", "--hw--"), status: 400, code: "bad_request", param: "model"},
		{name: "the model twice in the form", kind: "hw", body: form(model, file, model, "--hw--"), status: 400, code: "bad_request", param: "model"},
		{name: "the model in two letter cases", kind: "hw", body: form(model, "--hw", head+`"Model"`, "", "fast", "--hw--"), status: 400, code: "bad_request", param: "model"},
		{name: "two names of a part", kind: "hw", body: form("--hw", head+`"model"`, head+`"x"`, "", "one", "--hw--"), status: 400, code: "bad_request"},
		{name: "the model is a file", kind: "hw", body: form("--hw", head+`"model"; filename="m"`, "", "one", "--hw--"), status: 400, code: "bad_request", param: "model"},
		{name: "the model in base64", kind: "hw", body: form("--hw", head+`"model"`, "Content-Transfer-Encoding: base64", "", "b25l", "--hw--"), status: 400, code: "bad_request", param: "model"},
		{name: "the model is no text", kind: "hw", body: form("--hw", head+`"model"`, "", "\xff\xfe", "--hw--"), status: 400, code: "bad_request", param: "model"},
		{name: "stream is a word in the form", kind: "hw", body: form(model, "--hw", head+`"stream"`, "", "maybe", "--hw--"), status: 400, code: "bad_request", param: "stream"},
		{name: "unknown model in the form", kind: "hw", body: form("--hw", head+`"model"`, "", "oen", "--hw--"), status: 404, code: "unknown_model", param: "model"},
		{name: "endless model in the form", kind: "hw", body: form("--hw", head+`"model"`, "", strings.Repeat("x", 1000), "--hw--"), status: 404, code: "unknown_model", param: "model"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			path, kind := row.path, "application/json"
			if path == "" {
				path = "/v1/audio/transcriptions"
			}
			switch row.kind {
			case "":
			case "-":
				kind = "multipart/form-data"
			default:
				kind = "multipart/form-data; boundary=" + row.kind
			}
			got := r.do("POST", path, row.body, map[string]string{"Content-Type": kind})
			if got.status != row.status || got.errorField(t, "code") != row.code || got.errorField(t, "param") != row.param {
				t.Errorf("%d %.400s", got.status, got.body)
			}
		})
	}
	if n := r.primary.Counts().Requests; n != 0 {
		t.Errorf("the upstream was asked %d times", n)
	}
	for _, s := range smalls() {
		if got := r.do("GET", s.path, "", nil); got.status != 405 || got.header.Get("Allow") != "POST" {
			t.Errorf("GET %s: %d", s.path, got.status)
		}
		claim := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n", s.path, testKey, 33<<20)
		if line := r.raw(claim); !strings.Contains(line, " 413 ") {
			t.Errorf("33 MiB for %s: %s", s.path, line)
		}
	}
	t.Run("the upstream's refusal is handed on", func(t *testing.T) {
		got := r.do("POST", "/v1/audio/speech", `{"model":"one","input":"a"}`, nil)
		if got.status != 400 || !strings.Contains(got.errorField(t, "message"), "'voice'") {
			t.Errorf("%d %s", got.status, got.body)
		}
	})
	t.Run("a moderation needs no model", func(t *testing.T) {
		got := r.do("POST", "/v1/moderations", `{"input":"kill"}`, nil)
		if got.status != 200 || !strings.Contains(got.body, `"model":"omni-moderation-latest"`) {
			t.Errorf("%d %s", got.status, got.body)
		}
	})
	t.Run("nor does a variation", func(t *testing.T) {
		body, kind := formOf(t, "image")
		got := r.do("POST", "/v1/images/variations", body, map[string]string{"Content-Type": kind})
		if got.status != 404 || !strings.Contains(got.body, "dall-e-2") {
			t.Errorf("%d %s", got.status, got.body)
		}
	})
}

func TestOddFormsPassThrough(t *testing.T) {
	const head = `Content-Disposition: form-data; name=`
	lines := func(parts ...string) string { return strings.Join(parts, "\r\n") }
	rows := []struct{ name, kind, body, want string }{
		{
			"each part is counted", "multipart/form-data; boundary=hw",
			lines("--hw", head+`"model"`, "Content-Length: 3", "", "one", "--hw", head+`"file"; filename="a"`, "Content-Length: 1", "", "x", "--hw--", ""),
			lines("--hw", head+`"model"`, "Content-Length: 9", "", "m-primary", "--hw", head+`"file"; filename="a"`, "Content-Length: 1", "", "x", "--hw--", ""),
		},
		{
			"no quotes, a quoted boundary, an epilogue", `Multipart/Form-Data; charset=utf-8; boundary="h w:"`,
			lines("--h w:", `content-disposition: form-data; name="file"; filename="ü.wav"; filename*=UTF-8''%C3%BC.wav`, "", "x", "--h w:", "content-disposition:form-data;name=model", "Content-Type: text/plain; charset=utf-8", "", "one", "--h w:--", "bye", "--h w:"),
			lines("--h w:", `content-disposition: form-data; name="file"; filename="ü.wav"; filename*=UTF-8''%C3%BC.wav`, "", "x", "--h w:", "content-disposition:form-data;name=model", "Content-Type: text/plain; charset=utf-8", "", "m-primary", "--h w:--", "bye", "--h w:"),
		},
		{
			"a line before the first boundary", "multipart/form-data; boundary=hw",
			lines("", "--hw", head+`"file"; filename="a"`, "", "", "--hw", head+`"model"`, "", "one", "--hw--"),
			lines("", "--hw", head+`"file"; filename="a"`, "", "", "--hw", head+`"model"`, "", "m-primary", "--hw--"),
		},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			r := newRig(t)
			got := r.do("POST", "/v1/audio/transcriptions", row.body, map[string]string{"Content-Type": row.kind})
			if got.status != 200 {
				t.Fatalf("%d %s", got.status, got.body)
			}
			asked := r.primary.Seen()[0]
			if string(asked.Body) != row.want || asked.Header.Get("Content-Type") != row.kind {
				t.Errorf("sent %s\n%q\nwant\n%q", asked.Header.Get("Content-Type"), asked.Body, row.want)
			}
		})
	}
}

func TestABoundaryMustNotBePartOfTheModelsName(t *testing.T) {
	r := newRig(t, routes(&hw.Route{Name: "dashes", Tiers: []hw.Tier{{Targets: []hw.RouteTarget{{Upstream: "primary", Model: "a--hw"}}}}}))
	body := "--hw\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\ndashes\r\n--hw--"
	got := r.do("POST", "/v1/audio/transcriptions", body, map[string]string{"Content-Type": "multipart/form-data; boundary=hw"})
	if got.status != 400 || got.errorField(t, "code") != "bad_request" || r.primary.Counts().Requests != 0 {
		t.Errorf("%d %s", got.status, got.body)
	}
}

func TestUpstreamsOfOtherDialectsHaveNoPictures(t *testing.T) {
	r := newRig(t, mixed)
	for _, s := range smalls() {
		got, _ := s.ask(t, r, "claude")
		if got.status != 400 || got.errorField(t, "code") != "unsupported" || !strings.Contains(got.errorField(t, "message"), "has no "+strings.ReplaceAll(s.endpoint, "_", " ")) {
			t.Errorf("%s: %d %s", s.path, got.status, got.body)
		}
		if got, _ := s.ask(t, r, "fast"); got.status != 200 || !strings.Contains(got.header.Get("X-Headwater-Served-By"), "tier=2") {
			t.Errorf("%s: one that cannot is not passed over: %d %s", s.path, got.status, got.body)
		}
	}
	if n := r.primary.Counts().Requests; n != 0 {
		t.Errorf("the upstream was asked %d times", n)
	}
}
