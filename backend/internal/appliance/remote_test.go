package appliance_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"headwater/backend/adminclient"
	"headwater/backend/hw"
	"headwater/backend/internal/appliance"
)

func remotely(o *appliance.Options) { o.RemoteAdminListen = "127.0.0.1:0" }

func code(t *testing.T, err error, want hw.Code) {
	t.Helper()
	if hw.CodeOf(err) != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestRemoteAdministration(t *testing.T) {
	dir := t.TempDir()
	s := start(t, dir, remotely)
	fingerprint := s.addresses.RemoteAdminFingerprint
	if !strings.Contains(s.greeting.String(), fingerprint) {
		t.Errorf("the greeting does not name the fingerprint: %s", s.greeting)
	}
	pinned, err := adminclient.Pinned(fingerprint)
	if err != nil {
		t.Fatal(err)
	}
	there := adminclient.Config{Address: "https://" + s.addresses.RemoteAdmin, TLS: pinned}
	token, err := os.ReadFile(filepath.Join(dir, "admin.token"))
	if err != nil {
		t.Fatal(err)
	}
	const password = "correct horse battery"

	t.Run("does not take the token of this machine", func(t *testing.T) {
		withToken := there
		withToken.Token = strings.TrimSpace(string(token))
		_, err := adminclient.Dial(t.Context(), withToken)
		code(t, err, hw.CodeUnauthenticated)
		code(t, adminclient.SignOut(t.Context(), withToken), hw.CodeUnauthenticated)
	})
	t.Run("does not make the first administrator", func(t *testing.T) {
		var fresh hw.SetupCode
		if err := s.call(t, dir, "setup.renew", nil, &fresh); err != nil {
			t.Fatal(err)
		}
		_, err := adminclient.SetUp(t.Context(), there, hw.SetupInput{Code: fresh.Code, Name: "mei", Password: password})
		code(t, err, hw.CodeMethod) // setup.get is all that is left of the path
		here := adminclient.Config{Address: s.addresses.Admin}
		if _, err := adminclient.SetUp(t.Context(), here, hw.SetupInput{Code: fresh.Code, Name: "mei", Password: password}); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("lets members in, over the socket, until their session ends", func(t *testing.T) {
		session, err := adminclient.SignIn(t.Context(), there, hw.SignInInput{Name: "mei", Password: password})
		if err != nil {
			t.Fatal(err)
		}
		signed := there
		signed.Token = session.Token
		client, err := adminclient.Dial(t.Context(), signed)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = client.Close() }()
		var status hw.Status
		if err := client.Call(t.Context(), "status.get", nil, &status); err != nil || status.Addresses.RemoteAdmin != s.addresses.RemoteAdmin {
			t.Errorf("got %+v, %v", status.Addresses, err)
		}
		if err := s.call(t, dir, "sessions.revoke", map[string]any{"id": session.Session.ID}, nil); err != nil {
			t.Fatal(err)
		}
		<-client.Done()
		code(t, client.Err(), hw.CodeUnauthenticated)
	})
	t.Run("answers to no other name, and to no other page", func(t *testing.T) {
		client := &http.Client{Transport: &http.Transport{TLSClientConfig: pinned, DisableKeepAlives: true}}
		ask := func(host, origin string) int {
			t.Helper()
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, there.Address+"/api/v1/setup", nil)
			if err != nil {
				t.Fatal(err)
			}
			if req.Host = host; origin != "" {
				req.Header.Set("Origin", origin)
			}
			resp, err := client.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			_ = resp.Body.Close()
			return resp.StatusCode
		}
		own := s.addresses.RemoteAdmin
		for _, c := range []struct {
			host, origin string
			want         int
		}{
			{own, "", http.StatusOK},
			{own, "https://" + own, http.StatusOK},
			{own, "http://" + own, http.StatusForbidden},
			{own, "https://evil.example", http.StatusForbidden},
			{"evil.example", "", http.StatusMisdirectedRequest},
			{"evil.example", "https://evil.example", http.StatusMisdirectedRequest},
		} {
			if got := ask(c.host, c.origin); got != c.want {
				t.Errorf("%+v: %d", c, got)
			}
		}
	})
	t.Run("tells who forgets the s in https", func(t *testing.T) {
		conn, err := net.Dial("tcp", s.addresses.RemoteAdmin)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		if _, err := fmt.Fprintf(conn, "GET / HTTP/1.1\r\nHost: %s\r\n\r\n", s.addresses.RemoteAdmin); err != nil {
			t.Fatal(err)
		}
		answer, _ := io.ReadAll(bufio.NewReader(conn))
		if !strings.HasPrefix(string(answer), "HTTP/1.0 400") || !strings.Contains(string(answer), "HTTPS") {
			t.Errorf("got %q", answer)
		}
	})
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	t.Run("keeps its certificate over a restart, the key to itself", func(t *testing.T) {
		again := start(t, dir, remotely)
		if again.addresses.RemoteAdminFingerprint != fingerprint {
			t.Error("every client would take us for somebody else")
		}
		if err := again.stop(); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(filepath.Join(dir, "admin-tls.key")); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v, %v", info, err)
		}
	})
	t.Run("does not replace a damaged one by itself", func(t *testing.T) {
		if err := os.WriteFile(filepath.Join(dir, "admin-tls.crt"), []byte("no certificate"), 0o600); err != nil {
			t.Fatal(err)
		}
		opts := appliance.Options{StateDir: dir, Listen: "127.0.0.1:0", AdminListen: "127.0.0.1:0", PortalListen: "127.0.0.1:0", LogTo: io.Discard}
		remotely(&opts)
		err := appliance.Run(t.Context(), opts)
		code(t, err, hw.CodeInvalid)
		if !strings.Contains(hw.AsError(err).NextStep(), "backup") {
			t.Errorf("no way out is named: %v", err)
		}
	})
	t.Run("is closed unless somebody opens it", func(t *testing.T) {
		closed := start(t, t.TempDir())
		if closed.addresses.RemoteAdmin != "" || closed.addresses.RemoteAdminFingerprint != "" {
			t.Errorf("got %+v", closed.addresses)
		}
		if err := closed.stop(); err != nil {
			t.Fatal(err)
		}
	})
}
