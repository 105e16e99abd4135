package adminapi_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"headwater/backend/hw"
	"headwater/backend/internal/admin/admintest"
	"headwater/backend/internal/adminapi"
)

// socket is a bare client, so that the wire can be seen.
type socket struct {
	*websocket.Conn
	t  *testing.T
	id int
	// early are notifications that came before the answer that was waited for.
	early []rpcMessage
}

// open opens a socket with headers; without an Authorization it is a page's.
func (l *listener) open(t *testing.T, headers ...string) *socket {
	t.Helper()
	h := http.Header{}
	for i := 0; i+1 < len(headers); i += 2 {
		h.Set(headers[i], headers[i+1])
	}
	if len(headers) == 0 {
		h.Set("Origin", "http://"+l.Addr)
	}
	conn, resp, err := websocket.DefaultDialer.DialContext(t.Context(), "ws://"+l.Addr+"/ws", h)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	t.Cleanup(func() { _ = conn.Close() })
	return &socket{Conn: conn, t: t}
}

type rpcMessage struct {
	ID     int
	Method string
	Params json.RawMessage
	Result json.RawMessage
	Error  *struct {
		Code    int
		Message string
		Data    hw.ProblemDetails
	}
}

func (s *socket) send(text string) {
	s.t.Helper()
	if err := s.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
		s.t.Fatal(err)
	}
}

func (s *socket) next() rpcMessage {
	s.t.Helper()
	_ = s.SetReadDeadline(time.Now().Add(5 * time.Second))
	_, raw, err := s.ReadMessage()
	if err != nil {
		s.t.Fatal(err)
	}
	var m rpcMessage
	if err := json.Unmarshal(raw, &m); err != nil {
		s.t.Fatalf("%s: %v", raw, err)
	}
	return m
}

