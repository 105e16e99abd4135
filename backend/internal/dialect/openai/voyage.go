package openai

import (
	"encoding/json"
	"fmt"
	"strings"

	"headwater/backend/hw"
	"headwater/backend/internal/dialect"
	"headwater/backend/internal/dialect/peek"
)

// Voyage is the accent in which Voyage reranks: what others call top_n and
// results it calls top_k and data. In all else it speaks as OpenAI does. Source:
// Voyage's API reference, "Rerankers", 2026.
type Voyage struct{ Outbound }

var _ dialect.Outbound = Voyage{}

// Name is "voyage".
func (Voyage) Name() string { return "voyage" }

// Serves is true for rerank.
func (Voyage) Serves(endpoint dialect.Endpoint) bool { return endpoint == dialect.EndpointRerank }

// mostVoyage is how many documents Voyage ranks at once.
const mostVoyage = 1000

// Encode renders a request to rank documents.
func (Voyage) Encode(req *dialect.Request, to dialect.Target) (dialect.Wire, error) {
	q := req.Rerank
	if q == nil {
		return dialect.Wire{}, errNoRerank()
	}
	if len(q.Documents) > mostVoyage {
		return dialect.Wire{}, hw.Errorf(hw.CodeUnsupported, "The model's upstream ranks at most %d documents at once.", mostVoyage).At("documents")
	}
	wire := dialect.Wire{
		Path:    path(dialect.EndpointRerank),
		Header:  dialect.Header{"Content-Type": {"application/json"}},
		Dropped: append([]string(nil), req.Unmapped...),
	}
	if q.MaxTokens > 0 {
		wire.Dropped = append(wire.Dropped, "max_tokens_per_doc")
	}
	body, err := marshal(struct {
		Model     string   `json:"model"`
		Query     string   `json:"query"`
		Documents []string `json:"documents"`
		Top       int      `json:"top_k,omitempty"`
	}{to.Model, q.Query, q.Documents, q.Top})
	if err != nil {
		return dialect.Wire{}, fmt.Errorf("rendering the request: %w", err)
	}
	wire.Body = body
	return wire, nil
}

// Decoder makes the reader of one answer.
func (Voyage) Decoder(dialect.Operation) dialect.Decoder { return voyageDecoder{} }

// voyageDecoder reads an answer with ranked documents.
type voyageDecoder struct{}

// Answer reads a whole answer.
func (voyageDecoder) Answer(body []byte) (*dialect.Answer, error) {
	var w struct {
		Data []struct {
			Index *int     `json:"index"`
			Score *float64 `json:"relevance_score"`
		} `json:"data"`
		Usage json.RawMessage `json:"usage"`
	}
	if fault := findError(body); fault != nil {
		return nil, fault
	}
	if err := json.Unmarshal(body, &w); err != nil {
		return nil, malformed("reading the ranking: " + err.Error())
	}
	if w.Data == nil {
		return nil, malformed("the answer has no data")
	}
	a := &dialect.Answer{Usage: readMoreUsage(w.Usage), Ranked: make([]dialect.Ranked, 0, len(w.Data))}
	for _, r := range w.Data {
		if r.Index == nil || *r.Index < 0 || r.Score == nil {
			return nil, malformed("a result has no index or no score")
		}
		a.Ranked = append(a.Ranked, dialect.Ranked{Index: *r.Index, Score: *r.Score})
	}
	return a, nil
}

// Event refuses: a ranking is never streamed.
func (voyageDecoder) Event(dst []dialect.Event, _ string, _ []byte) ([]dialect.Event, error) {
	return dst, malformed("a ranking came as a stream")
}

// Finish reports a stream that cannot have been one.
func (voyageDecoder) Finish(dst []dialect.Event) ([]dialect.Event, error) {
	return dst, malformed("a ranking came as a stream")
}

// isVoyage reports whether a model is Voyage's, which takes embeddings in an
// accent of its own.
func isVoyage(model string) bool { return strings.HasPrefix(model, "voyage-") }

// voyageEdits say in Voyage's words what a caller said in OpenAI's: dimensions
// is output_dimension there, numbers are what comes unless base64 is asked for,
// and user is refused as every field is that it does not know. Source: Voyage's
// API reference, "Text embeddings", 2026.
func voyageEdits(body []byte) []peek.Edit {
	fields := [...]peek.Field{{Key: "dimensions"}, {Key: "output_dimension"}, {Key: "encoding_format"}, {Key: "user"}}
	if peek.Object(body, fields[:]) != nil {
		return nil
	}
	var edits []peek.Edit
	if size := fields[0]; size.Found && !fields[1].Found {
		edits = append(edits, peek.Rename(body, size, "output_dimension"))
	}
	if format := fields[2]; string(format.Raw(body)) == `"float"` {
		edits = append(edits, peek.Edit{Start: format.Start, End: format.End, With: []byte("null")})
	}
	if user := fields[3]; user.Found {
		edits = append(edits, peek.Remove(body, user))
	}
	return edits
}
