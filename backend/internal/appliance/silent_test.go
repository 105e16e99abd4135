package appliance_test

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"headwater/backend/adminclient"
	"headwater/backend/hw"
)

// silent is a listener that takes connections, reads and never answers. It says
// when somebody has asked, and when who asked has hung up.
type silent struct {
	url        string
	asked, hup chan struct{}
}

func newSilent(t *testing.T) *silent {
	t.Helper()
	var lc net.ListenConfig
	ln, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	q := &silent{url: "http://" + ln.Addr().String() + "/v1", asked: make(chan struct{}, 8), hup: make(chan struct{}, 8)}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			go q.hold(conn)
		}
	}()
	t.Cleanup(func() { _ = ln.Close(); <-ended })
	return q
}

func (q *silent) hold(conn net.Conn) {
	defer conn.Close()
	if _, err := conn.Read(make([]byte, 4096)); err != nil {
		return // nobody asked: a connection alone
	}
	q.asked <- struct{}{}
	_, _ = io.Copy(io.Discard, conn)
	q.hup <- struct{}{}
}

// waits gives up well before a test of a silent upstream would by itself, which
// here is after 150 s.
func waits(t *testing.T, what <-chan struct{}, otherwise string) {
	t.Helper()
	select {
	case <-what:
	case <-time.After(30 * time.Second):
		t.Fatal(otherwise)
	}
}

// TestATestOfASilentUpstreamIsGivenUp proves it where it counts: at the upstream,
// whose caller has gone.
func TestATestOfASilentUpstreamIsGivenUp(t *testing.T) {
	quiet := newSilent(t)
	dir := t.TempDir()
	s := start(t, dir)
	s.apply(t, dir, `
upstreams: [{name: quiet, provider: openai-compatible, local: true, base_url: "`+quiet.url+`", check: {kind: "off"}, timeouts: {first_byte_ms: 120000}}]
`)
	token, err := os.ReadFile(filepath.Join(dir, "admin.token"))
	if err != nil {
		t.Fatal(err)
	}
	steps := make(chan hw.TestEvent, 32)
	dial := func(t *testing.T) *adminclient.Client {
		t.Helper()
		client, err := adminclient.Dial(t.Context(), adminclient.Config{
			Address: s.addresses.Admin, Token: strings.TrimSpace(string(token)),
			Notify: func(_ string, params json.RawMessage) {
				var p struct {
					Events []struct{ Data hw.TestEvent }
				}
				if json.Unmarshal(params, &p) == nil && len(p.Events) == 1 {
					steps <- p.Events[0].Data
				}
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		return client
	}
	t.Run("when the call is canceled, as the command line does", func(t *testing.T) {
		client := dial(t)
		defer client.Close()
		ctx, cancel := context.WithCancel(t.Context())
		go func() { <-quiet.asked; cancel() }()
		if err := client.Call(ctx, "upstreams.test", adminclient.Params{"ref": "quiet"}, nil); hw.CodeOf(err) != hw.CodeCanceled {
			t.Errorf("it ended with %v", err)
		}
		waits(t, quiet.hup, "the upstream is still asked")
	})
	t.Run("when who follows its steps has seen enough", func(t *testing.T) {
		client := dial(t)
		defer client.Close()
		if err := client.Call(t.Context(), "upstreams.test", hw.TestFollow{Subscription: "t", Ref: "quiet"}, nil); err != nil {
			t.Fatal(err)
		}
		waits(t, quiet.asked, "nobody asked")
		if err := client.Call(t.Context(), "unsubscribe", hw.SubscribeInput{Subscription: "t"}, nil); err != nil {
			t.Fatal(err)
		}
		waits(t, quiet.hup, "the upstream is still asked")
		var seen []string
		for e := range steps {
			if e.End == nil {
				seen = append(seen, e.Step)
				continue
			}
			if !e.End.Canceled || e.End.Report != nil {
				t.Errorf("it ended with %+v", e.End)
			}
			break
		}
		if !slices.Contains(seen, hw.StepConnect) || seen[len(seen)-1] != hw.StepAnswer {
			t.Errorf("the steps were %v", seen)
		}
	})
	t.Run("when the line ends", func(t *testing.T) {
		client := dial(t)
		if err := client.Call(t.Context(), "upstreams.test", hw.TestFollow{Subscription: "t", Ref: "quiet"}, nil); err != nil {
			t.Fatal(err)
		}
		waits(t, quiet.asked, "nobody asked")
		_ = client.Close()
		waits(t, quiet.hup, "the upstream is still asked")
	})
	t.Run("when a caller over REST leaves", func(t *testing.T) {
		ctx, leave := context.WithCancel(t.Context())
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+s.addresses.Admin+"/api/v1/upstreams/quiet/test", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
		go func() { <-quiet.asked; leave() }()
		if resp, err := http.DefaultClient.Do(req); err == nil {
			_ = resp.Body.Close()
			t.Error("it was answered")
		}
		waits(t, quiet.hup, "the upstream is still asked")
	})
	if err := s.stop(); err != nil {
		t.Error(err)
	}
}
