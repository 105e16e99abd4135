//go:build linux

package resilience

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/testupstream"
)

// corpora is where hostile input lies; empty when it is not on this machine.
func corpora(t *testing.T) string {
	t.Helper()
	if dir := os.Getenv("HEADWATER_TESTDATA"); dir != "" {
		return filepath.Join(dir, "corpora")
	}
	return ""
}

// hostility is a burst of bad input and what became of it.
type hostility struct {
	*story
	sv *service
	// sent counts inputs.
	sent int
	// accepted were answered with something else than 4xx, ours with 5xx,
	// shapeless are not in the caller's dialect.
	accepted, ours, shapeless []string
}

// raw sends bytes on a connection of their own and reads one answer. The
// answer may come before all bytes are gone, and the connection may be reset
// after it.
func raw(addr string, pieces ...[]byte) (*http.Response, string, error) {
	conn, err := net.DialTimeout("tcp", addr, 5*time.Second)
	if err != nil {
		return nil, "", err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		for _, p := range pieces {
			if _, err := conn.Write(p); err != nil {
				return // refused early, which is fine
			}
		}
	}()
	defer func() { _ = conn.Close(); <-sent }()
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return nil, "", err
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	_ = resp.Body.Close()
	return resp, string(body), err
}

// head is the beginning of a request; lines end it.
func head(method, path, host string, lines ...string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\n", method, path, host)
	for _, l := range lines {
		b.WriteString(l + "\r\n")
	}
	b.WriteString("\r\n")
	return b.Bytes()
}

// refused sends one bad input to the data listener and judges the answer.
// Status 0 means any 4xx.
func (h *hostility) refused(name string, status int, pieces ...[]byte) {
	h.sent++
	resp, body, err := raw(h.sv.addresses.Data, pieces...)
	if err != nil {
		h.accepted = append(h.accepted, fmt.Sprintf("%s: no answer: %v", name, err))
		return
	}
	h.judge(name, status, resp, body)
}

func (h *hostility) judge(name string, status int, resp *http.Response, body string) {
	finding := fmt.Sprintf("%s: %d %.200q", name, resp.StatusCode, body)
	switch {
	case resp.StatusCode >= 500:
		h.ours = append(h.ours, finding)
	case resp.StatusCode < 400 || status != 0 && resp.StatusCode != status:
		h.accepted = append(h.accepted, finding)
	}
	e, ok := openAIError(body)
	// An upstream's own refusal is handed on as it is, and OpenAI's code may be null.
	if handedOn := resp.Header.Get("X-Headwater-Attempts") != ""; handedOn {
		ok = e.Error.Message != "" && e.Error.Type != ""
	}
	if !ok || !strings.HasPrefix(resp.Header.Get("Content-Type"), "application/json") {
		h.shapeless = append(h.shapeless, finding)
	}
}

// post sends a body to the chat endpoint with a good key.
func (h *hostility) post(name string, status int, body []byte) {
	h.refused(name, status, head("POST", "/v1/chat/completions", h.sv.addresses.Data,
		"Authorization: Bearer "+appKey, "Content-Type: application/json", fmt.Sprintf("Content-Length: %d", len(body)), "Connection: close"), body)
}

// embedded sends a body that may or may not be good enough to be served: what
// counts is that it is nobody's fault but the caller's.
func (h *hostility) embedded(name string, body []byte) {
	h.sent++
	resp, answer, err := raw(h.sv.addresses.Data, head("POST", "/v1/chat/completions", h.sv.addresses.Data,
		"Authorization: Bearer "+appKey, "Content-Type: application/json", fmt.Sprintf("Content-Length: %d", len(body)), "Connection: close"), body)
	if err != nil {
		h.accepted = append(h.accepted, fmt.Sprintf("%s: no answer: %v", name, err))
		return
	}
	if resp.StatusCode != 200 {
		h.judge(name, 0, resp, answer)
	}
}

