package cohere_test

import (
	"encoding/json"
	"errors"
	"testing"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/cohere"
)

func TestRerankIsRendered(t *testing.T) {
	req := &dialect.Request{
		Endpoint: dialect.EndpointRerank, Unmapped: []string{"rank_fields"},
		Rerank: &dialect.RerankQuery{Query: "a", Documents: []string{"b", "<c>"}, Top: 1, MaxTokens: 9, Show: true},
	}
	wire, err := cohere.Outbound{}.Encode(req, dialect.Target{Model: "m"})
	want := `{"model":"m","query":"a","documents":["b","<c>"],"top_n":1,"max_tokens_per_doc":9}`
	if err != nil || wire.Path != "/rerank" || string(wire.Body) != want || len(wire.Dropped) != 1 {
		t.Errorf("%s %s %q %v", wire.Path, wire.Body, wire.Dropped, err)
	}
	for _, query := range []*dialect.RerankQuery{nil, {Query: "a", Documents: make([]string, 10_001)}} {
		req.Rerank = query
		if _, err := (cohere.Outbound{}).Encode(req, dialect.Target{Model: "m"}); hw.CodeOf(err) != hw.CodeUnsupported {
			t.Errorf("got %v", err)
		}
	}
}

func TestRankingsAreRead(t *testing.T) {
	rank := func(body string) (*dialect.Answer, error) {
		return cohere.Outbound{}.Decoder(dialect.Operation{Endpoint: dialect.EndpointRerank}).Answer([]byte(body))
	}
	a, err := rank(`{"id":"x","results":[{"index":1,"relevance_score":0.5},{"index":0,"relevance_score":0}],"meta":{"tokens":{"input_tokens":3}}}`)
	if err != nil || a.ID != "x" || len(a.Ranked) != 2 || a.Ranked[0] != (dialect.Ranked{Index: 1, Score: 0.5}) || a.Usage.In != 3 {
		t.Errorf("%+v, %v", a, err)
	}
	for body, malformed := range map[string]bool{
		``: true, `<html>`: true, `[]`: true, `{"id":"x"}`: true, `{"results":[{"index":1}]}`: true, `{"results":[{"index":-1,"relevance_score":1}]}`: true,
		`{"message":"invalid api token"}`: false,
	} {
		_, err := rank(body)
		if fault, ok := errors.AsType[*dialect.Fault](err); !ok || fault.Malformed != malformed {
			t.Errorf("%s: got %v", body, err)
		}
	}
}

func TestRecordedRankingsDecode(t *testing.T) {
	all := recordings(t, "cohere-rerank")
	for _, r := range all {
		var facts struct {
			Results []struct {
				Index int     `json:"index"`
				Score float64 `json:"relevance_score"`
			} `json:"results"`
		}
		if err := json.Unmarshal(r.Response.Body, &facts); err != nil {
			t.Fatal(err)
		}
		a, err := cohere.Outbound{}.Decoder(dialect.Operation{Endpoint: dialect.EndpointRerank}).Answer(r.Response.Body)
		if err != nil || len(a.Ranked) != len(facts.Results) || len(a.Ranked) == 0 {
			t.Errorf("%s: %+v, %v", r.ID, a, err)
			continue
		}
		for i, one := range facts.Results {
			if a.Ranked[i] != (dialect.Ranked{Index: one.Index, Score: one.Score}) {
				t.Errorf("%s: %+v", r.ID, a.Ranked[i])
			}
		}
	}
	if len(all) < 5 {
		t.Errorf("%d recordings", len(all))
	}
}
