package adminapi_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"headwater/backend/hw"
	"headwater/backend/internal/admin"
)

// withApp is a listener with the app acme/crm, whose calls the test answers.
func withApp(t *testing.T, console func(ctx context.Context, call admin.ConsoleCall, to admin.ConsoleSink) (string, error)) *listener {
	t.Helper()
	l := listen(t)
	l.Must(t, hw.KindTenant, `{"name":"acme"}`)
	l.Must(t, hw.KindApp, `{"name":"crm","tenant":"acme","routes":["*"]}`)
	l.Console = console
	return l
}

func (l *listener) signedIn(t *testing.T) *socket {
	t.Helper()
	return l.open(t, "Authorization", "Bearer "+l.LocalToken(t))
}

// event returns the next event of the console, and for which call it is.
func (s *socket) event() (string, hw.ConsoleEvent) {
	s.t.Helper()
	m := s.pushed()
	var p struct {
		Subscription string
		Seq          int64
		Events       []struct {
			Seq  int64
			Data hw.ConsoleEvent
		}
	}
	if err := json.Unmarshal(m.Params, &p); err != nil || m.Method != "console.send" || len(p.Events) != 1 || p.Events[0].Seq != p.Seq {
		s.t.Fatalf("%s %s: %v", m.Method, m.Params, err)
	}
	return p.Subscription, p.Events[0].Data
}

// follow reads the events of one call up to its end.
func (s *socket) follow(name string) (status int, body string, end hw.ConsoleEnd) {
	s.t.Helper()
	for {
		of, e := s.event()
		if of != name {
			s.t.Fatalf("an event of %s", of)
		}
		if e.Status != 0 {
			status = e.Status
		}
		body += string(e.Bytes)
		if e.End != nil {
			return status, body, *e.End
		}
	}
}

func TestConsoleOverASocket(t *testing.T) {
	asked := make(chan admin.ConsoleCall, 1)
	l := withApp(t, func(_ context.Context, call admin.ConsoleCall, to admin.ConsoleSink) (string, error) {
		asked <- call
		to.Begin(http.StatusTeapot, map[string][]string{"X-A": {"1", "2"}})
		for _, piece := range []string{"data: \xe4\xb8", "\xad\n\n", strings.Repeat("x", 100<<10)} {
			if err := to.Write([]byte(piece)); err != nil {
				return "", err
			}
		}
		return "req_7", nil
	})
	s := l.signedIn(t)
	t.Run("an answer comes in pieces, byte by byte as it was", func(t *testing.T) {
		m := s.call("console.send", `{"subscription":"c1","body":{"app":"acme/crm","path":"/v1/x","body":"{}"}}`)
		if m.Error != nil || !strings.Contains(string(m.Result), `"c1"`) {
			t.Fatalf("%+v %s", m.Error, m.Result)
		}
		if call := <-asked; call.Client != "console:local" || call.Method != "POST" || call.Path != "/v1/x" {
			t.Errorf("the call is %+v", call)
		}
		status, body, end := s.follow("c1")
		if want := "data: 中\n\n" + strings.Repeat("x", 100<<10); status != http.StatusTeapot || body != want {
			t.Errorf("%d with %d bytes, want %d", status, len(body), len(want))
		}
		if end.Call != "req_7" || end.Canceled || end.Problem != nil {
			t.Errorf("it ended with %+v", end)
		}
	})
	t.Run("the name is free again", func(t *testing.T) {
		if m := s.call("console.send", `{"subscription":"c1","body":{"app":"acme/crm","path":"/v1/x"}}`); m.Error != nil {
			t.Fatal(m.Error)
		}
		<-asked
		s.follow("c1")
	})
	t.Run("what is wrong is said at once, and there is no call", func(t *testing.T) {
		s.wantRefused(s.call("console.send", `{"subscription":"c2","body":{"app":"acme/none","path":"/v1/x"}}`), hw.CodeNotFound)
		s.wantRefused(s.call("console.send", `{"subscription":"c2","body":{"app":"acme/crm","path":"elsewhere"}}`), hw.CodeInvalid)
		s.wantRefused(s.call("console.send", `{"subscription":"","body":{"app":"acme/crm","path":"/v1/x"}}`), hw.CodeInvalid)
		s.wantRefused(s.call("console.send", `[1]`), hw.CodeBadRequest)
		s.wantRefused(s.call("console.cancel", `[1]`), hw.CodeBadRequest)
		if len(asked) > 0 {
			t.Error("a call was made")
		}
	})
	t.Run("nobody and a viewer make none", func(t *testing.T) {
		const call = `{"subscription":"c1","body":{"app":"acme/crm","path":"/v1/x"}}`
		stranger := l.open(t)
		stranger.wantRefused(stranger.call("console.send", call), hw.CodeUnauthenticated)
		l.Must(t, hw.KindMember, `{"name":"eve","role":"viewer","password":"correct horse battery"}`)
		eve, err := l.SignIn(t.Context(), hw.SignInInput{Name: "eve", Password: "correct horse battery"}, "")
		if err != nil {
			t.Fatal(err)
		}
		viewer := l.open(t, "Authorization", "Bearer "+eve.Token)
		viewer.wantRefused(viewer.call("console.send", call), hw.CodeForbidden)
		if len(asked) > 0 {
			t.Error("a call was made")
		}
	})
}