// call sends a request and returns its answer, past notifications.
func (s *socket) call(method, params string) rpcMessage {
	s.t.Helper()
	s.id++
	s.send(fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":%q,"params":%s}`, s.id, method, params))
	for {
		m := s.next()
		if m.Method != "" {
			s.early = append(s.early, m)
			continue
		}
		if m.ID != s.id {
			s.t.Fatalf("answer %d to call %d", m.ID, s.id)
		}
		return m
	}
}

// pushed returns the next notification.
func (s *socket) pushed() rpcMessage {
	s.t.Helper()
	if len(s.early) == 0 {
		return s.next()
	}
	m := s.early[0]
	s.early = s.early[1:]
	return m
}

// wantRefused checks an error's code, JSON-RPC's and ours.
func (s *socket) wantRefused(m rpcMessage, code hw.Code) {
	s.t.Helper()
	if m.Error == nil || m.Error.Data.Code != code || m.Error.Code != -32000-code.Info().Status || m.Error.Data.RequestID == "" {
		s.t.Fatalf("answer is %+v %s, want %s", m.Error, m.Result, code)
	}
}

// wantClosed reads until the line is cut and checks the reason.
func (s *socket) wantClosed(code int) {
	s.t.Helper()
	_ = s.SetReadDeadline(time.Now().Add(5 * time.Second))
	for {
		_, _, err := s.ReadMessage()
		if err == nil {
			continue
		}
		if bye, ok := errors.AsType[*websocket.CloseError](err); !ok || bye.Code != code {
			s.t.Errorf("the line ended with %v, want %d", err, code)
		}
		return
	}
}

func TestSocket(t *testing.T) {
	l := listen(t)
	local := "Bearer " + l.LocalToken(t)
	t.Run("a page signs in with its first call", func(t *testing.T) {
		s := l.open(t)
		s.wantRefused(s.call("upstreams.list", `{}`), hw.CodeUnauthenticated)
		s.wantRefused(s.call("calls.tail", `{"subscription":"a"}`), hw.CodeUnauthenticated)
		s.wantRefused(s.call("auth", `{"token":"wrong"}`), hw.CodeUnauthenticated)
		var me hw.SessionInfo
		if m := s.call("auth", fmt.Sprintf(`{"token":%q}`, l.LocalToken(t))); m.Error != nil || json.Unmarshal(m.Result, &me) != nil || me.Member != "local" {
			t.Fatalf("auth answers %+v %s", m.Error, m.Result)
		}
		if m := s.call("upstreams.list", `{}`); m.Error != nil || !strings.Contains(string(m.Result), `"items":[]`) {
			t.Errorf("answer is %+v %s", m.Error, m.Result)
		}
	})
	t.Run("what is public needs no sign-in", func(t *testing.T) {
		if m := l.open(t).call("setup.get", `{}`); m.Error != nil || !strings.Contains(string(m.Result), `"needed":true`) {
			t.Errorf("answer is %+v %s", m.Error, m.Result)
		}
	})
	t.Run("neither origin nor token opens nothing", func(t *testing.T) {
		_, resp, err := websocket.DefaultDialer.DialContext(t.Context(), "ws://"+l.Addr+"/ws", nil)
		if err == nil || resp.StatusCode != http.StatusUnauthorized {
			t.Errorf("answer is %v (%v)", resp, err)
		}
	})
	t.Run("a wrong token opens nothing", func(t *testing.T) {
		_, resp, err := websocket.DefaultDialer.DialContext(t.Context(), "ws://"+l.Addr+"/ws", http.Header{"Authorization": {"Bearer x"}, "Origin": {"http://" + l.Addr}})
		if err == nil || resp.StatusCode != http.StatusUnauthorized {
			t.Errorf("answer is %v (%v)", resp, err)
		}
	})
	t.Run("params are body, path and query by name", func(t *testing.T) {
		s := l.open(t, "Authorization", local)
		if m := s.call("upstreams.create", `{"body":{"name":"openai","provider":"openai"}}`); m.Error != nil {
			t.Fatal(m.Error)
		}
		if m := s.call("routes.create", `{"body":{"name":"org/model?x=1"}}`); m.Error == nil {
			t.Error("a route with a bad name was made")
		}
		if m := s.call("routes.create", `{"body":{"name":"org/model:1","tiers":[{"targets":[{"upstream":"openai"}]}]}}`); m.Error != nil {
			t.Fatal(m.Error)
		}
		for _, params := range []string{`{"ref":"org/model:1"}`, `{"ref":"org/model:1","tenant":null}`} {
			if m := s.call("routes.get", params); m.Error != nil || !strings.Contains(string(m.Result), `"org/model:1"`) {
				t.Errorf("%s answers %+v %s", params, m.Error, m.Result)
			}
		}
		if m := s.call("upstreams.list", `{"limit":1,"q":"nothing"}`); m.Error != nil || !strings.Contains(string(m.Result), `"items":[]`) {
			t.Errorf("answer is %+v %s", m.Error, m.Result)
		}
		if m := s.call("upstreams.delete", `{"ref":"nobody"}`); m.Error == nil || m.Error.Data.Code != hw.CodeNotFound {
			t.Errorf("answer is %+v %s", m.Error, m.Result)
		}
		if m := s.call("routes.delete", `{"ref":"org/model:1"}`); m.Error != nil || string(m.Result) != "null" {
			t.Errorf("answer is %+v %s", m.Error, m.Result)
		}
	})
	t.Run("findings come with their place in the params", func(t *testing.T) {
		s := l.open(t, "Authorization", local)
		m := s.call("upstreams.create", `{"body":{"name":"a","provider":"openai","state":"asleep"}}`)
		s.wantRefused(m, hw.CodeInvalid)
		if e := m.Error.Data.Errors[0]; m.Error.Code != -32422 || e.Location != "body.state" {
			t.Errorf("code %d, finding %+v", m.Error.Code, e)
		}
		s.wantRefused(s.call("upstreams.get", `{}`), hw.CodeInvalid)
		s.wantRefused(s.call("upstreams.get", `[1]`), hw.CodeBadRequest)
		s.wantRefused(s.call("upstreams.list", `{"colour":"red"}`), hw.CodeInvalid)
		s.wantRefused(s.call("upstreams.get", `{"ref":"../../x"}`), hw.CodeNotFound)
		s.wantRefused(s.call("upstreams.get", `{"ref":"{tenant}"}`), hw.CodeNotFound)
	})
	t.Run("what is no method is not found, downloads included", func(t *testing.T) {
		s := l.open(t, "Authorization", local)
		for _, method := range []string{"nothing", "calls.export", "rpc.serverInfo", "upstreams"} {
			if m := s.call(method, `{}`); m.Error == nil || m.Error.Code != -32601 {
				t.Errorf("%s answers %+v %s", method, m.Error, m.Result)
			}
		}
	})
	t.Run("a call does not wait for another", func(t *testing.T) {
		hold, entered := make(chan struct{}), make(chan struct{})
		l.Test = func(string) (hw.TestReport, error) { close(entered); <-hold; return hw.TestReport{OK: true}, nil }
		s := l.open(t, "Authorization", local)
		s.send(`{"jsonrpc":"2.0","id":900,"method":"upstreams.test","params":{"ref":"openai"}}`)
		<-entered
		if m := s.call("status.get", `{}`); m.Error != nil {
			t.Error(m.Error)
		}
		close(hold)
		if m := s.next(); m.ID != 900 || m.Error != nil {
			t.Errorf("answer is %+v", m)
		}
	})
	for name, message := range map[string]string{
		"broken JSON": `{`, "a batch": `[{"jsonrpc":"2.0","id":1,"method":"setup.get"}]`, "an answer": `{"jsonrpc":"2.0","id":1,"result":1}`, "nothing": ``,
	} {
		t.Run(name+" ends the line", func(t *testing.T) {
			s := l.open(t, "Authorization", local)
			s.send(message)
			s.wantClosed(websocket.ClosePolicyViolation)
		})
	}
	t.Run("a message that is too large ends the line", func(t *testing.T) {
		s := l.open(t, "Authorization", local)
		_ = s.WriteMessage(websocket.TextMessage, make([]byte, 5<<20)) // may fail half-way
		s.wantCut()
	})
	t.Run("more calls at once than there are places are all answered", func(t *testing.T) {
		s := l.open(t, "Authorization", local)
		for i := range 200 {
			s.send(fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"setup.get"}`, i+1))
		}
		for range 200 {
			if m := s.next(); m.Error != nil {
				t.Fatal(m.Error)
			}
		}
	})
}

// wantCut reads until the line has ended, for whatever reason.
func (s *socket) wantCut() {
	s.t.Helper()
	_ = s.SetReadDeadline(time.Now().Add(5 * time.Second))
	for {
		_, _, err := s.ReadMessage()
		if err == nil {
			continue
		}
		if wait, ok := errors.AsType[interface {
			error
			Timeout() bool
		}](err); ok && wait.Timeout() {
			s.t.Error("the line is still open")
		}
		return
	}
}

func TestSocketEndsWithItsSession(t *testing.T) {
	l := listen(t)
	l.Must(t, hw.KindMember, `{"name":"root","role":"administrator","password":"correct horse battery"}`)
	l.Must(t, hw.KindMember, `{"name":"eve","role":"viewer","password":"correct horse battery"}`)
	for name, do := range map[string]func(in hw.SignedIn) error{
		"revoked": func(in hw.SignedIn) error { return l.RevokeSession(t.Context(), admintest.Root(), in.Session.ID) },
		"another role": func(hw.SignedIn) error {
			_, err := l.Update(t.Context(), admintest.Root(), hw.KindMember, ref("eve"), json.RawMessage(`{"role":"administrator"}`))
			return err
		},
	} {
		for _, way := range []string{"header", "auth"} {
			t.Run(name+", signed in by "+way, func(t *testing.T) {
				if _, err := l.Update(t.Context(), admintest.Root(), hw.KindMember, ref("eve"), json.RawMessage(`{"role":"viewer"}`)); err != nil {
					t.Fatal(err)
				}
				in, err := l.SignIn(t.Context(), hw.SignInInput{Name: "eve", Password: "correct horse battery"}, "")
				if err != nil {
					t.Fatal(err)
				}
				var s *socket
				if way == "header" {
					s = l.open(t, "Authorization", "Bearer "+in.Token)
				} else {
					s = l.open(t)
					s.call("auth", fmt.Sprintf(`{"token":%q}`, in.Token))
				}
				if m := s.call("calls.tail", `{"subscription":"a"}`); m.Error != nil {
					t.Fatal(m.Error)
				}
				begin := time.Now()
				if err := do(in); err != nil {
					t.Fatal(err)
				}
				s.wantClosed(4401)
				if took := time.Since(begin); took > time.Second {
					t.Errorf("took %v, want at most 1 s", took)
				}
			})
		}
	}
}

func TestSocketWithoutActorEnds(t *testing.T) {
	l := listen(t)
	adminapi.Impatient(l.server, 50*time.Millisecond)
	t.Run("when nobody signs in, whatever else is called", func(t *testing.T) {
		s := l.open(t)
		s.call("setup.get", `{}`)
		s.wantClosed(4401)
	})
	t.Run("but not once somebody has", func(t *testing.T) {
		s := l.open(t)
		s.call("auth", fmt.Sprintf(`{"token":%q}`, l.LocalToken(t)))
		unsigned := l.open(t)
		unsigned.wantClosed(4401) // the time is over for the first one, too
		if m := s.call("status.get", `{}`); m.Error != nil {
			t.Error(m.Error)
		}
	})
}

func TestSubscriptions(t *testing.T) {
	l := listen(t)
	local := "Bearer " + l.LocalToken(t)
	push := func(m rpcMessage) (p hw.Push) {
		t.Helper()
		if err := json.Unmarshal(m.Params, &p); err != nil {
			t.Fatalf("%s: %v", m.Params, err)
		}
		return p
	}
	t.Run("calls.tail, health.watch and config.changed push what happens, under the client's name", func(t *testing.T) {
		s := l.open(t, "Authorization", local)
		for method, publish := range map[string]func(){
			"calls.tail":     func() { l.Bus.Publish(hw.TopicCalls, &hw.Call{ID: "req_1"}) },
			"health.watch":   func() { l.Bus.Publish(hw.TopicHealth, hw.HealthChanged{Words: "open"}) },
			"config.changed": func() { l.Must(t, hw.KindUpstream, `{"name":"openai","provider":"openai"}`) },
		} {
			if m := s.call(method, `{"subscription":"my-`+method+`"}`); m.Error != nil {
				t.Fatal(m.Error)
			}
			publish()
			m := s.pushed()
			if p := push(m); m.Method != method || p.Subscription != "my-"+method || len(p.Events) != 1 || p.Seq != p.Events[0].Seq || p.Dropped != 0 {
				t.Errorf("pushed %s %s", m.Method, m.Params)
			}
		}
	})
	t.Run("after goes on where a lost line was", func(t *testing.T) {
		for i := range 3 {
			l.Bus.Publish(hw.TopicCalls, &hw.Call{ID: fmt.Sprint("req_", i+2)})
		}
		s := l.open(t, "Authorization", local)
		s.call("calls.tail", `{"subscription":"a","after":2}`)
		if p := push(s.pushed()); len(p.Events) != 2 || p.Events[0].Seq != 3 || p.Seq != 4 {
			t.Errorf("pushed %+v", p)
		}
	})
	t.Run("unsubscribe ends one", func(t *testing.T) {
		s := l.open(t, "Authorization", local)
		s.call("calls.tail", `{"subscription":"a"}`)
		s.call("config.changed", `{"subscription":"b"}`)
		if m := s.call("unsubscribe", `{"subscription":"a"}`); m.Error != nil {
			t.Fatal(m.Error)
		}
		l.Bus.Publish(hw.TopicCalls, &hw.Call{})
		l.Bus.Publish(hw.TopicConfig, hw.ConfigChanged{Generation: 99})
		if m := s.pushed(); m.Method != "config.changed" {
			t.Errorf("pushed %s", m.Method)
		}
	})
	t.Run("a name is for one, and their number is bounded", func(t *testing.T) {
		s := l.open(t, "Authorization", local)
		for i := range 16 {
			if m := s.call("health.watch", fmt.Sprintf(`{"subscription":"s%d"}`, i)); m.Error != nil {
				t.Fatal(m.Error)
			}
		}
		s.wantRefused(s.call("health.watch", `{"subscription":"s1"}`), hw.CodeTaken)
		s.wantRefused(s.call("health.watch", `{"subscription":"one more"}`), hw.CodeTooLarge)
		s.wantRefused(s.call("health.watch", `{}`), hw.CodeInvalid)
		s.wantRefused(s.call("health.watch", `[]`), hw.CodeBadRequest)
	})
}

func TestCloseEndsEverySocket(t *testing.T) {
	l := listen(t)
	s := l.open(t, "Authorization", "Bearer "+l.LocalToken(t))
	s.call("calls.tail", `{"subscription":"a"}`)
	go func() { _ = l.server.Close() }()
	s.wantClosed(websocket.CloseGoingAway)
	if err := l.server.Close(); err != nil { // waits
		t.Error(err)
	}
	_, resp, err := websocket.DefaultDialer.DialContext(t.Context(), "ws://"+l.Addr+"/ws", http.Header{"Authorization": {"Bearer " + l.LocalToken(t)}})
	if err == nil || resp.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("a socket opened after Close: %v (%v)", resp, err)
	}
}
