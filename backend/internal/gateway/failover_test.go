package gateway_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"headwater/backend/hw"
)

func TestAShortDeadlineStillReachesTheSpare(t *testing.T) {
	r := newRig(t)
	r.misbehave(r.primary, "hang")
	for i := range 4 {
		got := r.do("POST", "/v1/chat/completions", chatBody("fast", true), map[string]string{"X-Headwater-Deadline-Ms": "1600"})
		if got.status != 200 || !strings.Contains(got.header.Get("X-Headwater-Served-By"), "tier=2") {
			t.Fatalf("call %d: %d %s", i, got.status, got.body)
		}
	}
	if first := r.calls.wait(t, 0).Attempts[0]; first.Class != hw.ClassNeutral {
		t.Errorf("800 ms of silence say nothing about a target, but it was judged %s", first.Class)
	}
}

func TestAPlainAnswerMayTakeLongerThanAStreamsFirstWord(t *testing.T) {
	r := newRig(t, primarily(func(u *hw.Upstream) { u.Timeouts.FirstByteMs = 600 }))
	r.misbehave(r.primary, "slow-body+gap-60ms+tokens-80") // longer than first_byte_ms in all, never idle
	if got := r.chat("one"); got.status != 200 {
		t.Errorf("%d %s", got.status, got.body)
	}
	r.misbehave(r.primary, "delay-700ms") // longer than first_byte_ms, shorter than four times that
	if got := r.chat("one"); got.status != 200 {
		t.Errorf("%d %s", got.status, got.body)
	}
}

func TestAPoolOfKeysAtADeadEndpointIsOneTry(t *testing.T) {
	r := newRig(t, func(docs []hw.Document) []hw.Document {
		for _, name := range []string{"a", "b", "c", "d"} {
			docs = append(docs, &hw.Credential{Meta: hw.Meta{ID: "crd_" + name}, Name: name, Upstream: "primary", Sealed: "sk-" + name})
		}
		last := docs[5].(*hw.Route)
		last.Tiers = []hw.Tier{{Strategy: hw.StrategyPriority, Targets: []hw.RouteTarget{{Upstream: "primary", Model: "m"}, {Upstream: "spare", Model: "m"}}}}
		return docs
	})
	r.primary.Down()
	if got := r.chat("fast"); got.status != 200 {
		t.Fatalf("%d %s", got.status, got.body)
	}
	if row := r.calls.wait(t, 0); len(row.Attempts) != 2 {
		t.Errorf("attempts %+v", row.Attempts)
	}
}

func TestAPoolOfKeysIsWalkedForKeyFaults(t *testing.T) {
	r := newRig(t, func(docs []hw.Document) []hw.Document {
		for _, name := range []string{"revoked1", "revoked2", "revoked3", "revoked4", "good"} {
			docs = append(docs, &hw.Credential{Meta: hw.Meta{ID: "crd_" + name}, Name: name, Upstream: "primary", Sealed: "sk-" + name})
		}
		return docs
	})
	if got := r.chat("one"); got.status != 200 {
		t.Errorf("%d %s", got.status, got.body)
	}
}

// mixed makes route "fast" try Anthropic first.
func mixed(docs []hw.Document) []hw.Document {
	docs[5].(*hw.Route).Tiers = []hw.Tier{
		{Targets: []hw.RouteTarget{{Upstream: "anthro", Model: "m"}}}, {Targets: []hw.RouteTarget{{Upstream: "spare", Model: "m"}}},
	}
	return docs
}

func TestATargetThatCannotServeTheRequestIsPassedOver(t *testing.T) {
	r := newRig(t, mixed)
	body := `{"model":"fast","input":"a"}`
	if got := r.do("POST", "/v1/embeddings", body, nil); got.status != 200 {
		t.Errorf("%d %s", got.status, got.body)
	}
	r.spare.Down()
	if got := r.do("POST", "/v1/embeddings", body, nil); got.status != 503 || got.errorField(t, "code") != "no_healthy_upstream" {
		t.Errorf("an outage was blamed on the caller: %d %s", got.status, got.body)
	}
}

func TestAModelOnlyALaterTierHasIsFound(t *testing.T) {
	r := newRig(t, func(docs []hw.Document) []hw.Document {
		docs[8].(*hw.Route).Tiers = []hw.Tier{{Targets: []hw.RouteTarget{{Upstream: "primary"}}}, {Targets: []hw.RouteTarget{{Upstream: "spare"}}}}
		return docs
	})
	r.misbehave(r.primary, "no-model")
	if got := r.chat("any/thing"); got.status != 200 {
		t.Errorf("%d %s", got.status, got.body)
	}
}