// patient answers with a head and then waits until its call is given up.
type patient struct{ begun, ended chan string }

func (p *patient) call(ctx context.Context, call admin.ConsoleCall, to admin.ConsoleSink) (string, error) {
	to.Begin(http.StatusOK, nil)
	if err := to.Write([]byte(call.Path)); err != nil {
		return "", err
	}
	p.begun <- call.Path
	<-ctx.Done()
	p.ended <- call.Path
	return "req_" + call.Path[1:], nil
}

// soon takes what must come.
func soon(t *testing.T, from <-chan string) string {
	t.Helper()
	select {
	case s := <-from:
		return s
	case <-time.After(5 * time.Second):
		t.Fatal("it never came")
		return ""
	}
}

// Who has read the end of an answer asks again at once under the same name.
func TestConsoleAsksAgain(t *testing.T) {
	l := withApp(t, func(context.Context, admin.ConsoleCall, admin.ConsoleSink) (string, error) { return "req", nil })
	s := l.signedIn(t)
	for range 200 {
		if m := s.call("console.send", `{"subscription":"a","body":{"app":"acme/crm","path":"/a"}}`); m.Error != nil {
			t.Fatal(m.Error)
		}
		if _, _, end := s.follow("a"); end.Call != "req" {
			t.Fatalf("it ended with %+v", end)
		}
	}
}

