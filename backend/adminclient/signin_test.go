package adminclient_test

import (
	"encoding/json"
	"testing"

	"headwater/backend/adminclient"
	"headwater/backend/hw"
)

func TestSignIn(t *testing.T) {
	s := serve(t)
	at := adminclient.Config{Address: s.http.URL}
	state, err := adminclient.SetupState(t.Context(), at)
	if err != nil || !state.Needed {
		t.Fatalf("got %+v, %v", state, err)
	}
	var code hw.SetupCode
	if err := s.dial(t).Call(t.Context(), "setup.renew", nil, &code); err != nil {
		t.Fatal(err)
	}
	const password = "correct horse battery"
	first, err := adminclient.SetUp(t.Context(), at, hw.SetupInput{Code: code.Code, Name: "mei", Password: password})
	if err != nil || first.Token == "" {
		t.Fatalf("got %+v, %v", first, err)
	}
	_, err = adminclient.SignIn(t.Context(), at, hw.SignInInput{Name: "mei", Password: "something else"})
	wantCode(t, err, hw.CodeUnauthenticated)
	session, err := adminclient.SignIn(t.Context(), at, hw.SignInInput{Name: "mei", Password: password})
	if err != nil || session.Session.Member != "mei" {
		t.Fatalf("got %+v, %v", session, err)
	}
	at.Token = session.Token
	if err := adminclient.SignOut(t.Context(), at); err != nil {
		t.Fatal(err)
	}
	_, err = adminclient.Dial(t.Context(), at)
	wantCode(t, err, hw.CodeUnauthenticated)
}

func TestNotify(t *testing.T) {
	s := serve(t)
	heard := make(chan string, 8)
	c, err := adminclient.Dial(t.Context(), adminclient.Config{
		Address: s.http.URL, Token: s.LocalToken(t),
		Notify: func(method string, params json.RawMessage) {
			var p hw.Push
			if json.Unmarshal(params, &p) == nil {
				heard <- method + " " + p.Subscription
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	subscribe := hw.SubscribeInput{Subscription: "page-1"}
	if err := c.Call(t.Context(), "calls.tail", subscribe, nil); err != nil {
		t.Fatal(err)
	}
	s.Bus.Publish(hw.TopicCalls, &hw.Call{ID: "req_1"})
	if got := <-heard; got != "calls.tail page-1" {
		t.Errorf("heard %q", got)
	}
}
