package adminapi_test

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"headwater/backend/hw"
)

// silence is an upstream that takes the connection and never says a word.
type silence struct{ begun, ended chan string }

func (q *silence) test(ctx context.Context, _, model string) (hw.TestReport, error) {
	hw.BeginTestStep(ctx, hw.StepConnect)
	hw.BeginTestStep(ctx, hw.StepAnswer)
	q.begun <- model
	<-ctx.Done()
	q.ended <- model
	return hw.TestReport{Diagnosis: "It was cut off."}, nil
}

func withSilence(t *testing.T) (*listener, *silence) {
	t.Helper()
	l, q := listen(t), &silence{begun: make(chan string, 4), ended: make(chan string, 4)}
	l.Must(t, hw.KindUpstream, `{"name":"quiet","provider":"openai"}`)
	l.Testing = q.test
	return l, q
}

// told reads what is told of one test up to its end.
func (s *socket) told(name string) (steps []string, end hw.TestEnd) {
	s.t.Helper()
	for {
		m := s.pushed()
		var p struct {
			Subscription string
			Events       []struct{ Data hw.TestEvent }
		}
		if err := json.Unmarshal(m.Params, &p); err != nil || m.Method != "upstreams.test" || p.Subscription != name || len(p.Events) != 1 {
			s.t.Fatalf("%s %s: %v", m.Method, m.Params, err)
		}
		e := p.Events[0].Data
		if e.End != nil {
			return steps, *e.End
		}
		steps = append(steps, e.Step)
	}
}

const followed = `{"subscription":"t1","ref":"quiet"}`

func TestTestIsGivenUp(t *testing.T) {
	l, q := withSilence(t)
	t.Run("by who follows it: the end says so, and the name is free again", func(t *testing.T) {
		s := l.signedIn(t)
		for range 2 {
			if m := s.call("upstreams.test", followed); m.Error != nil {
				t.Fatal(m.Error)
			}
			soon(t, q.begun)
			if m := s.call("upstreams.test", followed); m.Error == nil || m.Error.Data.Code != hw.CodeTaken {
				t.Errorf("a second of the name: %+v", m)
			}
			if m := s.call("unsubscribe", `{"subscription":"t1"}`); m.Error != nil {
				t.Fatal(m.Error)
			}
			soon(t, q.ended)
			if steps, end := s.told("t1"); !end.Canceled || end.Report != nil || end.Problem != nil || !slices.Equal(steps, []string{hw.StepConnect, hw.StepAnswer}) {
				t.Errorf("%v, then %+v", steps, end)
			}
		}
	})
	t.Run("by the end of the line", func(t *testing.T) {
		s := l.signedIn(t)
		if m := s.call("upstreams.test", followed); m.Error != nil {
			t.Fatal(m.Error)
		}
		soon(t, q.begun)
		_ = s.Close()
		soon(t, q.ended)
	})
	t.Run("by the end of the line while its report is waited for", func(t *testing.T) {
		s := l.signedIn(t)
		s.send(`{"jsonrpc":"2.0","id":7,"method":"upstreams.test","params":{"ref":"quiet"}}`)
		soon(t, q.begun)
		_ = s.Close()
		soon(t, q.ended)
	})
	t.Run("by rpc.cancel", func(t *testing.T) {
		s := l.signedIn(t)
		s.send(`{"jsonrpc":"2.0","id":7,"method":"upstreams.test","params":{"ref":"quiet"}}`)
		soon(t, q.begun)
		s.send(`{"jsonrpc":"2.0","method":"rpc.cancel","params":[7]}`)
		soon(t, q.ended)
	})
	t.Run("by a caller over REST who leaves", func(t *testing.T) {
		ctx, leave := contextWithCancel(t)
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, l.URL+"/api/v1/upstreams/quiet/test", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+l.LocalToken(t))
		answered := make(chan error, 1)
		go func() {
			resp, err := l.client.Do(req)
			if err == nil {
				_ = resp.Body.Close()
			}
			answered <- err
		}()
		soon(t, q.begun)
		leave()
		soon(t, q.ended)
		if <-answered == nil {
			t.Error("it was answered")
		}
	})
	t.Run("by the end of the session it was begun with over REST", func(t *testing.T) {
		l.Must(t, hw.KindMember, `{"name":"kim","role":"administrator","password":"correct horse battery"}`)
		kim, err := l.SignIn(t.Context(), hw.SignInInput{Name: "kim", Password: "correct horse battery"}, "")
		if err != nil {
			t.Fatal(err)
		}
		answered := make(chan response, 1)
		go func() {
			answered <- l.do(t, http.MethodPost, "/api/v1/upstreams/quiet/test", "", "Authorization", "Bearer "+kim.Token)
		}()
		soon(t, q.begun)
		if r := l.do(t, http.MethodDelete, "/api/v1/sessions/"+kim.Session.ID, ""); r.StatusCode != http.StatusNoContent {
			t.Fatalf("%d %s", r.StatusCode, r.body)
		}
		soon(t, q.ended)
		wantProblem(t, <-answered, hw.CodeUnauthenticated)
	})
}

func TestTestIsFollowed(t *testing.T) {
	l := listen(t)
	l.Must(t, hw.KindUpstream, `{"name":"up","provider":"openai"}`)
	l.Testing = func(ctx context.Context, _, model string) (hw.TestReport, error) {
		hw.BeginTestStep(ctx, hw.StepConnect)
		return hw.TestReport{OK: true, Diagnosis: "well with " + model}, nil
	}
	s := l.signedIn(t)
	t.Run("up to its report", func(t *testing.T) {
		if m := s.call("upstreams.test", `{"subscription":"t","ref":"up","model":"tiny"}`); m.Error != nil || !strings.Contains(string(m.Result), `"t"`) {
			t.Fatalf("%+v %s", m.Error, m.Result)
		}
		if steps, end := s.told("t"); len(steps) != 1 || steps[0] != hw.StepConnect || end.Report == nil || end.Report.Diagnosis != "well with tiny" || end.Canceled || end.Problem != nil {
			t.Errorf("it ended with %+v", end)
		}
	})
	t.Run("what keeps it from being made is its end", func(t *testing.T) {
		for params, code := range map[string]hw.Code{
			`{"subscription":"t","ref":"ghost"}`:             hw.CodeNotFound,
			`{"subscription":"t","ref":"up","model":"a\nb"}`: hw.CodeBadRequest,
		} {
			if m := s.call("upstreams.test", params); m.Error != nil {
				t.Fatal(m.Error)
			}
			if _, end := s.told("t"); end.Problem == nil || end.Problem.Code != code || end.Report != nil {
				t.Errorf("%s ended with %+v", params, end)
			}
		}
	})
	t.Run("what is wrong with the call is said at once", func(t *testing.T) {
		s.wantRefused(s.call("upstreams.test", `{"subscription":"`+strings.Repeat("x", 65)+`","ref":"up"}`), hw.CodeInvalid)
		s.wantRefused(s.call("upstreams.test", `[1]`), hw.CodeBadRequest)
		stranger := l.open(t)
		stranger.wantRefused(stranger.call("upstreams.test", `{"subscription":"t","ref":"up"}`), hw.CodeUnauthenticated)
	})
	t.Run("without a name it is answered with the report", func(t *testing.T) {
		if m := s.call("upstreams.test", `{"ref":"up"}`); m.Error != nil || !strings.Contains(string(m.Result), "well with") {
			t.Errorf("%+v %s", m.Error, m.Result)
		}
	})
}
