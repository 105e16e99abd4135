package gateway_test

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"strings"
	"testing"

	"headwater/backend/hw"
)

func packed(t *testing.T, pieces ...string) string {
	t.Helper()
	var out bytes.Buffer
	for _, piece := range pieces {
		w := gzip.NewWriter(&out)
		if _, err := w.Write([]byte(piece)); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return out.String()
}

func TestAPackedBodyIsReadAsAPlainOne(t *testing.T) {
	r := newRig(t)
	for _, model := range []string{"fast", "claude"} { // passed through, and translated
		body := chatBody(model, false)
		plain := r.do("POST", "/v1/chat/completions", body, nil)
		for _, row := range []struct{ name, encoding, body string }{
			{"gzip", "gzip", packed(t, body)},
			{"its older name, in capitals", "X-GZIP", packed(t, body)},
			{"in two members", "gzip", packed(t, body[:9], body[9:])},
			{"not packed", "identity", body},
			{"not packed, against its word", "gzip", "\r\n" + body},
			{"a charset in place of a packing", "UTF-8", body},
		} {
			t.Run(model+"/"+row.name, func(t *testing.T) {
				got := r.do("POST", "/v1/chat/completions", row.body, map[string]string{"Content-Encoding": row.encoding})
				if got.status != 200 || plain.status != 200 {
					t.Fatalf("%d %s", got.status, got.body)
				}
				seen := r.primary.Seen()
				first, last := seen[0], seen[len(seen)-1]
				if strings.TrimSpace(string(last.Body)) != string(first.Body) && model == "fast" {
					t.Errorf("sent %q, want %q", last.Body, first.Body)
				}
				if last.Header.Get("Content-Encoding") != "" {
					t.Error("the upstream is told of a packing that is gone")
				}
			})
		}
	}
}

func TestWhatCannotBeUnpackedIsRefusedByName(t *testing.T) {
	r := newRig(t)
	body := chatBody("fast", false)
	bomb := packed(t, `{"model":"fast","messages":"`+strings.Repeat(" ", 33<<20)+`"}`)
	for _, row := range []struct {
		name, encoding, body string
		status               int
		code                 hw.Code
	}{
		{"brotli", "br", body, 415, hw.CodeUnsupported},
		{"zstd", "zstd", body, 415, hw.CodeUnsupported},
		{"twice", "gzip, gzip", packed(t, packed(t, body)), 415, hw.CodeUnsupported},
		{"an odd word", strings.Repeat("x;\tü", 100), packed(t, body), 415, hw.CodeUnsupported},
		{"a bomb", "gzip", bomb, 413, hw.CodeTooLarge},
		{"neither packed nor JSON", "gzip", "model=fast", 400, hw.CodeBadRequest},
		{"cut", "gzip", packed(t, body)[:40], 400, hw.CodeBadRequest},
		{"empty", "gzip", "", 400, hw.CodeBadRequest},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := r.do("POST", "/v1/chat/completions", row.body, map[string]string{"Content-Encoding": row.encoding})
			if got.status != row.status || got.errorField(t, "code") != string(row.code) {
				t.Fatalf("%d %s, want %d %s", got.status, got.body, row.status, row.code)
			}
			if names := strings.Contains(got.body, "Content-Encoding"); names != (row.status != 413) {
				t.Errorf("the header is named: %v in %s", names, got.body)
			}
			if asks := got.header.Get("Accept-Encoding"); (asks == "gzip") != (row.status == 415) {
				t.Errorf("Accept-Encoding %q", asks)
			}
		})
	}
	for _, g := range tongues() {
		got := r.do("POST", g.path("fast", false), g.body("fast", g.say, false), map[string]string{"Content-Encoding": "br"})
		if got.status != http.StatusUnsupportedMediaType || !strings.Contains(got.body, "with Content-Encoding br") {
			t.Errorf("%s: %d %s", g.name, got.status, got.body)
		}
	}
	if n := r.primary.Counts().Requests; n != 0 {
		t.Errorf("the upstream was asked %d times", n)
	}
}
