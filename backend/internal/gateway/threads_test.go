package gateway_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"testing"

	"headwater/backend/hw"
	"headwater/backend/internal/gateway"
)

// shelf keeps answers in memory.
type shelf struct {
	mu   sync.Mutex
	kept map[string]gateway.KeptAnswer
}

func (s *shelf) Keep(a gateway.KeptAnswer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept[a.App+a.ID] = a
}

func (s *shelf) Find(_ context.Context, app, id string) (gateway.KeptAnswer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a, ok := s.kept[app+id]; ok {
		return a, nil
	}
	return gateway.KeptAnswer{}, hw.Errorf(hw.CodeNotFound, "none")
}

func (s *shelf) AnswerOf(app, item string) (string, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.kept {
		if a.App == app && slices.Contains(a.Items, item) {
			return a.ID, true
		}
	}
	return "", false
}

func (s *shelf) Drop(_ context.Context, app, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.kept, app+id)
	return nil
}

// answerID is the id of the answer in a body or in the last event of a stream.
func answerID(t *testing.T, body string) string {
	t.Helper()
	if i := strings.LastIndex(body, "data: "); i >= 0 {
		body = body[i+len("data: "):]
	}
	var m struct {
		ID       string `json:"id"`
		Response struct {
			ID string `json:"id"`
		} `json:"response"`
	}
	if err := json.Unmarshal([]byte(strings.TrimSpace(body)), &m); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	if m.ID == "" {
		m.ID = m.Response.ID
	}
	if !strings.HasPrefix(m.ID, "resp_") {
		t.Fatalf("no id of an answer in %s", body)
	}
	return m.ID
}

// The upstreams have no memory: Headwater keeps the conversation.
func TestAnAnswerIsContinuedByItsID(t *testing.T) {
	for _, to := range []string{"to-openai", "to-anthropic", "to-gemini", "to-ollama"} {
		for _, stream := range []string{"false", "true"} {
			t.Run(to+" stream "+stream, func(t *testing.T) {
				r := travel(t)
				ask := func(more string) answer {
					return r.do("POST", "/v1/responses", `{"model":"`+to+`","stream":`+stream+`,`+more+`}`, nil)
				}
				first := ask(`"instructions":"Be brief.","input":"I am called Ada."`)
				id := answerID(t, first.body)
				second := ask(`"input":"What am I called?","previous_response_id":"` + id + `"`)
				if second.status != 200 {
					t.Fatal(second.body)
				}
				asked := string(r.primary.Last().Body)
				for _, said := range []string{"I am called Ada.", "word1", "What am I called?"} {
					if strings.Count(asked, said) != 1 {
						t.Errorf("%q was not said once: %s", said, asked)
					}
				}
				if strings.Contains(asked, "Be brief.") {
					t.Errorf("instructions are for one answer only: %s", asked)
				}
				third := ask(`"input":"And now?","previous_response_id":"` + answerID(t, second.body) + `"`)
				if third.status != 200 || strings.Count(string(r.primary.Last().Body), "I am called Ada.") != 1 {
					t.Errorf("the third turn: %s", r.primary.Last().Body)
				}
			})
		}
	}
}

func TestAKeptAnswerIsShownAndDeleted(t *testing.T) {
	r := travel(t)
	first := r.do("POST", "/v1/responses", `{"model":"to-openai","input":"hello"}`, nil)
	path := "/v1/responses/" + answerID(t, first.body)
	if got := r.do("GET", path, "", nil); got.status != 200 || !strings.Contains(got.body, "word1") {
		t.Errorf("%d %s", got.status, got.body)
	}
	if got := r.do("GET", path+"/input_items", "", nil); got.status != 200 || !strings.Contains(got.body, "hello") || strings.Contains(got.body, "word1") {
		t.Errorf("%d %s", got.status, got.body)
	}
	if got := r.do("DELETE", path, "", nil); got.status != 200 || !strings.Contains(got.body, `"deleted":true`) {
		t.Errorf("%d %s", got.status, got.body)
	}
	for _, method := range []string{"GET", "DELETE"} {
		if got := r.do(method, path, "", nil); got.status != 404 {
			t.Errorf("%s after it was deleted: %d %s", method, got.status, got.body)
		}
	}
	if got := r.do("PUT", path, "", nil); got.status != 405 || !strings.Contains(got.header.Get("Allow"), "DELETE") {
		t.Errorf("%d %v", got.status, got.header)
	}
}

func TestWhatIsNotToBeKeptIsNot(t *testing.T) {
	r := travel(t)
	first := r.do("POST", "/v1/responses", `{"model":"to-openai","input":"hello","store":false}`, nil)
	if got := r.do("GET", "/v1/responses/"+answerID(t, first.body), "", nil); got.status != 404 {
		t.Errorf("%d %s", got.status, got.body)
	}
	got := r.do("POST", "/v1/responses", `{"model":"to-openai","input":"hello","previous_response_id":"resp_unknown"}`, nil)
	if got.status != 400 || !strings.Contains(got.body, "resp_unknown") || got.errorField(t, "param") != "previous_response_id" ||
		got.errorField(t, "code") != "previous_response_not_found" {
		t.Errorf("%d %s", got.status, got.body)
	}
	// An upstream that keeps answers itself may know it.
	got = r.do("POST", "/v1/responses", `{"model":"to-openai-responses","input":"hello","previous_response_id":"resp_unknown"}`, nil)
	if !strings.Contains(string(r.primary.Last().Body), `"previous_response_id":"resp_unknown"`) {
		t.Errorf("%d %s", got.status, got.body)
	}
}

