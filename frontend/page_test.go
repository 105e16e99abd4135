package frontend_test

import (
	"compress/gzip"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"headwater/frontend"
)

func page(t *testing.T) *frontend.Page {
	t.Helper()
	return frontend.New(fstest.MapFS{
		"index.html":         {Data: []byte(`<html><head><meta name="csp-nonce" content="__CSP_NONCE__"></head></html>`)},
		"portal.html":        {Data: []byte(`<html><head></head>portal</html>`)},
		"assets/app-1a.js":   {Data: []byte(strings.Repeat("console.log(1);", 200))},
		"assets/f.woff2":     {Data: []byte("font")},
		"assets/g-2b.css":    {Data: []byte("a{}")},
		"assets/i-3c.svg":    {Data: []byte("<svg/>")},
		"assets/x-4d.wonder": {Data: []byte("?")},
		".gitkeep":           {Data: []byte("secret of the tree")},
	}, frontend.Options{})
}

func ask(p http.Handler, method, path string, header ...string) *http.Response {
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	p.ServeHTTP(w, r)
	return w.Result()
}

func read(t *testing.T, r io.Reader) string {
	t.Helper()
	raw, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestEveryAnswerHasItsOwnNonce(t *testing.T) {
	p := page(t)
	inPage := regexp.MustCompile(`content="([^"]+)"`)
	seen := map[string]bool{}
	for range 3 {
		answer := ask(p, http.MethodGet, "/")
		found := inPage.FindStringSubmatch(read(t, answer.Body))
		if len(found) != 2 || len(found[1]) < 24 || seen[found[1]] {
			t.Fatalf("nonce %q", found)
		}
		seen[found[1]] = true
		csp := answer.Header.Get("Content-Security-Policy")
		if !strings.Contains(csp, "style-src 'self' 'nonce-"+found[1]+"'") {
			t.Errorf("the policy has another nonce: %s", csp)
		}
		for _, want := range []string{"default-src 'none'", "script-src 'self';", "frame-ancestors 'none'", "base-uri 'none'"} {
			if !strings.Contains(csp, want) {
				t.Errorf("the policy lacks %q: %s", want, csp)
			}
		}
		if answer.Header.Get("Cache-Control") != "no-store" {
			t.Error("a page with a nonce may be kept")
		}
	}
}

func TestAssets(t *testing.T) {
	p := page(t)
	plain := ask(p, http.MethodGet, "/assets/app-1a.js")
	body := read(t, plain.Body)
	if plain.StatusCode != 200 || !strings.Contains(plain.Header.Get("Cache-Control"), "immutable") {
		t.Errorf("%d %v", plain.StatusCode, plain.Header)
	}
	packed := ask(p, http.MethodGet, "/assets/app-1a.js", "Accept-Encoding", "br, gzip")
	unzip, err := gzip.NewReader(packed.Body)
	if err != nil {
		t.Fatal(err)
	}
	if got := read(t, unzip); got != body {
		t.Errorf("compressed: %d bytes, plain: %d", len(got), len(body))
	}
	if refused := ask(p, http.MethodGet, "/assets/app-1a.js", "Accept-Encoding", "gzip;q=0"); refused.Header.Get("Content-Encoding") != "" {
		t.Error("compressed for somebody who refuses it")
	}
	if again := ask(p, http.MethodGet, "/assets/app-1a.js", "If-None-Match", plain.Header.Get("ETag")); again.StatusCode != http.StatusNotModified {
		t.Errorf("known asset: %d", again.StatusCode)
	}
}

// What a browser is not told rightly it does not run, and it must not hang on
// what the system takes a file for.
func TestKinds(t *testing.T) {
	p := page(t)
	for path, want := range map[string]string{
		"/assets/app-1a.js": "text/javascript; charset=utf-8", "/assets/f.woff2": "font/woff2", "/assets/g-2b.css": "text/css; charset=utf-8",
		"/assets/i-3c.svg": "image/svg+xml", "/assets/x-4d.wonder": "application/octet-stream",
	} {
		if got := ask(p, http.MethodGet, path); got.Header.Get("Content-Type") != want || got.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %d %v", path, got.StatusCode, got.Header)
		}
	}
	files := frontend.FS()
	built, err := fs.Glob(files, "assets/*")
	if err != nil {
		t.Fatal(err)
	}
	p = frontend.New(files, frontend.Options{})
	for _, name := range built {
		if got := ask(p, http.MethodGet, "/"+name); got.StatusCode != 200 || got.Header.Get("Content-Type") == "application/octet-stream" {
			t.Errorf("%s has no type: %d", name, got.StatusCode)
		}
	}
}

// Files that cannot be read are said to be so, and not to be absent.
func TestFilesThatCannotBeRead(t *testing.T) {
	got := ask(frontend.New(broken{}, frontend.Options{}), http.MethodGet, "/")
	if got.StatusCode != http.StatusInternalServerError || !strings.Contains(read(t, got.Body), "cannot be read") {
		t.Errorf("%d", got.StatusCode)
	}
}

// broken is a folder that cannot be opened.
type broken struct{}

func (broken) Open(string) (fs.File, error) { return nil, fs.ErrPermission }

func TestNothingElseIsServed(t *testing.T) {
	p := page(t)
	for _, path := range []string{"/.gitkeep", "/portal.html", "/assets/", "/assets/none.js", "/assets/../.gitkeep", "/upstreams"} {
		if got := ask(p, http.MethodGet, path); got.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, got.StatusCode)
		}
	}
	if got := ask(p, http.MethodPost, "/"); got.StatusCode != http.StatusMethodNotAllowed || got.Header.Get("Allow") != "GET, HEAD" {
		t.Errorf("POST: %d", got.StatusCode)
	}
	if got := ask(p, http.MethodHead, "/"); got.StatusCode != http.StatusOK || read(t, got.Body) != "" {
		t.Errorf("HEAD: %d", got.StatusCode)
	}
}

func TestANarrowPageHasNothingOfAnother(t *testing.T) {
	page := frontend.New(fstest.MapFS{
		"portal.html":        {Data: []byte(`<script src="./assets/portal-1.js"></script>`)},
		"index.html":         {Data: []byte(`<script src="./assets/admin-2.js"></script>`)},
		"assets/portal-1.js": {Data: []byte(`import "./shared-3.js"`)},
		"assets/shared-3.js": {Data: []byte(`1`)},
		"assets/admin-2.js":  {Data: []byte(`import "./shared-3.js"; import "./secret-4.js"`)},
		"assets/secret-4.js": {Data: []byte(`2`)},
	}, frontend.Options{Entry: "portal.html", Narrow: true})
	for path, want := range map[string]int{
		"/": 200, "/assets/portal-1.js": 200, "/assets/shared-3.js": 200,
		"/assets/admin-2.js": 404, "/assets/secret-4.js": 404, "/index.html": 404,
	} {
		w := httptest.NewRecorder()
		page.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		if w.Code != want {
			t.Errorf("%s: %d, want %d", path, w.Code, want)
		}
	}
}

func TestWithoutABuild(t *testing.T) {
	absent := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "no page here") })
	p := frontend.New(fstest.MapFS{".gitkeep": {}}, frontend.Options{Absent: absent})
	if got := read(t, ask(p, http.MethodGet, "/").Body); got != "no page here" {
		t.Errorf("%q", got)
	}
	if got := ask(frontend.New(frontend.FS(), frontend.Options{}), http.MethodGet, "/"); got.StatusCode != 200 && got.StatusCode != 404 {
		t.Errorf("the embedded files: %d", got.StatusCode)
	}
}