func TestConsoleIsGivenUp(t *testing.T) {
	p := &patient{begun: make(chan string, 4), ended: make(chan string, 4)}
	l := withApp(t, p.call)
	begin := func(t *testing.T, s *socket, name string) {
		t.Helper()
		m := s.call("console.send", fmt.Sprintf(`{"subscription":%q,"body":{"app":"acme/crm","path":"/%s"}}`, name, name))
		if m.Error != nil {
			t.Fatal(m.Error)
		}
		soon(t, p.begun)
	}
	t.Run("by the page: one of two ends, with an end that says so", func(t *testing.T) {
		s := l.signedIn(t)
		begin(t, s, "a")
		begin(t, s, "b")
		if m := s.call("console.cancel", `{"subscription":"a"}`); m.Error != nil {
			t.Fatal(m.Error)
		}
		if got := soon(t, p.ended); got != "/a" {
			t.Fatalf("%s ended", got)
		}
		bodies := map[string]string{}
		for {
			name, e := s.event()
			bodies[name] += string(e.Bytes)
			if e.End == nil {
				continue
			}
			if name != "a" || !e.End.Canceled || e.End.Call != "req_a" {
				t.Errorf("%s ended with %+v", name, e.End)
			}
			break
		}
		if bodies["a"] != "/a" || bodies["b"] != "/b" || len(p.ended) > 0 {
			t.Errorf("the answers are %v", bodies)
		}
		if m := s.call("console.cancel", `{"subscription":"nothing"}`); m.Error != nil {
			t.Errorf("a call that is not there: %+v", m.Error)
		}
		_ = s.Close()
		if got := soon(t, p.ended); got != "/b" {
			t.Errorf("%s ended", got)
		}
	})
	t.Run("by unsubscribing; its name is free once its end is told", func(t *testing.T) {
		s := l.signedIn(t)
		begin(t, s, "a")
		if m := s.call("unsubscribe", `{"subscription":"a"}`); m.Error != nil {
			t.Fatal(m.Error)
		}
		soon(t, p.ended)
		if _, _, end := s.follow("a"); !end.Canceled {
			t.Errorf("it ended with %+v", end)
		}
		begin(t, s, "a")
		if m := s.call("console.cancel", `{"subscription":"a"}`); m.Error != nil {
			t.Fatal(m.Error)
		}
		soon(t, p.ended)
	})
	t.Run("by the end of the line", func(t *testing.T) {
		s := l.signedIn(t)
		begin(t, s, "c")
		_ = s.Close()
		soon(t, p.ended)
	})
	t.Run("by the end of the session", func(t *testing.T) {
		for _, name := range []string{"ann", "mei"} { // one administrator must stay
			l.Must(t, hw.KindMember, `{"name":"`+name+`","role":"administrator","password":"correct horse battery"}`)
		}
		mei, err := l.SignIn(t.Context(), hw.SignInInput{Name: "mei", Password: "correct horse battery"}, "")
		if err != nil {
			t.Fatal(err)
		}
		s := l.open(t, "Authorization", "Bearer "+mei.Token)
		begin(t, s, "d")
		if r := l.do(t, http.MethodDelete, "/api/v1/members/mei", ""); r.StatusCode != http.StatusNoContent {
			t.Fatalf("%d %s", r.StatusCode, r.body)
		}
		soon(t, p.ended)
	})
	t.Run("by the end of the session it was begun with over REST", func(t *testing.T) {
		l.Must(t, hw.KindMember, `{"name":"kim","role":"administrator","password":"correct horse battery"}`)
		kim, err := l.SignIn(t.Context(), hw.SignInInput{Name: "kim", Password: "correct horse battery"}, "")
		if err != nil {
			t.Fatal(err)
		}
		answered := make(chan response, 1)
		go func() {
			answered <- l.do(t, http.MethodPost, "/api/v1/console", `{"app":"acme/crm","path":"/f"}`, "Authorization", "Bearer "+kim.Token, "Content-Type", "application/json")
		}()
		soon(t, p.begun)
		if r := l.do(t, http.MethodDelete, "/api/v1/sessions/"+kim.Session.ID, ""); r.StatusCode != http.StatusNoContent {
			t.Fatalf("%d %s", r.StatusCode, r.body)
		}
		soon(t, p.ended)
		wantProblem(t, <-answered, hw.CodeUnauthenticated)
	})
	t.Run("by a caller over REST who leaves", func(t *testing.T) {
		ctx, leave := contextWithCancel(t)
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, l.URL+"/api/v1/console", strings.NewReader(`{"app":"acme/crm","path":"/e"}`))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+l.LocalToken(t))
		req.Header.Set("Content-Type", "application/json")
		answered := make(chan error, 1)
		go func() {
			resp, err := l.client.Do(req)
			if err == nil {
				_ = resp.Body.Close()
			}
			answered <- err
		}()
		soon(t, p.begun)
		leave()
		soon(t, p.ended)
		if <-answered == nil {
			t.Error("it was answered")
		}
	})
}

func TestConsoleOverREST(t *testing.T) {
	var body []byte
	l := withApp(t, func(_ context.Context, _ admin.ConsoleCall, to admin.ConsoleSink) (string, error) {
		if body == nil {
			return "req_1", nil
		}
		to.Begin(http.StatusOK, map[string][]string{"Content-Type": {"text/plain"}})
		err := to.Write(body)
		if err != nil {
			return "req_2", nil //nolint:nilerr // that the sink took no more is its own business
		}
		return "req_2", nil
	})
	post := func(t *testing.T) hw.ConsoleAnswer {
		t.Helper()
		r := l.do(t, http.MethodPost, "/api/v1/console", `{"app":"acme/crm","path":"/v1/models"}`, "Content-Type", "application/json")
		var a hw.ConsoleAnswer
		if r.decode(t, &a); r.StatusCode != http.StatusOK {
			t.Fatalf("%d %s", r.StatusCode, r.body)
		}
		return a
	}
	if a := post(t); a.Status != 499 || a.Call != "req_1" {
		t.Errorf("no answer is %+v", a)
	}
	body = []byte("中")
	if a := post(t); a.Status != 200 || a.Text != "中" || a.Bytes != nil || a.Headers["Content-Type"] != "text/plain" || a.Cut || a.Call != "req_2" {
		t.Errorf("text is %+v", a)
	}
	body = []byte{0xff, 0xd8}
	if a := post(t); a.Text != "" || string(a.Bytes) != "\xff\xd8" {
		t.Errorf("what is no text is %+v", a)
	}
	body = []byte(strings.Repeat("x", hw.MaxConsoleAnswer+1))
	if a := post(t); len(a.Text) != hw.MaxConsoleAnswer || !a.Cut {
		t.Errorf("what is too much is %d bytes, cut %v", len(a.Text), a.Cut)
	}
	wantProblem(t, l.do(t, http.MethodPost, "/api/v1/console", `{"app":"acme/none","path":"/v1/models"}`, "Content-Type", "application/json"), hw.CodeNotFound)
}