// Story 7: everything a caller can get wrong.
func TestBadInputBurst(t *testing.T) {
	h := &hostility{story: begin(t, 7)}
	up := testupstream.Start(t)
	h.sv = newService(t)
	h.sv.apply(configured{}.app().
		upstream("one", "openai-compatible", up.BaseURL()).
		upstream("claude", "anthropic-compatible", up.BaseURL()).
		route("fast", "one").route("claude", "claude"))
	c := h.sv.caller(t)
	for _, model := range []string{"fast", "claude"} {
		if a := c.chat(t.Context(), model, false); !a.done {
			t.Fatal(a)
		}
	}
	before := h.sv.health()

	h.jsonSuite()
	h.naughtyStrings()
	h.sizes()
	h.framing()
	h.foreignHosts()

	h.none("bad requests that got something else than the 4xx they should", h.accepted, h.sent)
	h.none("bad requests that were answered with 5xx", h.ours, h.sent)
	h.none("refusals on the data listener that are not JSON with error.message, type and code", h.shapeless, h.sent)
	after := h.sv.health()
	var blamed []string
	for name, was := range before {
		if is := after[name]; is.State != was.State || !is.Since.Equal(was.Since) {
			blamed = append(blamed, fmt.Sprintf("%s: %s, before %s: %s", name, is.State, was.State, is.Words))
		}
	}
	h.none("upstreams whose health changed", blamed, len(before))
	var charged []string
	rows := h.sv.calls()
	for _, row := range rows {
		for _, a := range row.Attempts {
			if a.Class != hw.ClassNeutral && a.Class != hw.ClassOK {
				charged = append(charged, fmt.Sprintf("%s %s: %s", a.Upstream, a.Class, a.Cause))
			}
		}
	}
	h.none("attempts in the log that blame an upstream", charged, len(rows))
	for _, model := range []string{"fast", "claude"} {
		if a := c.chat(t.Context(), model, true); !a.done {
			t.Errorf("afterwards: %s", a)
		}
	}
}

// jsonSuite sends every file of JSONTestSuite, bare and as part of a request.
func (h *hostility) jsonSuite() {
	files, _ := filepath.Glob(filepath.Join(corpora(h.T), "JSONTestSuite", "test_*", "*.json"))
	if corpora(h.T) == "" || len(files) == 0 {
		h.figure(true, "JSONTestSuite", "318 files", "*** SKIPPED: HEADWATER_TESTDATA is not set ***")
		h.Log("*** SKIPPED: JSONTestSuite and naughty strings need HEADWATER_TESTDATA ***")
		return
	}
	for i, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			h.Fatal(err)
		}
		name := filepath.Base(path)
		h.post(name, 0, text)
		if !shared.full && i%4 != 0 {
			continue
		}
		for _, model := range []string{"fast", "claude"} {
			for _, frame := range []string{
				`{"model":"` + model + `","messages":%s}`,
				`{"messages":[{"role":"user","content":%s}],"stream":true,"model":"` + model + `"}`,
				`{"model":"` + model + `","messages":[{"role":"user","content":"x"}],"tools":%s}`,
				`{"x":%s,"model":"` + model + `","messages":[{"role":"user","content":"x"}]}`,
			} {
				h.embedded(name+" in "+frame, []byte(strings.Replace(frame, "%s", string(text), 1)))
			}
		}
	}
}

// naughtyStrings are tried as models, keys and paths.
func (h *hostility) naughtyStrings() {
	list := filepath.Join(corpora(h.T), "naughty-strings", "blns.json")
	text, err := os.ReadFile(list)
	var naughty []string
	if err != nil || json.Unmarshal(text, &naughty) != nil || len(naughty) == 0 {
		if corpora(h.T) != "" {
			h.Errorf("reading %s: %v", list, err)
		}
		return
	}
	addr := h.sv.addresses.Data
	for i, s := range naughty {
		name := fmt.Sprintf("naughty string %d %q", i, s)
		body, err := json.Marshal(map[string]any{"model": s, "messages": []map[string]string{{"role": "user", "content": s}}})
		if err != nil {
			h.Fatal(err)
		}
		h.post(name+" as model", 0, body)
		// In a header there can be no line ends; the rest goes as it is.
		plain := strings.NewReplacer("\r", "", "\n", "").Replace(s)
		h.refused(name+" as key", 0, head("GET", "/v1/models", addr, "Authorization: Bearer "+plain, "Connection: close"))
		h.refused(name+" as path", 0, head("GET", "/v1/models/"+url.PathEscape(s)+"/x", addr, "Authorization: Bearer "+appKey, "Connection: close"))
		if raw := strings.NewReplacer("\r", "", "\n", "", " ", "").Replace(s); raw != "" && !strings.HasPrefix(raw, "#") {
			h.refused(name+" as raw path", 0, head("GET", "/"+raw, addr, "Authorization: Bearer "+appKey, "Connection: close"))
		}
	}
}