func TestWhatWasDroppedIsNamedAndLogged(t *testing.T) {
	r := newRig(t)
	body := strings.Replace(chatBody("claude", false), `"model"`, `"seed":7,"logit_bias":{"1":2},"model"`, 1)
	got := r.do("POST", "/v1/chat/completions", body, nil)
	if words := got.header.Get("X-Headwater-Dropped"); got.status != 200 || !strings.Contains(words, "logit_bias") {
		t.Fatalf("%d, dropped %q", got.status, words)
	}
	if row := r.calls.wait(t, 0); row.Dropped != got.header.Get("X-Headwater-Dropped") {
		t.Errorf("the log says %q", row.Dropped)
	}
}

// oneShot is an upstream that answers with fixed bytes, as "one" sees it.
func oneShot(t *testing.T, answer string, keepOpen bool) *rig {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			req, err := http.ReadRequest(bufio.NewReader(conn))
			if err == nil {
				_, _ = io.Copy(io.Discard, req.Body)
				_, _ = io.WriteString(conn, answer)
			}
			if keepOpen {
				t.Cleanup(func() { _ = conn.Close() })
				continue
			}
			_ = conn.Close()
		}
	}()
	return newRig(t, func(docs []hw.Document) []hw.Document {
		up := docs[1].(*hw.Upstream)
		up.BaseURL = "http://" + listener.Addr().String() + "/v1"
		if keepOpen { // nothing more comes: that silence is bounded
			up.Timeouts.IdleMs = 500
		}
		return docs
	})
}

const streamHead = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 100000\r\n\r\n"

func TestACompleteStreamIsNotCalledInterrupted(t *testing.T) {
	events := `data: {"id":"x","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"hi"},"finish_reason":null}]}` + "\n\n" +
		`data: {"id":"x","object":"chat.completion.chunk","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}` + "\n\ndata: [DONE]\n\n"
	for _, keepOpen := range []bool{false, true} {
		r := oneShot(t, streamHead+events, keepOpen)
		got := r.stream("one")
		if got.status != 200 || !strings.HasSuffix(got.body, "data: [DONE]\n\n") {
			t.Errorf("open=%v: %d %s", keepOpen, got.status, got.body)
		}
		if row := r.calls.wait(t, 0); row.Interrupted || row.Attempts[0].Class != hw.ClassOK {
			t.Errorf("open=%v: row %+v", keepOpen, row)
		}
	}
}

func TestAnErrorThatClaimsToBeAStreamIsRead(t *testing.T) {
	body := `{"error":{"message":"too long","type":"invalid_request_error","code":"context_length_exceeded"}}`
	r := oneShot(t, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"+body, false)
	got := r.stream("one")
	if got.status != 400 || !strings.Contains(got.body, "too long") {
		t.Errorf("%d %s", got.status, got.body)
	}
}

func TestAProxysPageIsNotHandedOn(t *testing.T) {
	r := oneShot(t, "HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: 24\r\n\r\n<html>10.1.2.3:80</html>", false)
	got := r.chat("one")
	if strings.Contains(got.body, "10.1.2.3") || got.errorField(t, "message") == "" {
		t.Errorf("%d %s", got.status, got.body)
	}
}

func TestAPanicCostsOneCallAndNoPlace(t *testing.T) {
	r := newRig(t, func(docs []hw.Document) []hw.Document {
		docs[1].(*hw.Upstream).MaxInFlight = 1
		return docs
	})
	r.breakDialect.Store(true)
	if got := r.chat("one"); got.status != 500 || got.errorField(t, "code") != "internal" || strings.Contains(got.body, "planted") {
		t.Fatalf("%d %s", got.status, got.body)
	}
	if row := r.calls.wait(t, 0); len(row.Attempts) != 1 || row.Attempts[0].Class != hw.ClassNeutral {
		t.Errorf("attempts %+v", row.Attempts)
	}
	r.breakDialect.Store(false)
	if got := r.chat("one"); got.status != 200 {
		t.Errorf("the place was not given back: %d %s", got.status, got.body)
	}
}

func TestASlowReaderHoldsNoTarget(t *testing.T) {
	answer := `{"id":"x","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"` +
		strings.Repeat("word ", 4<<20) + `"},"finish_reason":"stop"}]}`
	r := oneShot(t, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "+strconv.Itoa(len(answer))+"\r\n\r\n"+answer, false)
	docs := r.documents()
	up := *last[*hw.Upstream](docs[:2])
	up.BaseURL, up.MaxInFlight = r.holder.Load().Upstreams[0].Base.String(), 1
	docs[1] = &up
	r.load(docs)
	for i := range 2 {
		req := r.request(t.Context(), "POST", "/v1/chat/completions", []byte(chatBody("one", false)), nil)
		resp, err := http.DefaultClient.Do(req) // the head is read, the body is not
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = resp.Body.Close() })
		if resp.StatusCode != 200 {
			t.Errorf("call %d: %d: a caller that reads slowly kept the target from others", i, resp.StatusCode)
		}
	}
}
