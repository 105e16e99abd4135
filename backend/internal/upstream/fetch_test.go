package upstream

import (
	"context"
	"encoding/binary"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// pixel begins like a PNG image.
const pixel = "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"

// gallery serves pictures and whatever else an address can lead to.
func gallery(t *testing.T) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	send := func(kind, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			_, _ = w.Write([]byte(body))
		}
	}
	mux.HandleFunc("/a.png", send("image/png", pixel))
	mux.HandleFunc("/a.pdf", send("application/pdf", "%PDF-1.7 and more"))
	mux.HandleFunc("/stored", send("binary/octet-stream", pixel))
	mux.HandleFunc("/page", send("text/html", "<html>"))
	mux.HandleFunc("/disguised", send("image/png", "<html><script>"))
	mux.HandleFunc("/mislabelled", send("text/html", pixel))
	mux.HandleFunc("/empty", send("image/png", ""))
	mux.HandleFunc("/huge", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "image/png")
		for piece := []byte(pixel + strings.Repeat("x", 1<<20)); ; {
			if _, err := w.Write(piece); err != nil {
				return
			}
		}
	})
	mux.HandleFunc("/announced", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "image/png")
		w.Header().Set("Content-Length", "99999999999")
		w.WriteHeader(http.StatusOK)
	})
	mux.HandleFunc("/cut", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "image/png")
		w.Header().Set("Content-Length", "5000")
		_, _ = w.Write([]byte(pixel))
		panic(http.ErrAbortHandler)
	})
	mux.HandleFunc("/slow", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "image/png")
		_, _ = w.Write([]byte(pixel))
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	mux.HandleFunc("/moved", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, r.URL.Query().Get("to"), http.StatusFound)
	})
	mux.HandleFunc("/round", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/round?"+r.URL.RawQuery+"x", http.StatusFound)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server
}

// known is a fetcher to whom the host pictures.example is the gallery, and every
// other host is what it is.
func known(server *httptest.Server) *Fetcher {
	guarded := publicDialer(nil, nil)
	return NewFetcher(FetchConfig{Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
		if address == "pictures.example:80" {
			return (&net.Dialer{}).DialContext(ctx, network, server.Listener.Addr().String())
		}
		return guarded.DialContext(ctx, network, address)
	}})
}

func free(int) error { return nil }

func TestAnImageAndADocumentAreFetched(t *testing.T) {
	f := known(gallery(t))
	for address, want := range map[string][2]string{
		"http://pictures.example/a.png":           {"image/png", pixel},
		"http://pictures.example/a.pdf":           {"application/pdf", "%PDF-1.7 and more"},
		"http://pictures.example/stored":          {"image/png", pixel},
		"http://pictures.example/moved?to=/a.png": {"image/png", pixel},
	} {
		counted := 0
		data, kind, err := f.Fetch(t.Context(), address, func(n int) error { counted += n; return nil })
		if err != nil || kind != want[0] || string(data) != want[1] || counted != len(data) {
			t.Errorf("%s: %q %q, counted %d, %v", address, kind, data, counted, err)
		}
	}
}

