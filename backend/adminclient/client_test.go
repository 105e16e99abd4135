package adminclient_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gorilla/websocket"
	"go.uber.org/goleak"

	"headwater/backend/adminclient"
	"headwater/backend/hw"
	"headwater/backend/internal/admin/admintest"
	"headwater/backend/internal/adminapi"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// service is the real admin listener.
type service struct {
	*admintest.House
	server *adminapi.Server
	http   *httptest.Server
}

func serve(t *testing.T) *service {
	t.Helper()
	s := &service{House: admintest.New(t)}
	var err error
	if s.server, err = adminapi.New(adminapi.Config{Admin: s.Service, Bus: s.Bus, Log: slog.New(slog.NewTextHandler(s.Logged, nil))}); err != nil {
		t.Fatal(err)
	}
	s.http = httptest.NewServer(s.server)
	t.Cleanup(func() {
		if err := s.server.Close(); err != nil {
			t.Error(err)
		}
		s.http.Close()
	})
	return s
}

func (s *service) dial(t *testing.T) *adminclient.Client {
	t.Helper()
	c, err := adminclient.Dial(t.Context(), adminclient.Config{Address: s.http.URL, Token: s.LocalToken(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func wantCode(t *testing.T, err error, code hw.Code) *hw.Error {
	t.Helper()
	e, ok := errors.AsType[*hw.Error](err)
	if !ok || e.Code != code || e.NextStep() == "" {
		t.Fatalf("error is %v, want code %s with a next step", err, code)
	}
	return e
}

func TestCall(t *testing.T) {
	s := serve(t)
	c := s.dial(t)
	t.Run("carries a document there and back", func(t *testing.T) {
		var up hw.Upstream
		err := c.Call(t.Context(), "upstreams.create", adminclient.Params{"body": hw.Upstream{Name: "openai", Provider: "openai"}}, &up)
		if err != nil || up.Version != 1 {
			t.Fatalf("made %+v (%v)", up, err)
		}
		var page hw.Page[hw.Upstream]
		if err := c.Call(t.Context(), "upstreams.list", adminclient.Params{"limit": 10}, &page); err != nil || len(page.Items) != 1 || page.Items[0] != up {
			t.Errorf("list is %+v (%v)", page, err)
		}
		if err := c.Call(t.Context(), "upstreams.delete", adminclient.Params{"ref": "openai", "version": 1}, nil); err != nil {
			t.Error(err)
		}
	})
	t.Run("keeps code, hint, problems and fields of an error", func(t *testing.T) {
		err := c.Call(t.Context(), "credentials.create", adminclient.Params{"body": map[string]any{"name": "a", "upstream": "ghost", "secret": "x"}}, nil)
		if e := wantCode(t, err, hw.CodeInvalid); e.Field != "upstream" || len(e.Problems) != 1 || !strings.Contains(e.Text, "ghost") {
			t.Errorf("error is %+v", e)
		}
		wantCode(t, c.Call(t.Context(), "routes.get", adminclient.Params{"ref": "x"}, nil), hw.CodeNotFound)
		wantCode(t, c.Call(t.Context(), "no.such", nil, nil), hw.CodeNotFound)
		wantCode(t, c.Call(t.Context(), "status.get", adminclient.Params{"x": func() {}}, nil), hw.CodeBadRequest)
	})
	t.Run("gives up when its context does, and the line goes on", func(t *testing.T) {
		s.Must(t, hw.KindUpstream, `{"name":"slow","provider":"openai"}`)
		entered, hold := make(chan struct{}), make(chan struct{})
		s.Test = func(string) (hw.TestReport, error) { close(entered); <-hold; return hw.TestReport{}, nil }
		ctx, cancel := context.WithCancel(t.Context())
		go func() { <-entered; cancel() }()
		wantCode(t, c.Call(ctx, "upstreams.test", adminclient.Params{"ref": "slow"}, nil), hw.CodeCanceled)
		if err := c.Call(t.Context(), "status.get", nil, nil); err != nil {
			t.Error(err)
		}
		close(hold)
	})
}

func TestSubscribe(t *testing.T) {
	s := serve(t)
	c := s.dial(t)
	sub, err := c.Subscribe(t.Context(), "calls.tail", 0)
	if err != nil {
		t.Fatal(err)
	}
	const many = 500
	for range many {
		s.Bus.Publish(hw.TopicCalls, &hw.Call{ID: "req_x"})
	}
	var last int64
	for last < many {
		events, dropped, err := sub.Next(t.Context())
		if err != nil || dropped != 0 {
			t.Fatalf("dropped %d (%v)", dropped, err)
		}
		for _, e := range events {
			var call hw.Call
			if e.Seq != last+1 || e.Topic != hw.TopicCalls || json.Unmarshal(e.Data, &call) != nil || call.ID != "req_x" {
				t.Fatalf("event %+v after %d", e, last)
			}
			last = e.Seq
		}
	}
	if err := sub.Close(t.Context()); err != nil {
		t.Error(err)
	}
	again, err := c.Subscribe(t.Context(), "calls.tail", many-2)
	if err != nil {
		t.Fatal(err)
	}
	if events, _, err := again.Next(t.Context()); err != nil || len(events) != 2 {
		t.Errorf("resumed with %d events (%v), want 2", len(events), err)
	}
	_, err = c.Subscribe(t.Context(), "nothing", 0)
	wantCode(t, err, hw.CodeNotFound)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err = again.Next(ctx)
	wantCode(t, err, hw.CodeCanceled)
}

func TestLineEnds(t *testing.T) {
	t.Run("when the service stops, for calls and subscriptions alike", func(t *testing.T) {
		s := serve(t)
		c := s.dial(t)
		sub, err := c.Subscribe(t.Context(), "config.changed", 0)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.server.Close(); err != nil {
			t.Fatal(err)
		}
		<-c.Done()
		wantCode(t, c.Err(), hw.CodeUnavailable)
		wantCode(t, c.Call(t.Context(), "status.get", nil, nil), hw.CodeUnavailable)
		_, _, err = sub.Next(t.Context())
		wantCode(t, err, hw.CodeUnavailable)
	})
	t.Run("when the session does, and says so", func(t *testing.T) {
		s := serve(t)
		s.Must(t, hw.KindMember, `{"name":"eve","role":"viewer","password":"correct horse battery"}`)
		in, err := s.SignIn(t.Context(), hw.SignInInput{Name: "eve", Password: "correct horse battery"}, "")
		if err != nil {
			t.Fatal(err)
		}
		c, err := adminclient.Dial(t.Context(), adminclient.Config{Address: s.http.URL, Token: in.Token})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.RevokeSession(t.Context(), admintest.Root(), in.Session.ID); err != nil {
			t.Fatal(err)
		}
		<-c.Done()
		wantCode(t, c.Err(), hw.CodeUnauthenticated)
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestDialFails(t *testing.T) {
	s := serve(t)
	dial := func(address, token string) error {
		c, err := adminclient.Dial(t.Context(), adminclient.Config{Address: address, Token: token})
		if err == nil {
			_ = c.Close()
		}
		return err
	}
	wantCode(t, dial(s.http.URL, "wrong"), hw.CodeUnauthenticated)
	wantCode(t, dial("127.0.0.1:1", "x"), hw.CodeUnavailable)
	for _, address := range []string{"", "http://", "host/path", "user@host", "a b"} {
		wantCode(t, dial(address, "x"), hw.CodeBadRequest)
	}
	t.Run("at what is not Headwater", func(t *testing.T) {
		other := httptest.NewServer(http.NotFoundHandler())
		defer other.Close()
		wantCode(t, dial(other.URL, "x"), hw.CodeUnavailable)
	})
}

// TestOddMessages talks to a service that does not keep the protocol.
func TestOddMessages(t *testing.T) {
	odd := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var up websocket.Upgrader
		conn, err := up.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer conn.Close()
		if _, _, err := conn.ReadMessage(); err != nil {
			return
		}
		for _, m := range []string{
			`{`, `[]`, `"x"`, `{"id":null,"error":{"code":1}}`, `{"id":"a","result":1}`, `{"id":99,"result":1}`,
			`{"method":"calls.tail","params":[]}`, `{"method":"calls.tail","params":{"subscription":"ghost","events":[{}]}}`,
			`{"id":1,"error":{"code":-32099,"message":"odd","data":"text"}}`,
		} {
			_ = conn.WriteMessage(websocket.TextMessage, []byte(m))
		}
		_, _, _ = conn.ReadMessage()
	}))
	defer odd.Close()
	c, err := adminclient.Dial(t.Context(), adminclient.Config{Address: odd.URL, Token: "x"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	if e := wantCode(t, c.Call(t.Context(), "status.get", nil, nil), hw.CodeInternal); e.Text != "odd" {
		t.Errorf("error is %v", e)
	}
}