// sizes are too large, with and without saying so.
func (h *hostility) sizes() {
	addr := h.sv.addresses.Data
	auth, kind := "Authorization: Bearer "+appKey, "Content-Type: application/json"
	h.refused("header of 33 KiB", 431, head("POST", "/v1/chat/completions", addr, auth, kind, "X-Big: "+strings.Repeat("x", 33<<10), "Content-Length: 2"), []byte("{}"))
	h.refused("1,000 headers of 33 bytes", 431, head("POST", "/v1/chat/completions", addr, auth, strings.Repeat("X-Many: "+strings.Repeat("x", 23)+"\r\n", 1000)+"Content-Length: 2"), []byte("{}"))
	h.refused("path of 33 KiB", 431, head("GET", "/"+strings.Repeat("a", 33<<10), addr, auth))

	big := bytes.Repeat([]byte("x"), 33<<20)
	opening := []byte(`{"model":"fast","messages":[{"role":"user","content":"`)
	h.refused("body of 33 MiB that says so", 413, head("POST", "/v1/chat/completions", addr, auth, kind, fmt.Sprintf("Content-Length: %d", len(big)+len(opening)+4)), opening, big, []byte(`"}]}`))
	h.refused("body of 33 MiB in chunks", 413, head("POST", "/v1/chat/completions", addr, auth, kind, "Transfer-Encoding: chunked"),
		fmt.Appendf(nil, "%x\r\n%s\r\n%x\r\n", len(opening), opening, len(big)), big, []byte("\r\n0\r\n\r\n"))
	h.refused("body of 33 MiB from a stranger", 401, head("POST", "/v1/chat/completions", addr, kind, fmt.Sprintf("Content-Length: %d", len(big))), big)
	h.post("100,000 open brackets", 400, []byte(`{"model":"fast","messages":`+strings.Repeat("[", 100_000)))
	h.post("model of 1 MiB", 0, []byte(`{"model":"`+strings.Repeat("m", 1<<20)+`","messages":[]}`))
}

// framing is broken HTTP: what a front could misread.
func (h *hostility) framing() {
	addr := h.sv.addresses.Data
	auth, kind, chunked := "Authorization: Bearer "+appKey, "Content-Type: application/json", "Transfer-Encoding: chunked"
	chat := func(lines ...string) []byte {
		return head("POST", "/v1/chat/completions", addr, append([]string{auth, kind}, lines...)...)
	}
	body := chatBody("fast", false)
	chunk := fmt.Sprintf("%x\r\n%s\r\n", len(body), body)
	for name, pieces := range map[string][][]byte{
		"chunk size is no number":        {chat(chunked), []byte("zz\r\n" + string(body) + "\r\n0\r\n\r\n")},
		"chunk size is negative":         {chat(chunked), []byte("-5\r\n" + string(body) + "\r\n0\r\n\r\n")},
		"chunk size of 17 digits":        {chat(chunked), []byte("fffffffffffffffff\r\n" + string(body) + "\r\n0\r\n\r\n")},
		"chunk without its line end":     {chat(chunked), []byte(strings.TrimSuffix(chunk, "\r\n") + "x0\r\n\r\n")},
		"chunk shorter than it says":     {chat(chunked), []byte(fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(body)+4, body))},
		"chunk with an endless line":     {chat(chunked), []byte("5;" + strings.Repeat("x", 64<<10) + "\r\n")},
		"length and chunks together":     {chat(chunked, fmt.Sprintf("Content-Length: %d", len(body))), []byte("zz\r\n")},
		"two lengths":                    {chat("Content-Length: 5", "Content-Length: 6"), []byte("hello")},
		"length is no number":            {chat("Content-Length: five"), []byte("hello")},
		"length is negative":             {chat("Content-Length: -1")},
		"unknown transfer encoding":      {chat("Transfer-Encoding: rot13"), body},
		"chunked twice":                  {chat(chunked, chunked), []byte(chunk + "0\r\n\r\n")},
		"header without a colon":         {chat("NoColon")},
		"header name with a space":       {chat("X Y: z")},
		"header with a NUL":              {chat("X-Nul: a\x00b")},
		"header with a bare CR":          {chat("X-Cr: a\rb")},
		"no Host":                        {[]byte("GET /v1/models HTTP/1.1\r\n" + auth + "\r\n\r\n")},
		"two Hosts":                      {head("GET", "/v1/models", addr, "Host: "+addr, auth)},
		"no version":                     {[]byte("GET /v1/models\r\n\r\n")},
		"junk instead of a request":      {[]byte("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 hello\r\n\r\n")},
		"method with a space in it":      {[]byte("PO ST /v1/chat/completions HTTP/1.1\r\nHost: " + addr + "\r\n\r\n")},
		"unknown method":                 {head("BREW", "/v1/models", addr, auth)},
		"CONNECT":                        {head("CONNECT", "example.com:443", addr, auth)},
		"TRACE":                          {head("TRACE", "/v1/models", addr, auth)},
		"OPTIONS of everything":          {head("OPTIONS", "*", addr)},
		"dot segments":                   {head("GET", "/v1/../v1/models", addr, auth)},
		"encoded slash":                  {head("GET", "/v1%2fmodels", addr, auth)},
		"percent sign that is no escape": {head("GET", "/v1/models/%zz", addr, auth)},
		"absolute form of another host":  {head("GET", "http://evil.example/v1/models", addr, auth)},
		"body that is not gzip":          {chat("Content-Encoding: gzip", fmt.Sprintf("Content-Length: %d", len(body)+1)), append([]byte{0x1f}, body...)},
	} {
		h.refused(name, 0, pieces...)
	}
}