func TestWhatMayNotBeFetchedIsNot(t *testing.T) {
	server := gallery(t)
	f := known(server)
	local := server.Listener.Addr().String()
	const private, broken = "not a public one", "does not answer"
	rows := []struct{ address, reason string }{
		{"http://" + local + "/a.png", private},
		{"http://localhost:" + local[strings.LastIndexByte(local, ':')+1:] + "/a.png", private},
		{"http://[::1]/a.png", private},
		{"http://[::ffff:127.0.0.1]/a.png", private},
		{"http://[64:ff9b::7f00:1]/a.png", private},
		{"http://0.0.0.0/a.png", private},
		{"http://10.0.0.1/a.png", private},
		{"http://192.168.1.1/a.png", private},
		{"http://169.254.169.254/latest/meta-data", private},
		{"http://[fd00:ec2::254]/", private},
		{"http://100.100.100.200/", private},
		{"http://2130706433/a.png", private},
		{"http://pictures.example/moved?to=http://" + local + "/a.png", private},
		{"http://pictures.example/moved?to=http://169.254.169.254/", private},
		{"http://pictures.example/moved?to=//127.0.0.1/a.png", private},
		{"http://pictures.example/moved?to=file:///etc/passwd", "neither http nor https"},
		{"http://pictures.example/moved?to=ftp://pictures.example/a.png", "neither http nor https"},
		{"http://pictures.example/moved?to=http://u:p@pictures.example/a.png", "a user in it"},
		{"http://pictures.example/round", "more than 3 times"},
		{"file:///etc/passwd", "neither http nor https"},
		{"http:///a.png", "neither http nor https"},
		{"http://u:p@pictures.example/a.png", "a user in it"},
		{"http://pictures.example/%zz", "cannot be read"},
		{"http://pictures.example/" + strings.Repeat("x", 9000), "too long"},
		{"http://pictures.example/page", "neither an image"},
		{"http://pictures.example/disguised", "neither an image"},
		{"http://pictures.example/mislabelled", "neither an image"},
		{"http://pictures.example/empty", "neither an image"},
		{"http://pictures.example/none", "status 404"},
		{"http://pictures.example/huge", "larger than 10 MiB"},
		{"http://pictures.example/announced", "larger than 10 MiB"},
		{"http://pictures.example/cut", broken},
	}
	for _, row := range rows {
		data, _, err := f.Fetch(t.Context(), row.address, free)
		told, ok := errors.AsType[*FetchError](err)
		if !ok || !strings.Contains(told.Reason, row.reason) || data != nil {
			t.Errorf("%.80s: %v, want %q", row.address, err, row.reason)
		}
		if ok && (strings.Contains(told.Reason, "127.0.0.1") || strings.Contains(told.Reason, "loopback")) {
			t.Errorf("%.80s: the reason tells of our network: %s", row.address, told.Reason)
		}
	}
}

func TestWhatTakesTooLongIsGivenUp(t *testing.T) {
	f := known(gallery(t))
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, _, err := f.Fetch(ctx, "http://pictures.example/slow", free)
	if told, ok := errors.AsType[*FetchError](err); !ok || told.Reason != "it takes too long" {
		t.Errorf("%v", err)
	}
}

func TestFetchingStopsWhereMemoryEnds(t *testing.T) {
	f, full, taken := known(gallery(t)), errors.New("no memory"), 0
	_, _, err := f.Fetch(t.Context(), "http://pictures.example/huge", func(n int) error {
		if taken += n; taken > 100_000 {
			return full
		}
		return nil
	})
	if !errors.Is(err, full) || taken > 200_000 {
		t.Errorf("%v after %d bytes", err, taken)
	}
}

// TestANameThatLeadsToThisMachineIsNotFollowed asks a name server that tells
// the machine's own address: what is dialled is checked, whatever the name is.
func TestANameThatLeadsToThisMachineIsNotFollowed(t *testing.T) {
	server := gallery(t)
	_, port, _ := net.SplitHostPort(server.Listener.Addr().String())
	asked := make(chan struct{}, 16)
	resolver := &net.Resolver{PreferGo: true, Dial: nameServer(t, asked)}
	f := NewFetcher(FetchConfig{Dial: publicDialer(nil, resolver).DialContext})
	_, _, err := f.Fetch(t.Context(), "http://rebound.example:"+port+"/a.png", free)
	if told, ok := errors.AsType[*FetchError](err); !ok || !errors.Is(err, ErrForbiddenAddress) || told.Reason != "its address is not a public one" {
		t.Errorf("%v", err)
	}
	if len(asked) == 0 {
		t.Error("the name server was not asked")
	}
}

// nameServer answers every question for an IPv4 address with 127.0.0.1.
func nameServer(t *testing.T, asked chan<- struct{}) func(ctx context.Context, network, address string) (net.Conn, error) {
	t.Helper()
	conn, err := (&net.ListenConfig{}).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for buf := make([]byte, 512); ; {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			select {
			case asked <- struct{}{}:
			default:
			}
			_, _ = conn.WriteTo(loopbackAnswer(buf[:n]), from)
		}
	}()
	t.Cleanup(func() {
		_ = conn.Close()
		<-done
	})
	return func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", conn.LocalAddr().String())
	}
}

// loopbackAnswer answers a question as RFC 1035 has it.
func loopbackAnswer(question []byte) []byte {
	end := 12
	for question[end] != 0 {
		end += int(question[end]) + 1
	}
	kind := binary.BigEndian.Uint16(question[end+1:])
	out := append([]byte(nil), question[:end+5]...)
	out[2], out[3] = 0x81, 0x80
	copy(out[6:12], []byte{0, 0, 0, 0, 0, 0})
	if kind == 1 { // A
		out[7] = 1
		out = append(out, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 127, 0, 0, 1)
	}
	return out
}
