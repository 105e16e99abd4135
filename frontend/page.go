package frontend

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
	"time"
)

// noncePlaceholder stands in a page's HTML where each answer has its own nonce.
const noncePlaceholder = "__CSP_NONCE__"

// Options say how a page is served.
type Options struct {
	// Entry is the HTML file that / answers. Empty means index.html.
	Entry string
	// Narrow serves only the assets that the entry leads to, directly or by way
	// of another asset: what belongs to another page is not there.
	Narrow bool
	// Absent answers / when the build holds no entry. Nil means 404.
	Absent http.Handler
}

// file is one asset, ready to be sent.
type file struct {
	kind  string
	tag   string
	plain []byte
	// zipped compresses when it is first asked for, and once; nil for what does
	// not get smaller. It gives nil when compressing did not pay.
	zipped func() []byte
}

// Page serves one page and its assets.
type Page struct {
	options Options
	// content is read when somebody first asks for the page, and once: a gateway
	// that comes back should serve calls first, and most of the time nobody looks.
	content func() (content, error)
}

// content is a page as it was built; the files do not change while a process
// lives. Without a build its entry is nil.
type content struct {
	entry  []byte
	assets map[string]file
}

// New makes a page of built files.
func New(files fs.FS, options Options) *Page {
	if options.Entry == "" {
		options.Entry = "index.html"
	}
	return &Page{options: options, content: sync.OnceValues(func() (content, error) { return load(files, options) })}
}

func load(files fs.FS, options Options) (content, error) {
	c := content{assets: map[string]file{}}
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if name != options.Entry && !strings.HasPrefix(name, "assets/") {
			return nil
		}
		plain, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		if name == options.Entry {
			c.entry = plain
		} else {
			c.assets["/"+name] = newFile(name, plain)
		}
		return nil
	})
	if options.Narrow {
		c.narrow()
	}
	return c, err
}

// narrow keeps the assets whose names the entry, or an asset that is kept,
// mentions. Names carry a hash of their content: none is mentioned by chance.
func (c *content) narrow() {
	kept := map[string]file{}
	waiting := [][]byte{c.entry}
	for len(waiting) > 0 {
		text := waiting[0]
		waiting = waiting[1:]
		for name, asset := range c.assets {
			if _, known := kept[name]; !known && bytes.Contains(text, []byte(path.Base(name))) {
				kept[name] = asset
				waiting = append(waiting, asset.plain)
			}
		}
	}
	c.assets = kept
}

// ServeHTTP implements http.Handler.
func (p *Page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	head := w.Header()
	head.Set("X-Content-Type-Options", "nosniff")
	head.Set("Referrer-Policy", "no-referrer")
	head.Set("Cross-Origin-Opener-Policy", "same-origin")
	head.Set("Cross-Origin-Resource-Policy", "same-origin")
	head.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		head.Set("Allow", "GET, HEAD")
		http.Error(w, "Only GET and HEAD are answered here.", http.StatusMethodNotAllowed)
		return
	}
	built, err := p.content()
	switch {
	case err != nil:
		http.Error(w, "The files of this page cannot be read.", http.StatusInternalServerError)
	case r.URL.Path == "/" || r.URL.Path == "/"+p.options.Entry:
		p.serveEntry(w, r, built.entry)
	default:
		serveAsset(w, r, built.assets)
	}
}

// serveEntry sends the HTML with a nonce of its own, which is the only way in
// for style elements; scripts come from files of this origin alone.
func (p *Page) serveEntry(w http.ResponseWriter, r *http.Request, entry []byte) {
	if entry == nil {
		if p.options.Absent == nil {
			http.NotFound(w, r)
			return
		}
		p.options.Absent.ServeHTTP(w, r)
		return
	}
	raw := make([]byte, 18)
	rand.Read(raw) // never fails: crypto/rand ends the process instead
	nonce := base64.StdEncoding.EncodeToString(raw)
	body := bytes.ReplaceAll(entry, []byte(noncePlaceholder), []byte(nonce))
	head := w.Header()
	head.Set("Content-Security-Policy", policy(nonce))
	head.Set("Content-Type", "text/html; charset=utf-8")
	head.Set("Cache-Control", "no-store")
	send(w, r, body)
}

// policy is what the page may do (CSP level 3). Style attributes are the
// component library's way to place things; they cannot run anything.
func policy(nonce string) string {
	return strings.Join([]string{
		"default-src 'none'",
		"script-src 'self'",
		"style-src 'self' 'nonce-" + nonce + "'",
		"style-src-attr 'unsafe-inline'",
		"img-src 'self' data:",
		"font-src 'self'",
		"connect-src 'self'",
		"form-action 'none'",
		"frame-src 'none'",
		"frame-ancestors 'none'",
		"object-src 'none'",
		"base-uri 'none'",
	}, "; ")
}

// serveAsset sends a file whose name carries its hash: it never changes.
func serveAsset(w http.ResponseWriter, r *http.Request, assets map[string]file) {
	asset, found := assets[path.Clean(r.URL.Path)]
	if !found {
		http.NotFound(w, r)
		return
	}
	head := w.Header()
	head.Set("Content-Type", asset.kind)
	head.Set("Cache-Control", "public, max-age="+strconv.Itoa(int((365*24*time.Hour).Seconds()))+", immutable")
	head.Set("ETag", asset.tag)
	head.Set("Vary", "Accept-Encoding")
	if r.Header.Get("If-None-Match") == asset.tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	body := asset.plain
	if asset.zipped != nil && takesGzip(r.Header.Get("Accept-Encoding")) {
		if zipped := asset.zipped(); zipped != nil {
			head.Set("Content-Encoding", "gzip")
			body = zipped
		}
	}
	send(w, r, body)
}

func send(w http.ResponseWriter, r *http.Request, body []byte) {
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method == http.MethodHead {
		return
	}
	_, _ = w.Write(body) // a browser that went away is nobody's error
}

// takesGzip reads Accept-Encoding (RFC 9110, 12.5.3): gzip is named and not
// with a quality of zero.
func takesGzip(accept string) bool {
	for part := range strings.SplitSeq(accept, ",") {
		coding, quality, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.EqualFold(strings.TrimSpace(coding), "gzip") {
			_, value, _ := strings.Cut(quality, "=")
			q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
			return err != nil || q > 0
		}
	}
	return false
}

// kinds are the media types of what a build holds. They are not asked of the
// system: there a registry or a file may say anything, and a browser that is
// told not to sniff runs no script of another type (RFC 9239).
var kinds = map[string]string{
	".css":   "text/css; charset=utf-8",
	".js":    "text/javascript; charset=utf-8",
	".json":  "application/json",
	".png":   "image/png",
	".svg":   "image/svg+xml",
	".woff2": "font/woff2",
}

func newFile(name string, plain []byte) file {
	kind := cmp.Or(kinds[path.Ext(name)], "application/octet-stream")
	sum := sha256.Sum256(plain)
	f := file{kind: kind, tag: `"` + hex.EncodeToString(sum[:16]) + `"`, plain: plain}
	if strings.HasPrefix(kind, "text/") || strings.Contains(kind, "javascript") || strings.Contains(kind, "svg") {
		f.zipped = sync.OnceValue(func() []byte { return zipped(plain) })
	}
	return f
}

// zipped compresses a file.
func zipped(plain []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = w.Write(plain) // a buffer takes everything
	if w.Close() != nil || out.Len() >= len(plain) {
		return nil
	}
	return out.Bytes()
}