// foreignHosts are names and pages that have no business here, with good keys.
func (h *hostility) foreignHosts() {
	token, err := os.ReadFile(filepath.Join(h.sv.dir, "admin.token"))
	if err != nil {
		h.Fatal(err)
	}
	asAdmin := "Authorization: Bearer " + strings.TrimSpace(string(token))
	socket := []string{asAdmin, "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="}
	var accepted []string
	pairs := 0
	try := func(addr, name string, request ...[]byte) {
		pairs++
		resp, body, err := raw(addr, request...)
		switch {
		case err != nil:
			accepted = append(accepted, fmt.Sprintf("%s: no answer: %v", name, err))
		case resp.StatusCode < 400 || resp.StatusCode >= 500:
			accepted = append(accepted, fmt.Sprintf("%s: %d %.200q", name, resp.StatusCode, body))
		case resp.Header.Get("Access-Control-Allow-Origin") != "":
			accepted = append(accepted, fmt.Sprintf("%s: allows origin %q", name, resp.Header.Get("Access-Control-Allow-Origin")))
		}
	}
	a := h.sv.addresses
	_, port, _ := net.SplitHostPort(a.Admin)
	for _, host := range []string{
		"evil.example", "evil.example:" + port, "127.0.0.1.evil.example", "localhost.evil.example:" + port, "evil.localhost.example",
		"10.0.0.1", "0.0.0.0:" + port, "[::ffff:10.0.0.1]", "192.168.1.1:" + port, "headwater.local", "2130706433", "0x7f000001", "127.1", "local\u212aost", "xn--locahost-0m4f",
	} {
		for _, origin := range []string{"", "http://evil.example", "http://" + host} {
			line := "Origin: " + origin
			if origin == "" {
				line = "X-No: origin"
			}
			pair := fmt.Sprintf("Host %s, Origin %q", host, origin)
			try(a.Data, "data: "+pair, head("GET", "/v1/models", host, "Authorization: Bearer "+appKey, line))
			try(a.Data, "data health: "+pair, head("GET", "/healthz", host, line))
			try(a.Data, "data OPTIONS *: "+pair, head("OPTIONS", "*", host, line))
			try(a.Admin, "admin: "+pair, head("GET", "/api/v1/status", host, asAdmin, line))
			try(a.Admin, "admin OPTIONS *: "+pair, head("OPTIONS", "*", host, line))
			try(a.Admin, "admin socket: "+pair, head("GET", "/ws", host, append(socket, line)...))
			try(a.Portal, "portal: "+pair, head("GET", "/", host, line))
			try(a.Portal, "portal OPTIONS *: "+pair, head("OPTIONS", "*", host, line))
		}
	}
	for _, origin := range []string{
		"null", "http://evil.example", "https://" + a.Admin, "http://localhost.evil.example", "http://127.0.0.1:1", "http://" + a.Data, "http://" + a.Portal,
		"file://", "wails://evil", "http://wails.localhost.evil.example", "http://" + a.Admin + ".evil.example", "http://" + a.Admin + "@evil.example", "chrome-extension://abc",
	} {
		name := fmt.Sprintf("good Host, Origin %q", origin)
		try(a.Admin, "admin socket: "+name, head("GET", "/ws", a.Admin, append(socket, "Origin: "+origin)...))
		try(a.Admin, "admin: "+name, head("POST", "/api/v1/tenants", a.Admin, asAdmin, "Origin: "+origin, "Content-Type: application/json", "Content-Length: 15"), []byte(`{"name":"evil"}`))
		try(a.Data, "data preflight: "+name, head("OPTIONS", "/v1/chat/completions", a.Data, "Origin: "+origin, "Access-Control-Request-Method: POST", "Access-Control-Request-Headers: authorization"))
		try(a.Data, "data without key: "+name, head("GET", "/v1/models", a.Data, "Origin: "+origin))
	}
	h.none("hostile Host and Origin pairs accepted by any of the three listeners", accepted, pairs)
}