// Some clients name the items of earlier answers instead of sending them back.
func TestItemsOfEarlierAnswersAreFoundByTheirIDs(t *testing.T) {
	for _, to := range []string{"to-openai", "to-anthropic", "to-openai-responses"} {
		r := travel(t)
		first := r.do("POST", "/v1/responses", `{"model":"`+to+`","input":"I am called Ada."}`, nil)
		var answer struct {
			Output []struct {
				ID   string `json:"id"`
				Type string `json:"type"`
			} `json:"output"`
		}
		if err := json.Unmarshal([]byte(first.body), &answer); err != nil || len(answer.Output) == 0 {
			t.Fatalf("%v %s", err, first.body)
		}
		input := `[{"role":"user","content":"I am called Ada."}`
		for _, item := range answer.Output {
			input += `,{"type":"item_reference","id":"` + item.ID + `"}`
		}
		input += `,{"role":"user","content":"What am I called?"}]`
		second := r.do("POST", "/v1/responses", `{"model":"`+to+`","input":`+input+`}`, nil)
		asked := string(r.primary.Last().Body)
		if to == "to-openai-responses" { // it knows its own items
			if !strings.Contains(asked, answer.Output[0].ID) || strings.Contains(asked, "word1") {
				t.Errorf("%s was asked %s", to, asked)
			}
			// Another upstream does not.
			second = r.do("POST", "/v1/responses", `{"model":"to-anthropic","input":`+input+`}`, nil)
			asked = string(r.primary.Last().Body)
		}
		if second.status != 200 || strings.Count(asked, "word1") != 1 {
			t.Errorf("%s: %d, asked %s", to, second.status, asked)
		}
		got := r.do("POST", "/v1/responses", `{"model":"to-openai","input":[{"type":"item_reference","id":"msg_unknown"},{"role":"user","content":"hi"}]}`, nil)
		if got.status != 400 || !strings.Contains(got.body, "msg_unknown") || got.errorField(t, "param") != "input" {
			t.Errorf("an item that nobody knows: %d %s", got.status, got.body)
		}
	}
}

func TestAConversationThatMovedIsWholeForItsNewUpstream(t *testing.T) {
	r := travel(t)
	ask := func(to, words, previous string) answer {
		return r.do("POST", "/v1/responses", `{"model":"`+to+`","input":"`+words+`","previous_response_id":`+previous+`}`, nil)
	}
	first := ask("to-anthropic", "one", "null")
	second := ask("to-openai-responses", "two", `"`+answerID(t, first.body)+`"`)
	// The upstream was told not to keep what was translated for it.
	third := ask("to-openai-responses", "three", `"`+answerID(t, second.body)+`"`)
	asked := string(r.primary.Last().Body)
	if third.status != 200 || strings.Contains(asked, "previous_response_id") || !strings.Contains(asked, "one") || !strings.Contains(asked, "two") {
		t.Errorf("%d, asked %s", third.status, asked)
	}
}

func TestAnItemThatIsNamedTooOftenIsRefusedBeforeItIsBuilt(t *testing.T) {
	r := travel(t)
	first := r.do("POST", "/v1/responses", `{"model":"to-openai","input":"hello"}`, nil)
	var got struct {
		Output []struct {
			ID string `json:"id"`
		} `json:"output"`
	}
	if err := json.Unmarshal([]byte(first.body), &got); err != nil {
		t.Fatal(err)
	}
	named := strings.Repeat(`{"type":"item_reference","id":"`+got.Output[0].ID+`"},`, 200_000)
	bomb := r.do("POST", "/v1/responses", `{"model":"to-openai","input":[`+named+`{"role":"user","content":"x"}]}`, nil)
	if bomb.status != 413 {
		t.Errorf("%d %.300s", bomb.status, bomb.body)
	}
}

func TestTokensOfAKeptConversationAreCounted(t *testing.T) {
	r := travel(t)
	first := r.do("POST", "/v1/responses", `{"model":"to-openai","input":"one two three four five six seven"}`, nil)
	count := func(more string) float64 {
		t.Helper()
		got := r.do("POST", "/v1/responses/input_tokens", `{"model":"to-openai","input":"hi"`+more+`}`, nil)
		var m map[string]any
		if err := json.Unmarshal([]byte(got.body), &m); err != nil || got.status != 200 {
			t.Fatalf("%d %s", got.status, got.body)
		}
		n, _ := m["input_tokens"].(float64)
		return n
	}
	if alone, whole := count(""), count(`,"previous_response_id":"`+answerID(t, first.body)+`"`); whole < alone+15 {
		t.Errorf("%v tokens alone, %v with what was said before", alone, whole)
	}
}
