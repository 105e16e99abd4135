package adminapi_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/gorilla/websocket"
)

// hostile are pairs of Host and Origin as pages of other sites and rebound
// names send them. An empty Host is that of the listener.
func hostile(l *listener) []struct{ why, host, origin, site string } {
	port := l.Addr[strings.LastIndexByte(l.Addr, ':'):]
	return []struct{ why, host, origin, site string }{
		{"rebound name", "evil.example" + port, "http://evil.example" + port, "same-origin"},
		{"rebound name without origin", "evil.example" + port, "", ""},
		{"rebound name of the default port", "evil.example", "http://evil.example", "same-origin"},
		{"name that ends like ours", "notlocalhost" + port, "http://notlocalhost" + port, "same-origin"},
		{"name below ours", "localhost.evil.example" + port, "http://localhost.evil.example" + port, "same-origin"},
		{"address in a name", "127.0.0.1.nip.example" + port, "http://127.0.0.1.nip.example" + port, "same-origin"},
		{"all addresses", "0.0.0.0" + port, "http://0.0.0.0" + port, "same-origin"},
		{"another loopback address", "127.0.0.2" + port, "http://127.0.0.2" + port, "same-origin"},
		{"mapped address", "[::ffff:127.0.0.1]" + port, "http://[::ffff:127.0.0.1]" + port, "same-origin"},
		{"short address", "127.1" + port, "http://127.1" + port, "same-origin"},
		{"dotted name", "localhost." + port, "http://localhost." + port, "same-origin"},
		{"own address on another port", "192.168.7.7:9999", "http://192.168.7.7:9999", "same-origin"},
		{"port that is none", "localhost:port", "http://localhost:port", "same-origin"},
		{"foreign page", "", "http://evil.example", "cross-site"},
		{"foreign page over https", "", "https://evil.example", "cross-site"},
		{"page of another local port", "", "http://localhost:3000", "same-site"},
		{"our host over https", "", "https://" + l.Addr, "cross-site"},
		{"sandboxed page", "", "null", "cross-site"},
		{"page from a file", "", "file://", "cross-site"},
		{"browser extension", "", "chrome-extension://abcdef", "cross-site"},
		{"window of a development build", "", "wails://wails.localhost:34115", "cross-site"},
		{"name like the window's", "", "http://wails.localhost.evil.example", "cross-site"},
		{"window's name over https", "", "https://wails.localhost", "cross-site"},
		{"window's name with a port", "", "http://wails.localhost:8080", "cross-site"},
		{"origin with our host inside", "", "http://" + l.Addr + ".evil.example", "cross-site"},
		{"origin with a user", "", "http://" + l.Addr + "@evil.example", "cross-site"},
	}
}

func TestHostileOriginsAreRefused(t *testing.T) {
	l := listen(t)
	rows := hostile(l)
	if len(rows) < 20 {
		t.Fatalf("%d rows, want at least 20", len(rows))
	}
	accepted := 0
	for _, row := range rows {
		t.Run(row.why, func(t *testing.T) {
			// With the right token, too: a token in hand changes nothing.
			for _, token := range []string{"", "Bearer " + l.LocalToken(t)} {
				header := http.Header{}
				set(header, "Authorization", token)
				set(header, "Origin", row.origin)
				set(header, "Sec-Fetch-Site", row.site)
				set(header, "Host", row.host)
				conn, resp, err := websocket.DefaultDialer.DialContext(t.Context(), "ws://"+l.Addr+"/ws", header)
				if err == nil {
					accepted++
					_ = conn.Close()
					t.Error("the socket opened")
					continue
				}
				_ = resp.Body.Close()
				if resp.StatusCode != http.StatusForbidden && resp.StatusCode != http.StatusMisdirectedRequest {
					t.Errorf("the socket was refused with %d", resp.StatusCode)
				}
				for _, method := range []string{http.MethodPost, http.MethodGet} {
					headers := []string{"Authorization", token, "Sec-Fetch-Site", row.site, "Origin", row.origin}
					if row.host != "" {
						headers = append(headers, "Host", row.host)
					}
					r := l.do(t, method, "/api/v1/upstreams", `{"name":"evil","provider":"openai"}`, headers...)
					if r.StatusCode != http.StatusForbidden && r.StatusCode != http.StatusMisdirectedRequest {
						accepted++
						t.Errorf("%s was answered with %d %s", method, r.StatusCode, r.body)
					}
					if cors := r.Header.Get("Access-Control-Allow-Origin"); cors != "" {
						t.Errorf("CORS allows %s", cors)
					}
				}
			}
		})
	}
	if docs, _ := l.Documents(); accepted != 0 || len(docs) != 0 {
		t.Errorf("%d accepted, %d documents made", accepted, len(docs))
	}
}

func TestOwnOriginsAreLetIn(t *testing.T) {
	l := listen(t)
	port := l.Addr[strings.LastIndexByte(l.Addr, ':'):]
	for _, row := range []struct{ why, host, origin, site string }{
		{"our page", l.Addr, "http://" + l.Addr, "same-origin"},
		{"our page by name", "localhost" + port, "http://localhost" + port, "same-origin"},
		{"our page through a tunnel", "localhost:9999", "http://localhost:9999", "same-origin"},
		{"our page over IPv6", "[::1]" + port, "http://[::1]" + port, "same-origin"},
		{"our own address", "192.168.7.7:4101", "http://192.168.7.7:4101", "same-origin"},
		{"capital letters", "LOCALHOST" + port, "http://localhost" + port, "same-origin"},
		{"the window", l.Addr, "wails://wails", "cross-site"},
		{"the window on Windows", l.Addr, "http://wails.localhost", "cross-site"},
		{"a program", l.Addr, "", ""},
	} {
		t.Run(row.why, func(t *testing.T) {
			header := http.Header{}
			set(header, "Authorization", "Bearer "+l.LocalToken(t))
			set(header, "Origin", row.origin)
			set(header, "Sec-Fetch-Site", row.site)
			set(header, "Host", row.host)
			conn, resp, err := websocket.DefaultDialer.DialContext(t.Context(), "ws://"+l.Addr+"/ws", header)
			if err != nil {
				t.Fatal(err, resp)
			}
			_ = resp.Body.Close()
			_ = conn.Close()
			r := l.do(t, http.MethodPatch, "/api/v1/settings", `{}`, "Host", row.host, "Origin", row.origin, "Sec-Fetch-Site", row.site)
			if r.StatusCode != http.StatusOK {
				t.Errorf("answered with %d %s", r.StatusCode, r.body)
			}
		})
	}
	t.Run("the page is served with our headers", func(t *testing.T) {
		r := l.do(t, http.MethodGet, "/", "", "Authorization", "")
		if string(r.body) != "the page" || r.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%v %s", r.Header, r.body)
		}
	})
}

func set(h http.Header, name, value string) {
	if value != "" {
		h.Set(name, value)
	}
}
