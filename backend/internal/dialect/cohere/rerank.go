package cohere

import (
	"encoding/json"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
)

// mostDocuments is how many documents Cohere ranks at once (API reference,
// "Rerank", 2026).
const mostDocuments = 10_000

// rerank renders a request to rank documents.
func (e *encoding) rerank(model string) (any, error) {
	q := e.req.Rerank
	if q == nil || len(q.Documents) > mostDocuments {
		return nil, hw.Errorf(hw.CodeUnsupported, "The model's upstream ranks at most %d documents at once.", mostDocuments).At("documents")
	}
	return struct {
		Model     string   `json:"model"`
		Query     string   `json:"query"`
		Documents []string `json:"documents"`
		Top       int      `json:"top_n,omitempty"`
		MaxTokens int      `json:"max_tokens_per_doc,omitempty"`
	}{model, q.Query, q.Documents, q.Top, q.MaxTokens}, nil
}

// readRanking reads an answer with ranked documents.
func readRanking(body []byte) (*dialect.Answer, error) {
	var w struct {
		ID      looseText `json:"id"`
		Results []struct {
			Index *int     `json:"index"`
			Score *float64 `json:"relevance_score"`
		} `json:"results"`
		Meta json.RawMessage `json:"meta"`
	}
	if err := json.Unmarshal(body, &w); err != nil {
		return nil, malformed("reading the ranking: " + err.Error())
	}
	if w.Results == nil {
		if hasError(body) {
			return nil, faultOf(body)
		}
		return nil, malformed("the answer has no results")
	}
	a := &dialect.Answer{ID: string(w.ID), Usage: readUsage(w.Meta), Ranked: make([]dialect.Ranked, 0, len(w.Results))}
	for _, r := range w.Results {
		if r.Index == nil || *r.Index < 0 || r.Score == nil {
			return nil, malformed("a result has no index or no score")
		}
		a.Ranked = append(a.Ranked, dialect.Ranked{Index: *r.Index, Score: *r.Score})
	}
	return a, nil
}
