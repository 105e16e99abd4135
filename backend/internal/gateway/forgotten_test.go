package gateway_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"headwater/backend/hw"
	"headwater/backend/internal/testupstream"
)

// oblivious is an upstream that speaks Responses and knows no earlier answer.
type oblivious struct {
	*httptest.Server
	vendor *testupstream.Server
	asked  atomic.Int64
}

func startOblivious(t *testing.T) *oblivious {
	t.Helper()
	o := &oblivious{vendor: testupstream.New()}
	o.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		o.asked.Add(1)
		body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
		if err != nil {
			return
		}
		if bytes.Contains(body, []byte(`"previous_response_id":"`)) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"error":{"message":"Previous response with id 'resp_x' not found.","type":"invalid_request_error","param":"previous_response_id","code":"previous_response_not_found"}}`)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		o.vendor.ServeHTTP(w, r)
	}))
	t.Cleanup(o.Close)
	return o
}

// toOblivious adds a route to it.
func toOblivious(r *rig, o *oblivious) {
	r.load(append(r.documents(),
		&hw.Upstream{Meta: hw.Meta{ID: "ups_o"}, Name: "oblivious", Provider: "openai-responses-compatible", BaseURL: o.URL + "/v1", Local: true},
		&hw.Route{Name: "oblivious", Tiers: []hw.Tier{{Targets: []hw.RouteTarget{{Upstream: "oblivious", Model: "m"}}}}},
	))
}

func TestAnUpstreamThatForgotAnAnswerIsRemindedOnce(t *testing.T) {
	for _, stream := range []bool{false, true} {
		t.Run(fmt.Sprint("stream ", stream), func(t *testing.T) {
			r, o := newRig(t), startOblivious(t)
			toOblivious(r, o)
			ask := func(more string) answer {
				return r.do("POST", "/v1/responses", fmt.Sprintf(`{"model":"oblivious","stream":%v,%s}`, stream, more), nil)
			}
			id := answerID(t, ask(`"input":"I am called Ada."`).body)
			r.calls.wait(t, 0)
			second := ask(`"input":"What am I called?","previous_response_id":"` + id + `"`)
			row := r.calls.wait(t, 1)
			if second.status != 200 || !strings.Contains(second.body, "word8") || strings.Contains(second.body, "not found") {
				t.Fatalf("%d %s", second.status, second.body)
			}
			asked := string(o.vendor.Last().Body)
			for _, said := range []string{"I am called Ada.", "word1", "What am I called?"} {
				if strings.Count(asked, said) != 1 {
					t.Errorf("%q was not said once: %s", said, asked)
				}
			}
			if o.asked.Load() != 3 || len(row.Attempts) != 2 || row.Attempts[0].Class != hw.ClassNeutral || row.Attempts[1].Class != hw.ClassOK {
				t.Errorf("asked %d times, attempts %+v", o.asked.Load(), row.Attempts)
			}
			third := ask(`"input":"And now?","previous_response_id":"` + answerID(t, second.body) + `"`)
			if third.status != 200 || o.asked.Load() != 4 || strings.Count(string(o.vendor.Last().Body), "I am called Ada.") != 1 {
				t.Errorf("the third turn, asked %d times: %d %s", o.asked.Load(), third.status, o.vendor.Last().Body)
			}
		})
	}
}

func TestWhatNobodyKeepsIsNotAskedAgain(t *testing.T) {
	r, o := newRig(t), startOblivious(t)
	toOblivious(r, o)
	got := r.do("POST", "/v1/responses", `{"model":"oblivious","input":"hi","previous_response_id":"resp_x"}`, nil)
	if got.status != 400 || got.errorField(t, "code") != "previous_response_not_found" || o.asked.Load() != 1 {
		t.Errorf("asked %d times: %d %s", o.asked.Load(), got.status, got.body)
	}
}

func TestADeletedAnswerIsDeletedAtItsUpstream(t *testing.T) {
	for _, row := range []struct {
		to, store string
		deleted   bool
	}{
		{"to-openai-responses", "true", true},
		{"to-openai-responses", "false", false}, // nobody kept it
		{"to-anthropic", "true", false},         // it never had it
	} {
		t.Run(row.to+" store "+row.store, func(t *testing.T) {
			r := travel(t)
			first := r.do("POST", "/v1/responses", `{"model":"`+row.to+`","input":"hello","store":`+row.store+`}`, nil)
			path := "/v1/responses/" + answerID(t, first.body)
			got := r.do("DELETE", path, "", nil)
			if (got.status == 200) != (row.store == "true") {
				t.Fatalf("%d %s", got.status, got.body)
			}
			if !row.deleted {
				if n := len(r.primary.Seen()); n != 1 {
					t.Errorf("the upstream was asked %d times", n)
				}
				return
			}
			if err := r.primary.Await(t.Context(), func(c testupstream.Counts) bool { return c.Completed == 2 }); err != nil {
				t.Fatal(err)
			}
			if last := r.primary.Last(); last.Method != "DELETE" || last.Path != path || len(last.Body) != 0 {
				t.Errorf("it was asked %s %s", last.Method, last.Path)
			}
			if again := r.do("GET", path, "", nil); again.status != 404 {
				t.Errorf("it is still shown: %d", again.status)
			}
		})
	}
}

func TestInputItemsObeyTheirPage(t *testing.T) {
	r := travel(t)
	first := r.do("POST", "/v1/responses", `{"model":"to-openai","input":[{"role":"user","content":"one"},{"role":"user","content":"two"},{"role":"user","content":"three"}]}`, nil)
	path := "/v1/responses/" + answerID(t, first.body) + "/input_items"
	got := r.do("GET", path+"?limit=1&order=asc", "", nil)
	if got.status != 200 || !strings.Contains(got.body, "one") || strings.Contains(got.body, "two") || !strings.Contains(got.body, `"has_more":true`) {
		t.Errorf("%d %s", got.status, got.body)
	}
	got = r.do("GET", path+"?limit=1000", "", nil)
	if got.status != 400 || got.errorField(t, "param") != "limit" {
		t.Errorf("%d %s", got.status, got.body)
	}
}
